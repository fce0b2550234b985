import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from fluxkit.cli.main import main
from tests.waiting import wait_until


@pytest.fixture
def no_report(monkeypatch):
    """Figures take most of the time of a short run."""
    monkeypatch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.touch())


def test_one_look(call, station, tmp_path, no_report):
    code, out, err = call("watch", station, "-o", tmp_path, "--once", "--settle", "0")
    assert (code, out) == (0, "")
    (line,) = err.splitlines()
    assert "INFO    1 day condensed (1 periods), results written, " in line
    assert "newest data until 2024-07-01T11:30Z, " in line
    code, _, err = call("watch", station, "-o", tmp_path, "--once", "--settle", "0")
    assert "nothing new; newest data" in err


def test_a_look_as_json_and_without_files(call, station, tmp_path):
    shutil.copy(station, tmp_path)
    code, _, err = call("watch", tmp_path / "site.toml", "-o", tmp_path / "out", "--once", "--json-log")
    assert code == 3
    first, last = err.splitlines()
    told = json.loads(first)
    assert told["watch"]["waiting"] is True
    assert told["message"].startswith("waiting for files: no file matches raw.files")
    assert last.startswith("fluxkit: no file matches")


def test_a_warning_is_told_once_however_many_rounds(capsys, station, tmp_path, no_report):
    shutil.copytree(station.parent, tmp_path / "station")
    bad = tmp_path / "station" / "raw" / "XX-Dem_bad.dat"
    bad.write_bytes(b"junk")
    arguments = ["watch", str(tmp_path / "station" / "site.toml"), "-o", str(tmp_path / "out")]
    rounds = []

    def touch_and_end(*_):
        rounds.append(1)
        bad.write_bytes(b"junk" * len(rounds))  # something is new each round
        if len(rounds) == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return 1.0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fluxkit.archive.watch.rounds.Round.age", property(touch_and_end))
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--settle", "0", "--every", "0"])
    assert ended.value.code in (None, 0)
    err = capsys.readouterr().err
    assert err.count("XX-Dem_bad.dat is left out") == 1
    assert "stopped: condensed days are kept" in err


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of processes are those of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(station, tmp_path, number):
    program = "from fluxkit.cli.main import main; main()"
    arguments = [sys.executable, "-c", program, "watch", str(station), "-o", str(tmp_path), "--settle", "0"]
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
    wait_until((tmp_path / "report.html").exists)
    process.send_signal(number)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0
    assert "stopped: condensed days are kept" in err
    assert "Traceback" not in err
