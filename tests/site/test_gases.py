"""Gases of a station: any name, any number, further analysers; what they need is said."""

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from pydantic import ValidationError

from fluxkit.raw.reading import layout_of
from fluxkit.schema import variables
from fluxkit.site.models import Site
from fluxkit.site.toml.dumping import dump
from fluxkit.site.toml.loading import loads
from fluxkit.tower import settings
from fluxkit.tower.chain import condense, decide
from tests.tower import mast

SECOND = mast.CLOSED | {"id": "g2", "model": "generic-closed", "path_length": 0.2, "path_horizontal": 0.05,
                        "response_time": 0.1}  # fmt: skip
RATIO = {"unit": "nmol mol-1", "quantity": "mixing_ratio", "column": "x", "instrument": "g2"}


def site(columns: dict, **more) -> Site:
    """An open path with co2 and h2o, and beside it a closed one."""
    made = mast.make_site().model_dump(exclude_unset=True)
    made["instruments"] = [mast.SONIC, mast.OPEN, more.pop("second", SECOND)]
    made["columns"] |= columns
    return Site.model_validate(made | more)


def test_any_number_of_gases_in_the_order_of_output() -> None:
    found = site({"nh3": RATIO, "co2_2": RATIO, "ch4": RATIO, "o3": RATIO})
    assert found.gases == ("co2", "h2o", "ch4", "nh3", "co2_2", "o3")
    assert settings.make_plan(found).scalars == ("t_sonic", *found.gases)


def test_a_gas_that_is_not_known_needs_its_molar_mass() -> None:
    with pytest.raises(ValidationError, match=r"add \[gas.radon\] with molar_mass \[g mol-1\]"):
        site({"radon": RATIO})
    with pytest.raises(ValidationError, match=r"gas.radon.molar_mass: missing"):
        site({"radon": RATIO}, gas={"radon": {"diffusivity": 1e-5}})
    found = site({"radon": RATIO}, gas={"radon": {"molar_mass": 222.0, "diffusivity": 1e-5}})
    assert found.gas_facts("radon").molar_mass == pytest.approx(0.222)
    assert "radon" in found.gases


def test_a_mass_density_becomes_molar_by_the_gass_own_mass() -> None:
    density = {"unit": "ug m-3", "column": "x", "instrument": "g"}
    found = site({"radon": density, "nh3": density}, gas={"radon": {"molar_mass": 222.0}})
    scales = {column.variable: column.scale for column in layout_of(found).columns}
    assert scales["radon"] == pytest.approx(1e-9 / 0.222)
    assert scales["nh3"] == pytest.approx(1e-9 / 0.0170305)


def test_what_a_laminar_tube_asks_for() -> None:
    slow = SECOND | {"tube_flow": 2.0}
    with pytest.raises(ValidationError, match=r"gas.cos.diffusivity: missing; flow in the tube of g2 can be"):
        site({"cos": RATIO}, second=slow)
    given = site({"cos": RATIO}, second=slow, gas={"cos": {"diffusivity": 1.2e-5}})
    assert settings.gas_path(given, "cos").diffusivity == 1.2e-5
    fast = SECOND | {"tube_flow": 30.0}
    assert "cos" in site({"cos": RATIO}, second=fast).gases


