"""Five measured half hours against what EddyMeas and EddyFlux, logger software of that time, made of them.

Known of their formulas, found by comparison: variances over n - 1, covariances over n; double rotation;
0 degC taken as 273.16 K; friction velocity of EddyFlux from u'w' alone where that is negative, else from both
stresses; heat capacity 1005 J kg-1 K-1 of air at 50 % humidity. EddyMeas' own fluxes are not rotated, and
corrected after Webb et al. with the sonic's heat.
"""

import csv
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.site.models import Site
from tests.tower import slt

pytestmark = pytest.mark.reference

FILES = ("1404", "1430", "1500", "1530", "1600")
#: Analogue channels and their ranges, from the logger's .cfg. [mol m-3]
RANGES = {"co2": (10e-3, 40e-3), "h2o": (0.0, 3.0)}
#: A sample of zero is what the converter makes of both ends of its range.
RESOLUTION = {"co2": 30.0 / 50_000.0, "h2o": 3000.0 / 50_000.0}  # mmol m-3


def folder(shared: Path) -> Path:
    return shared / "data/ec_raw/thuenen_eddymeas_slt"


def table(shared: Path, kind: str) -> list[dict[str, float]]:
    """Rows of the program's results for the five files, columns by their names."""
    text = (folder(shared) / f"W20163281404.{kind}").read_text(encoding="latin-1")
    names, *lines = csv.reader(text.splitlines()[: len(FILES) + 1])
    return [{k.strip(): float(x) for k, x in zip(names[1:], line[1:], strict=True)} for line in lines]


def make_site(rate: float, **decide: str) -> Site:
    off = ("lag", "high_frequency", "low_frequency", "humidity", "density", "footprint", "storage")
    columns = {k: {"column": k, "unit": "m s-1"} for k in ("u", "v", "w")}
    columns |= {"t_sonic": {"column": "t", "unit": "K"}, "p_air": {"column": "p", "unit": "Pa"}}
    gas = {
        "instrument": "g",
        "unit": "mol m-3",
        "quantity": "density",
        "lag": {"nominal": 0.0, "min": 0.0, "max": 0.0},
    }
    columns |= {k: {"column": k, **gas} for k in RANGES}
    station = {"id": "DE-Slt", "latitude": 52.0, "longitude": 10.0, "altitude": 807.0, "utc_offset_h": 1.0}
    return Site.model_validate(
        {
            "station": station | {"canopy_height": 15.0},
            "instruments": [
                {"kind": "sonic", "id": "s", "model": "r3-50", "height": 31.0},
                {"kind": "gas_analyser", "id": "g", "model": "li-7500"},
            ],
            "raw": {"files": "*", "format": "delimited", "rate": rate, "file_time": "records"},
            "columns": columns,
            "condition": {"despiking": "none", "absolute_limits": False, "max_missing": 0.2},
            "decide": dict.fromkeys(off, "none") | decide,
        }
    )


@pytest.fixture(scope="module", params=range(len(FILES)), ids=FILES)
def half_hour(request, shared):
    """Rows of .flx, .csu, .csr, .csv, and the file's samples and rate."""
    rows = [table(shared, kind)[request.param] for kind in ("flx", "csu", "csr", "csv")]
    data, rate = slt.read(folder(shared) / f"W2016328{FILES[request.param]}.slt", RANGES)
    data["p_air"] = ("time", np.full(data.sizes["time"], 100.0 * rows[3]["p_air"]))
    return *rows, data, rate


def decide(data: xr.Dataset, rate: float, **decisions: str) -> dict[str, float]:
    site = make_site(rate, **decisions)
    fluxes = fk.decide(fk.condense(data, site), site)
    assert fluxes.sizes["time"] == 1
    return {str(name): float(x[0]) for name, x in fluxes.items() if x.dtype.kind == "f"}


def test_reader_finds_every_record(half_hour):
    flx, _, _, _, data, _ = half_hour
    assert data.sizes["time"] == flx["recs"]
    for k in ("u", "v", "w"):
        assert float(data[k].mean()) == pytest.approx(flx[k], abs=5.1e-6)  # printed to 1e-5
    for gas, label in (("co2", "CO2"), ("h2o", "H2O")):
        assert 1e3 * float(data[gas].mean()) == pytest.approx(flx[label], abs=0.02 * RESOLUTION[gas] + 2e-5)


