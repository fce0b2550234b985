"""Attenuation by a site's own cospectra, against series that were really filtered."""

import itertools

import numpy as np
import pytest

from fluxkit.tower.period_moments import frequency_bins
from fluxkit.tower.spectral import in_situ

RATE, N = 10.0, 18000
EDGES, F = frequency_bins(N, RATE, 50)
WIDTH = np.diff(EDGES) * RATE / N


def series(seed: int, periods: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Fourier coefficients of vertical wind and a scalar with a cospectrum like a surface layer's."""
    rng = np.random.default_rng(seed)
    f = np.fft.rfftfreq(N, 1.0 / RATE)
    shape = np.where(f > 0, 1.0 / (0.1 + f) ** (5.0 / 6.0), 0.0)
    w, own = (
        rng.standard_normal((periods, f.size)) + 1j * rng.standard_normal((periods, f.size)) for _ in "wx"
    )
    correlation = 0.6 / (1.0 + 3.0 * f) ** 0.6
    return shape * w, shape * (correlation * w + np.sqrt(1.0 - correlation**2) * own)


def binned(w: np.ndarray, x: np.ndarray) -> np.ndarray:
    cross = np.conj(w) * x
    rows = [
        cross[:, a:b].mean(axis=1) if b > a else np.full(w.shape[0], np.nan)
        for a, b in itertools.pairwise(EDGES)
    ]
    return np.stack(rows, axis=1)


@pytest.mark.parametrize("fc", [0.1, 0.5, 2.0])
def test_the_share_is_that_of_a_filtered_series(fc: float) -> None:
    """Read where the covariance is largest, and at lag 0."""
    w, x = series(1)
    f = np.fft.rfftfreq(N, 1.0 / RATE)
    filtered = x / (1.0 + 1j * f / fc)
    fine = np.fft.irfft(np.conj(w) * filtered, 16 * N, axis=1) * 16  # sixteen lags a sample
    plain = np.fft.irfft(np.conj(w) * x, axis=1)[:, 0]
    reach = int(1.3 / (2 * np.pi * fc) * RATE * 16) + 2
    cutoffs = np.full(w.shape[0], fc)
    peak = in_situ.left_of_cospectrum(binned(w, x), F, WIDTH, cutoffs, reading="peak")
    np.testing.assert_allclose(peak, fine[:, :reach].max(axis=1) / plain, rtol=5e-3)
    lag = in_situ.left_of_cospectrum(binned(w, x), F, WIDTH, cutoffs, reading="lag")
    np.testing.assert_allclose(lag, fine[:, 0] / plain, rtol=5e-3, atol=2e-3)


def test_the_root_stands_for_the_peak_and_power_for_the_physical_lag() -> None:
    """Which of both acts is a matter of the lag: neither is right for the other."""
    w, x = series(2, periods=40)
    cross, fc = binned(w, x), np.full(40, 0.3)
    left = {
        how: np.mean(in_situ.left_of_cospectrum(cross, F, WIDTH, fc, reading=how))
        for how in ("peak", "lag", "amplitude", "power")
    }
    assert left["amplitude"] == pytest.approx(left["peak"], rel=0.05)
    assert left["power"] == pytest.approx(left["lag"], rel=0.02)
    assert left["power"] < 0.93 * left["peak"]


def test_sampling_takes_a_little_at_the_peak() -> None:
    w, x = series(3)
    cross, fc = binned(w, x), np.full(6, 1.0)
    fine = in_situ.left_of_cospectrum(cross, F, WIDTH, fc, reading="peak")
    coarse = in_situ.left_of_cospectrum(cross, F, WIDTH, fc, reading="peak", rate=RATE)
    assert np.all(coarse < fine)
    assert np.all(coarse > 0.97 * fine)


def test_missing_stays_missing_and_units_do_not_matter() -> None:
    w, x = series(4)
    cross = binned(w, x)
    cutoffs = np.array([0.3, np.nan, 0.3, 0.3, 0.3, 0.3])
    left = in_situ.left_of_cospectrum(cross, F, WIDTH, cutoffs, reading="peak")
    assert np.isnan(left[1])
    assert np.isfinite(left[[0, 2]]).all()
    np.testing.assert_allclose(
        in_situ.left_of_cospectrum(-7.0 * cross, F, WIDTH, cutoffs, reading="peak"), left, rtol=1e-12
    )
    nothing = in_situ.left_of_cospectrum(0.0 * cross, F, WIDTH, cutoffs, reading="lag")
    assert np.isnan(nothing).all()


def test_coefficients_are_recovered() -> None:
    U = np.linspace(1.0, 6.0, 30)
    truth = in_situ.IbromFactor(0.0135, 0.0036)
    left = 1.0 / truth.at(U[:, None], in_situ.CUTOFFS)
    left[3, 2] = np.nan
    left[4, 1] = -0.2
    fit = in_situ.fit_factor_ibrom_2007(U, left, in_situ.CUTOFFS)
    assert fit is not None
    assert fit == pytest.approx(truth, rel=0.02)
    assert in_situ.fit_factor_ibrom_2007(U[:2], left[:2], in_situ.CUTOFFS) is None


def test_cutoffs_of_the_recursive_filter() -> None:
    assert in_situ.CUTOFFS[[0, 1, -1]] == pytest.approx([1.626, 0.614, 0.00398], abs=5e-4)


def test_literal_factor() -> None:
    """1 + 0.0135035 x 4.97 / (0.0035982 + 0.69922)."""
    factor = in_situ.IbromFactor(0.0135035, 0.0035982).at(np.array(4.974347), np.array(0.69922))
    assert factor == pytest.approx(1.0955739, abs=1e-6)


def test_large_fluxes_take_their_own_cospectrum_and_small_ones_the_model() -> None:
    """Either way round has been got wrong."""
    own = np.array([1.3, np.nan, 6.0, 0.5])
    model = np.array([1.1, 1.2, 1.15, 1.05])
    np.testing.assert_array_equal(
        in_situ.factor_fratini_2012(own, model, largest=5.0), [1.3, 1.2, 1.15, 1.05]
    )
    np.testing.assert_array_equal(
        in_situ.factor_fratini_2012(own, model, largest=20.0), [1.3, 1.2, 6.0, 1.05]
    )


def test_stability_chooses_the_coefficients() -> None:
    models = {"unstable": in_situ.IbromFactor(0.01, 0.0)}
    zeta = np.array([-1.0, 1.0, np.nan])
    out = in_situ.factor_by_stability(models, zeta, np.full(3, 2.0), np.full(3, 1.0))
    np.testing.assert_allclose(out, [1.02, np.nan, np.nan])


@pytest.mark.parametrize("reading", ["peak", "lag", "amplitude", "power"])
def test_a_period_has_the_same_bits_alone_and_among_others(reading: str) -> None:
    cross = binned(*series(5, 9))
    cutoff = np.geomspace(0.05, 3.0, 9)
    given = {"reading": reading, "rate": RATE}
    among = in_situ.left_of_cospectrum(cross, F, WIDTH, cutoff, **given)
    for chosen in ([0], [8], [3, 1], [7, 2, 4, 0, 5]):
        alone = in_situ.left_of_cospectrum(cross[chosen], F, WIDTH, cutoff[chosen], **given)
        np.testing.assert_array_equal(alone, among[chosen])
