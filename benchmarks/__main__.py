"""Print the benchmark: kernels, steps, the chain at 10 and 20 Hz, an imported project, closed chambers.

CPU time, one thread, warm; medians. `x parse` is the multiple of the time that pandas' C
reader needs for the same bytes (needed columns only, no time stamps), measured in turn with it;
TOB1 is compared with the text at 10 Hz.
"""

import argparse
import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import shutil  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

from benchmarks.half_hour import HalfHour, half_hours  # noqa: E402
from benchmarks.measure import cpu_ms, cpu_ratio, peak_mb  # noqa: E402
from benchmarks.schemes import report as report_schemes  # noqa: E402
from benchmarks.station_year import report as report_year  # noqa: E402
from fluxkit.export.fluxnet import write_csv  # noqa: E402
from fluxkit.export.moments_file import write_moments  # noqa: E402
from fluxkit.export.netcdf import write_fluxes  # noqa: E402
from fluxkit.kernels import despike, direct, moments, screen, spectra  # noqa: E402
from fluxkit.report.evidence import Evidence  # noqa: E402
from fluxkit.report.page import write_report  # noqa: E402
from fluxkit.tower.chain import Condenser, decide  # noqa: E402
from fluxkit.tower.chain import spectra as ensemble  # noqa: E402
from fluxkit.tower.period_moments import N_BLOCKS, condense_period, lagged_products  # noqa: E402

DAY = 48


