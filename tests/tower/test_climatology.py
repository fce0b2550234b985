"""Footprint climatology of a station: areas, weights, models, land cover."""

import numpy as np
import pytest
import scipy.ndimage
import xarray as xr

import fluxkit as fk
from fluxkit.tower.climatology import _blurred, has_footprints
from tests import made_day


@pytest.fixture(scope="module")
def fluxes() -> xr.Dataset:
    made = made_day.fluxes(3)
    return made.assign(V_SIGMA=2.0 * made["USTAR"])


@pytest.fixture(scope="module")
def found(fluxes) -> xr.Dataset:
    return fk.footprint_climatology(fluxes, made_day.site(), extent=400.0, resolution=4.0)


def test_all_of_the_flux_is_accounted_for(found):
    inside = float(found["footprint"].sum()) * 16.0
    assert inside + found.attrs["share_outside_grid"] == pytest.approx(1.0, rel=1e-9)
    assert 0.9 < inside < 1.0


def test_areas_hold_their_share(found):
    """Smoothing before the borders are drawn moves little of it."""
    assert found["contour_share"].values.tolist() == pytest.approx(np.arange(1, 10) / 10)
    for share, level in zip(found["contour_share"].values, found["source_level"].values, strict=True):
        held = float(found["footprint"].where(found["footprint"] >= level).sum()) * 16.0
        assert held == pytest.approx(share, abs=0.03)
    assert (np.diff(found["source_area"]) > 0).all()


@pytest.mark.parametrize("width", [0.0, 1.0, 2.0])
def test_smoothing_is_a_gaussian_window(width):
    density = np.random.default_rng(1).random((21, 34))
    expected = scipy.ndimage.gaussian_filter(density, width, mode="nearest")
    np.testing.assert_allclose(_blurred(_blurred(density, width).T, width).T, expected, rtol=1e-12)


def ring_area(ring: np.ndarray) -> float:
    x, y = ring.T
    return 0.5 * abs(float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])))


def test_borders_enclose_the_areas(found):
    """The polygons' areas, holes taken away, are those of the cells."""
    ends = np.cumsum(found["contour_part_node_count"].values)
    nodes = np.stack([found["contour_x"].values, found["contour_y"].values], axis=1)
    rings = np.split(nodes, ends[:-1])
    sign = 1.0 - 2.0 * found["contour_interior_ring"].values
    sizes = np.array([ring_area(r) for r in rings]) * sign
    of_share = np.searchsorted(np.cumsum(found["contour_node_count"].values), ends)
    areas = np.bincount(of_share, sizes, found.sizes["contour"])
    np.testing.assert_allclose(areas[3:], found["source_area"].values[3:], rtol=0.06)
    assert ends[-1] == found["contour_node_count"].sum() == nodes.shape[0]


def test_day_and_night_make_up_all(fluxes, found):
    site, grid = made_day.site(), {"extent": 400.0, "resolution": 4.0}
    day = fk.footprint_climatology(fluxes, site, when="day", **grid)
    night = fk.footprint_climatology(fluxes, site, when="night", **grid)
    n = [part.attrs["periods_used"] for part in (day, night)]
    assert sum(n) == found.attrs["periods_used"]
    both = (n[0] * day["footprint"] + n[1] * night["footprint"]) / sum(n)
    assert float(abs(both - found["footprint"]).max()) < 0.02 * float(found["footprint"].max())


def test_a_mask_is_a_weight(fluxes):
    site, grid = made_day.site(), {"extent": 400.0, "resolution": 4.0}
    masked = fk.footprint_climatology(fluxes, site, weights=fluxes["NIGHT"].values == 1, **grid)
    night = fk.footprint_climatology(fluxes, site, when="night", **grid)
    np.testing.assert_array_equal(masked["footprint"], night["footprint"])


def test_what_is_not_possible_is_said(fluxes):
    site = made_day.site()
    with pytest.raises(ValueError, match="when is 'all', 'day' or 'night', found 'noon'"):
        fk.footprint_climatology(fluxes, site, when="noon")
    with pytest.raises(ValueError, match="3 weights for 144 periods"):
        fk.footprint_climatology(fluxes, site, weights=[1, 1, 1])
    with pytest.raises(ValueError, match="weight is negative"):
        fk.footprint_climatology(fluxes, site, weights=np.full(144, -1.0))
    with pytest.raises(ValueError, match="no model 'kljun-2004' in the plane"):
        fk.footprint_climatology(fluxes, site, model="kljun-2004")
    with pytest.raises(ValueError, match="none of 144 chosen periods has a footprint"):
        fk.footprint_climatology(fluxes.assign(V_SIGMA=fluxes["V_SIGMA"] * np.nan), site)
    with pytest.raises(ValueError, match="have no WD"):
        fk.footprint_climatology(fluxes.drop_vars("WD"), site)


def test_a_grid_too_small_says_what_it_does_not_hold(fluxes):
    found = fk.footprint_climatology(fluxes, made_day.site(), extent=40.0, resolution=2.0)
    assert found["contour_share"].max() < 0.9
    assert found.attrs["comment"].startswith("the grid holds less than")


def test_the_grid_follows_the_fetch(fluxes):
    found = fk.footprint_climatology(fluxes, made_day.site())
    assert found.attrs["share_outside_grid"] < 0.1
    assert found.sizes["x"] == found.sizes["y"] == 201


@pytest.mark.parametrize("model", ["kormann-meixner-2001", "hsieh-2000"])
def test_other_models_in_the_plane(fluxes, found, model):
    """They agree on where the flux comes from, and on the size of half its area to a factor of a few."""
    other = fk.footprint_climatology(fluxes, made_day.site(), model=model, extent=400.0, resolution=4.0)
    centres = [
        np.array([float((f["footprint"] * f[axis]).sum() / f["footprint"].sum()) for axis in "xy"])
        for f in (found, other)
    ]
    cosine = centres[0] @ centres[1] / np.hypot(*centres[0]) / np.hypot(*centres[1])
    assert cosine > 0.97
    ratio = float(other["source_area"][4] / found["source_area"][4])
    assert 0.2 < ratio < 5.0


def test_shares_of_land_cover_follow_the_wind(fluxes):
    """Forest west of the tower; wind from the south-west or west."""
    axis = np.arange(-2000.0, 2001.0, 10.0)
    codes = np.where(axis < 0.0, 4.0, 7.0) + np.zeros((axis.size, 1))
    cover = xr.DataArray(codes, {"y": axis, "x": axis}, ("y", "x"))
    site = made_day.site()
    named = site.model_copy(
        update={"footprint": site.footprint.model_copy(update={"land_cover_names": {"4": "forest"}})}
    )
    found = fk.footprint_shares(fluxes, named, cover)
    assert found["land_cover"].values.tolist() == ["forest", "7", "outside"]
    there = found.dropna("time")
    np.testing.assert_allclose(there.sum("land_cover"), 1.0, rtol=1e-12)
    assert float(there.sel(land_cover="forest").mean()) > 0.8
    missing = np.isnan(found.values).all(axis=1)
    np.testing.assert_array_equal(missing[fluxes["USTAR"].isnull().values], True)
    # A map that is stored from north to south says the same.
    xr.testing.assert_identical(fk.footprint_shares(fluxes, named, cover.sortby("y", ascending=False)), found)


def test_without_its_input_there_is_no_footprint(fluxes):
    assert has_footprints(fluxes, made_day.site())
    assert not has_footprints(fluxes.drop_vars("V_SIGMA"), made_day.site())
    assert not has_footprints(fluxes.assign(ZL=fluxes["ZL"] * np.nan), made_day.site())
