"""Shapes of curves through the points of closed chambers: x(s; K) and its derivative with respect to K.

Time s is scaled by the last one, K = kappa t_end or sqrt(t_end / tau); x'(0) = 1 but for Zhao's. Every
shape is straight (Zhao's a parabola) at K = 0, where series take over from closed forms that cancel.
"""

from math import erfc, gamma

import numpy as np

from fluxkit.kernels._jit import kernel

HM = 0  #: x = (1 - exp(-K s)) / K
ZHAO = 1  #: x = (K s - 1 + exp(-K s)) / K^2 beside a linear term
NDFE = 2  #: x = s g(K sqrt(s)), g(z) = (2 z / sqrt(pi) + erfcx(z) - 1) / z^2

_ROOT_PI = np.sqrt(np.pi)
_FACTORIAL = np.array([1.0 / gamma(m + 1.0) for m in range(24)])
_GAMMA = np.array([1.0 / gamma(0.5 * m + 2.0) for m in range(28)])
_NODES = 2048  # of the table of g over z / (1 + z)


@kernel
def farthest_time(t):
    """The time by which others are scaled: the farthest from 0 of times in order."""
    return max(abs(t[0]), abs(t[t.size - 1]))


@kernel
def _tail(z, shift):
    """Sum of (-z)^m / (m + shift)! for |z| < 1/2."""
    total = 0.0
    for m in range(12, -1, -1):
        total = _FACTORIAL[m + shift] - z * total
    return total


@kernel
def _tail_derivative(z, shift):
    """Sum of -(m + 1) (-z)^m / (m + 1 + shift)!, the derivative of the sum above."""
    total = 0.0
    for m in range(12, -1, -1):
        total = -(m + 1.0) * _FACTORIAL[m + 1 + shift] - z * total
    return total


@kernel
def hm(s, K):
    """Return x and dx/dK of Hutchinson & Mosier's exponential."""
    z = K * s
    if abs(z) < 0.2:
        return s * _tail(z, 1), s * s * _tail_derivative(z, 1)
    e = np.exp(-z)
    x = (1.0 - e) / K
    return x, (s * e - x) / K


@kernel
def zhao(s, K):
    """Return x and dx/dK of the exponential that stands beside a line."""
    z = K * s
    if abs(z) < 0.5:
        return s * s * _tail(z, 2), s * s * s * _tail_derivative(z, 2)
    e = np.exp(-z)
    x = (z - 1.0 + e) / (K * K)
    return x, (s * (1.0 - e) / K - 2.0 * x) / K


@kernel
def erfcx(z):
    """exp(z^2) erfc(z) for z >= 0."""
    if z < 20.0:
        return np.exp(z * z) * erfc(z)
    w = 0.5 / (z * z)
    return (1.0 - w * (1.0 - 3.0 * w * (1.0 - 5.0 * w * (1.0 - 7.0 * w)))) / (z * _ROOT_PI)


@kernel
def ndfe(s, K):
    """Return x and dx/dK of diffusion from a uniform source."""
    root = np.sqrt(s)
    z = K * root
    if z < 0.3:
        g = 0.0
        dg = 0.0
        for m in range(20, -1, -1):
            g = _GAMMA[m] - z * g
            dg = -(m + 1.0) * _GAMMA[m + 1] - z * dg
        return s * g, s * root * dg
    e = erfcx(z)
    g = (2.0 * z / _ROOT_PI + e - 1.0) / (z * z)
    return s * g, s * root * 2.0 * (e - g) / z


def _table():
    """Values of g at nodes of w = z / (1 + z), and of dg/dw; without compiled functions."""
    exact = getattr(erfcx, "py_func", erfcx)
    w = np.linspace(0.0, 1.0, _NODES + 1)
    out = np.zeros((_NODES + 1, 2))
    for i in range(_NODES):
        z = w[i] / (1.0 - w[i])
        if z < 0.3:
            g = sum(_GAMMA[m] * (-z) ** m for m in range(21))
            slope = sum(-(m + 1.0) * _GAMMA[m + 1] * (-z) ** m for m in range(21))
        else:
            e = exact(z)
            g = (2.0 * z / _ROOT_PI + e - 1.0) / (z * z)
            slope = 2.0 * (e - g) / z
        out[i] = g, slope * (1.0 + z) ** 2
    # At infinity g falls as 2 / (sqrt(pi) z), that is as 2 (1 - w) / sqrt(pi).
    out[_NODES, 1] = -2.0 / _ROOT_PI
    return out


_G = _table()


@kernel
def quick_ndfe(s, K, x):
    """Fill in x from the table, good to twelve digits."""
    for i in range(s.size):
        z = K * np.sqrt(s[i])
        place = z / (1.0 + z) * _NODES
        node = min(int(place), _NODES - 1)
        f = place - node
        h = 1.0 / _NODES
        left = _G[node, 0]
        right = _G[node + 1, 0]
        rise = right - left
        a = _G[node, 1] * h - rise
        b = rise - _G[node + 1, 1] * h
        x[i] = s[i] * (left + f * (rise + (1.0 - f) * (a * (1.0 - f) + b * f)))


@kernel
def shape(kind, s, K, x, dx):
    """Fill in x and dx/dK at all times."""
    if kind == HM:
        for i in range(s.size):
            x[i], dx[i] = hm(s[i], K)
    elif kind == ZHAO:
        for i in range(s.size):
            x[i], dx[i] = zhao(s[i], K)
    else:
        for i in range(s.size):
            x[i], dx[i] = ndfe(s[i], K)


@kernel
def quick_exponential(s, K, x):
    """Fill in exp(-K s), by products where times are evenly spaced."""
    step = -1.0
    factor = 1.0
    e = np.exp(-K * s[0])
    x[0] = e
    for i in range(1, s.size):
        if s[i] - s[i - 1] != step:
            step = s[i] - s[i - 1]
            factor = np.exp(-K * step)
        e *= factor
        x[i] = e