def kernels(half: HalfHour) -> dict[str, Callable[[], object]]:
    """Each kernel on the samples of one half hour."""
    condenser, slots, records = half.slots()
    samples, _ = condenser.prepare(slots, records)
    assert samples is not None
    names = list(samples)
    rows = np.stack([samples[v] for v in names])
    k = np.full(len(names), 3.5)
    filled, masks = np.empty_like(rows), np.empty_like(rows)
    for i in range(len(names)):
        moments.centre(rows[i], filled[i], masks[i])
    wind, gas = rows[:3], samples["co2"]
    terms, running = moments.wind_terms(filled[:3], masks[0]), moments.running_wind_sums(filled[:3], masks[0])
    span = condenser.plan.lags["h2o"]
    n = rows.shape[1]
    coefficients = np.fft.rfft(filled[:6])
    edges = np.unique(np.geomspace(1, n // 2, 51).astype(np.int64))
    turn = np.eye(3)
    raw_rows = np.stack([slots[v] for v in names if v in slots])
    window = condenser.plan.spike_window
    return {
        "despike_vickers_mahrt_1997": lambda: despike.despike_vickers_mahrt_1997(
            raw_rows.copy(), k[: len(raw_rows)], 3, True, window, 100, 10
        ),
        "despike_mauder_2013": lambda: despike.despike_mauder_2013(raw_rows.copy(), 7.0, 10, False),
        "outside (limits)": lambda: screen.outside(gas.copy(), 0.0, 1.0),
        "centre": lambda: moments.centre(rows[0], filled[0], masks[0]),
        "wind_sums": lambda: moments.wind_sums(filled[:3], masks[0], N_BLOCKS),
        f"pair_sums, {span.size} lags": lambda: moments.pair_sums(
            filled[:3], terms, running, filled[5], masks[5], span.first, span.size, N_BLOCKS
        ),
        "lagged_products, 21 pairs": lambda: lagged_products(
            filled[:6], [(a, b) for a in range(6) for b in range(a + 1)], condenser.plan.max_lag
        ),
        "third_and_fourth": lambda: moments.third_and_fourth(filled[:3]),
        "binned_cross_spectra": lambda: spectra.binned_cross_spectra(
            coefficients, edges, 1.0, *np.triu_indices(6)
        ),
        "direct: rotate": lambda: direct.rotate(wind, turn),
        "direct: covariance, linear": lambda: direct.covariance(wind[2], gas, True),
        f"direct: lagged_covariances, {span.size} lags": lambda: direct.lagged_covariances(
            wind[2], gas, span.first, span.size
        ),
    }


def chain(half: HalfHour, folder: Path) -> dict[str, Callable[[], object]]:
    """The steps of one half hour; those that serve a whole day are measured for 48 and told apart."""
    condenser, slots, records = half.slots()
    samples, _ = condenser.prepare(slots, records)
    plan = condenser.plan
    starts = [np.datetime64("2024-07-01", "ns") + k * condenser.period for k in range(DAY)]
    table = condenser.dataset(starts, [condenser.condense(slots, records)] * DAY)
    fluxes = decide(table, half.site)
    run = {"settings": {}, "inputs": []}
    return {
        "read": half.samples,
        "condition": lambda: condenser.prepare(slots, records),
        "condense": lambda: condense_period(
            samples,
            rate=plan.rate,
            scalars=plan.scalars,
            lags=plan.lags,
            max_lag=plan.max_lag,
            bins=plan.bins,
        ),
        "moments file /48": lambda: write_moments(table, folder / "moments.nc"),
        "decide /48": lambda: decide(table, half.site),
        "netCDF /48": lambda: write_fluxes(fluxes, folder / "fluxes.nc", half.site, run),
        "CSV /48": lambda: write_csv(fluxes, folder, half.site),
        "report /48": lambda: write_report(
            folder / "report.html", fluxes, Evidence(ensemble(table, fluxes, half.site)), half.site, run, []
        ),
    }


def whole(half: HalfHour) -> Callable[[], object]:
    """Read, condition and condense one file."""
    condenser = Condenser(half.site)

    def call() -> object:
        samples = half.samples()
        data = {k: x[: condenser.size] for k, x in samples.data.items()}
        return condenser.condense(data, samples.records)

    return call


def report(half: HalfHour, folder: Path, *, repeats: int) -> None:
    """Print the tables of one input."""
    before = peak_mb()
    megabytes = half.path.stat().st_size / 1e6
    _, parse, _ = cpu_ratio(half.parse, half.parse, repeats)
    parsed = "it" if half.yardstick is None else half.yardstick.name
    print(f"\n{half.name}: {megabytes:.2f} MB; parsing {parsed} with pandas' C reader {parse:.1f} ms")
    print(f"  {'kernel':42s} {'ms':>9s} {'x parse':>9s}")
    for name, call in kernels(half).items():
        ours = cpu_ms(call, repeats)
        print(f"  {name:42s} {ours:9.3f} {ours / parse:9.3f}")
    print(f"  {'step':42s}")
    shared = 0.0
    for name, call in chain(half, folder).items():
        day = name.endswith("/48")
        share, _, ratio = cpu_ratio(call, half.parse, 3 if day else repeats)
        if day:
            share, ratio = share / DAY, ratio / DAY
            shared += ratio
        print(f"  {name:42s} {share:9.2f} {ratio:9.2f}")
    ours, _, ratio = cpu_ratio(whole(half), half.parse, repeats)
    print(f"  {'read + condition + condense':42s} {ours:9.2f} {ratio:9.2f}")
    total = "whole half hour, products of a day shared"
    print(f"  {total:42s} {ours + shared * parse:9.2f} {ratio + shared:9.2f}")
    print(f"  peak memory {peak_mb():.0f} MB, of which {before:.0f} MB before the first file (libraries)")


def main() -> None:
    """Run all, each input in a process of its own so that its peak memory is its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--only", type=int, help="one input, in this process")
    arguments = parser.parse_args()
    if arguments.only is None:
        for k in range(len(half_hours())):
            command = [
                sys.executable,
                "-m",
                "benchmarks",
                "--only",
                str(k),
                "--repeats",
                str(arguments.repeats),
            ]
            subprocess.run(command, check=True)
        subprocess.run([sys.executable, "-m", "benchmarks.formats"], check=True)
        for other in ("imported_project", "chamber", "start_up", "station_archive"):
            subprocess.run([sys.executable, "-m", f"benchmarks.{other}"], check=True)
        return
    folder = Path(tempfile.mkdtemp(prefix="fluxkit-bench-"))
    try:
        report(half_hours()[arguments.only], folder, repeats=arguments.repeats)
        report_schemes(half_hours()[arguments.only], repeats=arguments.repeats)
        if arguments.only == 0:
            report_year(half_hours()[0], repeats=arguments.repeats)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
