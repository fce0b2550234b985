"""Planes of a planar fit beside the winds that they were fitted to."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fluxkit.report import style
from fluxkit.report.evidence import SeasonPlanes
from fluxkit.report.svg.drawing import Drawing
from fluxkit.report.svg.labels import Key
from fluxkit.report.svg.marks import Line, Markers
from fluxkit.report.web.parts import Figure, Section, Table
from fluxkit.report.web.still import still
from fluxkit.tower.rotations.planar_fit import sector_of

Array = npt.NDArray[np.float64]

#: Planes that a table lists.
MOST_PLANES = 60
_COLOURS = (style.BLUE, style.RED, style.GREEN, style.ORANGE, style.PINK, style.SKY)


def planes_section(seasons: Sequence[SeasonPlanes]) -> list[Section]:
    """Return the section on the planes of a planar fit; none where the wind is not turned into any."""
    parts: list[Figure] = []
    for number, season in enumerate(seasons):
        rows = _rows(season)
        fitted = sum(row[3] != "–" for row in rows)
        alt = f"Tilt of the mean wind against its direction; {fitted} of {len(rows)} sectors have a plane."
        head = ["from", "sector (°)", "half hours", "b0 (m s⁻¹)", "b1 (1)", "b2 (1)", "tilt (°)"]
        more = f"{len(rows) - MOST_PLANES} more planes are not listed." if len(rows) > MOST_PLANES else ""
        parts.append(still(planes_figure(season), f"planes-{number}", alt))
        parts.append(Table(head, rows[:MOST_PLANES], range(2, 7), title="Planes", more=more))
    if not parts:
        return []
    caption = (
        "Each point is a half hour: by how much its mean wind rises in the sonic's axes, against the "
        "direction it comes from. The lines are the planes w = b0 + b1 u + b2 v at the median speed, each "
        "over its sector; of several windows of time those of the first six are drawn. Where the points "
        "leave the line, the flow does not follow one plane. A sector without a plane takes double rotation."
    )
    return [Section("Planar fit", parts, caption)]


def planes_figure(season: SeasonPlanes) -> Drawing:
    """Draw the tilt of the mean wind against its direction, with the planes fitted."""
    figure, (panel,) = style.figure([2.6], style.Room(left=1.2, right=0.4, top=0.36))
    u, v, w = season.wind.T
    speed = np.hypot(u, v)
    fitting = season.planes.fitting
    with np.errstate(invalid="ignore", divide="ignore"):
        tilt = np.degrees(np.arctan2(w, speed))
    used = (speed >= fitting.min_speed) & (speed <= fitting.max_speed)
    x = np.where(used, season.direction, np.nan)
    many = x.size > style.MANY_POINTS
    panel.add(Markers(x, tilt, style.GREY, "o", 1.8 if many else 3.0, alpha=0.5, many=many))
    keys = [Key("half hours", style.GREY, "o", 3.0)]
    typical = float(np.nanmedian(np.where(used, speed, np.nan))) if used.any() else 1.0
    place = season.direction + np.degrees(np.arctan2(v, u))  # the direction of u = 1, v = 0, the same for all
    known = place[np.isfinite(place)]
    turned = known[0] if known.size else 180.0
    direction = np.arange(0.25, 360.0, 0.5)
    angle = np.radians(turned - direction)
    sector = sector_of(direction, fitting)
    for k, window in enumerate(season.planes.coefficients[: len(_COLOURS)]):
        b = window[sector]
        rise = b[:, 0] / typical + b[:, 1] * np.cos(angle) + b[:, 2] * np.sin(angle)
        rise[1:][np.diff(sector) != 0] = np.nan  # a line for each sector
        panel.add(Line(direction, np.degrees(np.arctan(rise)), _COLOURS[k], 1.6))
        start = season.planes.starts[k] if season.planes.starts.size > 1 else None
        keys.append(Key("plane" if start is None else _day(start), _COLOURS[k], line=1.6))
    panel.x.limits, panel.x.ticks = (0.0, 360.0), (range(0, 361, 45), [str(d) for d in range(0, 361, 45)])
    there = tilt[used & np.isfinite(tilt)]
    if there.size >= 20:
        low, high = np.percentile(there, [0.5, 99.5])
        panel.y.limits = float(low) - 1.0, float(high) + 1.0
    style.name_axes(panel, below="wind direction (°)", left="tilt of the\nmean wind (°)")
    style.legend(figure, keys, 1.2)
    return figure


def _rows(season: SeasonPlanes) -> list[list[str]]:
    """Return (from, sector, half hours, b0, b1, b2, tilt) of each plane."""
    planes, fitting = season.planes, season.planes.fitting
    edges = fitting.first_sector + np.concatenate([[0.0], np.cumsum(fitting.sectors)])
    rows = []
    for k, window in enumerate(planes.coefficients):
        for sector, b in enumerate(window):
            ends = f"{edges[sector] % 360:g} to {edges[sector + 1] % 360 or 360:g}"
            tilt = np.degrees(np.arctan(np.hypot(b[1], b[2])))
            start = _day(planes.starts[k]) if len(planes.coefficients) > 1 else "all"
            rows.append(
                [start, ends, str(int(planes.count[k, sector]))]
                + [_numeral(value, digits) for value, digits in zip((*b, tilt), (3, 4, 4, 2), strict=True)]
            )
    return rows


def _numeral(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−") if np.isfinite(value) else "–"


def _day(moment: np.datetime64) -> str:
    return str(np.datetime_as_string(moment, unit="D"))
