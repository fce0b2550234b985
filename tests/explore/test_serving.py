"""From a folder to a page, and to the end."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fluxkit.cli.main import main
from fluxkit.errors import ConfigError
from fluxkit.explore.server import TOKEN, Server
from fluxkit.explore.station import job_of


def test_the_configuration_is_found_where_it_probably_is(copied, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path.parent)
    out = copied.parent / "out"
    assert job_of(out, None)[1] == copied
    inside = Path(shutil.move(copied, out / "site.toml"))
    assert job_of(out, None)[1] == inside
    elsewhere = Path(shutil.move(inside, tmp_path / "mine.toml"))
    job, path, said = job_of(out, None)
    assert path is None
    assert "run.json" in said
    assert job.site.station.id == "XX-Dem"
    assert job_of(out, elsewhere)[1] == elsewhere


def test_another_station_s_configuration_is_not_taken(copied):
    text = copied.read_text(encoding="utf-8")
    copied.write_text(text.replace('id = "XX-Dem"', 'id = "XX-Oth"'), encoding="utf-8")
    assert job_of(copied.parent / "out", None)[1] is None


def test_a_folder_without_a_run_needs_the_configuration(tmp_path, capsys):
    with pytest.raises(ConfigError, match="--config"):
        job_of(tmp_path, None)
    with pytest.raises(SystemExit) as end:
        main(["explore", str(tmp_path), "--no-browser"])
    assert end.value.code == 2
    assert "--config" in capsys.readouterr().err


def test_a_port_that_is_taken_ends_the_command(archive, capsys):
    taken = Server(lambda: "", {})
    with pytest.raises(SystemExit) as end:
        main(["explore", str(archive.parent / "out"), "--no-browser", "--port", str(taken.port)])
    taken.server_close()
    assert end.value.code == 2
    assert "give another one" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_and_a_signal_ends_it_in_order(copied, heard, number):
    command = [sys.executable, "-m", "fluxkit", "explore", str(copied.parent / "out"), "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = iter(process.stdout.readline, "")
    address = next(found[0] for line in lines if (found := re.search(r"http://127\S+", line)))
    page = urllib.request.urlopen(address, timeout=120).read().decode()
    assert "decide otherwise" in page
    base, _, token = address.partition("?token=")
    question = urllib.request.Request(
        f"{base}month",
        json.dumps({"month": "2024-06", "chosen": {"rotation": "triple"}}).encode(),
        {"Content-Type": "application/json", TOKEN: token},
    )
    assert "sums" in json.loads(urllib.request.urlopen(question, timeout=120).read())
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(base, timeout=120)
    process.send_signal(number)
    rest, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert rest.endswith("ended\n")
    assert "Traceback" not in errors
    assert token not in errors


def test_thresholds_of_the_nights_are_found(explorer, monkeypatch):
    """NEE of the night is planted to saturate at 0.25 m s-1."""
    rng = np.random.default_rng(5)
    n = 365 * 48
    time = np.datetime64("2021-01-01", "ns") + np.arange(n) * np.timedelta64(30, "m")
    hour = (np.arange(n) % 48) / 2.0
    light = np.maximum(0.0, 700 * np.sin((hour - 6) / 12 * np.pi))
    warm = 12 + 8 * np.sin(np.arange(n) / n * 2 * np.pi) + 4 * np.sin((hour - 9) / 24 * 2 * np.pi)
    ustar = rng.gamma(3.0, 0.12, n)
    nee = np.minimum(1.0, ustar / 0.25) * 3.0 * np.exp(0.05 * warm) - 0.02 * light + rng.normal(0, 0.3, n)
    values = {"NEE": nee, "USTAR": ustar, "SW_IN": light, "TA": warm}
    ds = xr.Dataset({k: ("time", v) for k, v in values.items()}, {"time": time}, {"utc_offset_h": 0.0})
    monkeypatch.setattr("fluxkit.ecosystem.reading.reading.read", lambda path: ds)
    ((year, value),) = explorer.ustar({})["thresholds"]
    assert year == 2021
    assert 0.17 < value < 0.33
