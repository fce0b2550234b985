"""What the archive of a whole network takes in bytes, core hours and money.

    python -m benchmarks.network

Rates are measured on archives of one and of four days, as whole processes, and tried on one of twelve:
the forecast and what was measured stand side by side. Then they are multiplied. Prices are assumed.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.start_up import FLUXKIT, adopt, cost
from benchmarks.year_archive import YearArchive, plug_in

HALF_HOURS = 48
YEAR = 17_520
#: Station-years: of ICOS' ecosystem stations in a year, FLUXNET2015, AmeriFlux in 2022, about all.
NETWORKS = {
    "a station-year": 1,
    "38 stations, a year": 38,
    "1 532 station-years": 1532,
    "3 130 station-years": 3130,
    "1 000 stations, ten years": 10_000,
}
#: Prices that everybody has to replace by their own: of a core hour, of a gigabyte a month.
CORE_HOUR, GIGABYTE_MONTH = 0.04, 0.02


@dataclass(frozen=True)
class Taken:
    """What an archive took."""

    half_hours: int
    seconds: float  #: CPU time [s]
    raw: int  #: [bytes]
    results: int  #: [bytes]


@dataclass(frozen=True)
class Rates:
    """What a run takes: once, and for each half hour."""

    seconds_once: float
    seconds: float
    raw: float
    results_once: float
    results: float

    @classmethod
    def of(cls, short: Taken, longer: Taken) -> "Rates":
        """Draw lines through two archives."""
        more = longer.half_hours - short.half_hours
        seconds, results = ((b - a) / more for a, b in (
            (short.seconds, longer.seconds), (short.results, longer.results)
        ))  # fmt: skip
        return cls(
            short.seconds - seconds * short.half_hours,
            seconds,
            longer.raw / longer.half_hours,
            short.results - results * short.half_hours,
            results,
        )

    def forecast(self, half_hours: int) -> Taken:
        """Return what an archive of so many half hours takes."""
        return Taken(
            half_hours,
            self.seconds_once + self.seconds * half_hours,
            round(self.raw * half_hours),
            round(self.results_once + self.results * half_hours),
        )


def taken(folder: Path, days: int, rate: float) -> Taken:
    """Make an archive of some days, run it, and measure."""
    archive = YearArchive(folder, distinct=1)
    archive.make(days, rate)
    plug_in(folder)
    paths = [str(folder / "plug-in"), str(Path(__file__).resolve().parents[1])]
    out = folder / "out"
    command = (*FLUXKIT, "run", archive.config, "-o", out, "--workers", "1", "--quiet")
    seconds, _ = cost(command, paths)
    results = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    return Taken(days * HALF_HOURS, seconds, archive.raw_bytes(), results)


def network_rows(rates: Rates) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table of networks."""
    for name, years in NETWORKS.items():
        all_ = rates.forecast(years * YEAR)
        hours = all_.seconds / 3600.0
        yield (
            name,
            f"{all_.half_hours / 1e6:.3g} million",
            f"{all_.raw / 1e12:.3g} TB",
            f"{all_.results / 1e9:.3g} GB",
            f"{hours:.3g}",
            f"{hours / 64:.2g} h",
            f"{CORE_HOUR * hours:.3g}",
            f"{GIGABYTE_MONTH * all_.raw / 1e9:.3g}",
            f"{GIGABYTE_MONTH * all_.results / 1e9:.3g}",
        )


HEAD = (
    *("", "half hours", "raw", "results", "core hours", "with 64 cores", "computing, once"),
    *("storing raw, a month", "storing results, a month"),
)


def report(folder: Path, rate: float, longest: int) -> None:
    """Measure at one rate, try the forecast, and print both tables."""
    taken(folder / "warm", 1, rate)  # kernels are compiled, libraries in memory
    one, four, last = (taken(folder / f"{days}", days, rate) for days in (1, 4, longest))
    rates = Rates.of(one, four)
    told = rates.forecast(last.half_hours)
    print(f"\n{rate:g} Hz: {1000 * rates.seconds:.1f} ms, {rates.raw / 1e6:.3g} MB raw, ", end="")
    print(f"{rates.results / 1e3:.3g} kB of results a half hour; {rates.seconds_once:.1f} s once")
    for name in ("seconds", "raw", "results"):
        found, said = getattr(last, name), getattr(told, name)
        off = 100.0 * (said / found - 1.0)
        print(f"  {longest} days, {name}: forecast {said:.4g}, measured {found:.4g} ({off:+.1f} %)")
    for row in (HEAD, *network_rows(rates)):
        print("| " + " | ".join(row) + " |")


def main() -> None:
    """Measure in a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=12, help="of the archive that the forecast is tried on")
    arguments = parser.parse_args()
    adopt()
    with tempfile.TemporaryDirectory(prefix="fluxkit-network-") as folder:
        for rate in (10.0, 20.0):
            report(Path(folder) / f"{rate:g}", rate, arguments.days)


if __name__ == "__main__":
    main()
