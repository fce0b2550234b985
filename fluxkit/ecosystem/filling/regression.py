"""How a driver elsewhere is brought to the site."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.filling.registry import Array

#: Drivers whose line passes through the origin, and those whose sums are compared.
THROUGH_ORIGIN = ("SW_IN", "PPFD_IN", "WS")
BY_SUMS = ("P",)
#: Correlation below which another series says little of a driver.
_ALIKE = 0.5
#: Coincident values from which on a line is fitted.
FEWEST = 30


@dataclass(frozen=True)
class Line:
    """site = slope * elsewhere + intercept, with the number of values behind it and their correlation."""

    slope: float = 1.0
    intercept: float = 0.0
    n: int = 0
    r: float = np.nan

    def at(self, elsewhere: Array) -> Array:
        """Return what the site would have had."""
        return self.slope * elsewhere + self.intercept

    def words(self, source: str) -> str:
        """Say what it is."""
        if self.n == 0:
            return f"{source} as it is: fewer than {FEWEST} values are there at both, which is no line"
        intercept = 0.0 if abs(self.intercept) < 1e-9 else self.intercept
        return f"{source} by {self.slope:.4g} x + {intercept:.4g} ({self.n} values, r = {self.r:.2f})"

    def doubts(self, name: str, source: str) -> list[str]:
        """Say where the two have too little in common to stand for each other."""
        if name in BY_SUMS or self.n == 0 or self.r >= _ALIKE:
            return []
        return [
            f"{name} of {source} follows that of the site by r = {self.r:.2f} only: its place, clock (UTC) "
            "and units are to be checked"
        ]


def fitted(name: str, site: npt.ArrayLike | None, elsewhere: Array) -> Line:
    """Fit the site's values to those elsewhere.

    Radiation and wind by a slope through the origin, rain by the ratio of sums, others by linear
    regression (Vuichard and Papale 2015; as in ONEFlux). Without thirty values in common what is
    elsewhere is taken as it is.

    Parameters
    ----------
    name : str
    site : (n,) array_like or None
    elsewhere : (n,) array

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(50.0)
    >>> fitted("TA", 0.9 * x + 2.0, x).words("ERA5")
    'ERA5 by 0.9 x + 2 (50 values, r = 1.00)'
    """
    if site is None:
        return Line()
    y = np.asarray(site, np.float64)
    both = np.isfinite(y) & np.isfinite(elsewhere)
    y, x = y[both], elsewhere[both]
    if y.size < FEWEST or np.ptp(x) == 0.0 or not x.any():
        return Line()
    spread = x.std() * y.std()
    r = float(np.mean((x - x.mean()) * (y - y.mean())) / spread) if spread > 0 else np.nan
    if name in BY_SUMS:
        return Line(float(y.sum() / x.sum()), 0.0, y.size, r) if x.sum() > 0 else Line()
    if name in THROUGH_ORIGIN:
        return Line(float((x * y).sum() / (x * x).sum()), 0.0, y.size, r)
    slope = float(np.mean((x - x.mean()) * (y - y.mean())) / x.var())
    return Line(slope, float(y.mean() - slope * x.mean()), y.size, r)
