"""TOA5: Campbell Scientific's text tables.

Four header lines: environment (beginning with "TOA5"), names, units, processing. Records
begin with TIMESTAMP and RECORD; whole seconds are written without fraction.
"""

from dataclasses import replace
from pathlib import Path

from fluxkit.errors import ReadError
from fluxkit.raw.layout import Layout
from fluxkit.raw.opening import Contents, contents
from fluxkit.raw.registry import Reader, deferred
from fluxkit.raw.samples import Samples
from fluxkit.raw.text.delimited import samples_of

HEADER_ROWS = 4
NAMES_ROW = 2
UNITS_ROW = 3
TIME_COLUMN = "TIMESTAMP"
_BINARY = ("TOB1", "TOB2", "TOB3")


def sniff(head: bytes) -> bool:
    """Whether the content begins with TOA5's mark."""
    return head.startswith((b'"TOA5"', b"TOA5,"))


def read(path: str | Path, layout: Layout) -> Samples:
    """Read a TOA5 file; stamps and record numbers find lost and repeated samples.

    Parameters
    ----------
    path : str or pathlib.Path
        Plain, gzip or zip file.
    layout : Layout
        Its delimiter and header lines are TOA5's whatever it says; ``time_column`` is TIMESTAMP unless given.

    Raises
    ------
    ReadError
        The file is no TOA5, or nothing of it is usable.
    """
    content = contents(path)
    _require(content)
    return samples_of(content, layout_of_toa5(content, layout))


def layout_of_toa5(content: Contents, layout: Layout) -> Layout:
    """Return a layout with TOA5's own header, delimiter and time column."""
    time = layout.time_column
    if time is None and TIME_COLUMN.encode() in content.data[:4096]:
        time = TIME_COLUMN
    return replace(layout, delimiter=",", header_rows=HEADER_ROWS, names_row=NAMES_ROW, time_column=time)


def _require(content: Contents) -> None:
    if sniff(content.data):
        return
    first = content.data[:60].split(b"\n")[0].decode("latin-1").rstrip("\r")
    for name in _BINARY:
        if first.startswith((f'"{name}"', f"{name},")):
            known = "tob1" if name == "TOB1" else "tob3"
            raise ReadError(content.source, f"is {name}, Campbell's binary table: set raw.format = {known!r}")
    raise ReadError(content.source, f"is no TOA5: begins with {first!r}; check raw.format")


READER = Reader("toa5", sniff, read, series=deferred("fluxkit.chamber.analysers.tables:logger_series"))
