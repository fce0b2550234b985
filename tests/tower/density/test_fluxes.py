"""The order of corrections on plain numbers."""

import numpy as np
import pytest

from fluxkit.constants import EDDYPRO_6, SI
from fluxkit.physics.air import air_state
from fluxkit.tower.density.fluxes import (
    Factors,
    GasCovariance,
    fluxes_joint,
    fluxes_sequential,
    friction_velocity,
)

ONE = np.ones(1)


def moist_air(constants=SI):
    return air_state(
        Ts=np.array([297.0]), T=np.array([295.0]), P=np.array([98e3]), vapour=np.array([0.55]),
        quantity="density", constants=constants,
    )  # fmt: skip


def gas(covariance, mean, quantity="density", closed=False):
    return GasCovariance(np.array([covariance]), np.array([mean]), quantity, closed)


def run(order=fluxes_joint, **changes):
    constants = EDDYPRO_6 if order is fluxes_sequential else SI
    gases = changes.pop("gases", {"co2": gas(-1.5e-5, 0.0161), "h2o": gas(5e-3, 0.55)})
    kwargs = {
        "uw": np.array([-0.09]), "vw": np.array([0.02]), "wTs": np.array([0.2]), "gases": gases,
        "factors": Factors(ONE, ONE, dict.fromkeys(gases, ONE)), "air": moist_air(constants),
        "constants": constants, "density_correction": True, "humidity_correction": True,
    } | changes  # fmt: skip
    return order(**kwargs)


def factors(momentum=1.0, heat=1.0, co2=1.0, h2o=1.0) -> Factors:
    return Factors(ONE * momentum, ONE * heat, {"co2": ONE * co2, "h2o": ONE * h2o})


def test_friction_velocity_takes_both_components():
    """(0.3^4 + 0.4^4)^(1/4) of stresses 0.09 and 0.16."""
    assert friction_velocity(np.array([-0.09]), np.array([0.16]))[0] == pytest.approx(0.0337**0.25)
    turned = friction_velocity(np.array([0.0]), np.array([np.hypot(0.09, 0.16)]))
    assert turned[0] == pytest.approx(0.0337**0.25)


def test_momentum_is_upward_positive_and_the_references_downward():
    ours, theirs = run(), run(fluxes_sequential)
    rho = moist_air().rho[0]
    assert ours.momentum[0] == pytest.approx(-np.hypot(0.09, 0.02) * rho)
    assert abs(ours.momentum[0]) == pytest.approx(rho * ours.ustar[0] ** 2, rel=1e-12)
    assert theirs.momentum[0] == pytest.approx(np.hypot(0.09, 0.02) * moist_air(EDDYPRO_6).rho[0])
    assert ours.ustar[0] == pytest.approx(theirs.ustar[0])


def test_spectral_factor_of_momentum_enters_ustar_by_its_root():
    plain, scaled = run(), run(factors=factors(momentum=1.21))
    assert scaled.ustar[0] == pytest.approx(1.1 * plain.ustar[0])
    assert scaled.momentum[0] == pytest.approx(1.21 * plain.momentum[0])


def test_all_factors_alike_scale_all_fluxes_alike():
    """Corrections are linear in covariances: ours commute with a common factor, the reference's do not."""
    plain, scaled = run(), run(factors=factors(1.3, 1.3, 1.3, 1.3))
    assert scaled.H[0] == pytest.approx(1.3 * plain.H[0])
    assert scaled.E[0] == pytest.approx(1.3 * plain.E[0])
    assert scaled.gas["co2"][0] == pytest.approx(1.3 * plain.gas["co2"][0])
    humid = factors(heat=1.0, h2o=1.3)
    assert run(fluxes_sequential, factors=humid).H[0] == run(fluxes_sequential).H[0]
    assert run(factors=humid).H[0] < run().H[0]


def test_vapour_is_a_gas_like_the_others():
    f = run()
    assert f.gas["h2o"][0] == pytest.approx(f.E[0] / SI.M_w)


def test_switches():
    off = run(density_correction=False, humidity_correction=False)
    a = moist_air()
    assert off.H[0] == pytest.approx(a.rho_cp[0] * 0.2)
    assert off.E[0] == pytest.approx(5e-3 * SI.M_w)
    assert off.gas["co2"][0] == -1.5e-5
    humidity = run(density_correction=False)
    assert humidity.H[0] < off.H[0]
    assert humidity.E[0] == off.E[0]
    both = run()
    assert both.gas["co2"][0] > -1.5e-5 + 5e-6  # warm, moist updrafts hold less CO2
    assert both.E[0] > off.E[0]


@pytest.mark.parametrize(("quantity", "volume"), [("mixing_ratio", "Vd"), ("mole_fraction", "Va")])
def test_fractions_of_a_closed_path_are_not_corrected_for_density(quantity, volume):
    gases = {"co2": gas(-6e-7, 4e-4, quantity, closed=True), "h2o": gas(2e-4, 0.014, quantity, closed=True)}
    f = run(gases=gases)
    assert f.gas["co2"][0] == pytest.approx(-6e-7 / getattr(moist_air(), volume)[0])
    assert f.E[0] == pytest.approx(2e-4 / getattr(moist_air(), volume)[0] * SI.M_w)


def test_without_vapour_heat_remains():
    nothing = {"co2": gas(-1.5e-5, 0.0161)}
    f = run(gases=nothing)
    a = moist_air()
    assert f.H[0] == pytest.approx(a.rho_cp[0] * 0.2 / (1 + 0.51 * a.q[0]))
    lost = run(gases={"co2": gas(-1.5e-5, 0.0161), "h2o": gas(np.nan, 0.55)})
    assert np.isfinite(lost.H[0])
    assert np.isnan(lost.E[0])
    assert np.isnan(lost.gas["co2"][0])
