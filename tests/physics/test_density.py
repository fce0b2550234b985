"""Density and humidity corrections: the papers' own form, and air whose mixing ratios are known."""

import numpy as np
import pytest

from fluxkit.constants import SI
from fluxkit.physics import density
from fluxkit.physics.air import air_state
from fluxkit.synthetic import mixture
from fluxkit.synthetic.turbulence import PlantedScalar, surrogate

P, T_MEAN, R_V, R_C = 98000.0, 295.0, 0.014, 4.2e-4


def moist_air(t: float = T_MEAN, r: float = R_V):
    T = np.array([t])
    return air_state(
        Ts=mixture.reported_temperature(T, np.array([r])), T=T, P=np.array([P]),
        vapour=np.array([r]), quantity="mixing_ratio", constants=SI,
    )  # fmt: skip


def webb_as_printed(w_rho_c, w_rho_v, w_T, rho_c, a, mu):
    """Eqs. 24 and 25 of Webb et al. (1980) with raw covariances, written as in the paper."""
    F = w_rho_c + mu * rho_c / a.rho_d * w_rho_v + (1 + mu * a.sigma) * rho_c / a.T * w_T
    E = (1 + mu * a.sigma) * (w_rho_v + a.rho_v / a.T * w_T)
    return F, E


@pytest.mark.parametrize(
    ("w_rho_v", "w_T", "w_c"), [(1e-4, 0.15, -2e-5), (-5e-6, -0.04, 4e-6), (2e-5, 0.3, 0.0)]
)
def test_webb_corrections_are_those_of_the_paper(w_rho_v, w_T, w_c):
    a = moist_air()
    c = np.array([0.0165])
    F, E = webb_as_printed(w_c, w_rho_v, w_T, c, a, SI.mu)
    H = a.rho_cp * w_T
    got_E = density.vapour_flux_webb_1980(np.array([w_rho_v]), H, a, mu=SI.mu)
    np.testing.assert_allclose(got_E, E, rtol=1e-12)
    np.testing.assert_allclose(
        density.gas_flux_webb_1980(np.array([w_c]), c, got_E, H, a, mu=SI.mu), F, rtol=1e-12
    )


def test_size_of_the_webb_correction_by_hand():
    """250 W m-2 over dry air at 20 degC, 1013 hPa: 0.0165 x 0.2065 / 293.15 = 11.6 umol m-2 s-1 of CO2."""
    T = np.array([293.15])
    a = air_state(Ts=T, T=T, P=np.array([101325.0]), vapour=np.zeros(1), quantity="density", constants=SI)
    assert a.rho_cp[0] == pytest.approx(1210.7, rel=1e-3)
    zero = np.zeros(1)
    F = density.gas_flux_webb_1980(zero, np.array([0.0165]), zero, np.array([250.0]), a, mu=SI.mu)
    assert F[0] * 1e6 == pytest.approx(11.62, abs=0.02)


def truth(seed: int = 0):
    """Planted mixing ratios and temperature, and the density of the dry air that carries them."""
    t = surrogate(
        12000, 10.0, ustar=0.35, seed=seed,
        scalars={
            "t": PlantedScalar(0.5, 0.12), "h2o": PlantedScalar(4e-4, 1e-4),
            "co2": PlantedScalar(4e-6, -6e-7),
        },
    )  # fmt: skip
    w, T = t.data["w"], T_MEAN + t.data["t"]
    r_v, r_c = R_V + t.data["h2o"], R_C + t.data["co2"]
    n_d = mixture.dry_air_density(T, P, r_v)
    return w, T, r_v, r_c, n_d


def cov(x, y):
    return np.array([np.mean((x - x.mean()) * (y - y.mean()))])


def test_density_route_equals_mixing_ratio_route():
    """The corrections are linear in fluctuations: what is left is their product, some 1e-3."""
    w, T, r_v, r_c, n_d = truth()
    a = moist_air(T.mean(), r_v.mean())
    H = a.rho_cp * cov(w, T)
    E = density.vapour_flux_webb_1980(cov(w, n_d * r_v) * SI.M_w, H, a, mu=SI.mu)
    F = density.gas_flux_webb_1980(cov(w, n_d * r_c), np.array([np.mean(n_d * r_c)]), E, H, a, mu=SI.mu)
    assert E[0] / SI.M_w == pytest.approx(mixture.true_flux(w, r_v, n_d), rel=3e-3)
    assert F[0] == pytest.approx(mixture.true_flux(w, r_c, n_d), rel=1e-2)
    # Without the correction the flux would be far off.
    assert abs(cov(w, n_d * r_c)[0] / mixture.true_flux(w, r_c, n_d) - 1.0) > 0.3


