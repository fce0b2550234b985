"""Tables that describe themselves, one behind the other in a file."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fluxkit.raw.described import Columns, SelfDescribedTable
from fluxkit.raw.joined import joined, matching
from fluxkit.raw.samples import Problem, ProblemLog


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
