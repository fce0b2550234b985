import pytest

from fluxkit.schema.gases import STANDARD
from fluxkit.site.column_names import ALIASES, fraction, recognise
from fluxkit.site.sections.reading import OTHERS


@pytest.mark.parametrize(
    ("name", "unit", "variable", "known", "quantity"),
    [
        ("Ux", "m/s", "u", "m s-1", None),
        ("U", "", "u", None, None),
        ("u_m/s", "", "u", "m s-1", None),
        ("W (m/s)", "", "w", "m s-1", None),
        ("T_SONIC", "K", "t_sonic", "K", None),
        ("T_degC", "", "t_sonic", "degC", None),
        ("Ts", "C", "t_sonic", "degC", None),
        ("CO2_ppm", "", "co2", "umol mol-1", None),
        ("CO2_dry_ppm", "", "co2", "umol mol-1", "mixing_ratio"),
        ("co2_mr", "umol/mol", "co2", "umol mol-1", "mixing_ratio"),
        ("H2O_ppt", "", "h2o", "mmol mol-1", None),
        ("co2", "mg/m^3", "co2", "mg m-3", None),
        ("NH3_ppb", "", "nh3", "nmol mol-1", None),
        ("CO_dry_ppm", "", "co", "umol mol-1", "mixing_ratio"),
        ("13CO2", "ppm", "c13o2", "umol mol-1", None),
        ("OCS", "", "cos", None, None),
        ("press", "kPa", "p_air", "kPa", None),
        ("PRESS_CELL", "kPa", "p_cell", "kPa", None),
        ("T_CELL", "C", "t_cell", "degC", None),
        ("T_CELL_IN", "C", "t_cell_in", "degC", None),
        ("GA_DIAG", "", "diag_gas", "1", None),
        ("diag_csat", "m/s", "diag_sonic", "1", None),
        ("u_1", "", "u", None, None),  # the first of two, not in units of 1
        ("CO2_1_1_1", "umol/mol", "co2", "umol mol-1", None),
        ("Total Pressure (kPa)", "", "p_cell", "kPa", None),
    ],
)
def test_recognised(name, unit, variable, known, quantity):
    found = recognise(name, unit)
    assert (found.variable, found.column, found.unit, found.quantity) == (variable, name, known, quantity)


@pytest.mark.parametrize(
    "name",
    [
        "TIMESTAMP",
        "RECORD",
        "",
        "CO",
        "No",
        "cos",
        "Ux_Std",
        "agc",
        "co2_signal",
        "unknown",
        "u_kPa",
        "co2_m",
    ],
)
def test_not_recognised(name):
    assert recognise(name, "") is None


def test_doubts_are_said():
    assert "parts per thousand" in recognise("H2O_ppt", "").doubt
    assert "trillion" in recognise("n2o", "ppt").doubt
    assert recognise("n2o", "ppt").unit is None
    assert "'furlong' is not known" in recognise("u", "furlong").doubt
    assert "count" in recognise("SA_DIAG", "").doubt


def test_every_variable_has_names_and_no_name_two_variables():
    assert set(ALIASES) == {*OTHERS, *STANDARD}
    names = [alias for aliases in ALIASES.values() for alias in aliases]
    assert len(names) == len(set(names))


def test_fraction():
    assert fraction("ppm")
    assert not fraction("mmol m-3")
    assert not fraction(None)
