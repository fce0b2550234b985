"""Which gaps the default filler leaves open, which take like conditions instead, and what it says of them."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.filling.artificial import class_of, days_of_gap, gaps_like
from fluxkit.ecosystem.filling.calibration import Skill, _skill, _Tried, calibrate
from fluxkit.ecosystem.filling.gaps import learnt
from fluxkit.ecosystem.filling.joined import _boundary
from tests.ecosystem.made_forest import forest

DAY = 48


def without(ds: xr.Dataset, *gaps: tuple[float, float]) -> xr.Dataset:
    """Take out gaps: begin and length in days."""
    nee = ds.NEE.values.copy()
    for first, days in gaps:
        nee[round(first * DAY) : round((first + days) * DAY)] = np.nan
    return ds.assign(NEE=("time", nee))


@pytest.fixture(scope="module")
def summer():
    """Half a year without drivers' gaps, and nights of nearly half a day that are missing."""
    return without(forest("2019-04-01", 180), *((10 * k + 0.8, 0.45) for k in range(1, 17)))


@pytest.fixture(scope="module")
def shown(summer):
    return learnt(summer, "NEE", folds=3)


def test_skill_holds_up_to_the_limit_of_its_class(summer, shown):
    """Gaps of 0.45 d were tried: half a day is as good, a week was not tried."""
    assert shown["skill"].boosting.longest == 0.5


@pytest.mark.parametrize("days", [0.48, 0.65, 1.4, 4.9])
def test_a_scenario_with_other_gaps_of_days_is_filled(summer, shown, days):
    other = without(summer, (45.3, days))
    out = fk.ecosystem.fill(other, "NEE", **shown)
    assert np.isfinite(out.NEE_F).all()
    gap = slice(round(45.3 * DAY), round((45.3 + days) * DAY))
    if days > 0.5:
        assert set(out.NEE_F_METHOD.values[gap]) <= {1.0, 2.0, 3.0}
        assert "no skill for gaps of more than 0.5 days; those of up to " in out.NEE_F.comment
        assert np.isfinite(out.NEE_F_GAP_SD.values[gap]).all()
    assert "stay open" not in out.NEE_F.comment


def test_what_is_longer_than_any_skill_stays_open_and_is_said(summer, shown):
    other = without(summer, (40, 30))
    out = fk.ecosystem.fill(other, "NEE", **shown)
    gap = np.isnan(other.NEE.values) & (days_of_gap(other.NEE.values, fk.ecosystem.HalfHours.of(other)) > 5)
    np.testing.assert_array_equal(np.isnan(out.NEE_F), gap)
    assert np.isnan(out.NEE_F_METHOD.values[gap]).all()
    assert (
        "30 days stay open: gradient boosting was better than the mean course of the day" in out.NEE_F.comment
    )
    assert "of up to 0.5 days alone" in out.NEE_F.comment
    assert "nothing similar" not in out.NEE_F.comment
    forced = fk.ecosystem.fill(other, "NEE", refuse=False, **shown)
    assert np.isfinite(forced.NEE_F).all()


def test_gaps_of_scenarios_are_tried_with_those_of_the_series(summer):
    """A scenario's month and a half, which the series itself has not."""
    other = without(summer, (60, 25))
    at = fk.ecosystem.HalfHours.of(summer)
    own = gaps_like(summer.NEE.values, at, 3, seed=0)
    both = gaps_like(summer.NEE.values, at, 3, seed=0, others=[other.NEE.values])
    assert max(block.size for plan in own for block in plan) < DAY
    assert [max(block.size for block in plan) for plan in both] == [25 * DAY] * 3
    together = summer.assign(NEE=xr.concat([summer.NEE, other.NEE], "ustar_percentile"))
    assert np.isfinite(fk.ecosystem.fill(together, "NEE", folds=3).NEE_F).all()


def test_every_scenario_of_thresholds_has_a_sum(summer):
    cut = fk.ecosystem.filter_ustar(summer, {5: 0.05, 25: 0.15, 50: 0.2, 75: 0.3, 95: 0.5})
    lengths = days_of_gap(cut.NEE.values[-1], fk.ecosystem.HalfHours.of(cut))
    assert 0.5 < lengths.max() < 1.0
    main = learnt(fk.ecosystem.filter_ustar(summer, 0.2), "NEE", folds=3)  # as if no scenario were known
    for how in (main, {"folds": 3}):
        assert np.isfinite(fk.ecosystem.fill(cut, "NEE", **how).NEE_F.values.sum(axis=-1)).all()


