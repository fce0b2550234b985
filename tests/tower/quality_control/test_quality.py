"""Tests of quality against the tables of their papers."""

import numpy as np
import pytest

from fluxkit.tower.quality_control import quality

#: Foken et al. (2004), table 9.4, upper limits in per cent, and a value on either side.
TABLE = [
    (0.0, 1), (15.0, 1), (15.1, 2), (30.0, 2), (30.1, 3), (50.0, 3), (50.1, 4), (75.0, 4), (75.1, 5),
    (100.0, 5), (100.1, 6), (250.0, 6), (250.1, 7), (500.0, 7), (500.1, 8), (1000.0, 8),
    (1000.1, 9), (np.inf, 9),
]  # fmt: skip


@pytest.mark.parametrize(("percent", "expected"), TABLE)
def test_classes(percent, expected):
    assert quality.classes(np.array([percent]))[0] == expected


def test_whole_numbers_of_the_reference_are_kinder():
    p = np.array([15.9, 30.9, 16.0])
    assert quality.classes(p).tolist() == [2, 3, 2]
    assert quality.classes(p, whole_numbers=True).tolist() == [1, 2, 2]


def test_flags_of_all_pairs_of_classes():
    s, t = np.meshgrid(np.arange(1.0, 10), np.arange(1.0, 10))
    flag = quality.flag_mauder_foken_2004(s, t)
    for i in range(9):
        for j in range(9):
            best = max(s[i, j], t[i, j])
            assert flag[i, j] == (0 if best <= 2 else 1 if best <= 5 else 2)


def test_a_missing_class_has_no_flag():
    nan, one = np.array([np.nan, 1.0]), np.array([1.0, np.nan])
    assert np.isnan(quality.flag_mauder_foken_2004(nan, one)).all()
    assert np.isnan(quality.classes(np.array([np.nan]))).all()


def test_repeated_blocks_are_stationary():
    blocks = np.full((1, 6), -0.031)
    assert quality.stationarity_foken_wichura_1996(np.array([-0.031]), blocks)[0] == pytest.approx(0.0)


def test_stationarity_by_hand():
    """Blocks of mean 0.08 against 0.1 of the whole: 20 %; a missing block is left out."""
    blocks = np.array([[0.06, 0.10, 0.08, np.nan, 0.09, 0.07]])
    assert quality.stationarity_foken_wichura_1996(np.array([0.1]), blocks)[0] == pytest.approx(20.0)
    assert np.isnan(quality.stationarity_foken_wichura_1996(np.array([0.1]), np.full((1, 6), np.nan)))[0]
    a = quality.stationarity_foken_wichura_1996(np.array([0.1]), blocks)
    np.testing.assert_allclose(quality.stationarity_foken_wichura_1996(np.array([-1e-6]), -1e-5 * blocks), a)


def test_turbulence_deviation_ignores_the_sign_of_its_scale():
    p = quality.turbulence_deviation(np.array([0.39, 0.39]), np.array([0.3, -0.3]), np.array([1.25, 1.25]))
    np.testing.assert_allclose(p, 4.0)


#: Foken et al. (2004, table 9.5), first to last: stationarity from, to; turbulence from, to.
NINE = {
    1: (1, 1, 1, 2), 2: (2, 2, 1, 2), 3: (1, 2, 3, 4), 4: (3, 4, 1, 2), 5: (1, 4, 3, 5), 6: (5, 5, 1, 5),
    7: (1, 6, 1, 6), 8: (1, 8, 1, 8), 9: (1, 9, 1, 9),
}  # fmt: skip


def test_nine_classes_are_the_first_row_of_the_table_that_fits():
    for s in range(1, 10):
        for t in range(1, 10):
            fits = [k for k, (a, b, c, d) in NINE.items() if a <= s <= b and c <= t <= d]
            found = quality.flag_foken_2003(np.array([s * 1.0]), np.array([t * 1.0]))[0]
            assert found == fits[0], (s, t)


def test_the_reference_has_no_class_three():
    s, t = np.array([1.0, 2.0, 1.0, 4.0]), np.array([3.0, 4.0, 2.0, 2.0])
    assert quality.flag_foken_2003(s, t).tolist() == [3, 3, 1, 4]
    assert quality.flag_foken_2003(s, t, third_class=5.0).tolist() == [5, 5, 1, 4]
    assert np.isnan(quality.flag_foken_2003(np.array([np.nan]), np.array([1.0])))[0]


def test_goeckedes_five_classes():
    """Table 2 of Goeckede et al. (2004): rows as listed, and what it leaves out."""
    s = np.array([1.0, 2.0, 4.0, 3.0, 7.0, 3.0, 1.0, np.nan])
    t = np.array([2.0, 3.0, 4.0, 6.0, 7.0, 1.0, 6.0, 1.0])
    np.testing.assert_array_equal(quality.flag_goeckede_2004(s, t), [1, 2, 3, 4, 5, 3, 4, np.nan])
    np.testing.assert_array_equal(
        quality.flag_goeckede_2004(s, t, listed_only=True), [1, 2, 3, 4, 5, 5, 5, np.nan]
    )


def test_a_worse_test_never_makes_a_better_class():
    s, t = (x.ravel() for x in np.meshgrid(np.arange(1.0, 10.0), np.arange(1.0, 10.0)))
    flag = quality.flag_goeckede_2004(s, t).reshape(9, 9)
    assert (np.diff(flag, axis=0) >= 0).all()
    assert (np.diff(flag, axis=1) >= 0).all()


def test_what_is_not_steady_is_discarded_though_turbulence_was_not_tested():
    """Classes 1, 5, 6 and 9 of stationarity, no test of turbulence: only what that test could not save."""
    steady, untested = np.array([1.0, 5.0, 6.0, 9.0, np.nan]), np.full(5, np.nan)
    nan = np.nan
    np.testing.assert_array_equal(
        quality.judged(quality.flag_mauder_foken_2004, steady, untested), [nan, nan, 2.0, 2.0, nan]
    )
    np.testing.assert_array_equal(
        quality.judged(quality.flag_foken_2003, steady, untested), [nan, nan, nan, 9.0, nan]
    )
    tested = np.array([1.0, 2.0, 3.0, 9.0, 1.0])
    np.testing.assert_array_equal(
        quality.judged(quality.flag_mauder_foken_2004, steady, tested),
        quality.flag_mauder_foken_2004(steady, tested),
    )
