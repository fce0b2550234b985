"""End to end: what is planted in the air comes back from condense and decide."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.schema.variables import mask
from fluxkit.synthetic import defects, mixture
from tests.tower import mast


def decide(site, *periods) -> xr.Dataset:
    return fk.decide(fk.condense(mast.dataset(*periods), site), site)


def flag(out: xr.Dataset, bit: str) -> np.ndarray:
    return (out["LOSS_FLAG"].values.astype(int) & mask("LOSS_FLAG", bit)) > 0


def value(out: xr.Dataset, name: str) -> float:
    return float(out[name].values[0])


@pytest.fixture(scope="module")
def noon():
    return mast.air()


def test_wind_comes_back_to_rounding(noon):
    out, truth = decide(mast.make_site(decide=mast.SPECTRA_OFF), mast.seen(noon)), noon.truth()
    assert value(out, "USTAR") == pytest.approx(truth["USTAR"], rel=1e-9)
    assert value(out, "TAU") == pytest.approx(-value(out, "RHO") * truth["USTAR"] ** 2, rel=1e-9)
    assert value(out, "WS") == pytest.approx(truth["WS"], rel=1e-9)
    assert value(out, "W_SIGMA") == pytest.approx(truth["W_SIGMA"], rel=1e-9)
    assert value(out, "ROT_YAW") == pytest.approx(37.0, abs=1e-9)
    assert value(out, "ROT_PITCH") == pytest.approx(2.5, abs=1e-9)
    # CSAT3: its u axis points at the mast; 180 - 37 + 60 - 180 = 23.
    assert value(out, "WD") == pytest.approx(23.0, abs=1e-9)


@pytest.mark.parametrize("preset", ["fluxkit", "eddypro-6"])
def test_momentum_is_the_size_of_a_stress_whose_components_are_told(noon, preset):
    """Stress across the wind planted beside that along it, wind that blows along u."""
    data = mast.seen(noon, yaw=0.0, pitch=0.0)
    w = data["w"] - data["w"].mean()
    data["v"] = data["v"] + 0.2 * w
    out = decide(mast.make_site(preset=preset, decide=mast.SPECTRA_OFF), data)
    u, v = (data[name] - data[name].mean() for name in ("u", "v"))
    along, across = np.mean(u * w), np.mean(v * w)
    assert abs(across) > 0.2 * abs(along)
    rho = value(out, "RHO")
    assert value(out, "TAU_UW") == pytest.approx(rho * along, rel=1e-5)
    assert value(out, "TAU_VW") == pytest.approx(rho * across, rel=1e-5)
    sign = -1.0 if preset == "fluxkit" else 1.0
    assert value(out, "TAU") == pytest.approx(sign * rho * np.hypot(along, across), rel=1e-5)
    assert abs(value(out, "TAU")) == pytest.approx(rho * value(out, "USTAR") ** 2, rel=1e-9)


@pytest.mark.parametrize(("preset", "tested"), [("fluxkit", False), ("eddypro-6", True)])
def test_turbulence_is_not_tested_beyond_the_range_of_its_models(preset, tested):
    """z/L of about 1: no verdict on turbulence, told; what is not steady is discarded all the same."""
    night = mast.air(cov_t=-0.02, cov_h2o=2e-6, cov_co2=1e-7, ustar=0.11, zeta=1.0, t_air=280.0)
    steady = mast.seen(night, path="ratio")
    slow = np.sin(np.linspace(0.0, 2.0 * np.pi, mast.N))  # carries a flux between sub-periods, not within
    unsteady = steady | {"co2": steady["co2"] - 6e-6 * slow, "w": steady["w"] + 0.05 * slow}
    out = decide(mast.make_site(path="ratio", preset=preset, decide=mast.SPECTRA_OFF), steady, unsteady)
    assert (out["ZL"] > 0.5).all()
    assert np.isfinite(out["W_ITC"]).all() == tested
    assert np.isfinite(out["H_SSITC_TEST"]).all() == tested
    assert (flag(out, "quality_test_missing") == (not tested)).all()
    assert out["FC_SSITC_TEST"].values[1] == 2.0
    if not tested:
        assert np.isnan(out["FC_SSITC_TEST"].values[0])
        assert out["H_QC"].values[0] == 1


def test_mixing_ratios_come_back_to_rounding_of_mean_density(noon):
    """Dry mixing ratios need no density correction: flux is mean density times covariance."""
    site, truth = mast.make_site(path="ratio", decide=mast.SPECTRA_OFF), noon.truth()
    out = decide(site, mast.seen(noon, path="ratio"))
    assert value(out, "FC") == pytest.approx(truth["FC"], rel=2e-5)
    assert value(out, "LE") == pytest.approx(truth["LE"], rel=1e-4)
    assert value(out, "H") == pytest.approx(truth["H"], rel=5e-3)
    assert value(out, "CO2_MIXING_RATIO") == pytest.approx(truth["CO2_DRY"], rel=1e-9)
    assert value(out, "H2O_MIXING_RATIO") == pytest.approx(truth["H2O_DRY"], rel=1e-9)
    assert value(out, "TA") == pytest.approx(truth["TA"], abs=1e-9)
    assert value(out, "PA") == pytest.approx(truth["PA"], abs=1e-9)


def test_mole_fractions_become_mixing_ratios(noon):
    site = mast.make_site(path="fraction", decide=mast.SPECTRA_OFF)
    out, truth = decide(site, mast.seen(noon, path="fraction")), noon.truth()
    assert value(out, "FC") == pytest.approx(truth["FC"], rel=2e-5)
    assert value(out, "LE") == pytest.approx(truth["LE"], rel=1e-4)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"cov_t": 0.25, "cov_h2o": 3e-5, "cov_co2": -1e-7},
        {"zeta": 0.1, "ustar": 0.2, "cov_t": -0.03, "cov_h2o": 5e-6, "cov_co2": 1.5e-7, "t_air": 281.0},
    ],
)  # fmt: skip
def test_open_path_recovers_fluxes_from_densities(changes):
    a = mast.air(seed=3, **changes)
    out, truth = decide(mast.make_site(decide=mast.SPECTRA_OFF), mast.seen(a)), a.truth()
    assert value(out, "FC") == pytest.approx(truth["FC"], rel=0.01)
    assert value(out, "LE") == pytest.approx(truth["LE"], rel=0.005)
    assert value(out, "H") == pytest.approx(truth["H"], rel=0.005)


def test_corrections_matter(noon):
    bare = mast.SPECTRA_OFF | {"density": "none", "humidity": "none"}
    out, truth = decide(mast.make_site(decide=bare), mast.seen(noon)), noon.truth()
    assert abs(value(out, "FC") / truth["FC"] - 1) > 0.2
    assert value(out, "H") / truth["H"] > 1.05
    assert value(out, "FC") == value(out, "FC_UNCORR")


def test_direct_path_gives_the_same_products(noon):
    site, data = mast.make_site(), mast.seen(noon)
    data["co2"] = defects.drop(data["co2"], [500, 9000], 12)
    raw = mast.dataset(data)
    a, b = fk.decide(fk.condense(raw, site), site), fk.decide(raw, site, path="direct")
    assert list(a) == list(b)
    for name in a:
        # Far lags count gaps as pairs in the moments: a limit of detection needs no more than per cents.
        tolerance = 1e-5 if name.endswith("_HF") else 1e-3 if name.endswith("_LOD") else 1e-6
        np.testing.assert_allclose(a[name], b[name], rtol=tolerance, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("lag", [0.0, 0.4, 1.2, -0.6])
def test_planted_lag_is_found(noon, lag):
    data = mast.seen(noon, path="ratio")
    data["co2"] = defects.delay(data["co2"], mast.RATE, lag)
    out = decide(mast.make_site(path="ratio", decide=mast.SPECTRA_OFF), data)
    assert value(out, "CO2_TLAG_USED") == pytest.approx(lag)
    assert value(out, "CO2_TLAG_ACTUAL") == pytest.approx(lag)
    assert value(out, "FC") == pytest.approx(noon.truth()["FC"], rel=5e-3)
    assert not flag(out, "lag_at_default")[0]


def test_lag_beyond_the_window_falls_back_and_says_so(noon):
    data = mast.seen(noon, path="ratio")
    data["co2"] = defects.delay(data["co2"], mast.RATE, 2.5)
    out = decide(mast.make_site(path="ratio"), data)
    assert value(out, "CO2_TLAG_ACTUAL") == 1.5
    assert value(out, "CO2_TLAG_USED") == 0.0
    assert flag(out, "lag_at_default")[0]


def test_planted_spikes_are_counted_and_do_no_harm(noon):
    data = mast.seen(noon, path="ratio")
    places = list(range(700, 17000, 900))
    data["co2"] = defects.add_spikes(data["co2"], places, 3e-5, width=2)
    sections = {"decide": mast.SPECTRA_OFF, "condition": {"despiking": "vickers-mahrt-1997"}}
    out = decide(mast.make_site(path="ratio", **sections), data)
    assert value(out, "CO2_NUM_SPIKES") >= len(places)
    assert value(out, "CO2_NUM_SPIKES") < len(places) + 60  # some turbulence passes for spikes
    assert value(out, "FC") == pytest.approx(noon.truth()["FC"], rel=0.02)


def test_instrument_noise_changes_variance_not_flux(noon):
    data = mast.seen(noon, path="ratio")
    data["co2"] = defects.add_noise(data["co2"], snr=1.0, seed=4)
    site = mast.make_site(path="ratio", decide=mast.SPECTRA_OFF | {"lag": "constant"})
    clean, out = decide(site, mast.seen(noon, path="ratio")), decide(site, data)
    assert value(out, "CO2_SIGMA") == pytest.approx(np.sqrt(2) * value(clean, "CO2_SIGMA"), rel=0.02)
    difference = abs(value(out, "FC") - value(clean, "FC"))
    assert difference < 4 * value(out, "FC_RANDUNC_HF")
    assert value(out, "FC_RANDUNC_HF") > value(clean, "FC_RANDUNC_HF")


def test_attenuation_is_restored(noon):
    """Sensors as the transfer functions describe them, 0.15 m apart: fluxes come back within 2 %."""
    data, U = mast.seen(noon, path="open"), mast.weather().wind_speed

    def analyser(f):
        return (
            defects.line_gain(f, 0.127, U)
            * np.exp(-9.9 * (f * 0.15 / U) ** 1.5)
            / np.hypot(1, 0.2 * np.pi * f)
        )

    for gas in ("co2", "h2o"):
        data[gas] = defects.attenuate(data[gas], mast.RATE, analyser)
    constant = {"lag": "constant"}
    truth = noon.truth()
    off = decide(mast.make_site(decide=mast.SPECTRA_OFF | constant), data)
    on = decide(mast.make_site(decide=constant | {"low_frequency": "none"}), data)
    assert value(off, "LE") / truth["LE"] < 0.95
    assert value(on, "LE") == pytest.approx(truth["LE"], rel=0.02)
    assert value(on, "FC") == pytest.approx(truth["FC"], rel=0.03)
    assert value(on, "FC_SCF") > value(on, "H_SCF") > 1.0


@pytest.mark.parametrize("response", [0.1, 0.4])
@pytest.mark.parametrize("lag", ["covariance-maximum", "constant"])
def test_slow_displaced_analyser_is_made_up_for_with_its_phase(response, lag):
    """A first-order sensor 0.15 m north, wind from 23 degrees, a perfect sonic: within 1 % at any lag.

    In slow wind: what is faster than half the sampling rate is not planted, but restored.
    """
    weather = {"wind_speed": 1.5, "ustar": 0.25, "cov_t": 0.05, "cov_h2o": 5e-5, "cov_co2": -3e-7}
    data, a = {}, mast.air(seed=1, **weather)
    data, U = mast.seen(a), weather["wind_speed"]
    along, across = -0.15 * np.cos(np.radians(23.0)), 0.15 * np.sin(np.radians(23.0))

    def analyser(f):
        gain = defects.line_gain(f, 0.127, U) * np.exp(-9.9 * (f * across / U) ** 1.5)
        return gain * np.exp(-2j * np.pi * f * along / U) / (1.0 + 2j * np.pi * f * response)

    for gas in ("co2", "h2o"):
        data[gas] = defects.attenuate(data[gas], mast.RATE, analyser)
    perfect = {"model": "generic", "path_length": 1e-4, "path_horizontal": 1e-4, "response_time": 0.0}
    # A generic sonic's u axis is not turned: its offset does what the CSAT3's model does.
    sonic = mast.SONIC | perfect | {"north_offset": -120.0}
    instruments = [sonic, mast.OPEN | {"response_time": response}]
    decisions = {"lag": lag, "low_frequency": "none", "separation": "moore-1986"}
    error = {}
    for method in ("none", "moncrieff-1997", "peltola-2021"):
        site = mast.make_site(instruments=instruments, decide=decisions | {"high_frequency": method})
        out = decide(site, data)
        assert value(out, "WD") == pytest.approx(23.0)
        error[method] = value(out, "LE") / a.truth()["LE"] - 1.0
    assert error["none"] < -0.02
    assert abs(error["peltola-2021"]) < 0.01
    assert abs(error["peltola-2021"]) < abs(error["moncrieff-1997"])


@pytest.mark.parametrize("lag", ["constant", "covariance-maximum-default"])
def test_a_nominal_lag_of_most_maxima_counts_the_sensor_s_delay_once(lag):
    """A sensor of 0.4 s whose largest covariance lies 0.2 to 0.3 s late, where the lag window ends.

    Taken for transport alone, the flux is several per cent too large.
    """
    weather = {"wind_speed": 1.5, "ustar": 0.25, "cov_t": 0.05, "cov_h2o": 5e-5, "cov_co2": -3e-7}
    a = mast.air(seed=1, **weather)
    data = mast.seen(a)

    def analyser(f):
        return defects.line_gain(f, 0.127, weather["wind_speed"]) / (1.0 + 2j * np.pi * f * 0.4)

    for gas in ("co2", "h2o"):
        data[gas] = defects.attenuate(data[gas], mast.RATE, analyser)
    perfect = {"model": "generic", "path_length": 1e-4, "path_horizontal": 1e-4, "response_time": 0.0}
    sonic = mast.SONIC | perfect
    point = mast.OPEN | {"response_time": 0.4, "northward_separation": 0.0}
    restored = {"low_frequency": "none", "high_frequency": "peltola-2021"}
    free = mast.make_site(instruments=[sonic, point], decide=restored)
    peak = value(decide(free, data), "H2O_TLAG_USED")
    assert 0.2 <= peak <= 0.4
    ends = {"min": -1.0, "max": 1.5} if lag == "constant" else {"min": peak - 0.1, "max": peak}
    error = {}
    for holds in ("transport", "total"):
        window = {"nominal": peak, "nominal_is": holds} | ends
        columns = {
            gas: mast.column("mol m-3", instrument="g", quantity="density", lag=window) | {"column": gas}
            for gas in ("co2", "h2o")
        }
        site = mast.make_site(instruments=[sonic, point], columns=columns, decide=restored | {"lag": lag})
        error[holds] = value(decide(site, data), "LE") / a.truth()["LE"] - 1.0
    assert abs(error["total"]) < 0.01
    assert error["transport"] > 0.03


def test_order_of_gases_is_irrelevant(noon):
    data = mast.seen(noon)
    one, other = mast.make_site(gases=("co2", "h2o")), mast.make_site(gases=("h2o", "co2"))
    xr.testing.assert_identical(decide(one, data), decide(other, data))


def test_turning_the_mast_turns_only_the_direction(noon):
    """With the analyser in the sonic's axis: elsewhere the wind decides how far it is to the side."""
    site = mast.make_site(instruments=[mast.SONIC, mast.OPEN | {"northward_separation": 0.0}])
    a = decide(site, mast.seen(noon, yaw=10.0, pitch=1.0))
    b = decide(site, mast.seen(noon, yaw=200.0, pitch=-4.0))
    for name in (
        "FC",
        "LE",
        "H",
        "TAU",
        "USTAR",
        "TKE",
        "U_SIGMA",
        "W_SIGMA",
        "W_SKW",
        "U_KUR",
        "FC_RANDUNC_HF",
    ):
        np.testing.assert_allclose(a[name], b[name], rtol=1e-5, err_msg=name)
    assert (value(a, "WD") - value(b, "WD")) % 360.0 == pytest.approx(190.0, abs=1e-6)


