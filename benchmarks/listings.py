"""Commands that only look, over a folder with a hundred thousand files.

    python -m benchmarks.listings --files 100000

Files are empty or hold three records; what is measured is the whole command, started anew.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fluxkit.synthetic.tower import make_day

_FIRST = np.datetime64("2018-01-01T00:00", "m")
_BY_NAME = """file_time = "name"
file_minutes = 30
name_time_is = "start"
name_pattern = "XX-Dem_%Y_%m_%d_%H%M.dat"
"""


@dataclass(frozen=True)
class Used:
    """What a command took."""

    name: str
    cpu: float  #: of all its processes [s]
    peak_mb: float
    lines: int  #: that it printed
    code: int  #: with which it ended


def make(folder: Path, files: int, records: int) -> None:
    """Make a folder with many small files, and two configurations: times by names, by stamps."""
    stamped = make_day(folder, hours=0.5, rate=2.0, start="2018-01-01T12:00", seed=1)
    (made,) = (folder / "raw").glob("*.dat")
    lines = made.read_bytes().splitlines(keepends=True)
    head, values = b"".join(lines[:4]), [line.split(b",", 1)[1] for line in lines[4 : 4 + records]]
    made.unlink()
    line = next(text for text in stamped.read_text().splitlines(keepends=True) if "file_time" in text)
    (folder / "named.toml").write_text(stamped.read_text().replace(line, _BY_NAME))
    for k in range(files):
        time = str(_FIRST + 30 * k)
        rows = [b'"%s:%02d",' % (time.replace("T", " ").encode(), n) + rest for n, rest in enumerate(values)]
        name = time.replace("-", "_").replace("T", "_").replace(":", "")
        (folder / "raw" / f"XX-Dem_{name}.dat").write_bytes(head + b"".join(rows) if rows else b"")


def measure(folder: Path, files: int) -> Iterator[Used]:
    """Yield what each command takes over empty files and over small ones."""
    for kind, records in (("empty", 0), ("small", 3)):
        here = folder / kind
        here.mkdir()
        make(here, files, records)
        for config in ("named", "site"):
            path = str(here / f"{config}.toml")
            times = "name" if config == "named" else "stamps"
            for words in (
                ["check", path],
                ["run", path, "-o", str(here / "out"), "--dry-run"],
                ["status", str(here / "out"), "--config", path],
            ):
                yield used(f"{words[0]}, {kind} files, times by {times}", words)


def used(name: str, words: list[str]) -> Used:
    """Run a command to its end."""
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen([sys.executable, "-m", "fluxkit", *words], stdout=told, stderr=told)
        _, state, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(state)
        told.seek(0)
        lines = sum(1 for _ in told)
    cpu = usage.ru_utime + usage.ru_stime
    return Used(name, cpu, usage.ru_maxrss / 1024.0, lines, process.returncode)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    arguments = parser.parse_args()
    print(f"{arguments.files} files in a folder")
    print(f"  {'command':48s} {'CPU s':>7s} {'peak MB':>8s} {'lines':>6s} {'code':>5s}")
    with tempfile.TemporaryDirectory(prefix="fluxkit-bench-") as folder:
        for one in measure(Path(folder), arguments.files):
            print(
                f"  {one.name:48s} {one.cpu:7.1f} {one.peak_mb:8.0f} {one.lines:6d} {one.code:5d}", flush=True
            )


if __name__ == "__main__":
    main()
