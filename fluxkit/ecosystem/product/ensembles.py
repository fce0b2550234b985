"""What the product says of the members of an ensemble: percentiles, mean, and the most representative one."""

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.product.names import PERCENTILES

Array = npt.NDArray[np.float64]

#: Fewest members of which percentiles are told.
FEWEST = 7


def ranked(values: Array, qc: Array | None, percentiles: Array) -> dict[str, tuple[Array, Array | None]]:
    """Return for 05, 16, ..., 95 the member at that rank in every record, and the quality of that member.

    Members that a record lacks (a gap that was too long for them) have no rank in it; of fewer than seven
    nothing is told.

    Parameters
    ----------
    values, qc : arrays, shape (member, n)
    percentiles : array, shape (member,)
        Of the thresholds; the rank whose percentile is nearest stands for one that is asked for.

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.product.ensembles import ranked
    >>> values = np.arange(9.0)[:, None] * np.ones(2)
    >>> values[7:, 1] = np.nan
    >>> ranked(values, None, np.linspace(2.0, 98.0, 9))["50"][0].tolist()
    [4.0, 3.0]
    """
    members = values.shape[0]
    if members < FEWEST:
        return {}
    order = np.argsort(values, axis=0, kind="stable")  # those that are missing come last
    number = np.isfinite(values).sum(axis=0)
    known = np.sort(percentiles) if np.isfinite(percentiles).all() else np.linspace(0.0, 100.0, members)
    found = {}
    for wanted in PERCENTILES:
        of_all = float(np.abs(known - wanted).argmin())
        rank = np.rint(of_all * (np.maximum(number, 1) - 1) / (members - 1)).astype(np.int64)[None]
        which = np.take_along_axis(order, rank, axis=0)
        at = [None if x is None else np.take_along_axis(x, which, axis=0)[0] for x in (values, qc)]
        x, quality = (None if a is None else np.where(number >= FEWEST, a, np.nan) for a in at)
        assert x is not None, "values are there"
        found[f"{wanted:02d}"] = (x, quality)
    return found


def mean_and_error(values: Array, good: Array | None) -> tuple[Array, Array, Array | None]:
    """Return the mean of the members that each record has, its standard error, and their mean share of good.

    NaN where fewer than seven are there.

    Parameters
    ----------
    values, good : arrays, shape (member, n)
        ``good`` is the share of measured or well filled records, by the half hour 0 or 1.
    """
    there = np.isfinite(values)
    number = there.sum(axis=0)
    enough = number >= FEWEST
    least = np.where(there, values, np.inf).min(axis=0)  # equal members have no error at all
    with np.errstate(invalid="ignore", divide="ignore"):
        above = np.where(there, values - least, 0.0).sum(axis=0) / number
        mean = np.where(enough, least + above, np.nan)
        square = np.where(there, (values - mean) ** 2, 0.0).sum(axis=0)
        error = np.sqrt(square / (number - 1) / number)
        if good is None:
            return mean, error, None
        share = np.where(enough, np.where(there, good, 0.0).sum(axis=0) / number, np.nan)
    return mean, error, share


def representative(values: Array, percentiles: Array) -> int:
    """Return the member that the others are nearest to, by the sum of model efficiencies.

    As in ONEFlux 1.3 the first percentile cannot be it, and records that any member lacks do not count; nor
    can one be it that lacks records which another has.

    References
    ----------
    .. [1] Pastorello et al., Sci. Data 7, 225, 2020, section "Reference".

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.product.ensembles import representative
    >>> x = np.sin(np.arange(100.0))
    >>> representative(np.stack([x - 3, x - 1, x, x + 1]), np.array([5.0, 35.0, 65.0, 95.0]))
    1
    """
    m = values.shape[0]
    if m == 1:
        return 0
    number = np.isfinite(values).sum(axis=1)
    fullest = number == number.max()
    x = values[:, np.isfinite(values[fullest]).all(axis=0)]
    if not number.any() or x.shape[1] < 2:
        return _middle(percentiles, fullest)
    x = x[fullest]
    spread = ((x - x.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    square = (x**2).sum(axis=1)
    apart = square[:, None] + square[None, :] - 2.0 * x @ x.T
    with np.errstate(divide="ignore", invalid="ignore"):
        efficiency = 1.0 - apart / spread[:, None]  # of every member as the model of each other one
    np.fill_diagonal(efficiency, 0.0)
    score = np.where(np.isfinite(efficiency), efficiency, -np.inf).sum(axis=0)
    first = int(np.nanargmin(percentiles)) if np.isfinite(percentiles).any() else 0
    which = np.flatnonzero(fullest)
    score[which == first] = -np.inf
    return int(which[score.argmax()]) if np.isfinite(score.max()) else _middle(percentiles, fullest)


def _middle(percentiles: Array, allowed: npt.NDArray[np.bool_]) -> int:
    away = np.abs(np.nan_to_num(percentiles, nan=50.0) - 50.0)
    return int(np.where(allowed, away, np.inf).argmin())
