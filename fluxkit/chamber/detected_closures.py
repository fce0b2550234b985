"""Closures found in a continuous record: by a column with the chamber's state, or by rises and falls."""

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.closures import Closures
from fluxkit.chamber.records import SECOND, Record

Array = npt.NDArray[np.float64]

#: Stretch whose line must explain most of the variance for the chamber to be taken as closed. [s]
STRETCH = 30.0
#: Share of variance that a line explains while a chamber is closed.
STEADY = 0.9
#: Interruptions of a closure that are bridged. [s]
BRIDGE = 10.0


def by_state(
    record: Record, variable: str, closed: list[float], *, shortest: float, longest: float
) -> Closures:
    """Return closures where a column says that the chamber is closed.

    Parameters
    ----------
    record : Record
        One analyser.
    variable : str
        Name of the column in ``record.data``.
    closed : list of float
        Its values that mean closed.
    shortest, longest : float
        Others are no closures. [s]

    Raises
    ------
    KeyError
        The record has no such column.
    """
    state = np.isin(record.data[variable], closed)
    return _closures(record, state, shortest, longest)


def by_rises(record: Record, gas: str, *, shortest: float, longest: float) -> Closures:
    """Return closures where a gas rises or falls steadily.

    A reading belongs to a closure when it lies in a stretch of 30 s in which a line explains 90 % of the
    variance, and whose slope has the sign and at least a quarter of the size that is usual in the record's
    steady stretches, so that slow drifts of ambient air and the fall after opening are none.

    Parameters
    ----------
    record : Record
        One analyser.
    gas : str
        Variable of ``record.data``.
    shortest, longest : float
        Others are no closures. [s]

    Raises
    ------
    KeyError
        The record has no such gas.
    """
    known = np.isfinite(record.data[gas])
    seconds = (record.time[known] - record.time[0]) / SECOND
    slope, r2 = _lines(seconds, record.data[gas][known])
    sure = r2 >= STEADY
    steady = np.zeros(record.time.size, np.bool_)
    if sure.any():
        runs = _runs(seconds, sure & (slope > 0), shortest, longest)
        falls = _runs(seconds, sure & (slope < 0), shortest, longest)
        both = sorted([*runs, *falls])
        usual = np.median([np.abs(np.median(slope[low:high])) for low, high in both]) if both else np.inf
        rows = np.flatnonzero(known)
        for low, high in both:
            if np.abs(np.median(slope[low:high])) >= 0.25 * usual:
                steady[rows[low] : rows[high - 1] + 1] = True
    return _closures(record, steady, shortest, longest)


def _closures(record: Record, state: npt.NDArray[np.bool_], shortest: float, longest: float) -> Closures:
    seconds = (record.time - record.time[0]) / SECOND if record.time.size else np.empty(0)
    runs = _runs(seconds, state, shortest, longest)
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
    """Return slope and r2 over many stretches by running sums."""
    t, y = t - t.mean(), y - y.mean()
    columns = (t, t * t, y, y * y, t * y)
    sums = [np.concatenate([[0.0], np.cumsum(column)]) for column in columns]
    st, stt, sy, syy, sty = (column[high] - column[low] for column in sums)
    n = (high - low).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        tt, yy, ty = stt - st * st / n, syy - sy * sy / n, sty - st * sy / n
        slope = np.where((n > 4) & (tt > 0), ty / tt, 0.0)
        r2 = np.where((n > 4) & (yy > 0) & (tt > 0), ty * ty / (tt * yy), 0.0)
    return slope, r2
