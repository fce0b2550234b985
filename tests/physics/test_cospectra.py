"""The model cospectra against what they must fulfil."""

import numpy as np
import pytest

from fluxkit.physics.cospectra import cospectrum_moncrieff_1997
from fluxkit.synthetic import spectra


@pytest.mark.parametrize("momentum", [True, False])
@pytest.mark.parametrize("zeta", [-2.0, -0.01, 0.01, 0.3, 2.0])
def test_integral_is_the_covariance(momentum, zeta):
    n = np.geomspace(1e-6, 1e5, 20001)
    co = cospectrum_moncrieff_1997(n, np.array(zeta), momentum=momentum)
    assert np.trapezoid(co, np.log(n)) == pytest.approx(1.0, abs=2e-3)


def test_literal_values():
    """By hand: 1.292 / 3.67^1.375; 4.378 / 4.8^2.4; 2.078 / 4.1^1.575; 1 / (A + B), A = 0.284, B = 9.344."""

    def at(n, zeta, momentum=False):
        return float(cospectrum_moncrieff_1997(np.array(n), np.array(zeta), momentum=momentum))

    assert at(0.1, -1.0) == pytest.approx(0.21619, abs=2e-5)
    assert at(1.0, -1.0) == pytest.approx(0.10148, abs=2e-5)
    assert at(0.1, -1.0, momentum=True) == pytest.approx(0.22519, abs=2e-5)
    assert at(1.0, 1e-9) == pytest.approx(0.10386, abs=2e-5)


def test_branches_meet():
    for n, momentum in ((0.24, True), (0.54, False)):
        pair = cospectrum_moncrieff_1997(np.array([n - 1e-9, n + 1e-9]), np.array(-0.5), momentum=momentum)
        assert pair[0] == pytest.approx(pair[1], rel=6e-3)


def test_stable_cospectra_move_to_higher_frequencies():
    n = np.geomspace(1e-3, 1e2, 2000)
    zetas = np.array([0.01, 0.1, 0.5, 1.0])[:, None]
    peaks = n[np.argmax(cospectrum_moncrieff_1997(n, zetas, momentum=False), axis=1)]
    assert np.all(np.diff(peaks) > 0)


def test_the_generator_plants_the_same_shape():
    n = np.geomspace(1e-3, 50.0, 300)
    for zeta in (-0.5, 0.2):
        for kind, momentum in (("u", True), ("scalar", False)):
            ours = cospectrum_moncrieff_1997(n, np.array(zeta), momentum=momentum)
            np.testing.assert_allclose(ours, spectra.cospectrum(kind, n, zeta))
