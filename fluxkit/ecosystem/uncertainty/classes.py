"""Three classes of uncertainty, which add up each in its own way: random, systematic, ensemble."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """One source of uncertainty of a sum.

    Parameters
    ----------
    kind : {"random", "systematic", "ensemble"}
    name : str
    sd : float
        Standard deviation of the sum.
    freedom : float
        Degrees of freedom behind it.
    """

    kind: str
    name: str
    sd: float
    freedom: float = np.inf


@dataclass
class Budget:
    """The sources of one sum.

    Examples
    --------
    >>> budget = Budget()
    >>> budget.add(Part("random", "noise", 3.0))
    >>> budget.add(Part("ensemble", "u*", 4.0, 6))
    >>> budget.sd(), budget.sd("ensemble"), round(budget.half_width(0.95), 1)
    (5.0, 4.0, 10.7)
    """

    parts: list[Part] = field(default_factory=list)

    def add(self, part: Part) -> None:
        """Take one more source; one that is not known is none."""
        if np.isfinite(part.sd):
            self.parts.append(part)

    def sd(self, kind: str | None = None) -> float:
        """Return the standard deviation of a class, or of all: sources are independent of one another."""
        return float(np.sqrt(sum(part.sd**2 for part in self.parts if kind in (None, part.kind))))

    def half_width(self, coverage: float) -> float:
        """Return the half width of the interval.

        Of Student's distribution, its degrees of freedom by Welch and Satterthwaite (JCGM 100:2008,
        G.4.1): a spread of few members or few artificial gaps is itself uncertain.
        """
        from scipy.stats import t

        total = self.sd()
        if total == 0.0:
            return 0.0
        inverse = sum(part.sd**4 / part.freedom for part in self.parts)
        freedom = total**4 / inverse if inverse > 0.0 else np.inf
        return float(t.ppf(0.5 + coverage / 2.0, max(freedom, 1.0)) * total)


def weighted_spread(sums: Array, weights: Array) -> float:
    """Return the standard deviation over members of what each has summed first, NaN of fewer than two.

    Parameters
    ----------
    sums, weights : (m,) array
        Members with NaN do not count.
    """
    there = np.isfinite(sums) & (weights > 0)
    if there.sum() < 2:
        return np.nan
    x, w = sums[there], weights[there] / weights[there].sum()
    mean = float(np.sum(w * x))
    return float(np.sqrt(np.sum(w * (x - mean) ** 2) / (1.0 - np.sum(w**2))))


def spread_of_halves(first: Array, second: Array) -> float:
    """Return the standard deviation of a statistic from pairs of halves of its data.

    Each half varies twice as much as the whole, and the two of a pair are independent: Var = mean((a -
    b)^2) / 4.

    References
    ----------
    .. [1] McCarthy, Rev. Int. Stat. Inst. 37, 239-264, 1969.

    Examples
    --------
    >>> import numpy as np
    >>> data = np.random.default_rng(0).normal(0.0, 10.0, (200, 1000))
    >>> halves = data[:, :500].mean(axis=1), data[:, 500:].mean(axis=1)
    >>> round(spread_of_halves(*halves), 2)  # 10 / sqrt(1000) = 0.32, of 200 pairs
    0.31
    """
    apart = (first - second)[np.isfinite(first - second)]
    return float(np.sqrt(np.mean(apart**2) / 4.0)) if apart.size else np.nan


def masses(percentiles: Array) -> Array:
    """Return what share of a distribution each percentile stands for: up to half way to the next.

    Examples
    --------
    >>> import numpy as np
    >>> masses(np.array([5.0, 50.0, 95.0])).tolist()
    [0.275, 0.45, 0.275]
    """
    order = np.argsort(percentiles)
    edges = np.concatenate([[0.0], np.diff(percentiles[order]) / 2.0 + percentiles[order][:-1], [100.0]])
    out = np.empty(percentiles.size)
    out[order] = np.diff(edges) / 100.0
    return out
