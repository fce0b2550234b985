"""A folder that grows, is emptied, and comes and goes; six files of ten minutes around midnight UTC."""

import os
import shutil
import threading
import time
from pathlib import Path

import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.archive.condensing import day as tasks
from fluxkit.archive.condensing.pool import condense_days
from fluxkit.archive.condensing.work import work_of
from fluxkit.archive.folder.summaries import part_path
from fluxkit.archive.job import Job
from fluxkit.archive.planning.index import Index
from fluxkit.archive.run import run
from fluxkit.archive.watch.rounds import rounds, watch
from fluxkit.errors import ConfigError, FluxkitError, LockedError
from fluxkit.synthetic.tower import make_day

FIRST, SECOND = "2024-07-01", "2024-07-02"


@pytest.fixture(scope="module", autouse=True)
def no_report():
    """Figures take most of the time of a short run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.write_text("page"))
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """All files, and what a run makes of them."""
    folder = tmp_path_factory.mktemp("whole")
    make_day(folder, hours=1, period=10, start="2024-07-02T00:40", seed=3)
    run(folder / "site.toml", folder / "out")
    return folder


@pytest.fixture
def station(whole, tmp_path):
    """A station whose folder of raw files is empty."""
    shutil.copy(whole / "site.toml", tmp_path)
    (tmp_path / "raw").mkdir()
    return tmp_path


@pytest.fixture
def source(whole):
    return sorted((whole / "raw").iterdir())


def deliver(files, station):
    for path in files:
        shutil.copy(path, station / "raw")


def look(station, **options):
    """One look of a watch that begins anew."""
    (done,) = rounds(station / "site.toml", station / "out", once=True, **{"settle": 0.0} | options)
    return done


def watching(station, **options):
    """A watch that goes on."""
    return rounds(station / "site.toml", station / "out", **{"settle": 0.0, "every": 0.0} | options)


def written(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def assert_as_a_whole_run(station, whole):
    (table,) = (station / "out").glob("XX-Dem_*.csv")
    (expected,) = (whole / "out").glob("XX-Dem_*.csv")
    assert table.name == expected.name
    assert table.read_bytes() == expected.read_bytes()
    name = "XX-Dem_fluxes.nc"
    with xr.open_dataset(station / "out" / name) as ours, xr.open_dataset(whole / "out" / name) as theirs:
        xr.testing.assert_equal(ours, theirs)


def test_files_as_they_come_end_in_what_a_whole_run_gives(station, whole, source):
    watched = watching(station)
    assert next(watched).waiting
    gathered = []
    for some in (source[:1], source[1:3], [], source[3:]):
        deliver(some, station)
        gathered.append(next(watched))
    watched.close()
    assert [(done.days, done.results is not None) for done in gathered] == [
        (1, True),
        (2, True),
        (0, False),
        (1, True),
    ]
    assert_as_a_whole_run(station, whole)


def test_where_nothing_is_new_nothing_is_written(station, source):
    deliver(source[:2], station)
    assert look(station).results is not None
    before = written(station / "out")
    again = look(station)
    assert (again.days, again.results, again.failure) == (0, None, None)
    assert "nothing new" in again.sentence
    assert written(station / "out") == before


def test_a_decision_that_changes_costs_no_condensing(station, source):
    deliver(source[:2], station)
    watched = watching(station)
    next(watched)
    text = (station / "site.toml").read_text()
    (station / "site.toml").write_text(text + '\n[decide]\ndetrending = "linear"\n')
    done = next(watched)
    assert done.days == 0
    assert done.results.fluxes.sizes["time"] == 2
    (station / "site.toml").write_text("[decide\n")
    assert "site.toml" in str(next(watched).failure)
    watched.close()


class Clock:
    """The time of the machine, and what a test lets pass at once."""

    passed = 0.0

    def time(self):
        return time.time() + self.passed

    def monotonic(self):
        return time.monotonic() + self.passed


def test_a_file_that_grows_is_left_until_it_rests(station, whole, source, monkeypatch):
    clock = Clock()
    monkeypatch.setattr("fluxkit.archive.watch.at_rest.time", clock)
    deliver(source[:5], station)
    for path in (station / "raw").iterdir():
        os.utime(path, (1e9, 1e9))
    growing, content = station / "raw" / source[5].name, source[5].read_bytes()
    watched = watching(station, settle=500.0)
    next(watched)
    for size in (20_000, 50_000, len(content)):
        growing.write_bytes(content[:size])
        done = next(watched)
        assert (done.days, done.growing, done.results) == (0, 1, None)
    clock.passed = 500.0
    assert next(watched).days == 1
    watched.close()
    assert_as_a_whole_run(station, whole)


def test_a_file_that_is_used_while_it_grows_ends_right(station, whole, source):
    deliver(source[:5], station)
    growing, content = station / "raw" / source[5].name, source[5].read_bytes()
    watched = watching(station)
    for size in (150_000, len(content)):
        growing.write_bytes(content[:size])
        assert next(watched).results is not None
    watched.close()
    assert_as_a_whole_run(station, whole)


def test_a_file_that_was_used_and_grows_again_keeps_its_day_meanwhile(station, source):
    content = source[5].read_bytes()
    deliver(source[:5], station)
    grown = station / "raw" / source[5].name
    grown.write_bytes(content[:150_000])
    look(station)
    grown.write_bytes(content)
    before = written(station / "out")
    done = look(station, settle=3600.0)
    assert (done.days, done.results, done.growing) == (0, None, 6)
    assert {path: t for path, t in written(station / "out").items() if "index" not in path.name} == {
        path: t for path, t in before.items() if "index" not in path.name
    }


def test_files_that_are_removed_take_no_fluxes_away(station, source, caplog):
    deliver(source, station)
    watched = watching(station)
    next(watched)
    for name in (source[0].name, source[2].name):  # one of each day
        (station / "raw" / name).unlink()
    assert next(watched).results is None
    assert f"{SECOND}: 1 raw files are gone" in caplog.text
    (station / "raw" / source[1].name).unlink()  # the first day has none
    assert next(watched).results is None
    text = (station / "site.toml").read_text()
    (station / "site.toml").write_text(text + '\n[decide]\ndetrending = "linear"\n')
    fluxes = next(watched).results.fluxes
    assert fluxes.sizes["time"] == 6
    assert fluxes["FC"].notnull().all()
    watched.close()


def test_a_file_that_is_replaced_or_renamed_is_condensed_again(station, whole, source):
    deliver(source[:5], station)
    last = station / "raw" / source[5].name
    last.write_bytes(source[4].read_bytes()[:100_000])
    watched = watching(station)
    next(watched)
    last.write_bytes(source[5].read_bytes())
    assert next(watched).days == 1
    (station / "raw" / source[3].name).rename(station / "raw" / "XX-Dem_rotated.dat")
    assert next(watched).results.fluxes.sizes["time"] == 6
    watched.close()
    name = "XX-Dem_fluxes.nc"
    with xr.open_dataset(station / "out" / name) as ours, xr.open_dataset(whole / "out" / name) as theirs:
        xr.testing.assert_equal(ours["FC"], theirs["FC"])


def test_a_folder_that_vanishes_and_returns(station, source):
    deliver(source[:2], station)
    watched = watching(station)
    next(watched)
    before = written(station / "out")
    (station / "raw").rename(station / "away")
    assert next(watched).waiting
    (station / "away").rename(station / "raw")
    assert next(watched).sentence.startswith("nothing new")
    assert written(station / "out") == before
    watched.close()


def test_a_bad_file_is_listed_and_stops_nothing(station, source):
    deliver(source[:2], station)
    (station / "raw" / "XX-Dem_2024_07_02_0200.dat").write_bytes(b"\0" * 1000)
    done = look(station)
    assert done.results.fluxes.sizes["time"] == 2
    assert "XX-Dem_2024_07_02_0200.dat" in (station / "out" / "quarantine.csv").read_text()


def test_a_round_that_fails_is_tried_again(station, source, monkeypatch):
    deliver(source[:1], station)
    watched = watching(station)
    with monkeypatch.context() as patch:
        patch.setattr("fluxkit.archive.watch.rounds.results_of", lambda _: {}["fault"])
        failed = next(watched)
        assert failed.sentence.startswith("failed, and is tried again: bug: KeyError")
        patch.setattr("fluxkit.archive.watch.rounds.results_of", _full)
        assert "No space left" in str(next(watched).failure)
    done = next(watched)
    assert (done.days, done.failure) == (0, None)
    assert done.results.fluxes.sizes["time"] == 1
    watched.close()


def _full(_record):
    raise OSError(28, "No space left on device", "fluxes.nc")


def test_a_day_that_failed_waits_for_other_files(station, source, monkeypatch):
    inner, tried = tasks.condense_day, []

    def faulty(day, *rest):
        tried.append(day.name)
        return {}["fault"] if day.name == SECOND and len(day.sources) < 3 else inner(day, *rest)

    monkeypatch.setattr(tasks, "condense_day", faulty)
    deliver(source[:4], station)
    watched = watching(station)
    assert next(watched).results.bugs == 1
    (station / "raw" / "XX-Dem_bad.dat").write_text("x")  # something else is new
    next(watched)
    assert tried == [FIRST, SECOND]
    deliver(source[4:], station)
    assert next(watched).results.bugs == 0
    assert tried == [FIRST, SECOND, SECOND]
    watched.close()


def test_it_ends_after_the_day_at_work(station, source):
    deliver(source, station)
    stop = threading.Event()
    (done,) = watching(station, stop=stop, progress=lambda done, _: done and stop.set())
    assert (done.days, done.results, done.wait) == (1, None, None)
    assert look(station).days == 1


@pytest.mark.slow
def test_processes_end_after_the_days_at_work(station, source):
    deliver(source, station)
    stop = threading.Event()
    stop.set()
    job = Job.of(station / "site.toml", station / "out")
    days = work_of(job, Index()).todo
    assert condense_days(days, job, workers=2, stop=stop.is_set) == []
    stop.clear()
    done = condense_days(days, job, workers=2, stop=stop.is_set, progress=lambda n, _: n and stop.set())
    assert 1 <= len(done) <= 2
    assert all(part_path(job.out, summary.name).exists() for summary in done)


def test_the_folder_is_held_as_long_as_it_is_watched(station):
    watched = watching(station)
    next(watched)
    with pytest.raises(LockedError, match="another run works in this folder"):
        look(station)
    watched.close()
    assert look(station).waiting


def test_a_wrong_configuration_ends_it_at_once(station):
    (station / "site.toml").write_text("[station]\n")
    with pytest.raises(ConfigError):
        next(watch(station / "site.toml", station / "out"))


def test_in_python_it_gives_the_results_of_each_round(station, whole, source):
    """Files come from another thread, each in two pieces, while the folder is watched."""

    def logger():
        for path in source:
            content, target = path.read_bytes(), station / "raw" / path.name
            for part in (content[:77_777], content[77_777:]):
                with target.open("ab") as stream:
                    stream.write(part)
                time.sleep(0.05)

    thread = threading.Thread(target=logger)
    thread.start()
    sizes = []
    for results in fk.watch(station / "site.toml", station / "out", every=0.1, settle=0.3):
        sizes.append(results.fluxes.sizes["time"])
        if sizes[-1] == 6 and not thread.is_alive() and results.fluxes["FC"].notnull().all():
            break
    thread.join()
    assert sizes == sorted(sizes)
    assert_as_a_whole_run(station, whole)


def test_what_a_round_says(station, source):
    deliver(source[:1], station)
    (done,) = rounds(station / "site.toml", station / "out", once=True, settle=0.0)
    assert done.sentence.startswith("1 day condensed (1 periods), results written, ")
    assert "newest data until 2024-07-01T23:50Z, " in done.sentence
    assert done.facts()["newest"] == "2024-07-01T23:50:00Z"
    assert isinstance(done.failure, FluxkitError | None)
    assert Path(done.results.paths["fluxes"]).is_file()
