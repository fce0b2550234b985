"""Stocks of a site from plots, and their change between two inventories."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fluxkit.budget.terms import Term

Array = npt.NDArray[np.float64]
Names = npt.NDArray[np.str_]


@dataclass(frozen=True)
class PlotStocks:
    """Carbon of plots in one inventory.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> carbon, area = np.array([60.0, 90.0]), np.array([0.1, 0.2])
    >>> plots = fk.budget.PlotStocks(np.array(["a", "b"]), carbon, area, 2015.5)
    >>> plots.mean()
    80.0
    """

    plot: Names  #: (n,)
    carbon: Array  #: (n,) [Mg C ha-1]
    area: Array  #: (n,) [ha]
    year: float  #: when it was made, with its fraction: mean over the plots

    def weights(self) -> Array:
        """Return the share of each plot in the mean: that of its area."""
        return np.asarray(self.area / self.area.sum())

    def mean(self) -> float:
        """Carbon of all plots together by their area. [Mg C ha-1]"""
        return float(self.weights() @ self.carbon)


def plot_problems(plot: Sequence[str], carbon_or_volume: Array, area: Array, what: str) -> dict[int, str]:
    """Return what is wrong with rows of a plot table: those cannot be used, the others can.

    Parameters
    ----------
    plot : sequence of str, length n
    carbon_or_volume : (n,) array
    area : (n,) array
        [ha]
    what : str
        What is measured, for the sentence.

    Returns
    -------
    dict
        Row -> sentence.
    """
    found = {}
    for row, (name, value, size) in enumerate(zip(plot, carbon_or_volume, area, strict=True)):
        if not name:
            found[row] = "no plot is named"
        elif not size > 0:
            found[row] = f"plot {name} has no area: give it in hectares, or leave the plot out"
        elif not np.isfinite(value):
            found[row] = f"plot {name} has no {what}"
        elif value < 0:
            found[row] = f"plot {name} has a negative {what} ({value:g})"
    return found


def stock(plots: PlotStocks, *, name: str = "stock", coefficient_error: float = 0.0) -> Term:
    """Return the mean stock with its standard error.

    The variance is that of a ratio of carbon to area, for plots of unequal
    size (Cochran 1977, ch. 6); for plots of equal area it is s2 / n.

    Parameters
    ----------
    plots : PlotStocks
    name : str
    coefficient_error : float
        Relative standard error of the coefficients, common to all plots.

    Returns
    -------
    Term
        [g C m-2]; one plot alone has an unknown error.

    References
    ----------
    .. [1] Cochran, "Sampling Techniques", 3rd ed., Wiley 1977.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> plots = fk.budget.PlotStocks(
    ...     np.array(["a", "b", "c"]), np.array([60.0, 66.0, 72.0]), np.full(3, 0.04), 2015.5
    ... )
    >>> found = fk.budget.stock(plots)
    >>> round(found.value, 1), round(found.standard_error, 1)
    (6600.0, 346.4)
    """
    mean = plots.mean()
    variance = _covariance(plots, plots)
    n = plots.plot.size
    error = float(np.sqrt(variance + (coefficient_error * mean) ** 2)) if n > 1 else np.nan
    return Term(
        name, 100.0 * mean, 100.0 * error, years=(int(plots.year),), df=float(max(n - 1, 0)) or np.nan
    )


def _covariance(one: PlotStocks, other: PlotStocks) -> float:
    """Return the covariance of two means over plots; plots of one alone add nothing."""
    shared, i, j = np.intersect1d(one.plot, other.plot, return_indices=True)
    n = shared.size
    if n < 2:
        return 0.0
    a = one.weights()[i] * (one.carbon[i] - one.mean())
    b = other.weights()[j] * (other.carbon[j] - other.mean())
    return float(n / (n - 1) * (a @ b))


@dataclass(frozen=True)
class StockChange:
    """What happened to a stock between two inventories."""

    change: Term  #: positive: carbon was gained [g C m-2 a-1]
    first: Term  #: [g C m-2]
    second: Term
    correlation: float  #: between the two means
    repeated: int  #: plots that both inventories have
    years: float  #: between them


def stock_change(
    first: PlotStocks, second: PlotStocks, *, name: str = "stock change", coefficient_error: float = 0.0
) -> StockChange:
    """Return the change of a stock by the year, with the covariance of plots that were measured twice.

    Var(change) = Var(first) + Var(second) - 2 Cov(first, second), the covariance over repeated plots; if all
    are repeated and equally large this is the variance of the mean of their differences. An error of the
    coefficients is common to both inventories and acts on their difference only.

    Parameters
    ----------
    first, second : PlotStocks
        In order of time.
    name : str
        Of the change.
    coefficient_error : float
        Relative standard error of the coefficients.

    Returns
    -------
    StockChange

    Raises
    ------
    ValueError
        The second inventory is not later than the first, or there are no plots.

    References
    ----------
    .. [1] IPCC 2006, "Guidelines for National Greenhouse Gas Inventories", vol. 4, eq. 2.5: stock-difference.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> plot, area = np.array(["a", "b", "c", "d"]), np.full(4, 0.04)
    >>> before = fk.budget.PlotStocks(plot, np.array([60.0, 66.0, 72.0, 50.0]), area, 2010.5)
    >>> after = fk.budget.PlotStocks(plot, np.array([71.0, 75.0, 83.0, 59.0]), area, 2015.5)
    >>> found = fk.budget.stock_change(before, after)
    >>> found.change.value, round(found.change.standard_error, 2)
    (200.0, 11.55)
    """
    years = second.year - first.year
    if not years > 0:
        raise ValueError(
            f"{name}: inventories of {first.year:g} and {second.year:g} are not in order of time"
        )
    if not first.plot.size or not second.plot.size:
        raise ValueError(f"{name}: an inventory has no plot that can be used")
    before, after = (stock(plots, name=name) for plots in (first, second))
    difference = (second.mean() - first.mean()) / years
    covariance = _covariance(first, second)
    v1, v2 = (term.standard_error**2 / 1e4 for term in (before, after))
    variance = max(v1 + v2 - 2 * covariance, 0.0) / years**2 + (coefficient_error * difference) ** 2
    repeated = int(np.intersect1d(first.plot, second.plot).size)
    notes = () if repeated else ("no plot was measured twice: the error is that of two samples",)
    change = Term(
        name,
        100.0 * difference,
        float(100.0 * np.sqrt(variance)),
        years=(int(first.year), int(second.year)),
        df=float(max(min(first.plot.size, second.plot.size) - 1, 0)) or np.nan,
        notes=notes,
    )
    correlation = covariance / np.sqrt(v1 * v2) if v1 * v2 > 0 else np.nan
    told = replace(change, notes=(*notes, _apart(first, second, repeated)))
    return StockChange(told, before, after, float(correlation), repeated, years)


def _apart(first: PlotStocks, second: PlotStocks, repeated: int) -> str:
    lost, new = first.plot.size - repeated, second.plot.size - repeated
    return f"{repeated} plots measured twice, {lost} only before, {new} only after"
