"""Straight lines and parabolas through the points of closed chambers, many closures a call.

Times and concentrations of all closures stand one behind the other; closure k owns
``offsets[k]:offsets[k + 1]``, in order of time and finite. Every fit fills one row of results,
whose columns are named below; the slope is that at t = 0.
"""

import numpy as np

from fluxkit.kernels._jit import kernel
from fluxkit.kernels.ranks import select

# Columns of results.
N = 0  #: points
C0 = 1  #: concentration at t = 0
SLOPE = 2  #: dC/dt at t = 0
SE = 3  #: standard error of the slope, residuals independent
SE_AR1 = 4  #: the same, residuals an autoregression of order 1
RHO = 5  #: correlation of neighbouring residuals, corrected for the parameters fitted
N_EFF = 6  #: independent points that carry as much
SHAPE = 7  #: kappa, tau ... of a curve, the quadratic term of a parabola
SHAPE_SE = 8
SLOPE_LOW = 9  #: interval of the slope from the profile of the likelihood
SLOPE_HIGH = 10
SHAPE_LOW = 11
SHAPE_HIGH = 12
RSS = 13  #: residual sum of squares
TSS = 14  #: the same about the mean
MAE = 15  #: mean absolute residual
T0 = 16  #: where the slope is taken
ITERATIONS = 17
STATUS = 18  #: bits of the constants below
EXTRA = 19  #: Zhao's linear term
COLUMNS = 20

TOO_FEW = 1  #: fewer points than the fit needs: all NaN
CONSTANT = 2  #: all concentrations equal
NO_TIME = 4  #: all times equal: all NaN
AT_LOW = 8  #: the shape lies at the lower end of what was searched
AT_HIGH = 16
OPEN_LOW = 32  #: the interval reaches the lower end of what was searched
OPEN_HIGH = 64
NOT_CONVERGED = 128
NO_CROSSING = 256  #: the curve does not meet the concentration given for its start
BEFORE_START = 512  #: points before t = 0, where the curve has no meaning: all NaN


@kernel
def centred_line(t, c):
    """Mean time, mean concentration, slope and sum of squares of time about its mean."""
    n = t.size
    mt = 0.0
    mc = 0.0
    for i in range(n):
        mt += t[i]
        mc += c[i]
    mt /= n
    mc /= n
    stt = 0.0
    stc = 0.0
    for i in range(n):
        stt += (t[i] - mt) * (t[i] - mt)
        stc += (t[i] - mt) * (c[i] - mc)
    slope = stc / stt if stt > 0.0 else np.nan
    return mt, mc, slope, stt


