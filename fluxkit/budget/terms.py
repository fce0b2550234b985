"""One model of uncertainty for all methods: terms with standard errors, their sums, products and draws."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

LEVEL = 0.95
DRAWS = 100_000


@dataclass(frozen=True)
class Term:
    """A carbon flux of land with its standard error, and in words what it is.

    Parameters
    ----------
    name : str
        As NEP, NPP or harvest.
    value : float
        [g C m-2 a-1], or [g C m-2] of a stock.
    standard_error : float
        Same unit; NaN where unknown, which is no zero: what is made of it has none either.
    includes : tuple of str
        What is in it: roots, soil, litter.
    lacks : tuple of str
        What is not.
    years : tuple of int
        Calendar years that it is of.
    source : str
        Where it comes from: file, method, paper.
    df : float
        Degrees of freedom behind the standard error.
    notes : tuple of str
        What was assumed.
    parts : tuple of (str, float)
        Classes of uncertainty with the standard error that each gives, where they are known.

    Examples
    --------
    >>> import fluxkit as fk
    >>> nep = fk.budget.Term("NEP", 250.0, 40.0, years=(2023,))
    >>> [round(limit, 1) for limit in nep.interval()]
    [171.6, 328.4]
    """

    name: str
    value: float
    standard_error: float = np.nan
    includes: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    source: str = ""
    df: float = np.inf
    notes: tuple[str, ...] = ()
    parts: tuple[tuple[str, float], ...] = ()

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Return limits of confidence, by Student's t where degrees of freedom are few."""
        reach = quantile(level, self.df) * self.standard_error
        return self.value - reach, self.value + reach

    def scaled(self, factor: float) -> "Term":
        """Return the term times a number that is exact."""
        return replace(
            self,
            value=factor * self.value,
            standard_error=abs(factor) * self.standard_error,
            parts=tuple((name, abs(factor) * error) for name, error in self.parts),
        )


def quantile(level: float, df: float = np.inf) -> float:
    """Return how many standard errors an interval reaches to either side."""
    from scipy import stats

    if np.isinf(df):
        return float(stats.norm.ppf(0.5 + level / 2))
    return float(stats.t.ppf(0.5 + level / 2, df)) if df > 0 else np.nan


def correlation_matrix(
    terms: Sequence[Term], correlations: Mapping[tuple[str, str], float] | None = None
) -> Array:
    """Return the correlations between the errors of terms.

    Parameters
    ----------
    terms : sequence of Term
        (n,)
    correlations : mapping, optional
        Pair of names -> correlation; what is not named is 0.

    Raises
    ------
    ValueError
        A name that no term has, or correlations that contradict one another.
    """
    names = [term.name for term in terms]
    matrix = np.eye(len(terms))
    for (one, other), value in (correlations or {}).items():
        unknown = {one, other} - set(names)
        if unknown:
            raise ValueError(f"no term is called {sorted(unknown)[0]!r}; there are {', '.join(names)}")
        i, j = names.index(one), names.index(other)
        matrix[i, j] = matrix[j, i] = value
    if np.linalg.eigvalsh(matrix).min() < -1e-9:
        raise ValueError("correlations contradict one another: no errors can have all of them")
    return matrix


def total(
    name: str,
    terms: Sequence[Term],
    weights: Sequence[float] | Array | None = None,
    correlations: Mapping[tuple[str, str], float] | Array | None = None,
    **about: Any,
) -> Term:
    """Return a sum of terms, each times a weight, with their covariances.

    The variance is w' S w with S_ij = r_ij s_i s_j (JCGM 100:2008, eq. 13); degrees of freedom follow Welch
    and Satterthwaite (ibid., eq. G.2b), which holds for independent terms and is used for all.

    Parameters
    ----------
    name : str
        Of the sum.
    terms : sequence of Term
        (n,)
    weights : sequence of float, optional
        (n,); 1 if absent.
    correlations : mapping or (n, n) array, optional
        Between the errors of the terms; independent if absent.
    **about
        Fields of the sum: includes, lacks, years, source, notes. What is absent is gathered from the terms.

    Returns
    -------
    Term

    Raises
    ------
    ValueError
        No terms.

    References
    ----------
    .. [1] JCGM 100:2008, "Guide to the expression of uncertainty in measurement".

    Examples
    --------
    >>> import fluxkit as fk
    >>> nep = fk.budget.Term("NEP", 300.0, 30.0)
    >>> harvest = fk.budget.Term("harvest", 120.0, 40.0)
    >>> necb = fk.budget.total("NECB", [nep, harvest], [1, -1])
    >>> necb.value, necb.standard_error
    (180.0, 50.0)
    """
    if not terms:
        raise ValueError(f"{name}: no terms to add")
    w = np.ones(len(terms)) if weights is None else np.asarray(weights, np.float64)
    r = correlations if isinstance(correlations, np.ndarray) else correlation_matrix(terms, correlations)
    parts = w * np.array([term.standard_error for term in terms])
    variance = float(parts @ r @ parts)
    made = Term(
        name,
        float(np.sum(w * [term.value for term in terms])),
        float(np.sqrt(max(variance, 0.0))) if np.isfinite(variance) else np.nan,
        includes=_joined(term.includes for term in terms),
        lacks=_joined(term.lacks for term in terms),
        years=tuple(sorted({year for term in terms for year in term.years})),
        source=" + ".join(dict.fromkeys(term.source for term in terms if term.source)),
        df=_freedom(parts, np.array([term.df for term in terms]), variance),
        notes=_joined(term.notes for term in terms),
    )
    return replace(made, **about)


