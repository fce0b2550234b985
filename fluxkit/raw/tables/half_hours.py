"""Half-hourly tables that others have made: EddyPro's full output, its FLUXNET file, FLUXNET CSV."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from fluxkit.errors import ReadError
from fluxkit.raw.opening import contents
from fluxkit.schema import gases, variables
from fluxkit.schema.unit_products import conversion

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: Texts without a value; -9999 is looked at as a number.
_EMPTY = ["", "NA", "NAN", "NaN", "nan", "null", "Infinity", "-Infinity", "inf", "-inf"]
_MISSING = -9999.0
_SEPARATORS = (",", "\t", ";")
#: Lines at the beginning among which that with the names is looked for.
_HEAD = 6
#: Variances of the full output that are deviations here.
_ROOTS = {"u_var": "U_SIGMA", "v_var": "V_SIGMA", "w_var": "W_SIGMA", "ts_var": "T_SONIC_SIGMA"}
#: Units of the full output where a file has lost its row of units and the vocabulary has others.
_USUAL = (
    (r"(sonic|air)_temperature|Tdew", "K"),
    (r"air_pressure|e|es|VPD", "Pa"),
    (r"(un_|rand_err_)?(ch4|n2o)_(flux|strg)", "umol m-2 s-1"),
    (r"(ch4|n2o)_(mole_fraction|mixing_ratio)", "umol mol-1"),
    (r"(ch4|n2o)_molar_density", "mmol m-3"),
    (r"[uvw]_var", "m2 s-2"),
    (r"ts_var", "K2"),
)
#: Columns whose unit follows from what the analyser measures.
_UNSAID = re.compile(r"w.(co2|h2o|ch4|n2o)_cov")


@dataclass(frozen=True)
class HalfHours:
    """A table of half hours in our names and units."""

    data: xr.Dataset  #: over time, the start of the averaging period, UTC
    notes: tuple[str, ...]  #: what of the file could not be used, in sentences


@dataclass(frozen=True)
class _Layout:
    separator: str
    names: list[str]
    units: dict[str, str]  #: name -> unit; empty without a row of units
    first: int  #: line of the first record, 0 = first of the file
    eddypro: bool  #: the full output, whose times are the end of a period


def read_half_hours(path: str | Path, *, utc_offset_h: float, seconds: int | None = None) -> HalfHours:
    """Read a half-hourly table, plain, gzip or zip.

    Parameters
    ----------
    path : str or pathlib.Path
        EddyPro's full output (rows of groups, names, units; columns date and time: the END of the period), or
        a file with TIMESTAMP_START and TIMESTAMP_END in the standard's units.
    utc_offset_h : float
        The file's times minus UTC. [h]
    seconds : int, optional
        Averaging period; by default the most frequent step of time. [s]

    Returns
    -------
    HalfHours
        Columns that have a name of the vocabulary, or an alias of one, in the vocabulary's units.

    Raises
    ------
    ReadError
        The file is absent, or has no such columns of time, or no column that is known.
    """
    found = contents(path)
    text = _decoded(found.data)
    layout = _layout(text, found.source)
    cut = [f"{found.source}: the archive breaks off; what precedes is used"] if found.truncated else []
    frame, lost = _frame(text, layout, found.source)
    start, length = _starts(frame, layout, seconds, found.source)
    start = start - np.timedelta64(round(utc_offset_h * 3600), "s")
    taken, notes = _columns(frame, layout)
    if not taken:
        raise ReadError(found.source, "none of its column names is known; is it a table of fluxes?")
    data = xr.Dataset(
        {name: ("time", x) for name, x in taken.items()}, {"time": start.astype("datetime64[ns]")}
    )
    data.attrs["averaging_period_s"] = length
    good = ~np.isnat(start)
    if not good.all():
        notes.append(f"{int((~good).sum())} records without a time are left out")
    data = data.isel(time=good).sortby("time")
    _, once = np.unique(data["time"].values, return_index=True)
    if once.size < data.sizes["time"]:
        notes.append(f"{data.sizes['time'] - once.size} periods occur twice: the first record is taken")
    return HalfHours(data.isel(time=once), tuple(cut + lost + notes))


# ---- layout ----


def _decoded(data: bytes) -> str:
    """Return the text with plain ends of lines."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _layout(text: str, source: str) -> _Layout:
    lines = text.split("\n", _HEAD)[:_HEAD]
    for k, line in enumerate(lines):
        for separator in _SEPARATORS:
            names = _cells(line, separator)
            lower = {name.casefold() for name in names}
            if {"date", "time"} <= lower or {"timestamp_start", "timestamp_end"} & lower:
                following = lines[k + 1] if k + 1 < len(lines) else ""
                has_units = any(cell.startswith("[") for cell in _cells(following, separator)[:3])
                units = _units(names, following, separator) if has_units else {}
                return _Layout(separator, names, units, k + 1 + has_units, {"date", "time"} <= lower)
    raise ReadError(
        source,
        "no line of column names: expected date and time (EddyPro's full output), or "
        "TIMESTAMP_START and TIMESTAMP_END, among the first lines",
    )


