"""How far a logger's clock is ahead of UTC, where it was set to another zone while it measured."""

import numpy as np
import numpy.typing as npt

from fluxkit.raw.layout import Layout
from fluxkit.raw.samples import Problem, ProblemLog

Stamps = npt.NDArray[np.int64]

_HOUR_NS = 3_600_000_000_000
_UNREADABLE = np.iinfo(np.int64).min


def offset_of(written: int, layout: Layout) -> int:
    """Nanoseconds that the clock is ahead of UTC at a time as it writes it.

    Where the clock was set back an hour comes twice: the first one is meant. One that was skipped is told by
    a clock that was not set yet.

    Examples
    --------
    >>> summer = Layout("toa5", 1.0, (), "records", 2.0, offset_changes=((1_729_990_800 * 10**9, 1.0),))
    >>> times = [np.datetime64(f"2024-10-27T0{h}:30", "ns").astype(int) for h in (2, 3)]
    >>> [offset_of(int(t), summer) // 3_600_000_000_000 for t in times]
    [2, 1]
    """
    return _schedule(layout)[1][_number_at(written, layout)]


def offsets_of(stamps: Stamps, layout: Layout, lines: Stamps, log: ProblemLog) -> Stamps | int:
    """Nanoseconds that the clock is ahead of UTC at each record: one number, or (n,) where it was set.

    Parameters
    ----------
    stamps : (n,) array of int64
        As written [ns], in the order of the file; the smallest integer where unreadable.
    layout : Layout
        With ``utc_offset_h`` and ``offset_changes``.
    lines : (n,) array of int64
        Line of each record.
    log : ProblemLog
        Gets the line at which the clock was set.

    A change acts at the record at which the stamps jump as the clock was set, if they do within that
    jump of the change; else at the first one that is not before it.
    """
    known = np.flatnonzero(stamps != _UNREADABLE)
    if not layout.offset_changes or known.size == 0:
        return round(layout.utc_offset_h * _HOUR_NS)
    written = stamps[known]
    starts, offsets = _schedule(layout)
    number = _number_at(int(written[0]), layout)
    out = np.full(stamps.size, offsets[number], np.int64)
    behind = 0
    for before, after, start in zip(
        offsets[number:-1], offsets[number + 1 :], starts[number + 1 :], strict=True
    ):
        assert start is not None
        at = _set_at(written[behind:], before, after - before, start)
        if at is None:
            break
        behind += at
        out[known[behind] :] = after
        if after != before and behind:
            reason = (
                f"the clock is set from UTC{before / _HOUR_NS:+g} h to UTC{after / _HOUR_NS:+g} h before "
                "this line, as [[changes]] say: the records behind are read so"
            )
            log.add(Problem(log.source, int(lines[known[behind]]), "nothing", reason))
    return out


def _schedule(layout: Layout) -> tuple[list[int | None], list[int]]:
    """When each offset begins [ns, None: always], and the offsets. [ns]"""
    starts: list[int | None] = [None, *(start for start, _ in layout.offset_changes)]
    hours = (layout.utc_offset_h, *(offset for _, offset in layout.offset_changes))
    return starts, [round(offset * _HOUR_NS) for offset in hours]


def _number_at(written: int, layout: Layout) -> int:
    """Return which of the offsets holds at a time as written; see `offset_of`."""
    starts, offsets = _schedule(layout)
    spans = enumerate(zip(starts, [*starts[1:], None], offsets, strict=True))
    begun = 0
    for k, (start, end, offset) in spans:
        utc = written - offset
        if start is None or utc >= start:
            begun = k
            if end is None or utc < end:
                return k
    return begun


def _set_at(written: Stamps, before: int, jump: int, start: int) -> int | None:
    """Return the first record behind a change of the clock, None if all are before it."""
    utc = written - before
    steps = np.diff(written)
    near = np.abs(utc[:-1] - start) <= abs(jump)
    jumps = np.flatnonzero(near & (np.abs(steps - jump) < abs(jump) / 2))
    if jumps.size:
        return int(jumps[np.argmin(np.abs(utc[jumps] - start))]) + 1
    late = np.flatnonzero(utc >= start)
    return int(late[0]) if late.size else None
