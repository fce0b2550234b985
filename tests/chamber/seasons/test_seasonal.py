import numpy as np
import pytest

from fluxkit.chamber.seasons.light_response import LIGHT
from fluxkit.chamber.seasons.respiration import curve
from fluxkit.chamber.seasons.response import derivatives
from fluxkit.chamber.seasons.seasonal import accumulated, campaigns, fill, resampled

DAY = np.timedelta64(86400, "s")
BEGIN = np.datetime64("2026-04-01", "ns")
LLOYD_TAYLOR = curve("lloyd-taylor")
STEP = 3600.0


def season(days: int = 120):
    """Hours, temperature with days and a summer, base respiration that rises and falls."""
    hour = np.arange(24 * days)
    at = BEGIN + hour * np.timedelta64(3600, "s")
    day = hour / 24
    t = 283.15 + 8 * np.sin(np.pi * day / days) + 5 * np.sin(2 * np.pi * (day - 0.4))
    base = 2.0 + 1.5 * np.sin(np.pi * day / days)
    unit, _ = derivatives(LLOYD_TAYLOR.formula, np.array([1.0, 290.0]), [t])
    return at, t, base * unit


def visits(at, every=12, hours=(7, 9, 11, 13, 15, 17), plots=4):
    """Rows of the season at which plots are measured, and the plot of each."""
    days = np.arange(2, at.size // 24, every)
    rows = (days[:, None] * 24 + np.array(hours)).ravel()
    return np.repeat(rows, plots), np.tile(np.arange(plots), rows.size)


def test_a_season_without_scatter_is_restored():
    at, t, reco = season()
    rows, _ = visits(at)
    found = fill(LLOYD_TAYLOR, reco[rows], {"t": t[rows]}, at[rows], at, {"t": t}, replicates=50)
    truth = reco.sum() * STEP
    # What is left is that the base is a line between campaigns.
    assert found.total == pytest.approx(truth, rel=0.02)
    np.testing.assert_allclose(found.flux, reco, rtol=0.25)
    assert found.campaigns.size == 10


@pytest.mark.parametrize("seasons", [25, pytest.param(300, marks=pytest.mark.slow)])
def test_the_interval_holds_the_truth_as_often_as_it_says(seasons):
    at, t, _ = season(40)
    reco, _ = derivatives(LLOYD_TAYLOR.formula, np.array([2.5, 290.0]), [t])
    rows, _ = visits(at, every=9)
    rng, held, widths = np.random.default_rng(6), 0, []
    for k in range(seasons):
        y = reco[rows] * (1 + 0.25 * rng.standard_normal(rows.size))
        found = fill(LLOYD_TAYLOR, y, {"t": t[rows]}, at[rows], at, {"t": t}, replicates=200, seed=k)
        low, high = found.interval()
        held += low <= reco.sum() * STEP <= high
        widths.append((high - low) / found.total)
    print(f"95 % interval holds the truth in {held} of {seasons} seasons; width {np.mean(widths):.3f}")
    assert held / seasons > 0.95 - 3 * np.sqrt(0.95 * 0.05 / seasons)


def test_plots_drawn_whole_tell_of_other_plots():
    at, t, reco = season(40)
    rows, plot = visits(at, every=9)
    level = np.array([0.6, 0.9, 1.1, 1.4])[plot]
    rng = np.random.default_rng(3)
    y = level * reco[rows] * (1 + 0.02 * rng.standard_normal(rows.size))
    given = (LLOYD_TAYLOR, y, {"t": t[rows]}, at[rows], at, {"t": t})
    these = fill(*given, replicates=200)
    others = fill(*given, replicates=200, units=plot)
    # The error of the mean of four plots is that of their levels.
    expected = np.std([0.6, 0.9, 1.1, 1.4], ddof=1) / 2
    assert np.std(others.totals) / others.total == pytest.approx(expected, rel=0.25)
    assert np.std(these.totals) < 0.5 * np.std(others.totals)


def test_a_campaign_of_few_fluxes_takes_the_shape_of_all():
    at, t, reco = season(60)
    rows, _ = visits(at, every=12)
    last = rows[-24:]
    rows = np.concatenate([rows[:-24], last[:2]])
    found = fill(LLOYD_TAYLOR, 0.999 * reco[rows], {"t": t[rows]}, at[rows], at, {"t": t}, replicates=20)
    assert found.pooled[-1]
    np.testing.assert_allclose(found.flux[last], reco[last], rtol=0.1)


def test_light_response_fills_too():
    at, _, _ = season(30)
    hour = np.arange(at.size)
    par = 1.5e-3 * np.maximum(0, np.sin(2 * np.pi * (hour / 24 - 0.25)))
    gpp, _ = derivatives(LIGHT["smith"].formula, np.array([20.0, 4e4]), [par])
    rows, _ = visits(at, every=9)
    found = fill(LIGHT["smith"], gpp[rows], {"par": par[rows]}, at[rows], at, {"par": par}, replicates=20)
    np.testing.assert_allclose(found.flux, gpp, atol=1e-6)


def test_equal_seeds_give_equal_intervals():
    at, t, reco = season(30)
    rows, _ = visits(at)
    y = reco[rows] * (1 + 0.1 * np.sin(np.arange(rows.size) * 7.0))
    given = (LLOYD_TAYLOR, y, {"t": t[rows]}, at[rows], at, {"t": t})
    np.testing.assert_array_equal(fill(*given, replicates=9).totals, fill(*given, replicates=9).totals)
    assert not np.array_equal(fill(*given, replicates=9).totals, fill(*given, replicates=9, seed=2).totals)


def test_what_lacks_is_told():
    at, t, reco = season(10)
    rows = np.arange(10)
    few = (LLOYD_TAYLOR, reco[rows], {"t": t[rows]}, at[rows])
    with pytest.raises(ValueError, match="needs 240 values of 't' of the season"):
        fill(*few, at, {})
    with pytest.raises(ValueError, match="lacks 1 of 240 values"):
        fill(*few, at, {"t": np.where(np.arange(240) == 3, np.nan, t)})
    with pytest.raises(ValueError, match="evenly spaced"):
        fill(*few, at[[0, 1, 5]], {"t": t[[0, 1, 5]]})
    with pytest.raises(ValueError, match="too few"):
        fill(LLOYD_TAYLOR, reco[:2], {"t": t[:2]}, at[:2], at, {"t": t})


def test_campaigns_are_parted_by_pauses():
    time = BEGIN + np.array([30, 0, 1, 31, 2, 60]) * DAY
    np.testing.assert_array_equal(campaigns(time, gap_days=5), [1, 0, 0, 1, 0, 2])


def test_draws_keep_the_size_of_strata():
    strata = np.array([0, 0, 0, 1, 1])
    weights = resampled(strata, None, 50, np.random.default_rng(1))
    np.testing.assert_allclose(weights[:, :3].sum(axis=1), 3)
    np.testing.assert_allclose(weights[:, 3:].sum(axis=1), 2)
    many = resampled(np.zeros(5, int), None, 20000, np.random.default_rng(1))
    values = np.array([1.0, 4.0, 2.0, 8.0, 5.0])
    spread = (many @ values / 5).std()
    assert spread == pytest.approx(values.std(ddof=1) / np.sqrt(5), rel=0.02)
    whole = resampled(strata, np.array(["p", "p", "q", "q", "q"]), 50, np.random.default_rng(1))
    assert np.all(whole[:, 0] == whole[:, 1])
    assert np.all(whole[:, 0] + whole[:, 2] == 2)


def test_emission_by_lines_between_measurements():
    time = BEGIN + np.array([0, 10, 30, 0, 30, 5]) * DAY
    plot = np.array(["a", "a", "a", "b", "b", "lone"])
    flux = np.array([0.0, 2.0, 2.0, 1.0, 3.0, 9.0])
    total, totals, plots = accumulated(time, flux, plot, replicates=300)
    assert plots == {"a": pytest.approx(50 * 86400.0), "b": pytest.approx(60 * 86400.0)}
    assert total == pytest.approx(55 * 86400.0)
    assert np.std(totals) == pytest.approx(5 * 86400, rel=0.1)  # the error of a mean of two
    with pytest.raises(ValueError, match="at two times"):
        accumulated(time[:1], flux[:1], plot[:1])


def test_closures_by_day_bound_the_season():
    """A curve through some warm hours of a day may be anything at night: it counts where it saw both."""
    rng = np.random.default_rng(5)
    at = np.arange(
        np.datetime64("2024-04-01", "ns"), np.datetime64("2024-11-01", "ns"), np.timedelta64(3, "h")
    )
    day = (at - at[0]) / np.timedelta64(1, "D")
    t = 283.15 + 8 * np.sin(2 * np.pi * (day - 50) / 304) + 4 * np.sin(2 * np.pi * (day - 1 / 3))
    true = (2 + 1.2 * np.sin(np.pi * day / 214)) * np.exp(300 * (1 / 56.02 - 1 / (t - 227.13)))
    held, widths = 0, []
    for _ in range(12):
        rows = np.repeat(8 * np.linspace(5, 208, 10).round().astype(int), 12) + rng.integers(3, 6, 120)
        flux = true[rows] * (1 + 0.1 * rng.standard_normal(120))
        made = fill(curve("lloyd-taylor"), flux, {"t": t[rows]}, at[rows], at, {"t": t}, replicates=200)
        low, high = made.interval()
        total = true.sum() * 10800
        held += low <= total <= high
        widths.append((high - low) / 2 / total)
        assert made.total == pytest.approx(total, rel=0.1)
    print(f"half-width of the interval {100 * np.median(widths):.1f} %, at most {100 * max(widths):.1f} %")
    assert max(widths) < 0.25
    assert held >= 10
