"""Wind directions: against another sensor, and sectors in which something stands in the way."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from fluxkit.examine.doubt import Doubt

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: Winds in which vanes and sonics tell a direction [m s-1].
TELLING = 1.5
#: Fewest periods that two sensors are compared in.
FEWEST = 12
#: How far two sensors may differ [deg]: vanes are mounted to 5 degrees, and towers turn the wind by as much.
APART = 30.0
#: Wind speed over that of another sensor: heights of 2 and 10 m make 0.7, a canopy between them half.
SPEEDS = (0.4, 2.5)
#: Change of the difference of two directions between two parts of an archive that is told [deg], where flow
#: around a tower makes 10; and how many of its standard errors, of every fourth period, as these are alike.
TURNED, ERRORS, ALIKE = 20.0, 5.0, 4
#: Length of the mean unit vector of differences, 1 where they are all alike: from here on two directions go
#: together (a circular standard deviation of 38 degrees; Mardia & Jupp, 2000).
TOGETHER = 0.8
#: Mean unit vector of the directions themselves: where they hardly turn, no mirror can be told from a turn.
TURNS = 0.9
#: Standard deviation of w over wind speed in one sector, over that in the others: it goes with 1 / ln(z /
#: z0),
#: so that a surface ten times as rough makes 1.5 to 2; wakes make several times as much.
ROUGHER = 2.5
#: Width of a sector [deg], fewest windy periods in one, and sectors that are needed.
SECTOR, IN_SECTOR, SECTORS = 30, 12, 4
#: Winds in which obstacles are looked for [m s-1]: buoyancy matters less.
WINDY = 2.5


def direction_doubts(direction: Array, speed: Array, other: Array) -> Iterator[Doubt]:
    """Yield what the wind direction of another sensor tells of the azimuth and the axes of the sonic.

    A sonic that is turned differs by the same angle in every wind; one whose axes are left-handed turns the
    other way: the sum of both directions is the same angle in every wind.

    Parameters
    ----------
    direction : array, shape (n,)
        Of the sonic. [deg]
    speed : array, shape (n,)
        [m s-1]
    other : array, shape (n,)
        Direction of the other sensor. [deg]
    """
    there = np.isfinite(direction) & np.isfinite(other) & (speed > TELLING)
    if np.count_nonzero(there) < FEWEST:
        return
    a, b = (np.exp(1j * np.radians(x[there])) for x in (direction, other))
    turned, mirrored = complex(np.mean(a * b.conj())), complex(np.mean(a * b))
    off = float(np.degrees(np.angle(turned)))
    if abs(mirrored) > TOGETHER and abs(mirrored) > abs(turned) + 0.1 and abs(np.mean(b)) < TURNS:
        yield Doubt(
            "left_handed",
            "columns.v: wind direction turns the other way than that of biomet.columns.wind_direction: the "
            "axes are left-handed; give v (or u) gain = -1, or take it off",
        )
    elif abs(turned) > TOGETHER and abs(off) > APART:
        mirror = "" if abs(np.mean(b)) < TURNS else ", if the sign of v is right: the wind hardly turned"
        yield Doubt(
            "azimuth",
            f"instruments.sonic.north_offset: wind direction is {off:+.0f} degrees off that of "
            f"biomet.columns.wind_direction: the azimuth of one of them is wrong{mirror}; if it is the "
            f"sonic's, take {off:+.0f} degrees off its north_offset",
        )


def speed_doubts(speed: Array, other: Array) -> Iterator[Doubt]:
    """Yield that the wind speed of another sensor [m s-1] is another one altogether. Arrays (n,)."""
    there = np.isfinite(speed) & np.isfinite(other) & (np.maximum(speed, other) > TELLING)
    if np.count_nonzero(there) < FEWEST:
        return
    usual = np.median(speed[there]), np.median(other[there])
    ratio = float(usual[0] / max(usual[1], 1e-9))
    if not SPEEDS[0] <= ratio <= SPEEDS[1]:
        yield Doubt(
            "wind_speed",
            f"columns.u, columns.v: the wind is {ratio:.2g} times that of biomet.columns.wind_speed, "
            f"plausible is {SPEEDS[0]:g} to {SPEEDS[1]:g}: check the units and gains of both",
        )


def turn_doubts(time: Times, direction: Array, speed: Array, other: Array) -> Iterator[Doubt]:
    """Yield that the sonic, or the other sensor, was turned within an archive.

    Parameters
    ----------
    time : array of datetime64, shape (n,)
    direction, speed, other
        As of `direction_doubts`.
    """
    there = np.isfinite(direction) & np.isfinite(other) & (speed > TELLING)
    n = np.count_nonzero(there)
    if n < 2 * FEWEST:
        return
    off = np.exp(1j * np.radians(direction[there] - other[there]))
    total, count = np.cumsum(off), np.arange(1, n + 1)
    both = np.abs(total[:-1]) + np.abs(total[-1] - total[:-1])  # how well two angles explain all
    inner = slice(FEWEST - 1, n - FEWEST)
    k = FEWEST - 1 + int(np.argmax(both[inner]))
    parts = total[k] / count[k], (total[-1] - total[k]) / (n - count[k])
    change = float(np.degrees(np.angle(parts[1] * parts[0].conjugate())))
    spread = [np.degrees(np.sqrt(-2.0 * np.log(abs(part)))) for part in parts]
    error = float(
        np.hypot(spread[0] / np.sqrt(count[k] / ALIKE), spread[1] / np.sqrt((n - count[k]) / ALIKE))
    )
    if min(map(abs, parts)) > TOGETHER and abs(change) > max(TURNED, ERRORS * error):
        day = str(time[there][k + 1].astype("datetime64[D]"))
        yield Doubt(
            "turned",
            f"instruments.sonic.north_offset: from {day} on wind direction is {change:+.0f} degrees further "
            "off that of biomet.columns.wind_direction than before: one of them was turned; give "
            "north_offset "
            "in [[changes]] if it was the sonic",
        )


def sector_doubts(direction: Array, speed: Array, sigma_w: Array) -> Iterator[Doubt]:
    """Yield the sectors in which the wind is far more turbulent than in others.

    Parameters
    ----------
    direction, speed : arrays, shape (n,)
        [deg], [m s-1]
    sigma_w : array, shape (n,)
        Standard deviation of vertical wind. [m s-1]
    """
    there = np.isfinite(direction) & np.isfinite(sigma_w) & (speed > WINDY)
    if np.count_nonzero(there) < IN_SECTOR * SECTORS:
        return
    ratio = sigma_w[there] / speed[there]
    sector = (direction[there] // SECTOR).astype(np.int64) % (360 // SECTOR)
    usual = {k: float(np.median(ratio[sector == k])) for k in np.unique(sector) if _many(sector == k)}
    if len(usual) < SECTORS:
        return
    for k, value in usual.items():
        others = float(np.median([x for j, x in usual.items() if j != k]))
        if value > ROUGHER * others:
            yield Doubt(
                "sector",
                f"instruments.sonic.north_offset: with wind from {SECTOR * k} to {SECTOR * (k + 1)} "
                "degrees w "
                f"varies {value / others:.1f} times as much as with other winds: a tower, a building or the "
                "sonic's own mount seems to stand there; leave such periods out, or check the azimuth",
            )


def _many(where: npt.NDArray[np.bool_]) -> bool:
    return int(np.count_nonzero(where)) >= IN_SECTOR
