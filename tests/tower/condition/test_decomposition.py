"""Outliers planted in a series with season, trend and gaps are found; its own course is not."""

import numpy as np
import pytest

from fluxkit.tower.condition.decomposition import outliers_vitale_2020, stl_signal

PERIOD, DAYS = 48, 90


@pytest.fixture(scope="module")
def series() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Flux, truth, and where an outlier was planted: large by day, noise in proportion, a third missing."""
    rng = np.random.default_rng(3)
    t = np.arange(PERIOD * DAYS)
    day = np.clip(np.sin(2 * np.pi * (t / PERIOD - 0.25)), 0.0, None)
    truth = 3.0 - 15.0 * day * (0.6 + 0.4 * np.cos(2 * np.pi * t / t.size))
    scale = 0.2 + 0.06 * np.abs(truth)
    y = truth + rng.laplace(0.0, 1.0, t.size) * scale
    planted = np.zeros(t.size, dtype=bool)
    planted[rng.choice(t.size, 60, replace=False)] = True
    y[planted] += np.where(rng.random(60) < 0.5, -1.0, 1.0) * 20.0 * scale[planted]
    y[rng.random(t.size) < 0.3] = np.nan
    y[1000:1150] = np.nan
    return y, truth, planted & ~np.isnan(y)


def test_outliers_are_found(series):
    y, _, planted = series
    found = outliers_vitale_2020(y, period=PERIOD)
    assert found[planted].mean() > 0.95
    assert found[~planted].sum() / np.count_nonzero(~np.isnan(y)) < 0.015
    assert not found[np.isnan(y)].any()


def test_they_are_found_in_any_units(series):
    y, _, _ = series
    np.testing.assert_array_equal(
        outliers_vitale_2020(-1e-6 * y, period=PERIOD), outliers_vitale_2020(y, period=PERIOD)
    )


def test_signal_follows_day_and_season(series):
    y, truth, planted = series
    there = ~np.isnan(y) & ~planted
    rest = (stl_signal(y, period=PERIOD) - truth)[there]
    assert np.sqrt(np.mean(rest**2)) < 0.35 * np.std(truth)


def test_a_short_or_empty_series_has_none():
    y = np.random.default_rng(0).standard_normal(5 * PERIOD)
    y[7] = 1e6
    assert not outliers_vitale_2020(y, period=PERIOD).any()
    assert not outliers_vitale_2020(np.full(20 * PERIOD, np.nan), period=PERIOD).any()


def test_a_constant_series_has_none():
    assert not outliers_vitale_2020(np.full(20 * PERIOD, 1.5), period=PERIOD).any()
