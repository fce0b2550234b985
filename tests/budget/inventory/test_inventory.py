import itertools

import numpy as np
import pytest

from fluxkit.budget.inventory.biomass import continuous_function, expansion_factor, of_stems, volume_expansion
from fluxkit.budget.inventory.coefficients import WORDS, coefficients, look_up
from fluxkit.budget.inventory.stocks import PlotStocks, plot_problems, stock, stock_change
from fluxkit.budget.terms import quantile

V = np.array([0.0, 30.0, 150.0, 420.0])


def test_expansion_factors_by_hand():
    """A temperate pine stand of 150 m3 ha-1 with the factors of IPCC 2006, tables 4.3 to 4.5."""
    bcef = look_up("BCEF", "temperate", "pines", np.array([150.0]))
    above = 150.0 * bcef  # 105 Mg DM ha-1
    root = look_up("R", "temperate", "conifers", above)
    assert (bcef[0], above[0], root[0]) == (0.7, 105.0, 0.29)
    assert expansion_factor(np.array([150.0]), bcef, root)[0] == pytest.approx(105 * 1.29 * 0.47)


def test_bcef_is_density_times_bef():
    direct = expansion_factor(V, 0.42 * 1.3, 0.0, carbon_fraction=0.5)
    np.testing.assert_allclose(direct, V * 0.42 * 1.3 * 0.5)


def test_the_continuous_function_is_bef_a_plus_b_over_v():
    made = continuous_function(V, 0.6, 25.0, carbon_fraction=0.5)
    np.testing.assert_allclose(made[1:], V[1:] * (0.6 + 25.0 / V[1:]) * 0.5)
    assert made[0] == 0.0  # no trees, no carbon


def test_volume_expansion_by_hand():
    made = volume_expansion(V, 1.8, 0.5, 0.5, understory=0.2, soil=1.2)
    assert made["trees"][2] == pytest.approx(150 * 1.8 * 0.5 * 0.5)
    np.testing.assert_allclose(made["understory"], 0.2 * made["trees"])
    np.testing.assert_allclose(made["soil"], 1.2 * made["trees"])
    assert list(volume_expansion(V, 1.8, 0.5, 0.5)) == ["trees"]


def test_stems_add_up_on_their_plots():
    d = np.array([10.0, 20.0, 30.0])
    made = of_stems(d, 0.1, 2.0, np.array([0, 1, 1]), np.array([0.05, 0.1, 0.2]))
    np.testing.assert_allclose(made, [10 / 0.05, (40 + 90) / 0.1, 0.0])


@pytest.mark.parametrize("name", WORDS)
def test_every_coefficient_has_a_source_that_was_seen(name):
    for row in coefficients(name):
        assert "IPCC 2006" in row.citation
        assert row.seen_at
        assert row.value > 0


def test_classes_of_size_leave_no_gap_and_do_not_overlap():
    for name in ("BCEF", "R"):
        for zone, kind in {(row.zone, row.forest_type) for row in coefficients(name)}:
            rows = [row for row in coefficients(name) if (row.zone, row.forest_type) == (zone, kind)]
            for one, other in itertools.pairwise(rows):
                assert one.upper == other.lower
            assert rows[-1].upper == np.inf
    assert np.isnan(look_up("R", "temperate", "Quercus", np.array([50.0]))[0])  # not in the table
    assert look_up("BCEF", "temperate", "pines", np.array([20.0, 20.1, 0.0])).tolist() == [1.8, 1.0, 1.8]


def test_unknown_types_are_met_with_those_that_are_known():
    with pytest.raises(ValueError, match="did you mean 'temperate, pines'"):
        look_up("BCEF", "temperate", "pine", V)
    with pytest.raises(ValueError, match="unknown coefficient 'BEF'"):
        look_up("BEF", "temperate", "pines", V)
    with pytest.raises(ValueError, match="depends on the size"):
        look_up("R", "boreal", "conifers")


