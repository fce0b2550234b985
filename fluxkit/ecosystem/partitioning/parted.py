"""What a method of partitioning hands back."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
#: Windows: one value each.
Table = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Parted:
    """Respiration and uptake of each record, and the windows that they come from.

    Parameters
    ----------
    reco, gpp : (n,) array
        Respiration of the ecosystem, gross uptake [umol m-2 s-1]; NEE = RECO - GPP.
    quality : (n,) array
    windows : dict of (w,) arrays
        One value a window; FIRST, STOP, MIDDLE are indices of records, REASON is a text, empty for a sound
        window.
    parameters : dict of (n,) arrays
        Parameters as they hold for each record.
    reco_sd, gpp_sd : (n,) array or None
        Standard deviation from the uncertainty of parameters [umol m-2 s-1].
    said : tuple of str
        Sentences for the user.
    gpp_quality : (n,) array or None
        Where uptake is respiration less NEE: that of NEE.
    reco_members, gpp_members : (m, n) array or None
        As they may be as well: sums are made member by member.
    """

    reco: Array
    gpp: Array
    quality: Array
    windows: Table = field(default_factory=dict)
    parameters: dict[str, Array] = field(default_factory=dict)
    reco_sd: Array | None = None
    gpp_sd: Array | None = None
    said: tuple[str, ...] = ()
    gpp_quality: Array | None = None
    reco_members: Array | None = None
    gpp_members: Array | None = None

    def with_members(self, reco: Array, gpp: Array) -> "Parted":
        """The same with its members, (m, n) each."""
        return replace(self, reco_members=reco, gpp_members=gpp)


def none(n: int, why: str, windows: Table | None = None) -> Parted:
    """No result, and the reason."""
    nothing = np.full(n, np.nan)
    return Parted(nothing, nothing, nothing, windows or {}, {}, said=(why,))
