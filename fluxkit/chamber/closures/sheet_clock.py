"""How far the clock of a field sheet is from the analyser's, from all closures of a campaign."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

SECOND = np.timedelta64(10**9, "ns")
#: Time before and after an instant that is used. [s]
STRETCH = 30
#: Longest gap that is bridged. [s]
GAP = 10.0
#: An offset is sure when so many closures tell of it, ...
ENOUGH = 3
#: ... the mean score at it is so high (1: each closure begins exactly there), ...
CLEAR = 0.35
#: ... no other offset comes nearer to it than this share, ...
RIVAL = 0.8
#: ... and it stays within this when each closure in turn is left out. [s]
STEADY = 10.0
#: Offsets nearer than this are the same peak. [s]
WIDTH = 45


@dataclass(frozen=True)
class ClockOffset:
    """Seconds to add to the sheet's times, as found by comparing them with the record."""

    seconds: float  #: NaN when nothing can be compared
    error: float  #: standard error, by leaving closures out; infinite for a single closure [s]
    score: float  #: mean over the closures, 1: every one begins there
    rival: float  #: highest score elsewhere
    closures: int  #: that tell of it

    @property
    def confident(self) -> bool:
        """Whether it may be applied without looking."""
        return (
            self.closures >= ENOUGH
            and self.score >= CLEAR
            and self.rival <= RIVAL * self.score
            and self.error <= STEADY
        )

    def sentence(self) -> str:
        """Return what was found, as a sentence."""
        if not np.isfinite(self.seconds):
            return "the sheet's clock cannot be compared with the record: no closure has enough readings"
        sure = "clear" if self.confident else "not clear enough to be applied unasked"
        known = np.isfinite(self.error)
        error = f"standard error {self.error:.1f} s" if known else "standard error unknown of one closure"
        zone = ""
        hours = self.seconds / 3600
        if abs(hours) > 0.4 and abs(hours - round(hours * 2) / 2) < 0.02:
            zone = f": that is {round(hours * 2) / 2:g} h, so the time zone of one of them may be wrong"
        return (
            f"concentrations begin to change {self.seconds:+.0f} s from the sheet's closing times "
            f"({self.closures} closures, score {self.score:.2f}, elsewhere at most {self.rival:.2f}, "
            f"{error}; {sure}){zone}"
        )


def estimate(
    starts: Times,
    ends: Times,
    time: Times,
    gases: list[Array],
    *,
    search: float = 4000.0,
    stretch: int = STRETCH,
) -> ClockOffset:
    """Find the offset at which a campaign's closing times meet the onsets of change.

    An onset is an instant at which the mole fraction turns from one line to another. The score of an
    offset is the mean, over the closures, of the onset's strength at their times moved by it, times the
    share of variance that a line explains from closing to opening (an opening is an onset too, but what
    follows it is no line). What analyser and tubing delay is part of the offset.

    Parameters
    ----------
    starts, ends : ndarray of datetime64, shape (closure,)
        Closing and opening times by the sheet.
    time : ndarray of datetime64, shape (n,)
        Of the readings, ascending.
    gases : list of ndarray, shape (n,)
        Mole fractions; the stronger onset counts. [mol mol-1]
    search : float, default 4000
        Largest offset to search. [s]
    stretch : int, default 30
        Time before and after an instant that is used. [s]

    Returns
    -------
    ClockOffset
        Added to the sheet's times it gives the record's.
    """
    nothing = ClockOffset(np.nan, np.nan, 0.0, 0.0, 0)
    offsets = np.arange(-round(search), round(search) + 1)
    table = np.full((starts.size, offsets.size), np.nan)
    for k, (start, end) in enumerate(zip(starts, ends, strict=True)):
        table[k] = _scores(start, end, time, gases, offsets, stretch)
    table = table[np.isfinite(table).any(axis=1)]
    return _best(offsets, table) if table.size else nothing


def _scores(
    start: np.datetime64,
    end: np.datetime64,
    time: Times,
    gases: list[Array],
    offsets: npt.NDArray[np.int64],
    stretch: int,
) -> Array:
    """Return the score of each offset for one closure, NaN outside the record."""
    found = np.full(offsets.size, np.nan)
    reach = np.timedelta64(int(offsets[-1]) + stretch, "s")
    low, high = np.searchsorted(time, [start - reach, end + reach])
    if high - low < stretch:
        return found
    near = time[low:high]
    closing = round(float((start - near[0]) / SECOND)) + offsets
    opening = closing + round(float((end - start) / SECOND))
    for gas in gases:
        values = _each_second(near, gas[low:high])
        onset = _looked_up(onsets(values, stretch), closing)
        found = np.fmax(found, onset * _straightness(values, closing, opening))
    return found


