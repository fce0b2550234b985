"""The vocabulary: complete, consistent, convertible, with helpful errors."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxkit.schema import variables
from fluxkit.schema.gases import STANDARD
from fluxkit.site.sections.policy import POLICY

PACKAGE = Path(variables.__file__).parents[1]
EXPECTED = """
FC SC NEE FH2O SH2O LE SLE ET H SH TAU USTAR FC_UNCORR LE_SCF H_SSITC_TEST TAU_RANDUNC_HF NEE_RANDUNC_HF
NEE_SSITC_TEST FC_SS LE_SS H_SS TAU_SS U_ITC W_ITC T_SONIC_ITC FCH4 FN2O SCH4 ROT_YAW ROT_PITCH ROT_ROLL
WS WS_MAX WD U_SIGMA V_SIGMA W_SIGMA T_SONIC T_SONIC_SIGMA TA PA RH VPD TDEW CO2 H2O TKE MO_LENGTH ZL
TSTAR BOWEN RHO RHO_V CP LAMBDA Q E ES W_T_SONIC_COV U_W_COV V_W_COV W_CO2_COV W_H2O_COV U_NUM_SPIKES
T_SONIC_NUM_SPIKES FILE_RECORDS USED_RECORDS U_SKW T_SONIC_KUR CO2_SKW LOSS_FLAG SW_IN_POT NIGHT
FETCH_MAX FETCH_70 FETCH_90
"""


def test_the_standards_names_are_there() -> None:
    assert set(EXPECTED.split()) <= set(variables.names())


@pytest.mark.parametrize("gas", STANDARD)
def test_any_gas_has_all_its_variables(gas: str) -> None:
    flux, storage = variables.gas_names(gas)
    name = gas.upper()
    wanted = {flux, storage, f"{flux}_SSITC_TEST", f"{flux}_RANDUNC_HF", f"{flux}_SCF", name, f"W_{name}_COV"}
    wanted |= {f"{name}_TLAG_{tail}" for tail in ("ACTUAL", "USED", "NOMINAL", "MIN", "MAX")}
    wanted |= {
        f"{name}_{tail}" for tail in ("SIGMA", "MOLAR_DENSITY", "MIXING_RATIO", "NUM_SPIKES", "SKW", "KUR")
    }
    assert wanted <= set(variables.names())


@pytest.mark.parametrize("name", variables.names())
def test_each_entry_is_consistent(name: str) -> None:
    found = variables.entry(name)
    assert found.long_name[0].isupper()
    assert found.si_scale > 0
    assert found.dtype in ("float64", "int8", "int32")
    assert (found.si_units == found.units) == (found.si_scale == 1 and found.si_shift == 0)
    assert len(found.flag_meanings) == max(len(found.flag_values), len(found.flag_masks))
    assert set(found.flag_acting) <= set(found.flag_meanings)
    assert set(found.ancillary) <= set(variables.names())
    assert all(mask & (mask - 1) == 0 for mask in found.flag_masks)
    assert found.range is None or found.range[0] < found.range[1]


def test_every_variable_is_made_somewhere() -> None:
    """By its name in the code, or by an f-string that can give it."""
    table = tomllib.loads((PACKAGE / "schema/variables.toml").read_text(encoding="utf-8"))["variable"]
    code = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    shapes = [re.sub(r"\{[^}]*\}", r"\\w+", text) for text in re.findall(r'f"((?:\w|\{[^{}"]*\})+)"', code)]
    telling = [shape for shape in set(shapes) if re.search(r"[A-Z]{2}", shape)]
    unmade = [
        name for name in table
        if f'"{name}"' not in code and not any(re.fullmatch(shape, name) for shape in telling)
    ]  # fmt: skip
    assert not unmade, (
        "an entry of schema/variables.toml that no module of fluxkit makes: make it or remove it"
    )


def test_aliases_are_unambiguous() -> None:
    aliases = [alias for name in variables.names() for alias in variables.entry(name).aliases]
    assert len(aliases) == len(set(aliases))
    assert not set(aliases) & set(variables.names())
    assert variables.standard_name_of("co2_flux") == "FC"
    assert variables.standard_name_of("u*") == "USTAR"
    assert variables.standard_name_of("NEE") == "NEE"


@pytest.mark.parametrize(
    ("name", "si", "output"),
    [
        ("FC", -1.5e-5, -15.0),
        ("FH2O", 5e-3, 5.0),
        ("FCH4", 2e-8, 20.0),
        ("ET", 1 / 3600, 1.0),
        ("TA", 293.15, 20.0),
        ("PA", 101325.0, 101.325),
        ("VPD", 1250.0, 12.5),
        ("E", 1250.0, 12.5),
        ("RH", 0.5, 50.0),
        ("CO2", 4.2e-4, 420.0),
        ("H2O", 0.012, 12.0),
        ("CO2_MOLAR_DENSITY", 0.0167, 16.7),
        ("FC_RANDUNC_HF", 1e-6, 1.0),
        ("T_SONIC_SIGMA", 0.5, 0.5),
        ("H", 100.0, 100.0),
    ],
)
def test_conversion_from_si(name: str, si: float, output: float) -> None:
    assert variables.from_si(name, si) == pytest.approx(output, rel=1e-12)
    assert variables.value_to_si(name, output) == pytest.approx(si, rel=1e-12)


@given(st.sampled_from(variables.names()), st.floats(-1e6, 1e6))
def test_conversion_there_and_back(name: str, value: float) -> None:
    assert variables.value_to_si(name, variables.from_si(name, value)) == pytest.approx(
        value, rel=1e-9, abs=1e-9
    )


def test_missing_stays_missing() -> None:
    np.testing.assert_array_equal(variables.from_si("TA", [np.nan, 273.15]), [np.nan, 0.0])


def test_attributes_of_a_flux_name_its_quality_and_error() -> None:
    attributes = variables.describe("FC")
    assert attributes["units"] == "umol m-2 s-1"
    assert attributes["standard_name"] == "surface_upward_mole_flux_of_carbon_dioxide"
    assert attributes["ancillary_variables"] == (
        "FC_SSITC_TEST FC_RANDUNC_HF FC_QC FC_QC_REASON FC_VITALE_TEST"
    )
    assert variables.describe("FC_RANDUNC_HF")["standard_name"].endswith(" standard_error")
    assert "standard_name" not in variables.describe("TAU_RANDUNC_HF")
    assert "valid_range" not in attributes


def test_attributes_of_a_flag_have_its_type() -> None:
    attributes = variables.describe("LOSS_FLAG")
    assert attributes["flag_masks"].dtype == np.int32
    assert attributes["flag_meanings"].split()[0] == "no_data"
    assert variables.describe("H_SSITC_TEST")["flag_values"].dtype == np.int8


def test_temperatures_say_whether_they_are_differences() -> None:
    assert variables.describe("TA")["units_metadata"] == "temperature: on_scale"
    assert variables.describe("TSTAR")["units_metadata"] == "temperature: difference"
    assert "units_metadata" not in variables.describe("PA")  # kPa holds a K, but no kelvin


def test_attributes_may_be_changed_without_harm() -> None:
    variables.describe("FC")["units"] = "furlong"
    assert variables.describe("FC")["units"] == "umol m-2 s-1"


def test_bits_by_meaning() -> None:
    masks = [variables.mask("LOSS_FLAG", meaning) for meaning in variables.entry("LOSS_FLAG").flag_meanings]
    assert masks == [1 << k for k in range(len(masks))]
    with pytest.raises(KeyError, match="no bit 'moon'; known: no_data"):
        variables.mask("LOSS_FLAG", "moon")


@pytest.mark.parametrize(
    ("wrong", "hint"), [("FCC", "FC"), ("co2_flux", "FC"), ("ustar", "USTAR"), ("zzz", "names")]
)
def test_an_unknown_name_is_answered_with_the_nearest(wrong: str, hint: str) -> None:
    with pytest.raises(KeyError, match=hint):
        variables.describe(wrong)


def test_what_cannot_be_a_gas_has_no_names() -> None:
    with pytest.raises(ValueError, match="cannot be the name of a gas"):
        variables.gas_names("Krypton 85")


def test_no_heavy_import() -> None:
    code = (
        "import sys, fluxkit.schema.variables, fluxkit.schema.provenance;"
        "print({'pandas', 'xarray', 'numba', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_reasons_have_the_bits_of_the_policys_order() -> None:
    assert variables.entry("FC_QC_REASON").flag_meanings == tuple(POLICY)
    masks = [variables.mask("H_QC_REASON", reason) for reason in POLICY]
    assert masks == [1 << k for k in range(len(POLICY))]
    assert len(POLICY) <= 31
