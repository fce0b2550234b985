"""Taking out what was measured in low turbulence."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.ustar.nights import light_of
from fluxkit.ecosystem.ustar.seasons import UstarError

logger = logging.getLogger(__name__)

#: How thresholds are told: what :func:`ustar_thresholds` returned, one for all, by year, by percentile, or
#: in words.
Thresholds: TypeAlias = xr.Dataset | xr.DataArray | float | str | Mapping[int, Any]

KEPT, LOW, AFTER_LOW, NO_THRESHOLD, NO_TURBULENCE = range(5)
_WORDS = {
    "none": "not filtered for low turbulence, as was asked for",
    "already-filtered": "filtered for low turbulence before it was read, as was said",
}


@dataclass(frozen=True)
class Variant:
    """What a program takes out.

    Parameters
    ----------
    by_day : bool
        Records by day as well.
    after : bool
        The record after one in low turbulence as well.
    """

    by_day: bool = False
    after: bool = False


VARIANTS = {"reddyproc": Variant(), "oneflux": Variant(by_day=True, after=True)}


def filter_ustar(
    ds: xr.Dataset,
    thresholds: Thresholds,
    *,
    variant: str = "reddyproc",
    flux: str = "NEE",
    turbulence: str = "USTAR",
    use: str = "threshold",
    night_below: float = 10.0,
) -> xr.Dataset:
    """Take out the flux of records in low turbulence.

    Parameters
    ----------
    ds : xr.Dataset
        Half hours with the flux, ``SW_IN`` and the measure of turbulence.
    thresholds : xr.Dataset, xr.DataArray, float, mapping or str
        What :func:`fluxkit.ecosystem.ustar_thresholds` found; one of its variables or another array over
        ``year``, ``season`` or ``time``, with further dimensions for scenarios; one threshold; thresholds
        by year, or by percentile (keys up to 100) as scenarios; a year of less than ten days of records
        that has none takes the median of those given. ``"none"`` and ``"already-filtered"`` take out
        nothing. [m s-1]
    variant : {"reddyproc", "oneflux"}
        ``reddyproc``: by night, what is below the threshold or has no u*. ``oneflux``: by day as well, and
        the record after.
    flux, turbulence : str
        Variables; ``W_SIGMA`` may stand in for u*.
    use : str, default "threshold"
        Which variable of a dataset of thresholds: ``threshold``, ``season_threshold``, ``single``,
        ``quantiles``, ``season_quantiles``, ``single_quantiles``, ``vut`` or ``cut``.
    night_below : float, default 10
        Short-wave radiation below which, or without which, it is night. [W m-2] Without any, the sun tells.

    Returns
    -------
    xr.Dataset
        ``ds`` with the flux NaN where it was taken out, and ``<flux>_USTAR_FLAG``: 0 kept, 1 low
        turbulence, 2 the record after it, 3 kept for want of a threshold, 4 taken out for want of u*.
        Scenarios are a dimension of both. The attribute ``ustar_filter`` of the flux says what was done,
        and to how many records.

    Raises
    ------
    UstarError
        There is no such flux, variant, or threshold.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2020-06-01", "ns") + np.arange(4) * np.timedelta64(30, "m")
    >>> ds = xr.Dataset(
    ...     {"NEE": ("time", np.full(4, 2.0)), "USTAR": ("time", [0.1, 0.4, 0.1, 0.4]),
    ...      "SW_IN": ("time", [0.0, 0.0, 200.0, 200.0])}, {"time": time})
    >>> fk.ecosystem.filter_ustar(ds, 0.2).NEE.values
    array([nan,  2.,  2.,  2.])
    """
    if variant not in VARIANTS:
        raise UstarError(f"no filter is called {variant!r}; there are {', '.join(VARIANTS)}")
    if flux not in ds:
        raise UstarError(f"there is no flux {flux!r} to filter")
    at = HalfHours.of(ds)
    if isinstance(thresholds, str):
        return _unfiltered(ds, flux, _in_words(thresholds))
    if turbulence not in ds or not bool(np.isfinite(ds[turbulence]).any()):
        return _unfiltered(ds, flux, f"not filtered for low turbulence: {turbulence} is missing")
    limit = per_record(thresholds, at, ds, use)
    light, told = light_of(ds, at)
    night = xr.DataArray(~(light >= night_below), dims="time", coords={"time": ds["time"]})
    flag = _flags(ds[turbulence], limit, night, VARIANTS[variant])
    taken = flag.isin([LOW, AFTER_LOW, NO_TURBULENCE])
    if bool(limit.isnull().all()):
        return _put(ds, flux, ds[flux], flag, _warned(flux, "not filtered for low turbulence: no threshold"))
    return _filtered(ds, flux, flag, taken, f"{turbulence}, as {variant} does{told}")


def per_record(thresholds: Thresholds, at: HalfHours, ds: xr.Dataset, use: str) -> xr.DataArray:
    """Return the threshold of each record, with the dimensions of scenarios before ``time``."""
    if isinstance(thresholds, xr.Dataset):
        return _of_dataset(thresholds, ds, use)
    if isinstance(thresholds, Mapping):
        thresholds = _of_mapping(dict(thresholds))
    if not isinstance(thresholds, xr.DataArray):
        return xr.DataArray(float(thresholds))
    if "year" not in thresholds.dims:
        return thresholds
    thresholds = _of_stray_years(thresholds, at)
    years = xr.DataArray(at.year, dims="time")
    return thresholds.sel(year=years).drop_vars("year").transpose(..., "time")


def _of_stray_years(thresholds: xr.DataArray, at: HalfHours) -> xr.DataArray:
    """Add years of a few records, such as the one before a stamp of the end: the median of those given.

    Raises
    ------
    UstarError
        A year of ten days or more has no threshold.
    """
    years, counts = np.unique(at.year, return_counts=True)
    stray = ~np.isin(years, thresholds["year"])
    lacking = years[stray & (counts >= 10 * at.per_day)]
    if lacking.size:
        raise UstarError(f"there is no threshold for {', '.join(map(str, lacking))}")
    middle = thresholds.median("year")
    return xr.concat([thresholds, *(middle.assign_coords(year=year) for year in years[stray])], "year")


def _of_dataset(thresholds: xr.Dataset, ds: xr.Dataset, use: str) -> xr.DataArray:
    """Return the threshold of each record: a year's for all its seasons."""
    if use not in thresholds:
        raise UstarError(f"the thresholds have no {use!r}; bootstraps= gives percentiles")
    found = thresholds[use]
    if "year" not in found.dims and "season" not in found.dims:
        return found
    try:
        season = thresholds["record_season"].sel(time=ds["time"]).drop_vars("time")
    except KeyError:
        raise UstarError("the thresholds were found in another period; give them by year") from None
    if "season" in found.dims:
        return found.sel(season=season).drop_vars("season").transpose(..., "time")
    year = thresholds["season_year"].sel(season=season)
    return found.sel(year=year).drop_vars(["year", "season"]).transpose(..., "time")


