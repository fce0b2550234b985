"""Print what fits and choices of closed chambers cost: `python -m benchmarks.chamber`.

CPU time of one thread, warm, medians. goFlux 0.2.1 needs 30 to 35 s for lines and exponentials of
1,000 closures of 182 points.
"""

import argparse
import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from collections.abc import Callable  # noqa: E402

import numpy as np  # noqa: E402

from benchmarks.measure import cpu_ms  # noqa: E402
from fluxkit.chamber import bubbles, fits  # noqa: E402
from fluxkit.chamber.batch import Batch  # noqa: E402
from fluxkit.chamber.choice import Limits, choose  # noqa: E402
from fluxkit.synthetic.closures import make_closures  # noqa: E402

GOFLUX_S = 30.0  #: for 1,000 closures, the lower end of what was measured
RULES = ("aicc", "aicc-average", "goflux", "gasfluxes-kappa-max", "hmr", "licor")


def steps(count: int) -> dict[str, Callable[[], object]]:
    """Each fit, all choices, and bubbles, of so many closures of 182 points."""
    made = make_closures(count, duration=181.0, feedback=1 / 180, noise=2e-7, rho=0.3, seed=1)
    batch = Batch(made.t, made.c, made.offsets)
    start, _ = fits.starting_concentration(batch)
    models = ("linear", "robust", "quadratic", "hm", "licor", "zhao", "ndfe", "three-point")
    found = fits.fit_all(batch, models, start=start)
    ones = np.ones(count)
    limits = Limits(precision=2e-7 * ones, duration=182.0 * ones, detection=1e-9 * ones, flux_term=8.0 * ones)
    out: dict[str, Callable[[], object]] = {
        name: lambda name=name: fits.fit_all(batch, [name], start=start) for name in models
    }
    out["all fits"] = lambda: fits.fit_all(batch, models, start=start)
    out["line and exponential"] = lambda: fits.fit_all(batch, ["linear", "hm"])
    out["all choices"] = lambda: [choose(found, rule=rule, limits=limits) for rule in RULES]
    out["bubbles"] = lambda: bubbles.find_bubbles(batch)
    return out


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--closures", type=int, default=1000)
    count = parser.parse_args().closures
    print(f"{count} closures of 182 points, CPU time, one thread")
    for name, step in steps(count).items():
        seconds = cpu_ms(step) / 1e3
        ratio = GOFLUX_S * count / 1000 / seconds
        print(f"{name:24} {seconds * 1e3:9.1f} ms   goFlux takes {ratio:8.0f} x as long")


if __name__ == "__main__":
    main()
