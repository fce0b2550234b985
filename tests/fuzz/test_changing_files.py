"""Files that change while a run is at work: others write, move and delete in the folders it reads."""

import numpy as np
import pytest

from fluxkit.archive import run as runs
from fluxkit.archive.condensing import pool
from tests.fuzz.test_strange_names import half_hour
from tests.small_station import STAMPS, make_site


@pytest.fixture
def processed(tmp_path, monkeypatch):
    """Run over three half hours, whose middle file is changed once all is planned."""

    def processing(change):
        raw = tmp_path / "raw"
        raw.mkdir()
        paths = [raw / f"{k}.csv" for k in range(3)]
        for k, path in enumerate(paths):
            path.write_text(half_hour(k))
        condense = pool.condense_days

        def late(*given, **more):
            change(paths[1])
            return condense(*given, **more)

        monkeypatch.setattr(pool, "condense_days", late)
        monkeypatch.setattr(
            "fluxkit.report.page.write_report", lambda path, *_: path.touch()
        )  # takes most of the time
        monkeypatch.chdir(tmp_path)
        return runs.run(make_site(**STAMPS), tmp_path / "out")

    return processing


def shrinks(path) -> None:
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:901]))


def breaks(path) -> None:
    path.write_bytes(path.read_bytes()[:7])


def empties(path) -> None:
    path.write_bytes(b"")


def vanishes(path) -> None:
    path.unlink()


def becomes_a_folder(path) -> None:
    path.unlink()
    path.mkdir()


def becomes_other(path) -> None:
    path.write_bytes(bytes(range(256)) * 200)


@pytest.mark.parametrize("change", [shrinks, breaks, empties, vanishes, becomes_a_folder, becomes_other])
def test_a_file_that_changes_costs_its_own_samples(processed, change):
    results = processed(change)
    assert results.bugs == 0
    there = np.isfinite(results.fluxes["H"].values)
    assert there.tolist() == [True, False, True]
    told = [problem for problem in results.problems if "1.csv" in problem.path or problem.lost == "period"]
    assert told


def test_a_file_that_grows_is_used_as_it_is(processed):
    """As a logger's last file does."""
    results = processed(lambda path: path.write_text(path.read_text() + "2024-07-02 00:59:59"))
    assert results.bugs == 0
    assert np.isfinite(results.fluxes["H"].values).all()
