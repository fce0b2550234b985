"""Records of a fixed size in a file that lost or gained bytes: where whole ones begin.

A record is one whose stamp and number go on from a neighbour's, and behind whose last byte the next one
begins. Where the count of bytes does not hold, records are looked for at every byte; what lies between is
lost. A record that may be joined of two is lost, too: nothing tells where its values change.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.raw.clock import UNREADABLE, Slots
from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.raw.text.table import Stamps

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

#: Stamps and record numbers of what begins at (n,) bytes: nanoseconds, and floats; None where there are none.
ClockAt = Callable[[Bytes, Slots], tuple[Stamps | None, Array | None]]

_DAY_NS = 86_400 * 1_000_000_000
#: Longest time between records that are not numbered. [ns]
_LONGEST_NS = 10_000_000_000
#: How near a whole number of intervals a step must be; share of steps that make a clock regular.
_NEAR, _REGULAR = 0.3, 0.9
#: Bytes that are looked at together, so that a long file costs no memory.
_PIECE = 2**20
#: Holes between records that may be bytes lost; loggers that skip scans make more of them.
_FEW_HOLES = 2
#: What unwritten space is filled with.
_FILL = (0x00, 0xFF)


@dataclass(frozen=True)
class Body:
    """A stretch of bytes that should be records one behind the other."""

    data: Bytes  #: the whole file
    begin: int
    end: int
    size: int  #: of a record [bytes]
    head: int  #: of a record up to the last byte of its stamp and number [bytes]
    clock_at: ClockAt

    @property
    def count(self) -> int:
        """Records that there is room for."""
        return max(self.end - self.begin, 0) // self.size

    @property
    def rest(self) -> int:
        """Bytes behind the last of them."""
        return max(self.end - self.begin, 0) % self.size

    def clock(self, places: Slots) -> tuple[Stamps | None, Array | None]:
        """Stamps and numbers of what begins at (n,) bytes."""
        return self.clock_at(self.data, places)


def find_records(
    body: Body, stamps: Stamps | None, counts: Array | None, log: ProblemLog, before: int = 0
) -> Slots | None:
    """First byte of each whole record of a stretch: (n,) ascending; None: all of them, one behind the other.

    Parameters
    ----------
    body : Body
        Where they are.
    stamps, counts : ndarray, shape (n,), or None
        Those of records one behind the other from its beginning on.
    log : ProblemLog
        Receives what was lost.
    before : int, default 0
        Records of the file before this stretch, for messages.
    """
    if body.count < 2 or (is_even(stamps, counts) and not body.rest):
        return None
    if stamps is None and counts is None:
        return None
    places = body.begin + body.size * np.arange(body.count, dtype=np.int64)
    pace = _Pace.of(stamps, counts)
    found = _found(body, places, stamps, counts, pace)
    if stamps is not None and not pace.regular and found.size:
        # Nearly all were out of step: what was found tells a pace that what it was found by may not fit.
        again = _Pace.of(*body.clock(found))
        if again.regular:
            pace, found = again, _found(body, places, stamps, counts, again)
    found = found[_single(body, found, pace)] if found.size else found
    _tell(body, found, log, before)
    return found


def _found(body: Body, places: Slots, stamps: Stamps | None, counts: Array | None, pace: "_Pace") -> Slots:
    linked = _linked(pace.follows(stamps, counts))
    if linked.all() and _goes_on(body, int(places[-1]), pace):
        return places
    found = np.union1d(places[linked], _elsewhere(body, places, linked, pace))
    return found[_whole(body, found, pace)]


def before_copies(rows: Bytes, back: Mask) -> Mask:
    """Which records stand before copies of earlier ones and are none: a doubled block's last and first half.

    Parameters
    ----------
    rows : ndarray of uint8, shape (n, bytes)
        Records one behind the other.
    back : ndarray of bool, shape (n - 1,)
        Whether the next one goes back.
    """
    joined = np.zeros(len(rows), np.bool_)
    if not back.any():
        return joined
    whole = np.ascontiguousarray(rows).view(f"V{rows.shape[1]}").ravel()
    _, which, often = np.unique(whole, return_inverse=True, return_counts=True)
    twice = often[which] > 1
    joined[:-1] = back & twice[1:] & ~twice[:-1]
    return joined


def is_even(stamps: Stamps | None, counts: Array | None) -> bool:
    """Whether stamps and numbers go on without any irregularity, as in nearly all files."""
    if stamps is None and counts is None:
        return True
    if counts is not None and not (
        counts[-1] - counts[0] == counts.size - 1 and (np.diff(counts) == 1.0).all()
    ):
        return False
    if stamps is None:
        return True
    if stamps[0] == UNREADABLE or stamps[-1] == UNREADABLE:
        return False
    if stamps.size == 1:
        return True
    steps = np.diff(stamps)
    if steps.min() == steps.max():
        return bool(steps[0] > 0)
    interval = float(stamps[-1] - stamps[0]) / (stamps.size - 1)
    off = stamps - np.arange(stamps.size) * interval
    return bool(interval > 0 and off.max() - off.min() < _NEAR * interval)


@dataclass(frozen=True)
class _Pace:
    interval: float  # between records [ns]; NaN if there are no stamps
    regular: bool  # whether steps are multiples of it

    @classmethod
    def of(cls, stamps: Stamps | None, counts: Array | None) -> "_Pace":
        if stamps is None:
            return cls(np.nan, False)
        steps = np.diff(stamps).astype(np.float64)
        right = (stamps[1:] != UNREADABLE) & (stamps[:-1] != UNREADABLE) & (steps > 0) & (steps < _LONGEST_NS)
        if counts is not None:
            right &= np.diff(counts) == 1.0
        steps = steps[right]
        if steps.size == 0:
            return cls(np.nan, False)
        interval = float(np.median(steps))
        return cls(interval, bool(np.mean(np.abs(steps - interval) < _NEAR * interval) > _REGULAR))

    def follows(self, stamps: Stamps | None, counts: Array | None) -> Mask:
        """Whether each but the first goes on from the one before it: (n - 1,)."""
        return self.goes_from(
            None if stamps is None else stamps[:-1],
            None if stamps is None else stamps[1:],
            None if counts is None else np.diff(counts),
        )

    def goes_from(self, before: Stamps | None, after: Stamps | None, ahead: Array | None) -> Mask:
        """Whether stamps go on from others, numbers being ``ahead``."""
        next_one: Mask = np.zeros(0, np.bool_) if ahead is None else ahead == 1.0
        if before is None or after is None:
            return next_one
        right = (before != UNREADABLE) & (after != UNREADABLE)
        step = np.where(right, after - np.where(right, before, 0), 0).astype(np.float64)
        if not self.regular:
            some: Mask = next_one if ahead is not None else (step > 0) & (step < _LONGEST_NS)
            some &= right
            return some
        whole = np.rint(step / self.interval) if ahead is None else ahead
        near: Mask = np.abs(step - whole * self.interval) < _NEAR * self.interval
        near &= right & (whole >= 1) & (step < _DAY_NS)
        return near


def _linked(follows: Mask) -> Mask:
    """Whether a record goes on from one neighbour at least: (n,)."""
    linked = np.zeros(follows.size + 1, np.bool_)
    linked[1:] = follows
    linked[:-1] |= follows
    return linked


def _elsewhere(body: Body, places: Slots, linked: Mask, pace: _Pace) -> Slots:
    """First bytes of records that are not where the count of bytes has them."""
    bounds = np.flatnonzero(np.diff(linked.astype(np.int8), prepend=1, append=1))
    found = []
    for first, last in zip(bounds[::2].tolist(), bounds[1::2].tolist(), strict=True):
        begin = int(places[max(first - 1, 0)]) + (first > 0)
        stop = int(places[last]) if last < places.size else body.end - body.size + 1
        pieces = (np.arange(at, min(at + _PIECE, stop)) for at in range(begin, stop, _PIECE))
        found += [_links(body, piece, pace) for piece in pieces]
    # A last record cut off hides one before it.
    if linked[-1] and body.rest:
        begin = int(places[-1]) + 1
        found.append(_links(body, np.arange(begin, body.end - body.size + 1, dtype=np.int64), pace))
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _links(body: Body, at: Slots, pace: _Pace) -> Slots:
    """Those of a run of bytes at which records begin that go on from a neighbour's."""
    stamps, counts = body.clock(at)
    right = np.ones(at.size, np.bool_) if stamps is None else stamps != UNREADABLE
    good = np.zeros(at.size, np.bool_)
    for way in (body.size, -body.size):
        inside = right & (at + way >= body.begin) & (at + way <= body.end - body.size)
        here = np.flatnonzero(inside)
        there, numbers = body.clock(at[here] + way)
        mine = None if stamps is None else stamps[here]
        ahead = None if counts is None or numbers is None else (numbers - counts[here]) * np.sign(way)
        pair = (mine, there) if way > 0 else (there, mine)
        good[here] |= pace.goes_from(*pair, ahead)
    return at[good]


