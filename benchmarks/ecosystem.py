"""Print what a year of half hours costs beside other programs: `python -m benchmarks.ecosystem`.

CPU time of one thread, warm, medians. Those of the others were measured on a year of half hours with a
third of the flux missing, the machine otherwise idle: REddyProc 1.3.3, ONEFlux' C programs, hesseflux 5.1
and diive 0.92.
"""

import argparse
import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import logging  # noqa: E402
from collections.abc import Callable  # noqa: E402

import xarray as xr  # noqa: E402

import fluxkit as fk  # noqa: E402
from benchmarks.measure import cpu_ms  # noqa: E402
from tests.ecosystem.made_forest import forest, with_gaps  # noqa: E402

SCENARIOS = 100
#: Seconds of REddyProc, ONEFlux, hesseflux, diive.
PEERS: dict[str, tuple[float | None, ...]] = {
    "u* threshold, moving point": (0.47, 0.02, 0.07, 0.01),
    "u*, 100 resamples, moving point": (42.0, 0.25, 7.0, 0.65),
    "u*, 100 resamples, change points": (None, 260.0, None, None),
    "MDS, all records": (6.4, 0.06, 5.3, 1.6),
}


def steps(ds: xr.Dataset) -> dict[str, Callable[[], object]]:
    """Each step on a year of half hours."""
    t = fk.ecosystem.ustar_thresholds(ds, bootstraps=SCENARIOS)
    members = t.bootstrap_threshold.rename(bootstrap="member")
    cut = fk.ecosystem.filter_ustar(ds, t)

    def scenarios() -> xr.Dataset:
        return fk.ecosystem.fill(fk.ecosystem.filter_ustar(ds, members), "NEE", method="mds")

    def change_points() -> xr.Dataset:
        return fk.ecosystem.ustar_thresholds(ds, method="change-point", bootstraps=SCENARIOS)

    return {
        "u* threshold, moving point": lambda: fk.ecosystem.ustar_thresholds(ds),
        "u*, 100 resamples, moving point": lambda: fk.ecosystem.ustar_thresholds(ds, bootstraps=SCENARIOS),
        "u*, 100 resamples, change points": change_points,
        "MDS, all records": lambda: fk.ecosystem.fill(cut, "NEE", method="mds"),
        "MDS as REddyProc": lambda: fk.ecosystem.fill(cut, "NEE", variant="reddyproc"),
        "MDS as ONEFlux": lambda: fk.ecosystem.fill(cut, "NEE", variant="oneflux"),
        "100 u* scenarios filtered and filled": scenarios,
    }


def report(days: int = 365, repeats: int = 5) -> None:
    """Print seconds of each step, and how many times as long the others need."""
    ds = with_gaps(forest(days=days, noise=0.5))
    print(f"{'':40s} {'s':>8s}   REddyProc    ONEFlux  hesseflux      diive")
    for name, step in steps(ds).items():
        seconds = cpu_ms(step, repeats) / 1e3
        others = "".join(f" {f'{s:g} s':>10s}" if s else f" {'-':>10s}" for s in PEERS.get(name, (None,) * 4))
        print(f"{name:40s} {seconds:8.3f} {others}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)  # what a made year lacks is no news here
    report(arguments.days, arguments.repeats)
