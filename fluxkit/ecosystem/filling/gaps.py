"""Filling the gaps of a variable of a dataset of half hours."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.ecosystem.filling.long_gaps import RULES, too_long
from fluxkit.ecosystem.filling.registry import Array, Filled, FillingError, Integers, filler
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
}
_UNITS = {"_QC": "1", "_METHOD": "1", "_WINDOW": "d", "_N": "1"}


def fill(
    ds: xr.Dataset,
    name: str,
    *,
    method: str = "mds",
    long_gaps: str | None = None,
    drivers: Sequence[str] | Mapping[str, str] = ("SW_IN", "TA", "VPD"),
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
    method : str, default "mds"
        A registered filler. ``mds`` is marginal distribution sampling
        (:func:`fluxkit.ecosystem.filling.mds.fill_mds` tells its keywords, such as ``variant``).
    long_gaps : {"none", "reddyproc", "oneflux-1.3"}, optional
        Which gaps stay open: none; those of more than 60 days; what is more than 15 days from data in runs of
        quality 3. What the filler does unless given.
    drivers : sequence of str or mapping of str to str
        Drivers by name, or what stands for each in ``ds`` (``{"SW_IN": "SW_IN_F"}``).
    **keywords
        Settings of the filler.

    Returns
    -------
    xr.Dataset
        ``ds`` with ``<name>_F``, and ``_QC``, ``_METHOD``, ``_WINDOW`` [d], ``_N``, ``_SD`` of it, ``_ALL``
        for the prediction of every record. NaN where nothing is known. What was missing or left open stands
        in the attribute ``comment`` of ``<name>_F`` and in the log.

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
    >>> filled = fk.ecosystem.fill(ds, "NEE")
    >>> round(float(filled.NEE_F[12 * 48 + 24]), 2), int(filled.NEE_F_QC[12 * 48 + 24])
    (-12.73, 1)
    """
    if name not in ds or "time" not in ds[name].dims:
        there = ", ".join(map(str, ds.data_vars))
        raise FillingError(f"there is no series {name!r} to fill; there are {there}")
    at = HalfHours.of(ds)
    given = _drivers_of(ds, name, drivers)
    values = ds[name].transpose(..., "time")
    rows = np.array(values.values, np.float64).reshape(-1, values.sizes["time"])
    function = filler(method)
    parts = [_filled(row, function(row, given, at, **keywords), at, long_gaps) for row in rows]
    units = ds[name].attrs.get("units", "")
    out = {
        end: xr.DataArray(
            np.stack([part[end] for part, _ in parts]).reshape(values.shape),
            dims=values.dims,
            attrs={"units": _UNITS.get(end, units), "long_name": f"{name}: {means}"},
        )
        for end, means in _MEANS.items()
    }
    notes = _told_once(note for _, said in parts for note in said)
    for note in notes:
        logger.warning("%s: %s", name, note)
    out[""].attrs |= {"comment": "; ".join([f"filled by {method}", *notes])}
    return ds.assign({f"{name}_F{end}": series for end, series in out.items()})


def _drivers_of(ds: xr.Dataset, name: str, drivers: Sequence[str] | Mapping[str, str]) -> dict[str, Array]:
    """Return the drivers that the dataset has, without the variable itself."""
    named = dict(drivers) if isinstance(drivers, Mapping) else {driver: driver for driver in drivers}
    return {
        role: np.array(ds[variable].values, np.float64)
        for role, variable in named.items()
        if variable in ds and variable != name
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
    predicted = np.isfinite(filled.value) & ~open_again

    def where_predicted(x: Array | Integers) -> Array:
        return np.where(predicted, x, np.nan)

    notes = list(filled.notes)
    lost = np.count_nonzero(open_again & np.isfinite(filled.value))
    if lost:
        notes.append(f"{lost / at.per_day:.3g} days stay open: {RULES[rule]}")
    left = np.count_nonzero(~measured & ~np.isfinite(filled.value))
    if left:
        notes.append(f"{left / at.per_day:.3g} days stay open: nothing similar was measured near by")
    return {
        "": np.where(open_again, np.nan, value),
        "_QC": np.where(np.isfinite(value) & ~open_again, quality, np.nan),
        "_METHOD": where_predicted(filled.method),
        "_WINDOW": where_predicted(filled.window),
        "_N": where_predicted(filled.n),
        "_SD": where_predicted(filled.sd),
        "_ALL": where_predicted(filled.value),
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
