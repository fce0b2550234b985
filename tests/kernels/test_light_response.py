"""Light response curves against independent searches and derivatives."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from fluxkit.kernels import elimination, light_curvature, light_response


def day(seed: int, n: int = 120) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    light = random.uniform(5, 900, n)
    dry = random.uniform(2, 25, n)
    x = random.uniform(-0.002, 0.002, n)
    most = 25 * np.exp(-0.04 * np.maximum(dry - 10, 0))
    uptake = 0.06 * light * most / (0.06 * light + most) - 3.0 * np.exp(150 * x) + random.normal(0, 0.3, n)
    return {"light": light, "dry": dry, "x": x, "uptake": uptake, "sd": np.full(n, 0.3)}


@pytest.mark.parametrize("squares", [False, True])
def test_windows_find_what_was_planted(squares):
    d = day(1)
    n = d["light"].size
    p, covariance, reason, _ = light_response.reddyproc_windows(
        np.array([0, 0]), np.array([n, 5]), np.full(2, 150.0), np.full(2, 10.0), np.full(2, 3.0), True,
        squares,
        d["light"], d["dry"], d["x"], d["uptake"], d["sd"], np.empty((2, 0, 0)), np.empty((2, 0)),
    )  # fmt: skip
    np.testing.assert_allclose(p[0, :4], [0.04, 25.0, 0.06, 3.0], rtol=0.12)
    assert light_response.REASONS[reason[1]] == "fewer than 10 day records"
    assert (np.diag(covariance[0]) > 0).all()


def test_least_squares_reach_the_least_cost_and_the_loose_search_does_not():
    """REddyProc's search ends where a step gains less than a thousandth, here a quarter above."""
    d = day(2)
    prior, prior_sd = np.array([0.05, 20.0, 0.1, 2.0]), np.array([50.0, 600.0, 10.0, 80.0])

    def residuals(p):
        most = p[1] * np.exp(-p[0] * np.maximum(d["dry"] - 10, 0))
        slope = p[2] * d["light"]
        model = slope * most / (slope + most) - p[3] * np.exp(150 * d["x"])
        return np.concatenate([(model - d["uptake"]) / d["sd"], (p - prior) / prior_sd])

    best = least_squares(residuals, prior)
    data = (150.0, d["light"], d["dry"], d["x"], d["uptake"], d["sd"], prior, prior_sd, np.ones(4, bool))
    p, cost, converged = light_response._least_squares(prior, *data)
    assert converged
    np.testing.assert_allclose(cost, 2 * best.cost, rtol=1e-3)
    np.testing.assert_allclose(p, best.x, rtol=0.02)
    _, loose, converged = light_response.minimise(prior, *data)
    assert converged
    assert 2 * best.cost < loose < np.sum(residuals(prior) ** 2) / 10


def test_the_curve_solves_its_equation_and_knows_its_slopes():
    p = np.array([np.log(25.0), np.log(0.06), 0.04, 1.3, 0.0])
    out, above, below = np.empty(5), np.empty(5), np.empty(5)
    light_curvature.curve(p, 400.0, 6.0, out)
    s, m, theta = 0.06 * 400.0, 25 * np.exp(-0.04 * 6.0), 1 / (1 + np.exp(-1.3))
    assert abs(theta * out[0] ** 2 - (s + m) * out[0] + s * m) < 1e-9 * s * m
    for j in range(4):
        step = np.zeros(5)
        step[j] = 1e-6
        light_curvature.curve(p + step, 400.0, 6.0, above)
        light_curvature.curve(p - step, 400.0, 6.0, below)
        assert abs((above[0] - below[0]) / 2e-6 - out[j + 1]) < 1e-5 * max(abs(out[j + 1]), 1)


