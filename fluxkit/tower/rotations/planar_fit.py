"""Planar fit: the plane in which the wind blows on average, by wind sector and window of time.

With it a half hour's mean vertical wind is kept instead of being turned away.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fluxkit.tower.rotations.rotation import Frame, Times, angles_of, double_rotation

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Fitting:
    """What a plane is fitted to."""

    sectors: Sequence[float] = (360.0,)  #: widths, clockwise [deg]
    first_sector: float = 0.0  #: where the first begins [deg]
    excluded: Sequence[int] = ()  #: sectors without a plane, 1 = first
    window: float | None = None  #: length of the windows [d]; None: all
    rolling: bool = False  #: a window is centred on each day
    changes: Sequence[np.datetime64] = ()  #: days on which the sonic was moved
    start: np.datetime64 | None = None  #: periods before it do not count
    end: np.datetime64 | None = None  #: nor those from it on
    min_periods: int = 20
    min_speed: float = 0.5  #: [m s-1]
    max_speed: float = 20.0  #: [m s-1]
    max_w: float = 2.0  #: [m s-1]
    biased: bool = True  #: with a b0 (Wilczak), or without (van Dijk)
    absolute_w: bool = True  #: max_w holds for down-draughts too (EddyPro 6: no)


def sector_of(direction: Array, fitting: Fitting) -> Integers:
    """Sector (0 = first) of each wind direction. [deg]"""
    edges = np.cumsum(fitting.sectors)
    from_first = np.mod(np.nan_to_num(direction) - fitting.first_sector, 360.0)
    return np.minimum(np.searchsorted(edges, from_first, side="right"), len(fitting.sectors) - 1)


@dataclass(frozen=True)
class Planes:
    """Planes w = b0 + b1 u + b2 v of each sector and window."""

    starts: Times  #: (window,) first moment at which each holds
    fitting: Fitting
    coefficients: Array  #: b0 [m s-1], b1, b2; NaN where none could be fitted: (window, sector, 3)
    count: Integers  #: half hours behind each: (window, sector)

    def frame(self, wind: Array, time: Times, direction: Array, *, next_sector: bool = False) -> Frame:
        """Turn each period into the plane of its sector and window, then into its mean wind.

        Parameters
        ----------
        wind : (time, 3) array
            Mean wind in the sonic's axes. [m s-1]
        time : (time,) array of datetime64
        direction : (time,) array
            Wind direction. [deg]
        next_sector : bool, default False
            A sector without a plane takes the next one's, clockwise, as EddyPro 6 does; a plane that was
            fitted to other directions is no better there than double rotation, which we take.

        Returns
        -------
        Frame

        References
        ----------
        .. [1] Wilczak, Oncley & Stage, Boundary-Layer Meteorol. 99, 127-150, 2001, eqs. 39-44.
        .. [2] van Dijk, Moene & de Bruin, The principles of surface flux physics, 2004, section 3.
        """
        window = np.maximum(np.searchsorted(self.starts, time, side="right") - 1, 0)
        sector = sector_of(direction, self.fitting)
        b = self.coefficients[window, sector]
        b0 = np.where(np.isnan(b[:, 0]), 0.0, b[:, 0])
        if next_sector:
            b = _following(self.coefficients)[window, sector]
        matrix = _into_plane(wind, b[:, 1], b[:, 2])
        double = double_rotation(wind, time, np.empty(0))
        lacking = np.isnan(b[:, 1])
        return Frame(
            np.where(lacking[:, None], double.angles, angles_of(matrix)),
            np.where(lacking[:, None, None], double.matrix, matrix),
            b0 / np.sqrt(1.0 + np.nansum(b[:, 1:] ** 2, axis=1)),  # its part along the normal
            lacking & ~np.isnan(wind).any(axis=1),
        )


def _following(coefficients: Array) -> Array:
    """Fill sectors without a plane with the next one clockwise, b0 apart. (window, sector, 3)"""
    out = coefficients.copy()
    for _ in range(out.shape[1]):
        out = np.where(np.isnan(out), np.roll(out, -1, axis=1), out)
    return out


def _into_plane(wind: Array, b1: Array, b2: Array) -> Array:
    """Matrices (time, 3, 3) whose third axis is the plane's normal and whose first is along the wind."""
    one = np.ones_like(b1)
    normal = np.stack([-b1, -b2, one], axis=-1) / np.sqrt(1.0 + b1**2 + b2**2)[:, None]
    y = np.stack([np.zeros_like(b2), one, b2], axis=-1) / np.sqrt(1.0 + b2**2)[:, None]
    x = np.cross(y, normal)
    yaw = np.arctan2(np.einsum("ti,ti->t", y, wind), np.einsum("ti,ti->t", x, wind))
    c, s = np.cos(yaw)[:, None], np.sin(yaw)[:, None]
    matrix = np.stack([c * x + s * y, c * y - s * x, normal], axis=-2)
    matrix[np.isnan(wind).any(axis=1)] = np.nan
    return matrix


