"""Sums of a month and a year under two sets of decisions."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.report.columns import Records
from fluxkit.report.sections import shown_fluxes
from fluxkit.schema import variables
from fluxkit.site.models import Site

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Mass of carbon in a mole of it. [g]
CARBON = 12.011
#: Gases that are summed up as carbon.
CARBON_FLUXES = ("NEE", "FC", "FCH4")
#: Unit of a flux -> unit of its sum, and how many of these a unit of flux and second are.
_SUMS = {
    "W m-2": ("MJ m⁻²", 1e-6),
    "umol m-2 s-1": ("mmol m⁻²", 1e-3),
    "nmol m-2 s-1": ("µmol m⁻²", 1e-3),
}
_CARBON = {"umol m-2 s-1": ("g C m⁻²", 1e-6 * CARBON), "nmol m-2 s-1": ("mg C m⁻²", 1e-6 * CARBON)}
#: Short-wave radiation below which it is night, as Reichstein et al. (2005) have it. [W m-2]
NIGHT_BELOW = 10.0


@dataclass(frozen=True)
class Sum:
    """The sum of a flux over some days."""

    flux: str
    unit: str
    value: float  #: NaN where too few half hours are kept
    kept: int  #: half hours
    possible: int


def kept_of(fluxes: xr.Dataset, name: str, ustar: float | None = None) -> Mask:
    """Return where a flux is there and no policy removes it, nor, for NEE, low turbulence by night.

    Parameters
    ----------
    fluxes : xarray.Dataset
        Over ``time``.
    name : str
        Flux.
    ustar : float, optional
        Threshold of u* [m s-1]: by night, or where u* is missing then, NEE and FC are left out, as
        ``fluxkit.ecosystem.filter_ustar`` does.
    """
    kept = np.isfinite(fluxes[name].values)
    if f"{name}_QC" in fluxes:
        kept &= fluxes[f"{name}_QC"].values < 2
    if ustar is not None and name in ("NEE", "FC"):
        kept &= ~(night_of(fluxes) & ~(fluxes["USTAR"].values >= ustar))
    return np.asarray(kept)


def night_of(fluxes: xr.Dataset) -> Mask:
    """Return where it is night: by radiation where it is measured, else by the sun's height."""
    light = np.full(fluxes.sizes["time"], np.nan)
    for name in ("SW_IN", "SW_IN_POT"):
        if name in fluxes:
            light = np.where(np.isfinite(light), light, fluxes[name].values)
    return np.asarray(~(light >= NIGHT_BELOW))


def sums_of(fluxes: xr.Dataset, site: Site, ustar: float | None = None) -> list[Sum]:
    """Return the sum of each flux over all periods, month by month.

    Parameters
    ----------
    fluxes : xarray.Dataset
        Of some months.
    site : Site
        Its clock.
    ustar : float, optional
        As of `kept_of`.
    """
    found: dict[str, list[Sum]] = {}
    for part in _months(fluxes, site):
        records = Records.of(part, site.station.utc_offset_h, site.condense.period)
        for name in shown_fluxes(part):
            kept = kept_of(part, name, ustar)
            values = records.spread(np.where(kept, part[name].values.astype(np.float64), np.nan))
            unit, by = _unit_of(name)
            slots = records.clock.per_day
            first = round(
                float((records.clock.start - records.clock.start.astype("M8[D]")) / np.timedelta64(1, "s"))
            )
            slot = (np.arange(values.size) + round(first / records.clock.step_s)) % slots
            total = filled_sum(values, slot, slots) * records.clock.step_s * by
            found.setdefault(name, []).append(Sum(name, unit, total, int(kept.sum()), values.size))
    return [_joined(each) for each in found.values()]


def filled_sum(values: Array, slot: npt.NDArray[np.int64], slots: int) -> float:
    """Return the sum of values whose gaps take the mean of the same time of day.

    The mean diurnal course of Falge et al. (Agric. For. Meteorol. 107, 43, 2001), of all days that are
    given. A time of day that no day has lies on the line between its neighbours; with less than half of
    the times there is no sum.

    Parameters
    ----------
    values : (n,) array
        NaN where missing.
    slot : (n,) array of int
        Time of day of each, from 0.
    slots : int
        Times of a day.

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.explore.sums import filled_sum
    >>> filled_sum(np.array([1.0, 3.0, np.nan, 5.0]), np.array([0, 1, 0, 1]), 2)
    10.0
    """
    there = np.isfinite(values)
    count = np.bincount(slot[there], minlength=slots)
    total = np.bincount(slot[there], values[there], minlength=slots)
    known = np.flatnonzero(count)
    if 2 * known.size < slots:
        return float("nan")
    course = np.interp(np.arange(slots), known, total[known] / count[known], period=slots)
    return float(np.where(there, values, course[slot]).sum())


def _months(fluxes: xr.Dataset, site: Site) -> Iterator[xr.Dataset]:
    offset = np.timedelta64(round(site.station.utc_offset_h * 3600), "s")
    month = (fluxes["time"].values.astype("datetime64[s]") + offset).astype("datetime64[M]")
    for each in np.unique(month):
        yield fluxes.isel(time=month == each)


def _unit_of(name: str) -> tuple[str, float]:
    unit = variables.entry(name).units
    known = _CARBON | _SUMS if name not in CARBON_FLUXES else _SUMS | _CARBON
    return known.get(unit, (f"{unit} s", 1.0))


def _joined(each: list[Sum]) -> Sum:
    one = each[0]
    total = float(np.sum([s.value for s in each]))
    return Sum(one.flux, one.unit, total, sum(s.kept for s in each), sum(s.possible for s in each))
