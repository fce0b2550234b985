"""Filling the gaps of a variable of a dataset of half hours."""

import inspect
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.ecosystem.filling.long_gaps import RULES, too_long
from fluxkit.ecosystem.filling.registry import (
    Array,
    Filled,
    FillingError,
    Integers,
    filler,
    learner,
    predicted,
)
from fluxkit.ecosystem.halfhours import HalfHours

logger = logging.getLogger(__name__)

_MEANS = {
    "": "measured, or predicted where missing",
    "_QC": "0 measured, 1 (best) to 3 filled",
    "_METHOD": "step or model that predicts the record",
    "_WINDOW": "days that the prediction rests on",
    "_N": "number of values that the prediction rests on",
    "_SD": "standard deviation of the values that the prediction rests on",
    "_ALL": "prediction of every record, measured ones too",
    "_LOWER": "lower end of the interval of 90 % for a measured value",
    "_UPPER": "upper end of the interval of 90 % for a measured value",
    "_GAP_SD": "standard deviation of what the records of one gap are off together",
    "_COMMON_SD": "standard deviation of what all gaps of such lengths are off together",
}
#: Drivers that are asked for unless the user names some; fillers that learn take more of them.
_DRIVERS = ("SW_IN", "TA", "VPD")
_MORE_DRIVERS = ("P",)
_UNITS = {"_QC": "1", "_METHOD": "1", "_WINDOW": "d", "_N": "1"}


def fill(
    ds: xr.Dataset,
    name: str,
    *,
    method: str | None = None,
    long_gaps: str | None = None,
    drivers: Sequence[str] | Mapping[str, str] | None = None,
    **keywords: Any,
) -> xr.Dataset:
    """Fill the gaps of a variable.

    Parameters
    ----------
    ds : xr.Dataset
        Half hours, as :func:`fluxkit.ecosystem.read` returns them.
    name : str
        The variable: a flux or a driver. It may have dimensions beside ``time``, as of u* scenarios; each
        series is filled on its own.
    method : str, optional
        A registered filler. ``mds`` is marginal distribution sampling
        (:func:`fluxkit.ecosystem.filling.mds.fill_mds` tells its keywords, such as ``variant``),
        ``boosting`` gradient boosting (:func:`~fluxkit.ecosystem.filling.boosting.fill_boosting`). Unless
        given, fluxes are filled by ``mds+boosting``
        (:func:`~fluxkit.ecosystem.filling.joined.fill_joined`): both are tried on artificial gaps with
        the lengths of the series' own, and each length gets the better one; drivers, and what is to
        follow a ``variant`` of a program, by ``mds``.
    long_gaps : {"none", "fluxkit", "reddyproc", "oneflux-1.3"}, optional
        Which gaps stay open: none; of those of more than 60 days what is more than 15 days from data; those
        of more than 60 days; what is more than 15 days from data in runs of quality 3. What the filler does
        unless given.
    drivers : sequence of str or mapping of str to str, optional
        Drivers by name, or what stands for each in ``ds`` (``{"SW_IN": "SW_IN_F"}``). Unless given,
        ``mds`` compares measured ``SW_IN``, ``TA`` and ``VPD``; a filler that learns takes filled ones
        where there are, and rain.
    **keywords
        Settings of the filler.

    Returns
    -------
    xr.Dataset
        ``ds`` with ``<name>_F``, and ``_QC``, ``_METHOD``, ``_WINDOW`` [d], ``_N``, ``_SD`` of it, ``_ALL``
        for the prediction of every record; of a filler that was tried on artificial gaps ``_LOWER`` and
        ``_UPPER``, the interval of 90 % for a measured value, and the standard deviations of what is off
        together in one gap (``_GAP_SD``) and in all gaps (``_COMMON_SD``). NaN where nothing is known.
        What was missing or left open stands in the attribute ``comment`` of ``<name>_F`` and in the log.

    Raises
    ------
    FillingError
        There is no such variable, filler, variant or rule.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2020-06-01", "ns") + np.arange(30 * 48) * np.timedelta64(30, "m")
    >>> light = np.maximum(0.0, 800.0 * np.sin((np.arange(30 * 48) % 48 - 12) / 24 * np.pi))
    >>> nee = np.where(np.arange(30 * 48) // 48 == 12, np.nan, 3.0 - 0.02 * light)
    >>> ds = xr.Dataset({"NEE": ("time", nee), "SW_IN": ("time", light)}, {"time": time})
    >>> filled = fk.ecosystem.fill(ds, "NEE", method="mds")
    >>> round(float(filled.NEE_F[12 * 48 + 24]), 2), int(filled.NEE_F_QC[12 * 48 + 24])
    (-12.73, 1)
    """
    if name not in ds or "time" not in ds[name].dims:
        there = ", ".join(map(str, ds.data_vars))
        raise FillingError(f"there is no series {name!r} to fill; there are {there}")
    at = HalfHours.of(ds)
    method = method or default_method(name, keywords)
    given = drivers_of(ds, name, drivers, method)
    values = ds[name].transpose(..., "time")
    rows = _rows(values)
    infinite = int(np.isinf(values.values.astype(np.float64)).sum())
    if len(rows) > 1 and "skill" not in keywords:
        fullest = max(rows, key=lambda row: int(np.isfinite(row).sum()))
        keywords |= _learnt(method, fullest, given, at, rows, keywords)
    done: dict[bytes, tuple[dict[str, Array], tuple[str, ...]]] = {}
    for row in rows:  # thresholds that take out the same records leave one series
        if row.tobytes() not in done:
            done[row.tobytes()] = _filled(row, predicted(method, row, given, at, **keywords), at, long_gaps)
    parts = [done[row.tobytes()] for row in rows]
    units = ds[name].attrs.get("units", "")
    out = {
        end: xr.DataArray(
            np.stack([part[end] for part, _ in parts]).reshape(values.shape),
            dims=values.dims,
            attrs={"units": _UNITS.get(end, units), "long_name": f"{name}: {means}"},
        )
        for end, means in _MEANS.items()
        if all(end in part for part, _ in parts)
    }
    notes = _told_once(note for _, said in parts for note in said)
    if infinite:
        notes.insert(0, f"infinite values ({infinite}) stand for missing ones")
    for note in notes:
        logger.warning("%s: %s", name, note)
    out[""].attrs |= {"comment": "; ".join([f"filled by {method}", *notes])}
    return ds.assign({f"{name}_F{end}": series for end, series in out.items()})


