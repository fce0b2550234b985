"""Aggregates of uncertainty held to an ensemble, and never finer than they are."""

import numpy as np
import pytest
from scipy.signal import lfilter

from fluxkit.ecosystem.uncertainty.classes import Budget, Part, masses, spread_of_halves, weighted_spread
from fluxkit.ecosystem.uncertainty.joint import joint_uncertainty

DAY = 48
YEAR = 365 * DAY


@pytest.fixture(scope="module")
def three_years():
    """Members that differ by what a threshold takes out at night, measured with autocorrelated noise."""
    random = np.random.default_rng(0)
    n = 3 * YEAR
    truth = 3.0 - 12.0 * np.maximum(0.0, np.sin((np.arange(n) % DAY - 12) / 24 * np.pi))
    night = truth > 2.9
    offsets = random.normal(0.0, 0.25, 41)
    members = truth + np.where(night, offsets[:, None], 0.0)
    sd = 0.5 + 0.2 * np.abs(truth)
    return truth, night, offsets, members, sd


def noise_of(random, sd):
    kicks = random.normal(size=sd.size) * np.sqrt(1.0 - 0.3**2)
    return lfilter([1.0], [1.0, -0.3], kicks) * sd


@pytest.mark.parametrize("length", [DAY, 7 * DAY, 30 * DAY, YEAR, 3 * YEAR])
def test_aggregates_hold_to_the_ensemble_within_a_tenth(three_years, length):
    truth, night, offsets, members, sd = three_years
    group = np.arange(truth.size) // length
    random = np.random.default_rng(1)
    told = joint_uncertainty(members, np.ones(41), sd, noise_of(random, sd), group)
    realised = []
    for offset in np.tile(offsets, 1 if length < YEAR else 6):
        series = truth + np.where(night, offset, 0.0) + noise_of(random, sd)
        realised.append(np.bincount(group, series) / np.bincount(group))
    scatter = np.sqrt((np.stack(realised).std(axis=0, ddof=1) ** 2).mean())
    assert np.sqrt((told.joint**2).mean()) == pytest.approx(scatter, rel=0.1)


def test_a_year_is_never_a_half_hour_over_the_root_of_its_number(three_years):
    _, _, _, members, sd = three_years
    n = 30 * DAY
    cut = slice(0, n)
    half_hour = joint_uncertainty(members[:, cut], np.ones(41), sd[cut], np.full(n, np.nan), np.arange(n))
    month = joint_uncertainty(members[:, cut], np.ones(41), sd[cut], np.full(n, np.nan), np.zeros(n, int))
    in_quadrature = np.sqrt((half_hour.joint**2).sum()) / n
    assert month.joint[0] > 3.0 * in_quadrature
    assert month.ensemble[0] == pytest.approx(half_hour.ensemble.mean(), rel=0.01)
    assert (month.joint >= month.ensemble).all()


def test_freedom_by_welch_and_satterthwaite():
    """GUM, example H.1: 25, 9.7, 2.9 and 16.6 nm with 18, 25.6, 50 and 2 degrees of freedom make 16."""
    parts = [(25.0, 18), (9.7, 25.6), (2.9, 50), (16.6, 2)]
    budget = Budget()
    for sd, freedom in parts:
        budget.add(Part("random", "x", sd, freedom))
    assert budget.sd() == pytest.approx(31.7, abs=0.1)
    from scipy.stats import t

    assert budget.half_width(0.99) == pytest.approx(t.ppf(0.995, 16.7) * 31.7, rel=0.02)


def test_weights_of_percentiles_and_members_that_are_missing():
    weights = masses(np.array([95.0, 5.0, 50.0]))
    assert weights.tolist() == [0.275, 0.275, 0.45]
    assert weighted_spread(np.array([1.0, np.nan, 3.0]), np.ones(3)) == pytest.approx(np.std([1, 3], ddof=1))
    assert np.isnan(weighted_spread(np.array([1.0, np.nan]), np.ones(2)))
    assert np.isnan(spread_of_halves(np.array([np.nan]), np.array([1.0])))
