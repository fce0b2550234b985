"""Light response curves fitted by a quasi-Newton method with loose tolerance, window after window.

Parameters stand in the order k, beta, alpha, reference respiration. A window's data are light, vapour
pressure deficit, the exponent that E0 is multiplied by, uptake (-NEE) and its standard deviation.
"""

import numpy as np

from fluxkit.kernels import elimination
from fluxkit.kernels._jit import kernel

#: Step of central differences, relative fall that ends a search, steps at most.
STEP = 1e-3
TOLERANCE = 1e-3
STEPS = 100
#: Why a window has no parameters.
REASONS = (
    "",
    "fewer than 10 day records",
    "parameters out of bounds",
    "no search came to an end",
    "the curvature gives no errors",
    "no respiration at night",
    "fewer than four in five resamplings could be fitted",
)


@kernel
def _cost(p, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free):
    """Weighted squares of residuals, and of free parameters about their priors."""
    k, beta, alpha, rref = p[0], p[1], p[2], p[3]
    total = 0.0
    for i in range(light.size):
        most = beta
        if k != 0.0 and dry[i] > 10.0:
            most = beta * np.exp(-k * (dry[i] - 10.0))
        slope = alpha * light[i]
        gpp = slope * most / (slope + most) if slope + most != 0.0 else 0.0
        z = (gpp - rref * np.exp(sensitivity * x[i]) - uptake[i]) / sd[i]
        total += z * z
    for j in range(4):
        if free[j] and prior_sd[j] > 0.0:
            z = (p[j] - prior[j]) / prior_sd[j]
            total += z * z
    return total


@kernel
def _gradient(p, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free):
    out = np.zeros(4)
    q = p.copy()
    for j in range(4):
        if free[j]:
            q[j] = p[j] + STEP
            above = _cost(q, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free)
            q[j] = p[j] - STEP
            below = _cost(q, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free)
            q[j] = p[j]
            out[j] = (above - below) / (2 * STEP)
    return out


@kernel
def _hessian(p, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free):
    """Differences of gradients, made symmetric."""
    out = np.zeros((4, 4))
    q = p.copy()
    for i in range(4):
        if free[i]:
            q[i] = p[i] + STEP
            above = _gradient(q, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free)
            q[i] = p[i] - STEP
            below = _gradient(q, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free)
            q[i] = p[i]
            out[i] = (above - below) / (2 * STEP)
    return 0.5 * (out + out.T)


@kernel
def minimise(start, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free):
    """Search for the least cost; fixed parameters stay at `start`: (parameters, cost, converged).

    Variable metric method of Nash, Compact Numerical Methods for Computers (1990), algorithm 21: steps are
    cut to a fifth until the cost falls enough, and the search ends where it falls by no more than the
    tolerance.
    """
    at = np.flatnonzero(free)
    n = at.size
    b = start.copy()
    inverse = np.eye(n)
    direction = np.zeros(n)
    least = _cost(b, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free)
    if not np.isfinite(least):
        return b, least, False
    gradient = _gradient(b, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free)[at]
    steps = 1
    gradients = 1
    restarted = 1
    while True:
        if restarted == gradients:
            inverse = np.eye(n)
        before = b[at]
        gradient_before = gradient.copy()
        for i in range(n):
            direction[i] = -np.sum(inverse[i] * gradient)
        descent = np.sum(direction * gradient)
        still = 0
        if descent < 0.0:
            length = 1.0
            accepted = False
            value = least
            while still < n and not accepted:
                still = 0
                for i in range(n):
                    b[at[i]] = before[i] + length * direction[i]
                    if 10.0 + before[i] == 10.0 + b[at[i]]:
                        still += 1
                if still < n:
                    value = _cost(b, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free)
                    accepted = np.isfinite(value) and value <= least + descent * length * 1e-4
                    if not accepted:
                        length *= 0.2
            if not abs(value - least) > TOLERANCE * (abs(least) + TOLERANCE):
                still = n
                least = value
            if still < n:
                least = value
                gradient = _gradient(b, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free)[at]
                gradients += 1
                steps += 1
                moved = length * direction
                change = gradient - gradient_before
                curvature = np.sum(moved * change)
                if curvature > 0.0:
                    product = np.zeros(n)
                    for i in range(n):
                        product[i] = np.sum(inverse[i] * change)
                    ratio = 1.0 + np.sum(product * change) / curvature
                    for i in range(n):
                        for j in range(n):
                            inverse[i, j] += (
                                ratio * moved[i] * moved[j] - moved[i] * product[j] - product[i] * moved[j]
                            ) / curvature
                else:
                    restarted = gradients
            elif restarted < gradients:
                still = 0
                restarted = gradients
        else:
            still = 0
            if restarted == gradients:
                still = n
            else:
                restarted = gradients
        if steps >= STEPS:
            return b, least, False
        if gradients - restarted > 2 * n:
            restarted = gradients
        if still == n and restarted == gradients:
            return b, least, True


