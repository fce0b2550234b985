"""Fits of closures against numpy and scipy, and on points that hold nothing."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import special, stats

from fluxkit.kernels.closure import fits, shapes
from fluxkit.kernels.closure.curves import curves
from fluxkit.kernels.closure.profiles import student

WHOLE = st.lists(st.tuples(st.integers(0, 40), st.integers(-1000, 1000)), min_size=5, max_size=40)


def one(points):
    t, c = (np.array(values, float) for values in zip(*sorted(points), strict=True))
    return t, c, np.array([0, t.size])


def exponentials(t, c, low=-2.0, high=5.0, kind=shapes.HM, start=np.nan):
    ends = (np.array([low]), np.array([high]))
    return curves(kind, t, c, np.array([0, t.size]), *ends, np.array([start]), np.zeros(1))[0]


@given(WHOLE)
def test_lines_are_those_of_numpy(points):
    t, c, offsets = one(points)
    assume(np.unique(t).size > 2)
    row = fits.lines(t, c, offsets)[0]
    found = stats.linregress(t, c)
    assert row[fits.SLOPE] == pytest.approx(found.slope, rel=1e-9, abs=1e-9)
    assert row[fits.C0] == pytest.approx(found.intercept, rel=1e-9, abs=1e-8)
    left = c - found.intercept - found.slope * t
    # Not scipy's: that takes 1 - r^2, of which nothing is left where points lie on a line.
    error = np.sqrt(np.sum(left**2) / (t.size - 2) / np.sum((t - t.mean()) ** 2))
    assert row[fits.SE] == pytest.approx(error, rel=1e-6, abs=1e-6)
    assert row[fits.RSS] == pytest.approx(np.sum(left**2), rel=1e-8, abs=1e-6)
    assert row[fits.MAE] == pytest.approx(np.mean(np.abs(left)), rel=1e-8, abs=1e-6)


@given(WHOLE)
def test_parabolas_are_those_of_numpy(points):
    t, c, offsets = one(points)
    assume(np.unique(t).size > 3)
    row = fits.parabolas(t, c, offsets)[0]
    matrix = np.stack([np.ones(t.size), t, t * t], axis=1)
    wanted = np.linalg.lstsq(matrix, c, rcond=None)[0]
    assert (row[fits.C0], row[fits.SLOPE], row[fits.SHAPE]) == pytest.approx(
        tuple(wanted), rel=1e-6, abs=1e-6
    )
    left = c - matrix @ wanted
    error = np.sqrt(np.sum(left**2) / (t.size - 3) * np.linalg.inv(matrix.T @ matrix)[1, 1])
    assert row[fits.SE] == pytest.approx(error, rel=1e-5, abs=1e-6)


@given(WHOLE)
def test_no_exponential_on_a_fine_grid_is_better(points):
    t, c, offsets = one(points)
    assume(np.unique(t).size > 4)
    row = exponentials(t, c)
    best = np.inf
    for kappa in np.linspace(-2.0, 5.0, 141) / t[-1]:
        x = t if abs(kappa) < 1e-12 else -np.expm1(-kappa * t) / kappa
        x = x - x.mean()
        best = min(best, np.sum((c - c.mean()) ** 2) - np.sum(x * (c - c.mean())) ** 2 / np.sum(x * x))
    assert row[fits.RSS] <= best * (1 + 1e-9) + 1e-6
    assert row[fits.RSS] <= fits.lines(t, c, offsets)[0, fits.RSS] * (1 + 1e-12) + 1e-9


@pytest.mark.parametrize("K", [-1.9, -1e-3, -1e-9, 0.0, 1e-9, 0.19, 0.21, 0.49, 0.51, 5.0])
def test_shapes_and_their_derivatives(K):
    """Against power series, and derivatives against differences."""
    s = 0.7
    z = K * s
    series = sum((-z) ** m / special.factorial(m + 1) for m in range(30))
    assert shapes.hm(s, K)[0] == pytest.approx(s * series, rel=1e-13)
    series = sum((-z) ** m / special.factorial(m + 2) for m in range(30))
    assert shapes.zhao(s, K)[0] == pytest.approx(s * s * series, rel=1e-12)
    if K >= 0:
        root = K * np.sqrt(s)
        terms = [(-root) ** m / special.gamma(0.5 * m + 2) for m in range(150)]
        # The series cancels from about 3 on, the closed form before 1.
        closed = (2 * root / np.sqrt(np.pi) + special.erfcx(root) - 1) / root**2 if root > 1 else sum(terms)
        assert shapes.ndfe(s, K)[0] == pytest.approx(s * closed, rel=1e-11)
    h = 1e-4
    for shape in (shapes.hm, shapes.zhao):
        by_difference = (shape(s, K + h)[0] - shape(s, K - h)[0]) / (2 * h)
        assert shape(s, K)[1] == pytest.approx(by_difference, rel=1e-6)


@pytest.mark.parametrize("z", [0.0, 1e-3, 0.5, 19.9, 20.1, 1e3])
def test_scaled_complementary_error_function(z):
    assert shapes.erfcx(z) == pytest.approx(special.erfcx(z), rel=1e-10)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("df", [1.0, 1.3, 2.0, 3.7, 30.0, 1e4])
def test_quantiles_of_student(df, level):
    wanted = stats.t.ppf(0.5 + level / 2, df)
    assert student(df, stats.norm.ppf(0.5 + level / 2)) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("rho", [0.3, 0.8])
def test_variance_of_a_weighted_sum_of_correlated_noise(rho):
    t = np.array([0.0, 1.0, 2.0, 4.0, 5.0, 9.0])
    weights = np.array([0.3, -1.0, 0.2, 2.0, -0.7, 0.1])
    matrix = rho ** np.abs(t[:, None] - t[None, :])
    assert fits.correlated_norm(t, weights, rho, 1.0) == pytest.approx(weights @ matrix @ weights, rel=1e-12)


def test_outliers_pull_a_robust_line_little():
    t = np.arange(50.0)
    c = 2.0 * t + 0.1 * np.sin(7 * t)
    c[[44, 48]] += 500.0
    plain, robust = fits.lines(t, c, np.array([0, 50]))[0], fits.robust_lines(
        t, c, np.array([0, 50]), 1.345, 1e-4, 200
    )[0]  # fmt: skip
    assert abs(plain[fits.SLOPE] - 2.0) > 0.3
    assert abs(robust[fits.SLOPE] - 2.0) < 0.01
    assert robust[fits.SE] < 0.1 * plain[fits.SE]


ALL = (
    fits.lines,
    fits.parabolas,
    lambda t, c, offsets: fits.robust_lines(t, c, offsets, 1.345, 1e-4, 200),
    lambda t, c, offsets: exponentials(t, c)[None],
    lambda t, c, offsets: exponentials(t, c, kind=shapes.ZHAO)[None],
    lambda t, c, offsets: exponentials(t, c, 0.0, 30.0, kind=shapes.NDFE)[None],
)


@pytest.mark.parametrize("fit", ALL)
@pytest.mark.parametrize(
    ("t", "status"),
    [([], fits.TOO_FEW), ([0.0], fits.TOO_FEW), ([3.0] * 9, fits.NO_TIME)],
)
def test_what_cannot_be_fitted_is_told(fit, t, status):
    t = np.array(t)
    row = fit(t, np.arange(t.size, dtype=float), np.array([0, t.size]))[0]
    assert row[fits.STATUS] == status
    assert np.isnan(row[fits.SLOPE])
    assert row[fits.N] == t.size


@pytest.mark.parametrize("fit", ALL)
def test_constants_have_no_slope(fit):
    row = fit(np.arange(20.0), np.full(20, 4.0e-4), np.array([0, 20]))[0]
    assert row[fits.SLOPE] == 0.0
    assert row[fits.RSS] == 0.0
    assert int(row[fits.STATUS]) & fits.CONSTANT


def test_time_may_begin_before_the_slope_is_taken():
    """Exponentials go on to either side of t = 0; diffusion from below has no meaning before it."""
    t = np.arange(-100.0, 1.0)
    c = 5.0 - np.expm1(-t / 80.0)
    row = exponentials(t, c)
    assert row[fits.SLOPE] == pytest.approx(1 / 80, rel=1e-7)
    assert row[fits.SHAPE] == pytest.approx(1 / 80, rel=1e-7)
    told = exponentials(t, c, 0.0, 30.0, kind=shapes.NDFE)
    assert told[fits.STATUS] == fits.BEFORE_START
    assert np.isnan(told[fits.SLOPE])


def test_distinct_values_are_counted():
    c = np.array([1.0, 1.0, 2.0, 5.0, 5.0, 5.0])
    assert fits.distinct_values(c, np.array([0, 3, 3, 6]), 20).tolist() == [2, 0, 1]
