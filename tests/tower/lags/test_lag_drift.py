"""Drift of a clock in the course of lags."""

import numpy as np
import pytest

from fluxkit.tower.lags.lag_drift import lag_drift

RATE = 10.0


def course(days: int, per_day: float, *, seed: int = 0, noise: float = 0.15, outliers: float = 0.1):
    """Lags in whole samples that grow by so many seconds a day, with scatter and outliers."""
    rng = np.random.default_rng(seed)
    n = 48 * days
    time = np.datetime64("2024-03-01", "ns") + np.arange(n) * np.timedelta64(30, "m")
    lag = 1.0 + per_day * np.arange(n) / 48 + rng.normal(0.0, noise, n)
    stray = rng.random(n) < outliers
    lag[stray] = rng.uniform(-1.0, 5.0, stray.sum())
    return time, np.round(lag * RATE) / RATE, np.ones(n, dtype=bool)


@pytest.mark.parametrize("per_day", [0.02, -0.05])
def test_a_planted_drift_is_found(per_day):
    drift = lag_drift(*course(30, per_day), rate=RATE)
    assert drift.significant
    assert drift.per_day == pytest.approx(per_day, rel=0.1)
    assert drift.days == pytest.approx(29.0)


@pytest.mark.parametrize("seed", range(5))
def test_a_steady_lag_has_none(seed):
    assert not lag_drift(*course(60, 0.0, seed=seed), rate=RATE).significant


def test_a_drift_of_less_than_a_sample_is_not_worth_a_word():
    assert not lag_drift(*course(30, 0.002, noise=0.05, outliers=0.0), rate=RATE).significant


def test_a_year_and_ten_years_are_grouped():
    drift = lag_drift(*course(3650, 0.001), rate=RATE)
    assert drift.significant
    assert drift.per_day == pytest.approx(0.001, rel=0.02)


def test_unreliable_lags_and_short_stretches_tell_nothing():
    time, lag, reliable = course(30, 0.05)
    assert np.isnan(lag_drift(time, lag, ~reliable, rate=RATE).per_day)
    assert np.isnan(lag_drift(time[:190], lag[:190], reliable[:190], rate=RATE).per_day)
    reliable[::2] = False
    lag[::2] = np.nan
    assert lag_drift(time, lag, reliable, rate=RATE).per_day == pytest.approx(0.05, rel=0.1)
