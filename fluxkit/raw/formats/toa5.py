"""TOA5: Campbell Scientific's text tables.

Four header lines: environment (beginning with "TOA5"), names, units, processing. Records
begin with TIMESTAMP and RECORD; whole seconds are written without fraction.
"""

from dataclasses import replace

from fluxkit.errors import ReadError
from fluxkit.raw.layout import Layout
from fluxkit.raw.opening import Contents
from fluxkit.raw.reader import Reader, deferred

HEADER_ROWS = 4
NAMES_ROW = 2
UNITS_ROW = 3
TIME_COLUMN = "TIMESTAMP"
_BINARY = ("TOB1", "TOB2", "TOB3")


def sniff(head: bytes) -> bool:
    """Whether the content begins with TOA5's mark."""
    return head.startswith((b'"TOA5"', b"TOA5,"))


def dialect(content: Contents, layout: Layout) -> Layout:
    """Return the layout with TOA5's own header, delimiter and time column (TIMESTAMP unless configured).

    Raises
    ------
    ReadError
        The content is not TOA5.
    """
    _require(content)
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


READER = Reader(
    "toa5",
    sniff,
    dialect=dialect,
    series=deferred("fluxkit.chamber.analysers.tables:logger_series"),
    marked=True,
    units_row=UNITS_ROW,
    what="Campbell Scientific's text tables: four header lines, names in the second, units in the third",
    times="`TIMESTAMP` in the records, or the file name",
)
