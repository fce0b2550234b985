"""The chain's own duties: periods, losses, presets, what is refused."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.errors import ConfigError, MomentsError, ReadError
from fluxkit.kernels import despike, moments, spectra
from fluxkit.schema.variables import entry, mask, names
from fluxkit.tower import chain, settings
from fluxkit.tower.splitting import split_periods
from fluxkit.tower.station_condenser import Condenser
from tests.tower import mast

SHORT = {"condense": {"period": 5.0}}
N = 3000


@pytest.fixture(scope="module")
def data() -> dict[str, np.ndarray]:
    """Five minutes."""
    return mast.seen(mast.air(n=N), path="open")


def five(**sections):
    return mast.make_site(**(SHORT | sections))


def bits(out) -> set[str]:
    found = int(np.ravel(out)[0])
    return {m for m in entry("LOSS_FLAG").flag_meanings if found & mask("LOSS_FLAG", m)}


def decide(site, *periods) -> xr.Dataset:
    return fk.decide(fk.condense(mast.dataset(*periods), site), site)


# ---- periods of raw data ----


def test_periods_are_those_of_the_grid(data):
    raw = mast.dataset(data, data, start=np.datetime64("2024-07-01T10:03", "ns"))
    starts, periods = split_periods(raw, settings.make_plan(five()))
    assert [str(s)[11:16] for s in starts] == ["10:00", "10:05", "10:10"]
    assert [n for _, n in periods] == [1200, 3000, 1800]
    first = periods[0][0]["u"]
    assert np.isnan(first[:1800]).all()
    np.testing.assert_array_equal(first[1800:], data["u"][:1200])


def test_lost_records_leave_gaps_in_place(data):
    raw = mast.dataset(data).isel(time=np.r_[0:100, 150:N])
    ((samples, records),) = split_periods(raw, settings.make_plan(five()))[1]
    assert records == N - 50
    assert np.isnan(samples["w"][100:150]).all()
    np.testing.assert_array_equal(samples["w"][150:], data["w"][150:])


def test_raw_data_that_do_not_fit_are_refused(data):
    raw = mast.dataset(data)
    with pytest.raises(ReadError, match="variables missing: co2, h2o; it has u, v"):
        fk.condense(raw.drop_vars(["co2", "h2o"]), five())
    with pytest.raises(ReadError, match=r"does not ascend in steps of 0\.1 s \(raw.rate = 10\)"):
        fk.condense(raw.isel(time=slice(None, None, -1)), five())
    with pytest.raises(ReadError, match="no samples"):
        fk.condense(raw.isel(time=slice(0, 0)), five())


# ---- moments that do not fit ----


def test_moments_that_do_not_fit_are_refused(data):
    moments = fk.condense(mast.dataset(data), five())
    with pytest.raises(
        MomentsError, match=r"made with 20\.0 Hz .* says 10 Hz and periods of 300 s: condense again"
    ):
        fk.decide(moments.assign_attrs(rate=20.0), five())
    with pytest.raises(
        MomentsError, match=r"periods of 300 s, the configuration says 10 Hz and periods of 1800 s"
    ):
        fk.decide(moments, mast.make_site())
    with_methane = five(columns={"ch4": mast.column("mol mol-1", instrument="g", quantity="mixing_ratio")})
    with pytest.raises(MomentsError, match="moments hold no ch4: condense again"):
        fk.decide(moments, with_methane)
    wider = {
        "co2": mast.column(
            "mol m-3", instrument="g", quantity="density", lag={"nominal": 0, "min": -2, "max": 3}
        )
    }
    with pytest.raises(
        MomentsError, match="lags -10 to 15 samples of co2, the configuration needs -20 to 30"
    ):
        fk.decide(moments, five(columns=wider))
    with pytest.raises(MomentsError, match="version 0"):
        fk.decide(moments.assign_attrs(moments_version=0), five())
    with pytest.raises(ValueError, match="'moments' or 'direct', found 'other'"):
        fk.decide(moments, five(), path="other")


# ---- losses ----


def condense_one(data, records=N, **sections):
    return Condenser(five(**sections)).condense(data, records)


def test_a_good_period_loses_nothing(data):
    out = condense_one(data)
    assert int(out["reason"]) == 0
    assert out["reasons"] == []


@pytest.mark.parametrize(("records", "bit"), [(0, "no_data"), (1800, "too_few_records")])
def test_records(data, records, bit):
    out = condense_one(data, records)
    assert bits(out["reason"]) == {bit}
    assert "wind_sums" not in out
    if records:
        assert out["reasons"] == ["1800 of 3000 records present (40.0 % missing, 10 % allowed)"]


@pytest.mark.parametrize(
    ("name", "bit"), [("w", "wind_missing"), ("t_sonic", "temperature_missing"), ("co2", "gas_missing")]
)
@pytest.mark.parametrize("kind", ["gap", "all", "constant"])
def test_a_lost_variable(data, name, bit, kind):
    x = data[name].copy()
    x[: {"gap": 1200, "all": N, "constant": 0}[kind]] = np.nan
    if kind == "constant":
        x[:] = x.mean()
    out = condense_one(data | {name: x})
    wanted = {bit, "constant_channel"} if kind == "constant" else {bit}
    assert bits(out["reason"]) == wanted
    sentence = {
        "gap": f"{name}: 1800 of 3000 samples present (40.0 % missing, 10 % allowed)",
        "all": f"{name}: 0 of 3000 samples present (100.0 % missing, 10 % allowed)",
        "constant": f"{name}: the channel does not move",
    }[kind]
    assert len(out["reasons"]) == 1
    assert out["reasons"][0].startswith(sentence)
    assert ("wind_sums" in out) == (name != "w")


def test_what_is_lost_in_the_products(data):
    nothing = {name: np.full(N, np.nan) for name in data}
    no_co2 = data | {"co2": np.full(N, np.nan)}
    out = decide(five(), nothing, data, no_co2, data | {"w": np.full(N, 0.1)})
    loss = [bits(x) for x in out["LOSS_FLAG"].values]
    assert loss[0] & set(entry("LOSS_FLAG").flag_acting)
    assert not loss[1] & set(entry("LOSS_FLAG").flag_acting)
    assert "gas_missing" in loss[2]
    assert loss[3] == {"wind_missing", "constant_channel"}
    assert np.isnan(out["FC"].values).tolist() == [True, False, True, True]
    assert np.isnan(out["H"].values).tolist() == [True, False, False, True]
    assert np.isnan(out["LE"].values).tolist() == [True, False, False, True]
    np.testing.assert_allclose(out["H"].values[2], out["H"].values[1])
    for name in ("USTAR", "TAU", "WS", "FC_RANDUNC_HF", "H_SSITC_TEST", "TKE", "U_SKW", "FC_SCF"):
        assert np.isnan(out[name].values[0]), name


def test_periods_do_not_touch_one_another(data):
    """A period's products do not depend on its neighbours."""
    other = mast.seen(mast.air(n=N, seed=5, t_air=280.0))
    alone, together = decide(five(), data), decide(five(), other, data, other)
    for name in alone:
        if name in ("SW_IN_POT", "NIGHT"):
            continue
        np.testing.assert_allclose(alone[name].values[0], together[name].values[1], rtol=1e-12, err_msg=name)


