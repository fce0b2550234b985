"""Files of every analyser against what goFlux 0.2.1 imported from them, value by value.

Where its water is wrong ours is right, and the test says by how much: H2O of G2508 is percent times
10,000 ppm, not times 1,000, and gases that it dried with that water differ by exactly that.
"""

import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fluxkit.chamber.analysers.reading import open_analyser

PPM, PPB = 1e-6, 1e-9
#: The reference prints 15 digits, and its own arithmetic differs from ours in the last bits.
DIGITS = 2e-14
Row = dict[str, np.ndarray]
GASES = {
    "CO2dry_ppm": ("co2", PPM),
    "CH4dry_ppb": ("ch4", PPB),
    "N2Odry_ppb": ("n2o", PPB),
    "H2O_ppm": ("h2o", PPM),
}
CELSIUS, KILOPASCAL, MICROMOL = (1.0, 273.15), (1e3, 0.0), (1e-6, 0.0)


@dataclass(frozen=True)
class Import:
    """One file, how to read it and what of it the reference has."""

    path: str
    columns: dict[str, tuple[str, Any]] = field(default_factory=lambda: GASES)
    say: dict[str, Any] = field(default_factory=dict)
    corrected: dict[str, Callable[[Row, np.ndarray], np.ndarray]] = field(default_factory=dict)


def dried_again(row: Row, values: np.ndarray) -> np.ndarray:
    """The reference dried NH3 with a tenth of the water."""
    water = row["H2O_ppm"] * PPM
    return values * (1 - water) / (1 - 10 * water)


def ten_times(row: Row, values: np.ndarray) -> np.ndarray:
    return values * 10


IMPORTS = {
    "LI7810": Import("LI7810/LI7810.data"),
    "LI6400": Import(
        "LI6400/LI6400.txt",
        {
            "CO2dry_ppm": ("co2", PPM),
            "H2O_ppm": ("h2o", PPM),
            "Tcham": ("t_air", CELSIUS),  # it takes the analyser's air for the chamber's
            "Pcham": ("p_chamber", KILOPASCAL),
            "PAR": ("par", MICROMOL),
        },
    ),
    "LI8100": Import(
        "LI8100/LI8100.81x",
        {**GASES, "Tcham": ("t_chamber", CELSIUS), "Pcham": ("p_chamber", KILOPASCAL), "V2": ("v2", 1.0)},
    ),
    "LI8200": Import(
        "LI8200/LI8200.json",
        {
            **GASES,
            "Tcham": ("t_chamber", CELSIUS),
            "Pcham": ("p_chamber", KILOPASCAL),
            "Tsoil": ("t_soil", CELSIUS),
            "SWC": ("swc", 1.0),
        },
    ),
    "LI8250": Import(
        "LI8250/LI8250.82z",
        {
            **GASES,
            "Tcham": ("t_chamber", CELSIUS),
            "Pcham": ("p_chamber", KILOPASCAL),
            "Tsoil": ("t_soil", CELSIUS),
            "SWC": ("swc", 1.0),
            "STATE": ("state", 1.0),
        },
    ),
    "UGGA": Import("UGGA/UGGA.txt"),
    "N2Oi2": Import(
        "N2Oi2/N2Oi2.txt",
        {**GASES, "d15N": ("delta_15n_n2o", 1e-3), "d18O": ("delta_18o_n2o", 1e-3)},
        {"day_first": True},
    ),
    "G2201i": Import("G2201i/G2201i.dat", {**GASES, "Delta_Raw_iCO2": ("delta_13c_co2", 1e-3)}),
    "G2508": Import(
        "G2508/G2508.dat",
        {**GASES, "NH3dry_ppb": ("nh3", PPB)},
        corrected={"H2O_ppm": ten_times, "NH3dry_ppb": dried_again},
    ),
    "DX4015": Import("DX4015/DX4015.TXT", {**GASES, "NH3dry_ppb": ("nh3", PPB), "COdry_ppb": ("co", PPB)}),
    "GasmetPD": Import(
        "GasmetPD/GasmetPD.txt", {**GASES, "NH3dry_ppb": ("nh3", PPB), "Pcham": ("p_chamber", KILOPASCAL)}
    ),
    "EGM5": Import(
        "EGM5/EGM5.TXT",
        {
            "CO2wet_ppm": ("co2_wet", PPM),
            "PAR": ("par", MICROMOL),
            "Tsoil": ("t_soil", CELSIUS),
            "Tcham": ("t_chamber", CELSIUS),
            "SWC": ("swc", 1e-2),
        },
        {"day_first": True},
    ),
    "uCH4": Import("uCH4/uCH4.txt", {**GASES, "C2H6dry_ppb": ("c2h6", PPB)}, {"day_first": False}),
    "HT8850": Import("HT8850/HT8850.txt"),
    "GAIA": Import(
        "GAIA/GAIA.csv",
        {
            **GASES,
            "H2O_ppm_inst1": ("h2o", PPM),
            "H2O_ppm_inst2": ("h2o_2", PPM),
            "Tsoil": ("t_soil", CELSIUS),
            "Tcham": ("t_chamber", CELSIUS),
            "SWC": ("swc", 1e-2),
            "PAR": ("par", MICROMOL),
        },
    ),
    "eosMX12": Import("eosMX12/eosMX12.log", {"Pcham": ("p_chamber", KILOPASCAL)}),
}


