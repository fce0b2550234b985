"""Each statistic against a plain numpy computation, with and without gaps."""

import itertools

import numpy as np
import pytest
from scipy import stats

from fluxkit.kernels import vickers_mahrt as kernel


@pytest.fixture
def series() -> np.ndarray:
    rng = np.random.default_rng(1)
    return 285.0 + np.cumsum(rng.standard_normal(6000)) * 0.02 + 0.3 * rng.standard_normal(6000)


def holed(x: np.ndarray) -> np.ndarray:
    y = x.copy()
    y[100:130] = np.nan
    y[::97] = np.nan
    return y


def plain_empty_bins(x: np.ndarray, window: int, bins: int, spread: float) -> float:
    shares = []
    for start in range(0, x.size - window + 1, window // 2):
        part = x[start : start + window]
        part = part[~np.isnan(part)]
        low, high = part.min(), part.max()
        if high - low > spread * part.std(ddof=1):
            low, high = (
                part.mean() - spread / 2 * part.std(ddof=1),
                part.mean() + spread / 2 * part.std(ddof=1),
            )
        shares.append(np.mean(np.histogram(part, bins, (low, high))[0] == 0))
    return float(np.mean(shares))


@pytest.mark.parametrize("gaps", [False, True])
def test_empty_bins(series, gaps):
    x = holed(series) if gaps else series
    found = kernel.resolution_and_dropouts(x, 600, 100, 7.0, 10.0, 2)[0]
    assert found == pytest.approx(plain_empty_bins(x, 600, 100, 7.0), abs=2e-3)


def test_stays_are_split_by_percentile():
    x = np.tile(np.linspace(0.0, 1.0, 100), 10)
    x[200:260] = 0.5  # in the middle
    x[400:430] = 0.995  # in the highest bins
    _, central, extreme = kernel.resolution_and_dropouts(x, 1000, 100, 7.0, 10.0, 5)
    assert (central, extreme) == pytest.approx((59 / 1000, 29 / 1000), abs=3e-3)


def test_short_stays_and_gaps_do_not_count():
    x = np.repeat(np.arange(300.0), 3)
    x[300:600] = np.nan
    assert kernel.resolution_and_dropouts(x, 900, 400, 7.0, 10.0, 4)[1:] == (0.0, 0.0)
    assert kernel.resolution_and_dropouts(x, 900, 400, 7.0, 10.0, 2)[1] > 0.5


@pytest.mark.parametrize("gaps", [False, True])
def test_shape_about_a_line(series, gaps):
    x = np.exp(series - 285.0) + 0.001 * np.arange(series.size)
    x = holed(x) if gaps else x
    there = ~np.isnan(x)
    rest = x[there] - np.polyval(np.polyfit(np.flatnonzero(there), x[there], 1), np.flatnonzero(there))
    n = there.sum()
    found = kernel.detrended_shape(x)
    # scipy divides by n, the tests by n - 1.
    assert found[0] == pytest.approx(stats.skew(rest) * ((n - 1) / n) ** 0.5, rel=1e-9)
    assert found[1] == pytest.approx(stats.kurtosis(rest, fisher=False) * (n - 1) / n, rel=1e-9)


@pytest.mark.parametrize("gaps", [False, True])
def test_haar(series, gaps):
    x = holed(series) if gaps else series
    steps, ratios = [], []
    for c in range(500, x.size - 500 + 1, 100):
        one, two = x[c - 500 : c], x[c : c + 500]
        steps.append(np.nanmean(one) - np.nanmean(two))
        ratios.append((np.nanvar(one, ddof=1) - np.nanvar(two, ddof=1)) / np.nanvar(x, ddof=1))
    np.testing.assert_allclose(
        kernel.haar(x, 1000, 100), [min(steps), max(steps), min(ratios), max(ratios)], rtol=1e-8
    )


def test_peak_covariance():
    rng = np.random.default_rng(2)
    w = rng.standard_normal(4000)
    x = -2.0 * np.roll(w, 7) + 0.1 * rng.standard_normal(4000)
    peak, default = kernel.peak_covariance(w, x, 3, 20, 0)
    assert peak == pytest.approx(np.mean((w - w.mean())[:-7] * (x - x.mean())[7:]), rel=1e-12)
    assert default == pytest.approx(np.cov(w, x, bias=True)[0, 1], rel=1e-9)
    x[50:80] = np.nan
    assert kernel.peak_covariance(w, x, 3, 20, 0)[0] == pytest.approx(peak, rel=0.02)


def test_angles_of_attack():
    u, v = np.full(8, 3.0), np.full(8, 4.0)
    w = 5.0 * np.tan(np.radians([-40.0, -31.0, -29.0, 0.0, 29.0, 31.0, 50.0, np.nan]))
    assert kernel.share_beyond_angle(u, v, w, -30.0, 30.0) == pytest.approx(4 / 7)


def test_nothing_there():
    x = np.full(3000, np.nan)
    assert np.isnan(kernel.resolution_and_dropouts(x, 600, 100, 7.0, 10.0, 2)).all()
    assert np.isnan(kernel.haar(x, 1000, 100)).all()
    assert np.isnan(kernel.detrended_shape(x)).all()
    assert np.isnan(kernel.peak_covariance(x, x, -2, 2, 0)).all()
    assert np.isnan(kernel.share_beyond_angle(x, x, x, -30.0, 30.0))


@pytest.mark.parametrize("run", [1, 2, 3, 7])
def test_stays_are_counted_as_a_plain_loop_counts_them(run):
    """Samples in the bin of the one before, of stays long enough; those in no bin (0) end a stay."""
    place = np.random.default_rng(run).choice([0, 3, 3, 3, 4, 9], 4000).astype(np.int32)
    inner = outer = 0
    for bin_, stay in itertools.groupby(place.tolist()):
        length = len(list(stay))
        if bin_ > 0 and length >= max(run, 2):
            inner += (length - 1) * (bin_ < 9)
            outer += (length - 1) * (bin_ == 9)
    assert kernel._stuck(place, run, np.int32(2), np.int32(5)) == (inner, outer)
