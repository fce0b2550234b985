"""The clock of a file: which slot of a regular grid each record belongs to.

Stamps decide where a file has them, else the logger's record numbers, else the order of
the records. A record follows its predecessor unless its stamp is clearly elsewhere, so that
jitter makes no holes.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.clock_offsets import offsets_of
from fluxkit.raw.layout import Layout
from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.raw.text.table import Stamps

#: Rates that loggers are set to. [Hz]
COMMON_RATES = (1.0, 2.0, 4.0, 5.0, 8.0, 10.0, 12.5, 16.0, 20.0, 25.0, 30.0, 32.0, 40.0, 50.0, 60.0, 100.0)

_UNREADABLE = np.iinfo(np.int64).min
_NS = 1_000_000_000
_DAY_S = 86_400
#: Slots by which a stamp may miss the place behind its predecessor: regular clocks, jittery ones.
_TOLERANCE, _LOOSE = 0.75, 1.5
#: Records that a regular clock may seem to repeat before it is taken for a jittery one: a few, and a share.
_ODD_FEW, _ODD_SHARE = 5, 0.005
#: How far off a rate may be before the file or the configuration is wrong.
_MOST_RATIO = 1.5
#: How well a count of records must fit another rate to accuse the configuration instead of the file.
_RATE_FIT = 0.002
#: Slots per record from which a file is no series, beside two days that any may span.
_MOST_EMPTY = 100

Slots = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Placement:
    """Where the records of a file go."""

    start: np.datetime64  #: UTC, ns; of slot 0
    slot: Slots | None  #: (n,) slot of each record, -1 where it is left out; None: record k is slot k
    size: int  #: number of slots


@dataclass(frozen=True)
class Clock:
    """Time stamps and numbers of a file's records."""

    records: int
    lines: npt.NDArray[np.int64]  #: (n,) line of each record
    stamps: Stamps | None = None  #: (n,) ns since 1970, as written
    counts: Array | None = None  #: (n,) the logger's record numbers


def place_records(clock: Clock, layout: Layout, start: np.datetime64 | None, log: ProblemLog) -> Placement:
    """Lay records on a grid.

    Parameters
    ----------
    clock : Clock
        Stamps and numbers of the records.
    layout : Layout
        With ``rate``, ``utc_offset_h``, ``sample_time_is``, ``file_minutes``.
    start : numpy.datetime64 or None
        UTC start of the file from its name; None to use the stamps.
    log : ProblemLog
        Receives lost, repeated and shifted records.

    Raises
    ------
    ReadError
        The sampling rate differs from the layout, or stamps that are needed are missing.
    """
    stamps = _utc(clock, layout, log)
    known = np.flatnonzero(stamps != _UNREADABLE) if stamps is not None else np.empty(0, np.int64)
    if start is None and known.size == 0:
        raise ReadError(log.source, _no_stamps(clock))
    if stamps is not None and known.size < clock.records:
        _tell_unreadable(clock, stamps, log)
    if stamps is None or known.size == 0:
        _check_count(clock.records, layout, layout.file_minutes, log.source)
        assert start is not None
        return _laid(clock, _by_count(clock, log), start, layout, log)
    origin = start if start is not None else _origin(stamps, known, layout.rate)
    if _coarse(stamps[known]):
        minutes = (stamps[known[-1]] - stamps[known[0]]) / (60 * _NS)
        if known.size > 10 * layout.rate:  # shorter, the rounding of the stamps decides
            _check_count(known.size, layout, minutes, log.source)
        reason = "the stamps are coarser than the sampling interval: records were counted, not timed"
        log.add(Problem(log.source, None, "nothing", reason))
        return _laid(clock, _by_count(clock, log), origin, layout, log)
    _check_step(stamps[known], layout.rate, log.source)
    position = _position(stamps, known, origin, layout.rate)
    if start is not None:
        position = _agree(position, known, start, stamps, layout, log)
    return _laid(clock, position, origin, layout, log)


def spread(values: Array, placement: Placement) -> Array:
    """Series on the grid, NaN where no record is: (n,) records to (size,) slots."""
    if placement.slot is None:
        return values[: placement.size]
    out = np.full(placement.size, np.nan)
    used = placement.slot >= 0
    out[placement.slot[used]] = values[used]
    return out


def _utc(clock: Clock, layout: Layout, log: ProblemLog) -> Stamps | None:
    # Start of each record's interval in UTC.
    if clock.stamps is None:
        return None
    shift = offsets_of(clock.stamps, layout, clock.lines, log)
    if layout.sample_time_is == "end":
        shift = shift + round(_NS / layout.rate)
    return np.where(clock.stamps == _UNREADABLE, _UNREADABLE, clock.stamps - shift)


