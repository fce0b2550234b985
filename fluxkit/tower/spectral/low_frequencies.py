"""How much of slow eddies is restored, in numbers and in words."""

import numpy as np
import numpy.typing as npt

from fluxkit.physics import attenuation
from fluxkit.tower.epochs import per_epoch
from fluxkit.tower.plan import Plan
from fluxkit.tower.spectral.averaging import averaging_alone
from fluxkit.tower.spectral.spectral_conditions import SpectralConditions
from fluxkit.tower.spectral.spectral_factors import massman_high_pass

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: A low-frequency factor that is told.
LARGE = 1.1


def low_frequency_factor(U: Array, zeta: Array, plan: Plan) -> Array:
    """Return what heat's covariance is multiplied by for what averaging took, by the plan's method.

    Parameters
    ----------
    U : (time,) array
        Mean wind speed. [m s-1]
    zeta : (time,) array
        Stability (z - d) / L. [1]
    plan : Plan

    Returns
    -------
    (time,) array
        NaN where the wind or stability is not known. [1]
    """
    if plan.decide.high_frequency == "massman-2000":
        block, filtered = massman_high_pass(plan)
        alone = np.full_like(U, _NO_TIME)
        left = attenuation.left_massman_2000(
            alone, U, zeta, height=plan.height, block=block, high_pass=filtered
        )
        return 1.0 / left
    nothing = np.zeros_like(U)
    return averaging_alone(SpectralConditions(U, np.full_like(U, np.nan), zeta, nothing), plan)


#: Time constant of a sensor that takes nothing. [s]
_NO_TIME = 1e-12


def words_of_low_frequencies(U: Array, zeta: Array, time: Times, plan: Plan) -> str:
    """Say, over all periods at once, how often and by how much slow eddies are restored; "" where little."""

    def of_stretch(speed: Array, stability: Array, now: Plan) -> dict[str, Array]:
        return {"factor": low_frequency_factor(speed, stability, now)}

    factor = per_epoch(time, plan, of_stretch, U, zeta)["factor"]
    known = np.isfinite(factor)
    large = known & (factor > LARGE)
    if not large.any():
        return ""
    percent = max(1, round(100.0 * large.sum() / known.sum()))
    return (
        f"averaging over {plan.seconds / 60.0:g} min takes so much of slow eddies that covariances of "
        f"{percent} % of the periods are multiplied by {LARGE:g} to {factor[large].max():.2f} for it "
        f"(decide.low_frequency), {plan.height:g} m above the displacement plane at winds down to "
        f"{U[large].min():.1f} m s-1: there the model of a surface layer is guesswork; compare ogives, or "
        "use a longer condense.period"
    )
