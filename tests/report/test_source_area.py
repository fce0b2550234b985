"""Figure of where the fluxes come from."""

import numpy as np
import pytest

from fluxkit.report.page import render
from fluxkit.report.source_area import SHARES, polygons, source_area_figure
from fluxkit.report.svg.marks import Line, Shape
from fluxkit.tower.climatology import footprint_climatology
from tests import made_day


@pytest.fixture(scope="module")
def fluxes():
    made = made_day.fluxes()
    ustar = made["USTAR"]
    fetch = {name: 100.0 * k + 0.0 * ustar for k, name in enumerate(("FETCH_MAX", "FETCH_50", "FETCH_90"), 1)}
    return made.assign(V_SIGMA=2.0 * ustar, **fetch)


@pytest.fixture(scope="module")
def climatology(fluxes):
    return footprint_climatology(fluxes, made_day.site(), shares=SHARES, extent=200.0, resolution=4.0)


def test_areas_are_one_within_the_other(climatology):
    found = list(polygons(climatology))
    assert [share for share, _ in found] == pytest.approx(SHARES)
    widths = [max(np.ptp(ring[:, 0]) for ring in rings) for _, rings in found]
    assert (np.diff(widths) > 0).all()
    assert all((ring[0] == ring[-1]).all() for _, rings in found for ring in rings)


def test_the_figure_has_a_map_and_distances(climatology, fluxes):
    figure = source_area_figure(climatology, fluxes)
    chart, lines = figure.panels
    assert sum(isinstance(mark, Shape) for mark in chart.marks) == len(SHARES)
    assert chart.width == chart.height  # a metre is as long east as north
    assert [key.label for key in lines.legends[0].keys] == ["90 %", "50 %", "most"]
    drawn = next(mark for mark in lines.marks if isinstance(mark, Line)).y
    np.testing.assert_allclose(drawn[np.isfinite(drawn)], 300.0)
    assert "m north of the tower" in figure.svg("x")


def test_without_distances_the_panel_says_so(climatology, fluxes):
    names = [name for name in fluxes if str(name).startswith("FETCH")]
    figure = source_area_figure(climatology, fluxes.drop_vars(names))
    assert "no distances" in figure.svg("x")


def test_the_page_shows_it_where_there_are_footprints(fluxes):
    run = {"fluxkit": "0", "started": "", "settings": {}, "inputs": [], "versions": {}}
    page = render(fluxes, None, made_day.site(), run, [])
    assert "Where the fluxes come from" in page
    assert "30 % from" in page
    without = render(fluxes.drop_vars("V_SIGMA"), None, made_day.site(), run, [])
    assert "Where the fluxes come from" not in without
