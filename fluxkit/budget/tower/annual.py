"""Annual sums of a tower as terms: NEE, NEP, GPP and Reco by year, and their means over years."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fluxkit.budget.terms import Term, quantile, total

Array = npt.NDArray[np.float64]

INCLUDES = ("all CO2 exchange of the footprint: leaves, stems, roots, litter, soil, understory",)
LACKS = ("lateral losses (harvest, fire's smoke, dissolved carbon), CH4",)
#: Class of uncertainty whose error is new in each year; those of other classes are the same in all years.
INDEPENDENT = "random"


@dataclass(frozen=True)
class AnnualSums:
    """A table of annual sums, one row for each year and variable, as ``<SITE>_annual.csv`` has it.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> one = lambda *x: np.array(x, float)
    >>> sums = fk.budget.AnnualSums(
    ...     np.array([2022]), np.array(["NEE"]), one(-250.0), one(-328.4), one(-171.6), {}
    ... )
    >>> sums.variable.tolist()
    ['NEE']
    """

    year: npt.NDArray[np.int64]  #: (n,)
    variable: npt.NDArray[np.str_]  #: (n,) NEE, GPP_NT, RECO_NT, GPP_DT, RECO_DT
    value: Array  #: (n,) [g C m-2]
    lower: Array  #: (n,) limits of 95 % [g C m-2]
    upper: Array  #: (n,)
    parts: Mapping[str, Array]  #: class of uncertainty -> (n,) standard error [g C m-2]; may be empty


def annual_terms(sums: AnnualSums, *, source: str = "tower") -> dict[str, dict[int, Term]]:
    """Return the terms of each variable and year; NEP = -NEE is added.

    Parameters
    ----------
    sums : AnnualSums
        The standard error is that of the classes where they are given, else a quarter of the interval's width
        as of a normal distribution (width / 3.92).
    source : str
        What the terms say of their origin.

    Returns
    -------
    dict
        Variable -> year -> term [g C m-2 a-1].

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> one = lambda *x: np.array(x, float)
    >>> sums = fk.budget.AnnualSums(
    ...     np.array([2022]), np.array(["NEE"]), one(-250.0), one(-328.4), one(-171.6), {}
    ... )
    >>> nep = fk.budget.annual_terms(sums)["NEP"][2022]
    >>> nep.value, round(nep.standard_error, 1)
    (250.0, 40.0)
    """
    made: dict[str, dict[int, Term]] = {}
    width = 2 * quantile(0.95)
    for k, (year, name) in enumerate(zip(sums.year.tolist(), sums.variable.tolist(), strict=True)):
        parts = tuple((kind, float(errors[k])) for kind, errors in sums.parts.items())
        parts = tuple((kind, error) for kind, error in parts if np.isfinite(error))
        error = float(np.sqrt(sum(error**2 for _, error in parts)))
        if not parts:
            error = float((sums.upper[k] - sums.lower[k]) / width)
        made.setdefault(name, {})[year] = Term(
            name, float(sums.value[k]), error, INCLUDES, LACKS, (year,), source, parts=parts
        )
    for year, term in made.get("NEE", {}).items():
        made.setdefault("NEP", {})[year] = replace(term.scaled(-1.0), name="NEP")
    return made


def mean_of_years(terms: Mapping[int, Term], years: Sequence[int] | None = None) -> Term:
    """Return the mean of a variable over years.

    Errors of the class "random" are independent between years; all others (u* threshold, partitioning,
    instruments) act in the same way every year and do not average out. An error without classes is taken to
    be of that kind: the mean has then the mean of the errors.

    Parameters
    ----------
    terms : mapping
        Year -> term.
    years : sequence of int, optional
        Those to use; all if absent.

    Returns
    -------
    Term

    Raises
    ------
    ValueError
        None of the years is there.

    Examples
    --------
    >>> import fluxkit as fk
    >>> terms = {year: fk.budget.Term("NEP", 200.0, 30.0, years=(year,)) for year in (2020, 2021, 2022)}
    >>> fk.budget.mean_of_years(terms).standard_error
    30.0
    """
    chosen = [terms[year] for year in sorted(terms) if years is None or year in years]
    if not chosen:
        raise ValueError(f"there is no year of {', '.join(map(str, years or ()))}; there are {list(terms)}")
    n = len(chosen)
    weights = np.full(n, 1.0 / n)
    kinds = sorted({kind for term in chosen for kind, _ in term.parts})
    if not kinds or not all(term.parts for term in chosen):
        note = "its error is taken to be the same in all years: it does not average out" if n > 1 else ""
        made = total(chosen[0].name, chosen, weights, np.ones((n, n)))
        return replace(made, parts=(), notes=(*made.notes, note) if note else made.notes)
    parts = {}
    for kind in kinds:
        errors = np.array([dict(term.parts).get(kind, 0.0) for term in chosen])
        parts[kind] = float(np.sqrt(np.sum(errors**2)) / n) if kind == INDEPENDENT else float(np.mean(errors))
    made = total(chosen[0].name, chosen, weights, np.ones((n, n)))
    error = float(np.sqrt(sum(part**2 for part in parts.values())))
    return replace(made, standard_error=error, parts=tuple(parts.items()))


def missing_years(terms: Mapping[int, Term], wanted: Sequence[int]) -> list[int]:
    """Return the years that are asked for and are not there, or have no value."""
    return [year for year in wanted if year not in terms or not np.isfinite(terms[year].value)]
