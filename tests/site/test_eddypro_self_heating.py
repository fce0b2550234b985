"""The heating correction of an imported project, and its density correction of mixing ratios."""

import re
import shutil
from pathlib import Path

import pytest

from fluxkit.site.eddypro import import_project
from fluxkit.site.sections.open_path import SelfHeating


def project_of(shared: Path, folder: Path, case: str, analyser: str = "", **keys: object) -> Path:
    """Copy a case's project, with other values of some keys, and of another model of analyser."""
    source = shared / "reference" / "eddypro" / "cases" / case
    text = (source / "project.eddypro").read_text()
    for key, value in keys.items():
        text, n = re.subn(rf"(?m)^{key}=.*$", f"{key}={value}", text)
        assert n == 1
    (folder / "project.eddypro").write_text(text)
    shutil.copy(source / "site.metadata", folder)
    if analyser:
        metadata = (folder / "site.metadata").read_text()
        (folder / "site.metadata").write_text(re.sub(r"li7500\w*?_1", f"{analyser}_1", metadata))
    return folder / "project.eddypro"


def imported(project: Path):
    return import_project(project, project.parent / "site.metadata")


def test_off_in_all_reference_projects(shared, tmp_path):
    found = imported(project_of(shared, tmp_path, "A_base"))
    assert found.site.decide.self_heating == "none"
    verdicts = {note.key.rpartition(".")[2]: note.verdict for note in found.notes}
    assert {verdicts[key] for key in ("bu_corr", "bu_multi", "l_day_bot_gain", "m_night_spar4")} == {"same"}


@pytest.mark.parametrize(("multi", "surfaces"), [(0, "linear"), (1, "multiple")])
def test_coefficients_are_the_papers_unless_changed(shared, tmp_path, multi, surfaces):
    project = project_of(shared, tmp_path, "A_base", "li7500", bu_corr=1, bu_multi=multi, l_day_top_gain=1.1)
    found = imported(project)
    assert found.site.decide.self_heating == "burba-2008"
    expected = SelfHeating(surfaces=surfaces, day_top=(1.1, 0.24))
    assert found.site.decide.heated_surfaces == expected
    notes = {note.key.rpartition(".")[2]: note for note in found.notes}
    assert notes["bu_corr"].verdict == "near"
    assert notes["m_day_bot1"].verdict == "same"


def test_that_program_takes_the_later_models_as_warm(shared, tmp_path):
    found = imported(project_of(shared, tmp_path, "A_base", "li7500a", bu_corr=1))
    assert found.site.instruments[1].summer_setting


def test_without_such_an_analyser_nothing_is_done(shared, tmp_path):
    found = imported(project_of(shared, tmp_path, "B_mr_base", bu_corr=1))
    assert found.site.decide.self_heating == "none"


def test_density_correction_leaves_mixing_ratios_alone(shared, tmp_path):
    """It is on in that project, and neither program applies it to what is dry already."""
    site = imported(project_of(shared, tmp_path, "B_mr_base")).site
    assert site.decide.density == "webb-1980"
    for gas in site.gases:
        assert site.flux_quantity(gas) == "mixing_ratio"
