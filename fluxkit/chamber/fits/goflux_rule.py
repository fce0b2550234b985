"""Line or exponential by the points and overrides of the goFlux program."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

CRITERIA = ("MAE", "RMSE", "SE", "AICc")


def best_flux(
    curve: Mapping[str, Array], line: Mapping[str, Array], curve_flux: Array, line_flux: Array,
    kappa: Array, *,
    n: Array, precision: Array, duration: Array, rounding: Array | float = 0.0,
    criteria: tuple[str, ...] = CRITERIA, overrides: tuple[str, ...] = ("g", "kappa", "mdf"),
    g_limit: float = 2.0, kappa_ratio: float = 1.0,
) -> Bools:  # fmt: skip
    """Whether the exponential is taken, as goFlux 0.2.1 does it, shape (closure,).

    Each criterion gives a point to the loser; a criterion that the exponential meets within the
    precision counts for it though the line may be better; equal scores are the exponential's. Then the
    line is taken back where the curvature is too strong.

    Parameters
    ----------
    curve, line : mapping of str to ndarray, shape (closure,)
        MAE, RMSE [mol mol-1], SE (of the flux, [mol m-2 s-1], though it is compared with a mole fraction
        there) and AICc.
    curve_flux, line_flux : ndarray, shape (closure,)
        Fluxes or slopes.
    kappa : ndarray, shape (closure,)
        Of the exponential. [s-1]
    n : ndarray, shape (closure,)
        Points.
    precision : ndarray, shape (closure,)
        Of the analyser. [mol mol-1]
    duration : ndarray, shape (closure,)
        Of the window. [s]
    rounding : float or ndarray, shape (closure,)
        Last digit to which criteria and limits are rounded, that of the precision; 0 for none. [mol mol-1]
    criteria : tuple of str
        Of ``CRITERIA``, those that count.
    overrides : tuple of str
        Which of ``g``, ``kappa`` and ``mdf`` may take the line back.
    g_limit : float
        Largest ratio of exponential to line, and its inverse the least. [1]
    kappa_ratio : float
        Largest kappa over the largest that precision allows. [1]
    """
    points = np.zeros(curve_flux.size)
    for name in criteria:
        ours, theirs = curve[name], line[name]
        wins = ours <= theirs
        if name != "AICc":
            limit = precision / np.sqrt(np.maximum(n, 1)) if name == "SE" else precision
            ours, theirs, limit = (_rounded(value, rounding) for value in (ours, theirs, limit))
            wins = (ours <= theirs) | (ours <= limit)
        points += np.where(wins, 1, -1)
    taken = points >= 0
    least = precision / duration
    with np.errstate(divide="ignore", invalid="ignore"):
        g = curve_flux / line_flux
        too_bent = {
            "g": (g > g_limit) | (g < 1 / g_limit),
            # A fit held at its bound has just that kappa: not beyond it.
            "kappa": kappa / (np.abs(line_flux) / precision) > kappa_ratio * (1 + 1e-9),
            "mdf": (np.abs(curve_flux) < least) & (np.abs(line_flux) >= least),
        }
    for name in overrides:
        taken &= ~too_bent[name]
    return np.asarray(taken & np.isfinite(curve_flux))


def _rounded(values: Array, digit: Array | float) -> Array:
    digits = np.broadcast_to(np.asarray(digit, np.float64), values.shape)
    scale = np.where(digits > 0, digits, 1.0)
    return np.where(digits > 0, np.round(values / scale) * scale, values)
