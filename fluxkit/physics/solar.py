"""Position of the sun and what it sends to the top of the atmosphere."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Total solar irradiance at 1 au [W m-2] (Kopp & Lean, 2011).
SOLAR_CONSTANT = 1361.0


def solar_elevation(
    time: npt.NDArray[np.datetime64], latitude: float, longitude: float
) -> tuple[Array, Array]:
    """Sine of the solar elevation, and the distance of the sun.

    Parameters
    ----------
    time : array of datetime64
        UTC.
    latitude, longitude : float
        [deg]

    Returns
    -------
    sine : array
        [1]
    distance : array
        [au]

    References
    ----------
    .. [1] Michalsky, Sol. Energy 40, 227-235, 1988 (The Astronomical Almanac's approximation, 0.01 deg).
    """
    days = (time - np.datetime64("2000-01-01T12:00", "ns")) / np.timedelta64(1, "D")
    anomaly = np.radians(357.528 + 0.9856003 * days)
    ecliptic = np.radians(280.460 + 0.9856474 * days + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    obliquity = np.radians(23.439 - 4e-7 * days)
    ascension = np.arctan2(np.cos(obliquity) * np.sin(ecliptic), np.cos(ecliptic))
    declination = np.arcsin(np.sin(obliquity) * np.sin(ecliptic))
    sidereal = np.radians((18.697374558 + 24.06570982441908 * days) * 15.0 + longitude)
    hour_angle = sidereal - ascension
    phi = np.radians(latitude)
    sine = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour_angle)
    distance = 1.00014 - 0.01671 * np.cos(anomaly) - 0.00014 * np.cos(2 * anomaly)
    return np.asarray(sine), np.asarray(distance)


def potential_radiation(time: npt.NDArray[np.datetime64], latitude: float, longitude: float) -> Array:
    """Incoming short-wave radiation without an atmosphere. time UTC; [W m-2]."""
    sine, distance = solar_elevation(time, latitude, longitude)
    return np.asarray(SOLAR_CONSTANT / distance**2 * np.maximum(sine, 0.0))
