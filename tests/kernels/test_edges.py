"""What kernels do with inputs of odd sizes: empty, one sample, all missing, shorter than windows and lags.

Run uncompiled these find indices beyond either end (`make kernels`).
"""

import importlib

import numpy as np
import pytest

from fluxkit.kernels import (
    clock,
    despike,
    direct,
    far,
    high_pass,
    loess,
    median,
    moments,
    pixels,
    prewhitening,
    quadrants,
    screen,
    sonic,
    spectra,
    text,
    vickers_mahrt,
    vitale,
)
from fluxkit.kernels.closure import curves as closure_curves
from fluxkit.kernels.closure import fits as closure_fits
from fluxkit.kernels.closure import profiles as closure_profiles
from fluxkit.kernels.closure import shapes as closure_shapes
from fluxkit.kernels.closure import steps as closure_steps
from fluxkit.kernels.closure import windows as closure_windows

SIZES = [0, 1, 2, 3, 7, 31, 50]
LAGS = [-60, -7, -1, 0, 1, 7, 60]


def series(n: int, seed: int = 1) -> np.ndarray:
    """Noise with a gap in the middle."""
    x = np.random.default_rng(seed).normal(size=n)
    x[n // 2 : n // 2 + n // 8] = np.nan
    return x


@pytest.fixture(params=[*[(n, False) for n in SIZES], (9, True)], ids=str)
def three(request):
    """Three series of a length, in one case without a value."""
    n, nothing = request.param
    return tuple(np.full(n, np.nan) if nothing else series(n, seed) for seed in range(3))


def pairs(x, y, lag):
    """Products x[i] y[i + lag] that are both there, by plain numpy."""
    i = np.arange(max(0, -lag), min(x.size, x.size - lag))
    both = np.stack([x[i], y[i + lag]])
    return both[:, ~np.isnan(both).any(axis=0)]


@pytest.mark.parametrize("lag", LAGS)
def test_direct(three, lag):
    x, y, _ = three
    a, b = pairs(x, y, lag)
    wanted = np.mean(a * b) - a.mean() * b.mean() if a.size > 1 else np.nan
    np.testing.assert_allclose(direct.lagged_covariances(x, y, lag, 1)[0], wanted, atol=1e-12)
    np.testing.assert_allclose(
        direct.correlation_function(x, y, lag, 1)[0], np.mean(a * b) if a.size else 0.0, atol=1e-12
    )
    assert direct.align(x, lag).size == x.size
    assert direct.residuals(x, True).size == x.size
    assert direct.block_covariances(x, y, 6).shape == (6,)


@pytest.mark.parametrize("lag", LAGS)
@pytest.mark.parametrize("kind", [high_pass.RUNNING_MEAN, high_pass.EXPONENTIAL, high_pass.LINES])
@pytest.mark.parametrize("eddypro_6", [False, True])
def test_high_pass(three, lag, kind, eddypro_6):
    u = np.stack(three)
    x = three[0][::-1].copy()
    args = (kind, 5, 0.8, eddypro_6)
    filtered = np.stack([high_pass.high_pass(row, *args) for row in u])
    sums = high_pass.pair_sums(filtered, x, lag, 1, *args)[:, 0]
    left = high_pass.high_pass(direct.align(x, lag), *args)
    there = ~np.isnan(filtered).any(axis=0) & ~np.isnan(left)
    rows = [np.ones_like(left), *filtered, left, *(filtered * left)]
    np.testing.assert_allclose(sums, [np.sum(row[there]) for row in rows], atol=1e-9)
    assert high_pass.wind_sums(filtered)[0] == np.sum(~np.isnan(filtered).any(axis=0))
    assert high_pass.scalar_sums(filtered[0])[0] == np.sum(~np.isnan(filtered[0]))


@pytest.mark.parametrize("lag", LAGS)
def test_moments(three, lag):
    filled, mask = np.empty((3, three[0].size)), np.empty((3, three[0].size))
    for k in range(3):
        moments.centre(three[k], filled[k], mask[k])
    terms, running = moments.wind_terms(filled, mask[0]), moments.running_wind_sums(filled, mask[0])
    sums = moments.pair_sums(filled, terms, running, filled[1], mask[1], lag, 1, 6)
    i = np.arange(max(0, -lag), min(three[0].size, three[0].size - lag))
    np.testing.assert_allclose(
        sums[[0, 12], :, 0].sum(axis=1),
        [np.sum(mask[0][i] * mask[1][i + lag]), np.sum(filled[1][i] * filled[1][i + lag])],
        atol=1e-9,
    )
    assert moments.wind_sums(filled, mask[0], 6)[:, 0].sum() == mask[0].sum()
    assert moments.scalar_sums(filled[1], mask[1], 6)[:, 0].sum() == mask[1].sum()


def test_far(three):
    filled = np.nan_to_num(np.stack(three)).astype(np.float32)
    with np.errstate(invalid="ignore"):  # a lag of the whole length has no pair
        out = far.far_covariances(filled, filled[0], 3, 80, 7)
    assert out.shape == (24, 3)


@pytest.mark.parametrize("window", [1, 10, 100])
def test_despiking(three, window):
    data = np.stack(three)
    for despiked in (
        lambda x: despike.despike_vickers_mahrt_1997(x, np.full(3, 3.5), 3, True, window, 10, 3),
        lambda x: despike.despike_mauder_2013(x, 7.0, 3, False),
        lambda x: despike.despike_mauder_2013(x, 7.0, 3, True),
        lambda x: median.despike_brock_1986(x, window, 1.0, 3),
    ):
        events, replaced = despiked(data.copy())
        assert (events <= replaced).all()
    assert median.running_median(data[0], window).size == data.shape[1]


@pytest.mark.parametrize("window", [1, 4, 100])
def test_vickers_mahrt(three, window):
    u, v, w = three
    empty, central, extreme = vickers_mahrt.resolution_and_dropouts(u, window, 20, 7.0, 10.0, 2)
    assert np.isnan(empty) or 0.0 <= empty <= 1.0
    assert np.isnan(central) or 0.0 <= central + extreme <= 1.0
    assert vickers_mahrt.haar(u, window, 3).shape == (4,)
    assert len(vickers_mahrt.detrended_shape(u)) == 2
    for default in LAGS:
        peak, reference = vickers_mahrt.peak_covariance(u, w, -60, 60, default)
        assert not abs(reference) > abs(peak)
    share = vickers_mahrt.share_beyond_angle(u, v, w, -10.0, 10.0)
    assert np.isnan(share) or 0.0 <= share <= 1.0


@pytest.mark.parametrize("reach", [0, 2, 60])
def test_cross_correlations(three, reach):
    x, y, _ = three
    found = vitale.cross_correlation(x, y, reach)
    ones = [(z - np.nanmean(z)) / np.nanstd(z) if np.sum(~np.isnan(z)) > 1 else 0.0 * z for z in (x, y)]
    for lag in range(-reach, reach + 1):
        a, b = pairs(*ones, lag)
        np.testing.assert_allclose(found[lag + reach], np.mean(a * b) if a.size else np.nan, atol=1e-9)


def test_prewhitening_of_little(three):
    x, y, _ = (np.nan_to_num(z) for z in three)
    out = prewhitening.block_products(x, y, -60, 121, 4)
    assert out.shape == (4, 121)
    for j, lag in enumerate(range(-60, 61)):
        a, b = pairs(x, y, lag)
        np.testing.assert_allclose(out[:, j].sum(), np.sum(a * b), atol=1e-9)


@pytest.mark.parametrize("method", [2006, 2012])
def test_sonic(three, method):
    u, v, w = (x.copy() for x in three)
    sonic.angle_of_attack(u, v, w, method, 1e-6, 30)
    sonic.transducer_shadow(u, v, w, np.eye(3), np.eye(3), 0.16, 3)
    assert (np.isnan(u) == np.isnan(w)).all()


@pytest.mark.parametrize("fit", ["lines", "parabolas", "robust", "three", "hm", "zhao", "ndfe"])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 6, 13])
def test_closures(fit, n):
    """Beside an empty closure, whose offsets lie at the end."""
    t = np.arange(float(n)) + 1.0
    c, offsets = 400.0 + np.sqrt(t), np.array([0, n, n])
    if fit in ("hm", "zhao", "ndfe"):
        kind = {"hm": closure_shapes.HM, "zhao": closure_shapes.ZHAO, "ndfe": closure_shapes.NDFE}[fit]
        low, high = np.full(2, 0.0 if fit == "ndfe" else -2.0), np.full(2, 5.0)
        start = np.array([399.9, np.nan])
        rows = closure_curves.curves(kind, t, c, offsets, low, high, start, np.full(2, 0.1))
        closure_profiles.intervals(kind, t, c, offsets, low, high, 1.96, rows)
        some = rows[0, closure_fits.SLOPE_LOW], rows[0, closure_fits.SLOPE], rows[0, closure_fits.SLOPE_HIGH]
        assert np.isnan(some).any() or fit == "hm" or some[0] < some[2]
    elif fit == "three":
        rows = closure_fits.three_points(t, c, offsets)
    elif fit == "robust":
        rows = closure_fits.robust_lines(t, c, offsets, 1.345, 1e-6, 50)
    else:
        rows = {"lines": closure_fits.lines, "parabolas": closure_fits.parabolas}[fit](t, c, offsets)
    assert rows.shape[0] == 2
    assert np.isnan(rows[1, 0 if fit == "three" else closure_fits.SLOPE])
    assert list(closure_fits.distinct_values(c, offsets, 3)) == [min(n, 3), 0]
    assert list(closure_fits.distinct_values(c, offsets, 0)) == [0, 0]
    begin, gain = closure_windows.breakpoints(t, c, offsets, np.full(2, np.nan), 10.0, 2.0)
    assert begin.shape == gain.shape == (2,)
    out, table = closure_steps.steps(t, c, offsets, 1, 3.0, 1.0, 1)
    assert np.isnan(out[1, closure_steps.SLOPE])
    assert (table[:, 2] > table[:, 1]).all()


