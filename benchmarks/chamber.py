"""Print what fits and choices of closed chambers cost: `python -m benchmarks.chamber`.

CPU time of one thread, warm, medians. goFlux 0.2.1 needs 30 to 35 s for lines and exponentials of
1,000 closures of 182 points. A day of an LI-8250 that measures every 7.5 min is 192 files.
"""

import argparse
import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import shutil  # noqa: E402
import tempfile  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

from benchmarks.measure import cpu_ms  # noqa: E402
from fluxkit.chamber import chain  # noqa: E402
from fluxkit.chamber.analysers.reading import open_analyser  # noqa: E402
from fluxkit.chamber.closures.batch import Batch  # noqa: E402
from fluxkit.chamber.fits import bubbles, fits  # noqa: E402
from fluxkit.chamber.fits.choice import ChoiceLimits, choose_fits  # noqa: E402
from fluxkit.chamber.fits.models import MODELS  # noqa: E402
from fluxkit.chamber.synthetic.closures import make_closures  # noqa: E402
from fluxkit.raw.series import FileClosure, Series  # noqa: E402
from tests.logger_files.analyser_files import write_analyser_file  # noqa: E402

GOFLUX_S = 30.0  #: for 1,000 closures, the lower end of what was measured
RULES = ("aicc", "aicc-average", "goflux", "gasfluxes-kappa-max", "hmr", "licor")
FILES = 192  #: of a day
BEFORE = 12  #: records of a file before closing


def steps(count: int) -> dict[str, Callable[[], object]]:
    """Each fit, all choices, and bubbles, of so many closures of 182 points."""
    made = make_closures(count, duration=181.0, feedback=1 / 180, noise=2e-7, rho=0.3, seed=1)
    batch = Batch(made.t, made.c, made.offsets)
    start, _ = fits.starting_concentration(batch)
    models = tuple(MODELS)
    found = fits.fit_all(batch, models, start=start)
    ones = np.ones(count)
    limits = ChoiceLimits(
        precision=2e-7 * ones, duration=182.0 * ones, detection=1e-9 * ones, flux_term=8.0 * ones
    )
    out: dict[str, Callable[[], object]] = {
        name: lambda name=name: fits.fit_all(batch, [name], start=start) for name in models
    }
    out["all fits"] = lambda: fits.fit_all(batch, models, start=start)
    out["line and exponential"] = lambda: fits.fit_all(batch, ["linear", "hm"])
    out["all choices"] = lambda: [choose_fits(found, rule=rule, limits=limits) for rule in RULES]
    out["bubbles"] = lambda: bubbles.find_bubbles(batch)
    return out


def day_of_files(folder: Path) -> list[Path]:
    """Write a day of an LI-8250 with an analyser of two gases, one file each closure of 2 min."""
    made = {
        gas: make_closures(
            FILES, slope=slope, duration=120.0, start=start, feedback=1e-3, noise=noise, seed=2
        )
        for gas, slope, start, noise in (("co2", 3e-7, 420e-6, 4e-7), ("ch4", 1e-9, 2e-6, 6e-10))
    }
    second = np.timedelta64(10**9, "ns")
    paths = []
    for k in range(FILES):
        closing = np.datetime64("2024-07-01T00:00:30", "ns") + k * 450 * second
        time = closing + np.arange(-BEFORE, 121) * second
        n = time.size
        data = {
            gas: np.concatenate([np.full(BEFORE, c.values[k][0]), c.values[k]]) for gas, c in made.items()
        }
        data |= {"h2o": np.full(n, 0.011), "p_chamber": np.full(n, 98e3), "t_chamber": np.full(n, 290.0)}
        closure = FileClosure(
            f"{k}",
            "port 1",
            closing,
            time[-1],
            area=0.03178,
            volume=0.006,
            height=0.05,
            deadband=20.0,
            stop=120.0,
        )
        series = Series(
            time, data, closures=[closure], format="li-8250", model="LI-7810", serial="TG10-00000"
        )
        paths.append(write_analyser_file(series, folder / f"{k:03d}.82z"))
    return paths


def report_fits(count: int, repeats: int) -> None:
    """Print what fits of so many closures cost."""
    print(f"\n{count} closures of 182 points, CPU time, one thread")
    for name, step in steps(count).items():
        seconds = cpu_ms(step, repeats) / 1e3
        ratio = GOFLUX_S * count / 1000 / seconds
        print(f"{name:24} {seconds * 1e3:9.1f} ms   goFlux takes {ratio:8.0f} x as long")


def report_day(repeats: int) -> None:
    """Print what a day of files costs, to their fluxes."""
    folder = Path(tempfile.mkdtemp(prefix="fluxkit-bench-"))
    try:
        paths = day_of_files(folder)
        series = [open_analyser(path, utc_offset_h=0.0) for path in paths]
        read = cpu_ms(lambda: [open_analyser(path, utc_offset_h=0.0) for path in paths], repeats)
        made = cpu_ms(lambda: chain.fluxes(series), repeats)
    finally:
        shutil.rmtree(folder)
    print(f"a day of an LI-8250, {FILES} files, 2 gases, and water vapour: read {read / 1e3:.2f} s, "
          f"fluxes {made / 1e3:.2f} s, together {(read + made) / 1e3:.2f} s")  # fmt: skip


def report(count: int = 1000, repeats: int = 5) -> None:
    """Print fits and a day of files."""
    report_fits(count, repeats)
    report_day(repeats)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--closures", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    report(arguments.closures, arguments.repeats)


if __name__ == "__main__":
    main()