def forest(seed, plots=30, correlated=0.9, gain=8.0, spread=25.0, noise=3.0):
    """Two inventories of the same plots: stocks differ between plots far more than by what they gain."""
    rng = np.random.default_rng(seed)
    level = 80 + spread * rng.standard_normal(plots)
    before = level + noise * rng.standard_normal(plots)
    after = level + gain + noise * rng.standard_normal(plots)
    names, area = np.array([f"P{k}" for k in range(plots)]), np.full(plots, 0.06)
    return PlotStocks(names, before, area, 2012.5), PlotStocks(names, after, area, 2017.5)


def test_repeated_plots_have_the_error_of_their_differences():
    first, second = forest(1)
    found = stock_change(first, second)
    difference = (second.carbon - first.carbon) / 5.0
    assert found.change.value == pytest.approx(100 * difference.mean())
    assert found.change.standard_error == pytest.approx(100 * difference.std(ddof=1) / np.sqrt(30))
    assert found.correlation > 0.9
    assert found.repeated == 30


def test_other_plots_have_the_error_of_two_samples():
    first, second = forest(1)
    other = PlotStocks(np.char.add(second.plot, "x"), second.carbon, second.area, second.year)
    found = stock_change(first, other)
    variance = first.carbon.var(ddof=1) / 30 + second.carbon.var(ddof=1) / 30
    assert found.change.standard_error == pytest.approx(100 * np.sqrt(variance) / 5)
    assert "no plot was measured twice" in found.change.notes[0]


@pytest.mark.parametrize("share", [1.0, 0.6, 0.0])
def test_intervals_hold_what_was_planted(share):
    """95 % of 95 % intervals; the generator knows nothing of weights or covariances."""
    hits = 0
    for seed in range(400):
        first, second = forest(seed, plots=20)
        kept = round(share * 20)
        other = forest(seed + 10_000, plots=20)[1]
        names = np.array([*second.plot[:kept], *(f"N{k}" for k in range(20 - kept))])
        carbon = np.concatenate([second.carbon[:kept], other.carbon[kept:]])
        mixed = PlotStocks(names, carbon, second.area, second.year)
        low, high = stock_change(first, mixed).change.interval()
        hits += low <= 100 * 8.0 / 5.0 <= high
    assert 0.92 <= hits / 400 <= 0.98


def test_plots_of_unequal_area_weigh_by_it():
    plots = PlotStocks(np.array(["a", "b"]), np.array([50.0, 80.0]), np.array([0.2, 0.1]), 2010.0)
    assert stock(plots).value == pytest.approx(6000.0)
    equal = PlotStocks(plots.plot, plots.carbon, np.full(2, 0.1), 2010.0)
    assert stock(equal).standard_error == pytest.approx(100 * 30 / 2)
    one = PlotStocks(np.array(["a"]), np.array([50.0]), np.array([0.2]), 2010.0)
    assert np.isnan(stock(one).standard_error)


def test_an_error_of_the_coefficients_acts_on_the_difference():
    first, second = forest(2)
    plain, with_error = (stock_change(first, second, coefficient_error=e).change for e in (0.0, 0.3))
    added = np.sqrt(with_error.standard_error**2 - plain.standard_error**2)
    assert added == pytest.approx(0.3 * abs(plain.value))
    assert plain.df == 29
    assert plain.interval()[1] - plain.value == pytest.approx(quantile(0.95, 29) * plain.standard_error)


def test_wrong_rows_are_named_and_the_others_are_not():
    names = ["a", "b", "c", "d", ""]
    found = plot_problems(
        names, np.array([10.0, -3.0, 5.0, np.nan, 1.0]), np.array([0.1, 0.1, np.nan, 0.1, 0.1]), "volume"
    )
    assert set(found) == {1, 2, 3, 4}
    assert "plot b has a negative volume (-3)" in found[1]
    assert "plot c has no area" in found[2]


def test_inventories_out_of_order_are_refused():
    first, second = forest(1)
    with pytest.raises(ValueError, match="not in order of time"):
        stock_change(second, first)
