"""Series of one rate on the slots of another: the samples of two instruments side by side."""

import numpy as np
import numpy.typing as npt

from fluxkit.raw.samples import Array

#: Rates that differ by less are the same, told by two clocks.
_SAME = 0.01


def on_slots(values: Array, rate: float, size: int, slot_rate: float, *, words: bool = False) -> Array:
    """Bring a series onto slots that begin with it.

    A series as fast as the slots gives each the nearest sample, a faster one the line between the two
    around it (where one of them is lost the other, within half a slot). A slower one is held half its own
    interval before and behind each sample: what varies faster than that is not in it.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Series, NaN where lost.
    rate : float
        Its samples per second. [Hz]
    size : int
        Number of slots.
    slot_rate : float
        Slots per second. [Hz]
    words : bool, default False
        Whether values are bit fields or codes, which cannot be interpolated.

    Returns
    -------
    ndarray, shape (size,)
        NaN where no sample is close enough.
    """
    ratio = rate / slot_rate
    position = np.arange(size) * ratio
    if words or ratio < 1.0 + _SAME:
        return _taken(values, np.floor(position + 0.5).astype(np.int64))
    before = np.floor(position).astype(np.int64)
    part = position - before
    here, after = _taken(values, before), _taken(values, before + 1)
    found: Array = np.where(part > 0.0, here + part * (after - here), here)
    for lost, other, distance in ((here, after, 1.0 - part), (after, here, part)):
        alone = np.isnan(lost) & (distance <= 0.5 * ratio)
        found[alone] = other[alone]
    return found


def _taken(values: Array, places: npt.NDArray[np.int64]) -> Array:
    inside = places < values.size
    found: Array = np.full(places.size, np.nan)
    found[inside] = values[places[inside]]
    return found
