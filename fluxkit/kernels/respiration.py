"""Lloyd and Taylor's respiration fitted to the records of windows."""

import numpy as np

from fluxkit.kernels import elimination
from fluxkit.kernels._jit import kernel

#: Columns of a fit.
FIT = ("n", "reference", "sensitivity", "reference_error", "sensitivity_error")


@kernel
def gauss_newton(x, y, weight, start_reference, start_sensitivity, iterations):
    """Fit y = a exp(b x) by Gauss-Newton steps, halved until the weighted sum of squares falls: (5,) as FIT.

    NaN where it does not converge: relative offset 1e-5 (Bates and Watts, Nonlinear Regression Analysis,
    1988).
    """
    out = np.full(5, np.nan)
    n = x.size
    out[0] = n
    if n < 3:
        return out
    a = start_reference
    b = start_sensitivity
    residual = _residuals(x, y, weight, a, b)
    squares = np.sum(residual * residual)
    fraction = 1.0
    for _ in range(iterations):
        aa = 0.0
        ab = 0.0
        bb = 0.0
        ar = 0.0
        br = 0.0
        for i in range(n):
            root = np.sqrt(weight[i])
            da = root * np.exp(b * x[i])
            db = a * x[i] * da
            aa += da * da
            ab += da * db
            bb += db * db
            ar += da * residual[i]
            br += db * residual[i]
        determinant = aa * bb - ab * ab
        if not determinant > 1e-12 * aa * bb:
            return out
        step_a = (bb * ar - ab * br) / determinant
        step_b = (aa * br - ab * ar) / determinant
        explained = step_a * ar + step_b * br
        if explained <= 1e-10 * max(squares - explained, 0.0) or explained <= 1e-24 * np.sum(weight * y * y):
            variance = squares / (n - 2)
            out[1] = a
            out[2] = b
            out[3] = np.sqrt(variance * bb / determinant)
            out[4] = np.sqrt(variance * aa / determinant)
            return out
        fraction = min(2.0 * fraction, 1.0)
        while True:
            trial = _residuals(x, y, weight, a + fraction * step_a, b + fraction * step_b)
            trial_squares = np.sum(trial * trial)
            if trial_squares <= squares:
                break
            fraction *= 0.5
            if fraction < 1.0 / 1024.0:
                return out
        a += fraction * step_a
        b += fraction * step_b
        residual = trial
        squares = trial_squares
    return out


@kernel
def _residuals(x, y, weight, a, b):
    out = np.empty(x.size)
    for i in range(x.size):
        out[i] = np.sqrt(weight[i]) * (y[i] - a * np.exp(b * x[i]))
    return out


@kernel
def _quantile(ordered, share):
    """Of ordered numbers, linear between them (R's type 7)."""
    at = share * (ordered.size - 1)
    low = int(np.floor(at))
    high = min(low + 1, ordered.size - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


@kernel
def trimmed_windows(x, y, first, stop, start_reference, start_sensitivity, trim, by_size, enough):
    """Fit each window, then again without residuals outside the quantiles trim and 1 - trim: (windows, 2, 5).

    x, y: records of all windows in time; first, stop: of each window; by_size: leave out the largest
    residuals of either sign instead. A window of fewer than `enough` records is NaN.
    """
    out = np.full((first.size, 2, 5), np.nan)
    weight = np.ones(x.size)
    for k in range(first.size):
        xs = x[first[k] : stop[k]]
        ys = y[first[k] : stop[k]]
        ws = weight[first[k] : stop[k]]
        out[k, :, 0] = xs.size
        if xs.size < enough:
            continue
        out[k, 0] = gauss_newton(xs, ys, ws, start_reference, start_sensitivity, 50)
        a = out[k, 0, 1]
        b = out[k, 0, 2]
        if np.isnan(a):
            continue
        residual = _residuals(xs, ys, ws, a, b)
        if by_size:
            residual = np.abs(residual)
        ordered = np.sort(residual)
        low = 0.0 if by_size else _quantile(ordered, trim)
        high = _quantile(ordered, 1.0 - trim)
        kept = (residual >= low) & (residual <= high)
        out[k, 1] = gauss_newton(xs[kept], ys[kept], ws[kept], a, b, 50)
    return out


@kernel
def trend_windows(x, day, y, first, stop):
    """Fit y = exp(a + b x + c day) to each window: b and its standard error, NaN where none: (windows, 2)."""
    out = np.full((first.size, 2), np.nan)
    for w in range(first.size):
        out[w] = _trend(x[first[w] : stop[w]], day[first[w] : stop[w]], y[first[w] : stop[w]])
    return out


@kernel
def _trend(x, day, y):
    """Damped Gauss-Newton from a sensitivity of 100 K."""
    found = np.full(2, np.nan)
    n = y.size
    mean = np.mean(y)
    if n < 10 or mean <= 0.0:
        return found
    middle = np.mean(day)
    p = np.array([np.log(mean), 100.0, 0.0])
    squares = _trend_squares(p, x, day, y, middle)
    for _ in range(40):
        normal = np.zeros((3, 3))
        right = np.zeros(3)
        for i in range(n):
            t = day[i] - middle
            f = np.exp(min(p[0] + p[1] * x[i] + p[2] * t, 6.0))
            by = (f, f * x[i], f * t)
            for j in range(3):
                right[j] += by[j] * (y[i] - f)
                for k in range(3):
                    normal[j, k] += by[j] * by[k]
        inverse, sound = elimination.inverse(normal)
        if not sound:
            return found
        step = np.zeros(3)
        for j in range(3):
            for k in range(3):
                step[j] += inverse[j, k] * right[k]
        share = min(1.0, 200.0 / max(abs(step[1]), 1e-9))
        trial = squares
        for _ in range(12):
            trial = _trend_squares(p + share * step, x, day, y, middle)
            if trial <= squares:
                break
            share *= 0.5
        if trial > squares:
            return found
        p += share * step
        squares = trial
        if abs(share * step[1]) < 0.05 and share == 1.0:
            found[0] = p[1]
            found[1] = np.sqrt(inverse[1, 1] * squares / (n - 3))
            return found
    return found


@kernel
def _trend_squares(p, x, day, y, middle):
    total = 0.0
    for i in range(y.size):
        z = y[i] - np.exp(min(p[0] + p[1] * x[i] + p[2] * (day[i] - middle), 6.0))
        total += z * z
    return total
