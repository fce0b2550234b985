"""Gap filling by similar conditions: what holds for any series."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.filling.mds import VARIANTS
from fluxkit.ecosystem.filling.registry import Filled, FillingError
from tests.ecosystem.made_forest import forest, with_gaps

ENDS = ("", "_QC", "_METHOD", "_WINDOW", "_N", "_SD", "_ALL")


@pytest.fixture(scope="module")
def season() -> xr.Dataset:
    return with_gaps(forest("2019-05-01", 60))


@pytest.mark.parametrize("variant", VARIANTS)
def test_measured_values_stay(season, variant):
    o = fk.ecosystem.fill(season, "NEE", variant=variant)
    there = season.NEE.notnull().values
    np.testing.assert_array_equal(o.NEE_F.values[there], season.NEE.values[there])
    np.testing.assert_array_equal(o.NEE_F_QC.values[there], 0)
    assert (o.NEE_F_QC.values[~there] >= 1).all()
    xr.testing.assert_identical(o[list(season)], season)


@pytest.mark.parametrize("variant", VARIANTS)
def test_near_the_truth(season, variant):
    """What is planted comes back: on average, and each record within the noise of its neighbours."""
    o = fk.ecosystem.fill(season.assign(NEE=season.truth.where(season.NEE.notnull())), "NEE", variant=variant)
    gap = season.NEE.isnull().values
    off = (o.NEE_F - season.truth).values[gap]
    assert abs(off.mean()) < 0.1
    assert np.sqrt(np.mean(off**2)) < 1.0


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_gap_does_not_know_what_was_there(season, variant):
    o = fk.ecosystem.fill(season, "NEE", variant=variant)
    changed = season.assign(other=season.NEE * 7.0, NEE=season.NEE.where(season.NEE.notnull()))
    again = fk.ecosystem.fill(changed, "NEE", variant=variant)
    for end in ENDS:
        np.testing.assert_array_equal(o[f"NEE_F{end}"], again[f"NEE_F{end}"])


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_year_does_not_matter(season, variant):
    later = season.assign_coords(time=season.time + np.timedelta64(1461, "D"))
    for end in ENDS:
        np.testing.assert_array_equal(
            fk.ecosystem.fill(season, "NEE", variant=variant)[f"NEE_F{end}"],
            fk.ecosystem.fill(later, "NEE", variant=variant)[f"NEE_F{end}"],
        )


@pytest.mark.parametrize("variant", VARIANTS)
def test_backwards_is_the_same(season, variant):
    """The search looks as far back as ahead."""
    o = fk.ecosystem.fill(season, "NEE", variant=variant)
    reverse = season.isel(time=slice(None, None, -1)).assign_coords(time=season.time.values)
    back = fk.ecosystem.fill(reverse, "NEE", variant=variant)
    np.testing.assert_allclose(back.NEE_F.values[::-1], o.NEE_F, rtol=1e-12)


def test_far_away_does_not_matter():
    """A record that is found near by does not change when the series goes on."""
    long = with_gaps(forest("2019-04-01", 120))
    short = long.isel(time=slice(30 * 48, 90 * 48))
    o = fk.ecosystem.fill(long, "NEE", method="mds").isel(time=slice(30 * 48, 90 * 48))
    cut = fk.ecosystem.fill(short, "NEE", method="mds")
    inside = (o.NEE_F_WINDOW.values <= 14) & (np.arange(short.sizes["time"]) >= 7 * 48)
    inside &= np.arange(short.sizes["time"]) < 53 * 48
    assert inside.mean() > 0.6
    np.testing.assert_allclose(o.NEE_F_ALL.values[inside], cut.NEE_F_ALL.values[inside], rtol=1e-12)


def test_itself_is_left_out(season):
    """A measured value is predicted from others; with itself, its own prediction lies nearer to it."""
    without = fk.ecosystem.fill(season, "NEE", method="mds")
    with_itself = fk.ecosystem.fill(season, "NEE", method="mds", itself=True)
    there = season.NEE.notnull().values & (without.NEE_F_METHOD == with_itself.NEE_F_METHOD).values
    near = np.abs(with_itself.NEE_F_ALL - season.NEE).values[there]
    far = np.abs(without.NEE_F_ALL - season.NEE).values[there]
    assert near.mean() < far.mean()
    gap = ~season.NEE.notnull().values
    np.testing.assert_array_equal(with_itself.NEE_F.values[gap], without.NEE_F.values[gap])
    changed = season.NEE.copy()
    k = int(np.flatnonzero(there)[500])
    changed[k] = changed[k] + 50.0
    again = fk.ecosystem.fill(season.assign(NEE=changed), "NEE", method="mds")
    assert again.NEE_F_SD.values[k] == without.NEE_F_SD.values[k]


def test_only_gaps(season):
    o = fk.ecosystem.fill(season, "NEE", method="mds", fill_all=False)
    there = season.NEE.notnull().values
    assert np.isnan(o.NEE_F_SD.values[there]).all()
    np.testing.assert_array_equal(o.NEE_F, fk.ecosystem.fill(season, "NEE", method="mds").NEE_F)


@pytest.mark.parametrize("latitude", [50.0, 64.0])
def test_nights_that_are_mostly_gone_are_not_filled_with_twilight(latitude):
    """As after a u* filter: the sum of the peers is too low, as what they take for night has light."""
    ds = forest("2019-04-01", 150, latitude=latitude)
    gone = np.random.default_rng(1).random(ds.sizes["time"]) < np.where(ds.SW_IN > 10.0, 0.3, 0.9)
    ds = ds.assign(NEE=ds.truth.where(~gone))
    night = (ds.SW_IN < 10.0).values & gone

    def bias(variant: str) -> float:
        return float((fk.ecosystem.fill(ds, "NEE", variant=variant).NEE_F - ds.truth).values[night].mean())

    assert abs(bias("fluxkit")) < 0.03
    assert bias("reddyproc") < bias("fluxkit") - 0.03


def test_the_standard_deviation_is_that_of_the_noise():
    """Laplace noise of scale 0.5: 0.71; drivers within their tolerances add a little."""
    ds = forest("2019-05-01", 60, noise=0.5)
    night = ds.SW_IN.values == 0.0
    ds = ds.assign(NEE=ds.truth + np.random.default_rng(1).laplace(0.0, 0.5, night.size))
    sd = fk.ecosystem.fill(ds, "NEE").NEE_F_SD.values[night]
    assert np.sqrt(np.mean(sd**2)) == pytest.approx(np.sqrt(0.5), abs=0.15)


@pytest.mark.parametrize("minutes", [15, 60])
@pytest.mark.parametrize("variant", VARIANTS)
def test_other_steps(minutes, variant):
    ds = with_gaps(forest("2019-05-01", 40, minutes))
    o = fk.ecosystem.fill(ds, "NEE", variant=variant)
    assert np.isfinite(o.NEE_F).all()
    assert abs(float((o.NEE_F - ds.truth).where(ds.NEE.isnull()).mean())) < 0.3


@pytest.mark.parametrize("latitude", [78.0, -78.0])
def test_polar_day_and_night(latitude):
    ds = with_gaps(forest("2019-06-01", 40, latitude=latitude))
    o = fk.ecosystem.fill(ds, "NEE")
    assert np.isfinite(o.NEE_F).all()


@pytest.mark.parametrize("missing", [("VPD",), ("VPD", "TA"), ("SW_IN",), ("SW_IN", "VPD", "TA")])
@pytest.mark.parametrize("absent", [True, False])
def test_missing_drivers_are_said(season, missing, absent):
    ds = season.drop_vars(missing) if absent else season.assign({v: season[v] * np.nan for v in missing})
    o = fk.ecosystem.fill(ds, "NEE", method="mds")
    assert np.isfinite(o.NEE_F).all()
    assert not (o.NEE_F_METHOD == 1).any()
    assert (o.NEE_F_METHOD == 2).any() == ("SW_IN" not in missing)
    for name in missing:
        assert name in o.NEE_F.comment


def test_drivers_are_filled_without_themselves(season):
    ds = season.assign(
        TA=season.TA.where(season.NEE.notnull()), SW_IN=season.SW_IN.where(season.NEE.notnull())
    )
    for name in ("TA", "SW_IN"):
        o = fk.ecosystem.fill(ds, name)
        assert np.isfinite(o[f"{name}_F"]).all()
        off = np.abs(o[f"{name}_F"] - season[name]).where(ds[name].isnull())
        assert off.max() > 0.0
        assert off.mean() < 0.2 * (season[name].max() - season[name].min())


def test_other_names_of_drivers(season):
    renamed = season.rename(SW_IN="SW_IN_F")
    o = fk.ecosystem.fill(renamed, "NEE", drivers={"SW_IN": "SW_IN_F", "TA": "TA", "VPD": "VPD"})
    np.testing.assert_array_equal(o.NEE_F, fk.ecosystem.fill(season, "NEE", method="mds").NEE_F)


@pytest.mark.parametrize("n", [2, 48])
@pytest.mark.parametrize("values", ["none", "one", "two"])
def test_next_to_nothing(n, values):
    ds = forest("2019-05-01", 1).isel(time=slice(0, n))
    flux = np.full(n, np.nan)
    flux[: {"none": 0, "one": 1, "two": 2}[values]] = 2.0
    o = fk.ecosystem.fill(ds.assign(NEE=("time", flux)), "NEE", long_gaps="none")
    np.testing.assert_array_equal(o.NEE_F.values[np.isfinite(flux)], flux[np.isfinite(flux)])
    if values != "two" and n > 2:
        assert np.isnan(o.NEE_F.values[1:]).all()
        assert "stay open" in o.NEE_F.comment


def test_equal_values_have_no_spread():
    ds = forest("2019-05-01", 20)
    flux = xr.full_like(ds.NEE, 3.25).where(np.arange(20 * 48) % 3 > 0)
    o = fk.ecosystem.fill(ds.assign(NEE=flux), "NEE")
    np.testing.assert_array_equal(o.NEE_F, 3.25)
    np.testing.assert_array_equal(o.NEE_F_SD, 0.0)


def test_scenarios_are_filled_one_by_one(season):
    low = [season.NEE.where(limit < season.USTAR) for limit in (0.0, 0.1, 0.2)]
    stacked = (
        xr.concat(low, "percentile").assign_coords(percentile=[5, 50, 95]).transpose("time", "percentile")
    )
    o = fk.ecosystem.fill(season.assign(NEE=stacked), "NEE", method="mds")
    assert o.NEE_F.dims == ("percentile", "time")
    for k, one in enumerate(low):
        alone = fk.ecosystem.fill(season.assign(NEE=one), "NEE", method="mds")
        for end in ENDS:
            np.testing.assert_array_equal(o[f"NEE_F{end}"].isel(percentile=k), alone[f"NEE_F{end}"])


def test_scenarios_are_told_once(caplog):
    """Gaps of 61 and 62 days in two of three scenarios, no VPD: two sentences, not six.

    Fifteen days at each end of a gap are filled.
    """
    ds = forest("2019-01-01", 200).drop_vars("VPD")
    day = np.arange(200 * 48) // 48
    scenarios = xr.concat([ds.NEE.where((day < 80) | (day >= end)) for end in (100, 141, 142)], "percentile")
    o = fk.ecosystem.fill(ds.assign(NEE=scenarios), "NEE", method="mds")
    assert len(caplog.messages) == 2
    assert "31 to 32 days stay open" in o.NEE_F.comment


def test_a_filler_of_ones_own(season):
    @fk.ecosystem.register_filler("constant")
    def constant(values, drivers, at, *, level=0.0):
        one = np.ones(values.size, int)
        assert sorted(drivers) == ["SW_IN", "TA", "VPD"]
        assert at.per_day == 48
        return Filled(level * one, 3 * one, one, 7.0 * one, one, 0.0 * one, notes=("all is constant",))

    o = fk.ecosystem.fill(season, "NEE", method="constant", level=1.5)
    np.testing.assert_array_equal(o.NEE_F, season.NEE.fillna(1.5))
    assert "all is constant" in o.NEE_F.comment


def test_what_is_not_there_is_said(season):
    with pytest.raises(FillingError, match="NEE"):
        fk.ecosystem.fill(season, "FCH4")
    with pytest.raises(FillingError, match="mds"):
        fk.ecosystem.fill(season, "NEE", method="magic")
    with pytest.raises(FillingError, match="vekuri-2023"):
        fk.ecosystem.fill(season, "NEE", variant="magic")
