"""What REddyProc does in its own way and a comparison with it needs."""

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.halfhours import HalfHours

Array = npt.NDArray[np.float64]


def potential_radiation(at: HalfHours) -> Array:
    """Radiation at the top of the atmosphere by REddyProc's Fourier series.

    Parameters
    ----------
    at : HalfHours
        With latitude and longitude.

    Returns
    -------
    (n,) array
        [W m-2], 0 where the sun is below the horizon.

    References
    ----------
    .. [1] REddyProc 1.3.3, `fCalcPotRadiation`: a solar constant of 1366.1 W m-2; declination, equation
       of time and eccentricity are series of the day of the year.
    """
    y = 2 * np.pi * (at.day_of_year - 1) / 365.24
    equation_of_time = (
        0.0072 * np.cos(y) - 0.0528 * np.cos(2 * y) - 0.0012 * np.cos(3 * y)
        - 0.1229 * np.sin(y) - 0.1565 * np.sin(2 * y) - 0.0041 * np.sin(3 * y)
    )  # fmt: skip
    declination = np.radians(
        0.33281 - 22.984 * np.cos(y) - 0.34990 * np.cos(2 * y) - 0.13980 * np.cos(3 * y)
        + 3.7872 * np.sin(y) + 0.03205 * np.sin(2 * y) + 0.07187 * np.sin(3 * y)
    )  # fmt: skip
    irradiance = 1366.1 * (
        1.00011 + 0.034221 * np.cos(y) + 0.00128 * np.sin(y)
        + 0.000719 * np.cos(2 * y) + 0.000077 * np.sin(2 * y)
    )  # fmt: skip
    solar_hour = at.hour + at.longitude / 15.0 - at.utc_offset_h + equation_of_time
    hour_angle = (solar_hour - 12.0) * np.pi / 12.0
    phi = np.radians(at.latitude)
    sine = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour_angle)
    return np.asarray(np.maximum(irradiance * sine, 0.0))
