"""Windows learnt from a season."""

import numpy as np
import pytest

from fluxkit.tower.lags import lag_classes as lc


def test_the_range_is_one_and_a_half_deviations_of_the_median():
    """Lags of 0.2 s almost always: the least deviation, 1.5 x 0.1 / 0.6745 = 0.22239 s."""
    lags = np.array([0.2] * 40 + [0.3] * 8)
    assert lc.lag_range(lags, spread=1.5, one_sided=False) == pytest.approx(
        (0.2, -0.02238695, 0.42238695), abs=1e-8
    )


def test_sides_of_a_skew_distribution_have_their_own_deviation():
    lags = np.array([1.0, 1.2, 1.4, 1.6, 1.8, 3.0, 5.0, 7.0, 9.0])
    median, low, high = lc.lag_range(lags, spread=0.6745, one_sided=True)
    assert (median, low, high) == pytest.approx((1.8, 1.8 - 0.4, 1.8 + 3.2))
    shifted = lc.lag_range(lags + 2.0, spread=0.6745, one_sided=True)
    assert np.subtract(shifted, (median, low, high)) == pytest.approx([2.0] * 3)


def test_lags_at_the_ends_of_the_window_and_of_small_fluxes_do_not_count():
    found = np.array([-1.0, 0.2, 0.2, 2.0, np.nan])
    flux = np.array([9.0, -9.0, 1.0, 9.0, 9.0])
    usable = lc.usable_lags(found, flux, first=-1.0, last=2.0, least_flux=2.0)
    assert usable.tolist() == [False, True, False, False, False]


def test_planted_classes_are_found_and_lend_to_those_without_lags():
    rng = np.random.default_rng(0)
    humidity = rng.uniform(30.0, 90.0, 3000)
    truth = 1.0 + 3.0 * (humidity / 100.0) ** 3
    lags = np.round(truth + rng.normal(0.0, 0.1, 3000), 1)
    learnt = lc.learn_classes(lags, humidity, classes=10, fewest=30, spread=1.5)
    assert learnt.periods.sum() == 3000
    assert learnt.periods[[0, 1, 2, 9]].tolist() == [0, 0, 0, 0]
    middles = np.arange(5.0, 100.0, 10.0)[3:9]
    np.testing.assert_allclose(learnt.nominal[3:9], 1.0 + 3.0 * (middles / 100.0) ** 3, atol=0.1)
    assert learnt.nominal[0] == learnt.nominal[3]
    assert learnt.nominal[9] == learnt.nominal[8]
    assert np.all((learnt.low < learnt.nominal) & (learnt.nominal < learnt.high))


def test_a_thin_class_lies_between_its_neighbours():
    humidity = np.array([15.0] * 40 + [25.0] * 5 + [35.0] * 40)
    lags = np.array([1.0] * 40 + [9.0] * 5 + [2.0] * 40)
    learnt = lc.learn_classes(lags, humidity, classes=10, fewest=30, spread=1.5)
    assert learnt.nominal[1:4] == pytest.approx([1.0, 1.5, 2.0])


def test_without_a_full_class_nothing_is_known_and_the_configured_window_stands():
    learnt = lc.learn_classes(np.full(20, 1.0), np.full(20, 55.0), classes=10, fewest=30, spread=1.5)
    assert not learnt.known
    found = lc.lags_by_humidity(learnt, np.array([55.0, np.nan]), otherwise=(0.2, -0.3, 1.0))
    assert [x.tolist() for x in found] == [[0.2, 0.2], [-0.3, -0.3], [1.0, 1.0]]


def test_a_gas_that_does_not_stick_has_one_window():
    learnt = lc.learn_classes(np.array([0.2, 0.2, 0.3]), None, classes=10, fewest=30, spread=1.5)
    nominal, low, high = lc.lags_by_humidity(learnt, np.array([10.0, np.nan]), otherwise=(9.0, 9.0, 9.0))
    assert nominal.tolist() == [0.2, 0.2]
    assert (high - low).tolist() == pytest.approx([0.444773907] * 2)


def test_periods_take_the_window_of_their_humidity():
    edges = np.array([0.0, 50.0, 100.0])
    learnt = lc.LagClasses(
        edges, np.array([1.0, 2.0]), np.array([0.5, 1.5]), np.array([1.5, 2.5]), np.array([9, 9])
    )
    humidity = np.array([0.0, 49.9, 50.0, 104.0, np.nan])
    nominal, _, high = lc.lags_by_humidity(learnt, humidity, otherwise=(0.0, -1.0, 1.0))
    assert nominal.tolist() == [1.0, 1.0, 2.0, 2.0, 0.0]
    assert high.tolist() == [1.5, 1.5, 2.5, 2.5, 1.0]
