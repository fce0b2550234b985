"""Measure an archive of a station: a year of half hours, day by day, and one more day at its end.

    python -m benchmarks.station_archive --days 365 --workers 2 1

Files are TOA5; three distinct days serve for all dates (see `benchmarks.year_archive`), so that an archive
of 28 GB takes 0.2 GB. Everything else is as in the field: each file is opened, its stamps and numbers
are parsed, its checksum is taken; moments, fluxes, tables and report are written.
"""

import argparse
import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import json  # noqa: E402
import shutil  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from dataclasses import replace  # noqa: E402
from io import BytesIO  # noqa: E402
from itertools import pairwise  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from benchmarks import dated_reader  # noqa: E402
from benchmarks.measure import cpu_ms, peak_mb  # noqa: E402
from benchmarks.watching import Moment, Watch  # noqa: E402
from benchmarks.year_archive import FIRST, YearArchive, plug_in  # noqa: E402
from fluxkit.archive.condensing.work import work_of  # noqa: E402
from fluxkit.archive.folder.contents import stored  # noqa: E402
from fluxkit.archive.job import Job  # noqa: E402
from fluxkit.archive.planning.index import Index  # noqa: E402
from fluxkit.archive.record import RunRecord  # noqa: E402
from fluxkit.archive.run import (  # noqa: E402
    REPORT,
    RUN,
    condense_archive,
    decide_archive,
    export_archive,
    read_run_fluxes,
    write_results,
)
from fluxkit.report.page import write_report  # noqa: E402
from fluxkit.site.models import Site  # noqa: E402

HALF_HOURS = 48  #: of a day
#: Two rotations times two ways of detrending.
FOUR_SCHEMES = {"rotation": ["double", "none"], "detrending": ["block", "linear"]}
#: Days of a block by which numbers of workers are compared in turn, and how often.
BLOCK, ROUNDS = 10, 3


def condense(archive: YearArchive, workers: int) -> dict[str, Any]:
    """Condense the whole archive."""
    job = Job.of(archive.config, archive.folder / "out")
    parse = [parse_ms(archive)]
    with Watch() as watch:
        condense_archive(job, workers=workers, progress=watch.progress)
    parse.append(parse_ms(archive))
    return {"workers": workers, "parse_ms": parse} | course(watch.moments) | {"peak_parent_mb": peak_mb()}


def parse_ms(archive: YearArchive) -> float:
    """CPU time that pandas' C reader takes for the numbers of one raw file: a measure of the machine. [ms]"""
    path = sorted((archive.folder / "made" / "raw").glob("*.dat"))[0]
    content = path.read_bytes()[len(dated_reader.MARK) :]
    names = content.split(b"\r\n")[1].decode().replace('"', "").split(",")
    return cpu_ms(
        lambda: pd.read_csv(
            BytesIO(content), skiprows=4, names=names, usecols=names[2:], dtype=np.float64, engine="c"
        )
    )


def course(moments: list[Moment]) -> dict[str, Any]:
    """What time and memory did from the first half hour to the last."""
    steps = [b for a, b in pairwise(moments) if b.done > a.done]
    done = np.array([m.done for m in steps], float)
    cpu, wall = np.array([m.cpu for m in steps]), np.array([m.wall for m in steps])
    edges = np.linspace(done[0], done[-1], 11)
    tenths = {
        name: (1e3 * np.diff(np.interp(edges, done, values)) / np.diff(edges)).tolist()
        for name, values in (("cpu_ms", cpu), ("wall_ms", wall))
    }
    middle = (edges[1:] + edges[:-1]) / 2 / done[-1]
    busy = [m for m in moments if m.done > 0.05 * done[-1]]
    share = np.array([m.done / done[-1] for m in busy])
    parent = np.array([m.parent_mb for m in busy])
    workers = np.array([max(m.workers_mb, default=0.0) for m in busy])
    return {
        "half_hours": int(done[-1]),
        "wall_s": moments[-1].wall,
        "cpu_s": moments[-1].cpu,
        "tenths": tenths,
        "cpu_slope": float(np.polyfit(middle, tenths["cpu_ms"], 1)[0] / np.mean(tenths["cpu_ms"])),
        "parent_mb": [float(np.interp(x, share, parent)) for x in (0.1, 0.5, 1.0)],
        "worker_mb": [float(np.interp(x, share, workers)) for x in (0.1, 0.5, 1.0)],
    }


