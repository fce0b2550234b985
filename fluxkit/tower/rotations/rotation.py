"""Tilt correction: rotation angles and matrices of each period."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: Beyond this roll the third rotation is not believed (McMillen 1988). [deg]
MAX_ROLL = 10.0


class Frame(NamedTuple):
    """How each period's wind is turned. rotated = matrix @ wind - offset along the last axis."""

    angles: Array  #: yaw (0 to 360), pitch, roll, NaN where a component is missing [deg]: (time, 3)
    matrix: Array  #: (time, 3, 3)
    offset: Array  #: taken from rotated w, the sonic's own [m s-1]: (time,)
    fell_back: npt.NDArray[np.bool_]  #: another method stands in for the chosen one: (time,)

    def rotate(self, wind: Array) -> Array:
        """Mean wind (time, 3) in this frame. [m s-1]"""
        rotated = np.einsum("tij,tj->ti", self.matrix, wind)
        rotated[:, 2] -= self.offset
        return np.asarray(rotated)


#: Mean wind (time, 3) [m s-1], times (time,), covariance tensor (time, 3, 3) [m2 s-2] -> Frame.
Rotate = Callable[[Array, Times, Array], Frame]


def rotation_matrix(yaw: Array, pitch: Array, roll: Array | float = 0.0) -> Array:
    """Matrices (time, 3, 3) that turn by yaw about w, pitch about the new v, roll about the new u. [deg]"""
    yaw, pitch, roll = np.radians(yaw), np.radians(pitch), np.radians(roll) + np.zeros_like(yaw)
    cy, sy, cp, sp, cr, sr = (
        np.cos(yaw),
        np.sin(yaw),
        np.cos(pitch),
        np.sin(pitch),
        np.cos(roll),
        np.sin(roll),
    )
    u = np.stack([cp * cy, cp * sy, sp], axis=-1)
    v = np.stack([-sy, cy, np.zeros_like(yaw)], axis=-1)
    w = np.stack([-sp * cy, -sp * sy, cp], axis=-1)
    cr, sr = np.cos(roll)[..., None], np.sin(roll)[..., None]
    return np.asarray(np.stack([u, cr * v + sr * w, cr * w - sr * v], axis=-2))


def angles_of(matrix: Array) -> Array:
    """Yaw, pitch and roll (time, 3) of rotation matrices, the inverse of `rotation_matrix`. [deg]"""
    yaw = np.mod(np.arctan2(matrix[:, 0, 1], matrix[:, 0, 0]), 2.0 * np.pi)
    pitch, roll = np.arcsin(matrix[:, 0, 2]), np.arctan2(matrix[:, 1, 2], matrix[:, 2, 2])
    return np.asarray(np.degrees(np.stack([yaw, pitch, roll], axis=-1)))


def _frame(wind: Array, yaw: Array, pitch: Array, roll: Array) -> Frame:
    angles = np.degrees(np.stack([np.mod(yaw, 2.0 * np.pi), pitch, roll], axis=-1))
    matrix = rotation_matrix(*angles.T)
    lost = np.asarray(np.isnan(wind).any(axis=1))
    angles[lost], matrix[lost] = np.nan, np.nan
    return Frame(angles, matrix, np.zeros(lost.size), np.zeros(lost.size, dtype=bool))


def double_rotation(wind: Array, time: Times, stress: Array) -> Frame:
    """Turn each period so that its mean v and mean w are zero.

    Parameters
    ----------
    wind : (time, 3) array
        Mean wind in the sonic's axes. [m s-1]
    time, stress
        Not needed.

    Returns
    -------
    Frame

    References
    ----------
    .. [1] Kaimal & Finnigan, Atmospheric boundary layer flows, 1994, section 6.6, eqs. 6.70-6.75.
    """
    u, v, w = wind.T
    return _frame(wind, np.arctan2(v, u), np.arctan2(w, np.hypot(u, v)), np.zeros_like(u))


def triple_rotation(wind: Array, time: Times, stress: Array) -> Frame:
    """Double rotation, then a roll that makes cov(v, w) zero, where that is less than 10 degrees.

    Parameters
    ----------
    wind : (time, 3) array
        Mean wind in the sonic's axes. [m s-1]
    time
        Not needed.
    stress : (time, 3, 3) array
        Covariances of u, v, w in the sonic's axes, means removed. [m2 s-2]

    Returns
    -------
    Frame

    References
    ----------
    .. [1] McMillen, Boundary-Layer Meteorol. 43, 231-245, 1988, section 3.
    .. [2] Kaimal & Finnigan, Atmospheric boundary layer flows, 1994, section 6.6.
    """
    double = double_rotation(wind, time, stress)
    turned = double.matrix @ stress @ np.swapaxes(double.matrix, -1, -2)
    with np.errstate(invalid="ignore", divide="ignore"):
        roll = 0.5 * np.degrees(np.arctan(2.0 * turned[:, 1, 2] / (turned[:, 1, 1] - turned[:, 2, 2])))
    roll = np.where(np.abs(roll) < MAX_ROLL, roll, 0.0)
    yaw, pitch, _ = np.radians(double.angles.T)
    return _frame(wind, yaw, pitch, np.radians(roll))


def no_rotation(wind: Array, time: Times, stress: Array) -> Frame:
    """Leave the wind in the sonic's axes: angles of zero, NaN where a component is missing."""
    zero = np.zeros(wind.shape[0])
    return _frame(wind, zero, zero, zero)


#: Rotations that need nothing but the period itself.
ROTATIONS: dict[str, Rotate] = {"double": double_rotation, "triple": triple_rotation, "none": no_rotation}
