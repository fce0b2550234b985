"""Lines that may be made of two: the first half of one and the second half of a later one pass for a record.

Nothing in such a line tells where its values change, but behind it records are missing, or come again.
"""

import numpy as np

from fluxkit.raw.clock import UNREADABLE as _UNREADABLE
from fluxkit.raw.clock import Slots
from fluxkit.raw.frames import before_copies
from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.raw.text.table import Stamps, TextTable

_FEWEST = 3
#: Holes between records that may be of a lost piece; loggers that skip scans make more of them.
_FEW_HOLES = 2
#: Records that a lost piece can hold: more are missing where a logger stood still, or a clock was set.
_LONGEST = 512
#: How near to the usual one a step must be, and the share of steps that make a clock regular.
_NEAR, _REGULAR = 0.3, 0.9
#: Steps back that may be of doubled pieces.
_FEW_BACK = 50


def lose_seams(table: TextTable, counts: Array | None, log: ProblemLog) -> None:
    """Take out the values of lines that may be made of two.

    Parameters
    ----------
    table : TextTable
        Records; its values are changed in place.
    counts : ndarray, shape (n,), or None
        Their numbers, as the logger counts them.
    log : ProblemLog
        Receives what was lost.
    """
    seams = seams_of(table.stamps, counts, table.values, table.lines, log)
    if seams is not None:
        table.values[:, seams] = np.nan


def seams_of(
    stamps: Stamps | None, counts: Array | None, values: Array, lines: Slots, log: ProblemLog
) -> Slots | None:
    """Records that may be made of two, of `values` (columns, n); None as a rule. See `lose_seams`."""
    if lines.size < _FEWEST or (counts is None and stamps is None):
        return None
    seams = _nothing()
    if counts is None or counts[-1] - counts[0] != counts.size - 1:
        seams = np.union1d(_holes_of_counts(counts), _holes_of_stamps(stamps))
    if stamps is not None:
        back = (np.diff(stamps) < 0) & (stamps[1:] != _UNREADABLE)
        if 0 < np.count_nonzero(back) <= _FEW_BACK:
            rows = np.ascontiguousarray(np.vstack([values, stamps.view(np.float64)]).T)
            joined = before_copies(rows.view(np.uint8), back)
            seams = np.union1d(seams, np.flatnonzero(joined))
    if not seams.size:
        return None
    reason = (
        f"{seams.size} records stand before lost or doubled ones, and may be made of two lines: their values "
        "were left out"
    )
    log.add(Problem(log.source, int(lines[seams[0]]), "value", reason))
    return seams


def _nothing() -> Slots:
    return np.empty(0, np.int64)


def _holes_of_counts(counts: Array | None) -> Slots:
    """Records behind which numbers are missing, if these are few."""
    if counts is None:
        return _nothing()
    step = np.diff(counts)
    holes = np.flatnonzero((step > 1.0) & (step < _LONGEST))
    return holes if holes.size <= _FEW_HOLES else _nothing()


def _holes_of_stamps(stamps: Stamps | None) -> Slots:
    """Records behind which times are missing, if these are few and the others are regular."""
    nothing = _nothing()
    if stamps is None:
        return nothing
    known = np.flatnonzero(stamps != _UNREADABLE)
    if known.size < _FEWEST:
        return nothing
    ahead, step = np.diff(known), np.diff(stamps[known])
    usual = float(np.median(step))
    if usual <= 0.0 or abs(float(step.sum()) - usual * ahead.sum()) < 0.5 * usual:
        return nothing
    if np.mean(np.abs(step - ahead * usual) < _NEAR * usual) < _REGULAR:
        return nothing
    hole = (step > (ahead + 1.0 - _NEAR) * usual) & (step < _LONGEST * usual)
    holes = known[:-1][hole]
    return holes if holes.size <= _FEW_HOLES else nothing
