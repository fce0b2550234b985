"""Moist air against tables and against the ideal mixture."""

import numpy as np
import pytest

from fluxkit.constants import EDDYPRO_6, SI, T_ZERO
from fluxkit.physics import air
from fluxkit.synthetic import mixture


def one(x: float) -> np.ndarray:
    return np.array([x])


def state(*, t=293.15, p=98000.0, r=0.012, vapour=None, quantity="mixing_ratio", T=None, **more) -> air.Air:
    """State of air whose mixing ratio and temperature are known; T=NaN leaves only the sonic's."""
    ts = mixture.reported_temperature(one(t), one(r))
    return air.air_state(
        Ts=ts,
        T=one(t if T is None else T),
        P=one(p),
        vapour=one(r if vapour is None else vapour),
        quantity=quantity,
        constants=more.pop("constants", SI),
        **more,
    )


@pytest.mark.parametrize(
    ("celsius", "pascal"), [(0.0, 611.2), (10.0, 1228.0), (20.0, 2339.0), (30.0, 4246.0), (40.0, 7384.0)]
)
def test_saturation_pressure_of_the_steam_tables(celsius, pascal):
    """Over water, Goff and Gratch as tabulated by the WMO; EddyPro 6's formula runs 0.4 % below."""
    T = one(celsius + T_ZERO)
    assert air.saturation_vapour_pressure(T)[0] == pytest.approx(pascal, rel=1e-3)
    assert air.saturation_vapour_pressure(T, saturation="exponential")[0] == pytest.approx(pascal, rel=4.5e-3)


def test_literal_values_of_heats_and_pressure():
    assert air.latent_heat_of_vaporisation(one(293.15))[0] == pytest.approx(2452734.5)
    assert air.heat_capacity_dry(one(293.15))[0] == pytest.approx(1005.5527, abs=1e-4)
    assert air.heat_capacity_vapour(one(T_ZERO), one(0.0))[0] == pytest.approx(1859.0)
    moist = air.heat_capacity_vapour(one(T_ZERO + 20.0), one(50.0))[0]
    assert moist == pytest.approx(1859 + 6.5 + 9.46 + 1.4)
    assert air.pressure_at(0.0) == pytest.approx(101300.0)
    assert air.pressure_at(8200.0) == pytest.approx(101300.0 / np.e)


def test_dew_point_by_hand():
    """ln(1000/611) = 0.492658; 240.97 x 0.492658 / (17.502 - 0.492658) = 6.9796."""
    assert air.dew_point(one(1000.0))[0] == pytest.approx(T_ZERO + 6.9796, abs=1e-3)
    assert air.dew_point(one(611.0))[0] == pytest.approx(T_ZERO)


def test_dew_point_of_saturated_air_is_its_temperature():
    T = np.linspace(275.0, 310.0, 8)
    np.testing.assert_allclose(air.dew_point(air.saturation_vapour_pressure(T)), T, atol=0.1)


def test_three_ways_to_give_humidity_are_one_air():
    t, p, r = one(293.15), 98000.0, one(0.012)
    ways = {
        "mixing_ratio": 0.012,
        "mole_fraction": float(mixture.mole_fraction(r, r)[0]),
        "density": float(mixture.molar_density(r, t, p, r)[0]),
    }
    states = [state(vapour=v, quantity=q) for q, v in ways.items()]
    for name in ("chi", "e", "rho", "rho_d", "rho_v", "q", "RH", "rho_cp", "Vd"):
        values = [getattr(s, name)[0] for s in states]
        np.testing.assert_allclose(values, values[0], rtol=1e-12)


def test_state_is_that_of_the_ideal_mixture():
    a, t, r = state(), one(293.15), one(0.012)
    n_d = mixture.dry_air_density(t, 98000.0, r)
    np.testing.assert_allclose(1.0 / a.Vd, n_d, rtol=1e-12)
    np.testing.assert_allclose(a.rho_d, n_d * SI.M_d, rtol=1e-12)
    np.testing.assert_allclose(a.rho_v, n_d * r * SI.M_w, rtol=1e-12)
    np.testing.assert_allclose(a.q, mixture.specific_humidity(r), rtol=1e-12)
    np.testing.assert_allclose(a.e + a.p_d, a.P)
    np.testing.assert_allclose(a.sigma * SI.mu, r, rtol=1e-12)
    np.testing.assert_allclose(a.VPD, a.es - a.e, rtol=1e-12)


@pytest.mark.parametrize("quantity", ["mixing_ratio", "density"])
def test_temperature_comes_back_from_the_sonic(quantity):
    r, t = one(0.02), one(303.15)
    vapour = {"mixing_ratio": 0.02, "density": float(mixture.molar_density(r, t, 98000.0, r)[0])}[quantity]
    a = state(t=303.15, r=0.02, vapour=vapour, quantity=quantity, T=np.nan)
    assert a.T[0] == pytest.approx(303.15, abs=1e-5)
    assert a.rho[0] == pytest.approx(state(t=303.15, r=0.02).rho[0], rel=1e-7)


def test_one_iteration_as_the_reference_leaves_a_trace_only():
    kwargs = {
        "t": 303.15,
        "r": 0.02,
        "vapour": 0.75,
        "quantity": "density",
        "T": np.nan,
        "constants": EDDYPRO_6,
    }
    ours, theirs = (
        state(**kwargs),
        state(**kwargs, saturation="exponential", humidity_iterations=1, molar_volume="previous"),
    )
    assert 0 < abs(theirs.T[0] - ours.T[0]) < 0.1
    # Their molar volume stays that of the sonic temperature.
    assert theirs.Va[0] == pytest.approx(8.314 * theirs.Ts[0] / 98000.0)


def test_impossible_humidity_has_no_relative_humidity_but_heat_capacity():
    wet = state(r=0.05)
    assert wet.e[0] > 1.3 * wet.es[0]
    assert np.isnan(wet.RH[0])
    assert np.isnan(wet.VPD[0])
    assert 1000.0 < wet.rho_cp[0] / wet.rho[0] < 1100.0


def test_slight_supersaturation_is_saturation():
    r = 1.1 * air.saturation_vapour_pressure(one(293.15))[0] / 98000.0
    assert state(r=r).RH[0] == 100.0
    assert state(r=r).VPD[0] == 0.0


def test_missing_in_is_missing_out():
    a = air.air_state(
        Ts=np.array([np.nan, 293.0]), T=np.array([293.0, 293.0]), P=np.array([1e5, np.nan]),
        vapour=np.zeros(2), quantity="density", constants=SI,
    )  # fmt: skip
    assert np.isfinite(a.rho[0])  # the sonic is not needed where the air temperature is measured
    assert np.isnan(a.rho[1])
    assert np.isnan(a.rho_cp[1])


def test_dry_air_has_no_dew_point():
    with np.errstate(all="raise"):
        assert np.isnan(air.dew_point(np.array([0.0]))[0])
