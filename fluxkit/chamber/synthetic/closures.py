"""Closures of chambers with exactly known flux: what an analyser would have seen in them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Planted:
    """Closures one behind the other and what was planted in them."""

    t: Array  #: (n,) since closing [s]
    c: Array  #: (n,) dry mole fraction as measured [mol mol-1]
    offsets: npt.NDArray[np.int64]  #: (closure + 1,)
    slope: Array  #: (closure,) diffusive rise when the chamber closes [mol mol-1 s-1]
    kappa: Array  #: (closure,) [s-1]
    bubbled: Array  #: (closure,) risen by bubbles until the end [mol mol-1]
    bubbles: npt.NDArray[np.int64]  #: (closure,) how many
    clean: Array  #: (n,) without noise and quantisation [mol mol-1]

    @property
    def times(self) -> list[Array]:
        """Times of each closure. [s]"""
        return np.split(self.t, self.offsets[1:-1])

    @property
    def values(self) -> list[Array]:
        """Mole fractions of each closure. [mol mol-1]"""
        return np.split(self.c, self.offsets[1:-1])


def make_closures(
    count: int, *, slope: Array | float = 1e-7, duration: float = 180.0, interval: float = 1.0,
    start: float = 400e-6, feedback: Array | float = 0.0, leak: Array | float = 0.0, noise: float = 2e-7,
    rho: float = 0.0, quantum: float = 0.0, mixing: float = 0.0, bubble_rate: float = 0.0,
    bubble_size: float = 0.0, lost: float = 0.0, seed: int = 0,
) -> Planted:  # fmt: skip
    """Closures in which a gas rises by diffusion, leaks, bubbles and is measured with noise.

    The gas in the chamber follows dc/dt = slope - (feedback + leak)(c - start), the exponential of
    Hutchinson & Mosier: soil gives less as the chamber fills, and outside air is as the chamber was.

    Parameters
    ----------
    count : int
        Closures.
    slope : float or ndarray, shape (count,)
        Rise when the chamber closes: flux over moles of dry air. [mol mol-1 s-1]
    duration, interval : float
        Time closed and between samples. [s]
    start : float
        Mole fraction when the chamber closes. [mol mol-1]
    feedback, leak : float or ndarray, shape (count,)
        Rates at which soil and leak undo the rise; negative feedback steepens. [s-1]
    noise : float
        Standard deviation of the analyser's noise. [mol mol-1]
    rho : float
        Correlation of noise over one interval. [1]
    quantum : float
        Step of the analyser's output, 0 for none. [mol mol-1]
    mixing : float
        Time constant with which the air around the inlet follows the chamber's. [s]
    bubble_rate : float
        Bubbles a second, at random. [s-1]
    bubble_size : float
        Mean step of a bubble, sizes exponentially distributed. [mol mol-1]
    lost : float
        Share of samples that are NaN. [1]
    seed : int
        Of the random numbers.

    Returns
    -------
    Planted
    """
    rng = np.random.default_rng(seed)
    t = np.arange(0.0, duration + 0.5 * interval, interval)
    n = t.size
    rise = np.broadcast_to(np.asarray(slope, np.float64), (count,)).copy()
    kappa = np.broadcast_to(np.asarray(feedback, np.float64) + leak, (count,)).copy()
    clean = start + rise[:, None] * _saturating(t, kappa)
    number = rng.poisson(bubble_rate * duration, count)
    bubbled = np.zeros(count)
    for k in np.flatnonzero(number):
        when = rng.uniform(0, duration, number[k])
        size = rng.exponential(bubble_size, number[k])
        # What a bubble brings leaks away with the rest.
        age = t[None, :] - when[:, None]
        steps = size[:, None] * np.where(age >= 0, np.exp(-kappa[k] * np.maximum(age, 0)), 0.0)
        clean[k] += steps.sum(axis=0)
        bubbled[k] = steps[:, -1].sum()
    clean = _followed(clean, interval, mixing)
    c = clean + noise * _noise(rng, count, n, rho)
    if quantum > 0:
        c = np.round(c / quantum) * quantum
    c[rng.random(c.shape) < lost] = np.nan
    offsets = np.arange(count + 1, dtype=np.int64) * n
    return Planted(np.tile(t, count), c.ravel(), offsets, rise, kappa, bubbled, number, clean.ravel())


def _saturating(t: Array, kappa: Array) -> Array:
    """(1 - exp(-kappa t)) / kappa, t where kappa is 0: shape (closure, n). [s]"""
    z = kappa[:, None] * t[None, :]
    safe = np.where(z == 0, 1.0, z)
    return np.asarray(t[None, :] * np.where(z == 0, 1.0, -np.expm1(-safe) / safe))


def _followed(c: Array, interval: float, mixing: float) -> Array:
    if mixing <= 0:
        return c
    out = c.copy()
    keep = np.exp(-interval / mixing)
    for i in range(1, c.shape[1]):
        out[:, i] = keep * out[:, i - 1] + (1 - keep) * c[:, i]
    return out


def _noise(rng: np.random.Generator, count: int, n: int, rho: float) -> Array:
    """Noise of variance 1, correlation rho over one sample."""
    white = rng.normal(size=(count, n))
    if rho == 0:
        return white
    out = white.copy()
    for i in range(1, n):
        out[:, i] = rho * out[:, i - 1] + np.sqrt(1 - rho * rho) * white[:, i]
    return out
