"""What averaging and detrending took of a cospectrum, and over which frequencies that is restored."""

import numpy as np
import numpy.typing as npt

from fluxkit.physics import cospectra
from fluxkit.tower.conventions import Conventions
from fluxkit.tower.plan import Plan
from fluxkit.tower.series_methods.high_pass import METHODS as FILTERS
from fluxkit.tower.spectral import spectral_correction
from fluxkit.tower.spectral.spectral_conditions import SpectralConditions

Array = npt.NDArray[np.float64]


def high_pass_factor(plan: Plan) -> spectral_correction.HighPass | None:
    """Return the transfer function of averaging and detrending on a cospectrum; None: not to be restored."""
    decide, how = plan.decide, plan.conventions
    if decide.low_frequency == "none":
        return None
    removed = spectral_correction.high_pass_transfer(
        decide.detrending,
        period=plan.seconds,
        time=filter_time(plan),
        rate=plan.rate,
        chunk_transfer=how.chunk_transfer,
        running_mean_transfer=how.running_mean_transfer,
        mean_after_filter=how.mean_after_filter,
    )
    return (lambda f: removed(f) ** 2) if how.low_frequency_squared else removed


def filter_time(plan: Plan) -> float:
    """Return the time constant of what is removed. [s]"""
    filtered = plan.decide.detrending in FILTERS
    return plan.high_pass.seconds if filtered and plan.high_pass is not None else plan.seconds


def integration_band(low: bool, how: Conventions, *, restores_low: bool) -> spectral_correction.FrequencyBand:
    """Return the frequencies of an integral over a model cospectrum; low: high frequencies are restored too.

    restores_low: what averaging took is restored, so that nothing slower than turbulence counts.
    """
    if how.cospectral_band == "turbulent":
        lowest = cospectra.SLOWEST if restores_low else spectral_correction.LOWEST
        return spectral_correction.band_logarithmic(lowest=lowest)
    return spectral_correction.band_bounded() if low else spectral_correction.band_bounded_linear()


def averaging_alone(conditions: SpectralConditions, plan: Plan) -> Array:
    """Factor of what averaging takes from a scalar's covariance, or 1."""
    removed = high_pass_factor(plan)
    if removed is None:
        return np.ones_like(conditions.U)
    return spectral_correction.factor(
        band=integration_band(True, plan.conventions, restores_low=True),
        U=conditions.U,
        T=conditions.T,
        zeta=conditions.zeta,
        height=plan.height,
        momentum=False,
        low_pass=None,
        high_pass=removed,
    )
