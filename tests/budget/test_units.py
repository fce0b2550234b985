import pytest

from fluxkit.budget.units import CO2_PER_C, YEAR, UnitError, doubt, parse_unit


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("g C m-2 a-1", 1.0),
        ("Mg C ha-1 a-1", 100.0),
        ("Mg C hm-2 a-1", 100.0),
        ("t C/ha/yr", 100.0),
        ("tC ha-1 yr-1", 100.0),
        ("t CO2 ha-1 a-1", 100.0 * 12.011 / 44.0095),
        ("gC/m2/day", 365.2425),
        ("kg C m-2 8d-1", 1000.0 * 365.2425 / 8),
        ("umol CO2 m-2 s-1", 12.011e-6 * YEAR),
        ("µmol m⁻² s⁻¹", 12.011e-6 * YEAR),
        ("kg C m^-2 s^-1", 1e3 * YEAR),
        ("g CH4 m-2 a-1", 12.011 / 16.0425),
    ],
)  # fmt: skip
def test_fluxes_become_grams_of_carbon(text, rate):
    assert parse_unit(text).to_rate() == pytest.approx(rate, rel=1e-12)


def test_one_hectare_is_one_square_hectometre_and_holds_3_664_of_co2():
    assert parse_unit("Mg C hm-2").to_stock() == parse_unit("t C ha-1").to_stock() == 100.0
    assert pytest.approx(3.664, abs=5e-4) == CO2_PER_C


def test_dry_matter_is_asked_for_its_carbon():
    unit = parse_unit("t DM ha-1")
    with pytest.raises(UnitError, match="dry matter: give carbon_fraction"):
        unit.to_stock()
    assert unit.to_stock(0.47) == pytest.approx(47.0)
    with pytest.raises(UnitError, match="carbon_fraction = 47 is not"):
        unit.to_stock(47.0)


@pytest.mark.parametrize("text", ["t ha-1", "Mg/hm2", "g m-2 a-1", "t/ha/yr"])
def test_a_mass_of_nobody_knows_what_is_asked(text):
    with pytest.raises(UnitError, match=r"carbon \(C\), dry matter \(DM\) or CO2"):
        parse_unit(text)


@pytest.mark.parametrize(
    "text", ["m3 ha-1", "g C", "C m-2", "g C m-2 m-2", "t CO2-eq ha-1", "", "umol DM m-2"]
)
def test_what_is_no_unit_of_carbon_on_an_area_is_refused(text):
    with pytest.raises(UnitError):
        parse_unit(text)


def test_stocks_and_fluxes_are_not_mixed():
    with pytest.raises(UnitError, match="is a stock"):
        parse_unit("Mg C ha-1").to_rate()
    with pytest.raises(UnitError, match="is a flux"):
        parse_unit("Mg C ha-1 a-1").to_stock()


def test_what_no_ecosystem_has_is_doubted():
    assert doubt(700.0, "flux", "g C m-2 a-1") == ""
    assert "more than any ecosystem" in doubt(70000.0, "flux", "Mg C ha-1 a-1")
    assert "'g C m-2'" in doubt(-3e5, "stock", "g C m-2")
