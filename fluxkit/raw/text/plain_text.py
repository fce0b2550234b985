"""Text with one record per line, described by its first lines."""

from collections.abc import Sequence

from fluxkit.errors import UnknownFormatError
from fluxkit.raw.described import Columns, SelfDescribedTable
from fluxkit.raw.opening import Contents
from fluxkit.raw.samples import ProblemLog
from fluxkit.raw.text.clock_columns import find_clock, needs_name, records_of
from fluxkit.raw.text.header import read_header, separator
from fluxkit.raw.text.structure import structure_of
from fluxkit.raw.text.table import lines_of, parse_records

_PROBED_BYTES = 65_536


def describe_text(content: Contents, log: ProblemLog) -> SelfDescribedTable:
    """Find delimiter, header and columns of a text file.

    Raises
    ------
    UnknownFormatError
        It is not delimited text.
    ReadError
        It holds no records.
    """
    lines = lines_of(content, log)
    data = lines.content.data
    found = structure_of(data[:_PROBED_BYTES], whole=len(data) <= _PROBED_BYTES)
    if found is None:
        raise UnknownFormatError(content.source, "is not delimited text with one record per line")
    mark = separator(found.delimiter, content.source)
    header = read_header(lines.content, found.header_rows, found.names_row or 0, mark)
    kinds = found.kinds.ljust(header.width, "m").replace("m", "n").replace("d", "t").replace("c", "t")
    times = find_clock(records_of(header, lines.content, mark), header.names)
    if times is not None and needs_name(times.parts):
        times = None

    def load(fields: Sequence[int], missing: Sequence[str]) -> Columns:
        table = parse_records(
            lines, header, mark, fields, stamp=times, missing=missing, log=log,
            strict=False,
        )  # fmt: skip
        return Columns(table.values, table.lines, table.stamps)

    return SelfDescribedTable(
        source=content.source,
        size=len(content.data),
        names=header.names or tuple(f"column_{k + 1}" for k in range(header.width)),
        units=found.units or ("",) * header.width,
        kinds=kinds,
        load=load,
        header_rows=found.header_rows,
        delimiter=found.delimiter,
    )
