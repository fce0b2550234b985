"""Despiking against a plain transcription of the papers' rules, and planted spikes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxkit.kernels import despike
from fluxkit.synthetic import defects


def window_limits(x: np.ndarray, window: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation (N-1) that hold for each sample: those of the window it is central to."""
    n_windows = (x.size - window) // step + 1
    offset = window // 2 - step // 2 - 1
    mean, sd = np.empty(x.size), np.empty(x.size)
    for i in range(x.size):
        k = min(max((i - offset) // step, 0), n_windows - 1)
        there = x[k * step : k * step + window]
        there = there[~np.isnan(there)]
        mean[i] = there.mean() if there.size > 1 else np.nan
        sd[i] = there.std(ddof=1) if there.size > 1 else np.nan
    return mean, sd


def interpolate(x: np.ndarray, i: int, j: int, hold: bool) -> None:
    """Replace x[i:j] from its neighbours."""
    left = x[i - 1] if i > 0 else np.nan
    right = x[j] if j < x.size else np.nan
    if not np.isnan(left) and not np.isnan(right):
        x[i:j] = np.interp(np.arange(i, j), [i - 1, j], [left, right])
    elif hold and not np.isnan(left):
        x[i:j] = left
    elif hold and not np.isnan(right):
        x[i:j] = right


def runs(bad: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], bad.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def vickers_mahrt(data, k, run_max, hold, window, step, passes):
    data = data.copy()
    marked = np.zeros(data.shape, bool)
    events = np.zeros(data.shape[0], int)
    for p in range(passes):
        new = 0
        for v, x in enumerate(data):
            mean, sd = window_limits(x, window, step)
            limit = (k[v] + 0.1 * p) * sd
            with np.errstate(invalid="ignore"):
                if abs(x[0] - mean[0]) > limit[0]:
                    x[0] = mean[0] + np.sign(x[0] - mean[0]) * limit[0]
                    events[v] += not marked[v, 0]
                    new += not marked[v, 0]
                    marked[v, 0] = True
                bad = np.abs(x - mean) > limit
            bad[0] = False
            for i, j in runs(bad):
                if j - i <= run_max:
                    events[v] += not marked[v, j - 1]
                    new += not marked[v, j - 1]
                    marked[v, i:j] = True
                    interpolate(x, i, j, hold)
        if new == 0:
            break
    return data, events, marked.sum(axis=1)


def mauder(x, k, passes):
    x, marked, events = x.copy(), np.zeros(x.size, bool), 0
    for _ in range(passes):
        median = np.nanmedian(x)
        bad = np.abs(x - median) > k * np.nanmedian(np.abs(x - median)) / 0.6745
        bad[[0, -1]] = False
        new = 0
        for i, j in runs(bad):
            new += not marked[j - 1]
            marked[i:j] = True
            interpolate(x, i, j, True)
        events += new
        if new == 0:
            break
    return x, events, marked.sum()


def spiky(seed: int, rows: int = 2, n: int = 120, missing: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, n)) + 300.0
    for row in x:
        for first in rng.integers(0, n, 5):
            row[first : first + rng.integers(1, 6)] += rng.choice([-1, 1]) * rng.uniform(4, 40)
    x[rng.random(x.shape) < missing] = np.nan
    return x


@settings(max_examples=30)
@given(
    seed=st.integers(0, 10**6),
    k=st.sampled_from([2.0, 3.5]),
    run_max=st.integers(1, 4),
    hold=st.booleans(),
    missing=st.sampled_from([0.0, 0.1]),
)
def test_vickers_mahrt_as_the_rules_say(seed, k, run_max, hold, missing):
    x = spiky(seed, missing=missing)
    thresholds = np.array([k, k + 1.0])
    expected = vickers_mahrt(x, thresholds, run_max, hold, 40, 10, 10)
    events, replaced = despike.despike_vickers_mahrt_1997(x, thresholds, run_max, hold, 40, 10, 10)
    np.testing.assert_allclose(x, expected[0], rtol=1e-11)
    np.testing.assert_array_equal(events, expected[1])
    np.testing.assert_array_equal(replaced, expected[2])


@settings(max_examples=30)
@given(seed=st.integers(0, 10**6), k=st.sampled_from([3.0, 7.0]), missing=st.sampled_from([0.0, 0.1]))
def test_mauder_as_the_rules_say(seed, k, missing):
    x = spiky(seed, rows=1, missing=missing)
    expected = mauder(x[0], k, 10)
    events, replaced = despike.despike_mauder_2013(x, k, 10, False)
    np.testing.assert_allclose(x[0], expected[0], rtol=1e-12)
    assert (events[0], replaced[0]) == expected[1:]


def vm97(x, **changes):
    kwargs = {"k": 3.5, "run_max": 3, "hold": True, "window": 60, "step": 10, "passes": 10} | changes
    kwargs["k"] = np.array([kwargs["k"]])
    return tuple(int(c[0]) for c in despike.despike_vickers_mahrt_1997(x[None], *kwargs.values()))


def test_planted_spikes_are_found_and_bridged():
    rng = np.random.default_rng(3)
    clean = np.sin(np.arange(240) / 20.0) + 0.05 * rng.standard_normal(240)
    x = defects.add_spikes(clean, at=[30, 90, 151, 210], size=9.0, width=2)
    assert vm97(x) == (4, 8)
    np.testing.assert_allclose(x, clean, atol=0.4)
    untouched = np.ones(240, bool)
    for first in (30, 90, 151, 210):
        untouched[first : first + 2] = False
    np.testing.assert_array_equal(x[untouched], clean[untouched])


def test_long_runs_are_turbulence_not_spikes():
    rng = np.random.default_rng(4)
    x = 0.05 * rng.standard_normal(240)
    x[100:104] += 9.0
    assert vm97(x.copy(), run_max=3) == (0, 0)
    assert vm97(x.copy(), run_max=4) == (1, 4)


def test_spike_beside_a_gap_is_held_or_stays():
    rng = np.random.default_rng(5)
    x = 0.05 * rng.standard_normal(240)
    x[100] = 9.0
    x[101:110] = np.nan
    held, kept = x.copy(), x.copy()
    assert vm97(held, hold=True) == vm97(kept, hold=False) == (1, 1)
    assert held[100] == x[99]
    assert kept[100] == 9.0
    assert np.isnan(held[101:110]).all()


@pytest.mark.parametrize("x", [np.full(100, 3.25), np.full(100, np.nan), np.arange(100) % 2 * 1.0])
def test_nothing_to_find(x):
    before = x.copy()
    assert vm97(x) == (0, 0)
    np.testing.assert_array_equal(x, before)
    assert despike.despike_mauder_2013(x[None], 7.0, 10, False)[0][0] == 0


def test_shift_and_scale_change_nothing():
    x = spiky(11, rows=1)[0]
    a, b = x.copy(), 1e-3 * (x - 280.0)
    assert vm97(a) == vm97(b)
    np.testing.assert_allclose(1e-3 * (a - 280.0), b, atol=1e-12)


def test_a_spike_a_million_deviations_high_spoils_no_other_sample():
    rng = np.random.default_rng(6)
    x = 0.0161 + 1e-4 * rng.standard_normal(600)
    x[300] = 100.0
    clean = x.copy()
    vm97(x, k=5.0, window=100)
    changed = np.flatnonzero(x != clean)
    assert changed.tolist() == [300]


def test_median_filter_of_the_reference_makes_values_beside_gaps():
    """Its gaps are the number -9999 and enter the interpolation: a spike after one is drawn towards it."""
    rng = np.random.default_rng(7)
    x = rng.standard_normal((1, 100))
    x[0, 40:43] = np.nan
    x[0, 43] = 80.0
    ours, theirs = x.copy(), x.copy()
    despike.despike_mauder_2013(ours, 7.0, 1, False)
    despike.despike_mauder_2013(theirs, 7.0, 1, True)
    assert ours[0, 43] == x[0, 44]
    assert theirs[0, 43] == pytest.approx((-9999.0 + x[0, 44]) / 2)
    assert np.isnan(theirs[0, 40:43]).all()


def test_median_filters_agree_without_gaps():
    x = spiky(8, rows=1)
    y = x.copy()
    first = despike.despike_mauder_2013(x, 7.0, 10, False)
    second = despike.despike_mauder_2013(y, 7.0, 10, True)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(x, y, rtol=1e-12)
