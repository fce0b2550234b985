"""Storage through the chain: over parts, from a profile, and where it has gaps."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.errors import MomentsError
from fluxkit.schema.variables import mask
from tests.tower import mast

N = 3000  # five minutes
HEIGHTS = [0.4, 1.2, 2.4]
COLUMNS = {"columns": ["a", "b", "c"], "unit": "mol mol-1", "quantity": "mixing_ratio"}
PROFILE = {
    "files": "p.csv", "heights": HEIGHTS, "time_column": "t", "time_is": "middle", "window": 1.0,
    "columns": {"co2": COLUMNS, "h2o": COLUMNS},
}  # fmt: skip
RATE = 1e-9  # rise of the mixing ratio [mol mol-1 s-1]


def site_with(storage: str = "profile", **more):
    return mast.make_site(condense={"period": 5.0}, decide={"storage": storage}, profile=PROFILE, **more)


def periods() -> xr.Dataset:
    """Four of five minutes, each a little richer in CO2."""
    return mast.dataset(*(mast.seen(mast.air(n=N, seed=k, r_co2=4.1e-4 + 1e-6 * k)) for k in range(4)))


@pytest.fixture(scope="module")
def moments() -> xr.Dataset:
    return fk.condense(periods(), site_with())


def readings(gap: slice | None = None) -> xr.Dataset:
    """One each ten seconds, steadily rising, a quarter more at each height."""
    n = 180
    time = mast.START - np.timedelta64(300, "s") + np.arange(n) * np.timedelta64(10, "s")
    seconds = np.arange(n)[:, None] * 10.0
    co2 = 4e-4 + RATE * seconds * np.array([1.0, 1.25, 1.5])
    if gap is not None:
        co2[gap, 1] = np.nan
    grid = ("time", "height")
    return xr.Dataset(
        {"co2": (grid, co2), "h2o": (grid, np.full((n, 3), 0.014))}, {"time": time, "height": HEIGHTS}
    )


def one_level(fluxes: xr.Dataset) -> np.ndarray:
    return (fluxes["LOSS_FLAG"].values & mask("LOSS_FLAG", "storage_from_one_level")) > 0


def test_parts_give_what_the_whole_gives(moments):
    """Storage from one level needs no period before."""
    site = site_with("one-point")
    whole = fk.decide(moments, site)
    parts = [moments.isel(time=slice(0, 2)), moments.isel(time=slice(2, None))]
    xr.testing.assert_identical(fk.decide(parts, site), whole)
    assert np.isfinite(whole["SC"].values).all()
    np.testing.assert_array_equal(fk.decide(parts[1], site)["SC"].values, whole["SC"].values[2:])


def test_eddypro_6_takes_the_last_period_of_the_part_before():
    site = site_with("one-point", preset="eddypro-6")
    moments = fk.condense(periods(), site)
    whole = fk.decide(moments, site)
    parts = [moments.isel(time=slice(0, 2)), moments.isel(time=slice(2, None))]
    xr.testing.assert_identical(fk.decide(parts, site), whole)
    assert np.isfinite(whole["SC"].values[1:]).all()
    assert np.isnan(whole["SC"].values[0])
    alone = fk.decide(parts[1], site)["SC"].values
    assert np.isnan(alone[0])
    np.testing.assert_array_equal(alone[1:], whole["SC"].values[3:])


def test_a_steady_profile_gives_its_storage_exactly(moments):
    """Layers 0.8, 1.0 and 1.4 m below 3.2 m: rate x dry air x (0.8 + 1.25 + 2.1) m; the first period too."""
    found = fk.decide(moments, site_with(), profile=readings())
    dry = found["CO2_MOLAR_DENSITY"].values * 1e-3 / (found["CO2_MIXING_RATIO"].values * 1e-6)  # mol m-3
    np.testing.assert_allclose(found["SC"].values, RATE * dry * 4.15 * 1e6, rtol=1e-6)
    np.testing.assert_allclose(found["SLE"].values, 0.0, atol=1e-6)
    np.testing.assert_allclose(found["NEE"], found["FC"] + found["SC"], rtol=1e-12)
    assert not one_level(found).any()


def test_what_the_profile_does_not_measure_is_of_one_level(moments):
    profile = fk.decide(moments, site_with(), profile=readings())
    single = fk.decide(moments, site_with("one-point"))
    np.testing.assert_array_equal(profile["SH"], single["SH"])


def test_colder_air_below_holds_more(moments):
    """Levels at half the temperature of the tower hold twice as much."""
    found = readings()
    cold = fk.decide(moments, site_with("one-point"))["TA"].values.mean() / 2.0 + 273.15 / 2.0
    there = found.assign(t_air=(("time", "height"), np.full((180, 3), cold)))
    ratio = (
        fk.decide(moments, site_with(), profile=there)["SC"]
        / fk.decide(moments, site_with(), profile=found)["SC"]
    )
    np.testing.assert_allclose(ratio, 2.0, rtol=1e-3)


def test_a_gap_falls_back_to_one_level_and_says_so(moments):
    """Nothing of the middle level around the end of the third period."""
    found = fk.decide(moments, site_with(), profile=readings(gap=slice(116, 125)))
    single = fk.decide(moments, site_with("one-point"))["SC"].values
    np.testing.assert_array_equal(one_level(found), [False, False, True, True])
    np.testing.assert_array_equal(found["SC"].values[2:], single[2:])
    assert (found["SC"].values[:2] != single[:2]).all()


def test_no_profile_or_another_one_is_refused(moments):
    with pytest.raises(MomentsError, match="needs the profile's readings"):
        fk.decide(moments, site_with())
    other = readings().assign_coords(height=[1.0, 2.0, 3.0])
    with pytest.raises(MomentsError, match=r"heights \[1.0, 2.0, 3.0\] m, the configuration says \[0.4"):
        fk.decide(moments, site_with(), profile=other)