def learnt(
    ds: xr.Dataset,
    name: str,
    *,
    others: Sequence[xr.DataArray] = (),
    method: str | None = None,
    drivers: Sequence[str] | Mapping[str, str] | None = None,
    **keywords: Any,
) -> dict[str, Any]:
    """Find what a filler is worth once for all scenarios of a series.

    Parameters
    ----------
    ds : xr.Dataset
    name : str
        The variable.
    others : sequence of xr.DataArray
        Scenarios of it, over ``time`` and anything else, whose gaps are to be filled as well.
    method, drivers, **keywords
        As of :func:`fill`.

    Returns
    -------
    dict
        The keyword ``skill`` of :func:`fill`; empty for a filler that learns nothing.
    """
    method = method or default_method(name, keywords)
    given = drivers_of(ds, name, drivers, method)
    rows = np.concatenate([np.empty((0, ds.sizes["time"])), *(_rows(each) for each in others)])
    return _learnt(method, _rows(ds[name])[0], given, HalfHours.of(ds), rows, keywords)


def unrefused(name: str, keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keyword that lets a filler fill gaps of any length, where it refuses some.

    A strict threshold makes some gaps longer. Members leave open what the reference leaves open and nothing
    else: otherwise those of weak thresholds alone would have sums.
    """
    method = keywords.get("method") or default_method(name, keywords)
    return {"refuse": False} if "refuse" in inspect.signature(filler(method)).parameters else {}


def _rows(series: xr.DataArray) -> Array:
    """Return it as (scenario, time), NaN where it is no finite number."""
    values = np.array(series.transpose(..., "time").values, np.float64)
    return np.where(np.isfinite(values), values, np.nan).reshape(-1, series.sizes["time"])


def _learnt(
    method: str,
    values: Array,
    drivers: dict[str, Array],
    at: HalfHours,
    others: Array,
    keywords: dict[str, Any],
) -> dict[str, Any]:
    learn = learner(method)
    if learn is None:
        return {}
    known = inspect.signature(learn).parameters
    how = {key: keywords[key] for key in keywords if key in known}
    if "others" in known:
        how["others"] = others
    return {"skill": learn(values, drivers, at, **how)}


def default_method(name: str, keywords: Mapping[str, Any]) -> str:
    """Return the filler of a variable for which none was named."""
    return "mds" if name in _DRIVERS + _MORE_DRIVERS or "variant" in keywords else "mds+boosting"


def drivers_of(
    ds: xr.Dataset, name: str, drivers: Sequence[str] | Mapping[str, str] | None, method: str
) -> dict[str, Array]:
    """Return the drivers that the dataset has, without the variable itself."""
    if drivers is not None:
        named = dict(drivers) if isinstance(drivers, Mapping) else {driver: driver for driver in drivers}
        unknown = [variable for variable in named.values() if variable not in ds]
        if unknown:
            there = ", ".join(map(str, ds.data_vars))
            raise FillingError(f"there is no driver {unknown[0]!r}; there are {there}")
    elif learner(method) is None:
        named = {driver: driver for driver in _DRIVERS}
    else:
        named = {
            driver: f"{driver}_F" if f"{driver}_F" in ds else driver for driver in _DRIVERS + _MORE_DRIVERS
        }
    return {
        role: _rows(ds[variable])[0] for role, variable in named.items() if variable in ds and role != name
    }


def _filled(
    values: Array, filled: Filled, at: HalfHours, long_gaps: str | None
) -> tuple[dict[str, Array], tuple[str, ...]]:
    """Put what was measured over what was predicted and open long gaps again."""
    measured = np.isfinite(values)
    value = np.where(measured, values, filled.value)
    rule = filled.long_gaps if long_gaps is None else long_gaps
    quality = np.where(measured, 0, filled.quality)
    open_again = too_long(measured, value, quality, at.per_day, rule)
    told = np.isfinite(filled.value) & ~open_again

    def where_predicted(x: Array | Integers) -> Array:
        return np.where(told, x, np.nan)

    notes = list(filled.notes)
    lost = np.count_nonzero(open_again & np.isfinite(filled.value))
    if lost:
        notes.append(f"{lost / at.per_day:.3g} days stay open: {RULES[rule]}")
    left = np.count_nonzero(~measured & ~np.isfinite(filled.value))
    if left:
        notes.append(f"{left / at.per_day:.3g} days stay open: {filled.open_because}")
    ranges = {}
    if filled.intervals is not None:
        ranges = {
            "_LOWER": where_predicted(filled.intervals.lower),
            "_UPPER": where_predicted(filled.intervals.upper),
            "_GAP_SD": where_predicted(filled.intervals.gap_sd),
            "_COMMON_SD": where_predicted(filled.intervals.common_sd),
        }
    return {
        "": np.where(open_again, np.nan, value),
        "_QC": np.where(np.isfinite(value) & ~open_again, quality, np.nan),
        "_METHOD": where_predicted(filled.method),
        "_WINDOW": where_predicted(filled.window),
        "_N": where_predicted(filled.n),
        "_SD": where_predicted(filled.sd),
        "_ALL": where_predicted(filled.value),
        **ranges,
    }, tuple(notes)


def _told_once(notes: Iterable[str]) -> list[str]:
    """Say each thing once: of those that differ in their days alone, as of scenarios, from least to most."""
    days: dict[str, list[float]] = {}
    for note in notes:
        number, of_days, rest = note.partition(" days ")
        if of_days and number.replace(".", "", 1).isdigit():
            days.setdefault(f"days {rest}", []).append(float(number))
        else:
            days.setdefault(note, [])
    out = []
    for text, some in days.items():
        least, most = (f"{f(some):.3g}" for f in (min, max)) if some else ("", "")
        out.append(f"{least if least == most else f'{least} to {most}'} {text}".strip())
    return out
