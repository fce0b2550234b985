"""What a choice costs in the explorer: a month, and the whole of a year that is made of few distinct days."""

import argparse
import dataclasses
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fluxkit.archive.folder.contents import PLANNING
from fluxkit.archive.folder.summaries import (
    FOLDER,
    names_in,
    part_path,
    read_summary,
    summary_path,
    write_summary,
)
from fluxkit.archive.job import Job
from fluxkit.archive.run import run
from fluxkit.explore.answers import Explorer
from fluxkit.export.moments_file import read_moments, write_moments
from fluxkit.schema.provenance import file_sha256
from fluxkit.synthetic.tower import make_day
from fluxkit.tower.moments import MOMENTS_VERSION

#: Choices of one key each, as people make them; those of the second kind touch second moments.
AFTER = ({"low_frequency": "none"}, {"high_frequency": "moncrieff-1997"}, {"quality": "foken-2003"})
SHAPING = ({"rotation": "wilczak-2001"}, {"detrending": "linear"}, {"lag": "constant"})


def make_year(folder: Path, days: int, rate: float = 10.0) -> Path:
    """Make a results folder of so many days, copies of two with other dates; return its site.toml."""
    config = make_day(folder, hours=72.0, rate=rate, seed=1)
    out = folder / "out"
    run(config, out)
    whole = names_in(out)[1:-1]  # days that are not cut by the ends
    first = np.datetime64(whole[0], "D")
    for name in names_in(out):
        if name not in whole:
            part_path(out, name).unlink()
            summary_path(out, name).unlink()
    for k in range(len(whole), days):
        later(out, whole[k % len(whole)], str(first + k))
    planning = json.loads((out / FOLDER / PLANNING).read_text())
    planning["key"] = {"days": " ".join(names_in(out))}
    (out / FOLDER / PLANNING).write_text(json.dumps(planning))
    return config


def later(out: Path, name: str, date: str) -> None:
    """Copy the moments of a day to another date."""
    part = read_moments(part_path(out, name), MOMENTS_VERSION)
    moved = part["time"].values + (np.datetime64(date, "D") - np.datetime64(name, "D"))
    write_moments(part.assign_coords(time=("time", moved, part["time"].attrs)), part_path(out, date))
    summary = dataclasses.replace(
        read_summary(out, name), name=date, moments=file_sha256(part_path(out, date))
    )
    write_summary(summary, out)


def cpu(call: Callable[[], object]) -> float:
    """Return the CPU time of a call, other threads at rest. [s]"""
    began = time.process_time()
    call()
    return time.process_time() - began


def measure(config: Path) -> None:
    """Print CPU times: a month for each kind of choice, then the whole archive."""
    explorer = Explorer(Job.of(config, config.parent / "out"), config)
    month = explorer.months[len(explorer.months) // 2]
    whole = cpu(lambda: _waited(explorer, {"month": month}))
    print(f"{'the whole archive, first time':44s} {whole:6.2f} s")
    print(f"{'a month, first time':44s} {cpu(lambda: explorer.month({'month': month})):6.2f} s")
    # The first choice of a month reads it; what follows is what people wait for.
    cpu(lambda: _at_rest(explorer, {"chosen": {"rotation": "triple"}, "month": month}))
    for chosen in (*AFTER, *SHAPING):
        took = cpu(lambda asked={"chosen": chosen, "month": month}: _at_rest(explorer, asked))  # type: ignore[misc]
        print(f"{'a month, ' + ', '.join(map(str, chosen.items())):44s} {took:6.2f} s")
    for chosen in (AFTER[0], SHAPING[0]):
        took = cpu(lambda asked={"chosen": chosen, "month": month}: _waited(explorer, asked))  # type: ignore[misc]
        print(f"{'the whole, ' + ', '.join(map(str, chosen.items())):44s} {took:6.2f} s")
    explorer.end()


def _at_rest(explorer: Explorer, asked: dict[str, object]) -> None:
    """Answer a month, and keep the whole archive from being decided meanwhile."""
    explorer.month(asked)
    explorer.rest()


def _waited(explorer: Explorer, asked: dict[str, object]) -> None:
    while not explorer.year(asked)["done"]:
        pass


def main() -> None:
    """Make an archive and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=366)
    parser.add_argument("--folder", type=Path, help="keep it here, and use it again")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="fluxkit-bench-"))
    try:
        config = folder / "site.toml"
        measure(config if config.is_file() else make_year(folder, arguments.days))
    finally:
        if arguments.folder is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