def test_assumptions_are_flagged(data):
    full = five()
    columns = {k: v for k, v in full.model_dump()["columns"].items() if k not in ("t_air", "p_air")}
    site = type(full).model_validate(full.model_dump() | {"columns": columns})
    out = decide(site, {k: v for k, v in data.items() if k in columns})
    wanted = {"pressure_assumed", "temperature_assumed"}
    assert wanted <= bits(out["LOSS_FLAG"].values)
    assert float(out["PA"][0]) == pytest.approx(101.3 * np.exp(-280 / 8200))
    # The sonic's temperature without its humidity.
    assert float(out["TA"][0]) == pytest.approx(data["t_air"].mean() - 273.15, abs=0.02)


def test_spikes_and_limits_are_counted(data):
    w = data["w"].copy()
    w[100], w[200], w[300] = 4.5, 4.5, 6.0
    out = condense_one(data | {"w": w}, condition={"despiking": "vickers-mahrt-1997"})
    assert out["spikes"][2] >= 3
    assert out["limited"][2] == 0
    out = condense_one(data | {"w": w})
    assert out["spikes"][2] == 0
    assert out["limited"][2] == 1


def test_warm_up_compiles_what_a_site_uses():
    Condenser(five(condition={"despiking": "vickers-mahrt-1997"})).warm_up()
    for kernel in (despike._sweep_vm97, moments.pair_sums, spectra.add_cross_spectra):
        assert kernel.signatures


def test_input_samples_stay_as_they_are(data):
    before = {name: x.copy() for name, x in data.items()}
    condense_one(data, condition={"despiking": "vickers-mahrt-1997"})
    for name, x in data.items():
        np.testing.assert_array_equal(x, before[name])


def test_the_reference_counts_samples_not_time(data):
    """A file that ends early makes it a shorter period; ours keeps the period and its gap."""
    short = {name: np.where(np.arange(N) < 2800, x, np.nan) for name, x in data.items()}
    ours, theirs = condense_one(short, 2800), condense_one(short, 2800, preset="eddypro-6")
    assert (int(ours["slots"]), int(theirs["slots"])) == (3000, 2800)
    assert ours["wind_sums"][:, 0].tolist() == [500.0] * 5 + [300.0]
    assert theirs["wind_sums"][:, 0].sum() == 2800


# ---- products and presets ----


