"""Errors of a sonic that depend on the wind itself, sample by sample; works in place.

Angles in degrees. A sample that lacks a component loses all three: its angle is not known.
"""

import numpy as np

from fluxkit.kernels._jit import kernel

_RADIANS = np.pi / 180.0

#: Nakai & Shimoyama (2012): polynomials of the angle of attack, powers 5 to 1, and their azimuthal parts.
_A = (
    -3.19818998552857e-10,
    -2.69824417931343e-8,
    4.16728613218081e-6,
    4.85252964763967e-4,
    1.67354200080193e-2,
)
_B = (
    5.92731123831391e-10,
    1.44129103378194e-7,
    1.20670183305798e-5,
    3.92584527104954e-4,
    3.82901759130896e-3,
)
_C = (
    -1.20804470033571e-9,
    -1.58051314507891e-7,
    -4.95504975706944e-6,
    1.60799801968464e-5,
    1.28143810766839e-3,
)
_D = (2.2715401644872e-9, 3.85646200219364e-7, 2.03402753902096e-5, 3.94248403622007e-4, 9.18428193641156e-4)

#: Nakai et al. (2006): what remains of w in a horizontal wind, as a share of the speed.
_SINE_OFFSET = 0.0195


@kernel
def _polynomial(c, x):
    return ((((c[0] * x + c[1]) * x + c[2]) * x + c[3]) * x + c[4]) * x


@kernel
def responses_2012(angle, direction):
    """Shares of w and of the horizontal wind that a WindMaster shows, by true angle and direction."""
    x, gamma = angle, direction
    if x > 0.0:  # wind from below is wind from above on the mirrored head
        x, gamma = -x, gamma + 180.0
    wave = np.sin(3.0 * gamma * _RADIANS)
    vertical = 1.0 + _polynomial(_A, x) - wave * _polynomial(_B, x)
    x = max(x, -70.0)
    horizontal = 1.0 + _polynomial(_C, x) + wave * _polynomial(_D, x)
    return vertical, horizontal


@kernel
def responses_2006(angle, direction):
    """Sine and cosine that an R2 or R3 shows in place of the true ones, by true angle and direction."""
    if angle < 0.0:
        share = 0.428727148 / (1.0 + 55.59348879 * np.exp(-0.222867784 * (angle + 90.0))) + 0.4882
    else:
        share = -0.570590482 / (1.0 + 1610.881585 * np.exp(-0.111150653 * angle)) + 0.972080458
    sine = share * np.sin(angle * _RADIANS) + _SINE_OFFSET
    x = min(max(angle, -70.0), 70.0)
    seen = ((1.41546e-6 * x + 8.51092e-4) * x + 1.00672) * x + 6.28032 * np.sin(3.0 * direction * _RADIANS)
    if angle < -70.0:  # on to the full angle at 90 degrees
        rest = (90.0 + angle) / 20.0
        seen = rest * seen - 90.0 * (1.0 - rest)
    elif angle > 70.0:
        rest = (90.0 - angle) / 20.0
        seen = rest * seen + 90.0 * (1.0 - rest)
    return sine, np.cos(seen * _RADIANS)


@kernel
def _next_2012(x, direction, slope):
    vertical, horizontal = responses_2012(x, direction)
    return np.arctan(slope * horizontal / vertical) / _RADIANS


@kernel
def _next_2006(x, direction, slope):
    sine, cosine = responses_2006(x, direction)
    # The sine without its offset is share x sin: dividing by share x cos leaves the tangent.
    over_cosine = (
        (sine - _SINE_OFFSET) / np.sin(x * _RADIANS) if x != 0.0 else 0.972080458 - 0.570590482 / 1611.881585
    )
    return np.arctan((slope * cosine - _SINE_OFFSET) / (over_cosine * np.cos(x * _RADIANS))) / _RADIANS


@kernel
def _true_angle(method, slope, direction, tolerance, most):
    """Angle of attack that shows the measured slope w / U: fixed point, by Steffensen's method."""
    x0 = np.arctan(slope) / _RADIANS
    for _ in range(most):
        if method == 2006:
            x1 = _next_2006(x0, direction, slope)
            x2 = _next_2006(x1, direction, slope)
        else:
            x1 = _next_2012(x0, direction, slope)
            x2 = _next_2012(x1, direction, slope)
        bend = x2 - 2.0 * x1 + x0
        if np.abs(bend) < tolerance:
            return x2
        x0 = min(max(x0 - (x1 - x0) ** 2 / bend, -90.0), 90.0)
    return np.nan


@kernel
def angle_of_attack(u, v, w, method, tolerance, most):
    """Take the errors of 2006 or 2012 out of u, v, w; returns how many samples had no solution."""
    if v.size != u.size or w.size != u.size:
        raise ValueError("series differ in length")
    lost = 0
    for i in range(u.size):
        if np.isnan(u[i]) or np.isnan(v[i]) or np.isnan(w[i]):
            u[i] = v[i] = w[i] = np.nan
            continue
        speed = np.hypot(u[i], v[i])
        if speed == 0.0:
            continue
        direction = 180.0 - np.arctan2(v[i], u[i]) / _RADIANS
        angle = _true_angle(method, w[i] / speed, direction, tolerance, most)
        if np.isnan(angle):
            u[i] = v[i] = w[i] = np.nan
            lost += 1
        elif method == 2006:
            _, cosine = responses_2006(angle, direction)
            scale = np.cos(angle * _RADIANS) / cosine
            u[i] *= scale
            v[i] *= scale
            w[i] = np.tan(angle * _RADIANS) * speed * scale
        else:
            vertical, horizontal = responses_2012(angle, direction)
            u[i] /= horizontal
            v[i] /= horizontal
            w[i] /= vertical
    return lost


@kernel
def transducer_shadow(u, v, w, paths, inverse, loss, rounds):
    """Take the shadows of transducers, which leave 1 - loss (1 - sin theta) along a path, out of u, v, w.

    paths (3, 3): unit vectors; inverse: of that matrix. theta, between wind and path, from the wind so far.
    """
    if v.size != u.size or w.size != u.size:
        raise ValueError("series differ in length")
    for i in range(u.size):
        x, y, z = u[i], v[i], w[i]
        if np.isnan(x) or np.isnan(y) or np.isnan(z):
            u[i] = v[i] = w[i] = np.nan
            continue
        a = paths[0, 0] * x + paths[0, 1] * y + paths[0, 2] * z
        b = paths[1, 0] * x + paths[1, 1] * y + paths[1, 2] * z
        c = paths[2, 0] * x + paths[2, 1] * y + paths[2, 2] * z
        for _ in range(rounds):
            speed2 = x * x + y * y + z * z
            if speed2 == 0.0:
                break
            p = _unshadowed(a, paths[0, 0] * x + paths[0, 1] * y + paths[0, 2] * z, speed2, loss)
            q = _unshadowed(b, paths[1, 0] * x + paths[1, 1] * y + paths[1, 2] * z, speed2, loss)
            r = _unshadowed(c, paths[2, 0] * x + paths[2, 1] * y + paths[2, 2] * z, speed2, loss)
            x = inverse[0, 0] * p + inverse[0, 1] * q + inverse[0, 2] * r
            y = inverse[1, 0] * p + inverse[1, 1] * q + inverse[1, 2] * r
            z = inverse[2, 0] * p + inverse[2, 1] * q + inverse[2, 2] * r
        u[i], v[i], w[i] = x, y, z


@kernel
def _unshadowed(measured, along, speed2, loss):
    sine = np.sqrt(max(0.0, 1.0 - along * along / speed2))
    return measured / (1.0 - loss * (1.0 - sine))