def test_linear_detrending_removes_a_drift(noon):
    data = mast.seen(noon, path="ratio")
    data["co2"] = data["co2"] + 1e-5 * np.linspace(-1, 1, mast.N)
    sections = {"lag": "constant"} | mast.SPECTRA_OFF
    site = {d: mast.make_site(path="ratio", decide=sections | {"detrending": d}) for d in ("block", "linear")}
    clean = decide(site["linear"], mast.seen(noon, path="ratio"))
    assert value(decide(site["linear"], data), "FC") == pytest.approx(value(clean, "FC"), rel=1e-6)
    assert value(decide(site["block"], data), "CO2_SIGMA") > 2 * value(clean, "CO2_SIGMA")


@pytest.mark.parametrize("path", ["ratio", "open", "fraction"])
def test_storage_is_the_change_from_begin_to_end(noon, path):
    """A front passes: dry mixing ratios and temperature run from one value to another within a half hour.

    3.2 m of 39 mol m-3: 12 umol mol-1 in half an hour are 0.84 umol m-2 s-1.
    """
    course = np.linspace(-0.5, 0.5, mast.N)
    rng = np.random.default_rng(0)

    def run(mean: float, change: float) -> np.ndarray:
        return mean * (1.0 + 1e-5 * rng.standard_normal(mast.N)) + change * course

    front = replace(noon, co2=run(4.1e-4, 12e-6), h2o=run(0.014, -1.5e-3), t=run(296.0, -2.0))
    out = decide(mast.make_site(path=path, decide=mast.SPECTRA_OFF), mast.seen(front, path=path))
    n_d = float(np.mean(mixture.dry_air_density(front.t, front.p, front.h2o)))
    layer = n_d * mast.HEIGHT / 1800
    assert value(out, "SC") == pytest.approx(12.0 * layer, rel=0.01)
    assert value(out, "SH2O") == pytest.approx(-1.5 * layer, rel=0.01)
    assert value(out, "SLE") == pytest.approx(value(out, "SH2O") * 1e-3 * 0.018015 * 2.4455e6, rel=2e-3)
    assert value(out, "SH") == pytest.approx(
        -2.0 * value(out, "RHO") * value(out, "CP") * mast.HEIGHT / 1800, rel=0.01
    )
    assert value(out, "NEE") == pytest.approx(value(out, "FC") + value(out, "SC"))
    assert not flag(out, "storage_missing")[0]


