"""Spectroscopic terms: against finite differences, and air whose reported density is made from the truth."""

import numpy as np
import pytest

from fluxkit.constants import SI
from fluxkit.physics import density
from fluxkit.physics.absorption_line import (
    VAPOUR_BROADENING,
    KappaTable,
    LineTerms,
    line_terms_mcdermitt_2011,
)
from tests.physics.test_density import P, cov, moist_air, truth


def kappa(T, Pe):
    """A smooth surface, about as steep as a methane line's."""
    return (T / 298.0) ** 0.6 * (Pe / 101325.0) ** 0.85


def table(step: int = 5) -> KappaTable:
    T, pressure = np.arange(270.0, 321.0, step), np.linspace(8e4, 11e4, 13)
    return KappaTable(T, pressure, kappa(T[:, None], pressure))


def test_terms_of_a_power_law():
    """kappa ~ T^a Pe^b: T kappa_T / kappa = a, Pe kappa_P / kappa = b."""
    x_v = np.array([0.0, 0.02])
    found = line_terms_mcdermitt_2011(np.full(2, 295.0), np.full(2, 98e3), x_v, table())
    B = 1 + (1 - x_v) * 0.46 * 0.85 / (1 + 0.46 * x_v)
    np.testing.assert_allclose(found.kappa, kappa(295.0, 98e3 * (1 + 0.46 * x_v)), rtol=1e-6)
    np.testing.assert_allclose(found.vapour, B, rtol=1e-4)
    np.testing.assert_allclose(found.heat, 1 + (1 - x_v) * 0.6 + x_v * (B - 1), rtol=1e-4)
    # The maker's form, (1 - 1.46 x_v), is the same to first order in vapour.
    np.testing.assert_allclose(found.vapour, 1 + (1 - 1.46 * x_v) * 0.46 * 0.85, atol=3e-4)


def test_beyond_the_table_nothing_is_said():
    found = line_terms_mcdermitt_2011(np.array([250.0, 290.0]), np.full(2, 98e3), np.zeros(2), table())
    assert np.isnan(found.kappa[0])
    assert np.isfinite(found.kappa[1])


def test_a_line_without_shape_is_webb():
    a, one = moist_air(), np.ones(1)
    args = (np.array([1e-8]), np.array([8e-5]), np.array([5e-5]), np.array([200.0]), a)
    got = density.gas_flux_mcdermitt_2011(*args, LineTerms(one, one, one), mu=SI.mu)
    np.testing.assert_allclose(got, density.gas_flux_webb_1980(*args, mu=SI.mu), rtol=1e-12)


def test_reported_densities_give_the_flux_that_was_planted():
    """Methane without a flux in fluctuating air: all that the analyser reports is correction."""
    w, T, r_v, _, n_d = truth()
    e = n_d * r_v * SI.R * T
    reported = 2e-6 * n_d / kappa(T, P + VAPOUR_BROADENING * e)
    a = moist_air(T.mean(), r_v.mean())
    H = a.rho_cp * cov(w, T)
    E = density.vapour_flux_webb_1980(cov(w, n_d * r_v) * SI.M_w, H, a, mu=SI.mu)
    line = line_terms_mcdermitt_2011(a.T, a.P, a.chi, table())
    mean = np.array([reported.mean()])
    got = density.gas_flux_mcdermitt_2011(cov(w, reported), mean, E, H, a, line, mu=SI.mu)
    size = abs(cov(w, reported)[0])
    assert abs(got[0]) < 5e-3 * size
    webb = density.gas_flux_webb_1980(cov(w, reported), mean, E, H, a, mu=SI.mu)
    assert abs(webb[0]) == pytest.approx(0.4 * size, rel=0.3)  # what Webb's terms alone leave
