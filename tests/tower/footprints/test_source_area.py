"""Footprints in the plane: nothing is lost, the wind turns them, areas hold their share."""

import numpy as np
import pytest

from fluxkit.physics import ffp, footprint
from fluxkit.tower.footprints import source_area
from fluxkit.tower.footprints.source_area import Grid
from tests.physics.plane_footprint import footprint_function

Z, KAPPA = 4.0, 0.4


def state(n: int, direction: float | None = None) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    ustar = rng.uniform(0.15, 0.6, n)
    zeta = rng.normal(0.0, 0.3, n)
    wd = rng.normal(220.0, 60.0, n) % 360 if direction is None else np.full(n, direction)
    return {"ustar": ustar, "zeta": zeta, "wind_speed": 9.0 * ustar, "sigma_v": 2.0 * ustar, "wd": wd}


def kljun(s: dict[str, np.ndarray]) -> source_area.Model:
    scale = ffp.length_scale(
        z=Z, ustar=s["ustar"], zeta=s["zeta"], h=np.full_like(s["zeta"], 1000.0), wind_speed=s["wind_speed"],
        kappa=KAPPA,
    )  # fmt: skip
    return source_area.kljun_2015(scale, z=Z, sigma_v=s["sigma_v"], ustar=s["ustar"], zeta=s["zeta"])


def models(s: dict[str, np.ndarray]) -> dict[str, source_area.Model]:
    flow = {k: s[k] for k in ("ustar", "sigma_v")}
    return {
        "kljun": kljun(s),
        "kormann-meixner": source_area.kormann_meixner_2001(
            z=Z, wind_speed=s["wind_speed"], zeta=s["zeta"], kappa=KAPPA, **flow
        ),
        "hsieh": source_area.hsieh_2000(z=Z, z0=0.05, length=Z / s["zeta"], kappa=KAPPA, **flow),
    }


@pytest.mark.parametrize("name", ["kljun", "kormann-meixner", "hsieh"])
def test_inside_and_outside_are_all(name):
    s = state(40)
    grid = Grid.around(300.0, 10.0)
    density, outside = source_area.climatology(models(s)[name], s["wd"], np.ones(40), grid)
    assert density.sum() * 100.0 + outside == pytest.approx(1.0, rel=1e-12)
    assert 0.0 < outside < 0.5


def test_parcels_are_the_function():
    """The share of cells 4 m wide is f(x, y) over them, summed in steps of 0.25 m; wind from the north."""
    s = state(1, direction=0.0)
    scale = ffp.length_scale(
        z=Z, ustar=s["ustar"], zeta=s["zeta"], h=np.array([1000.0]), wind_speed=s["wind_speed"], kappa=KAPPA
    )
    grid = Grid.around(150.0, 4.0)
    density, _ = source_area.climatology(kljun(s), s["wd"], np.ones(1), grid)
    fine = Grid(grid.west, grid.south, 0.25, grid.columns * 16, grid.rows * 16)
    y, x = np.meshgrid(fine.x, fine.y)
    keys = ("sigma_v", "ustar", "zeta")
    exact = footprint_function(x, y, scale, z=Z, **{k: s[k] for k in keys})
    exact = exact.reshape(grid.rows, 16, grid.columns, 16).mean(axis=(1, 3)) / 1.001569
    assert np.abs(density - exact).max() < 0.02 * exact.max()
    assert np.abs(density - exact).sum() / exact.sum() < 0.02


def test_spread_of_parcels():
    """Along: the distance of each share. Across: the standard deviation there, to either side alike."""
    s = state(1, direction=90.0)
    cuts = kljun(s)(slice(None), (np.arange(100) + 0.5) / 100)
    _, east, north = next(source_area.parcels(kljun(s), s["wd"], along=100, across=25))
    np.testing.assert_allclose(east.reshape(100, 25), cuts.distance[0, :, None] * np.ones(25))
    sideways = north.reshape(100, 25) / cuts.spread[0, :, None]
    assert np.mean(sideways**2) == pytest.approx(1.0, rel=1e-6)
    assert np.mean(sideways) == pytest.approx(0.0, abs=5e-3)
    assert np.percentile(sideways, 84.13) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(("direction", "where"), [(0, (0, 1)), (90, (1, 0)), (180, (0, -1)), (270, (-1, 0))])
def test_flux_comes_from_where_the_wind_does(direction, where):
    s = state(20, direction=float(direction))
    grid = Grid.around(200.0, 5.0)
    density, _ = source_area.climatology(kljun(s), s["wd"], np.ones(20), grid)
    centre = np.array([(density.sum(0) * grid.x).sum(), (density.sum(1) * grid.y).sum()])
    np.testing.assert_allclose(centre / np.hypot(*centre), where, atol=1e-3)


