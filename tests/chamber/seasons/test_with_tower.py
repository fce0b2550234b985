import numpy as np
import pytest
import xarray as xr

from fluxkit.chamber.seasons.with_tower import compare_with_tower

HALF_HOUR = np.timedelta64(1800, "s")
NIGHTFALL = np.datetime64("2026-07-01T21:00", "ns")
PLOTS = ("a", "b", "c")
PERIODS = 40


def night(slope: float = 1.2, intercept: float = 0.5, noise: float = 0.15, seed: int = 2):
    """Tower and chamber fluxes of periods of night in which three plots respire."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(1.0, 6.0, PERIODS)
    level = {"a": -0.3, "b": 0.0, "c": 0.3}
    begin = NIGHTFALL + np.arange(PERIODS) * HALF_HOUR
    rows = [(k, plot) for k in range(PERIODS) for plot in PLOTS]
    flux = np.array([truth[k] + level[plot] for k, plot in rows]) + noise * rng.standard_normal(len(rows))
    size = len(rows)
    chambers = xr.Dataset(
        {
            "flux": (("closure", "gas"), flux[:, None]),
            "flux_se": (("closure", "gas"), np.full((size, 1), noise)),
            "start": ("closure", begin[[k for k, _ in rows]] + np.timedelta64(420, "s")),
            "plot": ("closure", [plot for _, plot in rows]),
            "cover": ("closure", np.full(size, "dark")),
            "discarded": (("closure", "gas"), np.zeros((size, 1), bool)),
        },
        {"gas": ["co2"]},
    )
    tower = xr.Dataset(
        {
            "NEE": ("time", intercept + slope * truth + 0.2 * rng.standard_normal(PERIODS)),
            "NEE_RANDUNC_HF": ("time", np.full(PERIODS, 0.2)),
            "NEE_SSITC_TEST": ("time", np.zeros(PERIODS)),
            "NIGHT": ("time", np.ones(PERIODS)),
        },
        {"time": begin},
    )
    return chambers, tower


def test_the_planted_line_is_found():
    found = compare_with_tower(*night())
    print(found.sentence())
    assert found.pairs.sizes["time"] == PERIODS
    assert abs(found.slope - 1.2) < 3 * found.slope_se
    assert abs(found.intercept - 0.5) < 3 * found.intercept_se
    assert found.slope_se < 0.1
    assert found.r2 > 0.9
    assert "in 40 periods" in found.sentence()
    assert list(found.table) == ["chamber", "chamber_se", "tower", "tower_se", "n_plots"]


def test_errors_on_both_sides_do_not_flatten_the_line():
    slopes = [
        compare_with_tower(*night(slope=1.0, intercept=0.0, noise=1.0, seed=k)).slope for k in range(40)
    ]
    assert np.mean(slopes) == pytest.approx(1.0, abs=4 * np.std(slopes) / np.sqrt(40))


def test_what_does_not_count_is_left_out():
    chambers, tower = night()
    tower["NIGHT"][:10] = 0
    tower["NEE_SSITC_TEST"][10:15] = 2
    tower["NEE"][15] = np.nan
    chambers["cover"][16 * 3 : 17 * 3] = "clear"
    chambers["discarded"][17 * 3 : 18 * 3] = True
    found = compare_with_tower(chambers, tower)
    assert found.pairs.sizes["time"] == PERIODS - 18
    assert compare_with_tower(chambers, tower, night_only=False).pairs.sizes["time"] == PERIODS - 8


def test_closures_count_in_the_period_in_which_they_begin():
    chambers, tower = night()
    chambers["start"] = chambers["start"] + HALF_HOUR
    found = compare_with_tower(chambers, tower.drop_isel(time=5))
    np.testing.assert_array_equal(
        found.pairs["time"], NIGHTFALL + np.array([*range(1, 5), *range(6, PERIODS)]) * HALF_HOUR
    )


def test_plots_stand_for_shares_of_the_footprint():
    chambers, tower = night(noise=0.0)
    equal = compare_with_tower(chambers, tower)
    only_a = compare_with_tower(chambers, tower, plot_shares={"a": 1.0})
    np.testing.assert_allclose(only_a.pairs["chamber"], equal.pairs["chamber"] - 0.3)
    # Three plots that differ by 0.3 know their mean to 0.3 / sqrt(3).
    np.testing.assert_allclose(equal.pairs["chamber_se"], 0.3 / np.sqrt(3))


def test_units_of_the_tower_are_heeded():
    chambers, tower = night()
    chambers = chambers.assign_coords(gas=["ch4"])
    tower = tower.rename(NEE="FCH4", NEE_RANDUNC_HF="FCH4_RANDUNC_HF", NEE_SSITC_TEST="FCH4_SSITC_TEST")
    tower["FCH4"] = tower["FCH4"] * 1e3
    tower["FCH4_RANDUNC_HF"] = tower["FCH4_RANDUNC_HF"] * 1e3
    tower["FCH4"].attrs["units"] = "nmol m-2 s-1"
    assert compare_with_tower(chambers, tower, gas="ch4").slope == pytest.approx(1.2, abs=0.15)


def test_what_lacks_is_told():
    chambers, tower = night()
    with pytest.raises(ValueError, match="chambers have no flux of 'n2o'; they have co2"):
        compare_with_tower(chambers, tower, gas="n2o")
    with pytest.raises(ValueError, match="no NEE or FC"):
        compare_with_tower(chambers, tower.drop_vars("NEE"))
    with pytest.raises(ValueError, match="at night"):
        compare_with_tower(chambers, tower.drop_vars("NIGHT"))
    later = tower.assign_coords(time=tower.time + np.timedelta64(40, "D"))
    none = compare_with_tower(chambers, later)
    assert none.pairs.sizes["time"] == 0
    assert np.isnan(none.slope)
    assert "too few" in none.sentence()
