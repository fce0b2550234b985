"""Covariances at trial lags from cross spectra."""

import numpy as np

from fluxkit.kernels._jit import kernel


@kernel
def at_trial_lags(cross, sign, cosines, sines):
    """Sum of Re[cross exp(i angle)] over the nodes, for each trial lag: (time, trial).

    cross (time, node), complex; sign (time,) of the lag; cosines, sines (node, trial) of the angle. Each
    period is summed by itself and node after node: its bits depend on no other period, on no processor. A
    product of matrices by a linear algebra library would depend on how many periods come with it.
    """
    out = np.zeros((cross.shape[0], cosines.shape[1]))
    for t in range(cross.shape[0]):
        row = out[t]
        for k in range(cross.shape[1]):
            real, imag = cross[t, k].real, sign[t] * cross[t, k].imag
            c, s = cosines[k], sines[k]
            for j in range(row.size):
                row[j] += real * c[j] - imag * s[j]
    return out
