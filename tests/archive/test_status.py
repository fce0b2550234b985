"""What is told of a results folder, on six files of ten minutes around midnight UTC."""

import json
import os
import shutil

import pytest

from fluxkit.archive.folder.lock import at_work, locked
from fluxkit.archive.folder.summaries import part_path, summary_path
from fluxkit.archive.job import Job
from fluxkit.archive.run import run
from fluxkit.archive.status import status
from fluxkit.errors import NoInputError
from fluxkit.synthetic.tower import make_day

FIRST, SECOND = "2024-07-01", "2024-07-02"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two days; one file is cut short, two are no data."""
    folder = tmp_path_factory.mktemp("made")
    make_day(folder, hours=1, period=10, start="2024-07-02T00:40", seed=3, blemishes={4: "truncated"})
    for name in ("1000", "1010"):
        (folder / "raw" / f"XX-Dem_2024_07_02_{name}.dat").write_bytes(b"\0" * 500)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.touch())
        run(folder / "site.toml", folder / "out")
    return folder


@pytest.fixture
def out(made, tmp_path):
    return shutil.copytree(made / "out", tmp_path / "out", copy_function=shutil.copy2)


def test_what_is_done(out):
    told = status(out)
    assert (told.start, told.end, told.days, told.missing) == (FIRST, SECOND, 2, ())
    assert (told.periods, told.filled) == (6, 6)
    assert told.files == {"used": 5, "partly": 1, "quarantined": 2}
    assert (told.bugs, told.altered, told.unfinished, told.running) == ((), (), (), False)
    assert told.todo is None
    assert told.moments_bytes > 200_000
    names = {product.path.rpartition("/")[2] for product in told.products}
    assert names >= {"XX-Dem_fluxes.nc", "run.json", "quarantine.csv", "report.html"}
    assert not any(product.old for product in told.products)
    assert json.loads(json.dumps(told.to_json()))["days"] == 2


def test_reasons_that_differ_in_numbers_only_are_one(out):
    told = status(out)
    assert told.reasons[0].count == 2
    assert told.reasons[0].reason.startswith("is no TOA5: begins with ")
    assert any("cut" in entry.reason or "incomplete" in entry.reason for entry in told.reasons)
    assert told.listed == str(out / "quarantine.csv")


@pytest.mark.parametrize("harm", ["altered", "no moments", "summary damaged"])
def test_moments_that_are_not_as_they_were_written(out, harm):
    moments = part_path(out, FIRST)
    if harm == "altered":
        moments.write_bytes(moments.read_bytes()[:-10])
    elif harm == "no moments":
        moments.unlink()
    else:
        summary_path(out, FIRST).write_text("{")
    (fault,) = status(out).altered
    assert FIRST in fault


def test_days_between_are_missing_and_old_results_are_told(out):
    later = "2024-07-06"
    for path in (part_path(out, SECOND), summary_path(out, SECOND)):
        path.rename(path.with_stem(later))
    os.utime(part_path(out, later), (4e9, 4e9))
    told = status(out)
    assert (told.missing, told.missing_days) == ((("2024-07-02", "2024-07-05"),), 4)
    assert all(product.old for product in told.products)


def test_a_run_at_work_and_what_a_killed_one_left(out):
    part = out / "moments" / "2024" / f".{FIRST}.nc.12-ab.part"
    part.touch()
    with locked(out):
        told = status(out)
        assert told.running is True
    assert told.unfinished == (str(part),)
    assert at_work(out) is False
    (out / ".fluxkit.lock").unlink()
    assert at_work(out) is False
    assert not (out / ".fluxkit.lock").exists()


def test_days_that_were_lost(out):
    data = json.loads((out / "run.json").read_text())
    lost = [{"date": name, "traceback": "..."} for name in (SECOND, "2024-07-03")]
    (out / "run.json").write_text(json.dumps(data | {"bugs": lost}))
    assert status(out).bugs == ("2024-07-03",)  # the other was made since


def test_with_the_configuration_what_is_to_do(made, out):
    job = Job.of(made / "site.toml", out)
    assert status(out, job).todo.todo == 0
    summary_path(out, SECOND).unlink()
    told = status(out, job).todo
    assert (told.done, told.reasons, told.cost) == (1, {"new": 1}, None)


def test_an_empty_folder_has_nothing_to_tell_but_what_is_to_do(made, tmp_path):
    with pytest.raises(NoInputError, match="no moments and no results here"):
        status(tmp_path / "none")
    told = status(tmp_path / "none", Job.of(made / "site.toml", tmp_path / "none"))
    assert (told.days, told.todo.todo) == (0, 2)
    assert not (tmp_path / "none").exists()
