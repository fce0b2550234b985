"""Readers of chamber analysers: made-up specimens, and measured files where they are at hand."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from fluxkit.chamber.analysers.reading import look_at, open_analyser
from fluxkit.raw.series import Series
from tests.chamber.analysers.specimens import NAMES, specimen
from tests.conftest import SHARED
from tests.fuzz.damage import is_text
from tests.fuzz.target import Seed, require

MEASURED_BYTES = 6_000
MEASURED = {
    "licor-trace-gas": ("goflux/LI7810/*.data", "goflux/*/LI78*.data", "fluxfinder/TG*.data"),
    "li-6400": ("goflux/LI6400/*.txt",),
    "li-8100": ("goflux/*/LI*.81x", "respchamberproc_li8100/*.81x.gz"),
    "smart-chamber": ("goflux/*/*.json",),
    "li-8250": ("goflux/*/*.82z",),
    "lgr": ("goflux/UGGA/*.txt", "goflux/N2OM1/*.txt"),
    "picarro": ("goflux/G2508/*.dat", "goflux/G4301/*.dat"),
    "gasmet": ("goflux/DX4015/*.TXT",),
    "gasmet-chambers": ("goflux/GasmetPD/*.txt",),
    "egm-5": ("goflux/EGM5/*.TXT", "goflux/EGM5/*.txt"),
    "healthy-photon": ("goflux/HT*/*.txt",),
    "aeris": ("goflux/*/aeris*.txt",),
    "gaia": ("goflux/GAIA/*.csv",),
    "eosmx": ("goflux/eosMX*/*.log",),
}


def analyser_seeds(name: str) -> Callable[[Path], list[Seed]]:
    """Return what makes the sound files of an analyser's format."""

    def seeds(folder: Path) -> list[Seed]:
        made = [specimen(known, folder) for known in NAMES]
        contents = [content for form, content in made if form == name]
        return [Seed("x.dat", content, ways(name)) for content in (*contents, *_measured(name))]

    return seeds


def ways(name: str) -> tuple[Callable[[Path], object], ...]:
    """Return what users do with such a file: read it, and look at it without a word about its clock."""

    def reading(path: Path) -> None:
        check(open_analyser(path, format=name, utc_offset_h=1.0, day_first=True, year=2024))

    return reading, look_at


def check(series: Series) -> None:
    """Check what every reader promises of its series."""
    require(series.size > 0, "no samples and no error")
    require({x.shape for x in series.data.values()} <= {series.time.shape}, "columns of unequal length")
    require(not np.isnat(series.time).any(), "samples without a time")
    require(not np.any(np.diff(series.time) < np.timedelta64(0)), "time goes back")
    require(all(c.start <= c.end for c in series.closures), "a closure that ends before it starts")
    require(len(series.problems) < 200, f"{len(series.problems)} problems told one by one")


def _measured(name: str) -> list[bytes]:
    folder = SHARED / "data" / "chamber"
    found = []
    for pattern in MEASURED.get(name, ()):
        for path in sorted(folder.glob(pattern))[:1]:
            content = path.read_bytes()
            if len(content) > MEASURED_BYTES and is_text(content) and not content.startswith(b"{"):
                lines = content[: 4 * MEASURED_BYTES].split(b"\n")[:-1]
                content = b"\n".join(lines[: max(8, content.count(b"\n", 0, MEASURED_BYTES))]) + b"\n"
            if len(content) <= 4 * MEASURED_BYTES:
                found.append(content)
    return found
