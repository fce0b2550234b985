import numpy as np
import pytest

from fluxkit.constants import SI
from fluxkit.synthetic import mixture
from fluxkit.synthetic.turbulence import PlantedScalar, surrogate


@pytest.fixture(scope="module")
def air():
    scalars = {
        "t": PlantedScalar(0.4, 0.1),
        "h2o": PlantedScalar(2e-4, 4e-5),
        "co2": PlantedScalar(1e-6, -2e-7),
    }
    data = surrogate(18000, 10.0, ustar=0.4, scalars=scalars, zeta=-0.1, seed=2).data
    t, r_h, r_c = 295.0 + data["t"], 0.013 + data["h2o"], 410e-6 + data["co2"]
    return data["w"], t, 95000.0, r_h, r_c


def test_partial_pressures_add_up(air):
    _, t, p, r_h, _ = air
    n_d, n_h = mixture.dry_air_density(t, p, r_h), mixture.molar_density(r_h, t, p, r_h)
    np.testing.assert_allclose((n_d + n_h) * SI.R * t, p, rtol=1e-13)


def test_mixing_ratio_comes_back_from_densities(air):
    _, t, p, r_h, r_c = air
    n_c, n_h = mixture.molar_density(r_c, t, p, r_h), mixture.molar_density(r_h, t, p, r_h)
    total = p / (SI.R * t)
    np.testing.assert_allclose(n_c / (total - n_h), r_c, rtol=1e-13)
    np.testing.assert_allclose(n_c / total, mixture.mole_fraction(r_c, r_h), rtol=1e-13)


def test_true_flux_is_the_flux_without_net_dry_air(air):
    w, t, p, r_h, r_c = air
    n_d = mixture.dry_air_density(t, p, r_h)
    moving = w - np.mean(w * n_d) / np.mean(n_d)
    assert np.mean(moving * n_d) == pytest.approx(0.0, abs=1e-14)
    full = np.mean(moving * n_d * r_c)
    assert mixture.true_flux(w, r_c, n_d) == pytest.approx(full, rel=5e-3)


def test_webb_1980_recovers_the_true_flux(air):
    """Equations 24 and 25 of Webb, Pearman & Leuning in molar form."""
    w, t, p, r_h, r_c = air
    n_d = mixture.dry_air_density(t, p, r_h)
    n_h, n_c = mixture.molar_density(r_h, t, p, r_h), mixture.molar_density(r_c, t, p, r_h)
    sigma = n_h.mean() / n_d.mean()
    heat = np.mean(w * (t - t.mean())) / t.mean()
    vapour = (1 + sigma) * (np.mean(w * (n_h - n_h.mean())) + n_h.mean() * heat)
    raw = np.mean(w * (n_c - n_c.mean()))
    gas = raw + n_c.mean() / n_d.mean() * (np.mean(w * (n_h - n_h.mean()))) + (1 + sigma) * n_c.mean() * heat
    assert vapour == pytest.approx(mixture.true_flux(w, r_h, n_d), rel=5e-3)
    assert gas == pytest.approx(mixture.true_flux(w, r_c, n_d), rel=1e-2)
    assert abs(raw / gas - 1) > 0.1


def test_sonic_temperature_of_dry_and_moist_air():
    t = np.array([290.0, 290.0])
    r_h = np.array([0.0, 0.0161])
    q = r_h * SI.M_w / (SI.M_d + r_h * SI.M_w)
    np.testing.assert_allclose(mixture.specific_humidity(r_h), q, rtol=1e-14)
    assert mixture.reported_temperature(t, r_h)[0] == 290.0
    assert mixture.reported_temperature(t, r_h)[1] == pytest.approx(290.0 * (1 + 0.51 * q[1]))
