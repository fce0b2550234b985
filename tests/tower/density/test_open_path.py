"""What open-path analysers do to their own density correction, through the chain."""

from functools import cache

import numpy as np
import pytest
import xarray as xr
from pydantic import ValidationError

import fluxkit as fk
from fluxkit.constants import SI
from fluxkit.schema.variables import mask
from fluxkit.site.checks.warnings import warnings
from fluxkit.site.models import Site
from fluxkit.site.toml.dumping import dump
from fluxkit.site.toml.loading import loads
from tests.tower import mast

HEATED = {"self_heating": "burba-2008"}
METHANE = {"kind": "gas_analyser", "id": "m", "model": "li-7700"}


def site(*, analyser: dict | None = None, slow_names: tuple[str, ...] = (), **decide) -> Site:
    found = mast.make_site(decide=mast.SPECTRA_OFF | decide).model_dump(exclude_unset=True)
    found["instruments"][1] |= analyser or {}
    if slow_names:
        columns = {name: {"column": name, "unit": "W m-2"} for name in slow_names}
        found["biomet"] = {"files": "b.csv", "time_is": "start", "columns": columns}
    return Site.model_validate(found)


@cache
def moments() -> xr.Dataset:
    seen = mast.seen(mast.air(n=6000, t_air=263.0, r_h2o=0.0015, cov_h2o=5e-6))
    return fk.condense(mast.dataset(seen), mast.make_site(condense={"period": 10.0}))


def slow(**values: float) -> xr.Dataset:
    time = mast.START + np.timedelta64(5, "m")
    return xr.Dataset({k: ("time", [x]) for k, x in values.items()}, {"time": [time]}, {"interval_s": 600.0})


def decided(biomet: xr.Dataset | None = None, **changes) -> dict[str, float]:
    given = site(**changes).model_dump(exclude_unset=True) | {"condense": {"period": 10.0}}
    out = fk.decide(moments(), Site.model_validate(given), biomet=biomet)
    return {name: float(out[name][0]) for name in out.data_vars if out[name].dims == ("time",)}


def flagged(out: dict[str, float], bit: str) -> bool:
    return bool(int(out["LOSS_FLAG"]) & mask("LOSS_FLAG", bit))


def test_surfaces_warm_the_path_of_their_own_analyser():
    """A heat S more in the path is S d / (rho cp T) more of a gas, and none of it is heat of the air."""
    plain, warm = decided(), decided(**HEATED)
    S = warm["H_ANALYSER"]
    assert 5.0 < S < 40.0
    assert "H_ANALYSER" not in plain
    assert warm["H"] == pytest.approx(plain["H"], abs=0.05)
    rho_cp, T = plain["CP"] * plain["RHO"], plain["TA"] + 273.15
    mu_sigma = plain["H2O_MIXING_RATIO"] * 1e-3
    dE = (warm["FH2O"] - plain["FH2O"]) * 1e-3
    assert dE == pytest.approx(
        (1 + mu_sigma) * S * plain["H2O_MOLAR_DENSITY"] * 1e-3 / (rho_cp * T), rel=2e-2
    )
    d = plain["CO2_MOLAR_DENSITY"] * 1e-3
    expected = S * d / (rho_cp * T) + dE * plain["CO2"] * 1e-6
    assert (warm["FC"] - plain["FC"]) * 1e-6 == pytest.approx(expected, rel=2e-3)


def test_where_the_air_is_warm_enough_nothing_is_added():
    cold = decided(**HEATED, heated_surfaces={"below": -5.0})
    warm = decided(**HEATED, heated_surfaces={"below": -15.0})
    assert cold["H_ANALYSER"] == decided(**HEATED)["H_ANALYSER"]
    assert warm["H_ANALYSER"] == 0.0
    assert warm["FC"] == decided()["FC"]


def test_radiation_decides_what_is_day_and_warms_the_surfaces():
    by_sun = decided(**HEATED)["H_ANALYSER"]  # potential radiation of a summer noon
    assert decided(slow(sw_in=200.0), slow_names=("sw_in",), **HEATED)["H_ANALYSER"] == by_sun
    assert decided(slow(sw_in=0.0), slow_names=("sw_in",), **HEATED)["H_ANALYSER"] != by_sun
    names, full = ("sw_in", "lw_in"), HEATED | {"heated_surfaces": {"surfaces": "multiple"}}
    bright = decided(slow(sw_in=700.0, lw_in=250.0), slow_names=names, **full)
    dim = decided(slow(sw_in=100.0, lw_in=250.0), slow_names=names, **full)
    assert bright["H_ANALYSER"] > dim["H_ANALYSER"] + 5.0
    assert not flagged(bright, "self_heating_simplified")


def test_without_radiation_the_simple_way_is_taken_and_said():
    full = HEATED | {"heated_surfaces": {"surfaces": "multiple"}}
    found = decided(**full)
    assert found["H_ANALYSER"] == decided(**HEATED)["H_ANALYSER"]
    assert flagged(found, "self_heating_simplified")
    assert not flagged(decided(**HEATED), "self_heating_simplified")
    (sentence,) = warnings(site(**full))
    assert "lw_in and sw_in of [biomet.columns]" in sentence
    assert not list(warnings(site(slow_names=("sw_in", "lw_in"), **full)))


