import numpy as np
import pytest

from fluxkit.budget.models.light_use import LightUse, light_use_gpp, light_use_parameters
from fluxkit.budget.models.miami import miami, miami_term
from fluxkit.budget.shipped import shipped_rows


def test_miami_by_hand():
    """13 degC and 1000 mm: 3000 / (1 + exp(-0.232)) = 1673, 3000 (1 - exp(-0.664)) = 1456."""
    assert miami(13.0, 1e9) == pytest.approx(3000 / (1 + np.exp(1.315 - 1.547)))
    assert miami(13.0, 1000.0) == pytest.approx(3000 * (1 - np.exp(-0.664)))
    assert miami(13.0, 1000.0) == pytest.approx(1455.7, abs=0.1)


def test_miami_is_the_lesser_and_rises_with_both():
    t, p = np.meshgrid(np.linspace(-10, 28, 20), np.linspace(0, 3000, 20))
    made = miami(t, p)
    assert np.all(np.diff(made, axis=0) >= 0)
    assert np.all(np.diff(made, axis=1) >= 0)
    assert np.all((made >= 0) & (made < 3000))


def test_miami_becomes_carbon_by_a_stated_fraction_and_warns_of_weather():
    rng = np.random.default_rng(1)
    t, p = 9 + rng.normal(0, 0.7, 12), 900 + rng.normal(0, 120, 12)
    term = miami_term(t, p, 0.5)
    assert term.value == pytest.approx(0.5 * miami(t.mean(), p.mean()))
    assert "dry matter times 0.5" in term.notes[0]
    short = miami_term(t[:1], p[:1], 0.5)
    assert "10 years and more: 1 given" in short.notes[0]
    assert np.isnan(short.standard_error)
    with pytest.raises(ValueError, match="no year"):
        miami_term(np.array([np.nan]), np.array([500.0]), 0.5)


def test_the_error_of_miami_is_that_of_the_climates_mean():
    """Against many climates drawn anew, where one of the two limits rules throughout."""
    rng = np.random.default_rng(2)
    means = [miami((8 + rng.normal(0, 0.8, 15)).mean(), 2500.0) for _ in range(4000)]
    found = np.mean(
        [miami_term(8 + rng.normal(0, 0.8, 15), np.full(15, 2500.0), 1.0).standard_error for _ in range(300)]
    )
    assert found == pytest.approx(np.std(means), rel=0.05)


def test_light_use_by_hand():
    p = LightUse("made", 1.2, -8.0, 8.0, 6.0, 30.0)
    one = np.array([1.0])
    light = 0.45 * 200 * 0.0864
    assert light_use_gpp(200 * one, 0.7 * one, 20 * one, 3 * one, p)[0] == pytest.approx(light * 0.7 * 1.2)
    assert light_use_gpp(200 * one, 0.7 * one, 0 * one, 18 * one, p)[0] == pytest.approx(
        light * 0.7 * 1.2 * 0.5 * 0.5
    )
    assert light_use_gpp(200 * one, 0.7 * one, -20 * one, 3 * one, p)[0] == 0
    assert light_use_gpp(200 * one, 0.7 * one, 20 * one, 50 * one, p)[0] == 0


def test_parameters_have_a_source_and_the_paper_units_are_converted():
    rows = shipped_rows("mod17_light_use.csv", "fluxkit.budget.models")
    assert len(rows) == 11
    assert all(row["citation"] and row["seen_at"] for row in rows)
    grass = light_use_parameters("Grass")  # 0.001215 kg C MJ-1, 650 and 4200 Pa
    assert (grass.efficiency, grass.vpd_full, grass.vpd_none) == (1.215, 6.5, 42.0)
    with pytest.raises(ValueError, match="did you mean 'Grass'"):
        light_use_parameters("Gras")