def _cells(line: str, separator: str) -> list[str]:
    try:
        row = next(csv.reader([line.rstrip("\r\n")], delimiter=separator), [])
    except csv.Error:  # a cell of more than 128 kB, or what is no text
        row = [line]
    return [cell.strip() for cell in row]


def _units(names: Sequence[str], line: str, separator: str) -> dict[str, str]:
    """Return the unit of each column; a row that lost cells, or has separators in brackets, is set right."""
    cells = [cell.strip(' "\r') for cell in re.split(rf"{separator}(?![^\[]*\])", line)]
    shift = 0
    dates = [k for k, cell in enumerate(cells) if cell.startswith("[yyyy")]
    if dates:
        shift = [name.casefold() for name in names].index("date") - dates[0]
    return {names[k + shift]: cell for k, cell in enumerate(cells) if 0 <= k + shift < len(names)}


def _frame(text: str, layout: _Layout, source: str) -> tuple[pd.DataFrame, list[str]]:
    """Return all cells as text, and a sentence on records that were left out.

    A record that lost or gained a cell has others in the wrong columns.
    """
    lines = [line for line in text.split("\n")[layout.first :] if line.strip()]
    if not lines:
        raise ReadError(source, "no records below the column names")
    widths = [_width(line, layout.separator) for line in lines]
    width = max(set(widths), key=widths.count)
    kept = [line for line, cells in zip(lines, widths, strict=True) if cells == width]
    notes = []
    if len(kept) < len(lines):
        notes.append(f"{len(lines) - len(kept)} records do not have {width} cells as others: left out")
    names = [*layout.names, *(f"cell {k + 1}" for k in range(len(layout.names), width))][:width]
    try:
        frame = pd.read_csv(
            io.StringIO("\n".join(kept)),
            sep=layout.separator,
            header=None,
            names=_distinct(names),
            index_col=False,
            dtype=str,
            keep_default_na=False,
            na_values=[],
        )
    except (ValueError, pd.errors.ParserError) as error:
        raise ReadError(source, f"cannot be read as a table: {error}") from error
    return frame.drop(columns=frame.columns[len(layout.names) :]), notes


def _width(line: str, separator: str) -> int:
    return len(_cells(line, separator)) if '"' in line else line.count(separator) + 1


def _distinct(names: Sequence[str]) -> list[str]:
    """Return unique names: repeated ones get a number."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return out


# ---- times ----


def _starts(frame: pd.DataFrame, layout: _Layout, seconds: int | None, source: str) -> tuple[Times, int]:
    """Return the start of each period in the file's own time, NaT where it cannot be read, and its length."""
    column = {name.casefold(): name for name in frame.columns}
    first: Times | None = None
    end: Times | None = None
    if layout.eddypro and not {"date", "time"} <= column.keys():
        raise ReadError(
            source, f"records have {len(column)} cells, fewer than there are names, and no date or time"
        )
    if layout.eddypro:
        stamps = frame[column["date"]].str.strip() + " " + frame[column["time"]].str.strip()
        end = _instants(stamps, "%Y-%m-%d %H:%M")
    else:
        first, end = (
            _instants(frame[column[name]], "%Y%m%d%H%M") if name in column else None
            for name in ("timestamp_start", "timestamp_end")
        )
    times = first if first is not None else end
    if times is None or np.isnat(times).all():
        wanted = "yyyy-mm-dd and HH:MM" if layout.eddypro else "yyyymmddHHMM"
        raise ReadError(
            source, f"no time can be read; dates must be written as {wanted} (spreadsheets may change them)"
        )
    if seconds is None and first is not None and end is not None and not np.isnat(end - first).all():
        seconds = int(np.median((end - first)[~np.isnat(end - first)].astype(np.int64)))
    length = seconds or _usual_step(times, source)
    return (times if first is not None else times - np.timedelta64(length, "s")), length


