"""Axes of the wind that are mistaken for each other, or point the wrong way."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from fluxkit.examine.doubt import Doubt

Array = npt.NDArray[np.float64]

#: Inclination of the mean wind in the sonic's frame [deg]: steeper slopes carry few towers, and a sonic that
#: leans so much is no longer within the angles that its makers calibrate.
PITCH = 20.0
#: Variance of w over the smaller one of u and v. Near the ground the deviations are 2.4, 1.9 and 1.25 u*
#: (Panofsky & Dutton, 1984): 0.4; u and w the other way round make 2.3 and more.
VERTICAL = 1.5
#: Correlation of u and w, -0.3 in the surface layer (Kaimal & Finnigan, 1994); its random error over half an
#: hour is 0.07.
CORRELATION = 0.2
#: Winds from which stress is surely downwards [m s-1].
WINDY = 2.0
#: Share of windy periods with stress upwards, or of days and nights with heat flux the wrong way.
SHARE = 0.75
#: Fewest periods for a share.
FEWEST = 8
#: Sun for day [W m-2 of potential radiation].
DAY = 400.0


def axes_doubts(pitch: Array, variance: Array) -> Iterator[Doubt]:
    """Yield what inclination and variances of the wind tell of its columns.

    Parameters
    ----------
    pitch : array, shape (n,)
        Inclination of the mean wind in the sonic's frame, of n periods. [deg]
    variance : array, shape (n, 3)
        Of u, v and w. [m2 s-2]
    """
    there = np.isfinite(pitch) & np.isfinite(variance).all(axis=1) & (variance > 0).all(axis=1)
    if not there.any():
        return
    tilt = float(np.median(pitch[there]))
    usual = np.median(variance[there] / variance[there, 2:], axis=0)
    ratio = 1.0 / float(usual[:2].min())
    if ratio > VERTICAL:
        other = "uv"[int(usual[:2].argmin())]
        yield Doubt(
            "wind_swapped",
            f"columns.{other}, columns.w: w varies {ratio:.1f} times as much as {other} (variances), "
            "near the "
            f"ground it varies least, and the mean wind is inclined by {tilt:.0f} degrees: w seems to be in "
            "another column",
        )
    elif abs(tilt) > PITCH:
        yield Doubt(
            "pitch",
            f"columns.w: the mean wind is inclined by {tilt:.0f} degrees, plausible is up to "
            f"{PITCH:g}: check "
            "the columns and units of u, v and w, and how the sonic stands",
        )


def stress_once(u: Array, v: Array, w: Array) -> Iterator[Doubt]:
    """Yield what the correlation of u and w of one file tells of the sign of w. Arrays (n,) [m s-1]."""
    there = np.isfinite(u) & np.isfinite(v) & np.isfinite(w)
    if np.count_nonzero(there) < 1000:
        return
    wind = np.stack([u[there], v[there], w[there]])
    mean = wind.mean(axis=1)
    speed = float(np.hypot(*mean[:2]))
    if speed < WINDY or abs(np.degrees(np.arctan2(mean[2], speed))) > PITCH:
        return
    along = mean / np.linalg.norm(mean)
    up = np.array([0.0, 0.0, 1.0]) - along[2] * along
    a, b = along @ wind, up / np.linalg.norm(up) @ wind
    if a.std() == 0.0 or b.std() == 0.0:
        return
    r = float(np.corrcoef(a, b)[0, 1])
    if r > CORRELATION:
        yield Doubt(
            "w_sign",
            f"columns.w: momentum goes upwards at {speed:.1f} m s-1 (u and w are correlated by "
            f"+{r:.2f}, usual is "
            "-0.3): w seems to point downwards; give it gain = -1",
        )


def sign_doubts(speed: Array, stress: Array, heat: Array, sun: Array) -> Iterator[Doubt]:
    """Yield what stress and heat flux of many periods tell of the sign of w.

    Parameters
    ----------
    speed : array, shape (n,)
        Mean wind. [m s-1]
    stress : array, shape (n,)
        Covariance of u and w along the mean wind. [m2 s-2]
    heat : array, shape (n,)
        Sensible heat flux. [W m-2]
    sun : array, shape (n,)
        Potential radiation. [W m-2]
    """
    windy = np.isfinite(stress) & (speed > WINDY)
    upwards = _share(stress[windy] > 0.0)
    day, night = np.isfinite(heat) & (sun > DAY), np.isfinite(heat) & (sun <= 0.0) & (speed > WINDY)
    down, up = _share(heat[day] < 0.0), _share(heat[night] > 0.0)
    if upwards > SHARE:
        beside = f" and heat flux is negative in {100 * down:.0f} % of those by day" if down > SHARE else ""
        yield Doubt(
            "w_sign",
            f"columns.w: momentum goes upwards in {100 * upwards:.0f} % of the windy periods{beside}: "
            "w seems to "
            "point downwards; give it gain = -1",
        )
    elif down > SHARE and up > SHARE:
        yield Doubt(
            "heat_by_night",
            f"columns.t_sonic: heat flux is negative in {100 * down:.0f} % of the periods by day and "
            "positive in "
            f"{100 * up:.0f} % by night: check the station's clock (12 hours), longitude and the sign of the "
            "temperature",
        )


def _share(true: npt.NDArray[np.bool_]) -> float:
    """Return the share of periods, 0 of too few."""
    return float(true.mean()) if true.size >= FEWEST else 0.0