def _of_mapping(thresholds: Mapping[Any, Any]) -> xr.DataArray:
    """Make an array over years or percentiles, or both, of a mapping."""
    keys = sorted(thresholds)
    name = "percentile" if all(key <= 100 for key in keys) else "year"
    parts = [
        _of_mapping(part) if isinstance(part, Mapping) else xr.DataArray(float(part))
        for part in (thresholds[key] for key in keys)
    ]
    return xr.concat(parts, name).assign_coords({name: keys})


def _flags(turbulence: xr.DataArray, limit: xr.DataArray, night: xr.DataArray, how: Variant) -> xr.DataArray:
    """Flag each record of each scenario."""
    where = xr.ones_like(night) if how.by_day else night
    missing = turbulence.isnull()
    low = where & (turbulence < limit)
    flag = low.astype(np.int8) * LOW
    if how.after:
        follows = (low | missing).shift(time=1, fill_value=False) & ~low
        flag = flag.where(~follows, AFTER_LOW)
    flag = flag.where(~(where & missing & limit.notnull()), NO_TURBULENCE)
    return flag.where(~(where & limit.isnull()), NO_THRESHOLD).transpose(..., "time").astype(np.int8)


def _filtered(ds: xr.Dataset, flux: str, flag: xr.DataArray, taken: xr.DataArray, what: str) -> xr.Dataset:
    """Put the flux without what was taken, the flag, and what was done."""
    there = ds[flux].notnull()
    counts = (taken & there).sum("time")
    share = counts / max(int(there.sum()), 1) * 100.0
    if counts.ndim == 0:
        told = f"{int(counts)} of {int(there.sum())} records ({float(share):.0f} %)"
    else:
        told = f"{int(counts.min())} to {int(counts.max())} of {int(there.sum())} records, by scenario"
    said = f"low turbulence taken out by {what}: {told}"
    kept = int(((flag == NO_THRESHOLD) & there).sum("time").max())
    if kept:
        said = _warned(flux, f"{said}; {kept} records stay for want of a threshold")
    return _put(ds, flux, ds[flux].where(~taken).transpose(..., "time"), flag, said)


def _unfiltered(ds: xr.Dataset, flux: str, said: str) -> xr.Dataset:
    """Keep all, flagged 0, and say so."""
    _warned(flux, said)
    flag = xr.DataArray(np.zeros(ds.sizes["time"], np.int8), dims="time", coords={"time": ds["time"]})
    return _put(ds, flux, ds[flux], flag, said)


def _put(ds: xr.Dataset, flux: str, values: xr.DataArray, flag: xr.DataArray, said: str) -> xr.Dataset:
    meanings = "kept low_turbulence after_low_turbulence no_threshold no_turbulence"
    flag.attrs = {"units": "1", "flag_values": list(range(5)), "flag_meanings": meanings}
    out = ds.assign({flux: values, f"{flux}_USTAR_FLAG": flag})
    out[flux].attrs = {**ds[flux].attrs, "ustar_filter": said}
    return out


def _warned(flux: str, said: str) -> str:
    logger.warning("%s: %s", flux, said)
    return said


def _in_words(word: str) -> str:
    if word not in _WORDS:
        raise UstarError(f"{word!r} is no threshold; in words there are {', '.join(_WORDS)}")
    return _WORDS[word]
