import pytest

from fluxkit.archive.job import Job
from tests.small_station import NAMES, make_site


@pytest.fixture
def shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def told(base, text):
        return Job(make_site(**NAMES), "", base, tmp_path / "out").shown(text.format(here=tmp_path))

    return told


@pytest.mark.parametrize("base", ["a", "{here}/a"])
def test_paths_below_the_configuration_are_told_from_there(shown, tmp_path, base):
    folder = tmp_path.__class__(base.format(here=tmp_path))
    assert shown(folder, "a/raw/x.dat" if base == "a" else "{here}/a/raw/x.dat") == "raw/x.dat"
    assert shown(folder, "{here}/a/raw/x.dat: cut; {here}/a/raw/y.dat") == "raw/x.dat: cut; raw/y.dat"
    assert shown(folder, "{here}/b/raw/x.dat") == f"{tmp_path}/b/raw/x.dat"


def test_a_folder_that_is_the_end_of_another_names_nothing(shown, tmp_path):
    assert shown(tmp_path.__class__("a"), "a/data/x.dat, from data/x.dat") == "data/x.dat, from data/x.dat"


def test_relative_and_absolute_are_told_alike_in_the_working_folder(shown, tmp_path):
    here = tmp_path.__class__()
    assert shown(here, "raw/x.dat") == shown(here, "{here}/raw/x.dat") == "raw/x.dat"
