"""How far two series of the same variable agree."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Values that differ by less than this share count as equal.
_EQUAL = 1e-6
#: Root mean square difference, as a share of the flux's size, up to which fluxes agree.
MATTERS = 1e-3
#: Share of values with opposite signs beyond which a sign is a convention.
_OPPOSITE = 0.8


@dataclass(frozen=True)
class Agreement:
    """Ours against theirs, y against x, over the periods that have both. NaN where there are too few."""

    n: int
    slope: float  #: of the least squares of y: ours = slope x theirs + intercept
    intercept: float  #: [units of the variable]
    orthogonal_slope: float  #: both may err
    r2: float
    bias: float  #: mean of ours minus theirs [units]
    rmse: float  #: [units]
    median_relative: float  #: median of |ours - theirs| / |theirs|
    equal: float  #: share of values that are equal to six digits


@dataclass(frozen=True)
class Effect:
    """What becomes of the difference from theirs when one decision is made otherwise."""

    decision: str  #: as ``key = value``
    rmse: Mapping[str, float]  #: flux -> root mean square difference from theirs [units]
    before: Mapping[str, float]  #: the same as decided, over the same periods
    change: float  #: mean over the fluxes that differ of rmse / before - 1; negative: nearer to theirs
    size: Mapping[str, float]  #: root mean square of theirs [units]

    def differs(self, flux: str) -> bool:
        """Whether a flux differed from theirs, as decided, by as much as matters."""
        return self.before[flux] > MATTERS * self.size[flux]

    def ratio(self, flux: str) -> float:
        """Return rmse / before of a flux that differed; 0 where what is left does not matter."""
        left = self.rmse[flux]
        return left / self.before[flux] if left > MATTERS * self.size[flux] else 0.0


def agreement(ours: Array, theirs: Array, *, circular: bool = False) -> Agreement:
    """Compare two series.

    Parameters
    ----------
    ours, theirs : (time,) arrays
        NaN is missing. [any, the same]
    circular : bool, default False
        Directions in degrees: 359 and 1 differ by 2.

    Returns
    -------
    Agreement

    References
    ----------
    .. [1] Deming, "Statistical Adjustment of Data", 1943: the orthogonal slope, both errors alike.
    """
    both = np.isfinite(ours) & np.isfinite(theirs)
    x, y = theirs[both], ours[both]
    difference = y - x
    if circular:
        difference = np.mod(difference + 180.0, 360.0) - 180.0
        y = x + difference
    if not x.size:
        return Agreement(0, *[np.nan] * 8)
    slope, orthogonal, r2 = _slopes(x, y)
    size = np.abs(x)
    relative = np.abs(difference[size > 0]) / size[size > 0]
    return Agreement(
        n=int(x.size),
        slope=slope,
        intercept=float(y.mean() - slope * x.mean()),
        orthogonal_slope=orthogonal,
        r2=r2,
        bias=float(difference.mean()),
        rmse=float(np.sqrt(np.mean(difference**2))),
        median_relative=float(np.median(relative)) if relative.size else np.nan,
        equal=float(np.mean(np.abs(difference) <= _EQUAL * size)),
    )


def _slopes(x: Array, y: Array) -> tuple[float, float, float]:
    """Slope of y on x, slope of both on one another, squared correlation."""
    if x.size < 3:
        return np.nan, np.nan, np.nan
    xx, yy, xy = np.var(x), np.var(y), np.mean((x - x.mean()) * (y - y.mean()))
    if xx == 0.0 or yy == 0.0 or xy == 0.0:
        return np.nan, np.nan, np.nan
    orthogonal = (yy - xx + np.hypot(yy - xx, 2.0 * xy)) / (2.0 * xy)
    return float(xy / xx), float(orthogonal), float(xy * xy / (xx * yy))


def opposite(ours: Array, theirs: Array) -> bool:
    """Return whether nearly all of two series have opposite signs: others may count downward as positive."""
    product = ours * theirs
    known = product[np.isfinite(product) & (product != 0)]
    return bool(known.size and np.mean(known < 0) > _OPPOSITE)


def best_shift(ours: Array, theirs: Array, most: int) -> int:
    """Return by how many periods theirs must be moved on to agree best with ours; 0 unless clearly better.

    Parameters
    ----------
    ours, theirs : (time,) arrays
        On the same regular grid, NaN where missing.
    most : int
        Longest shift that is tried, to either side.
    """
    found = {}
    for shift in range(-most, most + 1):
        x = np.full(theirs.shape, np.nan)
        if abs(shift) < theirs.size:
            x[max(shift, 0) : theirs.size + min(shift, 0)] = theirs[
                max(-shift, 0) : theirs.size - max(shift, 0)
            ]
        r2 = agreement(ours, x).r2
        found[shift] = r2 if np.isfinite(r2) else -1.0
    best = max(found, key=lambda shift: found[shift])
    return best if 1.0 - found[best] < 0.5 * (1.0 - found[0]) else 0
