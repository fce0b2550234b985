"""Parquet tables: columns by name, a column of time stamps if there is one.

Needs the package pyarrow, which comes with ``pip install fluxkit[parquet]``.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fluxkit.errors import ReadError
from fluxkit.raw.channels import Channel, believable
from fluxkit.raw.described import Columns, SelfDescribedTable, samples_of
from fluxkit.raw.layout import Layout
from fluxkit.raw.missing import missing_numbers
from fluxkit.raw.opening import Contents, contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Array, ProblemLog, Samples
from fluxkit.raw.text.table import Stamps

_MARK = b"PAR1"
_UNREADABLE = np.iinfo(np.int64).min
#: What damage raises beside the package's own exceptions.
_DAMAGE = (OSError, ValueError, TypeError, OverflowError, MemoryError)
#: Most values of a column: fifteen days at 100 Hz.
_MOST_ROWS = 2**27


def sniff(head: bytes) -> bool:
    """Whether the content begins with Parquet's mark."""
    return head.startswith(_MARK)


def read(path: str | Path, layout: Layout) -> Samples:
    """Read a Parquet file.

    Parameters
    ----------
    path : str or pathlib.Path
        Plain, gzip, xz, bzip2 or zip file.
    layout : Layout
        Columns by name or position; ``time_column`` names the stamps if they are not the first of their type.

    Raises
    ------
    ReadError
        The file is damaged or cut, or pyarrow is not installed.
    """
    content = contents(path)
    log = ProblemLog(content.source)
    return samples_of(columns_of_table(content, layout.only_time_column(content.source)), layout, log)


def describe(content: Contents, log: ProblemLog) -> SelfDescribedTable:
    """List the columns.

    Raises
    ------
    ReadError
        The file is damaged or cut, or pyarrow is not installed.
    """
    return columns_of_table(content, None)


def columns_of_table(content: Contents, time_column: str | int | None) -> SelfDescribedTable:
    """List the columns, with stamps of another name; see `describe`."""
    source = content.source
    if content.truncated or not sniff(content.data):
        what = "the archive breaks off" if content.truncated else "is no Parquet file"
        raise ReadError(source, f"{what}: copy the file again, or check raw.format")
    table = _open(content)
    names = tuple(table.schema_arrow.names)
    types = table.schema_arrow.types
    rows = int(table.metadata.num_rows)
    if not 0 < rows < _MOST_ROWS:
        raise ReadError(source, f"holds {rows} records")
    time = _time(names, types, time_column, source)
    stamps = None if time is None else _stamps(table, names[time], rows, source)
    utc = time is not None and getattr(types[time], "tz", None) is not None

    def load(fields: Sequence[int], missing: Sequence[str]) -> Columns:
        codes = missing_numbers(missing)
        wanted = [names[k] for k in fields if _number(types[k])]  # texts and truth values are no numbers
        columns = _columns(table, wanted, rows, source)
        values = np.full((len(fields), rows), np.nan)
        for row, k in zip(values, fields, strict=True):
            if names[k] in columns:
                row[:] = Channel("", "", columns[names[k]]).values(codes)
        return Columns(values, np.arange(1, rows + 1), stamps)

    kinds = "".join("s" if k == time else "n" if _number(kind) else "t" for k, kind in enumerate(types))
    return SelfDescribedTable(source, len(content.data), names, ("",) * len(names), kinds, load, utc=utc)


def _open(content: Contents) -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ReadError(
            content.source, "Parquet needs the package pyarrow: pip install 'fluxkit[parquet]'"
        ) from error
    try:
        return pyarrow.parquet.ParquetFile(io.BytesIO(content.data), page_checksum_verification=True)
    except (pyarrow.ArrowException, *_DAMAGE) as error:
        raise _damaged(content.source, error) from error


def _damaged(source: str, error: Exception) -> ReadError:
    first = str(error).partition("\n")[0]
    return ReadError(source, f"is a damaged or cut Parquet file ({first}): copy it again")


def _number(kind: Any) -> bool:
    text = str(kind)
    return text.startswith(("int", "uint", "float", "double", "halffloat"))


def _time(names: tuple[str, ...], types: Sequence[Any], wanted: str | int | None, source: str) -> int | None:
    if wanted is None:
        return next((k for k, kind in enumerate(types) if str(kind).startswith("timestamp")), None)
    place = names.index(wanted) if wanted in names else wanted - 1 if isinstance(wanted, int) else -1
    if not 0 <= place < len(names) or not str(types[place]).startswith("timestamp"):
        raise ReadError(
            source, f"raw.time_column = {wanted!r} is no column of time stamps; columns: {', '.join(names)}"
        )
    return place


def _columns(table: Any, names: Sequence[str], rows: int, source: str) -> dict[str, Array]:
    import pyarrow

    try:
        found = table.read(columns=list(dict.fromkeys(names)), use_threads=False)
        columns = {name: found.column(name).to_numpy().astype(np.float64) for name in found.column_names}
    except (pyarrow.ArrowException, LookupError, *_DAMAGE) as error:
        raise _damaged(source, error) from error
    for name, values in columns.items():
        _require(values.size, name, rows, source)
    return columns


def _stamps(table: Any, name: str, rows: int, source: str) -> Stamps:
    import pyarrow

    try:
        found = table.read(columns=[name], use_threads=False).column(0)
        found = found.cast(pyarrow.timestamp("ns"), safe=False).to_numpy()
        stamps: Stamps = found.astype("M8[ns]").astype(np.int64)
    except (pyarrow.ArrowException, *_DAMAGE) as error:
        raise _damaged(source, error) from error
    _require(stamps.size, name, rows, source)
    return believable(stamps)  # a missing stamp is NaT, the smallest integer


def _require(size: int, name: str, rows: int, source: str) -> None:
    if size != rows:
        raise ReadError(source, f"column {name!r} holds {size} of {rows} values: copy the file again")


READER = Reader(
    "parquet",
    sniff,
    read,
    describe=describe,
    whole=True,
    what="Parquet tables; needs `pip install 'fluxkit[parquet]'`",
    times="the first column of time stamps, or the file name",
)
