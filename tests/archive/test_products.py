"""One results folder never shows two decisions."""

import json
import logging
import os
import shutil

import pytest

from fluxkit.archive.folder.summaries import names_in
from fluxkit.archive.footprints import map_footprints
from fluxkit.archive.job import Job
from fluxkit.archive.record import RunRecord
from fluxkit.archive.run import read_run_fluxes, report_archive, results_of, run
from fluxkit.archive.status import status
from fluxkit.errors import MomentsError
from fluxkit.schema.provenance import file_sha256
from fluxkit.synthetic.tower import make_day


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    make_day(folder, hours=1.0, rate=5.0, start="2024-07-01T12:00", seed=3)
    run(folder / "site.toml", folder / "out")
    return folder


@pytest.fixture
def station(made, tmp_path):
    return shutil.copytree(made, tmp_path / "station", copy_function=shutil.copy2)


def decide(folder, **changes):
    """Decide with some words of the configuration changed, and return the results."""
    text = (folder / "site.toml").read_text()
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    (folder / "other.toml").write_text(text)
    return results_of(RunRecord.read(Job.of(folder / "other.toml", folder / "out")))


def bytes_of(folder):
    return {path.name: file_sha256(path) for path in folder.glob("[!.]*") if path.is_file()}


def stale(folder, job=None):
    return {p.path.rpartition("/")[2]: p.stale for p in status(folder / "out", job).products if p.stale}


@pytest.fixture
def rotated(station):
    """What of the configuration changes the rotation."""
    (station / "site.toml").write_text(
        (station / "site.toml").read_text() + '\n[decide]\nrotation = "double"\n'
    )
    return {"rotation": ('rotation = "double"', 'rotation = "none"')}


def test_deciding_again_refreshes_all_that_rests_on_it(station, rotated):
    before = bytes_of(station / "out")
    decide(station, **rotated)
    after = bytes_of(station / "out")
    assert after.keys() == before.keys()
    assert [name for name in after if after[name] == before[name]] in ([], ["quarantine.csv"])
    assert stale(station) == {}
    # the same as if it had been decided so at once
    fresh = run(station / "other.toml", station / "fresh").paths["csv"]
    assert (station / "out" / fresh.name).read_bytes() == fresh.read_bytes()


def test_what_only_another_command_makes_is_removed_with_a_word(station, rotated, caplog):
    job = Job.of(station / "site.toml", station / "out")
    results_of(RunRecord.read(job))
    map_footprints(job, resolution=20.0, extent=200.0)
    (station / "out" / "comparison").mkdir()
    (station / "out" / "comparison" / "comparison.csv").touch()
    assert stale(station) == {}
    results_of(RunRecord.read(job))  # the same decisions: nothing to remove
    footprint = station / "out" / "XX-Dem_footprint.nc"
    assert footprint.is_file()
    (station / "out" / "XX-Dem_footprint (mine).svg").touch()
    caplog.set_level(logging.WARNING)
    decide(station, **rotated)
    assert not footprint.exists()
    assert not footprint.with_suffix(".svg").exists()
    assert not (station / "out" / "comparison" / "comparison.csv").exists()
    assert (station / "out" / "XX-Dem_footprint (mine).svg").exists()
    assert (
        f"removed {footprint}: it was made of earlier decisions; `fluxkit footprint` makes it" in caplog.text
    )


def test_another_code_of_the_station_leaves_no_other_fluxes(station):
    decide(station, code=('"XX-Dem"', '"XX-New"'))
    names = {path.name for path in (station / "out").iterdir() if not path.name.startswith(".")}
    assert {name for name in names if name.startswith("XX-Dem")} == set()
    assert {"XX-New_fluxes.nc", "XX-New_spectra.nc"} <= names