def _freedom(parts: Array, df: Array, variance: float) -> float:
    few = np.isfinite(df) & (parts != 0)
    if not few.any() or not variance > 0:
        return np.inf
    return float(variance**2 / np.sum(parts[few] ** 4 / df[few]))


def _joined(texts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for part in texts for text in part))


def product(name: str, one: Term, other: Term, **about: Any) -> Term:
    """Return the product of two independent terms.

    The variance is exact: a2 sb2 + b2 sa2 + sa2 sb2 (Goodman 1960), also where errors are as large as
    values. The second factor may be a ratio, such as a carbon use efficiency.

    References
    ----------
    .. [1] Goodman, "On the exact variance of products", Journal of the American Statistical Association 55,
       1960.

    Examples
    --------
    >>> import fluxkit as fk
    >>> gpp, cue = fk.budget.Term("GPP", 1500.0, 100.0), fk.budget.Term("CUE", 0.46, 0.12)
    >>> npp = fk.budget.product("NPP", gpp, cue)
    >>> npp.value, round(npp.standard_error, 1)
    (690.0, 186.2)
    """
    a, b, sa, sb = one.value, other.value, one.standard_error, other.standard_error
    made = total(name, [one, other])
    variance = a**2 * sb**2 + b**2 * sa**2 + sa**2 * sb**2
    return replace(made, value=a * b, standard_error=float(np.sqrt(variance)), **about)


def dominant(terms: Mapping[str, float]) -> str:
    """Return which error is the largest, and what share of the variance is its.

    Parameters
    ----------
    terms : mapping
        Name -> standard error that it gives the result.
    """
    squares = {name: error**2 for name, error in terms.items() if np.isfinite(error)}
    if not squares or not sum(squares.values()) > 0:
        return "no error is known"
    name = max(squares, key=lambda key: squares[key])
    return (
        f"the error of {name} dominates: {100 * squares[name] / sum(squares.values()):.0f} % of the variance"
    )


@dataclass(frozen=True)
class Draws:
    """What a result is in many draws of its terms."""

    values: Array  #: (draw,)

    @property
    def mean(self) -> float:
        """Over the draws."""
        return float(self.values.mean())

    @property
    def standard_error(self) -> float:
        """Standard deviation over the draws."""
        return float(self.values.std(ddof=1))

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Return percentiles of the draws."""
        low, high = np.percentile(self.values, [50 * (1 - level), 50 * (1 + level)])
        return float(low), float(high)


def monte_carlo(
    function: Callable[..., Array],
    terms: Sequence[Term],
    correlations: Mapping[tuple[str, str], float] | None = None,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Draws:
    """Draw terms from their normal (or Student's) distributions and return a function of them.

    Parameters
    ----------
    function : callable
        Of one array (draw,) for each term.
    terms : sequence of Term
    correlations : mapping, optional
        Pair of names -> correlation of their errors.
    draws, seed : int
        Equal seeds give equal draws.

    Returns
    -------
    Draws

    References
    ----------
    .. [1] JCGM 101:2008, "Propagation of distributions using a Monte Carlo method".

    Examples
    --------
    >>> import fluxkit as fk
    >>> gpp, reco = fk.budget.Term("GPP", 1500.0, 90.0), fk.budget.Term("RECO", 1200.0, 80.0)
    >>> nep = fk.budget.monte_carlo(lambda g, r: g - r, [gpp, reco], {("GPP", "RECO"): 0.8}, seed=1)
    >>> bool(abs(nep.standard_error / (90**2 + 80**2 - 2 * 0.8 * 90 * 80) ** 0.5 - 1) < 0.02)
    True
    """
    rng = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(correlation_matrix(terms, correlations))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    z = root @ rng.standard_normal((len(terms), draws))
    made = []
    for row, term in zip(z, terms, strict=True):
        spread = row
        if np.isfinite(term.df):
            # Student's t with the same quantiles as the interval has.
            spread = row * np.sqrt(term.df / rng.chisquare(term.df, draws))
        made.append(term.value + term.standard_error * spread)
    return Draws(np.asarray(function(*made), np.float64))