def _no_stamps(clock: Clock) -> str:
    if clock.stamps is None:
        return "raw.file_time = 'records', but no column of time stamps is known: set raw.time_column"
    return (
        "raw.file_time = 'records', but no stamp can be read (known: 2012-06-07 12:45:00.05, 20120607124500, "
        "06/07/2012 12:45:00, 07.06.2012 12:45:00): check raw.time_column and raw.time_parts"
    )


def _tell_unreadable(clock: Clock, stamps: Stamps, log: ProblemLog) -> None:
    lost = np.flatnonzero(stamps == _UNREADABLE)
    reason = f"{lost.size} of {clock.records} time stamps cannot be read: their records were counted"
    log.add(Problem(log.source, int(clock.lines[lost[0]]), "nothing", reason))


def _coarse(stamps: Stamps) -> bool:
    return bool(2 * np.count_nonzero(np.diff(stamps) == 0) > stamps.size - 1 > 1)


def _check_step(stamps: Stamps, rate: float, source: str) -> None:
    steps = np.diff(stamps)
    steps = steps[steps > 0]
    if steps.size == 0:
        return
    step = float(np.median(steps)) / _NS
    if not 1 / _MOST_RATIO < step * rate < _MOST_RATIO:
        raise ReadError(source, f"records are {step:g} s apart ({1 / step:g} Hz), but raw.rate = {rate:g} Hz")


def _check_count(records: int, layout: Layout, minutes: float | None, source: str) -> None:
    # A short file is no wrong rate, unless its count fits another rate exactly.
    if not minutes:
        return
    found = records / (60 * minutes)
    near = min(COMMON_RATES, key=lambda rate: abs(found / rate - 1))
    slow = found * _MOST_RATIO < layout.rate and abs(found / near - 1) < _RATE_FIT
    if slow or found > _MOST_RATIO * layout.rate:
        raise ReadError(
            source,
            f"{records} records in {minutes:g} minutes are {found:.4g} Hz, but raw.rate = {layout.rate:g} Hz"
            ": check raw.rate and raw.file_minutes",
        )


def _origin(stamps: Stamps, known: Slots, rate: float) -> np.datetime64:
    # Slots begin at whole multiples of the interval since midnight, so that files join without a seam.
    first = int(stamps[known[0]]) - round(int(known[0]) * _NS / rate)
    midnight = first // (_DAY_S * _NS) * (_DAY_S * _NS)
    steps = round((first - midnight) * rate / _NS)
    return np.datetime64(midnight + round(steps * _NS / rate), "ns")


def _position(stamps: Stamps, known: Slots, origin: np.datetime64, rate: float) -> Array:
    position = np.full(stamps.size, np.nan)
    position[known] = (stamps[known] - _ns(origin)) * (rate / _NS)
    return position


def _agree(
    position: Array, known: Slots, start: np.datetime64, stamps: Stamps, layout: Layout, log: ProblemLog
) -> Array:
    # The name and the first stamp may come from two clocks; the name's counts.
    first = float(position[known[0]]) - int(known[0])
    longest = 60 * layout.file_minutes * layout.rate if layout.file_minutes else stamps.size
    if -1 < first < longest:
        return position
    told = np.datetime64(int(stamps[known[0]]), "ns")
    reason = f"the name tells {start} UTC, the first record {told} UTC: the name's time was used"
    log.add(Problem(log.source, None, "nothing", reason))
    moved: Array = position - first
    return moved


def _by_count(clock: Clock, log: ProblemLog) -> Array | None:
    # Record numbers find lost and repeated records; a logger that starts again counts from 0.
    if clock.counts is None or clock.records < 2:
        return None
    step = np.diff(clock.counts)
    again = (step < 0) | (step > 10 * _DAY_S)
    if again.any():
        reason = "RECORD does not go on from the line before: taken as the next record"
        log.add(Problem(log.source, int(clock.lines[np.flatnonzero(again)[0] + 1]), "nothing", reason))
    step[again | np.isnan(step)] = 1.0
    if (step == 1.0).all():
        return None
    return np.concatenate([[0.0], np.cumsum(step)])


