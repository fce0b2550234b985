"""Steps, bends and intervals of closures, planted and found again."""

import numpy as np
import pytest

from fluxkit.kernels.closure import fits, shapes
from fluxkit.kernels.closure import steps as closure_steps
from fluxkit.kernels.closure.curves import curves
from fluxkit.kernels.closure.profiles import intervals
from fluxkit.kernels.closure.windows import breakpoints

T = np.arange(80.0) + 1.0
NOISE = np.random.default_rng(4).normal(size=T.size)


@pytest.mark.parametrize("order", [1, 2])
def test_planted_steps_are_found(order):
    c = 400.0 + 0.1 * T + (0.0005 * T * T if order == 2 else 0.0) + 0.02 * NOISE
    c[30:] += 2.0
    c[55:] += 1.0
    two = np.concatenate([c, 400.0 + 0.1 * T + 0.02 * NOISE])
    t = np.concatenate([T, T])
    rows, table = closure_steps.steps(t, two, np.array([0, 80, 160]), order, 4.0, 9.0, 5)
    assert list(rows[:, closure_steps.STEPS]) == [2.0, 0.0]
    np.testing.assert_array_equal(table, [[0, 0, 30], [0, 30, 55], [0, 55, 80], [1, 0, 80]])
    np.testing.assert_allclose(rows[:, closure_steps.SLOPE], 0.1, atol=0.01)
    if order == 1:  # a rise that bends adds to differences
        assert 0.01 < rows[0, closure_steps.SIGMA] < 0.03
    assert (rows[:, closure_steps.SLOPE_SE] > 0.0).all()


def test_segments_are_the_cheapest_of_all():
    """Against dynamic programming without pruning."""
    rng = np.random.default_rng(2)
    penalty, skip, shortest = 2.0, 3.0, 2
    for n in (0, 1, 2, 9, 25):
        z = rng.normal(size=n) + 4.0 * (np.arange(n) > n // 2)
        best = [-penalty]
        for j in range(1, n + 1):
            costs = [best[j - 1] + skip]
            costs += [
                best[i] + np.sum((z[i:j] - z[i:j].mean()) ** 2) + penalty for i in range(j - shortest + 1)
            ]
            best.append(min(costs))
        found, cost = closure_steps.segments(z, penalty, skip, shortest)
        assert cost == pytest.approx(best[-1])
        assert (np.diff(found, axis=1) >= shortest).all()


def test_noise_of_coarse_readings_comes_from_their_mean_difference():
    c = np.zeros(40)
    c[20:] = 1.0
    sigma, rho = closure_steps.noise_of(c)
    assert (sigma, rho) == (pytest.approx(np.sqrt(np.pi) / 2 / 39), 0.0)
    rows, _ = closure_steps.steps(T, np.zeros(80), np.array([0, 80]), 1, 4.0, 9.0, 5)
    assert rows[0, closure_steps.STEPS] == 0.0


def test_a_bend_is_found_and_a_straight_line_has_none():
    line = 400.0 + 0.1 * T + 0.3 * NOISE
    bent = np.where(T > 20.0, line, line + 0.3 * (T - 20.0))
    offsets = np.array([0, 80, 160])
    begin, gain = breakpoints(
        np.tile(T, 2), np.concatenate([bent, line]), offsets, np.full(2, np.nan), 60.0, 10.0
    )
    assert abs(begin[0] - 20.0) <= 2.0
    assert gain[0] > 50.0
    assert gain[1] < 20.0
    # A model that leaves nothing has nothing to gain.
    assert breakpoints(T, bent, np.array([0, 80]), np.zeros(1), 60.0, 10.0)[1][0] < 0.0


def test_bends_where_there_is_nothing_to_find():
    same = np.ones(20)
    for t, c, search in ((np.ones(20), T[:20], 5.0), (T[:20], same, 50.0), (T[:20], T[:20], 0.0)):
        with np.errstate(invalid="ignore"):  # of equal values no piece leaves anything
            begin, gain = breakpoints(t, c, np.array([0, 20]), np.full(1, np.nan), search, 1.0)
        assert begin[0] >= 0.0
        assert np.isnan(gain[0]) or gain[0] <= 0.0


@pytest.mark.parametrize(
    ("kind", "low", "value"), [(shapes.HM, -2.0, 2.0), (shapes.ZHAO, -2.0, 2.0), (shapes.NDFE, 0.0, 1.0)]
)
@pytest.mark.parametrize("noise", [0.01, 0.3])
def test_the_interval_holds_slope_and_shape(kind, low, value, noise):
    s = T / T[-1]
    x, dx = np.empty(s.size), np.empty(s.size)
    shapes.shape(kind, s, value, x, dx)
    c = 400.0 + 5.0 * x + (s if kind == shapes.ZHAO else 0.0) + noise * NOISE
    ends = (np.array([low]), np.array([9.0]))
    offsets = np.array([0, T.size])
    rows = curves(kind, T, c, offsets, *ends, np.full(1, np.nan), np.zeros(1))
    intervals(kind, T, c, offsets, *ends, 1.96, rows)
    row = rows[0]
    shape = value**2 / T[-1] if kind == shapes.NDFE else value / T[-1]
    assert row[fits.SHAPE_LOW] <= row[fits.SHAPE] <= row[fits.SHAPE_HIGH]
    assert row[fits.SHAPE_LOW] < shape < row[fits.SHAPE_HIGH]
    assert row[fits.SLOPE_LOW] < row[fits.SLOPE_HIGH]
    if kind != shapes.ZHAO:  # the slope is that of the curve alone
        assert row[fits.SLOPE_LOW] < 5.0 / T[-1] < row[fits.SLOPE_HIGH]


def test_intervals_say_where_they_are_open():
    c = 400.0 + 0.1 * T + 5.0 * NOISE
    offsets, ends = np.array([0, T.size]), (np.array([-1.0]), np.array([1.0]))
    rows = curves(shapes.HM, T, c, offsets, *ends, np.full(1, np.nan), np.zeros(1))
    intervals(shapes.HM, T, c, offsets, *ends, 1.96, rows)
    assert int(rows[0, fits.STATUS]) & (fits.OPEN_LOW | fits.OPEN_HIGH)


@pytest.mark.parametrize("kind", [shapes.HM, shapes.ZHAO])
def test_a_curve_begins_where_it_has_the_concentration_given(kind):
    s = T / T[-1]
    c = 400.0 + 5.0 * (1.0 - np.exp(-s)) + 1e-4 * NOISE
    ends = (np.array([-2.0]), np.array([9.0]))
    offsets = np.array([0, T.size])
    start = 400.0 + 5.0 * (1.0 - np.exp(-0.1))
    row = curves(kind, T, c, offsets, *ends, np.array([start]), np.array([0.01]))[0]
    assert row[fits.T0] == pytest.approx(0.1 * T[-1], rel=1e-2)
    assert row[fits.C0] == pytest.approx(start, abs=1e-6)
    far = curves(kind, T, c, offsets, *ends, np.array([900.0]), np.zeros(1))[0]
    assert int(far[fits.STATUS]) & fits.NO_CROSSING


def test_diffusion_has_no_meaning_before_closing():
    row = curves(
        shapes.NDFE,
        T - 5.0,
        T,
        np.array([0, T.size]),
        np.zeros(1),
        np.full(1, 9.0),
        np.full(1, np.nan),
        np.zeros(1),
    )[0]
    assert int(row[fits.STATUS]) == fits.BEFORE_START