def test_a_decision_that_was_killed_shows(station, rotated, monkeypatch):
    def killed(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("fluxkit.archive.run.write_csvs", killed)
        with pytest.raises(KeyboardInterrupt):
            decide(station, **rotated)
    assert "XX-Dem_HH_202407011200_202407011300.csv" in stale(station)
    decide(station, **rotated)
    assert stale(station) == {}


def test_fluxes_and_tables_that_were_changed_show(station):
    (table,) = (station / "out").glob("XX-Dem_HH_*.csv")
    table.write_text(table.read_text().replace("202407011230,", "202407011231,"))
    assert stale(station)[table.name].startswith("changed since it was written; `fluxkit decide`")
    fluxes = read_run_fluxes(station / "out" / "XX-Dem_fluxes.nc") * 2.0
    fluxes.to_netcdf(station / "out" / "XX-Dem_fluxes.nc")
    words = stale(station)
    assert words[table.name].startswith("made of other fluxes")
    assert words["report.html"].startswith("made of other fluxes")


def test_status_tells_settings_that_results_were_made_without(station, rotated):
    assert status(station / "out", Job.of(station / "site.toml", station / "out")).decided_otherwise == ()
    decide(station, **rotated)
    told = status(station / "out", Job.of(station / "site.toml", station / "out"))
    assert told.decided_otherwise == ("decide.rotation",)
    assert json.loads(json.dumps(told.to_json()))["decided_otherwise"] == ["decide.rotation"]


def test_odd_names_among_moments_are_told_and_left_alone(station, caplog):
    caplog.set_level(logging.WARNING)
    moments = station / "out" / "moments" / "2024"
    odd = [moments / "2024-07-01 (copy).nc", moments / "2024-06-31.nc", moments / "2024-07-01 (copy).json"]
    for path in odd:
        shutil.copy2(moments / "2024-07-01.nc", path)
    assert names_in(station / "out") == ["2024-07-01"]
    decide(station)
    assert "2024-06-31.nc and 2 more: no name of a day's moments; left alone and not used" in caplog.text
    run(station / "site.toml", station / "out")
    assert all(path.is_file() for path in odd)
    told = status(station / "out")
    assert set(told.odd) == set(map(str, odd))
    assert told.altered == ()


@pytest.mark.parametrize("harm", ["missing", "other columns", "no text"])
def test_a_report_without_the_list_of_problems_says_what_to_run(station, harm):
    path = station / "out" / "quarantine.csv"
    if harm == "missing":
        path.unlink()
    elif harm == "other columns":
        path.write_text("a,b\n1,2\n")
    else:
        path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MomentsError, match=r"quarantine\.csv: missing or damaged .*run `fluxkit decide`"):
        report_archive(Job.of(station / "site.toml", station / "out"))


@pytest.mark.skipif(os.name == "nt", reason="no time of change there")
def test_a_raw_file_of_the_same_size_and_time_but_other_bytes_is_condensed_again(station):
    path = sorted((station / "raw").iterdir())[0]
    facts, content = path.stat(), path.read_bytes()
    first = content.index(b"\n2024") if b"\n2024" in content else len(content) // 2
    path.write_bytes(content[:first] + content[first:].replace(b"1", b"2", 50))
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert path.stat().st_size == facts.st_size
    told = status(station / "out", Job.of(station / "site.toml", station / "out"))
    assert told.todo is not None
    assert told.todo.reasons == {"raw files": 1}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of powers of a negative height
def test_what_deciding_took_is_told_where_people_look(station, caplog):
    """A displacement above the sonic leaves no spectral correction, and no flux."""
    assert status(station / "out").losses[0].missing == {}
    caplog.set_level(logging.WARNING)
    higher = "canopy_height = 7.0\ndisplacement_height = 5.0"
    method = '[decide]\nhigh_frequency = "moncrieff-1997"\n\n[output]'
    results = decide(station, canopy=("canopy_height = 0.3", higher), method=("[output]", method))
    assert not results.fluxes["NEE"].notnull().any()
    words = "NEE, FC, LE, H, TAU: values in 0 of 2 periods: spectral correction missing (2); look at heights"
    assert words in caplog.records[-1].getMessage()
    listed = (station / "out" / "quarantine.csv").read_text()
    assert 'XX-Dem_fluxes.nc,,variable,"NEE: spectral correction missing in 2 of 2 periods' in listed
    assert len(results.problems) == listed.count("\n") - 1 == 5
    told = status(station / "out")
    assert [each.flux for each in told.losses] == ["NEE", "FC", "LE", "H", "TAU"]
    assert all(each.missing == {"spectral correction missing": 2} for each in told.losses)
    assert "spectral correction missing" in (station / "out" / "report.html").read_text()
