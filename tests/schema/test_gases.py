"""The table of gases, and what is made of gases that are not in it."""

import pytest

from fluxkit.constants import MOLAR_MASS
from fluxkit.schema import gases, variables


@pytest.mark.parametrize("name", list(gases.known_gases()))
def test_each_gas_is_consistent(name: str) -> None:
    found = gases.gas(name)
    assert gases.kind_of(name) == name
    assert found.molar_mass is not None
    assert 1e-3 < found.molar_mass < 0.3
    assert found.diffusivity is None or 0.5e-5 < found.diffusivity < 4e-5
    assert {found.amount, found.flux, found.density} <= set(gases.SCALES)
    assert found.limits is not None
    for low, high in (found.range, found.flux_range, found.limits):
        assert low < high
    unit = 1e-3 if name == "h2o" else 1e-6
    middle = sum(found.range) / 2 / gases.SCALES[found.amount]
    assert found.limits[0] * unit <= middle  # the same scale of things


def test_molar_masses_are_those_of_the_constants() -> None:
    for name, mass in MOLAR_MASS.items():
        assert gases.gas(name).molar_mass == pytest.approx(mass, rel=1e-12)


def test_a_second_analyser_has_the_facts_of_its_gas() -> None:
    first, second = gases.gas("co2"), gases.gas("co2_2")
    assert (second.kind, second.flux_name, second.storage_name, second.label) == (
        "co2",
        "FC_2",
        "SC_2",
        "CO2_2",
    )
    assert (second.molar_mass, second.limits, second.amount) == (first.molar_mass, first.limits, first.amount)
    assert second.long_name == "carbon dioxide (analyser 2)"
    assert gases.is_known_gas("n2o_3")
    assert not gases.is_known_gas("radon")


@pytest.mark.parametrize("name", ["13co2", "CO2", "co2_1", "co2_x", "", "o-3"])
def test_names_that_cannot_be_gases(name: str) -> None:
    assert not gases.is_name(name)
    with pytest.raises(ValueError, match="cannot be the name of a gas"):
        gases.kind_of(name)


def test_an_unknown_gas_is_named_after_itself() -> None:
    found = gases.gas("radon")
    assert (found.long_name, found.flux_name, found.molar_mass, found.amount) == (
        "radon",
        "FRADON",
        None,
        "nmol",
    )


def test_order_of_output() -> None:
    assert gases.ordered(["nh3", "n2o", "co2_2", "co2"]) == ("co2", "n2o", "nh3", "co2_2")


@pytest.mark.parametrize(("gas", "flux"), [("cos", "FCOS"), ("co2_2", "FC_2"), ("radon", "FRADON")])
def test_any_gas_has_all_that_a_standard_one_has(gas: str, flux: str) -> None:
    like = [name for name in variables.names() if "N2O" in name]
    label = gas.upper()
    wanted = {n.replace("FN2O", flux).replace("SN2O", "S" + flux[1:]).replace("N2O", label) for n in like}
    assert wanted <= set(variables.names([gas]))
    assert variables.names([gas])[:4] == variables.names()[:4]
    assert variables.gas_names(gas) == (flux, "S" + flux[1:])
    assert flux in variables.gas_fluxes([gas])
    assert flux not in variables.gas_fluxes()
    assert {variables.gas_of(name) for name in wanted} == {gas}
    assert variables.further_gases(["NEE", *sorted(wanted)]) == (gas,)
    assert variables.describe(f"{flux}_RANDUNC_HF")["units"] == variables.describe(flux)["units"]


def test_a_variable_is_described_alone_as_within_the_whole_vocabulary() -> None:
    further = ("nh3", "co2_2", "radon", "so2", "co")
    whole = variables._table_of(further)
    assert {name: variables.entry(name) for name in whole} == dict(whole)


def test_gases_are_found_only_where_names_can_be_nothing_else() -> None:
    assert variables.further_gases(["GPP", "NIGHT", "FC", "time", "w/ts_cov"]) == ()
    assert variables.further_gases(["FNH3", "CO2_2_SIGMA", "RADON", "W_RADON_COV"]) == (
        "nh3",
        "co2_2",
        "radon",
    )


def test_units_of_a_further_gas() -> None:
    assert variables.describe("FCOS")["units"] == "pmol m-2 s-1"
    assert variables.from_si("FCOS", -2e-11) == pytest.approx(-20.0)
    assert variables.from_si("COS", 5e-10) == pytest.approx(500.0)


@pytest.mark.parametrize(("gas", "taken"), [("e", "E"), ("formaldehyde", "FORMALDEHYDE"), ("c", "FC and SC")])
def test_a_gas_must_not_take_the_name_of_something_else(gas: str, taken: str) -> None:
    assert variables.clash(gas).startswith(f"gas {gas!r}: {taken}")
    assert "would be among its variables" in variables.clash(gas)


@pytest.mark.parametrize("gas", [*gases.known_gases(), "co2_2", "h2o_3", "radon", "toluene", "hcl"])
def test_known_gases_and_common_ones_have_names_of_their_own(gas: str) -> None:
    assert variables.clash(gas) == ""