def test_a_scaled_curve_sums_up_to_what_was_measured():
    """Uptake that saturates sharply at low light and falls again is no hyperbola, yet its sum comes back."""
    random = np.random.default_rng(4)
    light = random.uniform(5, 900, 150)
    gpp = 18 * np.minimum(light / 250, 1) * (1 - 0.0004 * np.maximum(light - 500, 0))
    factor = np.ones(150)
    nee = 3.0 - gpp + random.normal(0, 0.3, 150)
    p, _, scale, found = light_curvature.windows(
        np.array([0]), np.array([150]), np.array([3.0]), np.array([1e-3]), 1e-6,
        light, np.zeros(150), factor, nee, np.full(150, 0.5),
    )  # fmt: skip
    assert found[0]
    modelled = scale[0, 0] * light_curvature.curves(np.repeat(p, 150, axis=0), light, np.zeros(150))
    assert abs(modelled.sum() / (3.0 - nee).sum() - 1) < 2e-3


def test_elimination_inverts_or_says_that_it_cannot():
    matrix = np.array([[0.0, 2.0, 1.0], [1.0, 0.0, 3.0], [4.0, 1.0, 0.0]])
    inverse, sound = elimination.inverse(matrix)
    assert sound
    np.testing.assert_allclose(inverse @ matrix, np.eye(3), atol=1e-12)
    assert not elimination.inverse(np.zeros((2, 2)))[1]


def fitted(d, *, squares=False, draws=None, normal=None, sensitivity=150.0, rref=3.0, floor=True):
    """Fit one window of all records of a day."""
    n = d["light"].size
    some = np.empty((1, 0, 0)) if draws is None else draws
    spread = np.empty((1, 0)) if normal is None else normal
    return light_response.reddyproc_windows(
        np.array([0]), np.array([n]), np.array([sensitivity]), np.array([10.0]), np.array([rref]), floor,
        squares,
        d["light"], d["dry"], d["x"], d["uptake"], d["sd"], some, spread,
    )  # fmt: skip


def test_draws_of_records_spread_as_the_curvature_says():
    d = day(3)
    random = np.random.default_rng(0)
    draws = random.random((1, 40, d["light"].size))
    p, by_draws, reason, _ = fitted(d, draws=draws, normal=random.normal(size=(1, 40)))
    q, by_curvature, _, _ = fitted(d)
    assert light_response.REASONS[reason[0]] == ""
    np.testing.assert_array_equal(p, q)
    ratio = np.sqrt(by_draws[0, 1, 1] / by_curvature[0, 1, 1])
    assert 0.3 < ratio < 3.0


@pytest.mark.parametrize("squares", [False, True])
@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"dry": lambda d: 30.0 - d["dry"]}, "k"),  # uptake that rises as air dries
        ({"uptake": lambda d: 20.0 - 3.0 * np.exp(150 * d["x"])}, "alpha"),  # full at the least light
        ({"dry": lambda d: np.full(d["dry"].size, np.nan)}, "no dry air"),
        ({"uptake": lambda d: -d["uptake"]}, "no uptake"),
        ({"uptake": lambda d: 0.5 * d["light"]}, "no plateau"),
    ],
)
def test_odd_windows_end_with_bounds_or_a_reason(change, what, squares):
    d = day(4)
    d |= {name: made(d) for name, made in change.items()}
    p, _, reason, free = fitted(d, squares=squares)
    if reason[0]:
        assert light_response.REASONS[reason[0]]
        assert np.isnan(p[0, :4]).all()
    else:
        assert p[0, 0] >= 0.0
        assert 0.0 <= p[0, 1] < 250.0
        assert p[0, 2] <= 0.22 + 1e-12
        assert p[0, 3] >= 0.0
        if what == "k":
            assert not free[0, 0]


def test_what_nights_do_not_tell_is_no_window():
    for sensitivity, rref in ((np.nan, 3.0), (150.0, np.nan)):
        p, _, reason, _ = fitted(day(5), sensitivity=sensitivity, rref=rref)
        assert light_response.REASONS[reason[0]]
        assert np.isnan(p).all()