def test_the_median_of_nothing():
    assert np.isnan(closure_fits.median(np.empty(0)))
    assert np.isnan(closure_steps.noise_of(np.empty(2))[0])


def differing():
    """Calls with series that do not match."""
    a, b, out = np.zeros(9), np.zeros(8), np.zeros(7, np.int64)
    u = np.zeros((3, 9))
    complex_rows = np.zeros((2, 5), complex)
    nothing, codes = np.empty(0), np.empty((0, 1), np.uint8)
    target = np.array([0], np.int64)

    def scan(content, room):
        records = np.empty(room, np.int64)
        return text.scan(
            np.frombuffer(content, np.uint8), 0, 44, target, 1, nothing, codes, np.empty(0, np.int64),
            np.empty((1, room)), records, records.copy(), np.empty((1, 5), np.int64), np.zeros(1, np.int64),
            records.copy(), np.zeros(6, np.int64),
        )  # fmt: skip

    return {
        "covariance": lambda: direct.covariance(a, b, False),
        "correlation_function": lambda: direct.correlation_function(a, b, 0, 1),
        "horizontal": lambda: screen.horizontal_outside(a, b, 1.0),
        "angle": lambda: sonic.angle_of_attack(a, a, b, 2012, 1e-6, 9),
        "shadow": lambda: sonic.transducer_shadow(a, b, a, np.eye(3), np.eye(3), 0.16, 3),
        "quadrants": lambda: quadrants.sums(a, a, b, 0.25),
        "gap": lambda: vitale.longest_gap(a, b),
        "cross_correlation": lambda: vitale.cross_correlation(a, b, 2),
        "blocks": lambda: vitale.block_covariances(a, b, 2),
        "peak": lambda: vickers_mahrt.peak_covariance(a, b, 0, 1, 0),
        "share": lambda: vickers_mahrt.share_beyond_angle(a, b, a, -1.0, 1.0),
        "loess": lambda: loess.loess(a, b, 2, True),
        "pixels": lambda: pixels.uncovered(a, b, 3, 3, pixels.DISC, 1.0, 1.0),
        "products": lambda: prewhitening.block_products(a, b, 0, 1, 2),
        "counts": lambda: prewhitening.resampled_maxima(np.zeros((3, 2)), np.zeros((1, 2), np.int64)),
        "far": lambda: far.far_covariances(u.astype(np.float32), b.astype(np.float32), 1, 2, 1),
        "centre": lambda: moments.centre(a, b, a),
        "moments": lambda: moments.pair_sums(
            u, moments.wind_terms(u, a), moments.running_wind_sums(u, a), b, b, 0, 1, 1
        ),
        "no terms of the wind": lambda: moments.pair_sums(
            u, np.empty((9, 0)), moments.running_wind_sums(u, a), a, np.zeros(a.size), 0, 1, 1
        ),
        "high_pass": lambda: high_pass.pair_sums(u, b, 0, 1, 0, 3, 0.5, False),
        "clock": lambda: clock.place(a, 0.1, out),
        "spectra": lambda: spectra.binned_cross_spectra(
            complex_rows, np.array([0, 3, 6]), 1.0, *np.triu_indices(len(complex_rows))
        ),
        "no line feed": lambda: scan(b"1\n2", 3),
        "no room": lambda: scan(b"1\n2\n", 1),
    }


@pytest.mark.parametrize("name", differing())
def test_what_does_not_match_is_refused(name):
    with pytest.raises(ValueError, match=r"differ in length|not as many|beyond|line feed|room|fewer slots"):
        differing()[name]()


@pytest.mark.parametrize("room", ["fluxkit.kernels", "fluxkit.kernels.closure"])
def test_a_name_that_no_kernel_has_is_said(room):
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        importlib.import_module(room).nothing  # noqa: B018