def reference_rows(path: Path) -> dict[str, list[str]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {name: [row[name] for row in rows] for name in rows[0]}


def as_numbers(cells: list[str]) -> np.ndarray:
    return np.array([float(cell) if cell not in ("", "NA", "NaN") else np.nan for cell in cells])


@pytest.mark.reference
@pytest.mark.parametrize("name", IMPORTS)
def test_import_equals_the_reference(shared, name):
    case = IMPORTS[name]
    rows = reference_rows(shared / "reference" / "chamber" / "import" / f"{name}.csv.gz")
    series = open_analyser(
        shared / "data" / "chamber" / "goflux" / case.path,
        utc_offset_h=0.0,
        trust_zone=False,
        keep_rejected=True,
        **case.say,
    )
    stamps = np.array(rows["POSIX.time"], "M8[ns]")
    # Its stamps are cut to milliseconds of a double; LI-COR's are whole seconds.
    place = np.searchsorted(series.time.astype("M8[ms]"), stamps.astype("M8[ms]"))
    if name == "LI6400":  # it leaves records out
        place = places_of_records(series, rows)
    else:
        assert series.size == stamps.size
        place = np.arange(series.size)
    apart = np.abs((series.time[place] - stamps) / np.timedelta64(1, "s"))
    assert apart.max() < (1.0 if name == "LI7810" else 0.00101)
    known: Row = {column: as_numbers(rows[column]) for column in case.columns if column in rows}
    assert known
    worst = {}
    for column, values in known.items():
        variable, unit = case.columns[column]
        scale, shift = unit if isinstance(unit, tuple) else (unit, 0.0)
        if variable not in series.data:
            assert np.isnan(values).all(), column
            continue
        expected = case.corrected.get(column, lambda row, values: values)(known, values) * scale + shift
        found = series.data[variable][place]
        assert np.array_equal(np.isnan(found), np.isnan(expected)), column
        if np.isfinite(expected).any():
            largest = np.nanmax(np.abs(expected)) or 1.0
            worst[column] = float(np.nanmax(np.abs(found - expected)) / largest)
    deviations = ", ".join(f"{column} {value:.1e}" for column, value in worst.items())
    print(f"\n{name}: {stamps.size} rows, time {apart.max():.2g} s, {deviations}")
    assert max(worst.values()) <= DIGITS, worst


def places_of_records(series: Any, rows: dict[str, list[str]]) -> np.ndarray:
    """Records of the LI-6400 by time and CO2, which tells two of one second apart."""
    keys = {
        (str(time), round(co2 / PPM, 6)): k
        for k, (time, co2) in enumerate(zip(series.time.astype("M8[s]"), series.data["co2"], strict=True))
    }
    wanted = zip(np.array(rows["POSIX.time"], "M8[s]"), rows["CO2dry_ppm"], strict=True)
    return np.array([keys[str(time), round(float(co2), 6)] for time, co2 in wanted])


@pytest.mark.reference
@pytest.mark.parametrize("name", [n for n in IMPORTS if n not in ("eosMX12",)])
def test_precision_equals_the_reference(shared, name):
    case = IMPORTS[name]
    rows = reference_rows(shared / "reference" / "chamber" / "import" / f"{name}.csv.gz")
    series = open_analyser(
        shared / "data" / "chamber" / "goflux" / case.path,
        utc_offset_h=0.0,
        trust_zone=False,
        keep_rejected=True,
        **case.say,
    )
    units = {"co2": PPM, "ch4": PPB, "n2o": PPB, "nh3": PPB, "co": PPB, "h2o": PPM}
    for gas, unit in units.items():
        column = f"{gas.upper()}_prec"
        if column in rows and gas in series.data:
            assert series.precision[gas] == pytest.approx(float(rows[column][0]) * unit, rel=1e-9), gas


@pytest.mark.reference
def test_instruments_own_fluxes_and_geometry(shared):
    text = (shared / "reference" / "chamber" / "ref_licor_instrument.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(io.StringIO(text)):
        series = open_analyser(shared / "data" / "chamber" / row["input_file"], utc_offset_h=0.0)
        closure = series.closures[0]
        flux = closure.fluxes[0]
        gas = flux.gas
        unit = PPB if gas == "n2o" else PPM
        pairs = {
            "exp_flux": flux.flux / unit,
            "exp_flux_cv_pct": flux.flux_cv * 100,
            "exp_dCdt0_ppm_s": flux.slope / unit,
            "exp_r2": flux.r2,
            "exp_a_per_s": flux.a,
            "exp_C0": flux.c0 / unit,
            "exp_Cx": flux.cx / unit,
            "exp_t0_s": flux.t0,
            "V_total_cm3": closure.volume * 1e6,
            "area_cm2": closure.area * 1e4,
            "IV_T_C": closure.t_air - 273.15,
            "IV_P_kPa": closure.p_air / 1e3,
            "IV_H2O_mmol_mol": closure.h2o * 1e3,
        }
        if gas == "co2":
            linear = closure.fluxes[1]
            pairs["lin_flux"], pairs["lin_r2"] = linear.flux / unit, linear.r2
            pairs["lin_dCdt_ppm_s"] = linear.slope / unit
        worst = max(abs(found / float(row[name]) - 1) for name, found in pairs.items())
        print(f"\n{row['input_file']}: {len(pairs)} stored values, worst {worst:.1e}")
        assert worst < 1e-12
        assert closure.label == row["label"].split("/")[0]
        assert flux.points == int(row["n_samples"])
        assert flux.iterations == int(row["exp_iter"])


@pytest.mark.reference
def test_closures_equal_the_reference(shared):
    """Closing, opening and dead band of the systems that say them."""
    worst = 0.0
    for name in ("LI8100", "LI8200", "LI8250", "GAIA", "GasmetPD", "eosMX12", "LI6400"):
        case = IMPORTS[name]
        rows = reference_rows(shared / "reference" / "chamber" / "import" / f"{name}.csv.gz")
        path = shared / "data" / "chamber" / "goflux" / case.path
        series = open_analyser(path, utc_offset_h=0.0, trust_zone=False)
        closes = sorted(set(rows["cham.close"]) - {"", "NA"})
        assert len(series.closures) == len(closes), name
        for closure, close in zip(series.closures, closes, strict=True):
            apart = abs((closure.start - np.datetime64(close)) / np.timedelta64(1, "s"))
            worst = max(worst, apart)
            # The reference leaves out the first record of an LI-6400's measurement.
            assert apart <= (1 if name == "LI6400" else 0), (name, closure)
            if "cham.open" in rows and name != "LI8250":
                opens = rows["cham.open"][rows["cham.close"].index(close)]
                assert closure.end == np.datetime64(opens), (name, closure)
        if "deadband" in rows:
            assert series.closures[0].deadband == float(rows["deadband"][0])
        if "Area" in rows:
            assert series.closures[0].area == pytest.approx(float(rows["Area"][0]) * 1e-4, rel=1e-9)
    print(f"\nclosings: worst {worst:g} s")
