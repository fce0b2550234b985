"""Lags of a season through the whole chain."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.errors import MomentsError
from fluxkit.tower.station_condenser import Condenser
from tests.tower import mast

N, FIVE = 3000, {"condense": {"period": 5.0}}
SLOTS = np.datetime64("2024-07-01", "ns")


@pytest.fixture(scope="module")
def samples() -> list[dict[str, np.ndarray]]:
    """Three stretches of five minutes, no delay."""
    return [mast.seen(mast.air(seed, n=N)) for seed in range(3)]


def gas(low: float, high: float, nominal: float = 0.0, name: str = "co2", **more) -> dict:
    lag = {"nominal": nominal, "min": low, "max": high}
    return mast.column("mol m-3", instrument="g", quantity="density", lag=lag) | {"column": name} | more


def site(**sections):
    return mast.make_site(**(FIVE | {"decide": mast.SPECTRA_OFF} | sections))


def condense(site, periods, every: float = 5.0) -> xr.Dataset:
    condenser = Condenser(site)
    starts = [SLOTS + np.timedelta64(round(60 * every * k), "s") for k in range(len(periods))]
    return condenser.dataset(starts, [condenser.condense(p, N) for p in periods])


def delayed(period, **lags: int) -> dict[str, np.ndarray]:
    return period | {name: np.roll(period[name], k) for name, k in lags.items()}


def same(a: xr.Dataset, b: xr.Dataset) -> None:
    for name in a.data_vars:
        np.testing.assert_allclose(a[name].values, b[name].values, rtol=1e-9, atol=1e-12, err_msg=name)


# ---- windows that moments hold ----


def test_a_narrower_window_needs_no_new_condensing(samples):
    wide = site(columns={"co2": gas(-1.0, 2.0)})
    narrow = site(columns={"co2": gas(-0.3, 0.9, 0.2)})
    periods = [delayed(p, co2=4) for p in samples]
    same(fk.decide(condense(wide, periods), narrow), fk.decide(condense(narrow, periods), narrow))


def test_a_search_beyond_the_lags_held_is_refused(samples):
    moments = condense(site(), samples)
    wide = site(
        decide=mast.SPECTRA_OFF | {"lag": "humidity-classes", "time_lag": {"search": {"co2": [-3, 3]}}}
    )
    with pytest.raises(
        MomentsError, match=r"lags -10 to 15 samples of co2, .* -30 to 30: narrow columns\.co2"
    ):
        fk.decide(moments, wide)
    assert condense(wide, samples)["lag_co2"].values[[0, -1]].tolist() == [-30, 30]


def test_schemes_with_a_wider_search_are_condensed_for(samples):
    schemes = {"lag": ["constant", "humidity-classes"], "time_lag": [{"search": {"co2": [-2.0, 3.0]}}]}
    both = site(schemes=schemes)
    moments = condense(both, samples)
    assert moments["lag_co2"].values[[0, -1]].tolist() == [-20, 30]
    assert fk.decide(moments, both).sizes["scheme"] == 2


# ---- windows that end too early ----


def late(samples, k: int):
    """Twelve periods, gases so many samples late."""
    return [delayed(samples[i % 3], co2=k, h2o=k) for i in range(12)]


def test_maxima_on_the_edge_are_told_once_for_a_gas(samples):
    narrow = site(columns={"co2": gas(-0.3, 0.3), "h2o": gas(-0.3, 1.0, name="h2o")})
    words = fk.decide(condense(narrow, late(samples, 4)), narrow).attrs["lags_at_edge"]
    assert words == (
        "co2: in 100 % of the 12 periods in which it is seen the covariance is largest on the edge of the "
        "lag window (-0.3 to 0.3 s, mostly at 0.3 s), and fluxes are taken at the nominal lag instead: widen "
        "columns.co2.lag, or give the separation or tube of g"
    )


@pytest.mark.parametrize(("k", "lag"), [(2, "covariance-maximum-default"), (4, "constant")])
def test_maxima_within_and_lags_that_are_not_searched_are_not(samples, k, lag):
    narrow = site(columns={"co2": gas(-0.3, 0.3)}, decide=mast.SPECTRA_OFF | {"lag": lag})
    assert "lags_at_edge" not in fk.decide(condense(narrow, late(samples, k)), narrow).attrs


def test_noise_on_the_edge_is_no_fault_of_the_window(samples):
    rng = np.random.default_rng(3)
    periods = [p | {"co2": 0.016 + 1e-3 * rng.standard_normal(N)} for p in late(samples, 0)]
    narrow = site(columns={"co2": gas(-0.1, 0.1)})
    assert "lags_at_edge" not in fk.decide(condense(narrow, periods), narrow).attrs


@pytest.mark.parametrize(("preset", "found"), [("fluxkit", 0.4), ("eddypro-6", 0.0)])
def test_an_automatic_window_leaves_room_for_an_open_path_s_electronics(samples, preset, found):
    """Sensors 0 m apart as far as anybody said, and an analyser of 0.4 s."""
    columns = {
        name: mast.column("mol m-3", instrument="g", quantity="density", column=name)
        for name in ("co2", "h2o")
    }
    instruments = [mast.SONIC, mast.OPEN | {"northward_separation": 0.0}]
    here = site(columns=columns, instruments=instruments, preset=preset)
    out = fk.decide(condense(here, late(samples, 4)), here)
    np.testing.assert_allclose(out["CO2_TLAG_USED"], found)
    assert ("lags_at_edge" in out.attrs) == (preset == "eddypro-6")
    # Moments serve either arithmetic.
    other = "eddypro-6" if preset == "fluxkit" else "fluxkit"
    assert here.decide.arithmetic != other
    assert condense(here, samples)["lag_co2"].values[[0, -1]].tolist() == [-10, 10]


# ---- what a nominal lag holds ----


def test_a_constant_lag_says_what_it_is_taken_for(samples):
    def words(**more) -> str:
        window = {"nominal": 0.2, "min": -1.0, "max": 1.5} | more
        columns = {"co2": gas(-1.0, 1.5) | {"lag": window}}
        constant = site(columns=columns, decide={"lag": "constant"})
        return fk.decide(condense(constant, samples), constant).attrs.get("time_lags", "")

    assert "co2: the constant lag of 0.2 s counts as transport alone" in words()
    assert "set columns.co2.lag.nominal_is = 'total'" in words()
    assert "co2" not in words(nominal_is="transport") + words(nominal_is="total")


# ---- donors ----


def methane(period, lag: int, seed: int) -> dict[str, np.ndarray]:
    """A gas that follows co2 with a correlation of a few per cent."""
    rng = np.random.default_rng(seed)
    x = period["co2"] - period["co2"].mean()
    weak = 8e-5 + 1e-7 * (0.05 * x / x.std() + rng.standard_normal(N))
    return delayed(period, co2=lag) | {"ch4": np.roll(weak, lag + 3)}


def test_a_noisy_gas_takes_the_lag_of_its_donor(samples):
    columns = {"co2": gas(-1.0, 1.5, 0.2), "ch4": gas(-1.0, 1.5, 0.5, "ch4", lag_from="co2")}
    periods = [methane(p, 4, k) for k, p in enumerate(samples)]
    lent = site(columns=columns)
    out = fk.decide(condense(lent, periods), lent)
    np.testing.assert_allclose(out["CO2_TLAG_USED"], 0.4)
    np.testing.assert_allclose(out["CH4_TLAG_USED"], 0.7)
    assert not np.allclose(out["CH4_TLAG_ACTUAL"], 0.7)
    own = site(columns=columns | {"ch4": gas(-1.0, 1.5, 0.5, "ch4")})
    searched = fk.decide(condense(own, periods), own)
    assert np.all(np.abs(out["FCH4_UNCORR"]) <= np.abs(searched["FCH4_UNCORR"]) + 1e-9)
    # What the moments hold reaches as far as the donor's window does.
    assert condense(lent, periods)["lag_ch4"].values[-1] == 18


def test_donors_are_the_same_by_the_direct_path(samples):
    columns = {"co2": gas(-1.0, 1.5, 0.2), "ch4": gas(-1.0, 1.5, 0.5, "ch4", lag_from="co2")}
    lent = site(columns=columns)
    raw = mast.dataset(*(methane(p, 4, k) for k, p in enumerate(samples)))
    moments, direct = fk.decide(fk.condense(raw, lent), lent), fk.decide(raw, lent, path="direct")
    np.testing.assert_allclose(moments["FCH4"], direct["FCH4"], rtol=1e-6)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"co2": gas(-1, 1, lag_from="n2o")}, r"columns\.co2\.lag_from: found 'n2o'; allowed: .*: h2o"),
        ({"co2": gas(-1, 1, lag_from="co2")}, "found 'co2'; allowed: a gas with a lag of its own: h2o"),
        ({"t_air": mast.column("K", lag_from="co2")}, r"columns\.t_air\.lag_from: only gases have a lag"),
    ],
)
def test_donors_that_cannot_be_are_refused(columns, words):
    with pytest.raises(ValueError, match=words):
        site(columns=columns)


# ---- classes of humidity ----

CLASSES = {
    "lag": "humidity-classes",
    "time_lag": {"humidity_classes": 2, "min_lags": 4, "search": {"h2o": [-1.0, 4.0]}},
}


@pytest.fixture(scope="module")
def moist() -> list[dict[str, np.ndarray]]:
    """Dry and moist air in turn: vapour 5 samples behind, and 20."""
    out = []
    for k in range(16):
        dry = k % 2 == 0
        air = mast.air(k, n=N, r_h2o=0.006 if dry else 0.024, cov_h2o=2e-4)
        out.append(delayed(mast.seen(air), h2o=5 if dry else 20, co2=2))
    return out


def test_vapour_s_window_follows_humidity(moist):
    learning = site(decide=mast.SPECTRA_OFF | CLASSES, columns={"h2o": gas(-1.0, 4.0, name="h2o")})
    # One period whose vapour carries next to nothing and shows its largest covariance anywhere.
    rng = np.random.default_rng(0)
    lost = moist[3] | {"h2o": moist[3]["h2o"].mean() + 1e-3 * rng.standard_normal(N)}
    out = fk.decide(condense(learning, [*moist, lost]), learning)
    humid = out["RH"].values > 50.0
    assert 5 <= humid.sum() <= 12
    np.testing.assert_allclose(out["H2O_TLAG_NOMINAL"].values[~humid], 0.5, atol=0.11)
    np.testing.assert_allclose(out["H2O_TLAG_NOMINAL"].values[humid], 2.0, atol=0.11)
    assert abs(out["H2O_TLAG_USED"].values[-1] - 2.0) < 0.5
    assert "h2o: 0.50 to 2.00 s with humidity, from" in out.attrs["time_lags"]
    assert np.ptp(out["CO2_TLAG_NOMINAL"].values) == 0.0


def test_parts_give_what_the_whole_gives(moist):
    learning = site(decide=mast.SPECTRA_OFF | CLASSES, columns={"h2o": gas(-1.0, 4.0, name="h2o")})
    whole = condense(learning, moist)
    parts = [whole.isel(time=slice(0, 5)), whole.isel(time=slice(5, None))]
    same(fk.decide(whole, learning), fk.decide(parts, learning))
    with pytest.raises(MomentsError, match="read only once"):
        fk.decide(iter(parts), learning)


def test_too_few_lags_leave_the_configured_window_and_say_so(moist):
    options = CLASSES["time_lag"] | {"min_lags": 100, "min_flux": {"co2": 1e6}}
    learning = site(
        decide=mast.SPECTRA_OFF | {"lag": "humidity-classes", "time_lag": options},
        columns={"h2o": gas(-1.0, 4.0, name="h2o")},
    )
    out = fk.decide(condense(learning, moist), learning)
    assert "co2: 0 usable lags in the season are too few" in out.attrs["time_lags"]
    np.testing.assert_allclose(out["H2O_TLAG_MAX"], 4.0)


def test_windows_learnt_elsewhere_are_used(moist):
    windows = {"co2": [[0.2, 0.0, 0.4]], "h2o": [[0.5, 0.3, 0.7], [2.0, 1.8, 2.2]]}
    decide = mast.SPECTRA_OFF | {"lag": "humidity-classes", "time_lag": {"windows": windows}}
    given = site(decide=decide, columns={"h2o": gas(-1.0, 4.0, name="h2o")})
    out = fk.decide(condense(given, moist), given)
    np.testing.assert_allclose(out["H2O_TLAG_MAX"], np.where(out["RH"] > 50.0, 2.2, 0.7))
    np.testing.assert_allclose(out["CO2_TLAG_USED"], 0.2, atol=0.21)
    assert "from the configuration" in out.attrs["time_lags"]


def test_days_outside_the_season_teach_nothing(moist):
    options = CLASSES["time_lag"] | {"end": "2024-07-01"}
    learning = site(
        decide=mast.SPECTRA_OFF | {"lag": "humidity-classes", "time_lag": options},
        columns={"h2o": gas(-1.0, 4.0, name="h2o")},
    )
    assert "h2o: 0 usable lags" in fk.decide(condense(learning, moist), learning).attrs["time_lags"]


# ---- pre-whitening ----

WHITE = {"condense": {"period": 5.0, "prewhitening": True}}


def whitened(**options):
    time_lag = {"min_neighbours": 1, "max_interval": 0.8} | options
    return site(**WHITE, decide=mast.SPECTRA_OFF | {"lag": "vitale-2024", "time_lag": time_lag})


def test_lags_by_prewhitening_are_used_and_lent_to_neighbours(samples):
    periods = [delayed(p, co2=7, h2o=3) for p in samples]
    rng = np.random.default_rng(1)
    periods[1] = periods[1] | {"co2": periods[1]["co2"].mean() + 1e-4 * rng.standard_normal(N)}
    out = fk.decide(condense(whitened(), periods), whitened())
    np.testing.assert_allclose(out["CO2_TLAG_USED"], 0.7)
    np.testing.assert_allclose(out["CO2_TLAG_PWB"].values[[0, 2]], 0.7)
    np.testing.assert_allclose(out["H2O_TLAG_USED"], 0.3)
    width = out["CO2_TLAG_PWB_HIGH"] - out["CO2_TLAG_PWB_LOW"]
    assert width.values[1] > 0.8 >= width.values[0]
    assert "co2: 2 of 3 lags by pre-whitening are reliable, 1 periods take" in out.attrs["time_lags"]
    nominal = whitened(otherwise="nominal")
    np.testing.assert_allclose(
        fk.decide(condense(nominal, periods), nominal)["CO2_TLAG_USED"], [0.7, 0.0, 0.7]
    )


def test_prewhitening_is_the_same_by_both_paths(samples):
    raw = mast.dataset(*(delayed(p, co2=7) for p in samples))
    a, b = fk.decide(fk.condense(raw, whitened()), whitened()), fk.decide(raw, whitened(), path="direct")
    np.testing.assert_allclose(a["FC"], b["FC"], rtol=1e-6)
    np.testing.assert_array_equal(a["CO2_TLAG_PWB"], b["CO2_TLAG_PWB"])


def test_lags_by_prewhitening_must_have_been_made(samples):
    with pytest.raises(ValueError, match=r"vitale-2024 needs condense\.prewhitening = true"):
        site(decide={"lag": "vitale-2024"})
    with pytest.raises(MomentsError, match=r"set condense\.prewhitening = true and condense again"):
        fk.decide(condense(site(), samples), whitened())


# ---- clocks ----


def test_clocks_that_drift_apart_are_told(samples):
    """One sample a day; six periods on each of eight days."""
    drifting, steady = [], []
    for day in range(8):
        for k in range(6):
            drifting.append(delayed(samples[k % 3], co2=day, h2o=day))
            steady.append(samples[k % 3])
    plain = site()
    found = fk.decide(condense(plain, drifting, every=240.0), plain).attrs["clock_drift"]
    assert found.startswith("g: the lag of co2 drifts by +0.1000 s per day over 7 days: check the clocks")
    assert "clock_drift" not in fk.decide(condense(plain, steady, every=240.0), plain).attrs
