"""Binary logger files of ETH Zurich as its converter leaves them: text with one line of names.

Names carry the instrument in brackets, as ``U_[R350-B]``; commas; a first column TIMESTAMP where the
conversion made one.
"""

import re
from dataclasses import replace

from fluxkit.raw.layout import Layout
from fluxkit.raw.opening import Contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.text.structure import structure_of

TIME_COLUMN = "TIMESTAMP"
_INSTRUMENT = re.compile(r"[A-Z0-9_]+_\[[A-Z0-9-]+\](_[A-Z]+)?")
#: Share of the columns that must carry an instrument: the rest are stamps and counters.
_SHARE = 0.8


def sniff(head: bytes) -> bool:
    """Whether the first line names columns by quantity and instrument, and numbers follow."""
    found = structure_of(head)
    if found is None or found.delimiter != "," or found.header_rows != 1 or found.names is None:
        return False
    names = [name for name in found.names if name != TIME_COLUMN]
    named = sum(_INSTRUMENT.fullmatch(name) is not None for name in names)
    return named > _SHARE * len(names)


def dialect(content: Contents, layout: Layout) -> Layout:
    """Return the layout with the format's own header, delimiter and time column."""
    time = layout.time_column
    if time is None and content.data.startswith(TIME_COLUMN.encode() + b","):
        time = TIME_COLUMN
    return replace(layout, delimiter=",", header_rows=1, names_row=1, time_column=time)


READER = Reader(
    "bico",
    sniff,
    dialect=dialect,
    what="ETH Zurich's binary files as its converter leaves them: names such as `U_[R350-B]`, commas",
    times="`TIMESTAMP` in the records, or the file name",
)