@kernel
def median(x):
    """Median of x, which is put in disorder; compiles in a tenth of the time that numpy's takes."""
    n = x.size
    if n == 0:
        return np.nan
    upper = select(x, 0, x.size - 1, n // 2)
    if n % 2 == 1:
        return upper
    lower = x[0]
    for i in range(1, n // 2):
        lower = max(lower, x[i])
    return 0.5 * (lower + upper)


@kernel
def neighbours_correlation(t, r, parameters):
    """Correlation of residuals one sampling interval apart: (rho, sampling interval).

    Fitting p parameters takes low frequencies out of residuals; what that costs the
    correlation is given back (to first order in 1/n). Never below 0.
    """
    n = r.size
    if n < 10:
        return 0.0, 1.0
    intervals = np.empty(n - 1)
    for i in range(n - 1):
        intervals[i] = t[i + 1] - t[i]
    dt = median(intervals)
    if not dt > 0.0:
        return 0.0, 1.0
    s = 0.0
    for i in range(n):
        s += r[i] * r[i]
    lagged = 0.0
    pairs = 0
    for i in range(n - 1):
        if abs(t[i + 1] - t[i] - dt) <= 0.5 * dt:
            lagged += r[i] * r[i + 1]
            pairs += 1
    if pairs < 8 or not s > 0.0:
        return 0.0, dt
    rho = (lagged / pairs) / (s / n)
    rho = (rho * n + parameters) / (n - parameters - 2.0)
    return min(max(rho, 0.0), 0.98), dt


@kernel
def correlated_norm(t, influence, rho, dt):
    """Variance of the sum of influence times noise of variance 1 and correlation rho^(interval / dt)."""
    total = 0.0
    behind = 0.0
    log_rho = np.log(rho) if rho > 0.0 else -np.inf
    step = -1.0
    factor = 0.0
    for i in range(t.size):
        if i > 0:
            if t[i] - t[i - 1] != step:
                step = t[i] - t[i - 1]
                factor = np.exp(log_rho * step / dt) if rho > 0.0 else 0.0
            behind *= factor
        behind += influence[i]
        total += influence[i] * (2.0 * behind - influence[i])
    return total


@kernel
def judge(t, c, r, influence, parameters, row):
    """Fill in what all fits share, from residuals and the influence of each point on the slope."""
    n = t.size
    mean = 0.0
    for i in range(n):
        mean += c[i]
    mean /= n
    rss = 0.0
    tss = 0.0
    mae = 0.0
    norm = 0.0
    for i in range(n):
        rss += r[i] * r[i]
        mae += abs(r[i])
        tss += (c[i] - mean) * (c[i] - mean)
        norm += influence[i] * influence[i]
    row[N] = n
    row[RSS] = rss
    row[TSS] = tss
    row[MAE] = mae / n
    if not tss > 0.0:
        row[STATUS] = int(row[STATUS]) | CONSTANT
    rho, dt = neighbours_correlation(t, r, parameters)
    row[RHO] = rho
    row[N_EFF] = max(n * (1.0 - rho) / (1.0 + rho), parameters + 1.0)
    if n > parameters:
        row[SE] = np.sqrt(rss / (n - parameters) * norm)
        row[SE_AR1] = row[SE]
        if rho > 0.0:
            left = n - min(parameters * (1.0 + rho) / (1.0 - rho), 0.5 * n)
            row[SE_AR1] = np.sqrt(rss / left * correlated_norm(t, influence, rho, dt))


@kernel
def usable(t, needed, row):
    """Whether there are points enough, at more than one time; else the status says what is missing."""
    row[:] = np.nan
    row[STATUS] = 0.0
    row[N] = t.size
    row[T0] = 0.0
    if t.size < needed:
        row[STATUS] = TOO_FEW
        return False
    distinct = 1
    for i in range(1, t.size):
        if t[i] != t[i - 1]:
            distinct += 1
    if distinct < 2:
        row[STATUS] = NO_TIME
    elif distinct < needed:
        row[STATUS] = TOO_FEW
    return distinct >= max(needed, 2)


@kernel
def distinct_values(c, offsets, most):
    """How many different values each closure has, counted as far as `most`: (closure,)."""
    out = np.zeros(offsets.size - 1, np.int64)
    seen = np.empty(most)
    for k in range(out.size):
        m = 0
        for i in range(offsets[k], offsets[k + 1]):
            if m >= most:
                break
            known = False
            for j in range(m):
                if seen[j] == c[i]:
                    known = True
                    break
            if not known:
                seen[m] = c[i]
                m += 1
        out[k] = m
    return out


@kernel
def lines(t, c, offsets):
    """Least-squares lines: (closure, COLUMNS)."""
    out = np.empty((offsets.size - 1, COLUMNS))
    for k in range(out.shape[0]):
        x = t[offsets[k] : offsets[k + 1]]
        y = c[offsets[k] : offsets[k + 1]]
        row = out[k]
        if not usable(x, 2, row):
            continue
        # From the first value on: a constant has no rounding errors about its mean.
        base = y[0]
        y = y - base
        mt, mc, slope, stt = centred_line(x, y)
        row[SLOPE] = slope
        row[C0] = base + mc - slope * mt
        judge(x, y, (y - mc) - slope * (x - mt), (x - mt) / stt, 2, row)
    return out


@kernel
def parabolas(t, c, offsets):
    """Least-squares parabolas c = C0 + slope t + shape t^2: (closure, COLUMNS)."""
    out = np.empty((offsets.size - 1, COLUMNS))
    for k in range(out.shape[0]):
        x = t[offsets[k] : offsets[k + 1]]
        y = c[offsets[k] : offsets[k + 1]]
        row = out[k]
        if not usable(x, 3, row):
            continue
        base = y[0]
        y = y - base
        mt, mc, slope, stt = centred_line(x, y)
        d = x - mt
        # The second orthogonal polynomial: d^2 without its mean and without its part along d.
        p2 = d * d
        level = p2.mean()
        lean = np.sum(p2 * d) / stt
        p2 = p2 - level - lean * d
        s22 = np.sum(p2 * p2)
        bend = np.sum(p2 * (y - mc)) / s22
        row[SHAPE] = bend
        # d/dt of slope d + bend p2 at t = 0, where d = -mt.
        row[SLOPE] = slope - bend * (2.0 * mt + lean)
        row[C0] = base + mc - slope * mt + bend * (mt * mt - level + lean * mt)
        r = (y - mc) - slope * d - bend * p2
        judge(x, y, r, d / stt - p2 * (2.0 * mt + lean) / s22, 3, row)
        if x.size > 3:
            row[SHAPE_SE] = np.sqrt(row[RSS] / (x.size - 3) / s22)
    return out


@kernel
def _weighted_line(x, y, w):
    sw = 0.0
    mt = 0.0
    mc = 0.0
    for i in range(x.size):
        sw += w[i]
        mt += w[i] * x[i]
        mc += w[i] * y[i]
    mt /= sw
    mc /= sw
    stt = 0.0
    stc = 0.0
    for i in range(x.size):
        stt += w[i] * (x[i] - mt) * (x[i] - mt)
        stc += w[i] * (x[i] - mt) * (y[i] - mc)
    return mt, mc, stc / stt if stt > 0.0 else np.nan


@kernel
def _huber_error(x, r, scale, k, row):
    """Fill in the standard error of Huber (1981, sect. 7.6)."""
    n = x.size
    mt = x.mean()
    stt = np.sum((x - mt) * (x - mt))
    inside = 0
    squares = 0.0
    influence = np.empty(n)
    for i in range(n):
        if abs(r[i]) <= k * scale:
            inside += 1
        clipped = min(max(r[i], -k * scale), k * scale)
        squares += clipped * clipped
        influence[i] = (x[i] - mt) / stt * clipped
    share = inside / n
    variance = n / (n - 1.0) * share * (1.0 - share)
    correction = (1.0 + 2.0 * variance / (n * share * share)) / share
    row[SE] = correction * np.sqrt(squares / (n - 2) / stt)
    clipped_r = np.minimum(np.maximum(r, -k * scale), k * scale)
    rho, dt = neighbours_correlation(x, clipped_r, 2)
    row[RHO] = rho
    row[N_EFF] = max(n * (1.0 - rho) / (1.0 + rho), 3.0)
    row[SE_AR1] = row[SE]
    if rho > 0.0:
        left = n - min(2.0 * (1.0 + rho) / (1.0 - rho), 0.5 * n)
        wide = correlated_norm(x, (x - mt) / stt, rho, dt)
        row[SE_AR1] = correction * np.sqrt(squares / left * wide)


@kernel
def robust_lines(t, c, offsets, k, tolerance, most):
    """Huber's lines by reweighting, scale from the median absolute residual: (closure, COLUMNS).

    Ends when residuals change by less than tolerance (relative, root mean square).
    """
    out = np.empty((offsets.size - 1, COLUMNS))
    for j in range(out.shape[0]):
        x = t[offsets[j] : offsets[j + 1]]
        y = c[offsets[j] : offsets[j + 1]]
        row = out[j]
        if not usable(x, 3, row):
            continue
        n = x.size
        base = y[0]
        y = y - base
        mt, mc, slope, stt = centred_line(x, y)
        r = (y - mc) - slope * (x - mt)
        w = np.ones(n)
        scale = 0.0
        found = False
        for iteration in range(most):
            scale = median(np.abs(r)) / 0.6745
            row[ITERATIONS] = iteration + 1
            if not scale > 0.0:
                # More than half of the points lie on the line: no weight can be given to the rest.
                found = True
                break
            for i in range(n):
                size = abs(r[i])
                w[i] = 1.0 if size <= k * scale else k * scale / size
            mt, mc, slope = _weighted_line(x, y, w)
            change = 0.0
            before = 0.0
            for i in range(n):
                new = (y[i] - mc) - slope * (x[i] - mt)
                change += (new - r[i]) * (new - r[i])
                before += r[i] * r[i]
                r[i] = new
            if change <= tolerance * tolerance * before:
                found = True
                break
        if not found:
            row[STATUS] = int(row[STATUS]) | NOT_CONVERGED
        row[SLOPE] = slope
        row[C0] = base + mc - slope * mt
        judge(x, y, r, (x - mt) / stt, 2, row)
        if scale > 0.0:
            _huber_error(x, r, scale, k, row)
    return out


@kernel
def three_points(t, c, offsets):
    """Slope at t = 0 from the first point, halfway in time and the last: (closure, 2).

    The formula of Hutchinson & Mosier (1981). Concentration halfway is interpolated between the points
    about it. The second column is kappa. NaN where concentration does not level off.
    """
    out = np.full((offsets.size - 1, 2), np.nan)
    for k in range(out.shape[0]):
        first = offsets[k]
        last = offsets[k + 1] - 1
        if last - first < 2:
            continue
        half = 0.5 * (t[last] + t[first])
        after = first + 1
        while after < last and t[after] < half:
            after += 1
        gap = t[after] - t[after - 1]
        share = (half - t[after - 1]) / gap if gap > 0.0 else 1.0
        middle = c[after - 1] + share * (c[after] - c[after - 1])
        rise = middle - c[first]
        rest = c[last] - middle
        span = half - t[first]
        if rest != 0.0 and rise / rest > 1.0 and span > 0.0:
            kappa = np.log(rise / rest) / span
            out[k, 0] = rise * rise / (rise - rest) * kappa
            out[k, 1] = kappa
    return out
