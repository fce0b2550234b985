"""Filling the drivers: like conditions, a neighbour station, a reanalysis, the usual course at last."""

import logging
from collections.abc import Sequence
from os import PathLike

import numpy as np
import xarray as xr

from fluxkit.ecosystem.filling.calibration import day_course
from fluxkit.ecosystem.filling.era5 import site_series
from fluxkit.ecosystem.filling.mds import fill_mds
from fluxkit.ecosystem.filling.neighbour import of_neighbour
from fluxkit.ecosystem.filling.reanalysis import downscaled
from fluxkit.ecosystem.filling.registry import Array, FillingError, Integers
from fluxkit.ecosystem.halfhours import HalfHours

logger = logging.getLogger(__name__)

#: Drivers that fluxes are filled and partitioned by.
DRIVERS = ("SW_IN", "TA", "VPD")
#: Sources of a value, as `_F_METHOD` numbers them.
MEASURED, LIKE_CONDITIONS, NEIGHBOUR, REANALYSIS, COURSE = 0, 1, 2, 3, 4
#: Days about a record that the usual course of the day is from, if nothing else is there.
_COURSE_D = 15
#: Drivers that cannot be below zero.
_POSITIVE = ("SW_IN", "VPD", "PPFD_IN", "LW_IN", "P", "WS", "RH")


def fill_drivers(
    ds: xr.Dataset,
    *,
    era5: xr.Dataset | str | PathLike[str] | None = None,
    neighbour: xr.Dataset | None = None,
    names: Sequence[str] = DRIVERS,
) -> xr.Dataset:
    """Fill the gaps of meteorological drivers.

    Each gap takes the first that is there: the mean of like conditions within days (marginal distribution
    sampling of quality 1), the neighbour station, the reanalysis, like conditions from farther away, the
    usual course of the day at that time of the year. What was measured stays as it is, and a source that
    is not given is no reason to leave anything out.

    Parameters
    ----------
    ds : xr.Dataset
        Half hours, as :func:`fluxkit.ecosystem.read` returns them.
    era5 : xr.Dataset or path of a netCDF file, optional
        ERA5 as the Climate Data Store hands it out (``ssrd``, ``t2m``, ``d2m``, ``tp``, ``sp``, ``u10``,
        ``v10``, ``strd``; UTC), hourly or coarser, ERA5-Land too; a file, its zip or a folder of files; of
        a grid the point nearest to the site. Downscaled as in ONEFlux: see
        :func:`fluxkit.ecosystem.filling.reanalysis.downscaled`.
    neighbour : xr.Dataset, optional
        Half hours of a station near by, with the same names, UTC; or its quarters of an hour, or steps of
        up to three hours.
    names : sequence of str
        Drivers to fill, those that are in ``ds`` or that the sources have.

    Returns
    -------
    xr.Dataset
        ``ds`` with ``<name>_F``, ``<name>_F_QC`` (0 measured, 1 like conditions within days, 2 neighbour
        or reanalysis, 3 anything else) and ``<name>_F_METHOD`` (0 measured, 1 like conditions, 2
        neighbour, 3 reanalysis, 4 usual course). ``comment`` of ``<name>_F`` says what was used, the
        attribute ``notes`` of the dataset what was assumed of a source.

    Raises
    ------
    FillingError
        A source that cannot be read, has none of the drivers, or does not overlap.

    References
    ----------
    .. [1] Vuichard and Papale, Earth Syst. Sci. Data 7, 157-171, 2015: downscaling.
    .. [2] Pastorello et al., Sci. Data 7, 225, 2020: the use of it in ONEFlux.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2020-06-01", "ns") + np.arange(20 * 48) * np.timedelta64(30, "m")
    >>> ta = 15.0 + 5.0 * np.sin(np.arange(20 * 48) / 24 * np.pi)
    >>> ds = xr.Dataset({"TA": ("time", np.where(np.arange(20 * 48) // 48 == 7, np.nan, ta))}, {"time": time})
    >>> filled = fk.ecosystem.fill_drivers(ds)
    >>> bool(abs(filled.TA_F - ta).max() < 1.0), int(filled.TA_F_QC.max())
    (True, 3)
    """
    at = HalfHours.of(ds)
    n = at.start.size
    said: list[str] = []
    sources: list[tuple[int, dict[str, tuple[Array, str]]]] = []
    if neighbour is not None:
        sources.append((NEIGHBOUR, of_neighbour(ds, neighbour, names, at, said)))
    if era5 is not None:
        sources.append((REANALYSIS, _of_reanalysis(ds, era5, at, names, said)))
    drivers = {name: np.array(ds[name].values, np.float64) for name in names if name in ds}
    out: dict[str, xr.DataArray] = {}
    for name in names:
        values = drivers.get(name, np.full(n, np.nan))
        others = [(number, *found[name]) for number, found in sources if name in found]
        if not np.isfinite(values).any() and not others:
            said.append(f"{name}: neither measured nor in any source that was given; it stays missing")
            continue
        filled, method, quality = _filled(name, values, drivers, others, at)
        out |= _series(name, filled, method, quality, others, ds)
    for sentence in said:
        logger.warning("%s", sentence)
    notes = [*str(ds.attrs.get("notes", "")).splitlines(), *said]
    return ds.assign(out).assign_attrs({"notes": "\n".join(notes)} if notes else {})


