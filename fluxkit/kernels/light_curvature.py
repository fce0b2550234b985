"""Non-rectangular light response curves fitted to windows with priors.

Parameters are log beta, log alpha, k, logit of the curvature, log of the reference respiration.
"""

import numpy as np

from fluxkit.kernels import elimination
from fluxkit.kernels._jit import kernel


@kernel
def curve(p, light, dry, out):
    """Gross uptake and its derivatives to the first four parameters, into out (5,).

    theta g^2 - (s + m) g + s m = 0 with s = alpha light and m = beta exp(-k dry) (Thornley, Mathematical
    Models in Plant Physiology, 1976).
    """
    m = np.exp(p[0] - p[2] * dry)
    s = np.exp(p[1]) * light
    theta = 1.0 / (1.0 + np.exp(-p[3]))
    root = np.sqrt(max((s + m) * (s + m) - 4.0 * theta * s * m, 1e-12))
    g = 2.0 * s * m / (s + m + root)
    to_s = (1.0 - (s + m - 2.0 * theta * m) / root) / (2.0 * theta)
    to_m = (1.0 - (s + m - 2.0 * theta * s) / root) / (2.0 * theta)
    out[0] = g
    out[1] = to_m * m
    out[2] = to_s * s
    out[3] = -dry * to_m * m
    out[4] = (s * m / root - g) * (1.0 - theta)


@kernel
def curves(parameters, light, dry):
    """Gross uptake of records, one row of parameters each: (n,)."""
    out = np.empty(light.size)
    room = np.empty(5)
    for i in range(light.size):
        curve(parameters[i], light[i], dry[i], room)
        out[i] = room[0]
    return out


@kernel
def _cost(p, prior, prior_sd, light, dry, factor, nee, weight):
    total = 0.0
    room = np.empty(5)
    rref = np.exp(p[4])
    for i in range(nee.size):
        curve(p, light[i], dry[i], room)
        z = nee[i] - rref * factor[i] + room[0]
        total += weight[i] * z * z
    for j in range(5):
        z = (p[j] - prior[j]) / prior_sd[j]
        total += z * z
    return total


@kernel
def fit(prior, prior_sd, light, dry, factor, nee, weight):
    """Levenberg and Marquardt's search from the priors: (parameters (5,), covariance (5, 5), found)."""
    p = prior.copy()
    normal = np.zeros((5, 5))
    room = np.empty(5)
    by = np.empty(5)
    least = _cost(p, prior, prior_sd, light, dry, factor, nee, weight)
    damping = 1e-2
    found = False
    for _ in range(40):
        normal[:] = 0.0
        right = np.zeros(5)
        rref = np.exp(p[4])
        for i in range(nee.size):
            curve(p, light[i], dry[i], room)
            z = nee[i] - rref * factor[i] + room[0]
            for j in range(4):
                by[j] = -room[j + 1]
            by[4] = rref * factor[i]
            for j in range(5):
                right[j] += weight[i] * by[j] * z
                for k in range(j + 1):
                    normal[j, k] += weight[i] * by[j] * by[k]
        for j in range(5):
            right[j] -= (p[j] - prior[j]) / prior_sd[j] ** 2
            normal[j, j] += 1.0 / prior_sd[j] ** 2
            for k in range(j):
                normal[k, j] = normal[j, k]
        better = False
        before = least
        for _ in range(10):
            damped = normal.copy()
            for j in range(5):
                damped[j, j] *= 1.0 + damping
            inverse, _sound = elimination.inverse(damped)
            trial = p.copy()
            for j in range(5):
                step = 0.0
                for k in range(5):
                    step += inverse[j, k] * right[k]
                trial[j] += min(max(step, -1.0), 1.0)
            value = _cost(trial, prior, prior_sd, light, dry, factor, nee, weight)
            if value <= least:
                better = True
                p = trial
                least = value
                damping = max(damping * 0.2, 1e-7)
                break
            damping *= 5.0
        if not better or before - least < 1e-6 * least:
            found = True
            break
    covariance, sound = elimination.inverse(normal)
    return p, covariance, found and sound


@kernel
def windows(first, stop, rref, rref_sd, k_sd, light, dry, factor, nee, sd):
    """Fit windows: parameters (w, 5), covariances (w, 5, 5), a multiplier of uptake (w, 2), found (w,).

    rref, rref_sd: reference respiration of each window and the relative error that bounds it. The multiplier
    makes the sum over the window's records what was measured, drawn towards one as far as noise blurs that
    sum; with its standard error.
    """
    count = first.size
    parameters = np.full((count, 5), np.nan)
    covariances = np.full((count, 5, 5), np.nan)
    scale = np.full((count, 2), np.nan)
    found = np.zeros(count, dtype=np.bool_)
    room = np.empty(5)
    for w in range(count):
        a, b = first[w], stop[w]
        n = b - a
        if n < 10 or not rref[w] > 0.0:
            continue
        uptake = np.sort(rref[w] * factor[a:b] - nee[a:b])
        most = max(uptake[int(0.95 * (n - 1))], 0.5)
        prior = np.array([np.log(1.3 * most), np.log(0.08), 0.03, np.log(0.85 / 0.15), np.log(rref[w])])
        prior_sd = np.array([1.0, 0.7, k_sd, 1.0, rref_sd[w]])
        if k_sd < 1e-3:
            prior[2] = 0.0
        floor = np.sort(sd[a:b])[int(0.3 * (n - 1))]
        weight = np.empty(n)
        for i in range(n):
            weight[i] = 1.0 / max(sd[a + i], floor) ** 2
        p, covariance, good = fit(prior, prior_sd, light[a:b], dry[a:b], factor[a:b], nee[a:b], weight)
        if not good:
            continue
        modelled = 0.0
        measured = 0.0
        squares = 0.0
        for i in range(n):
            curve(p, light[a + i], dry[a + i], room)
            z = np.exp(p[4]) * factor[a + i] - nee[a + i]
            modelled += room[0]
            measured += z
            squares += (z - room[0]) ** 2
        error = np.sqrt(squares) / max(modelled, 1e-9)
        information = 1.0 / max(error, 1e-6) ** 2
        scale[w, 0] = (100.0 + information * measured / max(modelled, 1e-9)) / (100.0 + information)
        scale[w, 1] = np.sqrt(1.0 / (100.0 + information))
        parameters[w] = p
        covariances[w] = covariance
        found[w] = True
    return parameters, covariances, scale, found
