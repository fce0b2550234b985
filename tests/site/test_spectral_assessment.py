"""Spectral assessments of EddyPro 6, and the settings that a project makes of them."""

import json
import shutil
from pathlib import Path

import pytest

from fluxkit.errors import ConfigError
from fluxkit.site.eddypro import import_project
from fluxkit.site.eddypro.spectral_assessment import parse_assessment, read_assessment
from fluxkit.site.sections.cutoff import Cutoff
from fluxkit.site.toml.dumping import dump
from fluxkit.site.toml.loading import loads

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip


def lines(co2: float = 0.7, exponential: str = "-20.8 13.04 -2.62") -> list[str]:
    return [
        "fc:_IIR_cut-off_frequency",
        "Water vapour TFP              Fn          fc    numerosity",
        "RH class   5 - 15% =     0.78582     0.42431             0",
        "CO2            TFP            Fn          fc",
        *(f"{month} = 0.99 {co2}" for month in MONTHS),
        "CH4            TFP            Fn          fc",
        *(f"{month} = -9999.00000 -9999.00000" for month in MONTHS),
        "none           TFP            Fn          fc",
        *(f"{month} = 0.5 0.5" for month in MONTHS),
        "RH/fc_exponential_fit_parameters_for_water_vapour_spectral_corrections",
        f"   {exponential}",
        "Model: CF = [c1 * u / (c2 + f_co) + 1] after_Ibrom_et_al_(2007_AFM)",
        "unstable =   0.0030457   0.0008648",
        "stable   =  -9999.0000  -9999.0000",
    ]


def test_what_was_fitted_there() -> None:
    found = parse_assessment(lines(), "x")
    assert found["frequencies"] == {"co2": [0.7] * 12}
    assert found["humidity"] == (-20.8, 13.04, -2.62)
    assert found["factor"] == {"unstable": (0.0030457, 0.0008648)}
    assert Cutoff.model_validate(found).humidity == found["humidity"]


def test_nothing_fitted_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "sa.txt"
    path.write_text("\n".join(lines(-9999.0, "-9999.0 -9999.0 -9999.0")))
    with pytest.raises(ConfigError, match="no cut-off frequency found"):
        read_assessment(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_assessment(tmp_path / "none.txt")


def test_a_project_that_fits_its_own(shared: Path) -> None:
    folder = shared / "reference" / "eddypro" / "cases" / "A_ibrom_hl"
    found = import_project(
        folder / "project.eddypro", folder / "site.metadata", shared / "data" / "ec_raw" / "synthetic_A"
    )
    decide = found.site.decide
    assert (decide.high_frequency, decide.separation) == ("ibrom-2007", "horst-lenschow-2009-full")
    assert (decide.cutoff.method, decide.cutoff.min_spectra) == ("ibrom-2007", 2)
    assert decide.cutoff.unstable["h"] == 10.0
    assert decide.cutoff.max_instationarity == 0.0
    assert loads(dump(found.site)).decide == decide
    lost = [n.key for n in found.notes if "SpectralAnalysis" in n.key and n.verdict != "same"]
    assert lost == []


def test_a_project_with_an_assessment(shared: Path, tmp_path: Path) -> None:
    """Read from beside the project; without it the import says what lacks."""
    folder = shared / "reference" / "eddypro" / "cases" / "hoh_rflux"
    shutil.copy(folder / "project.eddypro", tmp_path)
    given = json.loads((folder / "case.json").read_text())["extra"]
    planes = "\n".join(" ".join(row) for row in given["planar_fit_given"]["coefficients"])
    (tmp_path / "planar_fit.txt").write_text(planes + "\n")
    raw = shared / "data" / "ec_raw" / "real"
    with pytest.raises(ConfigError, match="put the spectral-assessment file there"):
        import_project(tmp_path / "project.eddypro", folder / "site.metadata", raw)
    (tmp_path / "spectral_assessment.txt").write_text("\n".join(given["spectral_assessment_given"]))
    cutoff = import_project(tmp_path / "project.eddypro", folder / "site.metadata", raw).site.decide.cutoff
    assert cutoff.frequencies == {"co2": [1.22802] * 12}
    assert cutoff.humidity == (-20.782512, 13.040339, -2.622372)
    assert cutoff.factor["stable"] == (0.0049239, 0.0011642)


def test_wrong_settings_are_answered_in_words() -> None:
    with pytest.raises(ValueError, match="give one, or one for each month"):
        Cutoff(frequencies={"co2": [1.0, 2.0]})
    with pytest.raises(ValueError, match="months are 1 to 12"):
        Cutoff(months={"co2": [(0, 3)]})
    with pytest.raises(ValueError, match="must be more than low"):
        Cutoff(high=0.001)
    with pytest.raises(ValueError, match=r"unknown flux 'heat'.*known: ustar"):
        Cutoff(stable={"heat": 3.0})
