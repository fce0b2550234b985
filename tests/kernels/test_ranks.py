import numpy as np
import pytest

from fluxkit.kernels.ranks import ranked

RNG = np.random.default_rng(3)
SERIES = {
    "noise": RNG.normal(size=5000),
    "few values": np.round(RNG.normal(size=5000)),
    "one far away": np.append(RNG.normal(size=5000), 1e12),
    "gaps": np.where(RNG.random(5000) < 0.3, np.nan, RNG.normal(size=5000)),
    "rising": np.arange(5000.0),
    "constant": np.full(100, 2.5),
    "one": np.array([np.nan, 3.0]),
    "infinite": np.append(RNG.normal(size=100), [np.inf, -np.inf]),
    "hardly apart": np.tile([0.0, 5e-324], 3),
}


@pytest.mark.parametrize("name", SERIES)
def test_ranked_is_what_sorting_gives(name):
    x = SERIES[name]
    before = x.copy()
    n = np.count_nonzero(~np.isnan(x))
    ranks = np.unique(np.linspace(0, n - 1, 7).astype(np.int64))
    got = ranked(x, np.nanmin(x), np.nanmax(x), ranks)
    np.testing.assert_array_equal(got, np.sort(x)[ranks])
    np.testing.assert_array_equal(x, before)


def test_a_rank_may_be_asked_for_twice():
    np.testing.assert_array_equal(
        ranked(np.array([2.0, 1.0]), 1.0, 2.0, np.array([0, 0, 1, 1])), [1, 1, 2, 2]
    )
