import json
import shutil

import pytest

from fluxkit.archive.folder.summaries import part_path


@pytest.fixture(scope="module")
def condensed(station, tmp_path_factory):
    from fluxkit.archive.job import Job
    from fluxkit.archive.run import condense_archive

    out = tmp_path_factory.mktemp("condensed")
    condense_archive(Job.of(station, out))
    return out


def test_a_dry_run_tells_and_writes_nothing(call, station, tmp_path):
    out_folder = tmp_path / "out"
    code, out, err = call("run", station, "-o", out_folder, "--dry-run")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("1 file, ")
    assert lines[0].endswith("2024-07-01T11:00Z to 2024-07-01T11:30Z")
    assert lines[1] == "1 day: 0 done, 1 to do (new: 1); 1 averaging period to condense"
    assert lines[2].startswith("condensing takes about ")
    assert " with 1 process: measured on 1 period from raw/XX-Dem_2024_07_01_1200.dat on, warm" in lines[2]
    assert lines[3].startswith("moments of about ")
    assert lines[-1] == "nothing was written"
    assert not out_folder.exists()


def test_a_dry_run_as_json(call, station, tmp_path):
    code, out, _ = call("condense", station, "-o", tmp_path / "out", "--dry-run", "--json")
    assert code == 0
    assert json.loads(out)["reasons"] == {"new": 1}
    code, _, err = call("condense", station, "-o", tmp_path / "out", "--json")
    assert code == 2
    assert "--dry-run" in err


def test_gaps_files_left_out_and_a_full_disk_are_told(call, station, tmp_path, monkeypatch):
    from fluxkit.archive.forecast import forecast

    inner = forecast.forecast

    def told(job, workers, shard):
        from dataclasses import replace

        gaps = (forecast.Gap("2024-07-01T05:00Z", "2024-07-01T08:00Z", 10_800.0),)
        problem = forecast.Problem("raw/x.dat", None, "file", "is empty")
        made = inner(job, workers, shard=shard)
        return replace(made, gap_count=12, gap_seconds=86_400.0, gaps=gaps, left_out=(problem,) * 12, free=10)

    monkeypatch.setattr(forecast, "forecast", told)
    _, out, _ = call("run", station, "-o", tmp_path / "out", "--dry-run")
    assert "12 stretches without files, 24 h in all, the longest:" in out
    assert "  2024-07-01T05:00Z to 2024-07-01T08:00Z, 3 h" in out
    assert "12 files would be left out:\n! raw/x.dat: is empty" in out
    assert "! and 2 more" in out
    assert "! that does not fit" in out


def test_status_of_a_folder(call, station, condensed, tmp_path):
    folder = shutil.copytree(condensed, tmp_path / "out")
    code, out, _ = call("status", folder, "--config", station)
    assert code == 0
    assert f"{folder}: no run works in it" in out
    assert "1 day with moments, 2024-07-01 to 2024-07-01: 1 of 1 averaging periods have data" in out
    assert "files: 1 used, 0 partly, 0 quarantined" in out
    assert "1 day: 1 done, 0 to do" in out
    moments = part_path(folder, "2024-07-01")
    moments.write_bytes(moments.read_bytes()[:-1])
    code, out, err = call("status", folder, "--config", station)
    assert f"! {moments}: altered since it was written" in out
    assert "1 day: 0 done, 1 to do (altered: 1)" in out
    assert err == ""


def test_status_as_json_and_of_nothing(call, station, condensed, tmp_path):
    code, out, _ = call("status", condensed, "--json")
    assert code == 0
    assert json.loads(out)["filled"] == 1
    code, _, err = call("status", tmp_path / "none")
    assert code == 3
    assert "no moments and no results here" in err
    code, out, err = call("status", tmp_path / "none", "--config", station)
    assert code == 3
    assert "1 day: 0 done, 1 to do (new: 1)" in out
