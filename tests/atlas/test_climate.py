"""Means of months, normals and trends against numbers known otherwise."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau, theilslopes

from fluxkit.atlas.climate import TREND_YEARS, months_of, normal_of, trend_of, word_of
from tests.atlas.conftest import half_hours


def test_without_gaps_a_month_is_what_pandas_says():
    start = half_hours(2019, 2)
    values = np.random.default_rng(1).normal(3.0, 2.0, start.size)
    months = months_of(values, start, 1800.0)
    theirs = pd.Series(values, pd.DatetimeIndex(start))
    np.testing.assert_allclose(months.mean.ravel(), theirs.resample("MS").mean())
    np.testing.assert_allclose(months.annual, theirs.resample("YS").mean())
    np.testing.assert_allclose(months.share, 1.0)
    assert months.years.tolist() == [2019, 2020]


def test_gaps_by_night_do_not_move_a_month():
    """The generator knows no courses: a sine of the day, nine tenths of the nights lost."""
    start = half_hours(2021, 1)
    hour = (np.arange(start.size) % 48) / 2.0
    truth = 5.0 * np.cos(hour / 24 * 2 * np.pi) + 2.0
    lost = (np.random.default_rng(2).random(start.size) < 0.8) & ((hour < 6) | (hour > 18))
    values = np.where(lost, np.nan, truth)
    months = months_of(values, start, 1800.0)
    np.testing.assert_allclose(months.mean[0], 2.0, atol=5e-3)
    assert abs(np.nanmean(values) - 2.0) > 0.3  # what a plain mean says
    np.testing.assert_allclose(months.annual_share, 1 - lost.mean(), atol=1e-3)


def test_a_month_without_its_nights_has_no_mean():
    start = half_hours(2021, 1)
    hour = (np.arange(start.size) % 48) / 2.0
    values = np.where((hour < 6) & (start < np.datetime64("2021-02-01")), np.nan, 1.0)
    months = months_of(values, start, 1800.0)
    assert np.isnan(months.mean[0, 0])
    assert np.isfinite(months.mean[0, 1:]).all()
    assert np.isnan(months.annual[0])


def test_series_may_begin_and_end_anywhere():
    start = half_hours(2020, 3)[10_000:40_000:2]  # hours
    months = months_of(np.ones(start.size), start, 3600.0)
    known = np.isfinite(months.mean)
    assert not known[0, 5]
    assert known[0, 8:].all()
    assert known[1].all()


def test_normals_are_means_over_years_with_their_spread():
    start = half_hours(2018, 3)
    year = start.astype("datetime64[Y]").astype(int) + 1970
    months = months_of(np.choose(year - 2018, [1.0, 2.0, 6.0]), start, 1800.0)
    normal = normal_of(months)
    np.testing.assert_allclose(normal.mean, 3.0)
    np.testing.assert_allclose(normal.spread, np.std([1, 2, 6], ddof=1))
    assert normal.count.tolist() == [3] * 12
    one = normal_of(months_of(np.ones(17520), half_hours(2021, 1), 1800.0))
    assert np.isnan(one.spread).all()


def test_means_are_called_what_they_are():
    said = [word_of(n) for n in (0, 1, 9, 10, 29, 30)]
    assert said == ["no whole month", "mean of 1 year", "mean of 9 years", "period average of 10 years",
                    "period average of 29 years", "normal of 30 years"]  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_a_trend_is_that_of_scipy(seed):
    rng = np.random.default_rng(seed)
    years = np.arange(2000, 2014)
    annual = np.round(0.3 * (years - 2000) * (seed - 2) + rng.normal(size=years.size), 1)
    annual[3] = np.nan
    there = np.isfinite(annual)
    trend = trend_of(years, annual)
    assert trend.slope == pytest.approx(theilslopes(annual[there], years[there])[0])
    theirs = kendalltau(years[there], annual[there], method="asymptotic").pvalue
    assert trend.chance == pytest.approx(theirs, abs=0.05)  # theirs is without the correction for continuity
    assert trend.years == 13


def test_a_trend_of_few_years_is_withheld():
    years = np.arange(2000, 2000 + TREND_YEARS - 1)
    trend = trend_of(years, years * 1.0)
    assert np.isnan(trend.slope)
    assert trend.withheld == "9 whole years; a trend needs 10"
    assert trend_of(np.arange(2000, 2010), np.arange(10.0)).chance < 1e-3
    assert trend_of(np.arange(2000, 2010), np.ones(10)).chance == 1.0


def test_no_trend_is_rarely_one():
    """Of series without any, one in twenty has a chance below 0.05."""
    rng = np.random.default_rng(7)
    years = np.arange(2000, 2015)
    found = [trend_of(years, rng.normal(size=15)).chance < 0.05 for _ in range(600)]
    assert 0.025 < np.mean(found) < 0.07
