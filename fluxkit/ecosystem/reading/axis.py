"""Records of a file to an even axis of half hours (or hours) over whole local days.

The rule for shorter records: a half hour of quarters (or of 5 or 10 min) is the mean of at least half of its
parts, of u* and standard deviations the root of the mean square, of random errors that of a mean of
independent values, of wind direction the direction of the mean unit vector, of a quality the worst;
precipitation is the sum, and missing if a part is.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.reading.quantities import How
from fluxkit.errors import ReadError

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]

HALF_HOUR, HOUR, DAY = 1800, 3600, 86400
#: Between records that belong together [s].
FAR = 366 * DAY
#: Longest axis: half hours of two centuries; a longer one is of wrong stamps.
LONGEST = 200 * 366 * 48
#: Share of the parts of a half hour that must be there.
PARTS = 0.5


class Grid(NamedTuple):
    """Where each record of a file stands on an even axis."""

    first: int  #: begin of the first slot, s since 1970 on the local clock
    step: int  #: [s]
    size: int
    record: Integers  #: records that are used
    slot: Integers  #: and their slots
    notes: list[str]

    def put(self, x: Array) -> Array:
        """Return a column on the axis, NaN where the file has no record."""
        out = np.full(self.size, np.nan)
        out[self.slot] = x[self.record]
        return out


def grid(start: Times | None, end: Times | None, source: str) -> Grid:
    """Return the even axis of whole local days on which the records stand.

    Parameters
    ----------
    start, end : arrays of datetime64[s], shape (n,), or None
        Stamps on the local clock; one of them at least.
    source : str
        Path, for messages.

    Raises
    ------
    ReadError
        No step of time, or one that does not divide a day.
    """
    notes: list[str] = []
    stamped = start if start is not None else end
    assert stamped is not None, "the table told neither begin nor end"
    at = stamped.astype("datetime64[s]").astype(np.int64)
    there = np.flatnonzero(~np.isnat(stamped))
    if there.size < at.size:
        notes.append(f"{at.size - there.size} records without a time are left out")
    step = _step(at[there], start, end, source, notes)
    if start is None:
        at = at - step
    if np.any(np.diff(at[there]) < 0):
        notes.append("the records were not in order of time: they are sorted")
    phase = _phase(at[there], step, source, notes)
    on_time = (at[there] - phase) % step == 0
    if not on_time.all():
        notes.append(f"{int((~on_time).sum())} records whose time is off the step of {step} s are left out")
    there = _not_alone(there[on_time], at, step, notes)
    begin, once = np.unique(at[there] - phase, return_index=True)
    if once.size < there.size:
        notes.append(f"{there.size - once.size} records have the time of another one: the first one is taken")
    first = begin[0] // DAY * DAY
    size = int(-(-(begin[-1] + step - first) // DAY) * (DAY // step))
    if size > LONGEST:
        raise ReadError(source, f"its stamps reach from {stamped[there].min()} to {stamped[there].max()}")
    slot = (begin - first) // step
    inside = int(slot[-1] - slot[0]) + 1 - slot.size
    twice = there.size - once.size
    if inside and twice == inside and twice * step % HOUR == 0:
        notes.append(
            "hours come twice and as many are missing: the clock follows summer time; give standard time"
        )
    if inside:
        notes.append(
            f"{inside} of {int(slot[-1] - slot[0]) + 1} records are not in the file: they are missing"
        )
    return Grid(int(first), step, size, there[once], slot, notes)


def _not_alone(there: Integers, at: Integers, step: int, notes: list[str]) -> Integers:
    """Return records without those that a year parts from all others: wrong stamps."""
    order = there[np.argsort(at[there], kind="stable")]
    stretch = np.concatenate([[0], np.cumsum(np.diff(at[order]) > FAR)])
    sizes = np.bincount(stretch)
    alone = sizes[stretch] * step < DAY
    if not alone.any() or alone.all():
        return there
    notes.append(
        f"{int(alone.sum())} records are more than a year from all others: their stamps are taken for wrong, "
        "they are left out"
    )
    return np.setdiff1d(there, order[alone])


def _step(at: Integers, start: Times | None, end: Times | None, source: str, notes: list[str]) -> int:
    differences = np.diff(np.unique(at))
    usual = 0
    if start is not None and end is not None:
        lengths = (end - start)[~np.isnat(start) & ~np.isnat(end)].astype(np.int64)
        usual = int(np.median(lengths)) if lengths.size else 0
    if not differences.size:
        if not usual:
            raise ReadError(
                source, "only one record: no step of time can be told without TIMESTAMP_START and _END of it"
            )
        step = usual
    else:
        values, counts = np.unique(differences, return_counts=True)
        step = int(values[counts.argmax()])
        if usual and usual != step:
            notes.append(f"TIMESTAMP_END - TIMESTAMP_START is {usual} s, but records follow after {step} s")
    if step <= 0 or (HALF_HOUR % step and step != HOUR):
        raise ReadError(
            source,
            f"its records are {step} s apart: expected half hours, hours, or parts of a half hour such as "
            "15 min",
        )
    return step


def _phase(at: Integers, step: int, source: str, notes: list[str]) -> int:
    """Return by how much the stamps are late on a clock of whole steps, said if they are the middle."""
    phases, counts = np.unique(at % step, return_counts=True)
    phase = int(phases[counts.argmax()])
    if phase == 0:
        return 0
    if 2 * phase == step:
        notes.append(f"stamps are {phase} s past a whole step: they are taken for the middle of a record")
        return phase
    raise ReadError(
        source,
        f"its stamps are {phase} s past whole steps of {step} s: neither begin, middle nor end of a record",
    )


def to_half_hours(
    at: Grid, columns: Mapping[str, Array], how: Mapping[str, How]
) -> tuple[Grid, dict[str, Array]]:
    """Return the axis and columns (on the axis) with parts of half hours put together.

    Hours and half hours stay as they are.
    """
    if at.step >= HALF_HOUR:
        return at, dict(columns)
    parts = HALF_HOUR // at.step
    minutes = at.step / 60
    note = (
        f"records of {minutes:g} min became half hours: mean of at least half of the {parts} parts (u* and "
        "deviations: root mean square; random errors: that of a mean; quality: worst); precipitation: sum, "
        "missing where a part is"
    )
    grown = Grid(at.first, HALF_HOUR, at.size // parts, at.record, at.slot // parts, [*at.notes, note])
    return grown, {name: put_together(x.reshape(-1, parts), how[name]) for name, x in columns.items()}


def put_together(x: Array, how: How) -> Array:
    """Return one value for each row of parts (n, parts), NaN where too few are there.

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.reading.axis import put_together
    >>> put_together(np.array([[1.0, 3.0], [2.0, np.nan]]), "mean")
    array([2., 2.])
    >>> put_together(np.array([[1.0, 3.0], [2.0, np.nan]]), "sum")
    array([ 4., nan])
    >>> put_together(np.array([[3.0, 4.0]]), "noise")
    array([2.5])
    """
    there = np.isfinite(x)
    count = there.sum(axis=1)
    enough = count >= (x.shape[1] if how == "sum" else np.ceil(PARTS * x.shape[1]))
    filled = np.where(there, x, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        if how == "sum":
            made = filled.sum(axis=1)
        elif how == "worst":
            made = np.where(there, x, -np.inf).max(axis=1)
        elif how == "rms":
            made = np.sqrt((filled**2).sum(axis=1) / count)
        elif how == "noise":
            made = np.sqrt((filled**2).sum(axis=1)) / count
        elif how == "angle":
            east = np.where(there, np.sin(np.radians(x)), 0.0).sum(axis=1)
            north = np.where(there, np.cos(np.radians(x)), 0.0).sum(axis=1)
            made = np.degrees(np.arctan2(east, north)) % 360.0
        else:
            made = filled.sum(axis=1) / count
    return np.where(enough, made, np.nan)