def test_turning_the_wind_turns_the_map():
    s = state(20)
    grid = Grid.around(200.0, 5.0)
    before, _ = source_area.climatology(kljun(s), s["wd"], np.ones(20), grid)
    after, _ = source_area.climatology(kljun(s), s["wd"] + 90.0, np.ones(20), grid)
    # Parcels on the edge of a cell may fall to either side of it.
    assert np.abs(np.rot90(before, 1) - after).sum() / before.sum() < 1e-3


def test_weights_choose_periods():
    s = state(30)
    grid = Grid.around(200.0, 10.0)
    half = np.arange(30) % 2
    first, _ = source_area.climatology(kljun(s), s["wd"], 1.0 - half, grid)
    second, _ = source_area.climatology(kljun(s), s["wd"], 3.0 * half, grid)
    both, _ = source_area.climatology(kljun(s), s["wd"], np.ones(30), grid)
    np.testing.assert_allclose((first + second) / 2, both, atol=0.02 * both.max())


def test_missing_periods_are_left_out():
    s = state(10)
    grid = Grid.around(200.0, 10.0)
    whole, _ = source_area.climatology(kljun(s), s["wd"], np.arange(10) != 4, grid)
    s["ustar"][4] = np.nan
    gap, _ = source_area.climatology(kljun(s), s["wd"], np.ones(10), grid)
    np.testing.assert_allclose(gap, whole, rtol=1e-12)
    nothing, outside = source_area.climatology(kljun(s), s["wd"], np.zeros(10), grid)
    assert np.isnan(nothing).all()
    assert np.isnan(outside)


def test_shares_of_classes():
    """Wind from the west over a map that is forest in the west: nearly all is forest; a gap stays a gap."""
    s = state(5, direction=270.0)
    s["ustar"][2] = np.nan
    grid = Grid.around(2000.0, 10.0)
    classes = np.where(grid.x < 0.0, 0, 1) + np.zeros((grid.rows, 1), dtype=int)
    found = source_area.class_shares(kljun(s), s["wd"], grid, classes, 2)
    np.testing.assert_array_equal(np.isnan(found).all(axis=1), np.arange(5) == 2)
    there = np.delete(found, 2, axis=0)
    np.testing.assert_allclose(there.sum(axis=1), 1.0, rtol=1e-12)
    assert (there[:, 0] > 0.96).all()
    assert (there[:, 1] == 0.0).all()


def test_unknown_cells_count_as_outside():
    s = state(3)
    grid = Grid.around(500.0, 10.0)
    found = source_area.class_shares(kljun(s), s["wd"], grid, np.full((grid.rows, grid.columns), -1), 1)
    np.testing.assert_array_equal(found, [[0.0, 1.0]] * 3)


def test_smallest_areas_hold_their_share():
    """A cone: the level of each share bounds cells that hold it, and too little of it is no level."""
    grid = Grid.around(100.0, 1.0)
    x, y = np.meshgrid(grid.x, grid.y)
    density = np.maximum(0.0, 90.0 - np.hypot(x, y))
    density *= 0.8 / density.sum()
    levels = source_area.levels(density, 1.0, [0.2, 0.5, 0.79, 0.9])
    for share, level in zip([0.2, 0.5, 0.79], levels, strict=False):
        assert density[density >= level].sum() == pytest.approx(share, abs=2e-3)
    assert np.isnan(levels[3])


def test_kormann_meixner_plume_wind_by_hand():
    """Neutral: m = u*/(kappa U), n = 1; at x = xi the plume moves with U Gamma(mu) / Gamma(1/r)."""
    from scipy.special import gamma

    wind, ustar = np.array([3.0]), np.array([0.3])
    laws = footprint.power_laws(z=Z, wind_speed=wind, ustar=ustar, zeta=np.zeros(1), kappa=KAPPA)
    assert laws.m[0] == pytest.approx(0.25)
    assert laws.r[0] == pytest.approx(1.25)
    spread = footprint.crosswind_spread_kormann_meixner_2001(
        laws.xi, laws, wind_speed=wind, sigma_v=np.array([0.6])
    )
    assert spread[0] == pytest.approx(0.6 * laws.xi[0] / (3.0 * gamma(1.0) / gamma(0.8)))


def test_detto_by_hand():
    """0.3 x 0.1 m x 2 x 1000^0.86 = 22.81 m."""
    found = footprint.crosswind_spread_detto_2006(
        np.array([100.0]), sigma_v=np.array([0.6]), ustar=np.array([0.3]), z0=0.1
    )
    assert found[0] == pytest.approx(0.06 * 1000**0.86)
