"""The law: what is decided from moments equals what the samples themselves give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxkit.tower.direct import from_samples
from fluxkit.tower.lags.lag import SearchWindow
from fluxkit.tower.period_moments import Lags, condense_period
from fluxkit.tower.rotations.rotation import ROTATIONS
from fluxkit.tower.turbulence import Choices, from_moments

RATE = 10.0
SCALARS = ("t_sonic", "co2", "h2o")
LAGS = {"t_sonic": Lags(0, 0), "co2": Lags(-5, 12), "h2o": Lags(0, 20)}


def make_samples(seed: int, minutes: float, missing: float, trend: float) -> dict[str, np.ndarray]:
    """Correlated red noise with a mean wind in any direction, a trend, and gaps in every variable."""
    rng = np.random.default_rng(seed)
    n = round(minutes * 60 * RATE)
    common = np.convolve(rng.standard_normal(n + 20), np.ones(20) / 20, mode="valid")[:n]
    ramp = trend * np.linspace(-0.5, 0.5, n)

    def signal(mean: float, sigma: float, share: float) -> np.ndarray:
        x = mean + sigma * (share * common * 4 + rng.standard_normal(n) + ramp)
        if missing:
            x[rng.random(n) < missing] = np.nan
        return x

    direction = rng.uniform(0, 2 * np.pi)
    return {
        "u": signal(3 * np.cos(direction), 0.8, -0.5),
        "v": signal(3 * np.sin(direction), 0.7, 0.3),
        "w": signal(rng.uniform(-0.3, 0.3), 0.4, 0.6),
        "t_sonic": signal(293.0, 0.5, 0.5),
        "co2": signal(0.0161, 2e-4, -0.5),
        "h2o": signal(0.55, 0.02, 0.4),
    }


def both_ways(periods: list[dict[str, np.ndarray]], choices: Choices):
    records = [
        condense_period(p, rate=RATE, scalars=SCALARS, lags=LAGS, max_lag=30, bins=20) for p in periods
    ]
    arrays = {k: np.stack([np.asarray(r[k]) for r in records]) for k in records[0]}
    spans = {s: LAGS[s].first for s in SCALARS}
    time = np.datetime64("2024-07-01", "ns") + np.arange(len(periods)) * np.timedelta64(30, "m")
    return (
        from_moments(arrays, time, SCALARS, spans, choices),
        from_samples(periods, time, SCALARS, LAGS, choices, 30),
    )


def choices(rotation="double", linear=False, lag="covariance-maximum-default") -> Choices:
    windows = {"co2": SearchWindow(2, -5, 12), "h2o": SearchWindow(3, 0, 20)}
    return Choices(ROTATIONS[rotation], linear, lag, windows, RATE, "all", 3.0)


def assert_equal_to_rounding(got, expected, scale) -> float:
    """The law: 1e-6 of the covariance, or of what rounding leaves where it vanishes."""
    worst = np.max(np.abs(got - expected) / np.maximum(np.abs(expected), 1e-6 * scale))
    assert worst < 1e-6
    return float(worst)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    minutes=st.sampled_from([5, 15, 30, 60]),
    rotation=st.sampled_from(["double", "triple", "none"]),
    linear=st.booleans(),
    lag=st.sampled_from(["covariance-maximum-default", "covariance-maximum", "constant", "none"]),
    missing=st.sampled_from([0.0, 0.002, 0.09]),
    trend=st.sampled_from([0.0, 2.0]),
)
def test_moments_equal_the_direct_computation(seed, minutes, rotation, linear, lag, missing, trend):
    periods = [make_samples(seed, minutes, missing, trend)]
    ours, direct = both_ways(periods, choices(rotation, linear, lag))
    np.testing.assert_allclose(ours.angles, direct.angles, atol=1e-9)
    sigma = np.sqrt(np.einsum("tii->ti", direct.stress))
    assert_equal_to_rounding(ours.stress, direct.stress, sigma[:, :, None] * sigma[:, None, :])
    in_blocks = sigma[:, None, :2] * sigma[:, None, 2:]
    assert_equal_to_rounding(ours.stress_blocks, direct.stress_blocks, in_blocks)
    for name in SCALARS:
        a, b = ours.scalars[name], direct.scalars[name]
        scale = np.sqrt(b.variance)[:, None] * sigma
        np.testing.assert_array_equal(a.choice.used, b.choice.used)
        np.testing.assert_array_equal(a.choice.found, b.choice.found)
        assert_equal_to_rounding(a.covariance, b.covariance, scale)
        assert_equal_to_rounding(a.undetrended, b.undetrended, scale[:, 2])
        assert_equal_to_rounding(a.blocks, b.blocks, scale[:, 2:])
        assert_equal_to_rounding(a.variance, b.variance, b.variance)
        np.testing.assert_allclose(a.mean, b.mean, rtol=1e-12)


@pytest.mark.parametrize("linear", [False, True])
def test_random_error_of_moments_equals_the_direct_one(linear):
    """Correlation functions are kept in single precision; a removed line leaves its ends' share."""
    periods = [make_samples(seed, 15, 0.01, 1.0) for seed in range(3)]
    ours, direct = both_ways(periods, choices(linear=linear))
    tolerance = 2e-3 if linear else 1e-6
    np.testing.assert_allclose(ours.momentum_error, direct.momentum_error, rtol=tolerance)
    for name in SCALARS:
        np.testing.assert_allclose(ours.scalars[name].error, direct.scalars[name].error, rtol=tolerance)


def test_lost_wind_loses_the_period_and_nothing_else():
    periods = [make_samples(1, 5, 0.0, 0.0), make_samples(2, 5, 0.0, 0.0)]
    periods[0]["w"] = np.full_like(periods[0]["w"], np.nan)
    ours, direct = both_ways(periods, choices())
    for t in (ours, direct):
        assert np.isnan(t.stress[0]).all()
        assert np.isfinite(t.stress[1]).all()
        assert np.isnan(t.scalars["co2"].covariance[0]).all()
        assert np.isfinite(t.scalars["co2"].covariance[1]).all()
