"""What a chamber encloses: volume, area, and units that somebody mixed up."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Ratios of volume to area, the chamber's effective height, that real chambers have. [m]
PLAUSIBLE_HEIGHT = (0.02, 3.0)
#: What mixing up two units does to volume / area, and how it is told.
_SLIPS = (
    (1e3, "the volume may be in L, not in cm3 (or in m3, not in L)"),
    (1e-3, "the volume may be in cm3, not in L (or in L, not in m3)"),
    (1e4, "the area may be in cm2, not in m2"),
    (1e-4, "the area may be in m2, not in cm2"),
    (1e6, "the volume may be in m3, not in cm3"),
    (1e-6, "the volume may be in cm3, not in m3"),
)


def enclosed_volume(
    volume: Array, height: Array, area: Array, collar_height: Array, tubing_volume: Array
) -> Array:
    """Volume of air that the flux goes into.

    Parameters
    ----------
    volume : ndarray
        Of the chamber; where NaN, height x area. [m3]
    height : ndarray
        Of the chamber inside. [m]
    area : ndarray
        Of soil enclosed. [m2]
    collar_height : ndarray
        From the soil to the chamber's rim. [m]
    tubing_volume : ndarray
        Of tubes and analyser. [m3]

    Returns
    -------
    ndarray
        Volume. [m3]
    """
    chamber = np.where(np.isnan(volume), height * area, volume)
    found: Array = chamber + collar_height * area + tubing_volume
    return found


def doubts_of(volume: Array, area: Array, chamber: Array | None = None) -> dict[int, str]:
    """Report impossible geometry, and which two units were probably mixed up.

    Parameters
    ----------
    volume, area : ndarray, shape (closure,)
        As given, in SI. [m3], [m2]
    chamber : ndarray, shape (closure,), optional
        Of the volume, that without collar and tubing, which would hide a slip; NaN: not known. [m3]

    Returns
    -------
    dict
        Closure to sentence, only where there is a doubt; a missing geometry is none.
    """
    low, high = PLAUSIBLE_HEIGHT
    if chamber is not None:
        volume = np.where(np.isnan(chamber), volume, chamber)
    height = volume / area
    doubts = {}
    for k in np.flatnonzero(~((height >= low) & (height <= high)) & np.isfinite(height)):
        doubts[int(k)] = (
            f"volume / area is {height[k]:.3g} m ({volume[k] * 1e3:.4g} L over {area[k] * 1e4:.4g} cm2), "
            f"chambers have {low:g} to {high:g} m: {_slip(float(height[k]))}"
        )
    for k in np.flatnonzero((volume <= 0) | (area <= 0)):
        doubts[int(k)] = f"volume is {volume[k]:g} m3 and area {area[k]:g} m2: both must be above 0"
    return doubts


def _slip(height: float) -> str:
    low, high = PLAUSIBLE_HEIGHT
    likely = [words for factor, words in _SLIPS if low <= height * factor <= high]
    return "; or ".join(likely[:2]) if likely else "look at both units"
