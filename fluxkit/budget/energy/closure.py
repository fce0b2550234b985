"""How far turbulent fluxes close the energy balance: ratio, regression, residual by what it may depend on."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Half hours that a day needs for its closure, as a share.
COMPLETE_DAY = 0.5


@dataclass(frozen=True)
class Closure:
    """The energy balance over all times with every term."""

    n: int
    ratio: float  #: sum of H + LE over sum of Rn - G - S [1]
    slope: float  #: of H + LE against Rn - G - S, least squares [1]
    intercept: float  #: [W m-2]
    r2: float
    residual: float  #: mean of Rn - G - S - H - LE [W m-2]

    def sentence(self, what: str) -> str:
        """Return the result in words."""
        if not self.n:
            return f"no {what} has all terms of the energy balance"
        return (
            f"over {self.n} {what}s turbulent fluxes are {100 * self.ratio:.0f} % of the available energy "
            f"(regression: {self.slope:.2f} times it {self.intercept:+.0f} W m-2, r2 {self.r2:.2f}); "
            f"{self.residual:.0f} W m-2 lack"
        )


def available_energy(rn: Array, g: Array, storages: Mapping[str, Array] | None = None) -> Array:
    """Return Rn - G - sum of storages. [W m-2]"""
    made = rn - g
    for storage in (storages or {}).values():
        made = made - storage
    return np.asarray(made)


def closure(h: Array, le: Array, available: Array) -> Closure:
    """Return ratio, regression and residual of the energy balance (Wilson et al. 2002).

    Parameters
    ----------
    h, le : (n,) array
        [W m-2]
    available : (n,) array
        Of `available_energy`. [W m-2]

    Returns
    -------
    Closure

    References
    ----------
    .. [1] Wilson et al., "Energy balance closure at FLUXNET sites", Agricultural and Forest Meteorology 113,
       2002.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> available = np.array([-40.0, 100.0, 300.0, 500.0])
    >>> found = fk.budget.closure(0.3 * available, 0.5 * available, available)
    >>> round(found.ratio, 3), round(found.slope, 3)
    (0.8, 0.8)
    """
    flux = h + le
    both = np.isfinite(flux) & np.isfinite(available)
    x, y = available[both], flux[both]
    if x.size < 2 or np.ptp(x) == 0:
        return Closure(int(x.size), *(np.nan,) * 5)
    dx, dy = x - x.mean(), y - y.mean()
    slope = float(dx @ dy / (dx @ dx))
    residual = dy - slope * dx
    return Closure(
        int(x.size),
        float(y.sum() / x.sum()),
        slope,
        float(y.mean() - slope * x.mean()),
        float(1 - residual @ residual / (dy @ dy)) if dy @ dy > 0 else np.nan,
        float((x - y).mean()),
    )


def daily_means(values: Array, day: npt.NDArray[np.int64], use: npt.NDArray[np.bool_], per_day: int) -> Array:
    """Return means over days from half hours that have all terms, NaN where fewer than half of them have.

    Parameters
    ----------
    values : (n,) array
    day : (n,) array of int
        Number of the day, 0 for the first.
    use : (n,) array of bool
        Half hours with all terms.
    per_day : int
        Of a whole day.
    """
    size = int(day.max()) + 1 if day.size else 0
    count = np.bincount(day[use], minlength=size)
    sums = np.bincount(day[use], values[use], minlength=size)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(count >= COMPLETE_DAY * per_day, sums / count, np.nan))


@dataclass(frozen=True)
class Residuals:
    """Mean residual in classes of something."""

    by: str
    classes: tuple[str, ...]
    residual: Array  #: Rn - G - S - H - LE [W m-2]
    ratio: Array  #: [1]
    n: npt.NDArray[np.int64]


def residuals_by(
    h: Array, le: Array, available: Array, classes: npt.NDArray[np.int64], names: tuple[str, ...], by: str
) -> Residuals:
    """Return residual and ratio in classes: hours, months, sectors of wind, u*.

    Parameters
    ----------
    h, le, available : (n,) array
        [W m-2]
    classes : (n,) array of int
        Class of each time, -1 for none.
    names : tuple of str
        Of classes 0, 1, ...
    by : str
        What the classes are of.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> a = np.array([100.0, 300.0, 400.0, 200.0])
    >>> found = fk.budget.residuals_by(0.5 * a, 0.3 * a, a, np.array([0, 0, 1, 1]), ("night", "day"), "hour")
    >>> found.residual.tolist(), found.n.tolist()
    ([40.0, 60.0], [2, 2])
    """
    good = np.isfinite(h + le + available) & (classes >= 0)
    k = classes[good]
    n = np.bincount(k, minlength=len(names))
    sums = np.bincount(k, available[good], minlength=len(names))
    fluxes = np.bincount(k, (h + le)[good], minlength=len(names))
    with np.errstate(invalid="ignore", divide="ignore"):
        return Residuals(by, names, (sums - fluxes) / n, fluxes / sums, n)


def sectors(wind_direction: Array, number: int = 8) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Return the sector of each wind direction, the first centred on north, and their names."""
    width = 360.0 / number
    good = np.isfinite(wind_direction)
    made = np.full(wind_direction.shape, -1)
    made[good] = np.floor(((wind_direction[good] + width / 2) % 360.0) / width).astype(np.int64) % number
    return made, tuple(f"{k * width:.0f}°" for k in range(number))


def quantile_classes(values: Array, number: int = 5) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Return classes of equal count of a variable such as u*, and their ranges."""
    good = np.isfinite(values)
    made = np.full(values.shape, -1)
    if good.sum() < number:
        return made, ()
    edges = np.quantile(values[good], np.linspace(0, 1, number + 1))
    made[good] = np.clip(np.searchsorted(edges, values[good], side="right") - 1, 0, number - 1)
    return made, tuple(f"{low:.2g} to {high:.2g}" for low, high in itertools.pairwise(edges))
