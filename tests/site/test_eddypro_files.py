"""Files beside an EddyPro 6 project: where they are looked for, and all reference projects with theirs."""

import json
import re
import shutil
from pathlib import Path

import pytest

from fluxkit.errors import ConfigError
from fluxkit.site.eddypro import Imported, import_project
from fluxkit.site.eddypro.planar_fit import read_planes
from fluxkit.site.eddypro.time_lags import read_time_lags
from fluxkit.site.files import resolve_files

CASES = (
    *("A_autolag", "A_base", "A_biomet", "A_ibrom_hl", "A_km_foken", "A_ld", "A_m13", "A_massman", "A_pf1"),
    *("A_pf4", "A_plain", "A_rm", "A_tlagopt", "B_autolag", "B_crosswind", "B_md_base", "B_mr_base"),
    *("fp_base", "fp_nowpl_notests", "hoh_base", "hoh_rflux", "lgr_n2o"),
)
#: What an import may leave near, key -> why; nothing is left out.
NEAR = {
    "pc_time_settings": "files do not say the time zone",
    "ru_its_sec_factor": "no counterpart; random errors agree with the reference all the same",
    "file_prototype": "raw files that are stored under other names than the project's",
    "nom_timelag": "one end of the window is 0 there, which means automatic",
    "min_timelag": "the same",
    "max_timelag": "the same",
    "to_h2o_nclass": "classes with few lags are inferred otherwise",
    "sa_use_foken_low": "developed turbulence is not asked for",
    "sa_use_vm_flags": "flags of raw tests are not asked for",
    "gas_mw": "read as g mol-1",
    "gas_diff": "read as cm2 s-1",
}


def facts(shared: Path, case: str) -> tuple[Path, dict]:
    folder = shared / "reference" / "eddypro" / "cases" / case
    return folder, json.loads((folder / "case.json").read_text())


def write_planes(told: dict, path: Path) -> Path:
    """Write planes as that program writes its file: settings, coefficients, matrices."""
    rows = ["Planar_fit_settings_and_results", "Number_of_selected_wind_sectors:  4", ""]
    rows += [
        "Wind sectors and plane coefficients",
        "  sector       range           B0            B1            B2",
    ]
    rows += ["   ".join(["", *row]) for row in told["coefficients"]]
    rows += ["", "Rotation matrices"]
    for sector in told["matrices"]:
        rows += [sector["sector"], *("  ".join(f"{x:10.6f}" for x in row) for row in sector["matrix"])]
    path.write_text("\n".join(rows) + "\n")
    return path


def with_files(shared: Path, case: str, folder: Path) -> Imported:
    """Import a case with the files it needs, given by option."""
    where, told = facts(shared, case)
    raw = shared.joinpath(*Path(told["raw_files"][0]["stored"]).parts[1:]).parent
    extra, files = told.get("extra") or {}, {}
    if "planar_fit_given" in extra:
        files["pf_file"] = write_planes(extra["planar_fit_given"], folder / "planes.txt")
    if "spectral_assessment_given" in extra:
        files["sa_file"] = folder / "assessment.txt"
        files["sa_file"].write_text("\n".join(extra["spectral_assessment_given"]) + "\n")
    return import_project(where / "project.eddypro", where / "site.metadata", raw, files)


@pytest.mark.parametrize("case", CASES)
def test_every_reference_project_imports_and_finds_its_files(case, shared, tmp_path):
    found = with_files(shared, case, tmp_path)
    assert [note for note in found.notes if note.verdict == "not supported"] == []
    keys = [note.key.rpartition(".")[2] for note in found.notes if note.verdict == "near"]
    near = {re.sub(r"^col_\d+_", "", key) for key in keys}
    assert near <= NEAR.keys()
    if "file_prototype" not in near:
        _, told = facts(shared, case)
        names = {path.name.removesuffix(".gz") for path in resolve_files(found.site, tmp_path)}
        assert {entry["file"] for entry in told["raw_files"]} <= names


def test_planes_in_that_programs_layout(shared, tmp_path):
    _, told = facts(shared, "A_pf4")
    path = write_planes(told["extra"]["planar_fit_result"], tmp_path / "pf.txt")
    found = read_planes(path)
    assert found["sectors"] == [90.0] * 4
    assert found["coefficients"][3] == (0.0235293, 0.0519239, -0.0281981)
    assert found["excluded"] == []


def test_time_lags_in_that_programs_layout(shared, tmp_path):
    _, told = facts(shared, "A_tlagopt")
    path = tmp_path / "lags.txt"
    path.write_text(
        "\n".join(["Time-lag_optimisation_results", *told["extra"]["timelag_optimisation_result"]])
    )
    window = [(0.20, -0.02, 0.42)]
    assert read_time_lags(path) == {"co2": window, "h2o": window}


@pytest.fixture
def project(shared, tmp_path) -> Path:
    folder, _ = facts(shared, "A_tlagopt")
    for name in ("project.eddypro", "site.metadata"):
        shutil.copy(folder / name, tmp_path / name)
    return tmp_path / "project.eddypro"


def test_a_file_that_is_given_is_taken_instead_of_learning(shared, project, tmp_path):
    _, told = facts(shared, "A_tlagopt")
    path = tmp_path / "lags.txt"
    path.write_text("\n".join(told["extra"]["timelag_optimisation_result"]))
    raw = shared / "data" / "ec_raw" / "synthetic_A"
    assert import_project(project, raw_dir=raw).site.decide.time_lag.windows == {}
    found = import_project(project, raw_dir=raw, files={"to_file": path})
    assert found.site.decide.time_lag.windows["co2"] == [(0.20, -0.02, 0.42)]


def test_a_file_that_would_not_be_used_is_refused(project, tmp_path):
    path = tmp_path / "planes.txt"
    path.write_text("1 0- 360 0.01 0.02 0.03\n")
    with pytest.raises(ConfigError, match=r"--planar-fit\) would not be used: .*no planar fit"):
        import_project(project, raw_dir=tmp_path, files={"pf_file": path})
    with pytest.raises(ConfigError, match=r"no such file of optimised time lags \(--time-lags\)"):
        import_project(project, raw_dir=tmp_path, files={"to_file": tmp_path / "none.txt"})


def test_files_are_found_in_the_folder_of_raw_files_too(project, tmp_path):
    text = (
        project.read_text().replace("to_mode=1", "to_mode=0").replace("to_file=", "to_file=C:\\x\\lags.txt")
    )
    project.write_text(text)
    raw = tmp_path / "raw"
    raw.mkdir()
    with pytest.raises(ConfigError, match="give it with --time-lags FILE"):
        import_project(project, raw_dir=raw)
    lags = "Median_co2_timelag_[s]: 0.2\nMinimum_co2_timelag_[s]: 0.1\nMaximum_co2_timelag_[s]: 0.3\n"
    (raw / "lags.txt").write_text(lags)
    windows = import_project(project, raw_dir=raw).site.decide.time_lag.windows
    assert windows == {"co2": [(0.2, 0.1, 0.3)]}


def test_a_stretch_of_time_is_told(project, tmp_path):
    text = project.read_text().replace("pr_subset=0", "pr_subset=1")
    text = text.replace("pr_start_date=", "pr_start_date=2025-06-12").replace(
        "pr_start_time=", "pr_start_time=06:00"
    )
    project.write_text(text)
    notes = {n.key.rpartition(".")[2]: n for n in import_project(project, raw_dir=tmp_path).notes}
    assert notes["pr_subset"].verdict == "near"
    assert "--start 2025-06-12T06:00 to `fluxkit run`" in notes["pr_subset"].remark
