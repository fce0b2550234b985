"""Records to slots by their stamps: jitter, coarse stamps, blocks in another order, times that come twice."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.raw.clock import MOST_RATIO, Clock, Pace, Slots
from fluxkit.raw.samples import Array, Problem, ProblemLog

_DAY_S = 86_400
#: Slots by which a stamp may miss the place behind its predecessor: regular clocks, jittery ones.
TOLERANCE, _LOOSE = 0.75, 1.5
#: Records that a regular clock may seem to repeat before it is taken for a jittery one: a few, and a share.
_ODD_FEW, _ODD_SHARE = 5, 0.005
#: Slots by which a record must go back to begin a block, and blocks from which on a clock is jittery.
_BACK, _MOST_BLOCKS = 2.0, 1000
#: Slots by which the place of a stamp may be rounded.
_FUZZ = 0.1
#: Instead of a slot: it is taken, or the record has none.
_TAKEN = np.iinfo(np.int64).min


def slots_of_records(clock: Clock, position: Array, rate: float, log: ProblemLog, pace: Pace | None) -> Slots:
    """Give records their slots: (n,), -1 where one is left out.

    Parameters
    ----------
    clock : Clock
        The records.
    position : ndarray, shape (n,)
        Where their stamps or numbers lie, in slots since the start; NaN where that is unknown.
    rate : float
        Slots per second. [Hz]
    log : ProblemLog
        Receives what is left out, moved or suspicious.
    pace : Pace or None
        What the stamps tell of the rate; None of numbers.
    """
    slot = np.full(position.size, -1, np.int64)
    apart = np.zeros(position.size, np.bool_)
    with np.errstate(invalid="ignore"):
        # Unreadable stamps between two readable ones hide no jump.
        if position.size > 2 and np.any(np.abs(np.diff(position[~np.isnan(position)])) > rate):
            coarse = pace is not None and pace.share > 1.0
            position, torn = _without_glitches(clock, position, rate, log, coarse=coarse)
            spikes = _spikes(clock, position, rate, log) | torn
            position = np.where(spikes, np.nan, position)
            apart = _apart(clock, position, rate, log) | spikes
    chosen = np.flatnonzero(~apart)
    inner = np.ascontiguousarray(position[chosen])
    counts = None if clock.counts is None else clock.counts[chosen]
    edges = edges_of(inner)
    if pace is not None and pace.share > 1.0:
        some, repeated, back = _by_coarse_stamps(clock, inner, counts, edges, rate, log, pace)
    else:
        some, repeated, back = _by_stamps(clock, inner, edges, log, bool(apart.any()))
    if edges.size:
        back += _first_come(some)
        before = np.flatnonzero((some < 0) & (some > _TAKEN))
        if before.size:
            reason = f"{before.size} records before the file's time were left out"
            log.add(Problem(log.source, int(clock.lines[chosen[before[0]]]), "line", reason))
            some[before] = _TAKEN
            apart[chosen[before]] = True
        if np.any(np.diff(some[some >= 0]) < 0):
            reason = f"records go back in time at {edges.size} places: they were put in order of time"
            log.add(Problem(log.source, int(clock.lines[chosen[edges[0]]]), "nothing", reason))
    slot[chosen] = np.maximum(some, -1)
    _tell_repeats(clock, slot, apart, repeated, back, position, log)
    return slot


def edges_of(position: Array) -> Slots:
    """First records of blocks that go back in time: (blocks - 1,)."""
    known = np.flatnonzero(~np.isnan(position))
    back = np.diff(position[known]) < -_BACK
    if not back.any():
        return np.empty(0, np.int64)
    edges = known[1:][back]
    return edges if edges.size < _MOST_BLOCKS else np.empty(0, np.int64)


def _blocks(position: Array, edges: Slots) -> Iterator[tuple[slice, int]]:
    """Each block, and the slot at which it would begin if all its records were there."""
    bounds = [0, *edges.tolist(), position.size]
    for begin, end in pairwise(bounds):
        here = position[begin:end]
        known = np.flatnonzero(~np.isnan(here))
        yield slice(begin, end), int(np.floor(here[known[0]] - known[0] + 0.5)) if known.size else 0


def _by_stamps(
    clock: Clock, position: Array, edges: Slots, log: ProblemLog, apart: bool
) -> tuple[Slots, int, int]:
    some, repeated, back = _placed_blocks(position, edges, TOLERANCE, apart)
    if repeated - np.count_nonzero(np.diff(position) == 0) > _ODD_FEW + _ODD_SHARE * position.size:
        # Stamps that differ fall on one slot: a computer's clock, of which only the drift means anything.
        some, repeated, back = _placed_blocks(position, edges, _LOOSE, apart)
        reason = "the stamps jitter by whole sampling intervals: records were kept in order unless they drift"
        log.add(Problem(log.source, None, "nothing", reason))
    return some, repeated, back


def _placed_blocks(position: Array, edges: Slots, tolerance: float, apart: bool) -> tuple[Slots, int, int]:
    from fluxkit.kernels.clock import place as kernel

    some = np.empty(position.size, np.int64)
    if not edges.size and not apart:
        return some, *kernel(position, tolerance, some)
    repeated = back = 0
    for here, base in _blocks(position, edges):  # the longest piece may be days behind the first record
        more = kernel(position[here] - base, tolerance, some[here])
        some[here] = np.where(some[here] >= 0, some[here] + base, _TAKEN)
        repeated, back = repeated + more[0], back + more[1]
    return some, repeated, back


def _by_coarse_stamps(
    clock: Clock,
    position: Array,
    counts: Array | None,
    edges: Slots,
    rate: float,
    log: ProblemLog,
    pace: Pace,
) -> tuple[Slots, int, int]:
    """Spread records that share a stamp over the time until the next one, in order.

    Numbers of records find what is lost between them; without them it is missing at the end of its stamp.
    """
    from fluxkit.kernels.clock import place_within

    width = pace.step * rate
    some = np.empty(position.size, np.int64)
    repeated = 0
    for here, _ in _blocks(position, edges):
        low = position[here]
        step = np.ones(low.size)
        if counts is not None:
            ahead = np.diff(counts[here])
            step[1:] = np.where((ahead >= 1) & (ahead <= MOST_RATIO * width + 1), ahead, 1.0)
        first = _first_of_coarse(low, width)
        repeated += place_within(low, width, step, TOLERANCE, first, some[here])
    holes = np.diff(some[some != _TAKEN]) - 1
    if repeated > _ODD_FEW + _ODD_SHARE * position.size and np.count_nonzero(holes > 0) > _ODD_FEW:
        # Stamps of arrival in bursts: too many here and too few there.
        some = np.floor(position[0] + 0.5).astype(np.int64) + np.arange(position.size)
        reason = (
            "the stamps are coarser than the sampling interval and jitter: records were counted, not timed"
        )
        log.add(Problem(log.source, None, "nothing", reason))
        return some, 0, 0
    reason = (
        f"the stamps are coarser than the sampling interval, {pace.share:.3g} records to a stamp: "
        "they were spread evenly"
    )
    log.add(Problem(log.source, None, "nothing", reason))
    return some, repeated, 0


def _first_of_coarse(low: Array, width: float) -> int:
    # A file begins anywhere within a stamp: its first records end where the next stamp begins.
    known = low[~np.isnan(low)]
    later = np.flatnonzero(known > known[0])
    if later.size and later[0] < width and abs(known[later[0]] - known[0] - width) < TOLERANCE:
        return int(np.ceil(known[later[0]] - _FUZZ)) - int(later[0])
    return int(np.ceil(known[0] - _FUZZ))


def _first_come(slot: Slots) -> int:
    """Leave a slot to the first record of the file that falls on it; how many others there were."""
    order = np.argsort(slot, kind="stable")
    taken = np.flatnonzero((np.diff(slot[order]) == 0) & (slot[order][1:] != _TAKEN))
    slot[order[1:][taken]] = _TAKEN
    return int(taken.size)


def _without_glitches(
    clock: Clock, position: Array, rate: float, log: ProblemLog, *, coarse: bool
) -> tuple[Array, npt.NDArray[np.bool_]]:
    # One stamp that is off by more than a second while its neighbours agree is a misprint. Where others are
    # missing beside it, it may be a line of two halves, and belong to either.
    before, here, after = position[:-2], position[1:-1], position[2:]
    off = (np.abs(here - before) > rate) & (np.abs(after - before) <= rate)
    odd = 1 + np.flatnonzero(
        off & (np.abs(after - here - 1.0) > TOLERANCE)
    )  # else a block begins that is doubled
    torn = np.zeros(position.size, np.bool_)
    if odd.size and not coarse:
        torn[odd] = position[odd + 1] - position[odd - 1] > 2.0 + TOLERANCE
        if torn.any():
            reason = f"{np.count_nonzero(torn)} time stamps do not fit beside missing records: left out"
            log.add(Problem(log.source, int(clock.lines[np.argmax(torn)]), "line", reason))
            odd = odd[~torn[odd]]
    if odd.size == 0:
        return position, torn
    reason = f"{odd.size} time stamps do not fit between their neighbours: the records were counted"
    log.add(Problem(log.source, int(clock.lines[odd[0]]), "nothing", reason))
    position = position.copy()
    position[odd] = np.nan
    return position, torn


def _spikes(clock: Clock, position: Array, rate: float, log: ProblemLog) -> npt.NDArray[np.bool_]:
    # The same where records are missing beside it, as in a line of two halves: its place is not known.
    lone = np.zeros(position.size, np.bool_)
    before, here, after = position[:-2], position[1:-1], position[2:]
    ahead = (here - before > rate) & (here - after > rate)
    behind = (before - here > rate) & (after - here > rate)
    lone[1:-1] = (ahead | behind) & (after > before)
    if lone.any():
        reason = f"{np.count_nonzero(lone)} records have times beyond both their neighbours': left out"
        log.add(Problem(log.source, int(clock.lines[np.argmax(lone)]), "line", reason))
    return lone


def _apart(clock: Clock, position: Array, rate: float, log: ProblemLog) -> npt.NDArray[np.bool_]:
    # A clock that is set from 1990 to today: the longest piece is the file, the rest has no known time.
    known = np.flatnonzero(~np.isnan(position))
    jumps = known[1:][np.abs(np.diff(position[known])) > _DAY_S * rate]
    away = np.ones(position.size, np.bool_)
    if jumps.size == 0:
        return ~away
    edges = [0, *jumps.tolist(), position.size]
    lengths = np.diff(edges)
    longest = int(np.argmax(lengths))
    away[edges[longest] : edges[longest + 1]] = False
    reason = (
        f"the clock jumps by more than a day {jumps.size} times: {away.sum()} records of other days left out"
    )
    log.add(Problem(log.source, int(clock.lines[jumps[0]]), "line", reason))
    return away


def _tell_repeats(
    clock: Clock,
    slot: Slots,
    apart: npt.NDArray[Any],
    repeated: int,
    back: int,
    position: Array,
    log: ProblemLog,
) -> None:
    if repeated + back == 0:
        return
    lost = np.flatnonzero((slot < 0) & ~apart)
    line = int(clock.lines[lost[0]])
    if back > repeated:
        reason = (
            f"the clock went back: {repeated + back} records fall on times already filled and were left out"
        )
    else:
        reason = f"{repeated + back} records repeat a time stamp or record number and were left out"
    log.add(Problem(log.source, line, "line", reason))