def test_storage_of_eddypro_6_is_since_the_period_before(noon):
    """10 umol mol-1 more of moist air in half an hour: 10 x 39.8 x 3.2 / 1800 = 0.71 umol m-2 s-1."""
    first = mast.seen(noon, path="fraction")
    second = first | {"co2": first["co2"] + 10e-6}
    out = decide(mast.make_site(path="fraction", preset="eddypro-6"), first, second)
    assert np.isnan(out["SC"][0])
    assert float(out["SC"][1]) == pytest.approx(10.0 * mast.HEIGHT / 1800 * 98000 / (8.314 * 296.0), rel=0.01)
    assert float(out["SH"][1]) == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_array_equal(out["NEE"][0], out["FC"][0])
    np.testing.assert_allclose(out["NEE"][1], out["FC"][1] + out["SC"][1])
    assert flag(out, "storage_missing").tolist() == [True, False]


def test_humidity_correction_is_exact_in_humid_air():
    """304 K, 30 mmol mol-1, LE 411 W m-2, H 57 W m-2: without (1 - q) 0.5 W m-2 are lost."""
    a = mast.air(r_h2o=0.03, t_air=304.0, cov_h2o=2.5e-4, cov_t=0.05)
    site = mast.make_site(path="ratio", decide=mast.SPECTRA_OFF)
    out = fk.decide(fk.condense(mast.dataset(mast.seen(a, path="ratio")), site), site)
    expected = float(out["RHO"][0] * out["CP"][0]) * np.mean((a.w - a.w.mean()) * (a.t - a.t.mean()))
    assert float(out["H"][0]) == pytest.approx(expected, rel=1e-4)
