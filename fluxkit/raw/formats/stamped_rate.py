"""The sampling rate found from a few dozen time stamps, where they leave no doubt."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.raw.clock import twice
from fluxkit.raw.grid import COMMON_RATES
from fluxkit.raw.samples import Array
from fluxkit.raw.text.table import Stamps

#: Records that must tell it.
LEAST = 36
_UNREADABLE = np.iinfo(np.int64).min
_NS = 1_000_000_000
#: How near a rate that loggers are set to must be; how near its median a spacing must be; how many must.
_NEAR, _EVEN, _MOST = 0.02, 0.1, 0.8
#: Whole intervals between stamps that are coarser than the records; share of equal stamps that makes them so.
_WHOLE, _SHARED = 4, 0.1


def stamped_rate(stamps: Stamps, counts: Array | None = None, expected: float | None = None) -> float | None:
    """Rate of records by their stamps, and by the logger's count of them.

    Parameters
    ----------
    stamps : (n,) array of int64
        Nanoseconds, in the order of the file; the smallest integer where unreadable.
    counts : (n,) array, optional
        The logger's record numbers: where every other one is missing, the logger ran at twice the rate.
        Records with stamp and number of another are repeats and do not count.
    expected : float, optional
        What the rate is thought to be: equal stamps without numbers may be repeats, or coarser than the
        records. [Hz]

    Returns
    -------
    float or None
        A rate that loggers are set to, or the exact one of stamps that are all evenly apart. None of stamps
        that are too few or jitter: then they tell nothing, or nothing new. [Hz]
    """
    here = stamps != _UNREADABLE
    if counts is not None:
        if not (np.diff(counts) > 0).all():
            here &= ~twice(stamps, counts)
        counts = counts[here]
    known = stamps[here]
    if known.size < LEAST:
        return None
    if counts is None and expected is not None and 4 * np.count_nonzero(np.diff(known) == 0) > known.size:
        once = _by_stamps(np.unique(known))
        if once is not None and abs(once / expected - 1) < _NEAR:
            return once
    found = _by_stamps(known)
    if found is None or counts is None:
        return found
    step = _median(np.diff(counts))
    return found * step if step > 1.0 else found


def _by_stamps(known: Stamps) -> float | None:
    steps = np.diff(known)
    if np.count_nonzero(steps == 0) > _SHARED * steps.size:
        found = _counted(known)
        return None if found is None else _usual(found)
    forward = steps[steps > 0]
    if forward.size < LEAST - 1:
        return None
    step = _median(forward)
    if np.count_nonzero(np.abs(forward - step) <= _EVEN * step) < _MOST * steps.size:
        return None
    exact = bool((steps == steps[0]).all())
    return _usual(_NS / step) or (_NS / step if exact else None)


def _median(x: npt.NDArray[Any]) -> float:
    """Median, of equal numbers at once: numpy's takes longer than all else."""
    return float(x[0] if (x == x[0]).all() else np.median(x))


def _counted(known: Stamps) -> float | None:
    """Records per stamp, of stamps that many records share."""
    ends = np.flatnonzero(np.diff(known) != 0)
    counts, spans = np.diff(ends), np.diff(known[ends + 1])[: ends.size - 1]
    if counts.size < _WHOLE or np.any(spans <= 0):
        return None
    count, span = float(np.median(counts)), float(np.median(spans))
    even = (np.abs(counts - count) <= 1) & (np.abs(spans - span) <= _EVEN * span)
    if np.count_nonzero(even) < _MOST * counts.size:
        return None
    return float(np.mean(counts[even])) * _NS / span


def _usual(rate: float) -> float | None:
    near = min(COMMON_RATES, key=lambda usual: abs(rate / usual - 1))
    return near if abs(rate / near - 1) < _NEAR else None