def _whole(body: Body, found: Slots, pace: _Pace) -> Mask:
    """Whether behind each the next one begins, or something that is certainly none of its values."""
    if found.size == 0:
        return np.zeros(0, np.bool_)
    whole = np.append(found[1:] - found[:-1] == body.size, False)
    for k in np.flatnonzero(~whole).tolist():
        place = int(found[k])
        behind = body.data[place + body.size : min(place + 2 * body.size, body.end)]
        last = int(body.data[place + body.size - 1])
        unwritten = behind.size > 0 and any((behind == fill).all() and last != fill for fill in _FILL)
        overlaps = k + 1 < found.size and found[k + 1] - place < body.size
        whole[k] = not overlaps and (unwritten or _goes_on(body, place, pace))
    return whole


def _goes_on(body: Body, place: int, pace: _Pace) -> bool:
    """Whether the bytes behind a last record begin the next one, or none are left."""
    behind = body.data[place + body.size : body.end]
    if behind.size == 0:
        return True
    if not body.head <= behind.size < body.size:
        return False
    both = np.concatenate([body.data[place : body.end], np.zeros(body.size, np.uint8)])
    return bool(pace.follows(*body.clock_at(both, np.array([0, body.size])))[0])


def _single(body: Body, found: Slots, pace: _Pace) -> Mask:
    """Whether each record is certainly not joined of two."""
    keep = np.ones(found.size, np.bool_)
    if found.size < 2:
        return keep
    stamps, counts = body.clock(found)
    next_to = found[1:] - found[:-1] == body.size
    same = next_to.copy()
    if stamps is not None:
        same &= np.diff(stamps) == 0
    if counts is not None:
        same &= np.diff(counts) == 0
    for k in np.flatnonzero(same).tolist():
        pair = body.data[int(found[k]) : int(found[k]) + 2 * body.size].reshape(2, -1)
        if not np.array_equal(*pair):
            keep[k : k + 2] = False
    if counts is not None:
        step = np.diff(counts)
    elif stamps is not None and pace.regular:
        step = np.rint(np.diff(stamps) / pace.interval)
    else:
        return keep
    holes = np.flatnonzero(next_to & (step > 1))
    if holes.size <= _FEW_HOLES:
        keep[holes] = False
    back = next_to & (step < 0)
    if back.any():
        rows = body.data[found[:, None] + np.arange(body.size)]
        keep &= ~before_copies(rows, back)
    return keep


def _tell(body: Body, found: Slots, log: ProblemLog, before: int) -> None:
    edges = np.concatenate([[body.begin - body.size], found, [body.end - body.rest]])
    gaps = np.diff(edges) - body.size
    torn = np.flatnonzero(gaps > 0)
    unwritten, lost, first = 0, 0, -1
    for k in torn.tolist():
        begin = int(edges[k]) + body.size
        between = body.data[begin : begin + int(gaps[k])]
        filled = [int(np.count_nonzero(between == fill)) for fill in _FILL]
        if max(filled) > _REGULAR * between.size and between.size >= body.size:
            unwritten += between.size
        else:
            lost += between.size
        first = begin if first < 0 else first
    line = before + (first - body.begin) // body.size + 1
    if unwritten:
        reason = f"{unwritten} bytes are space that was never written: they hold no records"
        log.add(Problem(log.source, line, "line", reason))
    if lost:
        reason = (
            f"{lost} bytes at {torn.size} places are no whole records, as where bytes were lost, doubled or "
            "joined: they were left out, and the records behind them found by their stamps and numbers"
        )
        log.add(Problem(log.source, line, "line", reason))