def test_an_outage_of_most_of_the_year_is_refused(summer):
    """Nowhere is as much measured as is missing."""
    outage = without(summer, (20, 150))
    out = fk.ecosystem.fill(outage, "NEE", folds=3)
    assert np.isnan(out.NEE_F.values[36 * DAY : 154 * DAY]).all()
    edges = np.r_[20 * DAY : 34 * DAY, 156 * DAY : 170 * DAY]
    assert (out.NEE_F_METHOD.values[edges] < 4).all()  # within 15 days of data: from like conditions
    assert "120 days stay open: " in out.NEE_F.comment
    assert "better than the mean course of the day in artificial gaps of " in out.NEE_F.comment
    alone = fk.ecosystem.fill(outage, "NEE", method="boosting", folds=3)
    assert "150 days stay open: gradient boosting" in alone.NEE_F.comment


def test_nights_without_any_like_them_go_to_boosting(summer, shown):
    """Like conditions are at least as good, but have nothing to say of nights when none is measured."""
    choice = dataclasses.replace(shown["skill"], boundary=np.inf)
    days_only = summer.assign(NEE=summer.NEE.where(summer.SW_IN > 10.0))
    longer = dataclasses.replace(choice.boosting, longest=1.5)
    out = fk.ecosystem.fill(days_only, "NEE", skill=dataclasses.replace(choice, boosting=longer))
    assert np.isfinite(out.NEE_F).all()
    dark = np.isnan(days_only.NEE.values) & (summer.SW_IN.values < 1.0)
    assert np.mean(out.NEE_F_METHOD.values[dark] == 4) > 0.5  # others have their hour, lit in other months
    assert "what has nothing similar near by is filled by gradient boosting" in out.NEE_F.comment


def made(offsets: dict[float, list[float]]) -> Skill:
    """Return the skill of a filler that is off by so much in each gap of a length."""
    parts = [
        _Tried(place, int(class_of(np.array(days))), days, np.full(50, off), np.zeros(50), np.ones(50))
        for days, each in offsets.items()
        for place, off in enumerate(each)
    ]
    return _skill(parts, 0.9, np.inf)


def test_a_year_without_data_stays_open_and_costs_its_neighbours_nothing():
    """Of three years the middle one is missing: so long a gap can be tried twice, upon the same records."""
    made = forest("2019-01-01", 3 * 365 + 1, noise=0.4)
    at = fk.ecosystem.HalfHours.of(made)
    gone = (at.year == 2020) | (np.random.default_rng(0).random(at.year.size) < 0.3)
    ds = fk.ecosystem.fill_drivers(made.assign(NEE=made.NEE.where(~gone)))
    out = fk.ecosystem.fill(ds, "NEE")
    left_open = np.isnan(out.NEE_F.values)
    assert not left_open[at.year != 2020].any()
    assert left_open[at.year == 2020].mean() == pytest.approx(336.0 / 366.0, abs=0.003)
    assert "of up to 274 days alone" in out.NEE_F.comment
    assert "within 15 days of data is filled from like conditions" in out.NEE_F.comment


@pytest.mark.parametrize(
    ("short", "long", "boundary"),
    [
        (0.8, 0.9, 0.0),  # better in both
        (1.1, 0.9, 0.5),  # worse in short gaps
        (1.1, 1.1, 45.0),  # in both
        (0.8, 1.02, 0.0),  # clearly better in short gaps, worse by chance in long ones
        (0.8, 1.5, 45.0),  # clearly worse in long ones
    ],
)
def test_boundary_between_the_two(short, long, boundary):
    """Like conditions are off by one in all gaps on the mean; a dozen long gaps scatter by a fifth."""
    random = np.random.default_rng(0)
    scatter = 1.0 + 0.2 * random.normal(size=12)
    ours = made({0.3: [short] * 100, 30.0: (long * scatter).tolist()})
    like = made({0.3: [1.0] * 100, 30.0: scatter[::-1].tolist()})
    assert _boundary(like, ours) == boundary


def test_a_difference_is_of_gaps_that_both_were_tried_in():
    ours, like = made({30.0: [1.0, 2.0, 9.0]}), made({30.0: [2.0, 2.0]})
    better, error = ours.better_than(like, int(class_of(np.array(30.0))))
    assert better == pytest.approx(3.0 / 8.0)  # 4 + 4 less 1 + 4
    assert error == pytest.approx(np.std([3.0, 0.0], ddof=1) * np.sqrt(2.0) / 8.0)
    assert np.isnan(ours.better_than(like, 0)).all()


def test_nothing_is_left_to_learn_from_in_a_fold():
    """A gap that would hide all there is."""
    at = fk.ecosystem.HalfHours(
        np.datetime64("2021-01-01", "ns") + np.arange(DAY * 4) * np.timedelta64(30, "m"), 1800.0
    )
    values = np.where(np.arange(DAY * 4) < DAY, 1.0, np.nan)
    seen = []
    calibrate(lambda series: seen.append(np.isfinite(series).sum()) or series, values, at, folds=3)
    assert all(seen)
