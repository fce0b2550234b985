"""Breaks against least squares that are solved one by one, and the test against Student's distribution."""

import numpy as np
from scipy.stats import kstest, t

from fluxkit.kernels.segments import breaks_of_classes


def found(ta, ustar, nee, copies=None, classes=2):
    order = np.argsort(ta, kind="stable")
    copies = np.ones((1, ta.size), np.int64) if copies is None else copies
    out = np.empty((copies.shape[0], classes, 3))
    breaks_of_classes(
        ta[order], ustar[order], nee[order], np.argsort(ustar[order], kind="stable"),
        np.ascontiguousarray(copies[:, order]), classes, 0.5, out,
    )  # fmt: skip
    return out


def night(seed, n=160, digits=4):
    rng = np.random.default_rng(seed)
    ustar = np.round(rng.weibull(1.5, n) * 0.25, digits)
    nee = 4.0 * np.minimum(ustar / 0.2, 1.0) + rng.normal(0.0, 0.5, n)
    return rng.normal(10.0, 5.0, n), ustar, nee


def test_least_squares():
    for digits in (4, 2):
        ta, ustar, nee = night(1, digits=digits)
        out = found(ta, ustar, nee)[0]
        for c, inside in enumerate(np.array_split(np.argsort(ta), 2)):
            x, y = ustar[inside], nee[inside]
            low, high = np.quantile(x, [0.05, 0.95])
            places = np.unique([low, high, *x[(x >= low) & (x <= high)]])
            rest = [np.polyfit(np.minimum(x, psi), y, 1, full=True)[1][0] for psi in places]
            assert abs(out[c, 0] - places[np.argmin(rest)]) < 1e-9
            assert out[c, 2] == 80


def test_copies_are_records():
    rng = np.random.default_rng(2)
    ta, ustar, nee = night(3)
    copies = rng.poisson(1.0, (2, ta.size))
    out = found(ta, ustar, nee, copies)
    for b in range(2):
        written = np.repeat(np.arange(ta.size), copies[b])
        np.testing.assert_allclose(out[b], found(ta[written], ustar[written], nee[written])[0], rtol=1e-9)


def test_without_a_break_the_statistic_is_students():
    """Of series without a break the statistic has the distribution that its p values are taken from."""
    rng = np.random.default_rng(4)
    drawn = [found(ta, ustar, rng.normal(size=ta.size))[0, :, 1] for ta, ustar, _ in map(night, range(40))]
    p = 2.0 * t.sf(np.concatenate(drawn), 78)
    assert kstest(p, "uniform").pvalue > 0.01


def test_what_is_left_out():
    ta, ustar, nee = night(5)
    assert np.isnan(found(ta[:30], ustar[:30], nee[:30])).all()
    assert np.isnan(found(ustar * 10.0, ustar, nee)).all()
    assert np.isnan(found(ta[:1], ustar[:1], nee[:1])).all()
    assert found(ta, np.full_like(ustar, 0.3), nee)[0, 0, 1] == 0.0
