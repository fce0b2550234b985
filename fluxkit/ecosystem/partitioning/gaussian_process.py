"""A smooth course through values with errors of their own."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def smooth(x: Array, y: Array, variance: Array, at: Array) -> tuple[Array, Array, float]:
    """Predict a Gaussian process of constant mean and Gaussian correlation, fitted by maximum likelihood.

    Parameters
    ----------
    x, y : (n,) array
        Where and what was found.
    variance : (n,) array
        Of the errors of y, up to a factor that is fitted too.
    at : (m,) array
        Where to predict.

    Returns
    -------
    mean, standard_error : (m,) array
    factor : float
        What the variances are multiplied by.

    References
    ----------
    .. [1] Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006, chapter 2.
    .. [2] Dancik & Dorman, Bioinformatics 24, 1966-1967, 2008 (mlegp, which REddyProc calls).
    """
    from scipy.optimize import minimize

    square = (x[:, None] - x[None, :]) ** 2
    scale = float(np.mean(variance))

    def parts(p: Array) -> tuple[float, float, float, Array, Array]:
        covariance = np.exp(-np.exp(p[0]) * square)
        covariance[np.diag_indices(x.size)] += np.exp(p[1]) * variance / scale
        try:
            root = np.linalg.cholesky(covariance)
        except np.linalg.LinAlgError:
            return np.inf, np.nan, np.nan, y, y
        inverse = np.linalg.inv(root)
        ones = inverse.sum(axis=1)
        mean = float(ones @ (inverse @ y) / (ones @ ones))
        white = inverse @ (y - mean)
        height = float(white @ white / x.size)
        likelihood = x.size * np.log(height) + 2 * np.log(np.diag(root)).sum()
        return float(likelihood), mean, height, inverse, white

    step = float(np.median(np.diff(x))) if x.size > 1 else 1.0
    grid = [np.array([-2 * np.log(r * step), g]) for r in (1, 3, 10, 30, 100) for g in (-4.0, -2.0, 0.0, 2.0)]
    start = min(grid, key=lambda p: parts(p)[0])
    options = {"xatol": 1e-5, "fatol": 1e-8, "maxiter": 500}
    best = minimize(lambda p: parts(p)[0], start, method="Nelder-Mead", options=options).x  # type: ignore[call-overload]
    _, mean, height, inverse, white = parts(best)
    across = np.exp(-np.exp(best[0]) * (at[:, None] - x[None, :]) ** 2) @ inverse.T
    error = np.sqrt(np.maximum(height * (1 - (across**2).sum(axis=1)), 0.0))
    return mean + across @ white, error, float(np.exp(best[1]) * height / scale)
