"""The source's isotopic ratio from the air of a chamber."""

import numpy as np
import pytest

from fluxkit.chamber.seasons.isotopes import METHODS, keeling, york_line


def mixture(count, seed, noise_c=1e-7, noise_delta=0.1, n=120, source=-25.0):
    rng = np.random.default_rng(seed)
    c = 400e-6 + np.linspace(0, 60e-6, n) * np.ones((count, 1))
    delta = source + (-8.5 - source) * 400e-6 / c
    return (
        (c + noise_c * rng.normal(size=c.shape)).ravel(),
        (delta + noise_delta * rng.normal(size=c.shape)).ravel(),
        np.arange(count + 1) * n,
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_mixture_without_noise_is_exact(method):
    c, delta, offsets = mixture(2, 0, 0.0, 0.0)
    found = keeling(c, delta, offsets, method=method, c_error=1e-7, delta_error=0.1)
    assert found.source == pytest.approx([-25.0, -25.0], abs=1e-9)
    assert found.r2 == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize("method", ["ols", "york"])
def test_errors_cover_the_truth(method):
    c, delta, offsets = mixture(600, 2)
    found = keeling(c, delta, offsets, method=method, c_error=1e-7, delta_error=0.1)
    covered = np.mean(np.abs(found.source + 25.0) < 1.98 * found.source_se)
    print(f"\n{method}: coverage {covered:.3f}, bias {np.mean(found.source) + 25:+.4f} per mil")
    assert 0.93 < covered < 0.975
    assert abs(np.mean(found.source) + 25.0) < 0.02


def test_geometric_mean_is_lower_than_least_squares():
    """Its slope is steeper by the correlation (Pataki et al. 2003)."""
    c, delta, offsets = mixture(1, 3, noise_delta=1.0)
    ols, gm = (keeling(c, delta, offsets, method=m) for m in ("ols", "geometric-mean"))
    assert gm.slope[0] == pytest.approx(ols.slope[0] / np.sqrt(ols.r2[0]))
    assert gm.source[0] < ols.source[0]


def test_york_gives_the_published_line():
    """Pearson's data with York's weights: York et al. (2004), table II."""
    x = np.array([0.0, 0.9, 1.8, 2.6, 3.3, 4.4, 5.2, 6.1, 6.5, 7.4])
    y = np.array([5.9, 5.4, 4.4, 4.6, 3.5, 3.7, 2.8, 2.8, 2.4, 1.5])
    wx = np.array([1000, 1000, 500, 800, 200, 80, 60, 20, 1.8, 1.0])
    wy = np.array([1, 1.8, 4, 8, 20, 20, 70, 70, 100, 500.0])
    intercept, intercept_se, slope, slope_se, _ = york_line(x, y, wx**-0.5, wy**-0.5)
    # Errors there are of the weights alone; the sum of squares over degrees of freedom is 11.8663 / 8.
    wider = np.sqrt(11.8663 / 8)
    assert intercept == pytest.approx(5.47991022, abs=1e-7)
    assert slope == pytest.approx(-0.480533407, abs=1e-8)
    assert intercept_se / wider == pytest.approx(0.295, abs=5e-4)
    assert slope_se / wider == pytest.approx(0.058, abs=5e-4)


def test_bad_closures_stop_none_and_missing_errors_are_named():
    c = np.array([4e-4, 4e-4, 4e-4, np.nan, 4e-4, 5e-4])
    delta = np.array([-8.0, -8.1, -8.2, -8.0, -9.0, -10.0])
    found = keeling(c, delta, np.array([0, 3, 6, 6]))
    assert np.all(np.isnan(found.source))
    assert found.n.tolist() == [3, 2, 0]
    with pytest.raises(ValueError, match="needs c_error"):
        keeling(c, delta, np.array([0, 6]), method="york")
    with pytest.raises(ValueError, match="unknown line"):
        keeling(c, delta, np.array([0, 6]), method="rma")
