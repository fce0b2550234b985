"""The clock of a file: which slot of a regular grid each record belongs to.

Stamps decide where a file has them, else the logger's record numbers, else the order of
the records. A record follows its predecessor unless its stamp is clearly elsewhere, so that
jitter makes no holes. Records that are there twice go before anything is judged; blocks in
another order than that of time are put in order.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fluxkit.errors import ReadError
from fluxkit.raw.clock import (
    MOST_RATIO,
    UNREADABLE,
    Clock,
    Pace,
    Slots,
    check_pace,
    left_out,
    pace_of,
    part_of,
)
from fluxkit.raw.clock_offsets import offsets_of
from fluxkit.raw.layout import Layout
from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.raw.slotting import TOLERANCE, edges_of, slots_of_records
from fluxkit.raw.text.table import Stamps
from fluxkit.schema.slots import slots_of

#: Rates that loggers are set to. [Hz]
COMMON_RATES = (1.0, 2.0, 4.0, 5.0, 8.0, 10.0, 12.5, 16.0, 20.0, 25.0, 30.0, 32.0, 40.0, 50.0, 60.0, 100.0)

_NS = 1_000_000_000
_DAY_S = 86_400
#: How well a count of records must fit another rate to accuse the configuration instead of the file, and how
#: different that rate must be.
_RATE_FIT, _OTHER_RATE = 0.002, 0.01
#: Slots per record from which a file is no series, beside two days that any may span.
_MOST_EMPTY = 100


@dataclass(frozen=True)
class Placement:
    """Where the records of a file go."""

    start: np.datetime64  #: UTC, ns; of slot 0
    slot: Slots | None  #: (n,) slot of each record, -1 where it is left out; None: record k is slot k
    size: int  #: number of slots


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
    regular = _regular(clock, layout, start)
    if regular is not None:
        return _laid(clock, None, regular, layout, log)
    out = left_out(clock, log)
    if out is None:
        return _placed(clock, layout, start, log)
    inside = np.flatnonzero(~out)
    placement = _placed(part_of(clock, inside), layout, start, log)
    slot = np.full(clock.records, -1, np.int64)
    if placement.slot is None:
        slot[inside[: placement.size]] = np.arange(placement.size)
    else:
        slot[inside] = placement.slot
    return Placement(placement.start, slot, placement.size)


def spread(values: Array, placement: Placement) -> Array:
    """Series on the grid, NaN where no record is: (n,) records to (size,) slots."""
    if placement.slot is None:
        return values[: placement.size]
    out = np.full(placement.size, np.nan)
    used = placement.slot >= 0
    out[placement.slot[used]] = values[used]
    return out


def _regular(clock: Clock, layout: Layout, start: np.datetime64 | None) -> np.datetime64 | None:
    """Start of slot 0 where every record is in the slot of its number, as in nearly all files; else None."""
    stamps = clock.stamps
    if stamps is None or clock.records < 2 or stamps[0] == UNREADABLE or layout.offset_changes:
        return None
    shift = round(layout.utc_offset_h * 3600 * _NS) + _behind(layout)
    origin = start if start is not None else _origin(stamps[:1] - shift, np.zeros(1, np.int64), layout.rate)
    # Stamps that cannot be read are far off, too.
    off = stamps - np.arange(stamps.size) * (_NS / layout.rate)
    begin = float(_ns(origin) + shift)
    reach = TOLERANCE * _NS / layout.rate
    return origin if off.max() - begin < reach and off.min() - begin > -reach else None


def _placed(clock: Clock, layout: Layout, start: np.datetime64 | None, log: ProblemLog) -> Placement:
    stamps = _utc(clock, layout, log)
    known = np.flatnonzero(stamps != UNREADABLE) if stamps is not None else np.empty(0, np.int64)
    if start is None and known.size == 0:
        raise ReadError(log.source, _no_stamps(clock))
    if stamps is None or known.size == 0:
        _check_count(clock.records, layout, log)
        assert start is not None
        return _laid(clock, _by_count(clock, log), start, layout, log)
    pace = pace_of(stamps[known], known, layout.rate)
    check_pace(pace, layout.rate, log.source)
    origin = start if start is not None else _origin(stamps, known, layout.rate)
    position = _position(stamps, known, origin, layout.rate)
    if start is not None:
        position = _agree(position, known, start, stamps, layout, log)
    return _laid(clock, position, origin, layout, log, pace)


def _utc(clock: Clock, layout: Layout, log: ProblemLog) -> Stamps | None:
    # Start of each record's interval in UTC.
    if clock.stamps is None:
        return None
    shift = offsets_of(clock.stamps, layout, clock.lines, log) + _behind(layout)
    return np.where(clock.stamps == UNREADABLE, UNREADABLE, clock.stamps - shift)


def _behind(layout: Layout) -> int:
    """What a stamp is behind the start of its interval. [ns]"""
    return round(_NS / layout.rate) if layout.sample_time_is == "end" else 0


def _no_stamps(clock: Clock) -> str:
    if clock.stamps is None:
        return "raw.file_time = 'records', but no column of time stamps is known: set raw.time_column"
    return (
        "raw.file_time = 'records', but no stamp can be read (known: 2012-06-07 12:45:00.05, 20120607124500, "
        "06/07/2012 12:45:00, 07.06.2012 12:45:00): check raw.time_column and raw.time_parts"
    )


def fits_another_rate(found: float, rate: float) -> bool:
    """Whether records per second are those of another rate [Hz] that loggers are set to."""
    near = min(COMMON_RATES, key=lambda usual: abs(found / usual - 1))
    return abs(found / near - 1) < _RATE_FIT and abs(near / rate - 1) > _OTHER_RATE


def _check_count(records: int, layout: Layout, log: ProblemLog) -> None:
    # A short file is no wrong rate, unless its count fits another rate exactly.
    minutes = layout.file_minutes
    if not minutes:
        return
    found = records / (60 * minutes)
    fits = fits_another_rate(found, layout.rate)
    told = f"{records} records in {minutes:g} minutes are {found:.4g} Hz, but raw.rate = {layout.rate:g} Hz"
    slow = found * MOST_RATIO < layout.rate
    fast = found > layout.rate
    if (fits and (slow or fast)) or found > MOST_RATIO * layout.rate:
        raise ReadError(log.source, f"{told}: check raw.rate and raw.file_minutes")
    if fits:
        reason = f"{told}: check raw.rate, unless the file was cut short"
        log.add(Problem(log.source, None, "nothing", reason))


def _origin(stamps: Stamps, known: Slots, rate: float) -> np.datetime64:
    # Slots begin at whole multiples of the interval since midnight, so that files join without a seam.
    first = int(stamps[known[0]]) - round(int(known[0]) * _NS / rate)
    if np.any(np.diff(stamps[known]) < 0):  # a later block may come first
        first = min(first, int(stamps[known].min()))
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
    if edges_of(position).size:  # a later block comes first
        first = float(np.nanmin(position))
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
    clock: Clock,
    position: Array | None,
    start: np.datetime64,
    layout: Layout,
    log: ProblemLog,
    pace: Pace | None = None,
) -> Placement:
    minutes = layout.file_minutes if layout.file_time == "name" else None
    limit = slots_of(60 * minutes, layout.rate) if minutes else None
    if position is None and (limit is None or clock.records <= limit):
        return Placement(_moved(start, 0, layout.rate), None, clock.records)
    if position is None:
        slot = np.arange(clock.records)
    else:
        slot = slots_of_records(clock, position, layout.rate, log, pace)
    if limit is not None:
        late = slot >= limit
        if late.any():
            reason = f"{late.sum()} records behind the file's {minutes:g} minutes were left out"
            log.add(Problem(log.source, int(clock.lines[np.flatnonzero(late)[0]]), "line", reason))
            slot[late] = -1
    used = np.flatnonzero(slot >= 0)
    if used.size == 0:
        raise ReadError(
            log.source, "no record falls within the file's time: check the stamps and raw.file_minutes"
        )
    ascending = position is None or bool((np.diff(slot[used]) > 0).all())
    if not ascending:
        used = used[np.argsort(slot[used], kind="stable")]
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
    plain = ascending and used.size == size and used[-1] == size - 1
    return Placement(_moved(start, 0, layout.rate), None if plain else slot, size)


def _ns(time: np.datetime64) -> int:
    return int(time.astype("M8[ns]").astype(np.int64))


def _moved(time: np.datetime64, slots: int, rate: float) -> np.datetime64:
    # In fractions: a float loses nanoseconds over decades.
    return np.datetime64(_ns(time) + round(slots * _NS / Fraction(rate)), "ns")


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
