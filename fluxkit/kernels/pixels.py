"""Marks as pixels: how far points cover the pixels of an image."""

import numpy as np

from fluxkit.kernels._jit import kernel

DISC, SQUARE, CROSS, RING = range(4)


@kernel
def uncovered(x, y, height, width, kind, radius, alpha):
    """Return what points at (x, y) leave uncovered of each pixel, 0 to 1, shape (height, width)."""
    if x.size != y.size:
        raise ValueError("coordinates differ in length")
    out = np.ones((height, width), dtype=np.float32)
    reach = int(np.ceil(radius + 0.5))
    for k in range(x.size):
        if not (np.isfinite(x[k]) and np.isfinite(y[k])):
            continue
        column, row = int(np.floor(x[k])), int(np.floor(y[k]))
        for i in range(max(row - reach, 0), min(row + reach + 1, height)):
            dy = abs(i + 0.5 - y[k])
            for j in range(max(column - reach, 0), min(column + reach + 1, width)):
                dx = abs(j + 0.5 - x[k])
                if kind == SQUARE:
                    share = _ramp(radius - dx) * _ramp(radius - dy)
                elif kind == CROSS:
                    one, other = (dx + dy) * np.sqrt(0.5), abs(dx - dy) * np.sqrt(0.5)
                    share = _ramp(radius - one) * _ramp(0.45 * radius - other)
                else:
                    away = np.sqrt(dx * dx + dy * dy)
                    share = _ramp(radius - away)
                    if kind == RING:
                        share *= 1.0 - _ramp(radius - 1.0 - away)
                out[i, j] *= 1.0 - alpha * share
    return out


@kernel
def _ramp(depth):
    """Return the share of a pixel whose middle lies this far inside an edge."""
    return min(max(depth + 0.5, 0.0), 1.0)
