"""Quality flags of closures' fluxes, one bit each; none of them removes a small flux."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.int32]

#: Name of each bit, lowest first, and what it says.
MEANINGS = {
    "no_data": "no reading of this gas in the window",
    "no_geometry": "area or volume is not known",
    "geometry_doubtful": "volume over area is not that of a chamber: units mixed up?",
    "pressure_assumed": "no plausible pressure was measured: from the altitude, or 101.325 kPa",
    "temperature_assumed": "no plausible air temperature was measured: 15 degC",
    "humidity_missing": "no plausible water vapour was measured: air taken as dry",
    "wet": "mole fraction of moist air: the analyser's file gives no dry one",
    "overlapping": "the closure overlaps another one of its source",
    "gap": "a gap of more than a fifth of the window",
    "lost_values": "readings within the window were lost or rejected",
    "repeated_times": "stamps repeat or go back",
    "quantised": "few distinct values: quantised or held",
    "reviewed": "window, model or verdict are a reviewer's",
    "discarded": "a reviewer discarded it",
    "window_sensitive": "another begin or end of the window changes it by more than its error and a tenth",
    "clock_moved": "the sheet's times were moved by the offset that was found",
    "bubbles": "bubbles came; the flux is what diffuses between them",
    **{
        "no_fit": "nothing could be fitted",
        "few_points": "fewer than ten points",
        "below_detection": "smaller than what the analyser can tell from zero",
        "not_significant": "the slope is not different from zero (p > 0.05)",
        "noisy": "residuals of more than three times the analyser's precision",
        "steepening": "the curve bends away from saturation",
        "curvature_at_limit": "the curvature lies at the end of what is searched",
        "large_curvature": "the curve's slope is more than twice, or less than half, the line's",
        "opposite_signs": "line and curve have opposite signs",
        "autocorrelated": "neighbouring residuals correlate by more than 0.5",
        "constant": "all readings are the same",
        "intercept_off": "the fit misses the first reading by more than a tenth of the rise",
        "wide_interval": "the data do not bound the curvature",
        "no_flux_by_rule": "the rule of choice finds no flux",
    },
}
_BITS = {name: np.int32(1 << k) for k, name in enumerate(MEANINGS)}


def bit(name: str) -> np.int32:
    """Return the bit of a flag."""
    return _BITS[name]


def raised(flags: Flags, name: str) -> npt.NDArray[np.bool_]:
    """Whether a flag is set."""
    return (flags & _BITS[name]) > 0


def raise_all(where: Mapping[str, npt.NDArray[np.bool_]]) -> Flags:
    """Return flags, each set where its mask is true; the masks have one shape."""
    found = np.zeros(next(iter(where.values())).shape, np.int32)
    for name, mask in where.items():
        found |= np.where(mask, _BITS[name], np.int32(0)).astype(np.int32)
    return found


def translated(flags: npt.NDArray[np.int64], meanings: Mapping[str, int]) -> Flags:
    """Return the bits of another table by the names they share with this one.

    Parameters
    ----------
    flags : ndarray of int64
        In the other table's bits.
    meanings : mapping
        Name -> bit of the other table.
    """
    return raise_all({name: (flags & other) > 0 for name, other in meanings.items()})


def attributes() -> dict[str, object]:
    """Return the attributes by which CF describes a mask."""
    return {
        "long_name": "doubts about the flux, one bit each",
        "flag_masks": np.array(list(_BITS.values()), np.int32),
        "flag_meanings": " ".join(MEANINGS),
    }
