"""Errors that eddy-covariance software once had, each held off by one test.

Others of the same list are held off where their subject is tested:

* root of the transfer function, by the method of the lag: tower/test_in_situ.py, tower/test_phase_exact.py;
* Horst & Lenschow's eq. 16 instead of 13: physics/test_horst_lenschow.py;
* Hamming's taper and Hann's exchanged: tower/test_condensing.py;
* running means that did nothing or drifted off: kernels/test_high_pass.py;
* a planar fit without bias that had one, sectors taken for one another: tower/test_planar_fit.py;
* density corrections of mixing ratios: tower/test_closed_path.py;
* absolute limits that did not flag: tower/test_screening.py.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pydantic import ValidationError

import fluxkit as fk
from fluxkit.constants import EDDYPRO_6, SI
from fluxkit.export.fluxnet import write_csv
from fluxkit.physics.air import air_state, saturation_vapour_pressure
from fluxkit.physics.solar import potential_radiation
from fluxkit.raw.tables.biomet import open_biomet
from fluxkit.schema.variables import from_si, mask
from fluxkit.site.models import Site
from fluxkit.tower.period_moments import frequency_bins
from tests.tower import mast

N, RATE = 6000, mast.RATE
MINUTES = {"condense": {"period": 10.0}}


def site(**sections) -> Site:
    return mast.make_site(**({"decide": mast.SPECTRA_OFF} | MINUTES | sections))


@pytest.fixture(scope="module")
def noon() -> tuple[xr.Dataset, xr.Dataset]:
    """Moments and fluxes of ten minutes at noon."""
    moments = fk.condense(mast.dataset(mast.seen(mast.air(n=N))), site())
    return moments, fk.decide(moments, site())


# ---- units ----


def test_vapour_pressure_deficit_is_in_hectopascals(noon):
    """25 degC at 50 %: 15.8 hPa, which is 1.58 kPa, and 1585 Pa inside."""
    T = np.array([298.15])
    e = 0.5 * saturation_vapour_pressure(T)
    a = air_state(Ts=T, T=T, P=np.array([1e5]), vapour=e / 1e5, quantity="mole_fraction", constants=SI)
    assert a.VPD[0] == pytest.approx(1585, abs=2)
    assert from_si("VPD", a.VPD)[0] == pytest.approx(15.85, abs=0.02)
    _, out = noon
    assert out["VPD"].attrs["units"] == "hPa"
    es = saturation_vapour_pressure(out["TA"].values + 273.15) / 100.0
    np.testing.assert_allclose(out["VPD"], es * (1.0 - out["RH"].values / 100.0), rtol=1e-6)


def test_temperature_scale_has_the_sign_of_what_it_scales(noon):
    """w'T' = -u* T*: over a warm surface T* is negative; the reference program ends with the other sign."""
    moments, out = noon
    assert float(out["H"][0]) > 50.0
    kinematic = out["H"] / (out["RHO"] * out["CP"] * out["USTAR"])
    np.testing.assert_allclose(out["TSTAR"], -kinematic, rtol=1e-5)
    theirs = fk.decide(moments, site(decide=mast.SPECTRA_OFF | {"arithmetic": "eddypro-6"}))
    assert float(theirs["TSTAR"][0]) > 0.0 > float(out["TSTAR"][0])


# ---- time ----


@pytest.mark.parametrize("offset", [-3.5, 0.0, 5.75])
def test_offset_from_utc_is_taken_once_in_each_direction(offset, tmp_path: Path):
    """A slow record of 12:00 local is that of 12:00 local in the CSV."""
    (tmp_path / "b.csv").write_text("time,RH\n2024-07-01 12:00,50\n2024-07-01 12:30,60\n")
    columns = {"rh": {"column": "RH", "unit": "%"}}
    biomet = {"files": "b.csv", "time_is": "start", "columns": columns}
    s = mast.make_site(biomet=biomet, station=mast.STATION | {"utc_offset_h": offset})
    found = open_biomet(s, tmp_path)
    noon_utc = np.datetime64("2024-07-01T12:15") - np.timedelta64(round(offset * 60), "m")
    assert found["time"].values[0] == noon_utc
    start = found["time"].values[:1] - np.timedelta64(15, "m")
    fluxes = xr.Dataset({"FC": ("time", [1.0])}, {"time": start}, {"averaging_period_s": 1800.0})
    table = pd.read_csv(write_csv(fluxes, tmp_path, s), dtype=str)
    assert table["TIMESTAMP_START"][0] == "202407011200"


def test_day_and_night_are_of_the_whole_period():
    """A period in which the sun rises is no night, though none shines at its start; the one before is."""
    starts = np.datetime64("2024-03-20T00:00", "ns") + np.arange(60) * np.timedelta64(10, "m")
    dark = potential_radiation(starts, mast.STATION["latitude"], mast.STATION["longitude"]) == 0.0
    sunrise = int(np.flatnonzero(~dark)[0]) - 1
    seen = mast.seen(mast.air(n=N))
    data = mast.dataset(seen, seen, start=starts[sunrise - 1])
    out = fk.decide(fk.condense(data, site()), site())
    np.testing.assert_array_equal(out["NIGHT"], [1, 0])
    assert float(out["SW_IN_POT"][0]) == 0.0 < float(out["SW_IN_POT"][1])


def test_potential_radiation_has_no_bias_over_the_year():
    """1361 W m-2: one per cent more would move 2 % of all half hours from night to day elsewhere."""
    year = np.arange(
        np.datetime64("2023-01-01", "ns"), np.datetime64("2024-01-01", "ns"), np.timedelta64(10, "m")
    )
    light = np.array([potential_radiation(year, float(la), 0.0).mean() for la in np.arange(-88, 89, 4)])
    weight = np.cos(np.radians(np.arange(-88, 89, 4)))
    assert np.average(light, weights=weight) == pytest.approx(1361.0 / 4, rel=2e-3)
    share = np.mean(potential_radiation(year, 50.0, 8.0) > 0.0)
    assert share == pytest.approx(0.5, abs=0.005)  # geometric sunrise, as potential radiation has it


# ---- marks for nothing ----


@pytest.mark.parametrize("mark", ["-9999", "-9999.00", "NAN", "", "-99.99", "-6999"])
def test_a_mark_for_nothing_is_no_humidity(mark, tmp_path: Path, noon):
    (tmp_path / "b.csv").write_text(f"time,RH,TA\n2024-07-01 10:00,{mark},20\n2024-07-01 10:05,{mark},20\n")
    columns = {"rh": {"column": "RH", "unit": "%"}}
    biomet = {"files": "b.csv", "time_is": "start", "columns": columns, "utc_offset_h": 0.0}
    s = site(biomet=biomet)
    moments, without = noon
    out = fk.decide(moments, s, biomet=open_biomet(s, tmp_path))
    for name in ("RH", "VPD", "H", "LE", "FC", "CP"):
        assert float(out[name][0]) == float(without[name][0])
    assert 0.0 <= float(out["RH"][0]) <= 100.0


def test_impossible_humidity_does_not_enter_the_heat_capacity():
    """The reference program puts -9999 % into it, which is kept behind its own switch."""
    T, P = np.array([280.0]), np.array([1e5])
    state = {"Ts": T, "T": T, "P": P, "vapour": np.array([0.03]), "quantity": "mole_fraction"}
    ours = air_state(**state, constants=SI)
    theirs = air_state(**state, constants=EDDYPRO_6, impossible_humidity=-9999.0)
    assert np.isnan(ours.RH[0])
    assert ours.rho_cp[0] / ours.rho[0] == pytest.approx(1024, abs=6)
    assert theirs.rho_cp[0] < 0.97 * ours.rho_cp[0]


def test_a_period_without_wind_is_removed_not_accepted():
    """u* that is missing is below every threshold and above none: such a flux must not pass."""
    seen = mast.seen(mast.air(n=N))
    seen["w"] = np.full(N, np.nan)
    out = fk.decide(fk.condense(mast.dataset(seen), site()), site())
    assert np.isnan(out["USTAR"].values).all()
    for name in ("FC", "LE", "H", "TAU"):
        assert np.isnan(out[name].values).all()
        assert float(out[f"{name}_QC"][0]) == 2.0
    assert int(out["LOSS_FLAG"][0]) & mask("LOSS_FLAG", "wind_missing")


# ---- spectra ----


def test_a_line_lies_in_its_own_bin_with_its_own_power():
    """A wave of 0.5 m s-1 at 0.7 Hz in w: half its square, whatever the taper, and in no other bin."""
    t = np.arange(N) / RATE
    rng = np.random.default_rng(3)
    seen = {
        k: 1e-3 * rng.standard_normal(N) for k in ("u", "v", "w", "t_sonic", "co2", "h2o", "t_air", "p_air")
    }
    seen["u"] += 3.0
    seen["w"] += 0.5 * np.sin(2 * np.pi * 0.7 * t)
    seen |= {"t_sonic": 295.0 + seen["t_sonic"], "t_air": 0 * t + 295.0, "p_air": 0 * t + 98e3}
    seen |= {"co2": 0.016 + 1e-4 * seen["co2"], "h2o": 0.5 + 1e-2 * seen["h2o"]}
    moments = fk.condense(mast.dataset(seen), site())
    power = moments["cospectra"].sel(pair="w.w").values[0] * moments["bandwidth"].values
    edges, _ = frequency_bins(N, RATE, power.size)
    own = np.searchsorted(edges * RATE / N, 0.7) - 1
    assert np.nansum(power) == pytest.approx(0.125, rel=1e-3)
    assert np.nanargmax(power) == own
    assert power[own] == pytest.approx(0.125, rel=0.02)


# ---- what was silently zero, wrong or guessed ----


def test_storage_is_not_nothing():
    """Ten minutes that end 5 K warmer and 20 ppm richer than they began."""
    air, course = mast.air(n=N), np.linspace(-0.5, 0.5, N)
    s = site()
    warmer = replace(air, t=air.t + 5.0 * course, co2=air.co2 + 20e-6 * course)
    out, calm = (fk.decide(fk.condense(mast.dataset(mast.seen(a)), s), s) for a in (warmer, air))
    more = {name: float(out[name][0] - calm[name][0]) for name in ("SH", "SC")}
    assert more["SH"] == pytest.approx(5.0 * 1160 * mast.HEIGHT / 600, rel=0.05)
    assert more["SC"] == pytest.approx(20.0 * 39.3 * mast.HEIGHT / 600, rel=0.05)


def test_where_the_station_stands_is_never_assumed():
    for key in ("latitude", "longitude", "utc_offset_h"):
        station = {k: v for k, v in mast.STATION.items() if k != key}
        with pytest.raises(ValidationError, match=key):
            mast.make_site(station=station)


def test_the_rate_is_never_guessed_from_the_number_of_records():
    with pytest.raises(ValidationError, match="rate"):
        mast.make_site(raw={"files": "*", "format": "delimited", "file_time": "records"})


# ---- rotation ----


def test_a_planar_fit_without_bias_does_something():
    """It once left the wind as it was: a lean of 0.04 towards +u must show in pitch and flux."""
    upright = [mast.seen(mast.air(k, n=1500), yaw=24.0 * k, pitch=0.0) for k in range(15)]
    leaning = [data | {"w": data["w"] + 0.04 * data["u"]} for data in upright]
    found = {}
    for rotation in ("van-dijk-2004", "none"):
        decide = mast.SPECTRA_OFF | {"rotation": rotation, "planar_fit": {"min_periods": 5}}
        s = mast.make_site(condense={"period": 2.5}, decide=decide)
        found[rotation] = fk.decide(fk.condense(mast.dataset(*leaning), s), s)
    lean = np.degrees(np.arctan(0.04))
    assert float(abs(found["van-dijk-2004"]["ROT_PITCH"]).max()) == pytest.approx(lean, abs=0.1)
    assert float(abs(found["van-dijk-2004"]["H"] - found["none"]["H"]).max()) > 1.0