def test_rotated_moments_agree_to_seven_digits(half_hour):
    """EddyFlux prints eight digits of single precision; its temperature's covariance has five."""
    _, _, csr, _, data, rate = half_hour
    out, n = decide(data, rate), data.sizes["time"]
    worst = {}
    for ours, theirs in (("U_SIGMA", "var u"), ("V_SIGMA", "var v"), ("W_SIGMA", "var w")):
        worst[theirs] = out[ours] ** 2 * n / (n - 1) / csr[theirs] - 1.0
    worst["avg u"] = out["WS"] / csr["avg u"] - 1.0
    scale = np.sqrt(csr["var u"] * csr["var w"])
    worst["covar uw"] = (out["U_W_COV"] - csr["covar uw"]) / scale
    worst["covar vw"] = (out["V_W_COV"] - csr["covar vw"]) / scale
    print({name: f"{x:.1e}" for name, x in worst.items()})
    assert max(abs(x) for x in worst.values()) < 5e-7
    assert out["W_T_SONIC_COV"] == pytest.approx(csr["covar tw"], rel=1e-4)
    assert (out["ROT_YAW"] - csr["alpha"] + 180.0) % 360.0 - 180.0 == pytest.approx(0.0, abs=2e-5)
    assert out["ROT_PITCH"] == pytest.approx(csr["beta"], abs=1e-4)


def test_without_rotation_moments_agree_too(half_hour):
    _, csu, _, _, data, rate = half_hour
    out, n = decide(data, rate, rotation="none"), data.sizes["time"]
    for ours, theirs in (("U_SIGMA", "var u"), ("V_SIGMA", "var v"), ("W_SIGMA", "var w")):
        assert out[ours] ** 2 * n / (n - 1) == pytest.approx(csu[theirs], rel=3e-7)
    scale = np.sqrt(csu["var u"] * csu["var w"])
    assert out["U_W_COV"] == pytest.approx(csu["covar uw"], abs=5e-7 * scale)
    assert out["V_W_COV"] == pytest.approx(csu["covar vw"], abs=5e-7 * scale)


def test_fluxes_agree_by_the_programs_own_constants(half_hour):
    """Air density to 5e-4: they assume 50 % humidity, here the analyser's vapour counts."""
    _, _, csr, flux, data, rate = half_hour
    out = decide(data, rate)
    assert out["T_SONIC"] - flux["avg t"] == pytest.approx(0.01, abs=3e-5)  # 273.16 K
    assert out["WS"] == pytest.approx(flux["wv_hor"] / np.cos(np.radians(csr["beta"])), abs=2e-2)
    assert out["RHO"] == pytest.approx(flux["rho"], rel=5e-4)
    assert out["W_T_SONIC_COV"] * 1005.0 * csr["rho"] == pytest.approx(flux["H"], abs=1.5e-5, rel=1e-4)
    assert out["H"] * 1005.0 / out["CP"] == pytest.approx(flux["H"], rel=5e-4)
    ustar = np.sqrt(-out["U_W_COV"]) if out["U_W_COV"] < 0.0 else out["USTAR"]
    assert ustar == pytest.approx(flux["U*"], abs=6e-6)
    # Their north is 30 degrees from the u axis, as Gill's heads have it.
    assert (out["WD"] - flux["wd_hor"]) % 360.0 == pytest.approx(30.0, abs=0.02)


def test_webb_correction_of_another_program(half_hour):
    """EddyMeas' gas fluxes: covariances to 1e-4 of the standard deviations, fluxes to 0.003 umol m-2 s-1."""
    flx, _, _, _, data, rate = half_hour
    out = decide(data, rate, rotation="none", density="webb-1980")
    scale = np.sqrt(flx["var w"] * flx["var CO2"])
    assert out["W_CO2_COV"] / 1e3 == pytest.approx(flx["covar wc"], abs=1e-4 * scale)
    print(f"FC {out['FC']:.5f} {flx['FCO2']:.5f}; FH2O {out['FH2O']:.5f} {flx['FH2O']:.5f}")
    assert out["FC"] == pytest.approx(flx["FCO2"], abs=3.5e-3)
    assert out["FH2O"] == pytest.approx(flx["FH2O"], abs=6e-4)
