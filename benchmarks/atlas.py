"""What a page on years side by side costs: reading a table of half hours, making the page, its size."""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from fluxkit.atlas.page import render
from fluxkit.atlas.stations import read_stations

VARIABLES = ("NEE", "LE", "H", "TA", "VPD", "SW_IN", "USTAR")
REPEATS = 5


def median_cpu(call: Callable[[], object]) -> float:
    """Return the median CPU time of a call. [s]"""
    took = []
    for _ in range(REPEATS):
        began = time.process_time()
        call()
        took.append(time.process_time() - began)
    return statistics.median(took)


def main() -> None:
    """Measure one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    table = parser.parse_args().table
    stations = read_stations([table], VARIABLES)
    print(f"read {median_cpu(lambda: read_stations([table], VARIABLES)):.2f} s of CPU")
    print(f"page {median_cpu(lambda: render(stations)):.2f} s of CPU")
    print(f"size {len(render(stations).encode()) / 1e6:.2f} MB")
    with tempfile.TemporaryDirectory() as folder:
        wanted = [f"--variable={name}" for name in VARIABLES]
        arguments = ["fluxkit", "atlas", str(table), "-o", folder, *wanted]
        program = f"from time import process_time; import sys; sys.argv = {arguments!r}"
        program += (
            "\nfrom fluxkit.cli.main import main\ntry: main()\nexcept SystemExit: print(process_time())"
        )
        command = [sys.executable, "-c", program]
        runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(REPEATS)]
        each = [float(run.stdout.split()[-1]) for run in runs]
    print(f"the command {statistics.median(each):.2f} s of CPU, starting included")


if __name__ == "__main__":
    main()
