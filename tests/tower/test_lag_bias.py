"""Bias of weak fluxes by the choice of the lag (Langford et al., 2015): planted covariance, lag and noise."""

import numpy as np
import pytest

from fluxkit.kernels import direct
from fluxkit.synthetic.turbulence import PlantedScalar, surrogate
from fluxkit.tower.lags import lag
from fluxkit.tower.lags.lag_windows import SearchWindow
from fluxkit.tower.lags.prewhitening import bootstrapped_lags

N, RATE, LAG, PERIODS, TRUTH = 9000, 10.0, 15, 40, 0.004
FIRST, COUNT = -20, 71
LAGS = np.arange(FIRST, FIRST + COUNT)
WINDOW = SearchWindow(LAG, FIRST, FIRST + COUNT - 1)


@pytest.fixture(scope="module")
def season() -> dict[str, np.ndarray]:
    """Covariances with w by lag: a weak gas in ten times its size of noise, a faint and a strong one."""
    found: dict[str, list] = {"weak": [], "faint": [], "strong": [], "white": [], "width": []}
    scalars = {
        "t": PlantedScalar(0.4, 0.05),
        "strong": PlantedScalar(1.0, 0.1),
        "faint": PlantedScalar(0.1, 0.012),
        "weak": PlantedScalar(0.1, TRUTH),
    }
    for seed in range(PERIODS):
        air = surrogate(N, RATE, ustar=0.3, scalars=scalars, seed=seed, quadrature="random").data
        noise = np.random.default_rng(1000 + seed).standard_normal(N)
        for name, size in (("weak", 1.0), ("faint", 0.3), ("strong", 0.0)):
            gas = np.roll(air[name], LAG) + size * noise
            found[name].append(direct.lagged_covariances(air["w"], gas, FIRST, COUNT))
            if name == "faint":
                white = bootstrapped_lags(
                    air["w"], air["t"], {"x": gas}, {"x": (FIRST, LAGS[-1])}, rate=RATE
                )["x"]
                found["white"].append(white.lag)
                found["width"].append(white.high - white.low)
    return {name: np.array(x) for name, x in found.items()}


def at(covariance, used) -> np.ndarray:
    return np.take_along_axis(covariance, (np.asarray(used, dtype=int) - FIRST)[:, None], axis=1)[:, 0]


def largest(season, name) -> lag.LagChoice:
    return lag.choose_lags(season[name], LAGS, WINDOW, method="covariance-maximum")


def unbiased(found: np.ndarray, truth: float) -> bool:
    return bool(abs(found.mean() - truth) < 2.5 * found.std() / np.sqrt(found.size))


def test_the_largest_covariance_is_too_large(season):
    """Twice and a half the weak gas's covariance, at a lag that is nearly never the true one."""
    choice = largest(season, "weak")
    size = np.abs(at(season["weak"], choice.used))
    assert size.mean() > 2.0 * TRUTH
    assert np.mean(np.abs(choice.used - LAG) <= 1) < 0.2


def test_a_constant_and_a_lent_lag_leave_no_bias(season):
    constant = lag.choose_lags(season["weak"], LAGS, WINDOW, method="constant")
    kept = (FIRST, int(LAGS[-1]))
    lent = lag.follow(largest(season, "strong"), largest(season, "weak"), offset=0, kept=kept)
    assert np.abs(lent.used - LAG).max() <= 3
    assert unbiased(at(season["weak"], constant.used), TRUTH)
    assert unbiased(at(season["weak"], lent.used), TRUTH)


def test_reliable_lags_by_prewhitening_are_right_and_leave_no_bias(season):
    """Correlation 0.1: of the lags with intervals up to 0.5 s none is off by more than two samples."""
    reliable = season["width"] <= 5
    assert reliable.mean() > 0.7
    assert np.abs(season["white"][reliable] - LAG).max() <= 2
    used = np.where(reliable, season["white"], LAG)
    assert unbiased(at(season["faint"], used), 0.012)


def test_a_lag_lent_beyond_what_is_held_is_flagged():
    donor = lag.choose_lags(
        np.eye(9)[[2, 8]], np.arange(9), SearchWindow(4, 0, 8), method="covariance-maximum"
    )
    lent = lag.follow(donor, donor, offset=3, kept=(0, 8))
    assert lent.used.tolist() == [5, 8]
    assert lent.at_default.tolist() == [False, True]
