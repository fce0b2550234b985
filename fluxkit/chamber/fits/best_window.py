"""The straightest part of each closure: the window, of all that are long enough, that a line fits best.

A way to find windows that the eye would choose too, for closures that were disturbed at either end. It takes
straightness for truth: where the soil's gas saturates the chamber it leaves the steep beginning out, which is
where the flux is, and it finds a straight part in noise as well. Compare with the plateau search before use.
"""

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.closures.batch import Batch

Array = npt.NDArray[np.float64]

FEWEST = 3


def best_linear_windows(
    batch: Batch, begin: Array, end: Array, *, share: float = 0.5
) -> tuple[Array, Array, Array]:
    """Find the window of the largest r2 of a line in each closure.

    Parameters
    ----------
    batch : Batch
        Readings since closing, in the order of time.
    begin, end : ndarray, shape (closure,)
        Windows lie within these. [s]
    share : float
        Shortest window, in points of those between begin and end. [1]

    Returns
    -------
    begin, end : ndarray, shape (closure,)
        Times of the first and the last point; as given where there are too few points or nothing changes. [s]
    r2 : ndarray, shape (closure,)
        Of the line in it, NaN where none was found.

    References
    ----------
    .. [1] Jurasinski et al., "flux: flux rate calculation from dynamic closed chamber measurements", CRAN.
    """
    first, last = np.array(begin, np.float64), np.array(end, np.float64)
    r2 = np.full(len(batch), np.nan)
    for k in range(len(batch)):
        t, c = batch.part(k)
        inside = np.isfinite(c) & (t >= begin[k]) & (t <= end[k])
        found = straightest(t[inside], c[inside], share=share)
        if found is not None:
            i, j, r2[k] = found
            first[k], last[k] = t[inside][i], t[inside][j - 1]
    return first, last, r2


def straightest(t: Array, c: Array, *, share: float) -> tuple[int, int, float] | None:
    """Return begin, end (not included) and r2 of the straightest window of one closure, None if none is.

    Parameters
    ----------
    t : ndarray, shape (n,)
        [s]
    c : ndarray, shape (n,)
        Without gaps.
    share : float
        Least share of the points.
    """
    n = t.size
    least = max(FEWEST, int(np.ceil(share * n)))
    if n < least or n < FEWEST:
        return None
    i, j = np.triu_indices(n - least + 1)
    j = j + least
    # Centred and scaled, so that running sums lose nothing.
    x, y = t - t.mean(), c - c.mean()
    height = float(np.abs(y).max())
    if height == 0 or np.ptp(t) == 0:
        return None
    y = y / height
    sums = np.zeros((5, n + 1))
    np.cumsum([x, y, x * x, x * y, y * y], axis=1, out=sums[:, 1:])
    sx, sy, sxx, sxy, syy = sums[:, j] - sums[:, i]
    m = (j - i).astype(np.float64)
    vxx, vxy, vyy = sxx - sx * sx / m, sxy - sx * sy / m, syy - sy * sy / m
    usable = (vxx > 0) & (vyy > 1e-12 * m)
    r2 = np.where(usable, vxy**2 / np.where(usable, vxx * vyy, 1.0), -1.0)
    best = int(np.argmax(r2))
    return (int(i[best]), int(j[best]), float(min(r2[best], 1.0))) if usable[best] else None
