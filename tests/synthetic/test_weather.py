import numpy as np
import pytest

from fluxkit.constants import SI
from fluxkit.synthetic.air import make_air
from fluxkit.synthetic.weather import course, heat_capacity, latent_heat


@pytest.fixture(scope="module")
def day():
    return course(np.datetime64("2024-07-01T00:00"), 48, 30.0, height=2.8, roughness=0.045, altitude=450.0)


def test_the_day_is_plausible(day):
    heat = np.array([w.cov_t for w in day])
    assert heat[24] > 0.1
    assert heat[2] < 0.0
    assert all(0.1 < w.ustar < 0.8 for w in day)
    assert all(0.0 <= w.wind_direction < 360.0 for w in day)
    assert day[24].cov_co2 < 0 < day[0].cov_co2
    assert day[1].start - day[0].start == np.timedelta64(30, "m")


def test_stability_belongs_to_the_fluxes(day):
    for w in day:
        buoyancy = w.cov_t / w.t_air + (1 - SI.M_w / SI.M_d) * w.cov_h2o
        obukhov = -(w.ustar**3) / (SI.kappa * SI.g * buoyancy)
        assert 2.8 / obukhov == pytest.approx(w.zeta, rel=0.02, abs=1e-3)


def test_truth_follows_from_the_weather(day):
    weather = day[24]
    air = make_air(weather, 6000, 10.0, height=2.8, seed=5)
    truth = air.truth()
    assert truth["USTAR"] == pytest.approx(weather.ustar, rel=1e-10)
    assert truth["W_TA_COV"] == pytest.approx(weather.cov_t, rel=1e-10)
    assert truth["W_CO2_DRY_COV"] == pytest.approx(1e6 * weather.cov_co2, rel=1e-9)
    assert truth["FC"] == pytest.approx(1e6 * weather.cov_co2 * weather.dry_air, rel=1e-4)
    assert truth["LE"] == pytest.approx(
        weather.cov_h2o * weather.dry_air * latent_heat(weather.t_air), rel=1e-4
    )
    capacity = heat_capacity(weather.dry_air, weather.r_h2o, weather.t_air)
    assert truth["H"] == pytest.approx(weather.cov_t * capacity, rel=1e-4)
    # About 1.2 kg m-3 times 1.01 kJ kg-1 K-1, less at this height.
    assert 1050 < capacity < 1250
