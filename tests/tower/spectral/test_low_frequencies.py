"""What averaging takes of slow eddies: bounded where the model of a surface layer holds, and told."""

import logging
from dataclasses import replace

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.tower import settings
from fluxkit.tower.plan import Plan
from fluxkit.tower.spectral.low_frequencies import low_frequency_factor, words_of_low_frequencies
from fluxkit.tower.spectral.spectral_conditions import SpectralConditions
from fluxkit.tower.spectral.spectral_factors import spectral_factors
from tests.tower import mast


def plan_at(height: float, **decide) -> Plan:
    """Sonic so far above the displacement plane."""
    site = mast.make_site(path="ratio", decide=decide)
    plan = settings.make_plan(site)
    raised = plan.sonic.model_copy(update={"height": height + plan.station.d})
    return replace(plan, sonic=raised)


def factor(height: float, U: float, **decide) -> float:
    return float(low_frequency_factor(np.array([U]), np.array([-0.1]), plan_at(height, **decide))[0])


@pytest.mark.parametrize(
    ("height", "U", "expected"), [(60.0, 1.0, 1.08), (200.0, 1.0, 1.16), (60.0, 3.0, 1.035)]
)
def test_tall_towers_get_what_the_field_restores(height, U, expected):
    """EddyPro 6 integrates from 1/5000 Hz and squares the function: by chance much the same as two hours."""
    ours = factor(height, U)
    assert ours == pytest.approx(expected, abs=0.01)
    assert ours == pytest.approx(factor(height, U, arithmetic="eddypro-6"), abs=0.01)


@pytest.mark.parametrize("high_frequency", ["peltola-2021", "moncrieff-1997", "none"])
def test_all_methods_have_the_same_bound(high_frequency):
    """The share that restoring averaging adds to a factor of heat is that of averaging alone."""
    U, zeta = np.array([1.0, 2.0, 4.0]), np.array([-0.3, -0.1, 0.2])
    given = SpectralConditions(U, np.full(3, 293.0), zeta, np.full(3, 180.0))
    found = {
        low: spectral_factors(given, plan_at(60.0, high_frequency=high_frequency, low_frequency=low)).heat
        for low in ("none", "moncrieff-2004")
    }
    alone = low_frequency_factor(U, zeta, plan_at(60.0))
    np.testing.assert_allclose(found["moncrieff-2004"] / found["none"], alone, rtol=2e-3)


def test_factors_are_smooth_in_wind_and_height():
    """Where the bound falls between two nodes of an integral makes no step."""
    same = np.ones(61)
    given = SpectralConditions(np.linspace(1.0, 1.3, 61), 293.0 * same, -0.1 * same, 180.0 * same)
    found = spectral_factors(given, plan_at(60.0, high_frequency="peltola-2021")).heat
    steps = np.diff(found)
    assert np.all(steps < 0.0)
    assert steps.min() > 3.0 * np.median(steps)


def test_nothing_is_restored_of_periods_longer_than_the_slowest_turbulence():
    plan = replace(plan_at(60.0), seconds=4.0 * 3600.0)
    assert low_frequency_factor(np.array([1.0]), np.array([-0.1]), plan)[0] == pytest.approx(1.0, abs=0.01)
    assert factor(60.0, 1.0, low_frequency="none") == 1.0


def test_large_factors_are_told_once_with_their_share():
    U, zeta = np.array([0.5, 1.0, 3.0, np.nan, 4.0]), np.full(5, -0.1)
    words = words_of_low_frequencies(U, zeta, np.arange(5).astype("datetime64[h]"), plan_at(120.0))
    assert "averaging over 30 min" in words
    assert "50 % of the periods" in words
    assert "120 m above" in words
    assert "down to 0.5 m s-1" in words
    assert words_of_low_frequencies(U, zeta, np.arange(5).astype("datetime64[h]"), plan_at(3.0)) == ""


def test_massman_has_a_closed_form_that_is_told_too():
    words = words_of_low_frequencies(
        np.array([1.0]), np.array([-0.1]), np.zeros(1, "datetime64[h]"),
        plan_at(60.0, high_frequency="massman-2000"),
    )  # fmt: skip
    assert "100 % of the periods" in words


def test_a_run_of_fluxes_tells_it(caplog):
    """In the log and among the attributes; a low mast says nothing."""
    data = mast.seen(mast.air(1, wind_speed=1.0), path="ratio")
    low = mast.make_site(path="ratio", decide={"sorption": "none"})
    sonic, analyser = mast.SONIC | {"height": 200.0}, mast.CLOSED
    tall = mast.make_site(path="ratio", instruments=[sonic, analyser], decide={"sorption": "none"})
    with caplog.at_level(logging.WARNING):
        quiet = fk.decide(fk.condense(mast.dataset(data), low), low)
        assert "low_frequency" not in quiet.attrs
        loud = fk.decide(fk.condense(mast.dataset(data, data), tall), tall)
    told = [r.getMessage() for r in caplog.records if "slow eddies" in r.getMessage()]
    assert told == [loud.attrs["low_frequency"]]
