"""What the distance of sensors takes, by the model that decide.separation names."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.physics import cospectra
from fluxkit.physics.horst_lenschow import left_horst_lenschow_2009
from tests.tower import mast

NORTH, EAST, UP = -0.2, 0.1, -0.05  # downwind and beside in a wind from 23 degrees


@pytest.fixture(scope="module")
def moments() -> xr.Dataset:
    return fk.condense(mast.dataset(mast.seen(mast.air(seed=2))), site())


def site(**decide):
    analyser = mast.OPEN | {
        "northward_separation": NORTH, "eastward_separation": EAST, "vertical_separation": UP,
    }  # fmt: skip
    return mast.make_site(instruments=[mast.SONIC, analyser], decide={"low_frequency": "none"} | decide)


def factor(moments, separation: str, **decide) -> float:
    return float(fk.decide(moments, site(separation=separation, **decide))["FC_SCF"][0])


def expected(moments, *, full: bool = False) -> float:
    """Share that is left, from wind direction and stability alone."""
    out = fk.decide(moments, site(separation="none"))
    to = np.radians(out["WD"].values + 180.0)
    along = NORTH * np.cos(to) + EAST * np.sin(to)
    across = EAST * np.cos(to) - NORTH * np.sin(to)
    return float(
        left_horst_lenschow_2009(
            out["ZL"].values, streamwise=along if full else 0.0, lateral=across, vertical=UP,
            height=mast.HEIGHT - mast.D,
        )[0]
    )  # fmt: skip


def test_across_and_above_at_the_largest_covariance(moments):
    """The lag makes up for what lies along the wind."""
    apart = factor(moments, "horst-lenschow-2009") / factor(moments, "none")
    assert apart == pytest.approx(1.0 / expected(moments), rel=1e-3)
    assert 1.02 < apart < 1.1


def test_along_the_wind_as_well(moments):
    apart = factor(moments, "horst-lenschow-2009-full") / factor(moments, "none")
    assert apart == pytest.approx(1.0 / expected(moments, full=True), rel=1e-3)
    assert factor(moments, "horst-lenschow-2009-full") > factor(moments, "horst-lenschow-2009")


@pytest.mark.parametrize("separation", ["horst-lenschow-2009", "moore-1986"])
def test_at_a_fixed_lag_the_delay_along_the_wind_costs_as_well(moments, separation):
    fixed = factor(moments, separation, lag="constant") / factor(moments, "none", lag="constant")
    assert fixed > factor(moments, separation) / factor(moments, "none")


def test_moore_is_selectable_and_knows_neither_height_nor_stability(moments):
    moore = factor(moments, "moore-1986") / factor(moments, "none")
    assert 1.005 < moore < 1.1
    assert abs(moore - factor(moments, "horst-lenschow-2009") / factor(moments, "none")) > 2e-3


@pytest.mark.parametrize("method", ["moncrieff-1997", "massman-2000", "horst-1997"])
def test_methods_that_hold_a_model_of_their_own_keep_it(moments, method):
    found = {factor(moments, s, high_frequency=method) for s in ("none", "moore-1986", "horst-lenschow-2009")}
    assert len(found) == 1


def test_moore_in_situ_by_an_integral_of_its_own(moments):
    """exp(-9.9 (f d / U)^1.5) of both distances over the model cospectrum, by rectangles in ln f."""
    cutoff = {
        "frequencies": {"co2": [2.0], "h2o": [2.0]}, "factor": {"unstable": (0.5, 1.0), "stable": (0.5, 1.0)},
    }  # fmt: skip
    ibrom = {"high_frequency": "ibrom-2007", "cutoff": cutoff}
    found = factor(moments, "moore-1986", **ibrom) / factor(moments, "none", **ibrom)
    out = fk.decide(moments, site(separation="none", **ibrom))
    U, to = float(out["WS"][0]), np.radians(float(out["WD"][0]) + 180.0)
    across = EAST * np.cos(to) - NORTH * np.sin(to)
    f = np.geomspace(1e-6, 1e4, 20_000)
    n = f * (mast.HEIGHT - mast.D) / U
    model = cospectra.cospectrum_moncrieff_1997(n, out["ZL"].values, momentum=False)
    left = np.exp(-9.9 * ((f * abs(across) / U) ** 1.5 + (f * abs(UP) / U) ** 1.5))
    assert found == pytest.approx(np.sum(model) / np.sum(model * left), rel=1e-3)
    assert found > 1.02
