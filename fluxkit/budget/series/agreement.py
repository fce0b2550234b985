"""A model or satellite beside the tower: bias and slope by period, and its correction by regression."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fluxkit.budget.series.series import CarbonSeries, PeriodMeans, period_means
from fluxkit.budget.terms import Term, quantile

Array = npt.NDArray[np.float64]

#: Fewer pairs make no regression.
FEWEST = 3


@dataclass(frozen=True)
class Line:
    """A straight line by least squares, its errors widened for residuals that follow one another."""

    slope: float
    intercept: float  #: at x = 0
    slope_se: float
    intercept_se: float
    covariance: float  #: of slope and intercept
    scatter: float  #: standard deviation of the residuals
    n: int
    effective: float  #: as many independent pairs would tell as much
    r2: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return limits of the slope."""
        reach = quantile(level, self.effective - 2) * self.slope_se
        return self.slope - reach, self.slope + reach

    def at(self, x: Array) -> Array:
        """Return the line's value."""
        return np.asarray(self.intercept + self.slope * x)

    def error_of_mean(self, x_mean: float) -> float:
        """Return the standard error of the line at a mean of x, from that of its parameters."""
        variance = self.intercept_se**2 + (x_mean * self.slope_se) ** 2 + 2 * x_mean * self.covariance
        return float(np.sqrt(max(variance, 0.0)))


