"""An EddyPro project's quality tests: which are made, how, and where they fail."""

from pathlib import Path

import pytest

from fluxkit.site.eddypro import screening
from fluxkit.site.eddypro.ledger import Ledger
from fluxkit.site.sections.methods import Condition, Decide

HEAD = "[RawProcess_Tests]\ntest_sr=1\ntest_ar=0\ntest_tl=1\n[RawProcess_ParameterSettings]\n"


@pytest.fixture
def project(tmp_path: Path) -> Ledger:
    path = tmp_path / "p.eddypro"
    path.write_text(
        HEAD + "ar_bins=50\ntl_def_h2o=1.5\naa_min=-20\nsk_hf_skmax=2.5\nds_hf_uv=5\nar_hf_lim=60\n"
    )
    return Ledger(path, "project")


def test_what_is_said_wins_over_that_programs_defaults(project):
    made = screening.tests(project)
    assert made == ["spikes", "drop-outs", "absolute-limits", "skewness-kurtosis", "time-lag"]
    assert screening.samples(project) == {
        "spread": 7.0,
        "bins": 50,
        "percentile": 10.0,
        "attack_angle": (-20.0, 30.0),
        "default_lag": {"co2": 0.0, "h2o": 1.5, "ch4": 0.0, "n2o": 0.0},
    }
    limits = screening.translate_thresholds(project)
    assert limits["skewness_hard"] == (-2.0, 2.5)
    assert limits["step_hard"]["v"] == 5.0
    assert limits["empty_bins"] == pytest.approx(0.6)


def test_its_defaults_are_ours(project):
    empty = Ledger(project.path, "project")
    for section in ("RawProcess_Tests", "RawProcess_ParameterSettings"):
        assert any(place[0] == section for place in empty.places())
    ours, theirs = Decide().vickers_mahrt.model_dump(), screening.translate_thresholds(project)
    odd = {key for key, value in theirs.items() if ours[key] != pytest.approx(value)}
    assert odd == {"skewness_hard", "step_hard", "empty_bins"}  # those that the project sets
    assert theirs.keys() == ours.keys()


def test_the_settings_are_valid(project):
    condition = Condition(tests=screening.tests(project), vickers_mahrt=screening.samples(project))
    assert list(condition.tests) == list(screening.tests(project))
    decide = Decide(vickers_mahrt=screening.translate_thresholds(project))
    kept = decide.vickers_mahrt.model_dump()
    assert all(
        kept[key] == pytest.approx(value) for key, value in screening.translate_thresholds(project).items()
    )


def test_every_key_has_a_note(project):
    screening.tests(project), screening.samples(project), screening.translate_thresholds(project)
    verdicts = {note.key: note.verdict for note in project.notes()}
    left = [place for place in project.places() if not project.entered(*place)]
    assert left == [("RawProcess_Tests", "test_sr")]  # with despiking
    assert set(verdicts.values()) == {"same"}
