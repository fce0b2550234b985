"""Text with one record per line, with columns as the layout says."""

import logging
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.filetime import file_start
from fluxkit.raw.grid import Clock, place_records, spread
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.opening import Contents
from fluxkit.raw.samples import Array, Problem, ProblemLog, Samples
from fluxkit.raw.text.clock_columns import time_fields
from fluxkit.raw.text.date_order import DateOrder, guess_words, shown_words
from fluxkit.raw.text.header import Header, locate, read_header, separator
from fluxkit.raw.text.table import TextTable, lines_of, parse_records

logger = logging.getLogger(__name__)

#: How Campbell loggers, and those who copy them, call the running number of a record.
RECORD = "RECORD"


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
    fields = {c.variable: locate(header, c.source, c.variable, content.source) for c in layout.columns}
    row = {field: k for k, field in enumerate(dict.fromkeys(fields.values()))}
    counter = _counter(header)
    if counter is not None:
        row.setdefault(counter, len(row))
    stamp = time_fields(header, layout, lines.content, mark)
    start = file_start(content.source, layout) if layout.file_time == "name" else None
    table = parse_records(lines, header, mark, list(row), stamp=stamp, missing=layout.missing, log=log)
    counts = table.values[row[counter]] if counter is not None else None
    if layout.day_first is None and table.dates.open:
        reason = guess_words(table.dates, "raw.day_first")
        logger.warning(
            "%s: %s", content.source, reason
        )  # of a file read by itself: an archive is asked as one
        log.add(Problem(content.source, None, "nothing", reason))
    _require_order(table.dates, layout, content.source)
    layout = on_own_clock(table, layout, log)
    clock = Clock(table.records, table.lines, table.stamps, counts)
    placement = place_records(clock, layout, start, log)
    data = {
        c.variable: np.ascontiguousarray(
            spread(converted(table.values[row[fields[c.variable]]], c, layout.precision), placement)
        )
        for c in layout.columns
    }
    return Samples(placement.start, layout.rate, data, log.told(), table.records)


def converted(raw: Array, column: LayoutColumn, precision: str) -> Array:
    """SI values of a column, (gain * raw + offset) * scale + shift.

    With ``precision = "float32"`` the text and every step are rounded to single precision.
    """
    # A copy, since two variables may come from one column; a Python float keeps an array's precision.
    x: npt.NDArray[Any] = raw.astype(np.float32 if precision == "float32" else np.float64)
    if column.gain != 1.0:
        x *= column.gain
    if column.offset != 0.0:
        x += column.offset
    if column.scale != 1.0:
        x *= column.scale
    if column.shift != 0.0:
        x += column.shift
    return x.astype(np.float64, copy=False)


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
