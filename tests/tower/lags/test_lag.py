"""Choice of the lag and its windows."""

import numpy as np
import pytest

from fluxkit.tower.lags import lag, lag_windows

LAGS = np.arange(-3, 6)
WINDOW = lag_windows.SearchWindow(nominal=1, first=-2, last=4)


def peak(at: int, size: float = 1.0) -> np.ndarray:
    out = 0.1 * np.ones(LAGS.size)
    out[at + 3] = size
    return out


def choose(*rows, method="covariance-maximum-default"):
    return lag.choose_lags(np.array(rows), LAGS, WINDOW, method=method)


def test_maximum_of_either_sign():
    choice = choose(peak(2), peak(3, -1.0))
    assert choice.used.tolist() == choice.found.tolist() == [2, 3]
    assert not choice.at_default.any()


@pytest.mark.parametrize("edge", [-2, 4])
def test_maximum_at_the_edge_is_none(edge):
    choice = choose(peak(edge))
    assert (choice.used[0], choice.found[0], choice.at_default[0]) == (1, edge, True)
    plain = choose(peak(edge), method="covariance-maximum")
    assert (plain.used[0], plain.at_default[0]) == (edge, False)


@pytest.mark.parametrize("outside", [-3, 5])
def test_nothing_outside_the_window_counts(outside):
    assert choose(peak(outside, 100.0) + peak(2)).used[0] == 2


def test_fixed_lags_still_report_what_would_have_been_found():
    constant, none = choose(peak(3), method="constant"), choose(peak(3), method="none")
    assert (constant.used[0], constant.found[0]) == (1, 3)
    assert (none.used[0], none.found[0]) == (0, 3)


def test_scale_of_the_covariance_is_irrelevant():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((20, LAGS.size))
    np.testing.assert_array_equal(choose(*rows).used, choose(*(1e-7 * rows)).used)


def test_windows_from_geometry():
    """Sensors 0.15 m apart: 0.3 s, and what electronics take.

    45 ml at 15 l/min: 0.18 s, to 3 x that + 0.3 s (vapour 11 x).
    """
    assert lag_windows.window_open_path(0.15) == pytest.approx((0.0, -1.3, 1.3))
    assert lag_windows.window_open_path(0.15, electronics=0.3) == pytest.approx((0.0, -0.6, 0.6))
    flow = 15.0 / 60000.0
    assert lag_windows.window_closed_path(45e-6, flow, sticky=False) == pytest.approx((0.18, 0.0, 0.84))
    assert lag_windows.window_closed_path(45e-6, flow, sticky=True) == pytest.approx((0.18, 0.0, 2.28))
    assert lag_windows.window_closed_path(1e-3, flow, sticky=False)[1] == pytest.approx(2.0)


@pytest.mark.parametrize(("x", "n"), [(0.5, 1), (1.5, 2), (2.5, 3), (-0.5, -1), (-2.4, -2), (0.0, 0)])
def test_halves_round_away_from_zero(x, n):
    assert lag_windows.round_half_up(x) == n


def test_a_window_in_samples_holds_its_nominal():
    assert lag_windows.to_samples(0.26, -0.5, 0.5, 10.0) == lag_windows.SearchWindow(3, -5, 5)
    assert lag_windows.to_samples(0.26, 0.25, 0.28, 10.0) == lag_windows.SearchWindow(3, 3, 3)


def test_a_missing_covariance_is_no_maximum():
    row = np.array([[1e-5, 3e-5, np.nan, 1e-5, 0.0]])
    choice = lag.choose_lags(
        row, np.arange(-2, 3), lag_windows.SearchWindow(0, -2, 2), method="covariance-maximum"
    )
    assert choice.used.tolist() == [-1]