def given_planes(coefficients: Sequence[Sequence[float]], fitting: Fitting) -> Planes:
    """Planes that were fitted elsewhere: b0 [m s-1], b1, b2 of each sector."""
    b = np.array(coefficients, dtype=np.float64)[None]
    b[:, [k - 1 for k in fitting.excluded]] = np.nan
    start = np.array([np.datetime64(0, "ns")])
    return Planes(start, fitting, b, np.zeros(b.shape[:2], np.int64))


def fit_planes(wind: Array, time: Times, direction: Array, fitting: Fitting) -> Planes:
    """Fit a plane to the mean winds of each sector and window.

    Parameters
    ----------
    wind : (time, 3) array
        Mean wind of each period in the sonic's axes. [m s-1]
    time : (time,) array of datetime64
        Start of each period, in order.
    direction : (time,) array
        Wind direction. [deg]
    fitting : Fitting

    Returns
    -------
    Planes

    References
    ----------
    .. [1] Wilczak, Oncley & Stage, Boundary-Layer Meteorol. 99, 127-150, 2001, eqs. 46-48: least squares.
    .. [2] van Dijk, Moene & de Bruin, The principles of surface flux physics, 2004: without b0.
    """
    day = time.astype("datetime64[D]")
    first, last = day.min(), day.max() + DAY
    days = np.arange(first, last)
    sums = _daily_sums(wind, (day - first) // DAY, sector_of(direction, fitting), days.size, fitting)
    starts, begins, ends = _windows(days, fitting)
    running = np.concatenate([np.zeros((1, *sums.shape[1:])), np.cumsum(sums, axis=0)])
    b, count = _solve(running[ends] - running[begins], fitting)
    return Planes(starts.astype("datetime64[ns]"), fitting, b, count)


def _daily_sums(wind: Array, day: Integers, sector: Integers, days: int, fitting: Fitting) -> Array:
    """Sums of (1, u, v, w) x (1, u, v, w) by day and sector, over the periods that count."""
    u, v, w = wind.T
    speed = np.hypot(u, v)
    with np.errstate(invalid="ignore"):
        use = (speed >= fitting.min_speed) & (speed <= fitting.max_speed)
        use &= (np.abs(w) if fitting.absolute_w else w) <= fitting.max_w
    date = day.astype(np.int64)
    terms = np.stack([np.ones_like(u), u, v, w], axis=-1)[use]
    sums = np.zeros((days, len(fitting.sectors), 4, 4))
    np.add.at(sums, (date[use], sector[use]), terms[:, :, None] * terms[:, None, :])
    return sums


def _windows(days: Times, fitting: Fitting) -> tuple[Times, Integers, Integers]:
    """When the planes of each window begin to hold, and the first and last day (+1) it is fitted to."""
    marks = [m for m in fitting.changes if days[0] < m <= days[-1]]
    stretches = np.array([0, *sorted(int((m - days[0]) // DAY) for m in marks), days.size])
    starts, begins, ends = [], [], []
    length = days.size if fitting.window is None else max(1, round(fitting.window))
    for low, high in itertools.pairwise(stretches):
        if fitting.rolling and fitting.window is not None:
            centre = np.arange(low, high)
            begin = np.clip(centre - length // 2, low, max(low, high - length))
            hold, end = centre, np.minimum(begin + length, high)
        else:
            # A short rest joins the window before it: better a long window than one without a plane.
            begin = np.arange(low, max(low + 1, high - length // 2), length)
            hold, end = begin, np.append(begin[1:], high)
        starts.append(days[hold])
        begins.append(begin)
        ends.append(end)
    begin, end = np.concatenate(begins), np.concatenate(ends)
    low = 0 if fitting.start is None else int((fitting.start - days[0]) // DAY)
    high = days.size if fitting.end is None else int((fitting.end - days[0]) // DAY)
    return np.concatenate(starts), np.clip(begin, low, high), np.clip(end, low, high)


def _solve(sums: Array, fitting: Fitting) -> tuple[Array, Integers]:
    """Least squares from sums (..., 4, 4) of (1, u, v, w): b (..., 3), NaN where there is no plane."""
    count = np.rint(sums[..., 0, 0]).astype(np.int64)
    columns = [0, 1, 2] if fitting.biased else [1, 2]
    A, y = sums[..., columns, :][..., columns], sums[..., columns, 3]
    # Three half hours in a row from one direction do not span a plane, however small min_periods is.
    enough = (count >= max(fitting.min_periods, 3)) & (np.linalg.cond(_or_unit(A, count > 0)) < 1e10)
    for k in fitting.excluded:
        enough[..., k - 1] = False
    b = np.linalg.solve(_or_unit(A, enough), y[..., None])[..., 0]
    out = np.zeros((*b.shape[:-1], 3))
    out[..., columns] = b
    return np.where(enough[..., None], out, np.nan), count


def _or_unit(A: Array, where: npt.NDArray[np.bool_]) -> Array:
    return np.where(where[..., None, None], A, np.eye(A.shape[-1]))


@dataclass(frozen=True)
class Move:
    """A day on which the sonic seems to have been moved."""

    day: np.datetime64  #: the first of the new position
    tilt: float  #: angle between the planes before and after [deg]
    F: float  #: of the Chow test with 3 and n - 6 degrees of freedom [1]

    @property
    def description(self) -> str:
        """What happened, and what to do about it."""
        return (
            f"the sonic's tilt seems to change by {self.tilt:.1f} degrees on {self.day}: if it was moved, "
            f"set decide.planar_fit.changes = [{self.day}]"
        )


def find_move(wind: Array, time: Times, fitting: Fitting, *, min_days: int = 3) -> Move | None:
    """Find the day on which the plane changes most, if it changes beyond doubt.

    Parameters
    ----------
    wind, time, fitting
        As of `fit_planes`; sectors are joined.
    min_days : int
        Fewest days on either side. [d]

    Returns
    -------
    Move or None
        None when no split improves the fit significantly by the Chow test (F > 20), or the planes differ
        by less than half a degree.

    References
    ----------
    .. [1] Chow, Econometrica 28, 591-605, 1960: equality of two regressions.
    """
    one = replace(fitting, sectors=(360.0,), excluded=(), min_periods=0, biased=True)
    day = time.astype("datetime64[D]")
    days = int((day.max() - day.min()) // DAY) + 1
    if days < 2 * min_days:
        return None
    sums = _daily_sums(wind, (day - day.min()) // DAY, np.zeros(time.size, dtype=np.int64), days, one)[:, 0]
    before = np.cumsum(sums, axis=0)[min_days - 1 : days - min_days]
    whole = sums.sum(axis=0)
    n = whole[0, 0]
    if n <= 12:
        return None
    b, residual = _residuals(np.stack([before, whole - before]), one)
    together = _residuals(whole[None], one)[1][0]
    apart = residual.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        F = (together - apart) / 3.0 / (apart / (n - 6.0))
    if not np.isfinite(F).any():
        return None
    k = int(np.nanargmax(F))
    normals = [np.array([-x[1], -x[2], 1.0]) / np.sqrt(1.0 + x[1] ** 2 + x[2] ** 2) for x in b[:, k]]
    tilt = float(np.degrees(np.arccos(np.clip(normals[0] @ normals[1], -1.0, 1.0))))
    if F[k] <= 20.0 or tilt < 0.5:
        return None
    return Move(day.min() + (k + min_days) * DAY, tilt, float(F[k]))


def _residuals(sums: Array, fitting: Fitting) -> tuple[Array, Array]:
    """Plane and residual sum of squares from sums (..., 4, 4)."""
    b, _ = _solve(sums[..., None, :, :], fitting)
    b = b[..., 0, :]
    return b, sums[..., 3, 3] - np.einsum("...i,...i->...", b, sums[..., :3, 3])
