"""A plane that was planted is the line that is drawn through the winds."""

import numpy as np
import pytest

from fluxkit.report.evidence import SeasonPlanes
from fluxkit.report.planes import planes_figure, planes_section
from fluxkit.report.svg.marks import Line, Markers
from fluxkit.tower.rotations.planar_fit import Fitting, fit_planes

B1, B2 = 0.05, -0.03
OFFSET = 40.0  #: of the sonic against north [degree]


@pytest.fixture(scope="module")
def season() -> SeasonPlanes:
    rng = np.random.default_rng(4)
    angle, speed = rng.uniform(0.0, 2.0 * np.pi, 600), rng.uniform(1.0, 6.0, 600)
    u, v = speed * np.cos(angle), speed * np.sin(angle)
    wind = np.stack([u, v, B1 * u + B2 * v], axis=1)
    direction = np.mod(180.0 - np.degrees(angle) + OFFSET, 360.0)
    time = np.datetime64("2024-07-01") + np.arange(600) * np.timedelta64(30, "m")
    planes = fit_planes(wind, time, direction, Fitting(sectors=(180.0, 180.0), first_sector=30.0))
    return SeasonPlanes(planes, wind, direction)


def test_the_line_goes_through_the_winds(season: SeasonPlanes) -> None:
    panel = planes_figure(season).panels[0]
    points = next(mark for mark in panel.marks if isinstance(mark, Markers))
    line = next(mark for mark in panel.marks if isinstance(mark, Line))
    known = np.isfinite(line.y)
    at = np.interp(points.x, line.x[known], line.y[known])
    inside = (points.x > 2.0) & (points.x < 358.0) & (np.abs(np.mod(points.x - 30.0, 180.0) - 90.0) < 88.0)
    # Without scatter each half hour lies on its plane; the line is drawn at half degrees.
    np.testing.assert_allclose(points.y[inside], at[inside], atol=0.02)
    assert np.ptp(line.y[known]) == pytest.approx(2 * np.degrees(np.arctan(np.hypot(B1, B2))), abs=0.02)


def test_coefficients_are_told_by_sector(season: SeasonPlanes) -> None:
    (section,) = planes_section([season])
    rows = section.figures[1].rows  # type: ignore[union-attr]
    assert [row[1] for row in rows] == ["30 to 210", "210 to 30"]
    for row in rows:
        assert row[3:] == ["0.000", "0.0500", "−0.0300", "3.34"]
    assert sum(int(row[2]) for row in rows) == 600
    assert planes_section([]) == []
