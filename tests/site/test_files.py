import os
from pathlib import Path

import pytest

from fluxkit.errors import ConfigError
from fluxkit.site.files import resolve_files
from fluxkit.site.toml.loading import load

SITE = load(Path(__file__).parents[1] / "sites" / "synthetic_a.toml")


def names(base: Path, *patterns: str) -> list[str]:
    raw = SITE.raw.model_copy(update={"files": list(patterns) if len(patterns) > 1 else patterns[0]})
    found = resolve_files(SITE.model_copy(update={"raw": raw}), base)
    return [path.relative_to(base).as_posix() for path in found]


@pytest.fixture
def tree(tmp_path):
    for name in (
        "b.csv",
        "a.csv",
        "2019/c.csv",
        "2019/07/d.csv",
        "2019/notes.txt",
        ".hidden/e.csv",
        ".f.csv",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def test_one_folder_is_sorted(tree):
    assert names(tree, "*.csv") == ["a.csv", "b.csv"]


def test_two_stars_go_down_any_number_of_folders(tree):
    assert names(tree, "**/*.csv") == ["2019/07/d.csv", "2019/c.csv", "a.csv", "b.csv"]
    assert names(tree, "2019/**") == ["2019/07/d.csv", "2019/c.csv", "2019/notes.txt"]


def test_several_patterns_give_each_file_once(tree):
    assert names(tree, "a.csv", "*.csv", "./a.csv") == ["a.csv", "b.csv"]


def test_hidden_files_only_if_asked_for(tree):
    assert names(tree, ".*.csv") == [".f.csv"]


def test_absolute_pattern_ignores_the_base(tree):
    assert names(tree, f"{tree}/2019/*.csv") == ["2019/c.csv"]


def test_nothing_matches(tree):
    assert names(tree, "absent/*.csv") == []
    assert names(tree, "a.csv/*") == []


def test_name_with_brackets_is_found_as_written(tree):
    (tree / "x[1].csv").touch()
    assert names(tree, "x[1].csv") == ["x[1].csv"]


def test_loop_of_links_is_harmless(tree):
    (tree / "2019" / "up").symlink_to(tree, target_is_directory=True)
    (tree / "2019" / "self").symlink_to(tree / "2019", target_is_directory=True)
    assert len(names(tree, "**/*.csv")) == 4


def test_linked_folder_is_followed(tree, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("disk")
    (elsewhere / "far.csv").touch()
    (tree / "link").symlink_to(elsewhere, target_is_directory=True)
    assert "link/far.csv" in names(tree, "**/*.csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_folder_that_cannot_be_listed(tree):
    (tree / "2019").chmod(0)
    try:
        with pytest.raises(ConfigError, match="cannot be listed"):
            names(tree, "2019/*.csv")
    finally:
        (tree / "2019").chmod(0o755)
