"""Field sheets: tables that people wrote, one row a closure, as times in UTC, numbers in SI and texts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from fluxkit.chamber.campaign.models import Sheet
from fluxkit.locations import location
from fluxkit.raw.samples import Problem, ProblemLog
from fluxkit.raw.tables.slow_table import EMPTY, SlowTable
from fluxkit.schema import units

Array = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]
Times = npt.NDArray[np.datetime64]

#: Columns of text that a sheet may name.
TEXTS = ("id", "plot", "treatment", "chamber", "analyser", "cover")
#: Stamps as a workbook's dates are written, and a date that is there twice.
_ISO = r"\d{4}-\d\d-\d\d(?: \d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?$"
_SECOND_DATE = r"^(\d{4}-\d\d-\d\d) (?:\1|1899-12-3\d|1900-01-0\d) (\d\d:\d\d.*)$"
#: A closure whose end stands before its start is taken to last over midnight if it is no longer than this.
NIGHT = np.timedelta64(6, "h")
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class SheetRows:
    """The rows of a sheet with a closure; arrays of shape (row,)."""

    path: str
    start: Times  #: UTC, ns
    end: Times  #: UTC, ns
    texts: dict[str, Texts]  #: of ``TEXTS`` and what is kept; "" where empty
    numbers: dict[str, Array]  #: in SI, NaN where empty
    lines: npt.NDArray[np.int64]  #: 1-based line of the file
    problems: list[Problem] = field(default_factory=list)


def open_sheet(path: Path | str, sheet: Sheet, *, utc_offset_h: float) -> SheetRows:
    """Read a field sheet.

    A row whose times cannot be read is left out and reported with its line; the others are used.

    Parameters
    ----------
    path : pathlib.Path or str
        CSV, or an Excel workbook (.xlsx), whose dates are read as such and need no ``time_format``.
    sheet : Sheet
        Its columns, units and form of times.
    utc_offset_h : float
        Hours that the sheet's clock is ahead of UTC, unless ``sheet.utc_offset_h`` is set. [h]

    Raises
    ------
    ReadError
        The file cannot be read as a table, or lacks a column that is named.

    Examples
    --------
    >>> import tempfile
    >>> import fluxkit as fk
    >>> from fluxkit.chamber.synthetic.plots import make_campaign
    >>> config = make_campaign(tempfile.mkdtemp(), plots=1)
    >>> sheet = fk.chamber.load(config).sheet
    >>> rows = fk.chamber.open_sheet(config.parent / "sheet.csv", sheet, utc_offset_h=1.0)
    >>> rows.start[0].astype("M8[s]").item().isoformat()
    '2026-05-12T06:00:28'
    """
    path = location(path)
    table = SlowTable.read(
        path,
        delimiter=sheet.delimiter,
        header_rows=sheet.header_rows,
        names_row=sheet.names_row,
        missing=sheet.missing,
        section="sheet",
        worksheet=sheet.worksheet,
    )
    log = ProblemLog(str(path))
    offset = sheet.utc_offset_h if sheet.utc_offset_h is not None else utc_offset_h
    shift = np.timedelta64(round(offset * 3600e9), "ns")
    empty = (table.frame.map(str.strip) == "").all(axis=1).to_numpy()
    start = _times(table, sheet, _listed(sheet.start), log, empty) - shift
    end = _ends(table, sheet, start, log, empty, shift)
    numbers = {
        name: _numbers(table, entry.column, sheet, log) * units.parse(entry.unit).scale
        + units.parse(entry.unit).shift
        for name, entry in sheet.columns.items()
    }
    keep = ~(np.isnat(start) | np.isnat(end))
    backwards = keep & (end <= start)
    for row in np.flatnonzero(backwards):
        log.add(Problem(str(path), _line(table, row), "line", "the closure ends before it begins"))
    keep &= ~backwards
    return SheetRows(
        str(path),
        start[keep],
        end[keep],
        {name: values[keep] for name, values in _texts(table, sheet, log).items()},
        {name: values[keep] for name, values in numbers.items()},
        np.flatnonzero(keep) + 1 + table.header_rows,
        log.told(),
    )


def _listed(columns: str | list[str]) -> list[str]:
    return [columns] if isinstance(columns, str) else columns


def _line(table: SlowTable, row: int | np.int64) -> int:
    return int(row) + 1 + table.header_rows


def _times(
    table: SlowTable, sheet: Sheet, columns: Sequence[str], log: ProblemLog, empty: npt.NDArray[np.bool_]
) -> Times:
    """Return stamps as written, NaT where they cannot be read; each of those is reported."""
    texts = table.column(columns[0])
    for column in columns[1:]:
        texts = texts + " " + table.column(column)
    form = sheet.time_format
    if sheet.date is not None:
        texts, form = sheet.date + " " + texts, f"%Y-%m-%d {form}"
    found = pd.to_datetime(texts, format=form, errors="coerce")
    if table.of_workbook:
        found = found.fillna(_of_cells(texts, form))
    for row in np.flatnonzero(found.isna().to_numpy() & ~empty):
        log.add(
            Problem(
                log.source,
                _line(table, row),
                "line",
                f"{texts.iloc[row]!r} is not a time of the form {form!r}: correct it, or set "
                "sheet.time_format",
            )
        )
    return found.to_numpy().astype("datetime64[ns]")


def _of_cells(texts: "pd.Series[str]", form: str) -> "pd.Series[pd.Timestamp]":
    """Return the stamps of a workbook's cells, which have ISO's form whatever is shown; NaT of others.

    A cell with the time may hold a date too, that of its column's day or Excel's first; a cell may be text
    beside one that is not.
    """
    iso = texts.str.replace(_SECOND_DATE, r"\1 \2", regex=True)
    found = pd.to_datetime(iso.where(iso.str.match(_ISO)), format="ISO8601", errors="coerce")
    return found.fillna(pd.to_datetime(texts, format=f"{form}:%S", errors="coerce"))


def _ends(
    table: SlowTable,
    sheet: Sheet,
    start: Times,
    log: ProblemLog,
    empty: npt.NDArray[np.bool_],
    shift: np.timedelta64,
) -> Times:
    if sheet.end:
        end = _times(table, sheet, _listed(sheet.end), log, empty) - shift
        night = (end <= start) & (end + DAY - start <= NIGHT)
        for row in np.flatnonzero(night):
            reason = "the closure ends before it begins: taken to last over midnight"
            log.add(Problem(log.source, _line(table, row), "nothing", reason))
        return np.where(night, end + DAY, end)
    seconds = (
        np.full(start.size, float(sheet.length_s or 0.0))
        if sheet.length is None
        else _numbers(table, sheet.length, sheet, log)
    )
    for row in np.flatnonzero(~(seconds > 0) & ~np.isnat(start)):
        reason = f"the closure has no length (column {sheet.length})"
        log.add(Problem(log.source, _line(table, row), "line", reason))
    length = np.round(np.where(seconds > 0, seconds, np.nan) * 1e9)
    known = np.isfinite(length)
    end = np.full(start.size, np.datetime64("NaT", "ns"))
    end[known] = start[known] + length[known].astype("m8[ns]")
    return end


def _numbers(table: SlowTable, column: str | int, sheet: Sheet, log: ProblemLog) -> Array:
    """Return a column as numbers; a cell that is not a number becomes NaN and is reported."""
    texts = table.column(column)
    absent = texts.isin([*EMPTY, *sheet.missing])
    numbers = pd.to_numeric(texts.where(~absent), errors="coerce")
    for row in np.flatnonzero((numbers.isna() & ~absent).to_numpy()):
        comma = "; write a decimal point" if "," in str(texts.iloc[row]) else ""
        reason = f"{texts.iloc[row]!r} in column {column} is no number{comma}"
        log.add(Problem(log.source, _line(table, row), "value", reason))
    return numbers.to_numpy(dtype=np.float64, copy=True)


def _texts(table: SlowTable, sheet: Sheet, log: ProblemLog) -> dict[str, Texts]:
    """Return the columns of text; the sheet's names of the cover become clear, shaded, dark."""
    columns = {name: getattr(sheet, name) for name in TEXTS if getattr(sheet, name) is not None}
    found = {
        name: table.column(column).to_numpy(dtype=np.str_)
        for name, column in (columns | {name: name for name in sheet.keep}).items()
    }
    if "cover" in found:
        known = {"clear": "clear", "shaded": "shaded", "dark": "dark", "": ""} | dict(sheet.cover_words)
        for row in np.flatnonzero(~np.isin(found["cover"], list(known))):
            reason = f"{str(found['cover'][row])!r} says neither clear nor dark: list it in sheet.cover_words"
            log.add(Problem(log.source, _line(table, row), "value", reason))
        found["cover"] = np.array([known.get(str(word), "") for word in found["cover"]], np.str_)
    return found