@kernel
def _least_squares(start, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free):
    """Levenberg and Marquardt's search for the least cost; as :func:`minimise`."""
    at = np.flatnonzero(free)
    n = at.size
    b = start.copy()
    least = _cost(b, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free)
    damping = 1e-3
    for _ in range(STEPS):
        gradient = _gradient(b, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free)[at]
        normal = _products(b, sensitivity, light, dry, x, sd, free, at)
        before = least
        better = False
        for _ in range(12):
            damped = normal.copy()
            for j in range(n):
                damped[j, j] = damped[j, j] * (1.0 + damping) + 1e-12
            inverse, _sound = elimination.inverse(damped)
            trial = b.copy()
            for j in range(n):
                trial[at[j]] -= 0.5 * np.sum(inverse[j] * gradient)
            value = _cost(trial, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free)
            if value < least:
                better = True
                b = trial
                least = value
                damping *= 0.1
                break
            damping *= 10.0
        if not better or before - least <= 1e-8 * least:
            return b, least, np.isfinite(least)
    return b, least, False


@kernel
def _products(p, sensitivity, light, dry, x, sd, free, at):
    """Sums of products of the model's derivatives, weighted: (n, n)."""
    n = at.size
    out = np.zeros((n, n))
    by = np.empty(4)
    for i in range(light.size):
        less = np.exp(-p[0] * (dry[i] - 10.0)) if dry[i] > 10.0 else 1.0
        most = p[1] * less
        slope = p[2] * light[i]
        total = slope + most
        to_most = (slope / total) ** 2 if total != 0.0 else 0.0
        by[0] = -(dry[i] - 10.0) * most * to_most if dry[i] > 10.0 else 0.0
        by[1] = less * to_most
        by[2] = light[i] * (most / total) ** 2 if total != 0.0 else 0.0
        by[3] = -np.exp(sensitivity * x[i])
        for j in range(n):
            for k in range(n):
                out[j, k] += by[at[j]] * by[at[k]] / sd[i] ** 2
    return out


@kernel
def _search(squares, start, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free):
    if squares:
        return _least_squares(start, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free)
    return minimise(start, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free)


@kernel
def _adjusted(squares, start, last_alpha, k_free, sensitivity, light, dry, x, uptake, sd, prior, prior_sd):
    """Search again with k = 0 where it is negative, and with the last alpha where it exceeds 0.22."""
    free = np.array([k_free, True, True, True])
    p, cost, good = _search(squares, start, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free)
    again = start.copy()
    if k_free and p[0] < 0.0:
        free[0] = False
        again[0] = 0.0
        p, cost, good = _search(squares, again, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free)
    if p[2] > 0.22:
        free[2] = False
        again[2] = last_alpha
        p, cost, good = _search(squares, again, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free)
        if free[0] and p[0] < 0.0:
            free[0] = False
            again[0] = 0.0
            p, cost, good = _search(
                squares, again, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, free
            )
    return p, cost, good, free


