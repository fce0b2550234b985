"""Uncertainty of each flux of a station: random error, noise, limit of detection, and their joint sum, SI.

Independent from one half hour to the next, so that sums over many half hours shrink relative to the flux:
the random error and the lag's. Shared by many half hours, which therefore add up in full: calibration,
spectral correction and the choice of processing. A year's sum must not treat the latter as random.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fluxkit.physics.air import Air
from fluxkit.schema.variables import gas_names
from fluxkit.tower.density.fluxes import Factors, GasCovariance
from fluxkit.tower.plan import Plan
from fluxkit.tower.turbulence import Scalar, Turbulence
from fluxkit.tower.uncertainty.error_correlation import error_of_sum
from fluxkit.tower.uncertainty.sensitivity import Linear, Slopes, root_of_squares, slopes

Array = npt.NDArray[np.float64]
Products = dict[str, Array]

#: A covariance's spread at far lags times this is the limit of detection.
DETECTED = 3.0

#: Parts that latent heat has from the flux of vapour.
OF_COVARIANCES = ("NOISE", "LAG", "SPECTRAL")

#: Part -> whether it is independent from one half hour to the next.
PARTS = {"RANDOM": True, "LAG": True, "SPECTRAL": False, "CALIBRATION": False, "SCHEMES": False}


def spectral_uncertainty(
    slopes: Mapping[str, Array],
    covariances: Mapping[str, Array],
    factors: Mapping[str, Array],
    *,
    own: str,
    relative: float,
) -> Array:
    """Uncertainty of a flux from that of its spectral corrections.

    Parameters
    ----------
    slopes : mapping of (time,) arrays
        Scalar -> slope of the flux against its covariance with w, factor included. [any]
    covariances : mapping of (time,) arrays
        Scalar -> its covariance with w, uncorrected.
    factors : mapping of (time,) arrays
        Scalar -> spectral correction factor. [1]
    own : str
        The scalar that the flux is of.
    relative : float
        Uncertainty of each correction, i.e. of what its factor adds; corrections are taken as independent of
        one another, as the responses of instruments are. [1]

    Returns
    -------
    (time,) array
        One standard deviation, in the units of the flux.

    Notes
    -----
    A factor multiplies a covariance as it was measured, not the flux that density corrections leave of it:
    over dry, hot ground the two differ by an order of magnitude in an open path.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = {
            s: slope * covariances[s] * (1.0 - 1.0 / factors[s]) * relative for s, slope in slopes.items()
        }
    return root_of_squares(parts, own)


def joint_uncertainty(parts: Mapping[str, Array]) -> Array:
    """Root of the sum of squares of the parts.

    Parameters
    ----------
    parts : mapping
        Key of PARTS -> (time,) standard deviations; "RANDOM" is needed.

    Returns
    -------
    (time,) array
        NaN where the random error is missing. A further part that is missing adds nothing: the sum is
        then a lower bound.
    """
    total = np.square(parts["RANDOM"])
    for name, part in parts.items():
        if name != "RANDOM":
            total = total + np.nan_to_num(np.square(part))
    return np.asarray(np.sqrt(total))


def uncertainties(
    t: Turbulence,
    gases: Mapping[str, GasCovariance],
    factors: Factors,
    air: Air,
    linear: Linear,
    out: Mapping[str, Array],
    plan: Plan,
) -> Products:
    """All that is known of each flux's uncertainty but the spread over schemes.

    Errors of covariances are scaled as the fluxes are, spectral factors included unless conventions say no.
    linear: fluxes from covariances of scalars with w.
    """
    corrected = plan.conventions.errors_spectrally_corrected
    by = slopes(linear, gases, air.T)
    own = {"H": "t_sonic"} | {gas_names(gas)[0]: gas for gas in gases}
    factor = {"t_sonic": factors.heat} | factors.gas
    found: Products = {}
    if plan.decide.random_error != "none":
        momentum = factors.momentum if corrected else 1.0
        found["TAU_RANDUNC_HF"] = np.asarray(t.momentum_error * air.rho * momentum)
    for flux, scalar in own.items():
        if plan.conventions.random_error_of == "flux":
            of_errors = by[flux] if corrected else {s: x / factor[s] for s, x in by[flux].items()}
        else:
            to_flux = air.rho_cp if scalar == "t_sonic" else _molar(gases[scalar], air)
            of_errors = {scalar: np.asarray(to_flux * (factor[scalar] if corrected else 1.0))}
        found |= _of_scalar(flux, scalar, t, of_errors, plan)
    found |= _noise(t, out, plan) | _spectral(t, by, factors, out, plan)
    if "h2o" in gases:
        vapour, latent = gas_names("h2o")[0], plan.constants.M_w * air.lambda_
        of_vapour = [f"{vapour}_{p}" for p in ("RANDUNC_HF", "LOD", *(f"UNC_{p}" for p in OF_COVARIANCES))]
        found |= {
            f"LE_{name.removeprefix(f'{vapour}_')}": found[name] * latent
            for name in of_vapour
            if name in found
        }
    return found


