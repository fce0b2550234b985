"""Several runs in one results folder, each with a share of the days."""

import logging

import numpy as np
import pytest

from fluxkit.archive.folder.lock import at_work, locked
from fluxkit.archive.folder.summaries import names_in, part_path
from fluxkit.archive.job import Job
from fluxkit.archive.record import RunRecord
from fluxkit.archive.run import condense_archive
from fluxkit.archive.shards import Shard
from fluxkit.errors import ConfigError, LockedError
from tests.archive.results import decide, require_same


@pytest.fixture
def job(three_days, tmp_path):
    return Job.of(three_days / "site.toml", tmp_path / "out")


def condense(job, text):
    shard = Shard.of(text)
    with locked(job.out, shard):
        return condense_archive(job, shard=shard)


def test_each_day_belongs_to_one_shard():
    dates = np.arange("2023-12-25", "2024-01-20", dtype="datetime64[D]")
    shards = [Shard(k + 1, 5) for k in range(5)]
    owners = [[shard.has(date) for shard in shards] for date in dates]
    assert all(sum(owned) == 1 for owned in owners)
    assert {sum(column) for column in zip(*owners, strict=True)} == {5, 6}


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "-1/3", "1/0"])
def test_what_is_no_share_is_told(text):
    with pytest.raises(ConfigError, match=r"--shard: .* is no share: give number/of how many"):
        Shard.of(text)


def test_shards_make_together_what_one_run_makes(job, three_days, undisturbed, caplog):
    records = [condense(job, f"{k}/4") for k in (3, 1)]
    with caplog.at_level(logging.WARNING, "fluxkit"):
        RunRecord.read(job)
    assert "of the days of the last plan have no moments (" in caplog.text
    records += [condense(job, f"{k}/4") for k in (2, 4)]
    assert sorted(name for record in records for name in record.names) == names_in(undisturbed)
    assert (
        min(len(record.names) for record in records) == 0
    )  # more shards than days: nothing to do is no error
    decide(three_days / "site.toml", job.out)
    require_same(job.out, undisturbed)


def test_a_shard_does_what_is_missing_of_its_own_and_leaves_others_alone(job, tmp_path):
    mine, others = ("2024-07-01", "2024-07-02") if Shard(1, 2).has(np.datetime64("2024-07-01")) else (
        "2024-07-02", "2024-07-01")  # fmt: skip
    part_path(job.out, mine).parent.mkdir(parents=True)
    left = [part_path(job.out, day).with_name(f".{day}.nc.1-ab.part") for day in (mine, others)]
    for path in left:
        path.touch()
    record = condense(job, "1/2")
    assert mine in record.names
    assert others not in record.names
    assert [path.exists() for path in left] == [False, True]


def test_shards_work_side_by_side_but_not_beside_a_run(tmp_path):
    first, second, odd = Shard(1, 2), Shard(2, 2), Shard(1, 3)
    with locked(tmp_path, first):
        assert at_work(tmp_path)
        with (
            locked(tmp_path, second),
            pytest.raises(LockedError, match=r"it holds \.fluxkit\.lock-shard-"),
            locked(tmp_path),
        ):
            pass
        for other in (first, odd):
            with (
                pytest.raises(LockedError, match=r"it holds \.fluxkit\.lock-shard-1-of-2"),
                locked(tmp_path, other),
            ):
                pass
    with locked(tmp_path):
        assert list(tmp_path.glob(".fluxkit.lock-shard-*")) == []


def test_a_shard_is_refused_while_a_run_works(tmp_path, monkeypatch):
    monkeypatch.setattr("fluxkit.archive.folder.lock.SHARDS_WAIT", 0.1)
    with (
        locked(tmp_path),
        pytest.raises(LockedError, match="another run works"),
        locked(tmp_path, Shard(1, 2)),
    ):
        pass