def compare(archive: YearArchive, workers: int) -> dict[str, Any]:
    """Condense blocks of days with one worker and with several in turn; the steady speed of each.

    On a machine that others use too, wall time tells little: what several workers give on cores of their own
    follows from the CPU time that each of them needs more than one alone.
    """
    found: dict[int, list[tuple[float, float]]] = {1: [], workers: []}
    for k in range(ROUNDS):
        for number in found:
            begin = FIRST + k * BLOCK
            job = Job.of(archive.config, archive.folder / "blocks", str(begin), str(begin + BLOCK))
            with Watch() as watch:
                condense_archive(job, workers=number, progress=watch.progress, anew=True)
            found[number].append(_steady(watch.moments))
    pairs = list(zip(found[1], found[workers], strict=True))
    return {
        "workers": workers,
        "half_hours_per_s": {str(number): [1e3 / wall for wall, _ in each] for number, each in found.items()},
        "cpu_ms": {str(number): [cpu for _, cpu in each] for number, each in found.items()},
        "ratio": float(np.median([one[0] / several[0] for one, several in pairs])),
        "ratio_on_own_cores": workers * float(np.median([one[1] / several[1] for one, several in pairs])),
    }


def _steady(moments: list[Moment]) -> tuple[float, float]:
    """Wall and CPU time of a half hour once all are at work: lines through the ends of days. [ms]"""
    ends = [b for a, b in pairwise(moments) if b.done // HALF_HOURS > a.done // HALF_HOURS]
    done = [m.done for m in ends]
    wall, cpu = (float(np.polyfit(done, x, 1)[0]) for x in ([m.wall for m in ends], [m.cpu for m in ends]))
    return 1e3 * wall, 1e3 * cpu


def refresh(archive: YearArchive) -> dict[str, Any]:
    """Bring all products up to date, a step at a time."""
    took: dict[str, Any] = {}
    job = Job.of(archive.config, archive.folder / "out")
    with _timed(took, "plan and keep-check"):
        index = Index.of(job.out)
        todo = work_of(job, index).todo
    with _timed(took, "plan, keep-check and condense"):
        record = condense_archive(job)
    with _timed(took, "decide"):
        fluxes, evidence = decide_archive(record)
    with _timed(took, "netCDF, spectra, run.json"):
        write_results(fluxes, record)
    with _timed(took, "CSV"):
        export_archive(job)
    with _timed(took, "report"):
        written = read_run_fluxes(job.fluxes)
        write_report(job.out / REPORT, written, evidence, job.site, stored(job.out / RUN), [])
    return {
        "condensed_days": len(todo),
        "steps": took,
        "peak_mb": peak_mb(),
        "parse_ms": parse_ms(archive),
    }


def four(archive: YearArchive) -> dict[str, Any]:
    """Decide with four schemes."""
    took: dict[str, Any] = {}
    job = Job.of(archive.config, archive.folder / "out")
    site = Site.model_validate(job.site.model_dump() | {"schemes": FOUR_SCHEMES})
    record = RunRecord.read(replace(job, site=site))
    with _timed(took, "decide, 4 schemes"):
        decide_archive(record)
    return {"steps": took, "peak_mb": peak_mb(), "parse_ms": parse_ms(archive)}


@contextmanager
def _timed(took: dict[str, Any], name: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    took[name] = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}


def sizes(archive: YearArchive) -> dict[str, int]:
    """Bytes of raw files, moments and each product."""
    out = archive.folder / "out"
    moments = [path for path in (out / "moments").rglob("*") if path.is_file()]
    found = {
        "raw": archive.raw_bytes(),
        "moments": sum(path.stat().st_size for path in moments if path.suffix == ".nc"),
        "summaries and index": sum(path.stat().st_size for path in moments if path.suffix == ".json"),
    }
    return found | {path.name: path.stat().st_size for path in sorted(out.iterdir()) if path.is_file()}


STAGES: dict[str, Callable[..., dict[str, Any]]] = {
    "condense": condense,
    "compare": compare,
    "refresh": refresh,
    "four": four,
}


def stage(archive: YearArchive, name: str, *arguments: str) -> dict[str, Any]:
    """Run a stage in a process of its own, so that its memory is its own."""
    command = [sys.executable, "-m", "benchmarks.station_archive", "--folder", str(archive.folder)]
    found = subprocess.run(
        [*command, "--stage", name, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    result: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return result


def measure(archive: YearArchive, days: int, rate: float, workers: list[int]) -> dict[str, Any]:
    """Make an archive and measure all of it."""
    archive.make(days, rate)
    found: dict[str, Any] = {"days": days, "rate_hz": rate, "half_hours": HALF_HOURS * days}
    found["condense"] = []
    for number in workers:
        shutil.rmtree(archive.folder / "out", ignore_errors=True)
        found["condense"].append(stage(archive, "condense", "--workers", str(number)))
    if max(workers) > 1 and days >= BLOCK * ROUNDS:
        found["compare"] = stage(archive, "compare", "--workers", str(max(workers)))
    found["first products"] = stage(archive, "refresh")
    found["bytes"] = sizes(archive)
    archive.add(days)
    found["one more day"] = stage(archive, "refresh")
    found["four schemes"] = stage(archive, "four")
    return found


def told(found: dict[str, Any]) -> Iterator[str]:
    """Say the results in lines."""
    yield f"{found['days']} days, {found['half_hours']} half hours at {found['rate_hz']:g} Hz"
    for run in found["condense"]:
        cpu, parse = run["tenths"]["cpu_ms"], np.mean(run["parse_ms"])
        each = np.median(cpu)
        yield (
            f"  condense, {run['workers']} worker(s): {run['wall_s']:.0f} s wall, {run['cpu_s']:.0f} s CPU; "
            f"per half hour {each:.1f} ms CPU, {each / parse:.2f} x parsing it ({parse:.1f} ms)"
        )
        yield (
            f"    first tenth {cpu[0]:.1f} ms, last {cpu[-1]:.1f} ms, trend over the whole "
            f"{100 * run['cpu_slope']:+.1f} %"
        )
        for name in ("parent", "worker"):
            yield (
                f"    memory of {name} at 10, 50, 100 %: "
                + ", ".join(f"{mb:.0f}" for mb in run[f"{name}_mb"])
                + " MB"
            )
    if "compare" in found:
        pair = found["compare"]
        yield (
            f"  {pair['workers']} workers over 1, steady, in turn: {pair['ratio']:.2f}; "
            f"on cores of their own {pair['ratio_on_own_cores']:.2f}"
        )
    for name in ("first products", "one more day", "four schemes"):
        part = found[name]
        yield f"  {name}: peak memory {part['peak_mb']:.0f} MB; parsing {part['parse_ms']:.1f} ms"
        for step, took in part["steps"].items():
            yield f"    {step:34s} {took['wall_s']:8.2f} s wall {took['cpu_s']:8.2f} s CPU"
    for name, size in found["bytes"].items():
        yield f"  {name:45s} {size / 1e6:10.2f} MB, {size / found['half_hours'] / 1e3:8.2f} kB per half hour"


def main() -> None:
    """Measure, print a table, and write the figures as JSON if asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--distinct", type=int, default=3, help="days of turbulence that differ")
    parser.add_argument("--rate", type=float, default=10.0, help="Hz")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--folder", type=Path, help="work there, and leave it")
    parser.add_argument("--stage", choices=STAGES, help="one stage in a folder that is there")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="fluxkit-bench-"))
    archive = YearArchive(folder, arguments.distinct)
    plug_in(folder)
    if arguments.stage:
        more = [arguments.workers[0]] if arguments.stage in ("condense", "compare") else []
        print(json.dumps(STAGES[arguments.stage](archive, *more)))
        return
    try:
        found = measure(archive, arguments.days, arguments.rate, arguments.workers)
    finally:
        if arguments.folder is None:
            shutil.rmtree(folder)
    print("\n".join(told(found)))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
