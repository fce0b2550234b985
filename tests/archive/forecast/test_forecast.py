"""What is told before anything is done, on six files of ten minutes around midnight UTC."""

import json
from dataclasses import replace

import pytest

from fluxkit.archive.folder.summaries import part_path
from fluxkit.archive.forecast.forecast import forecast
from fluxkit.archive.job import Job
from fluxkit.archive.run import condense_archive
from fluxkit.archive.shards import Shard
from fluxkit.errors import NoInputError, ReadError
from fluxkit.synthetic.tower import make_day


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """The third file is missing, the last is no data."""
    folder = tmp_path_factory.mktemp("planned")
    make_day(folder, hours=1, period=10, start="2024-07-02T00:40", seed=3, blemishes={2: "missing"})
    (folder / "raw" / "XX-Dem_2024_07_02_0130.dat").write_bytes(b"\0" * 500)
    return Job.of(folder / "site.toml", folder / "out")


@pytest.fixture(scope="module")
def told(job):
    return forecast(job, workers=1)


def test_files_days_gaps_and_what_is_left_out(told):
    assert (told.files, told.days, told.done, told.todo) == (5, 2, 0, 2)
    assert told.reasons == {"new": 2}
    assert (told.start, told.end, told.periods) == ("2024-07-01T23:40Z", "2024-07-02T00:30Z", 5)
    assert [(gap.start, gap.end) for gap in told.gaps] == [("2024-07-02T00:00Z", "2024-07-02T00:10Z")]
    assert (told.gap_count, told.gap_seconds) == (1, 600.0)
    assert [problem.path for problem in told.left_out] == ["raw/XX-Dem_2024_07_02_0130.dat"]


def test_nothing_is_written(told, job):
    assert not job.out.exists()


def test_time_and_bytes_are_measured(told):
    assert told.cost.file.startswith("raw/XX-Dem_2024_07_0")
    assert told.seconds == pytest.approx(told.cost.seconds(5, 2))
    assert 0.001 < told.cost.seconds_per_period < 60
    assert told.fits
    assert not replace(told, free=told.moments_bytes).fits


def test_moments_are_as_large_as_was_told_and_then_nothing_is_to_do(told, job):
    names = condense_archive(job).names
    size = sum(part_path(job.out, name).stat().st_size for name in names)
    assert told.moments_bytes == pytest.approx(size, rel=0.25)
    after = forecast(job)
    assert (after.done, after.todo, after.periods, after.reasons) == (2, 0, 0, {})
    assert (after.cost, after.seconds, after.moments_bytes) == (None, None, None)
    assert forecast(job, anew=True, measure=False).reasons == {"asked for": 2}


def test_days_are_shared_among_processes(job):
    told = forecast(job, workers=8, anew=True)
    assert told.workers == 2
    assert told.seconds == pytest.approx(told.cost.seconds(told.periods, 2) / 2)


def test_a_shard_has_its_own_days(job):
    told = [forecast(job, shard=Shard.of(f"{k}/3"), anew=True, measure=False) for k in (1, 2)]
    assert [part.todo for part in told] == [1, 1]
    assert sum(part.periods for part in told) == 5
    with pytest.raises(NoInputError, match="shard 3/3 has none of the 2 days"):
        forecast(job, shard=Shard.of("3/3"))


def test_it_can_be_written_as_json(told):
    data = json.loads(json.dumps(told.to_json()))
    assert data["gaps"] == [{"start": "2024-07-02T00:00Z", "end": "2024-07-02T00:10Z", "seconds": 600.0}]
    assert data["cost"]["periods"] == told.cost.periods


def test_without_files_there_is_nothing_to_tell(job, tmp_path):
    with pytest.raises(NoInputError, match="no file matches"):
        forecast(replace(job, base=tmp_path))


def test_files_that_cannot_be_used_tell_no_time(job, monkeypatch):
    def damaged(path, _layout):
        raise ReadError(str(path), "damaged")

    monkeypatch.setattr("fluxkit.archive.condensing.file_reader.read", damaged)
    told = forecast(job, anew=True)
    assert (told.cost, told.seconds, told.todo) == (None, None, 2)
