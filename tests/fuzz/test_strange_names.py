"""A whole run over files whose names trip programs up: quotes, line feeds, markup, bytes that are no text."""

import csv
import json
import logging
import os
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from fluxkit.archive.run import run
from fluxkit.cli.logs import PlainLines
from tests.small_station import STAMPS, make_site

#: What each has that a format might trip over.
STRANGE = (
    "quote\"and'apostrophe",
    "comma,semi;colon",
    "a line\nfeed and\ttab",
    "<script>alert(1)</script>&amp;",
    "Ünïcödé 北 \U0001f332",
    "=cmd|' /C calc'!A0",
    " leading and trailing ",
    "%s %n {x} {{y}} $(ls) `ls`",
    "-rf",
    os.fsdecode(b"undecodable \xff\xfe\xed\xa0\x80"),
    "long " + "n" * 180,
)


def half_hour(k: int) -> str:
    """Return records of a half hour, one a second, with stamps."""
    rng = np.random.default_rng(k)
    start = np.datetime64("2024-07-02T00:00", "s") + 1800 * k
    mean = np.array([[3.0], [0.5], [0.0], [20.0]])
    u, v, w, t = rng.normal(mean, [[1.0], [0.8], [0.3], [0.4]], (4, 1800))
    stamps = [str(start + np.timedelta64(n, "s")).replace("T", " ") for n in range(1800)]
    rows = zip(stamps, u, v, w, t, strict=True)
    return "time,u,v,w,t_sonic\n" + "".join(
        f"{s},{a:.3f},{b:.3f},{c:.3f},{d:.3f}\n" for s, a, b, c, d in rows
    )


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    """Three half hours in files of strange names, and a damaged file of each such name beside them."""
    folder = tmp_path_factory.mktemp("strange")
    raw = folder / "raw"
    raw.mkdir()
    written = 0
    for k, name in enumerate(STRANGE):
        try:
            (raw / f"{name.replace('/', '')} a.csv").write_bytes(b"no table\n")
            if k % 3 == 0 and written < 3:
                (raw / f"{name.replace('/', '')} b.csv").write_text(half_hour(written))
                written += 1
        except (OSError, ValueError):  # a system that cannot have such names
            continue
    assert written == 3
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        results = run(make_site(**STAMPS), folder / "out")
    assert {path.name for path in folder.iterdir()} == {"raw", "out"}  # no name led anywhere else
    return folder, results


def test_all_that_was_sound_is_used(strange):
    _, results = strange
    assert results.bugs == 0
    assert results.fluxes["H"].notnull().sum() == 3


def test_the_record_names_every_file(strange):
    folder, _ = strange
    there = {f"raw/{path.name}" for path in (folder / "raw").iterdir()}
    text = (folder / "out" / "run.json").read_bytes().decode("utf-8")  # valid text, whatever the names
    listed = {entry["path"] for entry in json.loads(text)["inputs"]}
    assert listed == there  # with the bytes that are no text, too


def test_the_table_of_what_was_left_out_is_a_table(strange):
    folder, _ = strange
    text = (folder / "out" / "quarantine.csv").read_bytes().decode("utf-8")
    rows = list(csv.DictReader(text.splitlines(keepends=True)))
    bad = [path for path in (folder / "raw").iterdir() if path.stat().st_size < 20]
    assert len([row for row in rows if row["lost"] == "file"]) == len(bad)
    assert all(None not in row and None not in row.values() for row in rows)


def test_the_netcdf_can_be_read_anywhere(strange):
    folder, _ = strange
    (path,) = (folder / "out").glob("*_fluxes.nc")
    with xr.open_dataset(path) as found:
        for value in found.attrs.values():
            str(value).encode("utf-8")


def test_the_page_shows_names_and_runs_none(strange):
    folder, _ = strange
    page = (folder / "out" / "report.html").read_bytes().decode("utf-8")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_command_survives_them_too(strange):
    folder, _ = strange
    bad = next(path for path in (folder / "raw").iterdir() if b"undecodable" in os.fsencode(path))
    command = [sys.executable, "-m", "fluxkit", "inspect", str(bad)]
    for encoding in ("utf-8", "ascii"):
        done = subprocess.run(
            command, capture_output=True, check=False, env=os.environ | {"PYTHONIOENCODING": encoding}
        )
        assert b"Traceback" not in done.stderr
        assert done.returncode in (2, 3)


def test_a_name_makes_no_lines_in_the_log():
    record = logging.LogRecord(
        "fluxkit", logging.WARNING, "x.py", 1, "%s is left out", ("a\nb\x1b[2J",), None
    )
    assert PlainLines("%(levelname)s %(message)s").format(record) == r"WARNING a\nb\x1b[2J is left out"
