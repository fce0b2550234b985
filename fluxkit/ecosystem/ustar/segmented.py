"""Segmented regression for the threshold of u*, as REddyProc's change points."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from fluxkit.ecosystem.ustar.estimates import nanmedian
from fluxkit.ecosystem.ustar.moving_point import VARIANTS, MovingPoint
from fluxkit.ecosystem.ustar.nights import Array, Records
from fluxkit.ecosystem.ustar.seasons import Integers, UstarError
from fluxkit.kernels.plateau import FEW, NO_PLATEAU
from fluxkit.kernels.segments import breaks_of_classes

_CLASSES = (7, 6, 5)
_LEAST_SHARE = 0.2  #: of the classes


@dataclass(frozen=True)
class Segmented(MovingPoint):
    """Fit a line that ends in a plateau through all records of 7, 6 and 5 classes of temperature.

    A class counts if a pseudo-score test finds a break (p <= 0.05; Muggeo 2016); a season takes the median
    of the 18. The break is that of least squares between the 5 and 95 % quantiles of u*, where REddyProc
    searches with random restarts.

    References
    ----------
    .. [1] Muggeo, Journal of Statistical Computation and Simulation 86, 3059-3067, 2016.
    """

    @classmethod
    def of(cls, variant: str | None, settings: dict[str, Any]) -> tuple[Self, float]:
        """Return the method and the radiation below which it is night. [W m-2]"""
        night_below = float(settings.pop("night_below", 10.0))
        if settings:
            raise UstarError(f"change points have no setting {', '.join(settings)}; there is night_below")
        return cls("reddyproc"), night_below

    def classes(self, records: Records, places: Integers, copies: Integers) -> tuple[Array, Integers]:
        """Find the break of each class. (b, 18)"""
        from scipy.stats import t

        found = np.full((copies.shape[0], sum(_CLASSES)), np.nan)
        why = np.full(found.shape, FEW, np.int64)
        if places.size == 0:
            return found, why
        order = np.argsort(records.ta[places], kind="stable")
        ta, ustar, nee = (x[places][order] for x in (records.ta, records.turbulence, records.nee))
        by_ustar = np.argsort(ustar, kind="stable")
        drawn = np.ascontiguousarray(copies[:, order])
        enough = drawn.sum(axis=1) >= VARIANTS["reddyproc"].season_least
        first = 0
        for count in _CLASSES:
            out = np.empty((drawn.shape[0], count, 3))
            breaks_of_classes(ta, ustar, nee, by_ustar, drawn, count, 0.5, out)
            tested = np.isfinite(out[..., 1]) & enough[:, None]
            critical = t.ppf(0.975, np.maximum(np.nan_to_num(out[..., 2], nan=20.0) - 2.0, 1.0))
            clear = tested & (out[..., 1] >= critical)
            part = slice(first, first + count)
            found[:, part] = np.where(clear, out[..., 0], np.nan)
            why[:, part] = np.where(clear, 0, np.where(tested, NO_PLATEAU, FEW))
            first += count
        return found, why

    def season(self, classes: Array) -> Array:
        """Return the median over the classes of a season. (b, 18) -> (b,)"""
        enough = np.isfinite(classes).mean(axis=1) >= _LEAST_SHARE
        return np.where(enough, nanmedian(classes, axis=1), np.nan)