def _straightness(values: Array, low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]) -> Array:
    """Share of variance that a line explains between two seconds, NaN outside the record."""
    inside = (low >= 0) & (high <= values.size) & (high - low > 2)
    if not np.isfinite(values).any():
        return np.full(low.shape, np.nan)
    sums = _running_sums(values - np.nanmean(values))
    _, r2 = _line(sums, np.where(inside, low, 0), np.where(inside, high, min(3, values.size)))
    return np.where(inside, r2, np.nan)


def onsets(values: Array, stretch: int) -> Array:
    """Strength of a bend at each second, 0 to 1.

    The share of the variance about one line over the stretches before and after an instant that two lines
    take away. Where the record begins or ends within a stretch nothing is known: a half.

    Parameters
    ----------
    values : ndarray, shape (seconds,)
        One a second, NaN in gaps.
    stretch : int
        Seconds before and after.
    """
    found = np.full(values.size, 0.5)
    if values.size < 2 * stretch or not np.isfinite(values).any():
        return found
    sums = _running_sums(values - np.nanmean(values))
    middle = np.arange(stretch, values.size - stretch)
    before, _ = _line(sums, middle - stretch, middle)
    after, _ = _line(sums, middle, middle + stretch)
    both, _ = _line(sums, middle - stretch, middle + stretch)
    with np.errstate(invalid="ignore", divide="ignore"):
        bend = np.clip(1.0 - (before + after) / both, 0.0, 1.0)
    found[middle] = np.where(np.isfinite(bend), bend, 0.5)
    return found


def _each_second(time: Times, values: Array) -> Array:
    """Return one value a second by linear interpolation, NaN in gaps."""
    known = np.isfinite(values)
    seconds = (time[known] - time[0]) / SECOND
    grid = np.arange(int((time[-1] - time[0]) / SECOND) + 1, dtype=np.float64)
    if seconds.size < 2:
        return np.full(grid.size, np.nan)
    found: Array = np.interp(grid, seconds, values[known], left=np.nan, right=np.nan)
    behind = np.clip(np.searchsorted(seconds, grid, side="left"), 1, seconds.size - 1)
    found[seconds[behind] - seconds[behind - 1] > GAP] = np.nan
    return found


def _running_sums(values: Array) -> tuple[Array, ...]:
    """Return running sums of t, t^2, y, y^2, t y with a leading 0; a gap makes all that contain it NaN."""
    t = np.arange(values.size, dtype=np.float64) - values.size / 2
    known = np.where(np.isfinite(values), values, 0.0)
    gaps = np.isnan(values).astype(np.float64)
    columns = (t, t * t, known, known * known, t * known, gaps)
    return tuple(np.concatenate([[0.0], np.cumsum(column)]) for column in columns)


def _line(
    sums: tuple[Array, ...], low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]
) -> tuple[Array, Array]:
    """Return the squares left by a line and its r2, over each of many stretches."""
    n = (high - low).astype(np.float64)
    t, tt, y, yy, ty, gaps = (column[high] - column[low] for column in sums)
    stt, sty, syy = tt - t * t / n, ty - t * y / n, yy - y * y / n
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = sty / stt
        left = np.maximum(syy - sty * slope, 0.0)
        r2 = np.where(syy > 0, sty * slope / syy, 0.0)
    missing = gaps > 0
    left[missing], r2[missing] = np.nan, np.nan
    return left, r2


def _looked_up(onset: Array, at: npt.NDArray[np.int64]) -> Array:
    inside = (at >= 0) & (at < onset.size)
    return np.where(inside, onset[np.clip(at, 0, onset.size - 1)], np.nan)


def _best(offsets: npt.NDArray[np.int64], table: Array) -> ClockOffset:
    """Return the highest mean score; closures without readings at an offset count as 0 there."""
    size = table.shape[0]
    filled = np.nan_to_num(table)
    score = _smooth(filled.mean(axis=0))
    best = int(np.argmax(score * (1.0 - 0.1 * np.abs(offsets) / np.abs(offsets).max())))
    far = np.abs(offsets - offsets[best]) > WIDTH
    rival = float(score[far].max()) if far.any() else 0.0
    near = np.abs(offsets - offsets[best]) <= WIDTH
    total = filled[:, near].sum(axis=0)
    peaks = [_peak(offsets[near], (total - row[near]) / max(size - 1, 1)) for row in filled]
    spread = float(np.std(peaks) * np.sqrt(size - 1)) if size > 1 else np.inf
    return ClockOffset(_peak(offsets[near], total / size), spread, float(score[best]), rival, size)


def _peak(offsets: npt.NDArray[np.int64], score: Array) -> float:
    """Return the centre of the upper tenth of a peak: steadier than its highest point."""
    smooth = _smooth(score)
    weight = np.maximum(smooth - 0.9 * smooth.max(), 0.0)
    return float((offsets * weight).sum() / weight.sum()) if weight.sum() > 0 else float(offsets[0])


def _smooth(score: Array) -> Array:
    """Return the mean over 5 s: sheets are written to the second at best."""
    found: Array = np.convolve(score, np.full(5, 0.2), mode="same")
    return found