@dataclass(frozen=True)
class SeriesComparison:
    """A series against the tower over the periods that both have; rates in g C m-2 d-1."""

    name: str
    variable: str
    period: str
    n: int
    bias: float  #: series minus tower
    bias_se: float
    rmse: float
    line: Line | None  #: series against tower; None with few pairs
    correction: Line | None  #: tower against series: what corrects it

    def bias_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return limits of the bias."""
        df = self.line.effective - 1 if self.line else float(self.n - 1)
        reach = quantile(level, df) * self.bias_se
        return self.bias - reach, self.bias + reach

    def sentence(self) -> str:
        """Return the result in words."""
        if self.line is None:
            return f"{self.n} {self.period}s with both {self.name} and tower are too few; {FEWEST} are needed"
        low, high = self.line.interval()
        bias = self.bias_interval()
        return (
            f"over {self.n} {self.period}s {self.name} has {self.line.slope:.2f} ({low:.2f} to {high:.2f}) "
            f"times the tower's variation and is {self.bias:+.2f} ({bias[0]:+.2f} to {bias[1]:+.2f}) "
            "g C m-2 d-1 off"
        )


def straight_line(x: Array, y: Array) -> Line:
    """Fit y = a + b x by least squares.

    Residuals of successive periods are alike. With their correlation r at one step, n pairs tell as much as
    n (1 - r) / (1 + r) independent ones (Bayley and Hammersley 1946; r below zero counts as zero), by which
    the variances are widened.

    Parameters
    ----------
    x, y : (n,) array
        In order of time, without gaps.

    References
    ----------
    .. [1] Bayley & Hammersley, "The 'effective' number of independent observations in an autocorrelated time
       series", Supplement to the Journal of the Royal Statistical Society 8, 1946.
    """
    n = x.size
    mean_x, mean_y = x.mean(), y.mean()
    ssx = float(np.sum((x - mean_x) ** 2))
    slope = float(np.sum((x - mean_x) * (y - mean_y)) / ssx)
    residual = y - mean_y - slope * (x - mean_x)
    effective = max(n * _independence(residual), 3.0) if n > 3 else float(n)
    # s2 of the residuals with the degrees of freedom that are left, then as if of so few pairs.
    variance = float(np.sum(residual**2) / max(n - 2, 1)) * n / effective
    slope_var = variance / ssx
    total = float(np.sum((y - mean_y) ** 2))
    return Line(
        slope,
        float(mean_y - slope * mean_x),
        float(np.sqrt(slope_var)),
        float(np.sqrt(variance / n + mean_x**2 * slope_var)),
        float(-mean_x * slope_var),
        float(np.sqrt(np.sum(residual**2) / max(n - 2, 1))),
        n,
        effective,
        float(1 - np.sum(residual**2) / total) if total > 0 else np.nan,
    )


def _independence(residual: Array) -> float:
    """Return (1 - r) / (1 + r) of the correlation at one step, 1 where it is none or negative."""
    spread = float(np.sum((residual - residual.mean()) ** 2))
    if residual.size < 4 or spread <= 0:
        return 1.0
    d = residual - residual.mean()
    r = float(np.clip(np.sum(d[1:] * d[:-1]) / spread, 0.0, 0.95))
    return (1 - r) / (1 + r)


def compare_series(series: CarbonSeries, tower: CarbonSeries, period: str = "month") -> SeriesComparison:
    """Compare a series with the tower's over days, months or years.

    Parameters
    ----------
    series, tower : CarbonSeries
        Of the same variable; NEE of one and NEP of the other are understood.
    period : {"day", "month", "year"}

    Returns
    -------
    SeriesComparison

    Raises
    ------
    ValueError
        The variables differ.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> begin = np.arange("2020-01-01", "2022-01-01", dtype="M8[D]")
    >>> gpp = 5 + 4 * np.sin(2 * np.pi * np.arange(begin.size) / 365.25)
    >>> tower = fk.budget.CarbonSeries("tower", "GPP", begin, begin + 1, gpp)
    >>> model = fk.budget.CarbonSeries("model", "GPP", begin, begin + 1, 1 + 0.8 * gpp)
    >>> found = fk.budget.compare_series(model, tower)
    >>> round(found.line.slope, 3), round(found.bias, 2), round(found.correction.slope, 3)
    (0.8, -0.0, 1.25)
    """
    series = in_terms_of(series, tower.variable)
    x, y = paired(period_means(series, period), period_means(tower, period))
    n = x.size
    if n < FEWEST or np.ptp(y) == 0 or np.ptp(x) == 0:
        bias = float(np.mean(x - y)) if n else np.nan
        return SeriesComparison(series.name, tower.variable, period, n, bias, np.nan, np.nan, None, None)
    line, correction = straight_line(y, x), straight_line(x, y)
    difference = x - y
    effective = max(n * _independence(difference), 2.0)
    return SeriesComparison(
        series.name,
        tower.variable,
        period,
        n,
        float(difference.mean()),
        float(difference.std(ddof=1) / np.sqrt(effective)),
        float(np.sqrt(np.mean(difference**2))),
        line,
        correction,
    )


def in_terms_of(series: CarbonSeries, variable: str) -> CarbonSeries:
    """Return a series as another variable that says the same: NEP = -NEE.

    Raises
    ------
    ValueError
        They are different things.
    """
    if series.variable == variable:
        return series
    if {series.variable, variable} == {"NEE", "NEP"}:
        return replace(series, variable=variable, rate=-series.rate)
    raise ValueError(f"{series.name} is {series.variable}, which cannot be compared with {variable}")


def paired(one: PeriodMeans, other: PeriodMeans) -> tuple[Array, Array]:
    """Return the rates of the periods that both have."""
    _, i, j = np.intersect1d(one.begin, other.begin, return_indices=True)
    x, y = one.rate[i], other.rate[j]
    both = np.isfinite(x) & np.isfinite(y)
    return x[both], y[both]


@dataclass(frozen=True)
class CorrectedSeries:
    """A longer series as the tower would have seen it."""

    means: PeriodMeans  #: corrected
    line: Line
    years: dict[int, Term]  #: annual sums [g C m-2 a-1]
    beyond: float  #: share of the periods whose value lies outside of those that the line was fitted to [1]


def correct_series(
    series: CarbonSeries, tower: CarbonSeries, period: str = "month", *, name: str = ""
) -> CorrectedSeries:
    """Correct a longer series by the regression of the tower on it.

    The tower's rate is the line's value at that of the series, y = a + b x. The error of a year is that of
    the line at the year's mean and the residuals' scatter over its periods; errors of the line are common to
    all years.

    Parameters
    ----------
    series, tower : CarbonSeries
    period : {"day", "month", "year"}
    name : str
        Of the terms; default: the variable.

    Returns
    -------
    CorrectedSeries

    Raises
    ------
    ValueError
        Too few periods have both.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> begin = np.arange("2015-01-01", "2022-01-01", dtype="M8[D]")
    >>> gpp = 5 + 4 * np.sin(2 * np.pi * np.arange(begin.size) / 365.25)
    >>> late = begin >= np.datetime64("2020-01-01")
    >>> tower = fk.budget.CarbonSeries("tower", "GPP", begin[late], begin[late] + 1, gpp[late])
    >>> satellite = fk.budget.CarbonSeries("satellite", "GPP", begin, begin + 1, 0.6 * gpp)
    >>> found = fk.budget.correct_series(satellite, tower)
    >>> abs(found.years[2015].value - gpp[:365].sum()) < 0.1
    np.True_
    """
    series = in_terms_of(series, tower.variable)
    means, of_tower = period_means(series, period), period_means(tower, period)
    x, y = paired(means, of_tower)
    if x.size < FEWEST or np.ptp(x) == 0:
        raise ValueError(f"{x.size} {period}s with both {series.name} and tower are too few to correct it by")
    line = straight_line(x, y)
    corrected = replace(means, rate=line.at(means.rate))
    there = np.isfinite(means.rate)
    beyond = float(np.mean((means.rate[there] < x.min()) | (means.rate[there] > x.max())))
    years = {}
    all_years = means.begin.astype("M8[Y]").astype(np.int64) + 1970
    for year in np.unique(all_years).tolist():
        mine = (all_years == year) & there
        days = int((np.datetime64(f"{year + 1}-01-01") - np.datetime64(f"{year}-01-01")).astype(np.int64))
        if means.days[mine].sum() < 0.9 * days:
            continue
        weights = means.days[mine] / means.days[mine].sum()
        x_mean = float(weights @ means.rate[mine])
        scatter = line.scatter * np.sqrt(np.sum(weights**2) * line.n / line.effective)
        error = float(np.hypot(line.error_of_mean(x_mean), scatter)) * days
        years[year] = Term(
            name or tower.variable,
            float(line.at(np.array(x_mean))) * days,
            error,
            includes=(f"{series.name} corrected by the tower",),
            years=(year,),
            source=series.name,
            df=line.effective - 2,
        )
    return CorrectedSeries(corrected, line, years, beyond)


def pixel_share(x: Array, y: Array, density: Array, centre: tuple[float, float], size: float) -> float:
    """Return the share of a footprint that lies within a square pixel.

    Parameters
    ----------
    x, y : (nx,), (ny,) array
        Centres of the footprint's cells east and north of the tower, evenly spaced. [m]
    density : (ny, nx) array
        Footprint. [m-2]
    centre : (float, float)
        Of the pixel, east and north of the tower. [m]
    size : float
        Side of the pixel. [m]

    Returns
    -------
    float
        Of the whole flux: what the footprint's map does not hold is not in the pixel.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> x = np.arange(-100.0, 101.0, 10.0)
    >>> even = np.full((21, 21), 1 / 210.0**2)
    >>> round(fk.budget.pixel_share(x, x, even, (0.0, 0.0), 105.0), 3)
    0.25
    """
    dx, dy = float(np.diff(x).mean()), float(np.diff(y).mean())
    within = [
        np.clip(
            np.minimum(axis + step / 2, at + size / 2) - np.maximum(axis - step / 2, at - size / 2), 0.0, None
        )
        for axis, step, at in ((x, dx, centre[0]), (y, dy, centre[1]))
    ]
    return float(within[1] @ np.nan_to_num(density) @ within[0])
