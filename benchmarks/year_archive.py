"""An archive of any length that takes the disk of a few days: each date has links to one of them."""

import importlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import dated_reader
from fluxkit.synthetic.tower import make_day

#: First day of the archive, of the clock of its logger.
FIRST = np.datetime64("2023-01-01", "D")


@dataclass(frozen=True)
class YearArchive:
    """Half hours of TOA5 in a folder, and the configuration that reads them."""

    folder: Path
    distinct: int  #: days of turbulence that differ

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "site.toml"

    @property
    def raw(self) -> Path:
        """Where the raw files are, by month."""
        return self.folder / "raw"

    def make(self, days: int, rate: float) -> None:
        """Make the distinct days and link the others to them."""
        made = make_day(self.folder / "made", hours=24.0 * self.distinct, rate=rate, seed=1)
        text = made.read_text()
        for old, new in (
            ('files = "raw/*.dat"', 'files = "raw/**/*.dat"'),
            ('format = "toa5"', f'format = "{dated_reader.NAME}"'),
        ):
            if old not in text:
                raise ValueError(f"{made}: {old!r} is not in it; adapt benchmarks/year_archive.py")
            text = text.replace(old, new)
        self.config.write_text(text)
        for path in (made.parent / "raw").glob("*.dat"):
            path.write_bytes(dated_reader.MARK + path.read_bytes())
        for day in range(days):
            self.add(day)

    def add(self, day: int) -> None:
        """Let the files of one more day appear."""
        date = FIRST + day
        folder = self.raw / str(date)[:7]
        folder.mkdir(parents=True, exist_ok=True)
        for path in self._of_day(day % self.distinct):
            stamp = str(date).replace("-", "_")
            os.link(path, folder / f"{path.stem[:-15]}{stamp}{path.name[-9:]}")

    def raw_bytes(self) -> int:
        """Size of the raw files, each counted as often as it is there. [bytes]"""
        return sum(path.stat().st_size for path in self.raw.rglob("*.dat"))

    def _of_day(self, number: int) -> list[Path]:
        files = sorted((self.folder / "made" / "raw").glob("*.dat"))
        each = len(files) // self.distinct
        return files[number * each : (number + 1) * each]


def plug_in(folder: Path) -> None:
    """Install the reader for this process and those that it starts, as a package would: by an entry point."""
    about = folder / "plug-in" / "fluxkit_dated_reader-1.dist-info"
    about.mkdir(parents=True, exist_ok=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: fluxkit-dated-reader\nVersion: 1\n")
    value = f"[fluxkit.readers]\n{dated_reader.NAME} = {dated_reader.__name__}:READER\n"
    (about / "entry_points.txt").write_text(value)
    for place in (str(Path(__file__).resolve().parents[1]), str(about.parent)):
        if place not in sys.path:
            sys.path.append(place)
    importlib.invalidate_caches()
