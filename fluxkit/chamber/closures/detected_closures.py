"""Closures found in a continuous record: by the chamber's state, a valve's position, or rises and falls."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.closures.closures import Closures
from fluxkit.chamber.closures.records import SECOND, AnalyserRecord

Array = npt.NDArray[np.float64]

#: Stretch whose line must explain most of the variance for the chamber to be taken as closed. [s]
STRETCH = 30.0
#: Share of variance that a line explains while a chamber is closed.
STEADY = 0.9
#: Share of the usual slope below which a steady change is a drift of ambient air.
WEAKEST = 0.25
#: Interruptions of a closure that are bridged. [s]
BRIDGE = 10.0


def closures_by_state(
    record: AnalyserRecord, variable: str, closed: list[float], *, shortest: float, longest: float
) -> Closures:
    """Return closures where a column shows that the chamber is closed.

    Parameters
    ----------
    record : Record
        One analyser.
    variable : str
        Name of the column in ``record.data``.
    closed : list of float
        Its values that mean closed.
    shortest, longest : float
        Others are not closures. [s]

    Raises
    ------
    KeyError
        The record has no such column.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> from fluxkit.chamber.closures.records import AnalyserRecord
    >>> s = np.arange(1200)
    >>> time = np.datetime64("2026-07-01T10:00", "ns") + s.astype("m8[s]")
    >>> state = np.where(s % 600 >= 400, 5.0, 1.0)  # 5: the chamber is closed
    >>> record = AnalyserRecord("irga", time, {"state": state}, {})
    >>> found = fk.chamber.closures_by_state(record, "state", [5.0], shortest=60.0, longest=600.0)
    >>> found.start.astype("M8[s]").tolist()[0].isoformat()
    '2026-07-01T10:06:40'
    """
    state = np.isin(record.data[variable], closed)
    seconds = (record.time - record.time[:1]) / SECOND
    return _closures(record, _runs(seconds, state, shortest, longest))


def closures_by_valve(
    record: AnalyserRecord, variable: str, plots: Mapping[float, str], *, shortest: float, longest: float
) -> tuple[Closures, int]:
    """Return closures where a valve stays in one position: a chamber is drawn from until it switches.

    Parameters
    ----------
    record : Record
        One analyser.
    variable : str
        Name of the column with the position.
    plots : mapping of float to str
        Position -> plot; without any, each position is a plot of its number.
    shortest, longest : float
        Others are not closures. [s]

    Returns
    -------
    closures : Closures
        From the first reading in a position to the last.
    left_out : int
        Stretches in the positions of plots that are shorter or longer.

    Raises
    ------
    KeyError
        The record has no such column.

    Notes
    -----
    When a valve switches, what is in the tubes is still the air of the line before: a dead band of their
    volume over the flow belongs into ``window.deadband_s``. A reading in which the valve is between two
    positions (no whole number, as means over switching are) ends a stretch and belongs to none; so does a gap
    of more than ten seconds and ten times the usual distance of readings.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> from fluxkit.chamber.closures.records import AnalyserRecord
    >>> s = np.arange(1200)
    >>> time = np.datetime64("2026-07-01T10:00", "ns") + s.astype("m8[s]")
    >>> record = AnalyserRecord("crds", time, {"valve": 1.0 + s // 300 % 2}, {})
    >>> found, _ = fk.chamber.closures_by_valve(
    ...     record, "valve", {1.0: "a", 2.0: "b"}, shortest=60.0, longest=600.0
    ... )
    >>> found.plot.tolist(), found.length.tolist()
    (['a', 'b', 'a', 'b'], [299.0, 299.0, 299.0, 299.0])
    """
    known = np.flatnonzero(np.isfinite(record.data[variable]))
    position = record.data[variable][known]
    seconds = (record.time[known] - record.time[:1]) / SECOND
    if not known.size:
        return _closures(record, []), 0
    steps = np.diff(seconds)
    gap = max(BRIDGE, 10.0 * float(np.median(steps))) if steps.size else BRIDGE
    edges = np.flatnonzero((np.diff(position) != 0.0) | (steps > gap)) + 1
    runs, names, left_out = [], [], 0
    for low, high in zip([0, *edges.tolist()], [*edges.tolist(), position.size], strict=True):
        here = float(position[low])
        if (plots and here not in plots) or here != round(here):
            continue
        if not shortest <= seconds[high - 1] - seconds[low] <= longest:
            left_out += 1
            continue
        runs.append((int(known[low]), int(known[high - 1]) + 1))
        names.append(plots.get(here, f"{here:g}"))
    found = _closures(record, runs)
    return replace(found, plot=np.array(names, np.str_)), left_out


def closures_by_rises(record: AnalyserRecord, gas: str, *, shortest: float, longest: float) -> Closures:
    """Return closures where a gas rises or falls steadily.

    A reading belongs to a closure when it lies in a stretch of 30 s in which a line explains 90 % of the
    variance, and whose slope has the sign and at least a quarter of the size that is usual in the record's
    steady stretches, so that slow drifts of ambient air are none. Of a rise and a fall that follow each
    other at once the shorter one is the airing of the chamber. A closure begins where two lines meet best.

    Parameters
    ----------
    record : Record
        One analyser.
    gas : str
        Variable of ``record.data``.
    shortest, longest : float
        Others are not closures. [s]

    Raises
    ------
    KeyError
        The record has no such gas.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> from fluxkit.chamber.closures.records import AnalyserRecord
    >>> s = np.arange(1800)
    >>> closed = (s % 600 >= 200) & (s % 600 < 400)
    >>> noise = np.random.default_rng(1).normal(0.0, 2e-7, s.size)
    >>> co2 = 400e-6 + np.where(closed, 2e-7 * (s % 600 - 200), 0.0) + noise
    >>> time = np.datetime64("2026-07-01T10:00", "ns") + s.astype("m8[s]")
    >>> record = AnalyserRecord("irga", time, {"co2": co2}, {})
    >>> found = fk.chamber.closures_by_rises(record, "co2", shortest=100.0, longest=300.0)
    >>> len(found.id)
    3
    """
    known = np.isfinite(record.data[gas])
    if known.sum() < 2:
        return _closures(record, [])
    seconds = (record.time[known] - record.time[0]) / SECOND
    values = record.data[gas][known]
    slope, r2 = _lines(seconds, values)
    sure = r2 >= STEADY
    rises = _runs(seconds, sure & (slope > 0), shortest, longest)
    falls = _runs(seconds, sure & (slope < 0), shortest, longest)
    runs = _without_flushes(seconds, sorted([*rises, *falls]))
    steepness = [float(np.abs(np.median(slope[low:high]))) for low, high in runs]
    usual = float(np.median(steepness)) if runs else 0.0
    rows = np.flatnonzero(known)
    found = [
        (int(rows[_onset(seconds, values, low, high)]), int(rows[high - 1]) + 1)
        for (low, high), steep in zip(runs, steepness, strict=True)
        if steep >= WEAKEST * usual
    ]
    return _closures(record, found)


def _without_flushes(seconds: Array, runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Leave out the change that follows, or comes before, a longer one at once: the chamber being aired."""
    length = [seconds[high - 1] - seconds[low] for low, high in runs]
    keep = []
    for k, (low, high) in enumerate(runs):
        before = k > 0 and seconds[low] - seconds[runs[k - 1][1] - 1] < STRETCH
        after = k + 1 < len(runs) and seconds[runs[k + 1][0]] - seconds[high - 1] < STRETCH
        longer = (before and length[k - 1] > length[k]) or (after and length[k + 1] > length[k])
        if not longer:
            keep.append((low, high))
    return keep


def _onset(seconds: Array, values: Array, low: int, high: int) -> int:
    """Return the row at which two lines meet best around the begin of a run."""
    first = int(np.searchsorted(seconds, seconds[low] - STRETCH))
    last = min(int(np.searchsorted(seconds, seconds[low] + 2 * STRETCH)), high)
    places = np.arange(max(first + 3, 0), last - 3)
    if places.size == 0:
        return low
    left = _squares(seconds, values, np.full(places.size, first), places)
    right = _squares(seconds, values, places, np.full(places.size, last))
    return int(places[np.argmin(left + right)])


def _closures(record: AnalyserRecord, runs: list[tuple[int, int]]) -> Closures:
    """Return closures from the first row of each run to its last."""
    start = np.array([record.time[low] for low, _ in runs], "M8[ns]")
    end = np.array([record.time[high - 1] for _, high in runs], "M8[ns]")
    names = [str(moment).replace("-", "").replace(":", "") for moment in start.astype("M8[s]")]
    return Closures.of(
        start,
        end,
        id=np.array([f"{record.name}_{name}" for name in names], np.str_),
        source="detected",
        extra={"analyser": np.full(len(runs), record.name)},
    )


def _runs(
    seconds: Array, state: npt.NDArray[np.bool_], shortest: float, longest: float
) -> list[tuple[int, int]]:
    """Return first row and row after the last of each stretch where a state holds, short gaps bridged."""
    rows = np.flatnonzero(state)
    if rows.size == 0:
        return []
    apart = np.flatnonzero(np.diff(seconds[rows]) > BRIDGE)
    first = rows[np.concatenate([[0], apart + 1])]
    last = rows[np.concatenate([apart, [rows.size - 1]])]
    length = seconds[last] - seconds[first]
    keep = (length >= shortest) & (length <= longest)
    return [(int(low), int(high) + 1) for low, high in zip(first[keep], last[keep], strict=True)]


def _lines(seconds: Array, values: Array) -> tuple[Array, Array]:
    """Return slope and r2 of the best line over a stretch that a reading begins, ends or lies amid."""
    slope = np.zeros(values.size)
    r2 = np.zeros(values.size)
    for share in (0.0, 0.5, 1.0):
        low = np.searchsorted(seconds, seconds - share * STRETCH, side="left")
        high = np.searchsorted(seconds, seconds + (1.0 - share) * STRETCH, side="right")
        here, explained = _line(seconds, values, low, high)
        better = explained > r2
        slope[better], r2[better] = here[better], explained[better]
    return slope, r2


def _line(t: Array, y: Array, low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]) -> tuple[Array, Array]:
    """Return slope and r2 of lines over many stretches."""
    n, tt, ty, yy = _sums(t, y, low, high)
    with np.errstate(invalid="ignore", divide="ignore"):
        fit = (n > 4) & (tt > 0)
        slope = np.where(fit, ty / tt, 0.0)
        r2 = np.where(fit & (yy > 0), ty * ty / (tt * yy), 0.0)
    return slope, r2


def _squares(t: Array, y: Array, low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]) -> Array:
    """Return the squares that lines over many stretches leave."""
    _, tt, ty, yy = _sums(t, y, low, high)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(tt > 0, yy - ty * ty / tt, yy)


def _sums(
    t: Array, y: Array, low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]
) -> tuple[Array, Array, Array, Array]:
    """Return the number of points and the sums of squares about the means over many stretches."""
    t, y = t - t.mean(), y - y.mean()
    columns = (t, t * t, y, y * y, t * y)
    sums = [np.concatenate([[0.0], np.cumsum(column)]) for column in columns]
    st, stt, sy, syy, sty = (column[high] - column[low] for column in sums)
    n = (high - low).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return n, stt - st * st / n, sty - st * sy / n, syy - sy * sy / n
