import numpy as np
import pytest

from fluxkit.budget.series.agreement import compare_series, correct_series, pixel_share, straight_line
from fluxkit.budget.series.series import CarbonSeries, common_years, period_means


def daily(first, last, rate, name="tower", variable="GPP"):
    begin = np.arange(first, last, dtype="M8[D]")
    return CarbonSeries(name, variable, begin, begin + 1, np.broadcast_to(rate, begin.shape).astype(float))


def seasonal(days, seed=None, noise=1.5):
    gpp = 5 + 4.5 * np.sin(2 * np.pi * (days - 100) / 365.25)
    if seed is None:
        return gpp
    return gpp + noise * np.random.default_rng(seed).standard_normal(days.size)


def test_means_keep_the_total_whatever_the_calendar():
    """Composites of eight days that cross months are shared out by days."""
    begin = np.arange("2020-01-01", "2021-01-01", 8, dtype="M8[D]")
    end = np.minimum(begin + 8, np.datetime64("2021-01-01"))
    rate = np.random.default_rng(1).uniform(0, 9, begin.size)
    series = CarbonSeries("sat", "GPP", begin, end, rate)
    months, year = period_means(series, "month"), period_means(series, "year")
    assert months.rate.size == 12
    assert months.totals().sum() == pytest.approx(series.totals().sum())
    assert year.totals()[0] == pytest.approx(series.totals().sum())
    assert year.days[0] == 366
    by_day = np.repeat(rate, (end - begin).astype(int))
    assert months.rate[1] == pytest.approx(by_day[31:60].mean())


def test_years_with_gaps_are_not_made_up():
    series = daily("2020-01-01", "2022-01-01", 3.0)
    rate = series.rate.copy()
    rate[400:520] = np.nan
    gappy = CarbonSeries("t", "GPP", series.begin, series.end, rate)
    means = period_means(gappy, "year")
    assert np.isfinite(means.rate[0])
    assert np.isnan(means.rate[1])
    assert common_years([series, gappy]) == [2020]
    assert (
        period_means(CarbonSeries("n", "GPP", series.begin, series.end, rate * np.nan), "month").rate.size
        == 0
    )


def test_planted_slope_and_bias_are_in_their_intervals():
    """AR(1) noise: plain least squares would be too sure of itself."""
    hits = np.zeros(2)
    for seed in range(200):
        rng = np.random.default_rng(seed)
        days = np.arange(730.0)
        truth = seasonal(days)
        noise = np.zeros(730)
        for k in range(1, 730):
            noise[k] = 0.7 * noise[k - 1] + rng.standard_normal()
        tower = daily("2020-01-01", "2021-12-31", truth)
        model = daily("2020-01-01", "2021-12-31", 0.6 + 0.85 * truth + noise, "model")
        found = compare_series(model, tower, "day")
        low, high = found.line.interval()
        hits += (
            low <= 0.85 <= high,
            found.bias_interval()[0] <= (0.6 - 0.15 * truth.mean()) <= found.bias_interval()[1],
        )
    print(hits / 200)
    assert hits[0] / 200 >= 0.9
    assert hits[1] / 200 >= 0.88


def test_nep_and_nee_are_one_thing_and_npp_and_gpp_are_not():
    tower = daily("2020-01-01", "2021-01-01", -seasonal(np.arange(366.0)), variable="NEE")
    model = daily("2020-01-01", "2021-01-01", seasonal(np.arange(366.0)), "m", "NEP")
    assert compare_series(model, tower).bias == pytest.approx(0.0)
    with pytest.raises(ValueError, match="m is NPP, which cannot be compared with NEE"):
        compare_series(daily("2020-01-01", "2021-01-01", 1.0, "m", "NPP"), tower)


def test_few_pairs_say_so():
    found = compare_series(
        daily("2020-01-01", "2020-03-01", 1.0, "m"), daily("2020-01-01", "2020-03-01", 1.0)
    )
    assert found.line is None
    assert "2 months with both m and tower are too few" in found.sentence()


@pytest.mark.parametrize("period", ["day", "month"])
def test_a_longer_series_is_corrected_to_what_the_tower_would_have_seen(period):
    """The satellite has half of the variation; the tower's last three of eight years tell so."""
    inside = 0
    for seed in range(60):
        days = np.arange(8 * 365.0 + 2)
        truth = seasonal(days) * (1 + 0.1 * np.sin(days / 900))
        rng = np.random.default_rng(seed)
        satellite = daily("2012-01-01", "2020-01-01", 1 + 0.5 * truth + rng.normal(0, 0.4, days.size), "sat")
        late = satellite.begin >= np.datetime64("2017-01-01")
        tower = CarbonSeries("tower", "GPP", satellite.begin[late], satellite.end[late], truth[late])
        found = correct_series(satellite, tower, period)
        assert found.line.slope == pytest.approx(2.0, abs=0.35)
        year = truth[:366].sum()
        low, high = found.years[2012].interval()
        inside += low <= year <= high
        assert abs(found.years[2012].value / year - 1) < 0.03
    assert inside / 60 >= 0.9


def test_correction_tells_how_far_it_reaches_beyond_the_tower():
    satellite = daily("2018-01-01", "2021-01-01", seasonal(np.arange(1096.0)), "sat")
    satellite.rate[:365] += 20.0
    tower = daily("2020-01-01", "2021-01-01", seasonal(np.arange(731.0, 1097.0)))
    found = correct_series(satellite, tower)
    assert found.beyond == pytest.approx(1 / 3, abs=0.04)
    with pytest.raises(ValueError, match="too few to correct"):
        correct_series(satellite, daily("2025-01-01", "2026-01-01", 1.0))


def test_a_line_of_independent_points_has_the_textbook_errors():
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 10, 4000)
    y = 1 + 2 * x + rng.normal(0, 3, 4000)
    line = straight_line(x, y)
    assert line.effective == pytest.approx(4000, rel=0.1)
    assert line.slope_se == pytest.approx(3 / np.sqrt(np.sum((x - x.mean()) ** 2)), rel=0.06)
    assert line.error_of_mean(x.mean()) == pytest.approx(3 / np.sqrt(4000), rel=0.08)


def test_the_pixel_holds_its_share_of_the_footprint():
    x = np.arange(-1500.0, 1501.0, 25.0)
    density = np.exp(-(x[:, None] ** 2 + x**2) / (2 * 200.0**2)) / (2 * np.pi * 200.0**2)
    assert pixel_share(x, x, density, (0, 0), 800.0) == pytest.approx(0.9545**2, abs=2e-3)
    assert pixel_share(x, x, density, (400.0, 0), 800.0) == pytest.approx(0.5 * 0.9545, abs=2e-3)
    assert pixel_share(x, x, density, (5000.0, 0), 500.0) == 0.0