def test_a_second_analyser_needs_a_first() -> None:
    with pytest.raises(ValidationError, match=r"columns.ch4_2: means a second ch4, and there is no ch4"):
        site({"ch4_2": RATIO})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("13co2", "write c13o2"),
        ("o33", "did you mean 'o3'"),
        ("CO2", "unknown variable 'CO2'"),
        ("e", r"\[gas.e\]"),
    ],
)
def test_names_that_are_no_gas(name: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        site({name: RATIO})


def test_a_gas_must_not_have_the_name_of_another_variable() -> None:
    with pytest.raises(ValidationError, match=r"columns.e: gas 'e': E would be among its variables"):
        site({"e": RATIO}, gas={"e": {"molar_mass": 10.0}})


def test_vapour_of_the_same_analyser_comes_first() -> None:
    found = site({"h2o_2": RATIO | {"unit": "mmol mol-1"}, "ch4": RATIO, "co2_2": RATIO})
    assert {gas: found.vapour_of(gas) for gas in found.gases} == {
        "co2": "h2o", "h2o": "h2o", "ch4": "h2o_2", "h2o_2": "h2o_2", "co2_2": "h2o_2",
    }  # fmt: skip
    assert site({"ch4": RATIO}).vapour_of("ch4") == "h2o"


def test_limits_and_spikes_of_further_gases() -> None:
    found = site({"nh3": RATIO, "h2o_2": RATIO | {"unit": "mmol mol-1"}})
    assert settings.gas_limits(found, "nh3") == pytest.approx((-0.1e-6, 10e-6))
    assert settings.gas_limits(found, "h2o_2") == pytest.approx((0.0, 0.04))
    assert settings.spike_limits(found)["nh3"] == 8.0
    assert settings.spike_limits(found)["h2o_2"] == 3.5
    given = site({"nh3": RATIO}, condition={"limits": {"nh3": (0.0, 1.0)}})
    assert settings.gas_limits(given, "nh3") == pytest.approx((0.0, 1e-6))
    assert settings.gas_limits(given, "co2") is None


def test_cell_of_another_analyser_is_not_ones_own() -> None:
    density = {"unit": "mmol m-3", "column": "x", "instrument": "g2"}
    cell = {"t_cell": {"column": "x", "unit": "K"}, "p_cell": {"column": "x", "unit": "Pa"}}
    vapour = {"h2o_2": density}
    assert site({"ch4": density} | vapour | cell).has_cell("ch4")
    elsewhere = {name: column | {"instrument": "g"} for name, column in cell.items()}
    with pytest.raises(ValidationError, match=r"columns.ch4: densities of a closed path"):
        site({"ch4": density} | vapour | elsewhere)


def test_terms_that_dry_a_closed_density_are_not_filtered() -> None:
    density = {"unit": "mmol m-3", "column": "x", "instrument": "g2"}
    wet = {"condition": {"mixing_ratio": "none"}, "condense": {"high_pass": "running-mean"}}
    filtered = {"detrending": "running-mean"}
    with pytest.raises(ValidationError, match=r"condition.mixing_ratio: 'none' leaves ch4 wet in the cell"):
        site({"ch4": density}, **wet, decide=filtered)
    site({"ch4": density}, **wet, decide=filtered | {"density": "none"})
    site({"ch4": density}, **wet)


def test_further_gases_survive_dump_and_load() -> None:
    found = site({"radon": RATIO, "co2_2": RATIO}, gas={"radon": {"molar_mass": 222.0, "diffusivity": 1e-5}})
    assert loads(dump(found)) == found


def test_policy_is_checked() -> None:
    with pytest.raises(
        ValidationError, match=r"(?s)policy.spike.*unknown reason 'spike'; did you mean 'spikes'\? known:"
    ):
        site({}, decide={"policy": {"spike": "remove"}})
    with pytest.raises(ValidationError, match=r"policy.no_data: the flux has no value for this reason"):
        site({}, decide={"policy": {"no_data": "ignore"}})
    found = site({}, decide={"policy": {"spikes": "remove"}})
    assert found.decide.actions["spikes"] == "remove"
    assert found.decide.actions["quality_class"] == "remove"


def test_far_lags_ascend() -> None:
    with pytest.raises(ValidationError, match="far_lags: found"):
        site({}, condense={"far_lags": [180.0, 150.0]})
    assert settings.make_plan(site({}, condense={"far_lags": []})).far is None
    assert settings.make_plan(site({})).far == (1500, 1800, 10)


def with_radon() -> Site:
    """A closed path with co2, h2o and a fifth gas that fluxkit does not know; periods of a minute."""
    radon = {"column": "radon", "unit": "mol mol-1", "quantity": "mixing_ratio", "instrument": "g"}
    return mast.make_site(
        path="ratio",
        columns={"radon": radon | {"lag": mast.LAG}},
        gas={"radon": {"molar_mass": 222.0, "diffusivity": 1.2e-5}},
        condense={"period": 1.0, "far_lags": [], "max_correlation_lag": 5.0},
    )


def flux_of_radon(pickled: bytes) -> tuple[float, str]:
    """Decide in a process that has seen no site before; at module level, for the process to find it."""
    moments, found = pickle.loads(pickled)
    fluxes = decide(moments, found)
    return float(fluxes["FRADON"][0]), fluxes["FRADON"].attrs["units"]


def test_a_site_with_a_fifth_gas_decides_in_a_process_of_its_own() -> None:
    seen = mast.seen(mast.air(n=600), path="ratio")
    moments = condense(mast.dataset(seen | {"radon": 1e-9 * seen["co2"]}), with_radon())
    here = decide(moments, with_radon())
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        there, units = pool.submit(flux_of_radon, pickle.dumps((moments, with_radon()))).result()
    assert there == float(here["FRADON"][0])
    assert np.isfinite(there)
    assert units == "nmol m-2 s-1"


def test_two_sites_do_not_see_each_others_gases() -> None:
    seen = mast.seen(mast.air(n=600), path="ratio")
    site = with_radon()
    plain = mast.make_site(path="ratio", condense=site.condense)
    fluxes = decide(condense(mast.dataset(seen), plain), plain)
    assert not [name for name in fluxes if "RADON" in str(name)]
    assert "FRADON" not in variables.names()
    assert "FRADON" in variables.names(site.gases)


def test_a_lag_may_be_that_of_any_gas() -> None:
    noisy = RATIO | {"lag_from": "nh3"}
    assert site({"nh3": RATIO, "n2o": noisy, "o3": noisy}).columns["o3"].lag_from == "nh3"
    with pytest.raises(ValidationError, match=r"o3.lag_from: found 'ch4'; allowed: .* of its own: co2, h2o"):
        site({"nh3": RATIO, "o3": RATIO | {"lag_from": "ch4"}})
    search = {"time_lag": {"search": {"nh3": (0.0, 2.0)}}}
    assert site({"nh3": RATIO}, decide=search).decide.time_lag.search["nh3"] == (0.0, 2.0)


def test_the_signal_behind_any_gas_is_a_variable() -> None:
    signal = {"column": "x", "unit": "1", "instrument": "g2"}
    found = site({"nh3": RATIO, "signal_nh3": signal}, condition={"signal_limits": {"nh3": (0.5, 1.0)}})
    assert "signal_nh3" in found.columns
    with pytest.raises(ValidationError, match="unknown variable 'signal_nh33'"):
        site({"nh3": RATIO, "signal_nh33": signal})
