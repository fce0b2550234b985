"""Local regression on a regular grid with gaps."""

import numpy as np

from fluxkit.kernels._jit import kernel


@kernel
def _fit(y, weight, i, half, straight):
    """Value at i of a local mean or line of its neighbours, tricube weights; NaN where they have none."""
    first = max(0, i - half)
    last = min(y.size - 1, i + half)
    s0 = 0.0
    s1 = 0.0
    s2 = 0.0
    sy = 0.0
    sy1 = 0.0
    for j in range(first, last + 1):
        if j == i or np.isnan(y[j]) or weight[j] <= 0.0:
            continue
        t = float(j - i)
        u = abs(t) / (half + 1.0)
        c = 1.0 - u * u * u
        c = c * c * c * weight[j]
        s0 += c
        s1 += c * t
        s2 += c * t * t
        sy += c * y[j]
        sy1 += c * t * y[j]
    if s0 <= 1e-9:
        return np.nan
    if straight:
        determinant = s0 * s2 - s1 * s1
        if determinant > 1e-6 * s0 * s0:
            return (s2 * sy - s1 * sy1) / determinant
    return sy / s0


@kernel
def loess(y, weight, half, straight):
    """Smooth y by local means (or lines) over `half` steps either way; a window without data is widened.

    A value takes no part in its own estimate: what it leaves is comparable whether it is an outlier, which
    has no weight, or not.
    """
    if weight.size != y.size:
        raise ValueError("series differ in length")
    n = y.size
    out = np.empty(n)
    for i in range(n):
        reach = half
        out[i] = _fit(y, weight, i, reach, straight)
        while np.isnan(out[i]) and reach < n:
            reach = max(2 * reach, 1)
            out[i] = _fit(y, weight, i, reach, False)
    return out
