"""What a command costs beside its work, and what a second worker costs: CPU time of whole processes.

    python -m benchmarks.start_up --days 8

Commands on a finished day are compared, in turn, with importing numba and xarray in the same
environment; two workers with one on an archive of some days at 10 Hz (see `benchmarks.year_archive`).
"""

import argparse
import ctypes
import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import resource  # noqa: E402
import shutil  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Iterator, Mapping, Sequence  # noqa: E402
from pathlib import Path  # noqa: E402
from statistics import median  # noqa: E402

from benchmarks.year_archive import YearArchive, plug_in  # noqa: E402
from fluxkit.synthetic.tower import make_day  # noqa: E402

BASE = "import numba, xarray"
FLUXKIT = (sys.executable, "-m", "fluxkit")
_SUBREAPER = 36  #: PR_SET_CHILD_SUBREAPER of linux/prctl.h


def adopt() -> None:
    """Let this process inherit those whose parent ends first, so that their CPU time is counted (Linux).

    Workers belong to the process that they are forked from, and that one outlives the command a little.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def cost(command: Sequence[str | Path], paths: Sequence[str] = ()) -> tuple[float, float]:
    """CPU time of a process and all that it starts, and wall time. [s]"""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    there = os.pathsep.join([*paths, *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | {"PYTHONPATH": there}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a program that is installed has its bytecode
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    wall = time.perf_counter() - start
    while True:  # what it has left behind
        try:
            os.wait()
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def commands(folder: Path) -> dict[str, tuple[str | Path, ...]]:
    """Make a finished day; return the commands that are measured on it."""
    config, out = make_day(folder, hours=24.0, seed=1), folder / "out"
    cost((*FLUXKIT, "run", config, "-o", out, "--quiet"))
    return {
        BASE: (sys.executable, "-c", BASE),
        "status": (*FLUXKIT, "status", out),
        "check": (*FLUXKIT, "check", config),
        "decide": (*FLUXKIT, "decide", config, "-o", out, "--quiet"),
        "run": (*FLUXKIT, "run", config, "-o", out, "--quiet"),
    }


def workers(folder: Path, days: int, rate: float) -> dict[str, tuple[str | Path, ...]]:
    """Make an archive; return the commands that condense it with one worker and with two."""
    archive = YearArchive(folder, distinct=1)
    archive.make(days, rate)
    plug_in(folder)
    head = (*FLUXKIT, "condense", archive.config, "--quiet")
    return {f"{n} workers": (*head, "-o", folder / f"out-{n}", "--workers", str(n)) for n in (1, 2)}


def in_turn(
    listed: Mapping[str, Sequence[str | Path]], repeats: int, fresh: Path | None = None
) -> dict[str, tuple[float, float, float, float]]:
    """CPU and wall time of commands [s], and both over the first one's: medians of rounds, after one more."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in listed}
    paths = [] if fresh is None else [str(fresh / "plug-in"), str(Path(__file__).resolve().parents[1])]
    for _ in range(repeats + 1):
        for name, command in listed.items():
            for old in [] if fresh is None else list(fresh.glob("out-*")):
                shutil.rmtree(old)
            found[name].append(cost(command, paths))
    base = next(iter(found.values()))[1:]
    return {
        name: (
            median(cpu for cpu, _ in each[1:]),
            median(wall for _, wall in each[1:]),
            median(own[0] / other[0] for own, other in zip(each[1:], base, strict=True)),
            median(own[1] / other[1] for own, other in zip(each[1:], base, strict=True)),
        )
        for name, each in found.items()
    }


def told(found: Mapping[str, tuple[float, float, float, float]]) -> Iterator[str]:
    """Say the results in lines."""
    first = next(iter(found))
    yield f"  {'':24s} {'CPU s':>8s} {'wall s':>8s}   over {first!r}: CPU, wall"
    for name, (cpu, wall, cpu_ratio, wall_ratio) in found.items():
        yield f"  {name:24s} {cpu:8.2f} {wall:8.2f}   {cpu_ratio:.2f}, {wall_ratio:.2f}"


def report(folder: Path, *, repeats: int, days: int, rate: float) -> None:
    """Print both tables."""
    adopt()
    print("\ncommands on a finished day")
    print("\n".join(told(in_turn(commands(folder / "day"), repeats))))
    print(f"\ncondensing {days} days at {rate:g} Hz")
    several = folder / "several"
    several.mkdir()
    print("\n".join(told(in_turn(workers(several, days, rate), max(1, repeats // 3), several))))


def main() -> None:
    """Measure in a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--days", type=int, default=8)
    parser.add_argument("--rate", type=float, default=10.0, help="[Hz]")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fluxkit-start-") as folder:
        report(Path(folder), repeats=arguments.repeats, days=arguments.days, rate=arguments.rate)


if __name__ == "__main__":
    main()
