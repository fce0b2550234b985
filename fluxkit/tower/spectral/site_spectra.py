"""What a site's own spectra say of each period's attenuation: cut-off frequencies and own factors."""

import logging
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.physics.air import Air
from fluxkit.tower.density.fluxes import GasCovariance
from fluxkit.tower.moments import channel_pairs
from fluxkit.tower.period_moments import frequency_bins
from fluxkit.tower.plan import Plan
from fluxkit.tower.products import Means
from fluxkit.tower.spectral import cutoff_survey, spectral_correction
from fluxkit.tower.spectral.averaging import high_pass_factor
from fluxkit.tower.spectral.cutoff_survey import Assessment, UncorrectedFluxes, in_situ_gases, in_situ_method
from fluxkit.tower.spectral.in_situ import Reading
from fluxkit.tower.spectral.spectral_conditions import SpectralConditions
from fluxkit.tower.spectral.spectral_factors import at_peak
from fluxkit.tower.turbulence import Turbulence

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

logger = logging.getLogger(__name__)


def needs_spectra(plans: list[Plan]) -> bool:
    """Whether any plan's correction rests on the site's own spectra."""
    return any(in_situ_gases(plan) for plan in plans)


def with_spectra(means: Means, part: xr.Dataset, plan: Plan) -> Means:
    """Return means with the spectra of a part of the moments: half a kilobyte per period and scalar."""
    pairs = channel_pairs(plan.scalars)
    density = part["cospectra"].values
    heat = part["heat_cospectra"].values + 1j * part["heat_quadrature"].values
    return replace(
        means,
        power={s: density[:, pairs.index(f"{s}.{s}")].copy() for s in plan.scalars},  # not all pairs
        heat=heat.astype(np.complex64),
    )


def with_assessment(
    conditions: SpectralConditions,
    t: Turbulence,
    means: Means,
    gases: Mapping[str, GasCovariance],
    air: Air,
    plan: Plan,
    *,
    quiet: bool = False,
) -> tuple[SpectralConditions, Mask | None]:
    """Add cut-off frequencies and own factors to the conditions, where the plan's method needs them.

    Parameters
    ----------
    conditions : Conditions
    t : Turbulence
    means : Means
        With spectra.
    gases : mapping
        Gas -> GasCovariance.
    air : Air
    plan : Plan
    quiet : bool
        What spectra do not tell is told by another scheme.

    Returns
    -------
    Conditions
    (time,) array of bool or None
        Periods in which the analytic correction of a gas stands in; None where the method needs no spectra.
    """
    gases_here = in_situ_gases(plan)
    if not gases_here:
        return conditions, None
    raw = cutoff_survey.raw_fluxes(t, gases, air, plan)
    found = cutoff_survey.assess(t, means, raw, air, plan)
    known = {gas: found.cutoff(gas, means.time, air.RH / 100.0) for gas in gases_here}
    cutoff = {gas: f for gas, f in known.items() if np.isfinite(f).any()}
    own = {}
    if in_situ_method(plan) == "fratini-2012":
        own = {gas: _own_factor(conditions, t, means, raw, gas, f, plan) for gas, f in cutoff.items()}
    for sentence in () if quiet else found.words:
        logger.warning("%s", sentence)
    now = replace(conditions, cutoff=cutoff, own=own, models=found.factors)
    return now, _missing(t, known, raw, found, air.RH / 100.0, plan)


def _missing(
    t: Turbulence,
    known: Mapping[str, Array],
    raw: UncorrectedFluxes,
    found: Assessment,
    rh: Array,
    plan: Plan,
) -> Mask:
    """Periods with a gas's covariance but no cut-off frequency at their humidity, or no coefficients."""
    lacking = np.zeros(raw.heat.shape, dtype=bool)
    if in_situ_method(plan) != "horst-1997":
        lacking |= raw.unstable & ("unstable" not in found.factors)
        lacking |= ~raw.unstable & ("stable" not in found.factors)
    for gas, f in known.items():
        there = np.isfinite(t.scalars[gas].covariance[:, 2])
        lacking |= (np.isnan(f) | found.beyond(gas, rh)) & there
    return lacking


def _own_factor(
    conditions: SpectralConditions,
    t: Turbulence,
    means: Means,
    raw: UncorrectedFluxes,
    gas: str,
    cutoff: Array,
    plan: Plan,
) -> Array:
    """Factor from the period's own cospectrum, NaN where fluxes are too small for one."""
    large = np.flatnonzero(cutoff_survey.hot(raw, plan) & cutoff_survey.large(raw, gas, plan))
    out = np.full(cutoff.shape, np.nan)
    cross = cutoff_survey.heat_cross(t, means, large)
    if plan.conventions.own_cospectrum == "restored-power":
        gain = _restoring(conditions.U[large], plan)
        out[large] = 1.0 / cutoff_survey.left_of_heat(cross, cutoff[large], plan, "power", gain)
        return out
    left = cutoff_survey.left_of_heat(cross, cutoff[large], plan, cutoff_survey.reading_of(plan))
    if plan.conventions.in_situ_reading == "by-lag":
        peak = at_peak(conditions, plan, gas)[large]
        readings: tuple[tuple[Mask, Reading], ...] = ((peak, "peak"), (~peak, "lag"))
        for here, reading in readings:
            if here.any() and reading != cutoff_survey.reading_of(plan):
                left[here] = cutoff_survey.left_of_heat(cross[here], cutoff[large][here], plan, reading)
    out[large] = 1.0 / left
    return out


def _restoring(U: Array, plan: Plan) -> Array:
    """What restores a measured cospectrum from the sonic and from averaging: (time, bin)."""
    _, f = frequency_bins(plan.slots, plan.rate, plan.bins)
    path, how = plan.sonic_path, plan.conventions.line_average
    sonic = spectral_correction.sonic_low_pass(f, U[:, None], path, line_average=how)
    removed = high_pass_factor(plan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1.0 / (sonic**2 * (1.0 if removed is None else removed(f))))
