"""Print what a half hour costs with an imported EddyPro project, preset eddypro-6 and every test on.

The files are those of the shared reference data (10 Hz text, open path). CPU time; `x parse` is the
multiple of the time that pandas' C reader needs for the same bytes. The last line is what one half hour more
costs in a whole run: the difference of two runs over the difference of their numbers of files.
"""

import argparse
import gzip
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
import pandas as pd

from benchmarks.measure import cpu_ratio
from fluxkit.archive.run import run
from fluxkit.raw.reading import layout_of, read
from fluxkit.site.eddypro import import_project
from fluxkit.site.models import Site
from fluxkit.tower.chain import Condenser

SHARED = Path(os.environ.get("FLUXKIT_SHARED", Path(__file__).parents[2] / "shared"))
CASE = SHARED / "reference" / "eddypro" / "cases" / "A_base"
FILES = SHARED / "data" / "ec_raw" / "synthetic_A"
FEW, MANY = 12, 48  #: files of the two runs


def report(*, repeats: int) -> None:
    """Print the table, or why there is none."""
    if not FILES.exists():
        print(f"\nimported EddyPro project: left out, the shared reference data are not at {SHARED}")
        return
    with TemporaryDirectory(prefix="fluxkit-bench-") as folder:
        raw = Path(folder) / "raw"
        raw.mkdir()
        for path in sorted(FILES.glob("synA*.csv.gz")):
            (raw / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
        site = import_project(CASE / "project.eddypro", CASE / "site.metadata", raw).site
        _steps(site, sorted(raw.glob("*.csv"))[3], repeats)
        _marginal(site, Path(folder), repeats)


def _parse(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=np.float64, engine="c")


def _steps(site: Site, path: Path, repeats: int) -> None:
    condenser, layout = Condenser(site), layout_of(site)
    samples = read(path, layout)
    prepared = condenser.prepare(samples.data, samples.records)
    steps = {
        "read": lambda: read(path, layout),
        "condition": lambda: condenser.prepare(samples.data, samples.records),
        "condense": lambda: condenser.finish(*prepared),
    }
    print(f"\nimported EddyPro project, {path.stat().st_size / 1e6:.2f} MB a half hour")
    total, shares = 0.0, 0.0
    for name, call in steps.items():
        ours, parse, ratio = cpu_ratio(call, lambda: _parse(path), repeats)
        total, shares = total + ours, shares + ratio
        print(f"  {name:42s} {ours:9.2f} {ratio:9.2f}")
    print(f"  {'read + condition + condense':42s} {total:9.2f} {shares:9.2f}   pandas {parse:.1f} ms")


def _marginal(site: Site, folder: Path, repeats: int) -> None:
    """Runs of few and of many files in turn: what each file more costs."""
    paths = sorted((folder / "raw").glob("*.csv"))
    found = []
    for _ in range(1 + min(repeats, 5)):
        times = {}
        for number in (FEW, MANY):
            some = folder / f"raw-{number}"
            some.mkdir(exist_ok=True)
            for path in paths[:number]:
                (some / path.name).unlink(missing_ok=True)
                (some / path.name).hardlink_to(path)
            settings = site.raw.model_copy(update={"files": str(some / "*.csv")})
            start = process_time()
            run(site.model_copy(update={"raw": settings}), folder / f"out-{number}", anew=True)
            times[number] = process_time() - start
        start = process_time()
        for path in paths[FEW:MANY]:
            _parse(path)
        found.append((times[MANY] - times[FEW], process_time() - start, times[MANY]))
    ours, parse, whole = 1e3 * np.median(found[1:], axis=0) / (MANY - FEW)
    print(f"  {'one half hour more of a run':42s} {ours:9.2f} {ours / parse:9.2f}   pandas {parse:.1f} ms")
    print(f"  {f'a run of {MANY} half hours, each':42s} {whole * (MANY - FEW) / MANY:9.2f}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    report(repeats=parser.parse_args().repeats)


if __name__ == "__main__":
    main()
