"""Tilt correction: rotation angles and matrices."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def rotation_matrix(yaw: Array, pitch: Array) -> Array:
    """Matrices (time, 3, 3) that turn by yaw about the vertical, then by pitch about the new v axis. [deg]"""
    yaw, pitch = np.radians(yaw), np.radians(pitch)
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    zero = np.zeros_like(yaw)
    return np.stack(
        [
            np.stack([cp * cy, cp * sy, sp], axis=-1),
            np.stack([-sy, cy, zero], axis=-1),
            np.stack([-sp * cy, -sp * sy, cp], axis=-1),
        ],
        axis=-2,
    )


def double_rotation(wind: Array) -> tuple[Array, Array]:
    """Angles and matrices that make the mean v and the mean w zero.

    Parameters
    ----------
    wind : (time, 3) array
        Mean wind in the sonic's axes. [m s-1]

    Returns
    -------
    angles : (time, 3) array
        Yaw (0 to 360), pitch, roll (0). NaN where a component is missing. [deg]
    matrix : (time, 3, 3) array
        rotated = matrix @ wind.

    References
    ----------
    .. [1] Kaimal & Finnigan, Atmospheric boundary layer flows, 1994, section 6.6, eqs. 6.70-6.75.
    """
    u, v, w = wind.T
    yaw = np.mod(np.arctan2(v, u), 2.0 * np.pi)
    pitch = np.arctan2(w, np.hypot(u, v))
    matrix = rotation_matrix(np.degrees(yaw), np.degrees(pitch))
    zero = np.zeros_like(yaw)
    angles = np.degrees(np.stack([yaw, pitch, zero], axis=-1))
    lost = np.asarray(np.isnan(wind).any(axis=1))
    angles[lost] = np.nan
    matrix[lost] = np.nan
    return angles, matrix


def no_rotation(wind: Array) -> tuple[Array, Array]:
    """Return angles of zero and unit matrices, NaN where a component is missing."""
    lost = np.asarray(np.isnan(wind).any(axis=1))
    angles = np.where(lost[:, None], np.nan, np.zeros((wind.shape[0], 3)))
    matrix = np.where(lost[:, None, None], np.nan, np.broadcast_to(np.eye(3), (wind.shape[0], 3, 3)))
    return angles, matrix


ROTATIONS = {"double": double_rotation, "none": no_rotation}
