"""Footprint distances against closed forms, the models' own integrals and the reference program."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fluxkit.constants import EDDYPRO_6
from fluxkit.physics import footprint

ZETA = np.array([-0.5, -0.05, 0.05, 0.4])
FLOW = {"z": 3.0, "wind_speed": np.full(4, 3.0), "ustar": np.full(4, 0.3), "zeta": ZETA, "kappa": 0.4}


def test_shares_grow_with_distance_and_stability():
    """Stable air carries a scalar farther before it reaches the sensor."""
    for found in (
        footprint.footprint_kormann_meixner_2001(**FLOW),
        footprint.footprint_hsieh_2000(z=3.0, z0=0.1, length=3.0 / ZETA, kappa=0.4),
    ):
        by_share = np.stack([found[s] for s in footprint.SHARES])
        assert (np.diff(by_share, axis=0) > 0).all()
        assert (np.diff(by_share[-1]) > 0).all()
        assert (found["max"] < found[0.5]).all()


def test_kormann_meixner_holds_its_share_of_the_flux():
    """The footprint summed to the distance of a share is that share, whatever the step."""
    exact = footprint.footprint_kormann_meixner_2001(**FLOW, shares=(0.1, 0.5, 0.7))
    summed = footprint.footprint_kormann_meixner_2001(**FLOW, shares=(0.1, 0.5, 0.7), whole_metres=True)
    for share in (0.1, 0.5, 0.7):
        np.testing.assert_allclose(summed[share], exact[share], atol=1.5)


def test_hsieh_by_hand():
    """z = 3 m, z0 = 0.1 m: z_u = 3 (3.4012 - 1 + 0.0333) = 7.3036 m; neutral: 0.97 z_u / k^2 = 44.278 m."""
    found = footprint.footprint_hsieh_2000(z=3.0, z0=0.1, length=np.array([1e6]), kappa=0.4)
    assert found["max"][0] == pytest.approx(44.278 / 2, rel=1e-4)
    assert found[0.9][0] == pytest.approx(44.278 / -np.log(0.9), rel=1e-4)


def test_kljun_by_hand_and_its_range():
    """z0 = 0.1 m: c - d = 2.592 (3.418 + 2.302585) = 14.8278; z = 3 m, sigma_w = u*: 44.483 m."""
    ustar, zeta = np.array([0.3, 0.19, 0.3, np.nan]), np.array([-0.1, -0.1, 1.1, -0.1])
    found = footprint.footprint_kljun_2004(z=3.0, sigma_w=ustar, ustar=ustar, zeta=zeta, z0=0.1)
    assert found["max"][0] == pytest.approx(44.483, rel=1e-4)
    assert np.isnan(found["max"][1:]).all()


@pytest.mark.reference
def test_kormann_meixner_against_the_reference_program(shared: Path):
    """48 periods with its own u*, z/L and wind speed: peaks to 1e-9, whole metres exactly."""
    case = shared / "reference" / "eddypro" / "cases" / "A_km_foken" / "flux.csv"
    theirs = pd.read_csv(case)
    found = footprint.footprint_kormann_meixner_2001(
        z=4.0 - 0.67 * 0.5,
        wind_speed=theirs["wind_speed"].to_numpy(),
        ustar=theirs["u*"].to_numpy(),
        zeta=theirs["(z-d)/L"].to_numpy(),
        kappa=EDDYPRO_6.kappa,
        whole_metres=True,
    )
    np.testing.assert_allclose(found["max"], theirs["x_peak"], rtol=1e-9)
    for share, name in ((0.01, "x_offset"), (0.1, "x_10%"), (0.5, "x_50%"), (0.9, "x_90%")):
        there = theirs[name].notna().to_numpy()
        np.testing.assert_array_equal(found[share][there], theirs[name][there])