def without_gaps(drivers: dict[str, Array], at: HalfHours) -> dict[str, Array]:
    """Return drivers with the gaps of :data:`DRIVERS` filled from the site itself, others as they are."""
    return {
        name: _filled(name, values, drivers, [], at)[0]
        if name in DRIVERS and np.isfinite(values).any() and not np.isfinite(values).all()
        else values
        for name, values in drivers.items()
    }


def _filled(
    name: str, values: Array, drivers: dict[str, Array], others: list[tuple[int, Array, str]], at: HalfHours
) -> tuple[Array, Integers, Integers]:
    """Return the driver without gaps, where each value is from, and its quality."""
    filled = values.copy()
    method = np.zeros(values.size, np.int64)
    quality = np.zeros(values.size, np.int64)

    def take(source: Array, number: int, worth: Integers | int) -> None:
        here = np.isnan(filled) & np.isfinite(source)
        filled[here] = source[here]
        method[here] = number
        quality[here] = np.broadcast_to(worth, values.shape)[here]

    if np.isfinite(values).any():
        rest = {other: series for other, series in drivers.items() if other != name and other == "SW_IN"}
        like = fill_mds(values, rest, at, fill_all=False)
        take(np.where(like.quality == 1, like.value, np.nan), LIKE_CONDITIONS, 1)
    for number, series, _ in others:
        take(series, number, 2)
    if np.isfinite(values).any():
        take(like.value, LIKE_CONDITIONS, 3)
    if np.isnan(filled).any():
        take(_usual_course(np.where(method == 0, values, filled), at), COURSE, 3)
    if name in _POSITIVE:
        filled = np.where((method > 0) & (filled < 0.0), 0.0, filled)
    return filled, method, quality


def _usual_course(values: Array, at: HalfHours) -> Array:
    """Return the mean of that time of the day within half a month in any year, else of any day."""
    per_day = at.per_day
    slot = np.round(at.hour * per_day / 24.0 - 0.5).astype(np.int64) % per_day
    day = np.minimum(at.day_of_year, 365) - 1
    there = np.isfinite(values)
    count, total = np.zeros((365, per_day)), np.zeros((365, per_day))
    np.add.at(count, (day[there], slot[there]), 1.0)
    np.add.at(total, (day[there], slot[there]), values[there])
    near = sum(np.roll(count, shift, axis=0) for shift in range(-_COURSE_D, _COURSE_D + 1))
    mean = sum(np.roll(total, shift, axis=0) for shift in range(-_COURSE_D, _COURSE_D + 1)) / np.maximum(
        near, 1.0
    )
    course = np.where(near > 0, mean, np.nan)[day, slot]
    return np.where(np.isfinite(course), course, day_course(values, at))


def _of_reanalysis(
    ds: xr.Dataset,
    era5: xr.Dataset | str | PathLike[str],
    at: HalfHours,
    names: Sequence[str],
    said: list[str],
) -> dict[str, tuple[Array, str]]:
    coarse, assumed = site_series(era5, at.latitude, at.longitude)
    said += assumed
    wanted = [name for name in names if name in coarse.series]
    if not wanted:
        there = ", ".join(coarse.series) or "no field that is known"
        raise FillingError(f"the reanalysis has none of {', '.join(names)}; it has {there}")
    found = {}
    for name in wanted:
        series, line = downscaled(name, coarse, ds[name].values if name in ds else None, at)
        if np.isfinite(series).any():
            found[name] = series, line.words("reanalysis")
            said += line.doubts(name, "the reanalysis")
    if not found:
        raise FillingError(
            "the reanalysis does not overlap with the half hours in time; its times must be UTC"
        )
    return found


def _series(
    name: str,
    filled: Array,
    method: Integers,
    quality: Integers,
    others: list[tuple[int, Array, str]],
    ds: xr.Dataset,
) -> dict[str, xr.DataArray]:
    units = ds[name].attrs.get("units", "") if name in ds else ""
    used = [words for number, _, words in others if (method == number).any()]
    days = np.count_nonzero(method == COURSE)
    if days:
        used.append(f"{days} records from the usual course of the day alone")
        logger.warning("%s: %d records are from the usual course of the day alone", name, days)
    comment = "; ".join(["measured, or like conditions near by in time", *used])
    meanings = {
        "flag_values": [0, 1, 2, 3, 4],
        "flag_meanings": "measured like_conditions neighbour reanalysis usual_course",
    }
    return {
        f"{name}_F": xr.DataArray(filled, dims="time", attrs={"units": units, "comment": comment}),
        f"{name}_F_QC": xr.DataArray(
            quality, dims="time", attrs={"units": "1", "long_name": "0 measured, 1 (best) to 3 filled"}
        ),
        f"{name}_F_METHOD": xr.DataArray(method, dims="time", attrs={"units": "1", **meanings}),
    }