def _instants(texts: "pd.Series[str]", pattern: str) -> Times:
    found = pd.to_datetime(texts.str.strip(), format=pattern, errors="coerce")
    return np.asarray(found.to_numpy(dtype="datetime64[s]"))


def _usual_step(times: Times, source: str) -> int:
    steps = np.diff(np.unique(times[~np.isnat(times)])).astype(np.int64)
    if not steps.size:
        raise ReadError(source, "only one record: give the averaging period")
    values, counts = np.unique(steps, return_counts=True)
    return int(values[np.argmax(counts)])


# ---- columns ----


def _columns(frame: pd.DataFrame, layout: _Layout) -> tuple[dict[str, Array], list[str]]:
    """Return variables in the vocabulary's units, and sentences on what could not be used."""
    taken: dict[str, Array] = {}
    unknown, notes = [], []
    for theirs in frame.columns:
        name = _ROOTS.get(theirs) or _known(theirs)
        if name is None:
            unknown.append(theirs)
            continue
        if name in taken:
            notes.append(f"{theirs}: there is another column of {name} before it")
            continue
        try:
            scale, shift = conversion(_unit(theirs, name, layout), _wanted(theirs, name))
        except ValueError as error:
            notes.append(f"{theirs}: left out, {error}")
            continue
        x = scale * _numbers(frame[theirs]) + shift
        with np.errstate(invalid="ignore"):
            taken[name] = np.sqrt(x) if theirs in _ROOTS else x
    _nine_classes(taken)
    if unknown:
        notes.append(f"columns without a counterpart: {', '.join(unknown)}")
    return taken, notes


def _numbers(texts: "pd.Series[str]") -> Array:
    text = texts.fillna("").str.strip()
    values = pd.to_numeric(text.mask(text.isin(_EMPTY)), errors="coerce").to_numpy(dtype=np.float64)
    return np.where(np.isfinite(values) & (values != _MISSING), values, np.nan)


def _unit(theirs: str, name: str, layout: _Layout) -> str:
    given = layout.units.get(theirs, "").strip(' "-')
    if given:
        return given
    if layout.eddypro:
        if _UNSAID.fullmatch(theirs):
            raise ValueError("its unit depends on the analyser and is not given")
        for pattern, unit in _USUAL:
            if re.fullmatch(pattern, theirs):
                return unit
    return _wanted(theirs, name)


def _wanted(theirs: str, name: str) -> str:
    units = variables.entry(name).units
    return {"m s-1": "m2 s-2", "K": "K2"}[units] if theirs in _ROOTS else units


def _nine_classes(taken: dict[str, Array]) -> None:
    """Give flags of Foken's nine classes their own name, in place: one column serves all schemes there."""
    for name in [name for name in taken if name.endswith("_SSITC_TEST")]:
        values = taken[name]
        if values[np.isfinite(values)].size and np.nanmax(values) > 2:
            taken[name.replace("_SSITC_TEST", "_FOKEN_TEST")] = taken.pop(name)


def _known(theirs: str) -> str | None:
    """Return our name of a column, however it is spelled; None if there is none."""
    exact, loose = _spellings()
    return exact.get(theirs) or loose.get(_loosely(theirs)) or _of_further_gas(theirs)


def _of_further_gas(theirs: str) -> str | None:
    gas = variables.gas_of(theirs)
    return theirs if gas is not None and gases.is_known_gas(gas) else None


@cache
def _spellings() -> tuple[dict[str, str], dict[str, str]]:
    exact: dict[str, str] = {}
    loose: dict[str, str] = {}
    for name in variables.names():
        for spelling in (name, *variables.entry(name).aliases):
            exact[spelling] = name
            loosely = _loosely(spelling)
            if len(loosely) > 1:  # "L" and "e" only as they are
                loose.setdefault(loosely, name)
    return exact, loose


def _loosely(text: str) -> str:
    """Return letters and digits alone: w/ts_cov, w.ts_cov and w_ts_cov are one."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")
