"""Corrections of a sonic's samples: its columns, axes, head and temperature.

All functions work on a dict of samples, in place. `correct_sonic` comes before everything else, for it
makes wind components and a temperature of whatever the sonic writes. Corrections of the head come after
despiking: they mix the components, so that a spike in one would reach the others. The cross-wind
correction takes the corrected wind; EddyPro 6 takes it before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fluxkit import kernels
from fluxkit.physics import sonic
from fluxkit.physics.sonic import CrossWind

Array = npt.NDArray[np.float64]

WIND = ("u", "v", "w")

#: To which the angle of attack is solved. [deg]
TOLERANCE = 1e-9
MOST_STEPS = 200


@dataclass(frozen=True)
class SonicColumns:
    """How a sonic writes its samples."""

    wind: str = (
        "uvw"  #: "uvw", "polar" (direction in u [deg], speed in v) or "axis" (winds along three paths)
    )
    speed_of_sound: bool = False  #: t_sonic holds the speed of sound [m s-1]
    offsets: Mapping[str, float] = field(default_factory=dict)  #: of u, v, w, taken off [m s-1]
    reflected: str = ""  #: component of a left-handed head that changes its sign
    rotation: float = 0.0  #: of u and v to the head's north, counterclockwise [deg]


@dataclass(frozen=True)
class Head:
    """Which errors of a sonic's head are taken out."""

    w_boost: str = "none"  #: "apply"; "undo": made as the faulty firmware shows it; "none"
    angle_of_attack: str = "none"  #: "nakai-2006", "nakai-shimoyama-2012", "none"
    transducer_shadow: str = "none"  #: "horst-2015", "none"


def correct_sonic(
    data: dict[str, Array],
    columns: SonicColumns,
    *,
    towards: bool = False,
    rounded_axes: bool = False,
    keep_unpaired: bool = False,
) -> None:
    """Make right-handed u, v, w and sonic temperature of what the sonic writes.

    Parameters
    ----------
    data : dict of (N,) arrays
        Samples. [SI; direction in deg]
    columns : Columns
    towards : bool, default False
        A polar wind's direction is where it blows to, see `fluxkit.physics.sonic.from_polar`.
    rounded_axes : bool, default False
        Factors of the paths as printed, see `fluxkit.physics.sonic.from_axes`.
    keep_unpaired : bool, default False
        See `rotate_axes`.
    """
    if columns.speed_of_sound:
        data["t_sonic"] = sonic.sonic_temperature(data["t_sonic"])
    if columns.wind == "polar":
        data["u"], data["v"] = sonic.from_polar(data["u"], data["v"], towards=towards)
    elif columns.wind == "axis":
        data["u"], data["v"], data["w"] = sonic.from_axes(*(data[k] for k in WIND), rounded=rounded_axes)
    for name, offset in columns.offsets.items():
        if offset != 0.0:
            data[name] = data[name] - offset
    if columns.reflected:
        data[columns.reflected] = -data[columns.reflected]
    rotate_axes(data, angle=columns.rotation, keep_unpaired=keep_unpaired)


def rotate_axes(data: dict[str, Array], *, angle: float, keep_unpaired: bool = False) -> None:
    """Turn u and v counterclockwise by a fixed angle: sonics whose axes are not their north's.

    Parameters
    ----------
    angle : float
        [deg]
    keep_unpaired : bool, default False
        Leave a component as it is where the other is missing, as EddyPro 6 does (such a value
        belongs to the wrong axis); otherwise both are lost.
    """
    if angle == 0.0:
        return
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    u, v = data["u"], data["v"]
    turned_u, turned_v = u * c - v * s, u * s + v * c
    if keep_unpaired:
        gap = np.isnan(turned_u)
        turned_u[gap], turned_v[gap] = u[gap], v[gap]
    data["u"], data["v"] = turned_u, turned_v


def correct_head(data: dict[str, Array], head: Head, *, tolerance: float = TOLERANCE) -> int:
    """Take errors of the head out of the wind; returns how many samples had no solution and are lost.

    Parameters
    ----------
    data : dict of (N,) arrays
        u, v, w in the sonic's axes, u towards its north. [m s-1]
    head : Head
    tolerance : float
        To which the angle of attack is solved. [deg]

    References
    ----------
    .. [1] Nakai, van der Molen, Gash & Kodama, Agric. For. Meteorol. 136, 19-30, 2006.
    .. [2] Nakai & Shimoyama, Agric. For. Meteorol. 162-163, 14-26, 2012.
    .. [3] Horst, Semmer & Maclean, Boundary-Layer Meteorol. 155, 371-395, 2015.
    """
    if head.w_boost == "apply":
        data["w"] = sonic.boosted(data["w"])
    elif head.w_boost == "undo":
        data["w"] = sonic.unboosted(data["w"])
    lost = 0
    if head.angle_of_attack != "none":
        wind = _copies(data)
        year = 2006 if head.angle_of_attack == "nakai-2006" else 2012
        lost = int(kernels.sonic.angle_of_attack(*wind, year, tolerance, MOST_STEPS))
        data.update(zip(WIND, wind, strict=True))
    if head.transducer_shadow == "horst-2015":
        wind = _copies(data)
        paths = sonic.CSAT3_PATHS
        kernels.sonic.transducer_shadow(*wind, paths, np.linalg.inv(paths), sonic.CSAT3_SHADOW, 3)
        data.update(zip(WIND, wind, strict=True))
    return lost


def correct_temperature(
    data: dict[str, Array], shares: CrossWind | None, *, keep_unpaired: bool = False
) -> None:
    """Take the effect of cross-wind out of sonic temperature; without shares nothing is done.

    References
    ----------
    .. [1] Liu, Peters & Foken, Boundary-Layer Meteorol. 100, 459-468, 2001.
    """
    if shares is not None:
        data["t_sonic"] = sonic.cross_wind_liu_2001(
            data["t_sonic"], data["u"], data["v"], data["w"], shares=shares, keep_unpaired=keep_unpaired
        )


def _copies(data: Mapping[str, Array]) -> list[Array]:
    """Contiguous copies of the wind, which a kernel may change."""
    return [np.array(data[k], dtype=np.float64) for k in WIND]
