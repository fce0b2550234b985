import numpy as np
import pytest

from fluxkit.synthetic import spectra

N = np.logspace(-5, 4, 20001)


@pytest.mark.parametrize("zeta", [0.01, 0.5, 2.0])
@pytest.mark.parametrize("kind", ["u", "v", "w", "scalar"])
def test_stable_power_integrates_to_one(kind, zeta):
    assert np.trapezoid(spectra.power(kind, N, zeta), np.log(N)) == pytest.approx(1.0, abs=0.01)


def test_unstable_w_spectrum_at_a_point():
    # Kaimal et al. (1972): 2.1 n / (1 + 5.3 n^(5/3)) at n = 1.
    assert spectra.power("w", np.array([1.0]), -0.1)[0] == pytest.approx(2.1 / 6.3)


@pytest.mark.parametrize(("kind", "total"), [("u", 1.0), ("scalar", 1.0)])
def test_unstable_cospectra_are_nearly_normalised(kind, total):
    assert np.trapezoid(spectra.cospectrum(kind, N, -0.1), np.log(N)) == pytest.approx(total, abs=0.06)


@pytest.mark.parametrize("kind", ["u", "scalar"])
def test_stable_cospectrum_moves_to_higher_frequency(kind):
    peaks = [N[np.argmax(spectra.cospectrum(kind, N, zeta))] for zeta in (0.01, 0.5, 2.0)]
    assert peaks == sorted(peaks)
    assert peaks[2] > 1.5 * peaks[0]
