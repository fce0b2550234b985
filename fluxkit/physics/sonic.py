r"""What a sonic anemometer measures and what its temperature means: formulas on arrays.

Sonic temperature follows

.. math:: c^2 = 403\, T_s

(Kaimal & Gaynor 1991): T_s is the temperature at which dry air would have this speed of sound. Wind across a
path slows sound along it, so an uncorrected T_s is too low.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Square of the speed of sound over sonic temperature. [m2 s-2 K-1] (Kaimal & Gaynor, Boundary-Layer
#: Meteorol. 56, 401-410, 1991)
SOUND = 403.0

#: What Gill WindMasters with firmware 2329.x.y, x < 700, lack of vertical wind, up and down: factors of Gill
#: Instruments' Technical Key Note KN1509. [1]
W_BOOST = (1.166, 1.289)

#: Share of the wind that a CSAT3's transducers take when it blows along their path: Horst, Semmer & Maclean,
#: Boundary-Layer Meteorol. 155, 371-395, 2015. [1]
CSAT3_SHADOW = 0.16

#: Unit vectors of a CSAT3's paths, 60 degrees from the horizontal, 120 degrees apart, in its own axes. [1]
CSAT3_PATHS: Array = np.array(
    [
        [-0.5, 0.0, np.sqrt(0.75)],
        [0.25, np.sqrt(3.0) / 4.0, np.sqrt(0.75)],
        [0.25, -np.sqrt(3.0) / 4.0, np.sqrt(0.75)],
    ]
)


class CrossWind(NamedTuple):
    """Shares of u^2, v^2 and w^2 that count as wind across the paths. [1]"""

    u: float
    v: float
    w: float


def sonic_temperature(c: npt.ArrayLike) -> Array:
    """Sonic temperature from the speed of sound.

    Parameters
    ----------
    c : array_like
        Speed of sound, corrected for cross-wind or not. [m s-1]

    Returns
    -------
    ndarray
        [K]

    References
    ----------
    .. [1] Kaimal & Gaynor, Boundary-Layer Meteorol. 56, 401-410, 1991.
    """
    return np.asarray(np.square(c) / SOUND)


def cross_wind_shares(elevation: float, *, with_w: bool = True) -> CrossWind:
    r"""Shares of the squared components that blow across three paths evenly spaced around the vertical.

    The squared wind across a path with unit vector e is

    .. math:: |\mathbf{V}|^2 - (\mathbf{V} \cdot \mathbf{e})^2

    whose mean over the three paths has no mixed terms.

    Parameters
    ----------
    elevation : float
        Angle of the paths above the horizontal; 90 is one vertical path (Schotanus et al. 1983). [deg]
    with_w : bool, default True
        Count the vertical wind, which Liu et al. and EddyPro 6 leave out.

    Returns
    -------
    CrossWind
        Those of Liu et al.: :math:`A = B = 1 - \cos^2(\phi) / 2`; and :math:`\cos^2 \phi` of the vertical
        wind. [1]

    References
    ----------
    .. [1] Liu, Peters & Foken, Boundary-Layer Meteorol. 100, 459-468, 2001, table I.
    .. [2] Schotanus, Nieuwstadt & de Bruin, Boundary-Layer Meteorol. 26, 81-93, 1983.
    """
    cos2 = float(np.cos(np.radians(elevation)) ** 2)
    return CrossWind(1.0 - cos2 / 2.0, 1.0 - cos2 / 2.0, cos2 if with_w else 0.0)


def cross_wind_liu_2001(
    t_sonic: Array, u: Array, v: Array, w: Array, *, shares: CrossWind, keep_unpaired: bool = False
) -> Array:
    """Sonic temperature without the effect of wind across the paths.

    Parameters
    ----------
    t_sonic : (N,) array
        As measured. [K]
    u, v, w : (N,) arrays
        Wind in the sonic's axes. [m s-1]
    shares : CrossWind
        Of the sonic's geometry.
    keep_unpaired : bool, default False
        Leave a temperature as it is where the wind is missing, as EddyPro 6 does; otherwise it is lost.

    Returns
    -------
    (N,) array
        [K]

    References
    ----------
    .. [1] Liu, Peters & Foken, Boundary-Layer Meteorol. 100, 459-468, 2001.
    """
    across = shares.u * u * u + shares.v * v * v
    if shares.w != 0.0:
        across += shares.w * w * w
    if keep_unpaired:
        across = np.where(np.isnan(across), 0.0, across)
    return np.asarray(t_sonic + across / SOUND)


def boosted(w: Array) -> Array:
    """Vertical wind that a Gill WindMaster's faulty firmware shows too small. [m s-1]

    References
    ----------
    .. [1] Gill Instruments, Technical Key Note KN1509, 2016.
    """
    return np.asarray(np.where(w < 0.0, W_BOOST[1] * w, W_BOOST[0] * w))


def unboosted(w: Array) -> Array:
    """What the faulty firmware would have shown of a right vertical wind. [m s-1]"""
    return np.asarray(np.where(w < 0.0, w / W_BOOST[1], w / W_BOOST[0]))


def from_polar(direction: Array, speed: Array, *, towards: bool = False) -> tuple[Array, Array]:
    """Horizontal components of a wind given by direction and speed.

    Parameters
    ----------
    direction : (N,) array
        Where the wind comes from, clockwise from the sonic's north. [deg]
    speed : (N,) array
        [m s-1]
    towards : bool, default False
        Take the direction as that which the wind blows to, as EddyPro 6 does (its wind direction is then
        180 degrees off; fluxes are the same).

    Returns
    -------
    u, v : (N,) arrays
        Towards the sonic's north, and from its east to its west. [m s-1]
    """
    sign = 1.0 if towards else -1.0
    angle = np.radians(direction)
    return np.asarray(sign * speed * np.cos(angle)), np.asarray(-sign * speed * np.sin(angle))


def from_axes(a: Array, b: Array, c: Array, *, rounded: bool = False) -> tuple[Array, Array, Array]:
    """Components of the winds along a Gill sonic's three axes, which rise by 45 degrees.

    Parameters
    ----------
    a, b, c : (N,) arrays
        Wind along axes 1, 2, 3. [m s-1]
    rounded : bool, default False
        Take the manual's factors of five digits, as EddyPro 6 does.

    Returns
    -------
    u, v, w : (N,) arrays
        u along axis 1. [m s-1]

    References
    ----------
    .. [1] Gill Instruments, R3/R3A User Manual.
    """
    root, half = (2.1213, 1.2247) if rounded else (3.0 / np.sqrt(2.0), np.sqrt(1.5))
    return (2.0 * a - b - c) / root, (c - b) / half, (a + b + c) / root
