"""Records of a text file some of which have more or fewer fields than the others, at the end of the line."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fluxkit.raw.samples import Problem, ProblemLog
from fluxkit.raw.text.header import Header, fields_of
from fluxkit.raw.text.table import Lines, TextTable, parse_records
from fluxkit.raw.text.time_parts import TimeFields

#: Records of another width that are no damage: a few, and a share of all.
_LEAST, _SHARE = 10, 0.01
#: Share of their stamps, or values, that must be readable where the others have them.
_READABLE = 0.9

Mask = npt.NDArray[np.bool_]

_UNREADABLE = np.iinfo(np.int64).min


def parse_widths(
    lines: Lines,
    header: Header,
    mark: str | None,
    fields: Sequence[int],
    *,
    stamp: TimeFields | None,
    missing: Sequence[str],
    log: ProblemLog,
    strict: bool = True,
) -> TextTable:
    """Read records as `parse_records` does; those that lack or add last columns with the others.

    A line here and there with another number of fields is damaged, and its values may have moved: it is
    left out. Where many have the same other number, columns were added or left away at their end.
    """
    attempt = ProblemLog(log.source)
    table = parse_records(
        lines, header, mark, fields, stamp=stamp, missing=missing, log=attempt, strict=strict
    )
    if not any(problem.lost == "line" for problem in attempt.told()):
        log.take(attempt)
        return table
    width, count = _other_width(lines, header, mark)
    if width <= max([*fields, *(stamp.fields if stamp is not None else ()), 0]):
        log.take(attempt)
        return table
    other = parse_records(
        lines, replace(header, width=width), mark, fields, stamp=stamp, missing=missing,
        log=ProblemLog(log.source), strict=False,
    )  # fmt: skip
    n = min(table.records, other.records)
    empty: Mask = np.asarray(np.isnan(table.values[:, :n]).all(axis=0))
    empty &= ~np.isnan(other.values[:, :n]).all(axis=0)
    if not _fits(other, empty, count):
        log.take(attempt)
        return table
    table.values[:, :n][:, empty] = other.values[:, :n][:, empty]
    if table.stamps is not None and other.stamps is not None:
        table.stamps[:n][empty] = other.stamps[:n][empty]
    first = int(table.lines[:n][empty][0])
    found = int(np.count_nonzero(empty))
    reason = (
        f"{found} records have {width} fields instead of {header.width}, as where columns were added or left "
        "away at their end: the columns that are used were read"
    )
    log.add(Problem(log.source, first, "nothing", reason))
    log.take(attempt, f"the record has {width} fields", found)
    return table


def _other_width(lines: Lines, header: Header, mark: str | None) -> tuple[int, int]:
    """Fields of many records that have another number than the others, and how many; 0 if there are none."""
    body = lines.content.data[header.body :].split(b"\n")
    counts = Counter(fields_of(line, mark) for line in body if line.strip())
    total = counts.total()
    counts.pop(header.width, None)
    named = len(header.names or ())
    if named in counts:  # as the header has it: no damage makes that
        return named, counts[named]
    width, count = counts.most_common(1)[0] if counts else (0, 0)
    return (width, count) if width > 1 and count >= max(_LEAST, _SHARE * total) else (0, 0)


def _fits(other: TextTable, here: Mask, count: int) -> bool:
    found = int(np.count_nonzero(here))
    if found < _READABLE * count:
        return False
    if other.stamps is not None:
        return bool(np.mean(other.stamps[: here.size][here] != _UNREADABLE) >= _READABLE)
    return bool(np.mean(~np.isnan(other.values[:, : here.size][:, here])) >= _READABLE)
