"""What the product says of the members of an ensemble: percentiles, mean, and the most representative one."""

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.product.names import PERCENTILES

Array = npt.NDArray[np.float64]

#: Fewest members of which percentiles are told.
FEWEST = 7


def ranked(values: Array, qc: Array | None, percentiles: Array) -> dict[str, tuple[Array, Array | None]]:
    """Return for 05, 16, ..., 95 the member at that rank in every record, and the quality of that member.

    Parameters
    ----------
    values, qc : arrays, shape (member, n)
    percentiles : array, shape (member,)
        Of the thresholds; the rank whose percentile is nearest stands for one that is asked for.
    """
    if values.shape[0] < FEWEST:
        return {}
    order = np.argsort(values, axis=0, kind="stable")
    known = np.sort(percentiles) if np.isfinite(percentiles).all() else np.linspace(0.0, 100.0, len(values))
    found = {}
    for wanted in PERCENTILES:
        rank = order[int(np.abs(known - wanted).argmin())][None]
        at = [None if x is None else np.take_along_axis(x, rank, axis=0)[0] for x in (values, qc)]
        assert at[0] is not None, "values are there"
        found[f"{wanted:02d}"] = (at[0], at[1])
    return found


def representative(values: Array, percentiles: Array) -> int:
    """Return the member that the others are nearest to, by the sum of model efficiencies.

    As in ONEFlux 1.3 the first percentile cannot be it, and records that any member lacks do not count.

    References
    ----------
    .. [1] Pastorello et al., Sci. Data 7, 225, 2020, section "Reference".

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.product.ensembles import representative
    >>> x = np.sin(np.arange(100.0))
    >>> representative(np.stack([x - 3, x - 1, x, x + 1]), np.array([5.0, 35.0, 65.0, 95.0]))
    2
    """
    m = values.shape[0]
    if m == 1:
        return 0
    there = np.isfinite(values).all(axis=0)
    x = values[:, there]
    if not x.shape[1]:
        return _middle(percentiles)
    spread = ((x - x.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    square = (x**2).sum(axis=1)
    apart = square[:, None] + square[None, :] - 2.0 * x @ x.T
    with np.errstate(divide="ignore", invalid="ignore"):
        efficiency = 1.0 - apart / spread[:, None]  # of every member as the model of each other one
    np.fill_diagonal(efficiency, 0.0)
    score = np.where(np.isfinite(efficiency), efficiency, -np.inf).sum(axis=0)
    first = int(np.nanargmin(percentiles)) if np.isfinite(percentiles).any() else 0
    score[first] = -np.inf
    return int(score.argmax()) if np.isfinite(score.max()) else _middle(percentiles)


def _middle(percentiles: Array) -> int:
    return int(np.abs(np.nan_to_num(percentiles, nan=50.0) - 50.0).argmin())
