"""Sums over quadrants of water vapour and carbon dioxide, for the partition of their fluxes."""

import numpy as np

from fluxkit.kernels._jit import kernel

#: Names of the sums. "ground": rising air with more of both; "plant": rising, more vapour, less CO2;
#: "strong": rising air beyond the hyperbola |q'c'| = threshold sigma_q sigma_c, "strong_ground": both.
NAMES = (
    "n", "w", "q", "c", "ww", "qq", "cc", "wq", "wc", "qc",
    "n_up", "w_up", "n_down", "w_down",
    "n_ground", "wq_ground", "wc_ground", "n_plant", "wq_plant", "wc_plant",
    "n_strong", "q_strong_ground", "c_strong_ground",
)  # fmt: skip


@kernel
def sums(w, q, c, threshold):
    """Sums over the samples that have all three; fluctuations are about their joint means: (23,)."""
    if q.size != w.size or c.size != w.size:
        raise ValueError("series differ in length")
    out = np.zeros(23)
    n = 0
    mean_w = 0.0
    mean_q = 0.0
    mean_c = 0.0
    for i in range(w.size):
        if not np.isnan(w[i] + q[i] + c[i]):
            n += 1
            mean_w += w[i]
            mean_q += q[i]
            mean_c += c[i]
    if n == 0:
        return out
    mean_w /= n
    mean_q /= n
    mean_c /= n
    out[0] = n
    out[1] = mean_w * n
    out[2] = mean_q * n
    out[3] = mean_c * n
    for i in range(w.size):
        if np.isnan(w[i] + q[i] + c[i]):
            continue
        a = w[i] - mean_w
        b = q[i] - mean_q
        d = c[i] - mean_c
        out[4] += a * a
        out[5] += b * b
        out[6] += d * d
        out[7] += a * b
        out[8] += a * d
        out[9] += b * d
    limit = threshold * np.sqrt(out[5] * out[6]) / n
    for i in range(w.size):
        if np.isnan(w[i] + q[i] + c[i]):
            continue
        a = w[i] - mean_w
        b = q[i] - mean_q
        d = c[i] - mean_c
        if a < 0.0:
            out[12] += 1.0
            out[13] += a
        if a <= 0.0:
            continue
        out[10] += 1.0
        out[11] += a
        strong = abs(b * d) > limit
        if strong:
            out[20] += 1.0
        if b <= 0.0:
            continue
        if d > 0.0:
            out[14] += 1.0
            out[15] += a * b
            out[16] += a * d
            if strong:
                out[21] += b
                out[22] += d
        elif d < 0.0:
            out[17] += 1.0
            out[18] += a * b
            out[19] += a * d
    return out
