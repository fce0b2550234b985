"""Tables that describe themselves, one behind the other in a file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fluxkit.raw.described import Columns, SelfDescribedTable
from fluxkit.raw.joined import joined, matching
from fluxkit.raw.opening import Contents
from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.raw.text.table import Stamps


def join_tables(
    tables: Sequence[SelfDescribedTable], begins: Sequence[int], log: ProblemLog
) -> SelfDescribedTable:
    """One table of several, in the columns and units of the first.

    Parameters
    ----------
    tables : sequence of SelfDescribedTable
        As they follow each other in a file.
    begins : sequence of int
        First line of each in the file, 1 = first of all.
    log : ProblemLog
        Receives that there are several, and what the later ones lack.
    """
    first = tables[0]
    if len(tables) == 1:
        return first
    reason = f"{len(tables) - 1} further headers stand inside the file: each is read as it says"
    log.add(Problem(log.source, begins[1], "nothing", reason))
    matches = matching([(table.names, table.units) for table in tables], begins, log)

    def load(fields: Sequence[int], missing: Sequence[str]) -> Columns:
        parts = []
        for table, match, begin in zip(tables, matches, begins, strict=True):
            places = [match[field] for field in fields]
            here = list(dict.fromkeys(place.column for place in places if place is not None))
            taken = table.load(here, missing)
            values = np.full((len(fields), taken.lines.size), np.nan)
            for row, place in zip(values, places, strict=True):
                if place is not None:
                    row[:] = place.converted(taken.values[here.index(place.column)])
            parts.append(Columns(values, taken.lines + begin - 1, taken.stamps, taken.counts))
        return Columns(
            np.concatenate([part.values for part in parts], axis=1),
            np.concatenate([part.lines for part in parts]),
            joined([part.stamps for part in parts]),
            joined([part.counts for part in parts]),
        )

    return replace(first, size=sum(table.size for table in tables), load=load)


@dataclass(frozen=True)
class BinaryStretch:
    """Binary records below one header of a file."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    kinds: str  #: one letter per column: n number, s stamp, t text
    lines: npt.NDArray[np.int64]  #: (n,) number of each record, 1 = first of the file
    stamps: Stamps | None
    counts: Array | None
    #: Gives columns (0 = first) one after the other as numbers; texts among the second are no values.
    columns: Callable[[Sequence[int], Sequence[str]], Iterator[Array]]


def join_stretches(
    stretches: Sequence[BinaryStretch], content: Contents, header_rows: int, log: ProblemLog
) -> SelfDescribedTable:
    """One table of the records of a file, in the columns and units of its first header.

    Parameters
    ----------
    stretches : sequence of BinaryStretch
        As they follow each other in the file, none without a record.
    content : Contents
        The file.
    header_rows : int
        Lines of its header.
    log : ProblemLog
        Receives what later headers lack.
    """
    first = stretches[0]
    begins = [int(part.lines[0]) for part in stretches]
    matches = matching([(part.names, part.units) for part in stretches], begins, log)
    lines = np.concatenate([part.lines for part in stretches]) if len(stretches) > 1 else first.lines
    stamps, counts = (
        joined([part.stamps for part in stretches]),
        joined([part.counts for part in stretches]),
    )

    def load(fields: Sequence[int], missing: Sequence[str]) -> Columns:
        if len(stretches) == 1:  # as nearly always
            return Columns(list(first.columns(fields, missing)), lines, stamps, counts)
        found = np.empty((len(fields), lines.size))
        at = 0
        for part, match in zip(stretches, matches, strict=True):
            here = slice(at, at + part.lines.size)
            places = [match[field] for field in fields]
            values = part.columns([place.column for place in places if place is not None], missing)
            for row, place in zip(found, places, strict=True):
                row[here] = np.nan if place is None else place.converted(next(values))
            at = here.stop
        return Columns(found, lines, stamps, counts)

    return SelfDescribedTable(
        source=content.source,
        size=len(content.data),
        names=first.names,
        units=first.units,
        kinds=first.kinds,
        load=load,
        header_rows=header_rows,
    )
