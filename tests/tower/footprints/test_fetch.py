"""Distances of the flux by the model asked for, and what its flag says."""

import numpy as np
import pytest

from fluxkit.physics import ffp, footprint
from fluxkit.schema.variables import entry, mask
from fluxkit.tower import settings
from fluxkit.tower.density.fluxes import Fluxes
from fluxkit.tower.footprints import fetch
from tests.tower import mast

N = 5
#: Fine; u* too low; too unstable; stable; nothing.
USTAR = np.array([0.35, 0.08, 0.3, 0.25, np.nan])
ZETA = np.array([-0.1, -0.1, -20.0, 0.2, np.nan])
ABSENT = np.full(N, np.nan)


def products(method: str, height: np.ndarray = ABSENT, **footprint_section):
    site = mast.make_site(decide={"footprint": method}, footprint=footprint_section)
    plan = settings.make_plan(site)
    out = {
        "WS": 9.0 * USTAR, "W_SIGMA": 1.2 * USTAR, "V_SIGMA": 2.0 * USTAR, "ZL": ZETA,
        "MO_LENGTH": plan.height / ZETA,
    }  # fmt: skip
    flux = object.__new__(Fluxes)
    object.__setattr__(flux, "ustar", USTAR)
    return fetch.footprint_products(flux, out, height, plan)


def bits(flag: float) -> set[str]:
    return {m for m in entry("FOOTPRINT_FLAG").flag_meanings if int(flag) & mask("FOOTPRINT_FLAG", m)}


def test_kljun_2015_and_what_replaces_it():
    found = products("kljun-2015")
    flags = [bits(f) for f in found["FOOTPRINT_FLAG"]]
    assumed, instead = {"boundary_layer_height_assumed"}, {"kormann_meixner_instead"}
    assert flags == [
        assumed,
        assumed | instead | {"ustar_below_limit"},
        assumed | instead | {"too_unstable_or_stable"},
        set(),
        {"input_missing"},
    ]
    other = products("kormann-meixner-2001")
    np.testing.assert_array_equal(found["FETCH_70"][1:3], other["FETCH_70"][1:3])
    assert bits(other["FOOTPRINT_FLAG"][0]) == set()
    scale = ffp.length_scale(
        z=3.0, ustar=USTAR, zeta=ZETA, h=found["PBLH"], wind_speed=9.0 * USTAR
    )  # fmt: skip
    np.testing.assert_allclose(
        found["FETCH_90"][[0, 3]], (float(ffp.distance_of_share(0.9)) * scale)[[0, 3]], rtol=1e-12
    )
    assert np.isnan(found["FETCH_MAX"][4])


def test_height_of_the_boundary_layer_by_rank():
    """Measured before given before parameterised; of what is assumed the flag tells."""
    assert products("kljun-2015")["PBLH"][0] == 1500.0
    assert products("kljun-2015", convective_height=900.0)["PBLH"][0] == 900.0
    given = products("kljun-2015", boundary_layer_height=700.0)
    np.testing.assert_array_equal(given["PBLH"], [700.0, 700.0, 700.0, 700.0, np.nan])
    assert bits(given["FOOTPRINT_FLAG"][0]) == set()
    measured = products("kljun-2015", np.array([400.0, *[np.nan] * 4]), boundary_layer_height=700.0)
    np.testing.assert_array_equal(measured["PBLH"][:2], [400.0, 700.0])
    assert measured["FETCH_MAX"][0] > given["FETCH_MAX"][0]


def test_kljun_2004_says_where_it_does_not_hold():
    """u* below 0.2 m s-1: Kormann & Meixner."""
    flags = [bits(f) for f in products("kljun-2004")["FOOTPRINT_FLAG"]]
    assert flags[0] == flags[2] == flags[3] == set()
    assert flags[1] == {"kormann_meixner_instead", "ustar_below_limit"}
    assert flags[4] == {"input_missing"}


@pytest.mark.parametrize("method", ["hsieh-2000", "kormann-meixner-2001"])
def test_models_without_limits_raise_no_flag(method):
    found = products(method)
    np.testing.assert_array_equal(found["FOOTPRINT_FLAG"], 0.0)
    assert "PBLH" not in found


def test_none_is_nothing():
    assert products("none") == {}


def test_hsieh_in_whole_metres_is_the_first_beyond():
    """The sum in steps of 1 m passes a share within a metre of where the integral does."""
    flow = {"z": 3.0, "z0": 0.03, "length": np.array([-30.0, 60.0]), "kappa": 0.41}
    exact = footprint.footprint_hsieh_2000(**flow)
    whole = footprint.footprint_hsieh_2000(**flow, whole_metres=True)
    for share in (0.1, 0.5, 0.7):
        np.testing.assert_allclose(whole[share], exact[share], atol=1.5)


def test_the_plan_of_the_reference_takes_its_constants():
    plan = settings.make_plan(mast.make_site(preset="eddypro-6"))
    assert plan.constants.kappa == 0.41
