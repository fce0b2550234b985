"""Random errors against the true scatter of fluxes: many periods cut from one long series of turbulence."""

import numpy as np
import pytest

from fluxkit.synthetic import mixture
from fluxkit.tower.chain import condense, decide
from tests.tower import mast

CASES = {
    "winter": {
        "t_air": 274.0,
        "r_h2o": 0.004,
        "cov_t": 0.092,
        "cov_h2o": 8e-6,
        "cov_co2": 7e-9,
        "zeta": -0.1,
    },
    "dry and hot": {"t_air": 303.0, "cov_t": 0.34, "cov_h2o": 2e-5, "cov_co2": -2.6e-8, "zeta": -0.4},
    "summer": {},
}
FLUXES = ("H", "LE", "FC", "FN2O")


def said_and_scattered(case, periods, *, seed, **decide_):
    """Flux -> random errors said, and how far each flux is from the mean of all."""
    air, other = (mast.air(seed + k, n=periods * mast.N, **CASES[case]) for k in (0, 1))
    nitrous = 3.3e-7 + 1e-3 * (other.co2 - other.co2.mean())
    seen = mast.seen(air) | {"n2o": mixture.molar_density(nitrous, air.t, air.p, air.h2o)}
    site = mast.make_site(
        gases=("co2", "h2o", "n2o"),
        decide=mast.SPECTRA_OFF | {"lag": "constant"} | decide_,
    )
    fluxes = decide(condense(mast.dataset(seen), site), site)
    return {
        name: (fluxes[f"{name}_RANDUNC_HF"].values, fluxes[name].values - fluxes[name].values.mean())
        for name in FLUXES
    }


def check(case, periods, *, ratio, coverage, **how):
    for name, (said, apart) in said_and_scattered(case, periods, **how).items():
        found = float(np.sqrt(np.mean(said**2)) / apart.std(ddof=1))
        within = float(np.mean(np.abs(apart) < said))
        print(f"{case}, {name}: said over true scatter {found:.2f}, {100 * within:.0f} % within one")
        assert ratio[0] < found < ratio[1], name
        assert coverage[0] < within < coverage[1], name


@pytest.mark.parametrize("case", sorted(CASES))
def test_few_periods(case):
    check(case, 30, seed=5, ratio=(0.7, 1.45), coverage=(0.45, 0.9))


def test_limit_of_detection_is_that_of_the_flux():
    """Three times the scatter at far lags: of the order of the random error, not of what heat makes."""
    air = mast.air(3, n=4 * mast.N, **CASES["dry and hot"])
    moments = condense(mast.dataset(mast.seen(air)), mast.make_site())
    found = decide(moments, mast.make_site(decide=mast.SPECTRA_OFF))
    ratio = found["FC_LOD"].values / found["FC_RANDUNC_HF"].values
    assert np.all((ratio > 1.0) & (ratio < 6.0))


@pytest.mark.slow
@pytest.mark.parametrize("case", sorted(CASES))
def test_many_periods(case):
    check(case, 200, seed=7, ratio=(0.8, 1.25), coverage=(0.6, 0.76))
