"""Columns put right by what is known of them afterwards: before anything else is done with the samples."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from fluxkit.raw.layout import LayoutCalibration
from fluxkit.raw.samples import Samples

Array = npt.NDArray[np.float64]

_NS = 1e9


def calibrate(samples: Samples, calibrations: Iterable[LayoutCalibration]) -> None:
    """Apply calibrations to the samples they cover, in place, one after the other.

    Parameters
    ----------
    samples : Samples
        As a reader made them. [SI]
    calibrations : iterable of Calibration
        In SI; one that touches none of the samples changes nothing.
    """
    for entry in calibrations:
        x = samples.data.get(entry.variable)
        if x is None:
            continue
        first, last = _slots(samples, entry)
        if first < last:
            share = _shares(samples, entry, first, last)
            gain = entry.gain + (entry.gain_end - entry.gain) * share
            offset = entry.offset + (entry.offset_end - entry.offset) * share
            x[first:last] = gain * x[first:last] + offset


def _seconds(samples: Samples, instant: np.datetime64) -> float:
    """Seconds from the start of the samples to an instant."""
    return float((instant - samples.start).astype("m8[ns]").astype(np.int64)) / _NS


def _slots(samples: Samples, entry: LayoutCalibration) -> tuple[int, int]:
    """Range of the slots that begin within [start, end)."""
    bounds = (_seconds(samples, t) * samples.rate for t in (entry.start, entry.end))
    first, last = (int(np.clip(np.ceil(b - 1e-6), 0, samples.size)) for b in bounds)
    return first, last


def _shares(samples: Samples, entry: LayoutCalibration, first: int, last: int) -> Array | float:
    """How far each slot lies between start and end, 0 to 1; 0 where nothing drifts."""
    if (entry.gain, entry.offset) == (entry.gain_end, entry.offset_end):
        return 0.0
    length = float((entry.end - entry.start).astype("m8[ns]").astype(np.int64)) / _NS
    begun = -_seconds(samples, entry.start)
    return np.asarray((begun + np.arange(first, last) / samples.rate) / length)