@kernel
def _quantile(ordered, share):
    at = share * (ordered.size - 1)
    low = int(np.floor(at))
    high = min(low + 1, ordered.size - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


@kernel
def reddyproc_window(
    sensitivity, rref_night, last_alpha, floor_sd, squares, by_draws, light, dry, x, uptake, sd
):
    """Fit one window: (parameters, covariance, reason, free), k of 0.05 where no air is dry."""
    prior_sd = np.zeros(4) if squares else np.array([50.0, 600.0, 10.0, 80.0])
    k_free = np.sum(dry >= 10.0) > 0
    ordered = np.sort(uptake)
    beta = abs(_quantile(ordered, 0.97) - _quantile(ordered, 0.03))
    prior = np.array([0.05, beta, 0.1, rref_night])
    if floor_sd:
        sd = np.maximum(sd, _quantile(np.sort(sd), 0.3))
    best = np.full(4, np.nan)
    best_free = np.ones(4, dtype=np.bool_)
    least = np.inf
    ended = False
    for factor in (1.0, 1.3, 0.8):
        start = prior.copy()
        start[1] = beta * factor
        p, cost, good, free = _adjusted(
            squares, start, last_alpha, k_free, sensitivity, light, dry, x, uptake, sd, prior, prior_sd
        )
        ended = ended or good
        good = good and p[2] >= 0.0 and p[3] >= 0.0 and 0.0 <= p[1] < 250.0
        if good and cost < least:
            least = cost
            best[:] = p
            best_free = free
    covariance = np.full((4, 4), np.nan)
    if not np.isfinite(least):
        return best, covariance, 2 if ended else 3, best_free
    if by_draws:
        return best, covariance, 0, best_free
    hessian = _hessian(best, sensitivity, light, dry, x, uptake, sd, prior, prior_sd, best_free)
    at = np.flatnonzero(best_free)
    if hessian[at[0], at[0]] < 1e-8:  # the first one does not matter to the cost: no error of it
        at = at[1:]
    small = np.empty((at.size, at.size))
    for i in range(at.size):
        for j in range(at.size):
            small[i, j] = hessian[at[i], at[j]]
    inverse, sound = elimination.inverse(small)
    if sound:
        for i in range(at.size):
            if inverse[i, i] < 0.0:
                sound = False
    covariance[:] = 0.0
    for i in range(at.size):
        for j in range(at.size):
            covariance[at[i], at[j]] = inverse[i, j]
    if not sound:
        return best, covariance, 4, best_free
    if best[1] > 100.0 and np.sqrt(covariance[1, 1]) >= best[1]:
        return best, covariance, 2, best_free
    return best, covariance, 0, best_free


@kernel
def reddyproc_windows(
    first, stop, sensitivity, sensitivity_sd, rref_night, floor_sd, squares,
    light, dry, x, uptake, sd, draws, normal,
):  # fmt: skip
    """Fit windows in order: parameters (w, 5), covariances (w, 5, 5), reasons (w,), free (w, 4).

    Records of all windows stand in time; dry air is NaN where unknown. A window with ten records that know it
    leaves the others out, else it does without dry air. Covariances are those of (w, b, n) draws of records,
    shares of one, and of the sensitivity (w, b); without draws they are the curvature's. The fifth parameter
    is the sensitivity.
    """
    windows = first.size
    parameters = np.full((windows, 5), np.nan)
    covariances = np.full((windows, 5, 5), np.nan)
    reasons = np.zeros(windows, dtype=np.int64)
    frees = np.ones((windows, 4), dtype=np.bool_)
    last_alpha = 0.22
    for w in range(windows):
        at = np.arange(first[w], stop[w])
        known = at[~np.isnan(dry[at])]
        if known.size >= 10:
            at = known
        if at.size < 10:
            reasons[w] = 1
            continue
        if np.isnan(rref_night[w]) or np.isnan(sensitivity[w]):
            reasons[w] = 5
            continue
        air = dry[at]
        if known.size < 10:
            air = np.zeros(at.size)
        by_draws = draws.shape[1] > 0
        p, covariance, reason, free = reddyproc_window(
            sensitivity[w],
            rref_night[w],
            last_alpha,
            floor_sd,
            squares,
            by_draws,
            light[at],
            air,
            x[at],
            uptake[at],
            sd[at],
        )
        frees[w] = free
        reasons[w] = reason
        if reason != 0:
            continue
        covariances[w] = 0.0
        covariances[w, :4, :4] = covariance
        covariances[w, 4, 4] = sensitivity_sd[w] ** 2
        if by_draws:
            covariances[w], reasons[w] = _drawn(
                p, free, last_alpha, floor_sd, sensitivity[w], sensitivity_sd[w], rref_night[w],
                light[at], air, x[at], uptake[at], sd[at], draws[w], normal[w],
            )  # fmt: skip
            if reasons[w] != 0:
                continue
            if p[1] > 100.0 and np.sqrt(covariances[w, 1, 1]) >= p[1]:
                reasons[w] = 2
                continue
        parameters[w, :4] = p
        parameters[w, 4] = sensitivity[w]
        last_alpha = p[2]
    return parameters, covariances, reasons, frees


@kernel
def _drawn(
    p,
    free,
    last_alpha,
    floor_sd,
    sensitivity,
    sensitivity_sd,
    rref_night,
    light,
    dry,
    x,
    uptake,
    sd,
    draws,
    normal,
):
    """Covariance of the fits to draws of the records, and why there is none: four in five must succeed."""
    prior_sd = np.array([50.0, 600.0, 10.0, 80.0])
    n = light.size
    if floor_sd:
        sd = np.maximum(sd, _quantile(np.sort(sd), 0.3))
    ordered = np.sort(uptake)
    beta = abs(_quantile(ordered, 0.97) - _quantile(ordered, 0.03))
    prior = np.array([0.05, beta, 0.1, rref_night])
    found = np.empty((draws.shape[0], 5))
    sound = 0
    for b in range(draws.shape[0]):
        at = np.empty(n, dtype=np.int64)
        for i in range(n):
            at[i] = min(int(draws[b, i] * n), n - 1)
        e = min(max(sensitivity + sensitivity_sd * normal[b], 50.0), 400.0)
        q, _, good, _ = _adjusted(
            False, p, last_alpha, free[0], e, light[at], dry[at], x[at], uptake[at], sd[at], prior, prior_sd
        )
        if good:
            found[sound, :4] = q
            found[sound, 4] = e
            sound += 1
    covariance = np.zeros((5, 5))
    if sound < 0.8 * draws.shape[0] or sound < 2:
        return covariance, 6
    for i in range(5):
        found[:sound, i] -= np.mean(found[:sound, i])
    for i in range(5):
        for j in range(5):
            covariance[i, j] = np.sum(found[:sound, i] * found[:sound, j]) / (sound - 1)
    return covariance, 0
