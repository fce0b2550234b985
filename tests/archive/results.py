"""Whether two results folders hold the same."""

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import xarray as xr

from fluxkit.archive.condensing.work import unfinished
from fluxkit.archive.folder.summaries import names_in, read_summary, require_vouched
from fluxkit.archive.job import Job
from fluxkit.archive.record import RunRecord
from fluxkit.archive.run import results_of


def start_run(config: Path, out: Path, *options: str, command: str = "run") -> "subprocess.Popen[str]":
    """Start ``fluxkit`` in a group of processes of its own."""
    words = [sys.executable, "-m", "fluxkit", command, str(config), "-o", str(out), *options]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, text=True, stdout=pipe, stderr=pipe, start_new_session=True)


def kill_group(process: "subprocess.Popen[str]") -> None:
    """End a process and all it has started, as losing power would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def decide(config: Path, out: Path) -> None:
    """Make the products of the moments in a folder."""
    results_of(RunRecord.read(Job.of(config, out)))


def require_whole(out: Path) -> None:
    """Every file that is there is whole, whatever happened to the run."""
    for name in names_in(out):
        if (out / "moments" / name[:4] / f"{name}.json").exists():
            require_vouched(read_summary(out, name), out)
    for path in out.glob("*.nc"):
        xr.load_dataset(path)
    for path in out.glob("*.csv"):
        with path.open(newline="") as stream:
            assert len({len(row) for row in csv.reader(stream)}) == 1, path
    page = out / "report.html"
    assert not page.exists() or page.read_text().rstrip().endswith("</html>")


def require_same(out: Path, expected: Path) -> None:
    """The products and moments of two folders are the same, and nothing unfinished lies about."""
    assert unfinished(out) == []
    assert names_in(out) == names_in(expected)
    for name in names_in(expected):
        part = Path("moments") / name[:4] / f"{name}.nc"
        assert (out / part).read_bytes() == (expected / part).read_bytes(), name
    fluxes, others = (xr.load_dataset(folder / "XX-Dem_fluxes.nc") for folder in (out, expected))
    xr.testing.assert_equal(fluxes, others)
    steps = np.diff(fluxes["time"].values)
    assert (steps == np.timedelta64(30, "m")).all()
    (table,) = expected.glob("XX-Dem_HH_*.csv")
    assert (out / table.name).read_bytes() == table.read_bytes()
    assert (out / "quarantine.csv").read_bytes() == (expected / "quarantine.csv").read_bytes()