def test_only_bodies_that_are_warm():
    with pytest.raises(ValidationError, match=r"decide.self_heating: burba-2008 was made for the LI-7500"):
        site(analyser={"model": "li-7500a"}, **HEATED)
    site(analyser={"model": "li-7500a", "summer_setting": True}, **HEATED)
    with pytest.raises(ValidationError, match=r"summer_setting: ec150 has no such setting"):
        site(analyser={"model": "ec150", "summer_setting": True})


def test_no_density_correction_no_heat():
    assert "H_ANALYSER" not in decided(**HEATED, density="none")


def test_an_open_paths_slow_fraction_is_doubted():
    given = mast.make_site().model_dump(exclude_unset=True)
    given["instruments"][1]["bandwidth"] = 10.0
    given["columns"]["co2"] |= {"unit": "umol mol-1", "quantity": "mixing_ratio"}
    (sentence,) = warnings(Site.model_validate(given))
    assert "columns.co2.quantity" in sentence
    assert "read its density" in sentence
    given["instruments"][1] = {"kind": "gas_analyser", "id": "g", "model": "irgason", "bandwidth": 20.0}
    assert not list(warnings(Site.model_validate(given)))


# ---- methane from one line ----


def methane(line: dict | None = None, **decide) -> Site:
    given = mast.make_site(decide=mast.SPECTRA_OFF | decide, condense={"period": 10.0}).model_dump(
        exclude_unset=True
    )
    given["instruments"].append(METHANE)
    given["columns"]["ch4"] = {"column": "ch4", "unit": "mol m-3", "instrument": "m", "lag": mast.LAG}
    if line:
        given["decide"]["absorption_line"] = line
    return Site.model_validate(given)


T_C, P_KPA = [0.0, 10.0, 20.0, 30.0, 40.0], [80.0, 90.0, 100.0, 110.0]


def kappa(T, Pe):
    return (T / 298.0) ** 0.6 * (Pe / 101.325) ** 0.85


LINE = {
    "temperature": T_C,
    "pressure": P_KPA,
    "kappa": [[kappa(t + 273.15, p) for p in P_KPA] for t in T_C],
}


def methane_fluxes(s: Site, **weather) -> xr.Dataset:
    """Methane without any flux; what the analyser reports of it."""
    air = mast.air(n=6000, **weather)
    seen = mast.seen(air)
    e = air.p * air.h2o / (1 + air.h2o)
    seen["ch4"] = 2e-6 * (air.p - e) / (SI.R * air.t) / kappa(air.t, (air.p + 0.46 * e) / 1e3)
    return fk.decide(fk.condense(mast.dataset(seen), s), s)


def test_the_line_brings_the_truth_back():
    found, webb = methane_fluxes(methane(LINE)), methane_fluxes(methane(LINE, spectroscopy="none"))
    assert abs(float(found["FCH4"][0])) < 0.1 < 20.0 < abs(float(webb["FCH4"][0]))
    assert float(found["CH4_MIXING_RATIO"][0]) == pytest.approx(2000.0, rel=2e-3)
    assert abs(float(webb["CH4_MIXING_RATIO"][0]) / 2000.0 - 1.0) > 0.02
    assert not np.any(found["LOSS_FLAG"].values & mask("LOSS_FLAG", "line_uncorrected"))


def test_without_a_table_it_is_said_and_flagged():
    s = methane()
    (sentence,) = warnings(s)
    assert sentence.startswith("decide.absorption_line: methane densities of an LI-7700")
    out = methane_fluxes(s)
    assert np.all(out["LOSS_FLAG"].values & mask("LOSS_FLAG", "line_uncorrected"))
    assert np.isfinite(out["FCH4"].values).all()
    assert not list(warnings(methane(spectroscopy="none")))


def test_air_beyond_the_table_gives_no_flux():
    out = methane_fluxes(methane(LINE), t_air=265.0, r_h2o=0.001)
    assert np.isnan(out["FCH4"].values).all()
    assert np.all(out["LOSS_FLAG"].values & mask("LOSS_FLAG", "line_uncorrected"))
    assert np.isfinite(out["FC"].values).all()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"temperature": [10.0, 0.0, 20.0, 30.0, 40.0]}, "temperature: found .* ascending"),
        ({"kappa": [[1.0, 1.0]]}, "kappa: give 5 rows .temperatures. of 4 values"),
    ],
)
def test_a_table_that_does_not_fit(wrong, words):
    with pytest.raises(ValidationError, match=words):
        methane(LINE | wrong)


def test_settings_survive_dump_and_load():
    s = methane(LINE, **HEATED, heated_surfaces={"below": -5.0, "day_top": (1.0, 0.3)})
    assert loads(dump(s)) == s
