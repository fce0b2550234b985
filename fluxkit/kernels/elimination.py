"""Small systems of linear equations."""

import numpy as np

from fluxkit.kernels._jit import kernel


@kernel
def inverse(matrix):
    """Of a small matrix by elimination with pivots, and whether there is one."""
    n = matrix.shape[0]
    a = matrix.copy()
    out = np.eye(n)
    for c in range(n):
        pivot = c
        for r in range(c + 1, n):
            if abs(a[r, c]) > abs(a[pivot, c]):
                pivot = r
        if not abs(a[pivot, c]) > 1e-300:
            return out, False
        for j in range(n):
            a[c, j], a[pivot, j] = a[pivot, j], a[c, j]
            out[c, j], out[pivot, j] = out[pivot, j], out[c, j]
        scale = a[c, c]
        for j in range(n):
            a[c, j] /= scale
            out[c, j] /= scale
        for r in range(n):
            if r != c:
                factor = a[r, c]
                for j in range(n):
                    a[r, j] -= factor * a[c, j]
                    out[r, j] -= factor * out[c, j]
    return out, True