def test_every_product_is_in_the_vocabulary(data, monkeypatch):
    """What the dataset would leave out without a word."""
    extra = {gas: mast.column("mol m-3", instrument="g", quantity="density") for gas in ("ch4", "n2o")}
    raw = mast.dataset(data | dict.fromkeys(extra, data["co2"] * 5e-3))
    made = {}
    monkeypatch.setattr(chain, "flux_dataset", lambda found, *_: made.update(found) or xr.Dataset())
    site = five(columns=extra)
    fk.decide(fk.condense(raw, site), site)
    assert {"FC", "FCH4", "FN2O", "LE", "NEE", "LOSS_FLAG", "N2O_SKW"} <= made.keys()
    assert set(made) - set(names()) == set()


def test_presets_differ_where_they_should(data):
    other = mast.seen(mast.air(n=N, seed=2, r_co2=4.3e-4))
    ours, theirs = (decide(five(preset=p), data, other) for p in ("fluxkit", "eddypro-6"))
    assert ours.attrs["preset"] != theirs.attrs["preset"]
    assert [n for n in ours if n != "PBLH"] == list(theirs)  # which kljun-2015 alone is made with
    a, b = ours.isel(time=1), theirs.isel(time=1)
    same = ("FILE_RECORDS", "USED_RECORDS", "WS", "WD", "ROT_YAW", "ROT_PITCH", "U_SIGMA", "W_SIGMA", "TKE",
            "T_SONIC", "CO2_TLAG_USED", "U_W_COV", "W_T_SONIC_COV", "PA", "TA", "U_SKW", "W_KUR")  # fmt: skip
    for name in same:
        np.testing.assert_allclose(a[name], b[name], rtol=1e-9, err_msg=name)
    assert float(a["TAU"]) < 0 < float(b["TAU"])
    assert float(a["TSTAR"]) * float(b["TSTAR"]) < 0
    near = {"H": 0.05, "LE": 0.05, "FC": 0.1, "USTAR": 0.05, "FC_SCF": 0.05, "H_SCF": 0.05, "ZL": 0.2,
            "RHO": 1e-3, "FC_RANDUNC_HF": 1.0, "E": 1e-3, "CO2_MIXING_RATIO": 1e-3}  # fmt: skip
    for name, tolerance in near.items():
        difference = abs(float(a[name]) / float(b[name]) - 1)
        assert 0 < difference < tolerance, f"{name}: {difference}"


def test_switched_off_products_are_absent(data):
    off = {"quality": "none", "random_error": "none", "storage": "none"} | mast.SPECTRA_OFF
    out = decide(five(decide=off), data)
    for name in ("FC_SSITC_TEST", "FC_RANDUNC_HF", "SC", "SH", "NEE_RANDUNC_HF", "H_SS"):
        assert name not in out, name
    assert float(out["FC_SCF"][0]) == 1.0
    assert float(out["NEE"][0]) == float(out["FC"][0])
    assert "storage_missing" in bits(out["LOSS_FLAG"].values)


def test_attributes_say_what_a_number_is(data):
    out = decide(five(), data)
    assert out["FC"].attrs["units"] == "umol m-2 s-1"
    assert out.attrs["averaging_period_s"] == 300.0
    assert out.attrs["station"] == "XX-Tst"
    assert str(out["time"].values[0]) == "2024-07-01T10:00:00.000000000"


def test_night(data):
    raw = mast.dataset(data, start=np.datetime64("2024-07-01T00:00", "ns"))
    out = fk.decide(fk.condense(raw, five()), five())
    assert float(out["SW_IN_POT"][0]) == 0.0
    assert float(out["NIGHT"][0]) == 1.0
    assert float(decide(five(), data)["NIGHT"][0]) == 0.0


# ---- other decisions ----


def test_decisions_may_be_given_where_fluxes_are_decided(data):
    moments = fk.condense(mast.dataset(data), five())
    found = fk.decide(moments, five(), rotation="none", time_lag={"spread": 2.0})
    xr.testing.assert_identical(found, fk.decide(moments, five(decide={"rotation": "none"})))
    assert found["ROT_PITCH"].values == 0.0
    assert fk.decide(moments, five())["ROT_PITCH"].values != 0.0
    with pytest.raises(ConfigError, match=r"decide\.lagg: unknown key 'lagg'; did you mean 'lag'"):
        fk.decide(moments, five(), lagg="constant")


def test_a_flux_names_itself_in_a_figure(data):
    found = decide(five(), data)
    assert found["NEE"].attrs["long_name"].startswith("Net ecosystem exchange of carbon dioxide")
    assert found["NEE"].attrs["units"] == "umol m-2 s-1"
    assert all(x.attrs.get("long_name") and x.attrs.get("units") for x in found.data_vars.values())
    assert found["time"].attrs["long_name"] == "start of the averaging period, UTC"


def test_fluxes_have_local_time_and_plots_have_names(data):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    site = five()
    fluxes = decide(site, data, data)
    ahead = fluxes["local_time"].values - fluxes["time"].values
    assert (ahead == np.timedelta64(round(3600 * site.station.utc_offset_h), "s")).all()
    label = fluxes["NEE"].plot()[0].axes.get_ylabel().replace("\n", " ")
    assert label.startswith("Net ecosystem exchange of carbon dioxide")
    assert label.endswith("[umol m-2 s-1]")
