"""High-pass filtered series: both ways to their covariances agree, and they are what brute force gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxkit.errors import MomentsError
from fluxkit.tower import chain
from fluxkit.tower.direct import from_samples
from fluxkit.tower.period_moments import condense_period, lagged_products
from fluxkit.tower.series_methods import filtered, high_pass
from fluxkit.tower.series_methods.high_pass import Filter
from fluxkit.tower.turbulence import from_moments
from tests.tower.mast import RATE as MAST_RATE
from tests.tower.mast import air, make_site, seen
from tests.tower.mast import dataset as raw
from tests.tower.test_law import LAGS, RATE, SCALARS, assert_equal_to_rounding, choices, make_samples


def record_of(samples: dict[str, np.ndarray], by: Filter) -> dict[str, np.ndarray]:
    wind = np.stack([samples[k] for k in ("u", "v", "w")])
    wind = np.where(np.isnan(wind).any(axis=0), np.nan, wind)
    plain = condense_period(samples, rate=RATE, scalars=SCALARS, lags=LAGS, max_lag=30, bins=20)
    return plain | high_pass.filtered_sums(
        wind - np.nanmean(wind, axis=1, keepdims=True),
        {s: samples[s] - np.nanmean(samples[s]) for s in SCALARS},
        {s: tuple(LAGS[s]) for s in SCALARS},
        by,
        max_lag=30,
        products=lagged_products,
    )


def both_ways(periods, by: Filter, chosen):
    records = [record_of(p, by) for p in periods]
    arrays = {k: np.stack([np.asarray(r[k]) for r in records]) for k in records[0]}
    spans = {s: LAGS[s].first for s in SCALARS}
    time = np.datetime64("2024-07-01", "ns") + np.arange(len(periods)) * np.timedelta64(30, "m")
    plain = from_moments(arrays, time, SCALARS, spans, chosen)
    ours = filtered.filtered_from_moments(plain, arrays, spans, chosen)
    straight = from_samples(periods, time, SCALARS, LAGS, chosen, 30)
    return plain, ours, filtered.filtered_from_samples(straight, periods, by, chosen, 30)


@settings(max_examples=15)
@given(
    seed=st.integers(0, 2**32 - 1),
    minutes=st.sampled_from([5, 30]),
    method=st.sampled_from(high_pass.METHODS),
    seconds=st.sampled_from([7.0, 60.0, 250.0, 4000.0]),
    lag=st.sampled_from(["covariance-maximum-default", "constant", "none"]),
    missing=st.sampled_from([0.0, 0.002, 0.09]),
    loose=st.booleans(),
)
def test_the_law_holds_for_filtered_series(seed, minutes, method, seconds, lag, missing, loose):
    gaps = {"running_mean_at_gaps": "stays", "line_at_gaps": "count", "whole_rate": True} if loose else {}
    by = Filter(method, seconds, RATE, **gaps)
    plain, ours, direct = both_ways([make_samples(seed, minutes, missing, 2.0)], by, choices(lag=lag))
    sigma = np.sqrt(np.einsum("tii->ti", direct.stress))
    assert_equal_to_rounding(ours.stress, direct.stress, sigma[:, :, None] * sigma[:, None, :])
    for name in SCALARS:
        a, b = ours.scalars[name], direct.scalars[name]
        scale = np.sqrt(b.variance)[:, None] * sigma
        np.testing.assert_array_equal(a.choice.used, b.choice.used)
        assert_equal_to_rounding(a.covariance, b.covariance, scale)
        assert_equal_to_rounding(a.variance, b.variance, b.variance)
        np.testing.assert_array_equal(a.blocks, plain.scalars[name].blocks)  # stationarity: as they are
        np.testing.assert_array_equal(a.undetrended, plain.scalars[name].undetrended)


@pytest.mark.parametrize("method", high_pass.METHODS)
def test_random_errors_agree(method):
    periods = [make_samples(seed, 15, 0.01, 1.0) for seed in range(2)]
    _, ours, direct = both_ways(periods, Filter(method, 60.0, RATE), choices())
    np.testing.assert_allclose(ours.momentum_error, direct.momentum_error, rtol=1e-6)
    for name in SCALARS:
        np.testing.assert_allclose(ours.scalars[name].error, direct.scalars[name].error, rtol=2e-6)


def test_a_long_constant_leaves_the_period_s_line():
    """Lines as long as the period are linear detrending itself."""
    periods = [make_samples(5, 15, 0.01, 2.0)]
    _, ours, _ = both_ways(periods, Filter("linear-chunks", 900.0, RATE), choices())
    time = np.array(["2024-07-01"], dtype="datetime64[ns]")
    expected = from_samples(periods, time, SCALARS, LAGS, choices(linear=True), 30)
    np.testing.assert_allclose(ours.stress, expected.stress, rtol=1e-3, atol=1e-6)
    assert ours.scalars["h2o"].variance[0] == pytest.approx(expected.scalars["h2o"].variance[0], rel=1e-9)


def test_running_mean_by_brute_force():
    """A published error: the running mean must be that of the samples before, not of others."""
    x = make_samples(1, 5, 0.05, 2.0)["co2"]
    got = high_pass.subtract_slow_part(x, Filter("running-mean", 25.0, RATE))
    expected = [x[i] - np.nanmean(x[max(0, i - 249) : i + 1]) for i in range(x.size)]
    np.testing.assert_allclose(got, expected, atol=1e-15)


def test_time_constants_in_samples():
    assert Filter("running-mean", 250.0, 10.0).window == 2500
    assert Filter("running-mean", 100.0, 12.5).window == 1250
    assert Filter("running-mean", 100.0, 12.5, whole_rate=True).window == 1200
    assert Filter("exponential", 250.0, 10.0).keep == pytest.approx(0.99960008, abs=1e-8)


@pytest.mark.parametrize("method", high_pass.METHODS)
def test_the_chain_takes_the_slow_part_away_and_restores_it(method):
    """A slow wave in w and co2 is no flux any more; both paths of the chain agree."""
    a = air(3)
    data = seen(a, path="ratio")
    slow = np.sin(2 * np.pi * np.arange(a.t.size) / MAST_RATE / 1800)
    data["w"] = data["w"] + 0.5 * slow
    data["co2"] = data["co2"] + 3e-6 * slow
    made = {"high_pass": method, "time_constant": 100.0}
    off = {"high_frequency": "none", "low_frequency": "none", "lag": "none"}
    site = make_site(path="ratio", condense=made, decide={"detrending": method} | off)
    moments = chain.condense(raw(data), site)
    ours, direct = chain.decide(moments, site), chain.decide(raw(data), site, path="direct")
    block = chain.decide(moments, make_site(path="ratio", condense=made, decide=off))
    for name in ("FC", "LE", "H", "TAU", "USTAR", "FC_RANDUNC_HF"):
        assert float(ours[name][0]) == pytest.approx(float(direct[name][0]), rel=1e-5), name
    planted = 0.5 * 3e-6 / 2 * 40 * 1e6  # umol m-2 s-1, about 40 mol of air per m3
    assert float(block["FC"][0]) - float(ours["FC"][0]) == pytest.approx(planted, rel=0.15)


def test_sums_that_were_not_kept_are_asked_for():
    data = raw(seen(air(1), path="ratio"))
    moments = chain.condense(data, make_site(path="ratio"))
    site = make_site(
        path="ratio", condense={"high_pass": "exponential"}, decide={"detrending": "exponential"}
    )
    with pytest.raises(MomentsError, match=r"set condense\.high_pass = 'exponential'"):
        chain.decide(moments, site)
