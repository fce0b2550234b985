import numpy as np
import pytest

from fluxkit.archive.condensing.joining import on_slots


def test_equal_rates_are_taken_as_they_are():
    x = np.array([1.0, np.nan, 3.0, 4.0])
    np.testing.assert_array_equal(on_slots(x, 10.0, 4, 10.0), x)
    np.testing.assert_array_equal(on_slots(x, 9.99, 4, 10.0), x)  # two clocks


def test_a_slower_series_is_held_half_its_interval():
    x = np.array([0.0, 1.0, 2.0])
    found = on_slots(x, 5.0, 12, 20.0)
    np.testing.assert_array_equal(found, [0, 0, 1, 1, 1, 1, 2, 2, 2, 2, np.nan, np.nan])


@pytest.mark.parametrize("rate", [12.5, 20.0, 25.0, 32.0])
def test_a_faster_series_is_a_line(rate):
    n = round(rate * 3)
    np.testing.assert_allclose(
        on_slots(np.arange(n) / rate, rate, 30, 10.0), np.arange(30) / 10.0, atol=1e-12
    )


def test_a_lost_neighbour_leaves_the_other():
    x = np.arange(8.0)
    x[2] = np.nan
    found = on_slots(x, 15.0, 5, 10.0)  # at 0, 1.5, 3, 4.5, 6
    np.testing.assert_array_equal(found, [0.0, 1.0, 3.0, 4.5, 6.0])
    x[1] = np.nan
    assert np.isnan(on_slots(x, 15.0, 5, 10.0)[1])


def test_words_are_never_mixed():
    x = np.array([0.0, 8.0, 0.0, 8.0, 0.0, 8.0])
    assert set(on_slots(x, 15.0, 4, 10.0, words=True)) <= {0.0, 8.0}
