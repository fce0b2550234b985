"""Text with one record per line, with columns as the layout says."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.clock import Clock
from fluxkit.raw.filetime import file_start
from fluxkit.raw.grid import place_records, spread
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.opening import Contents
from fluxkit.raw.samples import Array, Problem, ProblemLog, Samples
from fluxkit.raw.text.clock_columns import time_fields
from fluxkit.raw.text.date_order import DateOrder, guess_words, shown_words
from fluxkit.raw.text.header import Header, locate, read_header, separator
from fluxkit.raw.text.seams import lose_seams
from fluxkit.raw.text.sections import Section, sections_of
from fluxkit.raw.text.table import Lines, TextTable, lines_of
from fluxkit.raw.text.time_parts import TimeFields
from fluxkit.raw.text.widths import parse_widths

logger = logging.getLogger(__name__)

#: How Campbell loggers, and those who copy them, call the running number of a record.
RECORD = "RECORD"
_UNREADABLE = np.iinfo(np.int64).min


def delimited_samples(content: Contents, layout: Layout) -> Samples:
    """Turn the bytes of a delimited file into samples.

    Parameters
    ----------
    content : Contents
        The file.
    layout : Layout
        How it is laid out.

    Returns
    -------
    Samples
        SI units, UTC, NaN where lost.

    Raises
    ------
    ReadError
        Nothing of the file is usable, or it is not laid out like that.
    """
    log = ProblemLog(content.source)
    lines = lines_of(content, log)
    mark = separator(layout.delimiter, content.source)
    header = read_header(lines.content, layout.header_rows, _names_row(layout), mark)
    if header.note:
        log.add(Problem(content.source, layout.header_rows + 1, "nothing", header.note))
    chosen = _chosen(header, layout, lines.content, mark)
    start = file_start(content.source, layout) if layout.file_time == "name" else None
    table = _records(lines, header, mark, chosen, layout, log)
    counts = table.values[chosen.row[chosen.counter]].copy() if chosen.counter is not None else None
    lose_seams(table, counts, log)
    _settle_dates(table.dates, layout, log)
    layout = on_own_clock(table, layout, log)
    clock = Clock(table.records, table.lines, table.stamps, counts)
    placement = place_records(clock, layout, start, log)
    own = len(set(chosen.fields.values())) == len(chosen.fields)
    data = {
        c.variable: np.ascontiguousarray(
            spread(
                converted(table.values[chosen.row[chosen.fields[c.variable]]], c, layout.precision, own=own),
                placement,
            )
        )
        for c in layout.columns
    }
    return Samples(placement.start, layout.rate, data, log.told(), table.records)


@dataclass(frozen=True)
class _Chosen:
    """Fields that are read."""

    fields: dict[str, int]  # of each variable
    row: dict[int, int]  # of the values, by field
    counter: int | None
    stamp: TimeFields | None


def _chosen(header: Header, layout: Layout, content: Contents, mark: str | None) -> _Chosen:
    fields = {c.variable: locate(header, c.source, c.variable, content.source) for c in layout.columns}
    row = {field: k for k, field in enumerate(dict.fromkeys(fields.values()))}
    counter = _counter(header)
    if counter is not None:
        row.setdefault(counter, len(row))
    return _Chosen(fields, row, counter, time_fields(header, layout, content, mark))


def _records(
    lines: Lines, header: Header, mark: str | None, chosen: _Chosen, layout: Layout, log: ProblemLog
) -> TextTable:
    """Records of a file; where something is wrong with one, below each header that the file may hold."""
    attempt, refused = ProblemLog(log.source), None
    try:
        table = parse_widths(
            lines, header, mark, list(chosen.row), stamp=chosen.stamp, missing=layout.missing, log=attempt
        )
        if not attempt.told():
            return table
    except ReadError as error:
        refused = error
    names_row = layout.names_row or 1
    sections = sections_of(lines, header, mark, names_row, log) if header.rows else []
    if sections:
        return _joined(sections, mark, chosen, layout, log)
    if refused is not None:
        raise refused
    log.take(attempt)
    return table


def _joined(
    sections: Sequence[Section], mark: str | None, chosen: _Chosen, layout: Layout, log: ProblemLog
) -> TextTable:
    """Records of sections one behind the other, in the columns and units of the first."""
    reason = f"{len(sections) - 1} further headers stand inside the file: each is read as it says"
    log.add(Problem(log.source, len(sections[-1].header.rows) + 1, "nothing", reason))
    values, tables = [], []
    for section in sections:
        header, match = section.header, section.match
        place = {
            field: p
            for field in chosen.row
            if field < len(match) and (p := match[field]) is not None and p.column < header.width
        }
        here = list(dict.fromkeys(p.column for p in place.values()))
        table = parse_widths(
            section.lines, header, mark, here, stamp=_stamp_of(chosen.stamp, section),
            missing=layout.missing, log=log, strict=False,
        )  # fmt: skip
        found = np.full((len(chosen.row), table.records), np.nan)
        for field, p in place.items():
            found[chosen.row[field]] = p.converted(table.values[here.index(p.column)])
        values.append(found)
        tables.append(table)
    stamps = [np.full(t.records, _UNREADABLE) if t.stamps is None else t.stamps for t in tables]
    first = next((t for t in tables if t.stamps is not None), tables[0])
    return TextTable(
        np.concatenate(values, axis=1),
        None if chosen.stamp is None else np.concatenate(stamps),
        np.concatenate([t.lines for t in tables]),
        first.utc,
        tuple(sorted({zone for t in tables for zone in t.zones})),
        next((t.dates for t in tables if t.dates.shown is not None), first.dates),
    )


def _stamp_of(stamp: TimeFields | None, section: Section) -> TimeFields | None:
    """Return the columns of time as a section has them; None where it lacks one."""
    if stamp is None:
        return None
    places = [section.match[field] if field < len(section.match) else None for field in stamp.fields]
    columns = tuple(p.column for p in places if p is not None)
    return replace(stamp, fields=columns) if len(columns) == len(places) else None


def converted(raw: Array, column: LayoutColumn, precision: str, *, own: bool = False) -> Array:
    """SI values of a column, (gain * raw + offset) * scale + shift.

    With ``precision = "float32"`` the text and every step are rounded to single precision. ``own``: nobody
    else needs the raw values, as two variables of one column do, so that they may be overwritten.
    """
    # A Python float keeps an array's precision.
    x: npt.NDArray[Any] = raw.astype(np.float32 if precision == "float32" else np.float64, copy=not own)
    if column.gain != 1.0:
        x *= column.gain
    if column.offset != 0.0:
        x += column.offset
    if column.scale != 1.0:
        x *= column.scale
    if column.shift != 0.0:
        x += column.shift
    return x.astype(np.float64, copy=False)


def _settle_dates(dates: DateOrder, layout: Layout, log: ProblemLog) -> None:
    """Tell a guess of the order of day and month, and refuse what is read in another than it shows."""
    if layout.day_first is None and dates.open:
        reason = guess_words(dates, "raw.day_first")
        logger.warning("%s: %s", log.source, reason)  # of a file read by itself: an archive is asked as one
        log.add(Problem(log.source, None, "nothing", reason))
    _require_order(dates, layout, log.source)


def _require_order(dates: DateOrder, layout: Layout, source: str) -> None:
    """Refuse a file whose dates show another order: some may be read as other days, unnoticed."""
    if layout.day_first is not None and dates.shown is not None and dates.shown is not layout.day_first:
        order = "day" if layout.day_first else "month"
        raise ReadError(
            source, f"{shown_words(dates)}, but they are read with the {order} first: set raw.day_first"
        )


def on_own_clock(table: TextTable, layout: Layout, log: ProblemLog) -> Layout:
    """Return the layout for stamps as a table has them: in UTC if they name a zone or count from an epoch."""
    if not table.utc:
        return layout
    offsets = {layout.utc_offset_h, *(offset for _, offset in layout.offset_changes)}
    if any(zone / 60.0 not in offsets for zone in table.zones):
        named = ", ".join(f"UTC{zone / 60.0:+g} h" for zone in table.zones)
        reason = (
            f"the stamps name their zone, {named}: it is used, not utc_offset_h = {layout.utc_offset_h:g}"
        )
        log.add(Problem(log.source, None, "nothing", reason))
    return layout.in_utc()


def _names_row(layout: Layout) -> int | None:
    # Where all columns are given by position, an undeclared header line may be anything.
    time = layout.time_column if isinstance(layout.time_column, tuple) else (layout.time_column,)
    sources = [*(column.source for column in layout.columns), *time]
    return layout.names_row if any(isinstance(s, str) for s in sources) else layout.names_row or 0


def _counter(header: Header) -> int | None:
    places = [k for k, name in enumerate(header.names or ()) if name == RECORD]
    return places[0] if len(places) == 1 else None
