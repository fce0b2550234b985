"""What is done is not done again, and what follows from something else is."""

import os
import shutil

import numpy as np
import pytest
import xarray as xr

from fluxkit.archive.condensing import pool
from fluxkit.archive.condensing.work import unfinished, work_of
from fluxkit.archive.folder.summaries import part_path, summary_path
from fluxkit.archive.job import Job
from fluxkit.archive.planning.index import Index
from fluxkit.archive.run import condense_archive, decide_archive
from fluxkit.synthetic.tower import make_day

FIRST, SECOND = "2024-07-01", "2024-07-02"
CALIBRATION = """
[[calibration]]
variable = "co2"
start = {day}T00:00:00Z
end = {day}T23:00:00Z
gain = 1.1
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Half hours that begin at 23:30, 00:00 and 00:30 UTC, condensed."""
    folder = tmp_path_factory.mktemp("made")
    make_day(folder, hours=1.5, start="2024-07-02T00:30", seed=3)
    condense_archive(Job.of(folder / "site.toml", folder / "out"))
    return folder


@pytest.fixture
def archive(made, tmp_path):
    """A copy: other paths, and times of change as copying leaves them."""
    return shutil.copytree(made, tmp_path / "archive")


@pytest.fixture
def done(monkeypatch):
    """Names of the tasks that were carried out."""
    names = []
    inner = pool.run_day
    monkeypatch.setattr(pool, "run_day", lambda day, *rest: names.append(day.name) or inner(day, *rest))
    return names


def job_of(archive, site="site.toml"):
    return Job.of(archive / site, archive / "out")


def standings(archive, site="site.toml"):
    work = work_of(job_of(archive, site), Index())
    return {entry.day.name: entry.reason for entry in work.standings}


def test_nothing_is_done_twice(archive, done):
    before = condense_archive(job_of(archive))
    assert done == []
    assert before.names == [FIRST, SECOND]


def test_touched_files_are_compared_by_their_bytes_once(archive, done, monkeypatch):
    for path in (archive / "raw").iterdir():
        os.utime(path, (1e9, 1e9))
    condense_archive(job_of(archive))
    monkeypatch.setattr("fluxkit.archive.condensing.resume.file_sha256", read := _Counting())
    condense_archive(job_of(archive))
    assert done == []
    assert all(path.suffix == ".nc" for path in read.paths)


class _Counting:
    def __init__(self):
        from fluxkit.schema.provenance import file_sha256

        self.paths, self._inner = [], file_sha256

    def __call__(self, path):
        self.paths.append(path)
        return self._inner(path)


def test_a_raw_file_that_changes_costs_its_days(archive, done):
    last = sorted((archive / "raw").iterdir())[-1]
    last.write_bytes(last.read_bytes()[:-2000])
    condense_archive(job_of(archive))
    assert done == [SECOND]


def test_a_file_more_costs_its_day(archive, done, tmp_path):
    for name in sorted(path.name for path in (archive / "raw").iterdir())[-1:]:
        (archive / "raw" / name).rename(tmp_path / name)
        condense_archive(job_of(archive))
        (tmp_path / name).rename(archive / "raw" / name)
    condense_archive(job_of(archive))
    assert done == [SECOND, SECOND]


def test_a_calibration_costs_the_days_it_touches(archive, done):
    text = (archive / "site.toml").read_text()
    (archive / "site.toml").write_text(text + CALIBRATION.format(day=SECOND))
    assert standings(archive) == {FIRST: "", SECOND: "settings"}
    condense_archive(job_of(archive))
    (archive / "site.toml").write_text(text + CALIBRATION.format(day="2023-01-01"))
    condense_archive(job_of(archive))
    assert done == [SECOND, SECOND]


def test_a_decision_costs_nothing_and_a_condition_everything(archive):
    text = (archive / "site.toml").read_text()
    (archive / "decided.toml").write_text(text + '\n[decide]\ndetrending = "linear"\n')
    (archive / "conditioned.toml").write_text(text.replace("[condense]", "[condense]\nspectral_bins = 40"))
    assert standings(archive, "decided.toml") == {FIRST: "", SECOND: ""}
    assert standings(archive, "conditioned.toml") == {FIRST: "settings", SECOND: "settings"}


def test_another_version_does_it_all_again(archive, monkeypatch):
    monkeypatch.setattr("fluxkit.archive.condensing.resume.versions", lambda: {"fluxkit": "0.0.1"})
    assert standings(archive) == {FIRST: "version", SECOND: "version"}


@pytest.mark.parametrize("harm", ["truncated", "altered", "removed", "summary damaged", "summary removed"])
def test_moments_harmed_behind_our_back_are_made_again(archive, harm, done, caplog):
    moments, summary = part_path(archive / "out", FIRST), summary_path(archive / "out", FIRST)
    whole = moments.read_bytes()
    expected = xr.load_dataset(moments)
    if harm == "truncated":
        moments.write_bytes(whole[:-100])
    elif harm == "altered":
        moments.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    elif harm == "removed":
        moments.unlink()
    elif harm == "summary damaged":
        summary.write_text(summary.read_text()[:-30])
    else:
        summary.unlink()
    condense_archive(job_of(archive))
    assert done == [FIRST]
    xr.testing.assert_identical(xr.load_dataset(moments), expected)
    if harm != "summary removed":
        assert any(part in caplog.text for part in (str(moments), str(summary)))


def test_what_a_killed_run_left_is_swept(archive):
    left = [archive / "out" / ".x.nc.1-ab.part", part_path(archive / "out", FIRST).with_name(".y.1-cd.part")]
    for path in left:
        path.touch()
    assert set(unfinished(archive / "out")) == set(left)
    condense_archive(job_of(archive))
    assert unfinished(archive / "out") == []


def test_a_resumed_run_decides_as_an_undisturbed_one(archive, made):
    part_path(archive / "out", SECOND).unlink()
    resumed, _ = decide_archive(condense_archive(job_of(archive)))
    expected, _ = decide_archive(condense_archive(job_of(made)))
    xr.testing.assert_identical(resumed, expected)


def test_condensing_anew_can_be_asked_for(archive, done):
    condense_archive(job_of(archive), anew=True)
    assert done == [FIRST, SECOND]


def test_the_index_is_made_anew_when_it_is_damaged(archive, caplog):
    index = Index.of(archive / "out")
    path = archive / "out" / "moments" / "index.json"
    expected = work_of(job_of(archive), index).plan
    index.save()
    path.write_text("[1")
    assert work_of(job_of(archive), Index.of(archive / "out")).plan == expected
    assert "index.json is damaged" in caplog.text
    assert np.datetime64(expected.days[0].date, "D") == np.datetime64(FIRST)