def _molar(c: GasCovariance, air: Air) -> Array:
    """Slope of a gas's flux against its own covariance, density corrections apart."""
    return replace(c, covariance=np.ones_like(air.Vd)).molar_flux(air) * c.kappa


def _of_scalar(flux: str, scalar: str, t: Turbulence, by: Mapping[str, Array], plan: Plan) -> Products:
    """Random error, its share of noise, the lag's part and the limit of detection of one flux.

    by: scalar -> slope of the flux against its covariance.
    """

    def of(error: Callable[[Scalar], Array], correlation: Mapping[tuple[str, str], Array]) -> Array:
        return error_of_sum(by, {s: error(t.scalars[s]) for s in by}, correlation, own=scalar)

    found = {f"{flux}_UNC_NOISE": of(lambda s: s.noise_error, {})}
    if plan.decide.random_error != "none":
        found[f"{flux}_RANDUNC_HF"] = of(lambda s: s.error, t.error_correlation)
    if scalar in plan.windows:
        found[f"{flux}_UNC_LAG"] = np.abs(by[scalar]) * t.scalars[scalar].lag_error
    if plan.far is not None:
        found[f"{flux}_LOD"] = DETECTED * of(lambda s: s.far, t.far_correlation)
    return found


def _noise(t: Turbulence, out: Mapping[str, Array], plan: Plan) -> Products:
    """White noise of each signal, gases as a mole fraction."""
    found = {"T_SONIC_NOISE": t.scalars["t_sonic"].noise}
    for gas in plan.gases:
        name, s = gas.upper(), t.scalars[gas]
        with np.errstate(invalid="ignore", divide="ignore"):
            found[f"{name}_NOISE"] = s.noise * out[f"{name}_SIGMA"] / np.sqrt(s.variance)
    return found


def _spectral(t: Turbulence, by: Slopes, factors: Factors, out: Mapping[str, Array], plan: Plan) -> Products:
    """Uncertainty of spectral corrections, which many half hours share."""
    relative = plan.decide.budget.spectral
    momentum = {"u": factors.momentum}, {"u": out["TAU"] / factors.momentum}, {"u": factors.momentum}
    found = {"TAU_UNC_SPECTRAL": spectral_uncertainty(*momentum, own="u", relative=relative)}
    covariances = {name: s.covariance[:, 2] for name, s in t.scalars.items()}
    factor = {"t_sonic": factors.heat} | factors.gas
    own = {"H": "t_sonic"} | {gas_names(gas)[0]: gas for gas in plan.gases}
    for flux, scalar in own.items():
        found[f"{flux}_UNC_SPECTRAL"] = spectral_uncertainty(
            by[flux], covariances, factor, own=scalar, relative=relative
        )
    return found


def joint(out: Mapping[str, Array], spread: Mapping[str, Array] | None = None) -> Products:
    """Join the parts of each flux's uncertainty.

    Parameters
    ----------
    out : mapping of (time,) arrays
        Products with their parts, SI.
    spread : mapping of (time,) arrays, optional
        Flux -> its standard deviation over processing schemes, SI.

    Returns
    -------
    dict of (time,) arrays
        <FLUX>_JOINTUNC of every flux that has a random error.
    """
    found: Products = {}
    for name in out:
        if not name.endswith("_RANDUNC_HF"):
            continue
        flux = name.removesuffix("_RANDUNC_HF")
        base = "FC" if flux == "NEE" else flux
        parts = {"RANDOM": out[name]}
        parts |= {p: out[f"{base}_UNC_{p}"] for p in PARTS if f"{base}_UNC_{p}" in out}
        if spread is not None and flux in spread:
            parts["SCHEMES"] = spread[flux]
        found[f"{flux}_JOINTUNC"] = joint_uncertainty(parts)
    return found