def test_humidity_correction_recovers_the_flux_of_temperature():
    w, T, r_v, _, n_d = truth()
    a = moist_air(T.mean(), r_v.mean())
    E = np.array([mixture.true_flux(w, r_v, n_d)]) * SI.M_w
    wTs = cov(w, mixture.reported_temperature(T, r_v))
    H = density.sensible_heat_schotanus_1983(wTs, E, a)
    assert H[0] == pytest.approx((a.rho_cp * cov(w, T))[0], rel=3e-3)
    assert wTs[0] > 1.05 * cov(w, T)[0]  # what there was to correct


def test_first_order_form_differs_by_a_share_of_humidity():
    a = moist_air()
    wTs, E = np.array([0.2]), np.array([1e-4])
    exact = density.sensible_heat_schotanus_1983(wTs, E, a)
    first = density.sensible_heat_schotanus_1983(wTs, E, a, first_order=True)
    correction = a.rho_cp * wTs - exact
    assert 0 < abs(first - exact)[0] < 2.0 * a.q[0] * correction[0]


@pytest.mark.parametrize(("wTs", "E_raw"), [(0.2, 1e-4), (-0.05, 2e-6), (0.0, 5e-5), (0.1, -1e-6)])
def test_joint_solution_is_the_limit_of_iterating(wTs, E_raw):
    a, wTs, E_raw = moist_air(), np.array([wTs]), np.array([E_raw])
    H, E = density.heat_and_vapour(wTs, E_raw, a, mu=SI.mu)
    H_i, E_i = np.zeros(1), E_raw
    for _ in range(30):
        H_i = density.sensible_heat_schotanus_1983(wTs, E_i, a)
        E_i = density.vapour_flux_webb_1980(E_raw, H_i, a, mu=SI.mu)
    np.testing.assert_allclose(H, H_i, rtol=1e-12)
    np.testing.assert_allclose(E, E_i, rtol=1e-12)


def test_fluxes_scale_with_covariances():
    a = moist_air()
    H, E = density.heat_and_vapour(np.array([0.1]), np.array([5e-5]), a, mu=SI.mu)
    H3, E3 = density.heat_and_vapour(np.array([0.3]), np.array([15e-5]), a, mu=SI.mu)
    np.testing.assert_allclose([H3, E3], [3 * H, 3 * E], rtol=1e-12)


def test_heat_of_the_analyser_enters_its_own_density_correction_only():
    a, wTs, E_raw, S = moist_air(), np.array([0.1]), np.array([5e-5]), 20.0
    H, E = density.heat_and_vapour(wTs, E_raw, a, mu=SI.mu, heating=S)
    np.testing.assert_allclose(E, density.vapour_flux_webb_1980(E_raw, H + S, a, mu=SI.mu), rtol=1e-12)
    np.testing.assert_allclose(H, density.sensible_heat_schotanus_1983(wTs, E, a), rtol=1e-12)
    assert E[0] > density.heat_and_vapour(wTs, E_raw, a, mu=SI.mu)[1][0]


def test_densities_in_a_cell_give_the_flux_of_the_mixing_ratio():
    """Temperature and pressure of a cell fluctuate with w; the planted mixing ratios come back."""
    w, T, r_v, r_c, _ = truth()
    T_cell = 300.0 + 0.3 * (T - T.mean())
    P_cell = 90e3 - 40.0 * (T - T.mean())
    n_d = mixture.dry_air_density(T_cell, P_cell, r_v)
    x_v = np.array([r_v.mean() / (1 + r_v.mean())])
    state = {
        "w_T": cov(w, T_cell), "w_P": cov(w, P_cell), "T": np.array([T_cell.mean()]),
        "P": np.array([P_cell.mean()]), "R": SI.R,
    }  # fmt: skip

    def fraction(r):
        d = np.array([np.mean(n_d * r)])
        x = d * SI.R * state["T"] / state["P"]
        return density.mole_fraction_covariance(cov(w, n_d * r), d, **state), x

    w_xv, x = fraction(r_v)
    got_v = density.mixing_ratio_covariance(w_xv, x, w_xv=w_xv, x_v=x_v)
    w_xc, x = fraction(r_c)
    got_c = density.mixing_ratio_covariance(w_xc, x, w_xv=w_xv, x_v=x_v)
    assert got_v[0] == pytest.approx(cov(w, r_v)[0], rel=3e-3)
    assert got_c[0] == pytest.approx(cov(w, r_c)[0], rel=3e-3)
    raw = cov(w, n_d * r_c)[0] / n_d.mean()
    assert abs(raw / cov(w, r_c)[0] - 1) > 0.1  # what there was to correct
