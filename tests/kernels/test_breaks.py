"""Change points against least squares that are solved one by one."""

import itertools

import numpy as np
import pytest

from fluxkit.kernels.breaks import change_points

SIZE, WINDOWS, STRATA, BINS = 3, 2, np.array([2, 3]), 12
LEAST = WINDOWS * int(STRATA[0]) * BINS * SIZE


def night(seed, n=240):
    rng = np.random.default_rng(seed)
    ustar = rng.weibull(1.5, n) * 0.25
    nee = 4.0 * np.minimum(ustar / 0.3, 1.0) + rng.normal(0.0, 0.3, n)
    nee[:3] += 40.0  # outliers
    return rng.normal(10.0, 5.0, n), ustar, nee


def fits(ta, ustar, nee, copies=None, exact=True):
    copies = np.ones((1, ta.size), np.int64) if copies is None else copies
    out = np.empty((copies.shape[0], WINDOWS, int(STRATA[1]), 6))
    change_points(
        ta, ustar, nee, np.argsort(ta, kind="stable"), np.argsort(ustar, kind="stable"), copies, SIZE,
        WINDOWS, STRATA, BINS, LEAST, exact, out,
    )  # fmt: skip
    return out


def told(ta, ustar, nee):
    """F, change point, slope and number of bins of one window's strata."""
    layers = min(max(ta.size // (BINS * SIZE), STRATA[0]), STRATA[1])
    limits = np.percentile(ta, 100.0 * np.arange(layers + 1) / layers, method="hazen")
    for s in range(layers):
        inside = (ta >= limits[s]) & (ta <= limits[s + 1])
        x, y = ustar[inside], nee[inside]
        bins = x.size // SIZE
        edges = np.percentile(x, 100.0 * np.arange(bins + 1) / bins, method="hazen")
        places = [(x >= a) & (x <= b) for a, b in itertools.pairwise(edges)]
        mx = np.array([x[p].mean() for p in places if p.sum() >= SIZE])
        my = np.array([y[p].mean() for p in places if p.sum() >= SIZE])
        off = my - np.polyval(np.polyfit(mx, my, 1), mx)
        stays = np.abs(off) <= 4.0 * off.std(ddof=1)
        mx, my = mx[stays], my[stays]
        best = (-1.0,)
        for i in range(1, mx.size - 1):
            (slope, _), (rest,), *_ = np.polyfit(np.minimum(mx, mx[i]), my, 1, full=True)
            f = (((my - my.mean()) ** 2).sum() - rest) / (rest / (mx.size - 2))
            best = max(best, (f, mx[i], i + 1, slope, mx.size))
        yield best


def test_as_told():
    ta, ustar, nee = night(1)
    out = fits(ta, ustar, nee)[0]
    for w, part in enumerate((slice(0, 120), slice(120, 240))):
        for s, expected in enumerate(told(ta[part], ustar[part], nee[part])):
            np.testing.assert_allclose(out[w, s, [0, 1, 2, 3, 5]], expected, rtol=1e-8)


@pytest.mark.parametrize("exact", [True, False])
def test_copies_are_records(exact):
    rng = np.random.default_rng(2)
    ta, ustar, nee = night(3)
    copies = rng.poisson(1.2, (2, ta.size))
    out = fits(ta, ustar, nee, copies, exact)
    for b in range(2):
        written = np.repeat(np.arange(ta.size), copies[b])
        np.testing.assert_allclose(
            out[b], fits(ta[written], ustar[written], nee[written], exact=exact)[0], rtol=1e-9
        )


def test_few_records_have_no_fit():
    ta, ustar, nee = night(4, 60)
    assert np.isnan(fits(ta, ustar, nee)).all()


def test_one_ustar_has_no_change_point():
    ta, ustar, nee = night(5)
    out = fits(ta, np.full_like(ustar, 0.3), nee)
    assert not (out[..., 0] > 0.0).any()
