"""Axes of the wind that are mistaken for each other, or point the wrong way."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from fluxkit.examine.doubt import Doubt

Array = npt.NDArray[np.float64]

#: Inclination of the mean wind in the sonic's frame [deg]: steeper slopes carry few towers, and a sonic that
#: leans so much is no longer within the angles that its makers calibrate.
PITCH = 20.0
#: Inclination that only more periods can tell from an offset of w [deg]: towers' slopes have less as a rule.
STEEP = 10.0
#: Variance of w over the smaller one of u and v. Near the ground the deviations are 2.4, 1.9 and 1.25 u*
#: (Panofsky & Dutton, 1984): 0.4; u and w the other way round make 2.3 and more.
VERTICAL = 1.5
#: The same where w varies too little for any turbulence, and the deviation of u over that of v in the
#: sonic's frame: medians of archives have 0.1 to 0.6, and 0.6 to 1.6.
QUIET, ALIKE = 0.01, 5.0
#: Horizontal wind that no sonic shows over half an hour, nor in the median of an archive [m s-1].
CALM_ONCE, CALM = 0.03, 0.1
#: Correlation of u and w, -0.3 in the surface layer (Kaimal & Finnigan, 1994); its random error over half an
#: hour is 0.07.
CORRELATION = 0.2
#: Winds from which stress is surely downwards [m s-1].
WINDY = 2.0
#: Mean w that is left where there is no wind [m s-1]: makers promise 0.04; and how many of its standard
#: errors.
OFFSET, ERRORS = 0.08, 5.0
#: Gusts that no sonic has survived [m s-1]: where most samples are below, those above are no wind.
GUST = 70.0
#: Change of a sonic's tilt that is told without planes of its own [deg], and the F of the Chow test: one
#: plane for all winds is a poor model of a valley, whose winds change with the weather.
MOVED, CERTAIN = 3.0, 50.0
#: Sectors of direction in which w may be proportional to the wind in its own way, periods, and how much the
#: wind must vary: its 90th over its 10th percentile.
SECTORS, PERIODS, VARIES = 12, 30, 1.8
#: Share of windy periods with stress upwards, or of days and nights with heat flux the wrong way.
SHARE = 0.75
#: Heat flux that is against the sun for certain [W m-2]: its random error is a few.
HEAT = 20.0
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


def scale_doubts(speed: Array, variance: Array) -> Iterator[Doubt]:
    """Yield what variances of the wind tell of the gains and units of u, v and w.

    Parameters
    ----------
    speed : array, shape (n,)
        Mean horizontal wind of n periods. [m s-1]
    variance : array, shape (n, 3)
        Of u, v and w. [m2 s-2]
    """
    there = np.isfinite(speed) & np.isfinite(variance).all(axis=1) & (variance > 0).all(axis=1)
    if not there.any():
        return
    usual = float(np.median(speed[there]))
    least = CALM if np.count_nonzero(there) >= FEWEST else CALM_ONCE
    if usual < least:
        yield Doubt(
            "wind_scale",
            f"columns.u, columns.v: {usual:.2g} m s-1 of wind on average, in the calm a sonic shows more "
            f"than {least:g}: check their units and gains",
        )
        return
    ratio = float(np.sqrt(np.median(variance[there, 0] / variance[there, 1])))
    if not 1.0 / ALIKE <= ratio <= ALIKE:
        more, less = ("u", "v") if ratio > 1.0 else ("v", "u")
        yield Doubt(
            "wind_scale",
            f"columns.{more}, columns.{less}: {more} varies {max(ratio, 1.0 / ratio):.1f} times as much as "
            f"{less} (standard deviations), plausible is up to {ALIKE:g}: check their units and gains, and "
            "which columns they are",
        )
        return
    windy = there & (speed > WINDY)
    if not windy.any():
        return
    quiet = float(np.median(variance[windy, 2] / variance[windy, :2].min(axis=1)))
    if quiet < QUIET:
        yield Doubt(
            "wind_scale",
            f"columns.w: it varies {np.sqrt(quiet):.2g} times as much as u and v (standard deviations), "
            f"usual is 0.5, plausible {np.sqrt(QUIET):g} or more: check the unit and gain of w, and "
            "which column it is",
        )


def offset_doubts(mean: Array) -> Iterator[Doubt]:
    """Yield that w has an offset: w = b0 + b(sector) U, as slopes and tilts make w proportional to the wind.

    Double rotation takes an offset for a tilt, which is wrong by arctan(b0 / U); a planar fit with offset
    (Wilczak et al., 2001) takes it off.

    Parameters
    ----------
    mean : array, shape (n, 3)
        Mean u, v and w of n periods in the sonic's frame. [m s-1]
    """
    mean = mean[np.isfinite(mean).all(axis=1)]
    speed = np.hypot(mean[:, 0], mean[:, 1])
    low, high = np.percentile(speed, [10.0, 90.0]) if speed.size else (0.0, 0.0)
    if mean.shape[0] < PERIODS or not (low > 0.0 and high / low > VARIES):
        yield from _untold(mean[:, 2], speed)
        return
    angle = np.arctan2(mean[:, 1], mean[:, 0]) / (2.0 * np.pi) % 1.0
    sector = (angle * SECTORS).astype(np.int64) % SECTORS
    columns = [np.ones(speed.size), *(np.where(sector == k, speed, 0.0) for k in np.unique(sector))]
    A = np.stack(columns, axis=1)
    found, *_ = np.linalg.lstsq(A, mean[:, 2], rcond=None)
    left = mean[:, 2] - A @ found
    freedom = speed.size - A.shape[1]
    error = float(np.sqrt((left @ left) / max(freedom, 1) * np.linalg.pinv(A.T @ A)[0, 0]))
    if freedom > 0 and abs(found[0]) > max(OFFSET, ERRORS * error):
        yield Doubt(
            "w_offset",
            f"columns.w: {found[0]:+.2f} m s-1 of mean w are left where there is no wind (standard error "
            f"{error:.2f}), usual is up to {OFFSET:g}: the sonic has an offset; give "
            "instruments.sonic.w_offset, "
            "or decide.rotation = 'wilczak-2001', which takes it off",
        )


def _untold(w: Array, speed: Array) -> Iterator[Doubt]:
    """Yield that the mean wind is steep where nothing tells a slope from an offset of w. Arrays (n,)."""
    pitch = np.degrees(np.arctan2(w, speed))
    tilt = float(np.median(pitch)) if pitch.size else 0.0
    if abs(tilt) > STEEP:
        yield Doubt(
            "pitch",
            f"columns.w: the mean wind is inclined by {tilt:.0f} degrees in the sonic's frame: by a slope, a "
            f"sonic that leans or an offset of w ({np.median(w):+.2f} m s-1); {pitch.size} periods do not "
            "tell which (30 and winds that vary do), and rotation is wrong for an offset: look at w in calm "
            "air",
        )


def wrong_way(speed: Array, correlation: Array, heat: Array, sun: Array) -> npt.NDArray[np.bool_]:
    """Return the periods in which momentum goes upwards, and heat against the sun as well.

    Parameters
    ----------
    speed : array, shape (n,)
        Mean wind. [m s-1]
    correlation : array, shape (n,)
        Of u and w along the mean wind.
    heat : array, shape (n,)
        Sensible heat flux. [W m-2]
    sun : array, shape (n,)
        Potential radiation. [W m-2]
    """
    with np.errstate(invalid="ignore"):
        against = ((heat < -HEAT) & (sun > DAY)) | ((heat > HEAT) & (sun <= 0.0))
        return np.asarray((speed > WINDY) & (correlation > CORRELATION) & against)


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


def gas_sign_doubts(le: Array, fc: Array, sun: Array) -> Iterator[Doubt]:
    """Yield what water vapour that goes downwards by day tells of the columns of gases.

    Means do not show columns of CO2 and H2O that are swapped where both are volts with gains of their own.

    Parameters
    ----------
    le : array, shape (n,)
        Latent heat flux. [W m-2]
    fc : array, shape (n,)
        CO2 flux, NaN without. [umol m-2 s-1]
    sun : array, shape (n,)
        Potential radiation. [W m-2]
    """
    day = np.isfinite(le) & (sun > DAY)
    down = _share(le[day] < 0.0)
    if down <= SHARE:
        return
    up = _share(fc[day & np.isfinite(fc)] > 0.0)
    if up > SHARE:
        yield Doubt(
            "gases_swapped",
            f"columns.co2, columns.h2o: by day water vapour goes downwards in {100 * down:.0f} % of the "
            "periods "
            f"and carbon dioxide upwards in {100 * up:.0f} %: they seem swapped",
        )
    else:
        yield Doubt(
            "vapour_sign",
            f"columns.h2o: by day water vapour goes downwards in {100 * down:.0f} % of the periods: check "
            "the "
            "sign of its gain, and which column it is",
        )


def gases_once(co2: float, h2o: float, sun: float, keys: tuple[str, str]) -> Iterator[Doubt]:
    """Yield that, in one file by day, vapour goes downwards and carbon dioxide upwards.

    Parameters
    ----------
    co2, h2o : float
        Correlation of w with either at the lag where it is largest, NaN where none stands out.
    sun : float
        Potential radiation. [W m-2]
    keys : tuple of str
        Where the configuration has both columns.
    """
    if sun > DAY and h2o < 0.0 < co2:
        yield Doubt(
            "gases_swapped",
            f"{keys[0]}, {keys[1]}: by day water vapour goes downwards (it is correlated with w by "
            f"{h2o:+.2f}) "
            f"and carbon dioxide upwards ({co2:+.2f}): they seem swapped, unless w points downwards",
        )


def _share(true: npt.NDArray[np.bool_]) -> float:
    """Return the share of periods, 0 of too few."""
    return float(true.mean()) if true.size >= FEWEST else 0.0
