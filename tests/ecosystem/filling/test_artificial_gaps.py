"""Artificial gaps, the intervals that follow from them, and the test that any filler can be put to."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.filling.artificial import Block, class_of, days_of_gap, gaps_like, gaps_of, hidden
from fluxkit.ecosystem.filling.calibration import _reach, calibrate
from fluxkit.ecosystem.filling.registry import Filled, FillingError
from fluxkit.synthetic.half_hours import known_budget

DAY = 48


@pytest.fixture(scope="module")
def made():
    return known_budget(7, years=1)


def test_gaps_keep_lengths_and_hours(made):
    at = fk.ecosystem.HalfHours.of(made)
    values = made.NEE.values
    own = {(first % DAY, stop - first) for first, stop in _runs(np.isnan(values))}
    for plan in gaps_like(values, at, 4, seed=1):
        taken = np.zeros(values.size, int)
        for block in plan:
            assert (block.first % DAY, block.size) in own
            taken[block.first : block.stop] += 1
        assert taken.max() == 1


def test_gaps_of_the_longest_class_are_among_them(made):
    at = fk.ecosystem.HalfHours.of(made)
    longest = max(stop - first for first, stop in _runs(np.isnan(made.NEE.values)))
    plans = gaps_like(made.NEE.values, at, 4, seed=1)
    assert all(max(block.size for block in plan) == longest for plan in plans)


def test_a_length_of_ones_own(made):
    at = fk.ecosystem.HalfHours.of(made)
    plan = gaps_of(made.NEE.values, at, 2 * DAY, seed=3)
    assert sum(block.size for block in plan) == pytest.approx(0.1 * 17520, rel=0.1)
    kept = hidden(made.NEE.values, plan)
    assert all(np.isnan(kept[block.first : block.stop]).all() for block in plan)
    assert gaps_of(made.NEE.values, at, 2 * DAY, seed=3) == plan


def test_days_of_gap():
    at = fk.ecosystem.HalfHours(
        np.datetime64("2020-01-01", "ns") + np.arange(96) * np.timedelta64(30, "m"), 1800.0
    )
    values = np.where((np.arange(96) >= 10) & (np.arange(96) < 34), np.nan, 1.0)
    days = days_of_gap(values, at)
    assert days[9] == 0.0
    assert days[10] == 0.5
    assert class_of(np.array([1 / 48, 0.5, 0.6, 34.0])).tolist() == [0, 1, 2, 6]


def test_conformal_quantile_by_hand():
    """Blocks of one value: the ceil(0.9 (n + 1))-th smallest of n."""
    blocks = [np.array([float(size)]) for size in range(1, 100)]
    assert _reach(blocks, 0.9) == 90.0


@pytest.mark.parametrize("tried", [6, 12])
def test_few_blocks_hold_nine_tenths_of_another_one(tried):
    """Gaps of a hundred records that differ in how far they are off as a whole."""
    random = np.random.default_rng(0)

    def gap():
        return np.abs(random.normal(random.normal(0.0, 0.4), 1.0, 100))

    held = [np.mean(gap() <= _reach([gap() for _ in range(tried)], 0.9)) for _ in range(200)]
    assert np.mean(held) == pytest.approx(0.9, abs=0.025)


@pytest.mark.parametrize("tried", [8, 16])
def test_records_weigh_alike_where_seasons_differ(tried):
    """Gaps of summer have three times the records of those of winter, and twice the error."""
    random = np.random.default_rng(1)

    def gap():
        n, error = ((300, 2.0), (100, 1.0))[random.integers(2)]
        return np.abs(random.normal(random.normal(0.0, 0.4), error, n))

    held, records = 0, 0
    for _ in range(200):
        reach = _reach([gap() for _ in range(tried)], 0.9)
        for one in (gap(), gap(), gap()):
            held, records = held + np.count_nonzero(one <= reach), records + one.size
    assert held / records == pytest.approx(0.9, abs=0.02)


def test_few_long_gaps_are_spread_over_the_year():
    """A dozen places of one gap of 20 days, which cannot stand by itself: no fifth of the year without."""
    n = 365 * DAY
    at = fk.ecosystem.HalfHours(
        np.datetime64("2021-01-01", "ns") + np.arange(n) * np.timedelta64(30, "m"), 1800.0
    )
    values = np.where((np.arange(n) >= 100 * DAY) & (np.arange(n) < 120 * DAY), np.nan, 1.0)
    for seed in range(20):
        days = sorted(block.first / DAY for plan in gaps_like(values, at, 12, seed) for block in plan)
        assert len(days) == 12
        assert max(np.diff([0.0, *days, 345.0])) <= 73.0


def test_errors_that_a_gap_shares_are_told_from_those_of_all_gaps():
    """A filler whose error is +1 in all gaps, and another whose sign is that of the month."""
    n = 365 * DAY
    at = fk.ecosystem.HalfHours(
        np.datetime64("2021-01-01", "ns") + np.arange(n) * np.timedelta64(30, "m"), 1800.0
    )
    random = np.random.default_rng(0)
    truth = 5.0 * np.sin(np.arange(n) / 24 * np.pi)
    values = np.where(random.random(n) < 0.1, np.nan, truth + random.normal(0.0, 0.3, n))
    values[100 * DAY : 108 * DAY] = np.nan
    week = int(class_of(np.array(8.0)))
    constant = calibrate(lambda series: truth + 1.0, values, at)
    assert constant.bias[week] == pytest.approx(1.0, rel=0.05)
    assert constant.spread[week] < 0.1
    sign = np.where(at.month % 2 == 0, 1.0, -1.0)
    alternating = calibrate(lambda series: truth + sign, values, at)
    assert abs(alternating.bias[week]) < 0.6
    assert 0.5 < alternating.spread[week] < 1.2


def test_a_filler_of_ones_own_runs_in_the_same_test(made):
    @fk.ecosystem.register_filler("mean of the day")
    def mean(values, drivers, at):
        there, one = values[np.isfinite(values)], np.ones(values.size, int)
        days = values.size / at.per_day
        return Filled(there.mean() * one, 3 * one, one, days * one, there.size * one, there.std() * one)

    shown = fk.ecosystem.skill(
        made, "NEE", methods=["mds", "boosting", "mean of the day"], lengths=[0.0, 12.0], scenarios=2,
        settings={"boosting": {"folds": 3, "refuse": False}},
    )  # fmt: skip
    assert shown.rmse.dims == ("filler", "length")
    assert (shown.rmse.sel(filler="boosting") < shown.rmse.sel(filler="mean of the day")).all()
    assert (shown.rmse.sel(filler="boosting", length=12.0) < shown.rmse.sel(filler="mds", length=12.0)).all()
    assert float(shown.coverage.sel(filler="boosting", length=0.0)) == pytest.approx(0.9, abs=0.06)
    assert (shown.n.sel(filler="mds") == shown.n.sel(filler="boosting")).all()


def test_nothing_to_try():
    time = np.datetime64("2021-01-01", "ns") + np.arange(96) * np.timedelta64(30, "m")
    ds = xr.Dataset({"NEE": ("time", np.full(96, np.nan))}, {"time": time})
    with pytest.raises(FillingError, match="nothing of NEE"):
        fk.ecosystem.skill(ds, "NEE")
    with pytest.raises(FillingError, match="no series 'FCH4'"):
        fk.ecosystem.skill(ds, "FCH4")


def _runs(mask):
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def test_blocks_know_their_size():
    assert Block(3, 10).size == 7
