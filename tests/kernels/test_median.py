"""Running median against numpy, and spikes planted on a truth that is known."""

import warnings

import numpy as np
import pytest

from fluxkit.kernels import despike, median


def turbulence(seed: int, n: int = 18000) -> np.ndarray:
    """A -5/3 spectrum above its peak, standard deviation 1."""
    rng = np.random.default_rng(seed)
    f = np.fft.rfftfreq(n, 0.1)
    amplitude = np.where(f > 0, (1.0 + (f / 0.02)) ** (-5.0 / 6.0), 0.0)
    x = np.fft.irfft(amplitude * np.exp(2j * np.pi * rng.random(f.size)), n)
    return x / x.std()


@pytest.mark.parametrize("reach", [1, 3, 10])
def test_running_median(reach):
    rng = np.random.default_rng(reach)
    x = np.round(rng.standard_normal(400), 1)  # with ties
    x[rng.random(400) < 0.1] = np.nan
    x[50:80] = np.nan
    padded = np.concatenate([np.full(reach, np.nan), x, np.full(reach, np.nan)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        expected = np.nanmedian(windows, axis=1)
    np.testing.assert_allclose(median.running_median(x, reach), expected, rtol=1e-14)


def test_limits_are_the_first_gaps():
    d = np.array([0.0, 1.0, -1.0, 2.0, 5.0, -1.4, np.nan, 40.0])
    assert median.gap_limits(d, 1.0, 100) == (-1.5, 2.5)


def rmsd(x: np.ndarray, truth: np.ndarray) -> float:
    return float(np.sqrt(np.mean((x - truth) ** 2)))


@pytest.mark.parametrize(("size", "run", "share"), [(4.0, 1, 0.2), (8.0, 1, 0.9), (30.0, 2, 1.0)])
def test_nearer_to_the_truth_than_by_a_window(size, run, share):
    """As Starkenburg et al. (2016) compared: root mean square distance from the series without spikes."""
    found = {}
    truth = np.stack([turbulence(seed) for seed in range(4)])
    rng = np.random.default_rng(9)
    spiky = truth.copy()
    for row in spiky:
        for i in 10 * rng.choice(1799, 60, replace=False):
            row[i : i + run] += size * rng.choice([-1.0, 1.0])
    for name in ("brock", "vickers-mahrt"):
        rows = spiky.copy()
        if name == "brock":
            median.despike_brock_1986(rows, 3, 2.0, 10)
        else:
            despike.despike_vickers_mahrt_1997(rows, np.full(4, 3.5), 3, True, 3000, 100, 10)
        found[name] = rmsd(rows, truth)
    assert found["brock"] <= share * found["vickers-mahrt"]
    assert found["brock"] < 0.06 * rmsd(spiky, truth)


def test_sound_turbulence_stays():
    x = np.stack([turbulence(seed) for seed in range(6)])
    before = x.copy()
    events, _ = median.despike_brock_1986(x, 3, 2.0, 10)
    assert events.sum() <= 2
    assert rmsd(x, before) < 1e-3


def test_neither_shift_nor_scale_matters():
    x = turbulence(1)[None]
    x[0, ::500] += 10.0
    one, other = x.copy(), 1e-3 * x + 0.4
    counts = [median.despike_brock_1986(rows, 3, 2.0, 10)[1][0] for rows in (one, other)]
    assert counts == [36, 36]
    np.testing.assert_allclose((other - 0.4) * 1e3, one, atol=1e-9)


def test_flat_values_stay():
    """A filter that takes a scale of zero for a limit of zero deletes what moves, or all that is flat."""
    x = np.full((1, 3000), 7.0)
    x[0, 100:900] += 0.01 * np.arange(800)
    before = x.copy()
    median.despike_brock_1986(x, 3, 2.0, 10)
    np.testing.assert_array_equal(x, before)
    despike.despike_mauder_2013(x, 7.0, 10, False)
    np.testing.assert_array_equal(x, before)
    despike.despike_vickers_mahrt_1997(x, np.array([3.5]), 3, True, 500, 100, 10)
    np.testing.assert_array_equal(x[0, 1000:], before[0, 1000:])


def test_gaps_stay_gaps():
    x = turbulence(2)[None]
    x[0, 40:60] = np.nan
    x[0, 61] += 20.0
    median.despike_brock_1986(x, 3, 2.0, 10)
    assert np.isnan(x[0]).sum() == 20
    assert abs(x[0, 61]) < 5.0


def test_nothing_there():
    x = np.full((1, 500), np.nan)
    assert median.despike_brock_1986(x, 3, 2.0, 10)[0][0] == 0
