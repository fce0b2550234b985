"""What a sonic's head does to the wind and to its temperature, one known defect at a time.

The other way round than ``tower.condition.sonic_corrections``: from true air to what is written.
"""

import numpy as np
import numpy.typing as npt

from fluxkit.kernels import sonic as kernels
from fluxkit.physics import sonic

Array = npt.NDArray[np.float64]


def three_paths(elevation: float) -> Array:
    """Unit vectors of three paths, evenly spaced around the vertical, the first towards +u.

    Parameters
    ----------
    elevation : float
        Angle above the horizontal. [deg]

    Returns
    -------
    (3, 3) array
        [1]
    """
    azimuth, rise = np.radians([0.0, 120.0, 240.0]), np.radians(elevation)
    level = np.cos(rise)
    return np.stack([level * np.cos(azimuth), level * np.sin(azimuth), np.full(3, np.sin(rise))], axis=1)


def blow_across(t_sonic: Array, u: Array, v: Array, w: Array, paths: Array) -> Array:
    """Sonic temperature as a sonic measures it that does not correct for cross-wind.

    Along each path sound travels with c^2 less the square of the wind across it; the mean of the paths'
    temperatures is written.

    Parameters
    ----------
    t_sonic : (N,) array
        [K]
    u, v, w : (N,) arrays
        [m s-1]
    paths : (path, 3) array
        Unit vectors. [1]

    Returns
    -------
    (N,) array
        [K]
    """
    wind = np.stack([u, v, w])
    along = paths @ wind
    across = np.square(wind).sum(axis=0) - np.square(along)
    return np.asarray(t_sonic - across.mean(axis=0) / sonic.SOUND)


def shadow(u: Array, v: Array, w: Array, paths: Array, loss: float) -> tuple[Array, Array, Array]:
    """Wind as three paths show it whose transducers shade them.

    Parameters
    ----------
    u, v, w : (N,) arrays
        True wind. [m s-1]
    paths : (3, 3) array
        Unit vectors. [1]
    loss : float
        Share of the wind that is lost when it blows along a path; 1 - loss (1 - sin theta) is left. [1]

    Returns
    -------
    u, v, w : (N,) arrays
        [m s-1]
    """
    wind = np.stack([u, v, w])
    along = paths @ wind
    speed = np.sqrt(np.square(wind).sum(axis=0))
    sine = np.sqrt(np.maximum(0.0, 1.0 - np.square(along / np.where(speed > 0.0, speed, 1.0))))
    shaded = np.linalg.inv(paths) @ (along * (1.0 - loss * (1.0 - sine)))
    return shaded[0], shaded[1], shaded[2]


def attack(u: Array, v: Array, w: Array, method: str) -> tuple[Array, Array, Array]:
    """Wind as a head shows it that errs with the angle of attack.

    Parameters
    ----------
    u, v, w : (N,) arrays
        True wind, u towards the head's north. [m s-1]
    method : {"nakai-2006", "nakai-shimoyama-2012"}
        Whose responses: of Gill's R2 and R3, of its WindMaster.

    Returns
    -------
    u, v, w : (N,) arrays
        [m s-1]
    """
    level = np.hypot(u, v)
    angle = np.degrees(np.arctan2(w, level))
    direction = 180.0 - np.degrees(np.arctan2(v, u))
    first = method == "nakai-2006"
    response = kernels.responses_2006 if first else kernels.responses_2012
    seen = np.array([response(a, d) for a, d in zip(angle, direction, strict=True)])
    if first:  # sine and cosine in place of the true ones
        speed = np.hypot(level, w)
        scale = seen[:, 1] * speed / level
        return u * scale, v * scale, seen[:, 0] * speed
    return u * seen[:, 1], v * seen[:, 1], w * seen[:, 0]