def _laid(
    clock: Clock, position: Array | None, start: np.datetime64, layout: Layout, log: ProblemLog
) -> Placement:
    slot = np.arange(clock.records)
    if position is not None:
        slot = _slots(clock, position, layout.rate, log)
    if layout.file_time == "name" and layout.file_minutes:
        limit = round(60 * layout.file_minutes * layout.rate)
        late = slot >= limit
        if late.any():
            reason = f"{late.sum()} records behind the file's {layout.file_minutes:g} minutes were left out"
            log.add(Problem(log.source, int(clock.lines[np.flatnonzero(late)[0]]), "line", reason))
            slot[late] = -1
    used = np.flatnonzero(slot >= 0)
    if used.size == 0:
        raise ReadError(
            log.source, "no record falls within the file's time: check the stamps and raw.file_minutes"
        )
    first = int(slot[used[0]])
    if layout.file_time == "records" and first > 0:
        slot[used] -= first
        start = _moved(start, first, layout.rate)
    size = int(slot[used[-1]]) + 1
    if size > _MOST_EMPTY * clock.records + 2 * _DAY_S * layout.rate:
        raise ReadError(
            log.source,
            f"{clock.records} records are scattered over {size / layout.rate / _DAY_S:.0f} days: "
            "the stamps are damaged, or the file is not a continuous series",
        )
    _tell_gaps(clock, slot, used, layout.rate, log)
    plain = used.size == size and used[-1] == size - 1
    return Placement(_moved(start, 0, layout.rate), None if plain else slot, size)


def _ns(time: np.datetime64) -> int:
    return int(time.astype("M8[ns]").astype(np.int64))


def _moved(time: np.datetime64, slots: int, rate: float) -> np.datetime64:
    # In fractions: a float loses nanoseconds over decades.
    return np.datetime64(_ns(time) + round(slots * _NS / Fraction(rate)), "ns")


def _slots(clock: Clock, position: Array, rate: float, log: ProblemLog) -> Slots:
    from fluxkit.kernels.clock import place as kernel

    slot = np.full(position.size, -1, np.int64)
    apart = np.zeros(position.size, np.bool_)
    with np.errstate(invalid="ignore"):
        # Unreadable stamps between two readable ones hide no jump.
        if position.size > 2 and np.any(np.abs(np.diff(position[~np.isnan(position)])) > rate):
            position = _without_glitches(clock, position, rate, log)
            apart = _apart(clock, position, rate, log)
    chosen = np.flatnonzero(~apart)
    some = np.empty(chosen.size, np.int64)
    inner = np.ascontiguousarray(position[chosen])
    base = 0.0
    if apart.any():  # the longest piece may be days behind the first record
        base = np.floor(np.nanmin(inner) + 0.5)
    repeated, back = kernel(inner - base, _TOLERANCE, some)
    if repeated - np.count_nonzero(np.diff(inner) == 0) > _ODD_FEW + _ODD_SHARE * inner.size:
        # Stamps that differ fall on one slot: a computer's clock, of which only the drift means anything.
        repeated, back = kernel(inner - base, _LOOSE, some)
        reason = "the stamps jitter by whole sampling intervals: records were kept in order unless they drift"
        log.add(Problem(log.source, None, "nothing", reason))
    slot[chosen] = np.where(some >= 0, some + int(base), -1)
    _tell_repeats(clock, slot, apart, repeated, back, position, log)
    return slot


def _without_glitches(clock: Clock, position: Array, rate: float, log: ProblemLog) -> Array:
    # One stamp that is off by more than a second while its neighbours agree is a misprint.
    before, here, after = position[:-2], position[1:-1], position[2:]
    odd = 1 + np.flatnonzero((np.abs(here - before) > rate) & (np.abs(after - before) <= rate))
    if odd.size == 0:
        return position
    reason = f"{odd.size} time stamps do not fit between their neighbours: the records were counted"
    log.add(Problem(log.source, int(clock.lines[odd[0]]), "nothing", reason))
    position = position.copy()
    position[odd] = np.nan
    return position


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


def _tell_gaps(clock: Clock, slot: Slots, used: Slots, rate: float, log: ProblemLog) -> None:
    jumps = np.diff(slot[used], prepend=-1) - 1
    gaps = np.flatnonzero(jumps > 0)
    if gaps.size == 0:
        return
    worst = int(np.argmax(jumps))
    longest = jumps[worst] / rate
    reason = (
        f"{jumps.sum()} records are missing in {gaps.size} gaps, "
        f"the longest of {longest:g} s before this line"
    )
    counts = clock.counts
    if counts is not None and used[worst] > 0 and counts[used[worst]] - counts[used[worst] - 1] == 1:
        reason += "; RECORD counts on across it: the clock was set, or the logger skipped scans"
    log.add(Problem(log.source, int(clock.lines[used[worst]]), "line", reason))
