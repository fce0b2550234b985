"""Text with one record per line, with columns as the layout says."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.raw.clock import Clock
from fluxkit.raw.filetime import file_start
from fluxkit.raw.grid import place_records, spread
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.opening import Contents
from fluxkit.raw.samples import Array, ProblemLog, Samples
from fluxkit.raw.text.header import Header, locate, read_header, separator
from fluxkit.raw.text.table import lines_of, parse_records

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
    stamp = None
    if layout.time_column is not None:
        stamp = locate(header, layout.time_column, "time", content.source)
    start = file_start(content.source, layout) if layout.file_time == "name" else None
    table = parse_records(lines, header, mark, list(row), stamp=stamp, missing=layout.missing, log=log)
    counts = table.values[row[counter]] if counter is not None else None
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


def _names_row(layout: Layout) -> int | None:
    # Where all columns are given by position, an undeclared header line may be anything.
    sources = [column.source for column in layout.columns] + [layout.time_column]
    return layout.names_row if any(isinstance(s, str) for s in sources) else layout.names_row or 0


def _counter(header: Header) -> int | None:
    places = [k for k, name in enumerate(header.names or ()) if name == RECORD]
    return places[0] if len(places) == 1 else None
