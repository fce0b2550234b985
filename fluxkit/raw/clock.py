"""The clock of a file's records: stamps and numbers as read, and what they tell of the rate."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.raw.text.table import Stamps

#: A stamp that cannot be read. [ns]
UNREADABLE = np.iinfo(np.int64).min
#: How far off a rate may be before the file or the configuration is wrong.
MOST_RATIO = 1.5
_NS = 1_000_000_000
#: Records per stamp from which on a stamp stands for several.
_SEVERAL = 1.1

Slots = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Clock:
    """Time stamps and numbers of a file's records."""

    records: int
    lines: npt.NDArray[np.int64]  #: (n,) line of each record
    stamps: Stamps | None = None  #: (n,) ns since 1970, as written
    counts: Array | None = None  #: (n,) the logger's record numbers


def part_of(clock: Clock, chosen: Slots) -> Clock:
    """Clock of some of the records."""
    return Clock(
        chosen.size,
        clock.lines[chosen],
        None if clock.stamps is None else clock.stamps[chosen],
        None if clock.counts is None else clock.counts[chosen],
    )


def left_out(clock: Clock, log: ProblemLog) -> npt.NDArray[np.bool_] | None:
    """Which records count for nothing: those that are there twice, and those that no time can be told of."""
    stamps, counts = clock.stamps, clock.counts
    if stamps is None:
        return None
    out = None
    if (stamps == UNREADABLE).any():
        out = _timeless(clock, stamps, log)
    if counts is not None and clock.records > 1 and not (np.diff(counts) > 0).all():
        again = twice(stamps, counts)
        if again.any():
            first = int(clock.lines[np.flatnonzero(again)[0]])
            reason = f"{again.sum()} records repeat a time stamp and record number and were left out"
            log.add(Problem(log.source, first, "line", reason))
            out = again if out is None else out | again
    return out


def twice(stamps: Stamps, counts: Array) -> npt.NDArray[np.bool_]:
    """Which records have stamp and number of one before them."""
    order = np.lexsort((counts, stamps))  # stable: the first of several stays first
    same = (np.diff(stamps[order]) == 0) & (np.diff(counts[order]) == 0) & (stamps[order][1:] != UNREADABLE)
    again = np.zeros(stamps.size, np.bool_)
    again[order[1:][same]] = True
    return again


def _timeless(clock: Clock, stamps: Stamps, log: ProblemLog) -> npt.NDArray[np.bool_] | None:
    # What stands in a record whose stamp is damaged is damaged, too. Loggers that stamp only some of their
    # records mean the others to be counted.
    readable = stamps != UNREADABLE
    lost = np.flatnonzero(~readable)
    sparse = 2 * lost.size > clock.records
    what = "counted" if sparse else "left out"
    reason = f"{lost.size} of {clock.records} time stamps cannot be read: their records were {what}"
    log.add(Problem(log.source, int(clock.lines[lost[0]]), "nothing" if sparse else "line", reason))
    return None if sparse else ~readable


@dataclass(frozen=True)
class Pace:
    """What the stamps tell of the rate."""

    interval: float  #: between records; NaN if they do not tell [s]
    step: float  #: between stamps that differ [s]
    share: float  #: records per stamp


def pace_of(stamps: Stamps, place: Slots, rate: float) -> Pace:
    """What stamps (n,) of the records ``place`` (n,) tell of a rate that is thought to be ``rate`` [Hz]."""
    # Equal stamps are repeats or coarser than the records, whichever is nearer to the rate: all pairs tell.
    steps = np.diff(stamps)
    forward = steps[steps > 0]
    if forward.size == 0:
        return Pace(np.nan, np.nan, 1.0)
    if place[-1] - place[0] > steps.size:  # some records have no stamp
        step = float(np.median(forward / np.diff(place)[steps > 0])) / _NS
        return Pace(step, step, 1.0)
    step = float(np.median(forward)) / _NS
    if forward.size == steps.size:
        return Pace(step, step, 1.0)
    share = 1.0 + np.count_nonzero(steps == 0) / forward.size
    coarse = abs(np.log(step * rate / share)) < abs(np.log(step * rate))
    if coarse and share > _SEVERAL:
        return Pace(step / share if forward.size > 1 else np.nan, step, share)
    return Pace(step, step, 1.0)


def check_pace(pace: Pace, rate: float, source: str) -> None:
    """Refuse a file whose stamps tell another rate [Hz] than the configuration.

    Raises
    ------
    ReadError
        They do.
    """
    interval = pace.interval
    if not np.isnan(interval) and not 1 / MOST_RATIO < interval * rate < MOST_RATIO:
        raise ReadError(
            source, f"records are {interval:g} s apart ({1 / interval:g} Hz), but raw.rate = {rate:g} Hz"
        )
