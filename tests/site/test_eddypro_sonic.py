"""A project's sonic and its corrections, translated."""

import shutil
from pathlib import Path

import pytest

from fluxkit.errors import ConfigError
from fluxkit.site.eddypro import Imported, import_project


@pytest.fixture
def project(shared: Path, tmp_path: Path) -> Path:
    case = shared / "reference" / "eddypro" / "cases" / "B_md_base"
    for name in ("project.eddypro", "site.metadata"):
        shutil.copy(case / name, tmp_path / name)
    return tmp_path / "project.eddypro"


def translated(project: Path, *, sheet: dict[str, str] | None = None, **changes: str) -> Imported:
    """Import the project with other values of some keys, of some lines of the metadata."""
    text = project.read_text()
    for key, value in changes.items():
        old = next(line for line in text.splitlines() if line.startswith(f"{key}="))
        text = text.replace(old, f"{key}={value}")
    beside = project.with_name("site.metadata")
    metadata = beside.read_text()
    for old, new in (sheet or {}).items():
        assert old in metadata
        metadata = metadata.replace(old, new)
    project.write_text(text)
    beside.write_text(metadata)
    return import_project(project, beside)


def verdicts(found: Imported) -> dict[str, str]:
    return {note.key.rpartition(".")[2]: note.verdict for note in found.notes}


def model(name: str) -> dict[str, str]:
    return {"hs_50_1": name}


def test_nothing_is_corrected_unless_asked(project):
    found = translated(project)
    condition = found.site.condition
    assert (condition.cross_wind, condition.angle_of_attack, condition.w_boost) == ("none", "none", False)
    keys = ("cross_wind", "flow_distortion", "gill_wm_wboost", "u_offset")
    assert {verdicts(found)[key] for key in keys} == {"same"}


def test_cross_wind_is_corrected_whatever_the_firmware_did(project):
    found = translated(project, cross_wind="1")
    assert found.site.condition.cross_wind == "liu-2001"
    assert found.site.sonic.cross_wind_corrected is False
    assert verdicts(found)["cross_wind"] == "same"


def test_offsets(project):
    found = translated(project, u_offset="0.05", w_offset="-0.02")
    assert (found.site.sonic.u_offset, found.site.sonic.v_offset, found.site.sonic.w_offset) == (
        0.05,
        0,
        -0.02,
    )


@pytest.mark.parametrize(
    ("name", "code", "boost", "version", "method", "verdict"),
    [
        ("hs_50_1", "-1", "0", "", "none", "same"),
        ("hs_50_1", "2", "0", "", "none", "same"),
        ("r3_50_1", "-1", "0", "", "nakai-2006", "same"),
        ("wm_1", "-1", "0", "2329.600.01", "nakai-shimoyama-2012", "same"),
        ("wm_1", "1", "0", "", "nakai-shimoyama-2012", "near"),
        ("wmpro_1", "1", "1", "2329.600.01", "none", "same"),
    ],
)
def test_angle_of_attack(project, name, code, boost, version, method, verdict):
    sheet = {"instr_1_sw_version=": f"instr_1_sw_version={version}"} | model(name)
    changes = {"flow_distortion": code, "gill_wm_wboost": boost, "master_sonic": name}
    found = translated(project, sheet=sheet, **changes)
    assert found.site.condition.angle_of_attack == method
    assert found.site.condition.w_boost == (boost == "1")
    assert found.site.sonic.lacks_boost == (version == "2329.600.01")
    assert verdicts(found)["flow_distortion"] == verdict


def test_a_code_that_is_not_known(project):
    with pytest.raises(ConfigError, match="flow_distortion: found 7; known: -1, 0, 1, 2"):
        translated(project, flow_distortion="7")


@pytest.mark.parametrize(("theirs", "ours"), [("axis", "axis"), ("polar_w", "polar")])
def test_formats_of_wind(project, theirs, ours):
    found = translated(project, sheet={"instr_1_wformat=uvw": f"instr_1_wformat={theirs}"})
    assert found.site.sonic.wind_format == ours
    assert found.site.columns["u"].unit == ("deg" if ours == "polar" else "m s-1")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("r2_1", "r2"), ("usa1_fast_1", "usa-1-fast"), ("81000v_1", "young-81000"), ("csat3b_1", "csat3b")],
)
def test_models(project, theirs, ours):
    assert translated(project, sheet=model(theirs), master_sonic=theirs).site.sonic.model == ours


def test_a_speed_of_sound_does_for_a_temperature(project):
    number = next(
        line.partition("_variable")[0]
        for line in project.with_name("site.metadata").read_text().splitlines()
        if line.endswith("_variable=ts")
    )
    sheet = {
        f"{number}_variable=ts": f"{number}_variable=sos",
        f"{number}_unit_in=celsius": f"{number}_unit_in=m_sec",
    }
    assert translated(project, sheet=sheet).site.columns["t_sonic"].unit == "m s-1"


def test_two_analysers_report_in_columns_of_their_own(project):
    """The second column of words gets a variable of its own, bound to its instrument."""
    sheet = {}
    for n, word in ((5, "diag_72"), (6, "diag_75")):
        sheet[f"col_{n}_variable=ignore"] = f"col_{n}_variable={word}"
        sheet[f"col_{n}_instrument=\n"] = f"col_{n}_instrument=li7200_1\n"
    found = translated(project, sheet=sheet, col_diag_72="5", col_diag_75="6")
    assert found.site.columns["diag_gas"].instrument == "li7200_1"
    assert found.site.columns["diag_gas_2"].instrument == "li7200_1"
    assert verdicts(found)["col_diag_75"] == "same"
