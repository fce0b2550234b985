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
import time  # noqa: E402
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
    "partitioning by nights, as REddyProc": (0.56, None, 1.0, 0.18),
    "by days, as REddyProc": (14.0, None, None, 5.3),
    "by days, as REddyProc, 30 bootstraps": (30.0, None, 5.2, None),
}
#: Stations of the benchmark of two workers.
STATIONS = 20


def steps(ds: xr.Dataset) -> dict[str, Callable[[], object]]:
    """Each step on a year of half hours."""
    t = fk.ecosystem.ustar_thresholds(ds, bootstraps=SCENARIOS)
    members = t.bootstrap_threshold.rename(bootstrap="member")
    cut = fk.ecosystem.filter_ustar(ds, t)

    def scenarios() -> xr.Dataset:
        return fk.ecosystem.fill(fk.ecosystem.filter_ustar(ds, members), "NEE", method="mds")

    filled = fk.ecosystem.fill(cut, "NEE", method="mds")
    percentiles = fk.ecosystem.ustar_thresholds(
        ds, bootstraps=SCENARIOS, percentiles=[100.0 * (k + 0.5) / SCENARIOS for k in range(SCENARIOS)]
    )

    def parted(method: str, variant: str = "fluxkit", **keywords: int) -> Callable[[], xr.Dataset]:
        return lambda: fk.ecosystem.partition(filled, method=method, variant=variant, **keywords)

    def all_of_it(**filling: str) -> Callable[[], xr.Dataset]:
        return lambda: fk.ecosystem.ensemble(ds, percentiles, filling=filling, draws=0, pairs=0)

    def moving_points() -> xr.Dataset:
        return fk.ecosystem.ustar_thresholds(ds, method="moving-point", bootstraps=SCENARIOS)

    def change_points() -> xr.Dataset:
        return fk.ecosystem.ustar_thresholds(ds, method="change-point", bootstraps=SCENARIOS)

    return {
        "u* threshold, pooled nights": lambda: fk.ecosystem.ustar_thresholds(ds),
        "u*, 100 resamples, pooled nights": lambda: fk.ecosystem.ustar_thresholds(ds, bootstraps=SCENARIOS),
        "u* threshold, moving point": lambda: fk.ecosystem.ustar_thresholds(ds, method="moving-point"),
        "u*, 100 resamples, moving point": moving_points,
        "u*, 100 resamples, change points": change_points,
        "MDS, all records": lambda: fk.ecosystem.fill(cut, "NEE", method="mds"),
        "MDS as REddyProc": lambda: fk.ecosystem.fill(cut, "NEE", variant="reddyproc"),
        "MDS as ONEFlux": lambda: fk.ecosystem.fill(cut, "NEE", variant="oneflux"),
        "partitioning by nights": parted("night"),
        "partitioning by nights, as REddyProc": parted("night", "reddyproc"),
        "partitioning by days": parted("day"),
        "by days, as REddyProc": parted("day", "reddyproc"),
        "by days, as REddyProc, 30 bootstraps": parted("day", "reddyproc", bootstraps=30),
        "100 u* scenarios filtered, filled by MDS": scenarios,
        "100 filtered, filled by MDS, parted twice": all_of_it(method="mds"),
        "100 filtered, filled, parted twice": all_of_it(),
    }


def year_of(ds: xr.Dataset) -> xr.Dataset:
    """Take a station from half hours to carbon."""
    t = fk.ecosystem.ustar_thresholds(ds, bootstraps=SCENARIOS)
    p = fk.ecosystem.ensemble(ds, t)
    return fk.ecosystem.annual(p)[["value", "lower", "upper"]]


def report_stations(stations: int, days: int) -> None:
    """Print what two workers need for many stations beside one, by the longer way of the two: by the wall."""
    many = {f"XX-{seed}": with_gaps(forest(days=days, seed=seed), seed=seed) for seed in range(stations)}
    together = fk.ecosystem.join_stations(many)
    fk.ecosystem.each_station(together.isel(station=[0]), year_of)  # what is compiled or loaded once
    begin = time.perf_counter()
    alone = fk.ecosystem.each_station(together, year_of)
    one = time.perf_counter() - begin
    begin = time.perf_counter()
    two = fk.ecosystem.each_station(together, year_of, workers=2)
    both = time.perf_counter() - begin
    assert bool((two["value"] == alone["value"]).all()), "another number in other processes"
    print(f"{stations} stations of a year, one process: {one:.1f} s")
    print(f"two processes, of which one is started: {both:.1f} s, {one / both:.2f} times sooner")
    started = on_started_workers(together)
    print(f"two workers of a scheduler that have run before: {started:.1f} s, {one / started:.2f} times")


def on_started_workers(together: xr.Dataset) -> float:
    """Return the seconds that two workers of a dask scheduler need where they have been used before. [s]"""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        fk.ecosystem.each_station(together.isel(station=slice(2)), year_of, client=client)
        begin = time.perf_counter()
        fk.ecosystem.each_station(together, year_of, client=client)
        return time.perf_counter() - begin


def report(days: int = 365, repeats: int = 5) -> None:
    """Print seconds of each step, and how many times as long the others need."""
    ds = with_gaps(forest(days=days, noise=0.5))
    print(f"{'':40s} {'s':>8s}   REddyProc    ONEFlux  hesseflux      diive")
    for name, step in steps(ds).items():
        seconds = cpu_ms(step, 1 if name.startswith("100 ") else repeats) / 1e3
        others = "".join(f" {f'{s:g} s':>10s}" if s else f" {'-':>10s}" for s in PEERS.get(name, (None,) * 4))
        print(f"{name:40s} {seconds:8.3f} {others}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--stations", type=int, default=STATIONS, help="0: not tried")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)  # what a made year lacks is no news here
    report(arguments.days, arguments.repeats)
    if arguments.stations:
        report_stations(arguments.stations, arguments.days)
