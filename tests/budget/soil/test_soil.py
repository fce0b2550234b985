import numpy as np
import pytest

from fluxkit.budget.soil.fractions import fraction_shares
from fluxkit.budget.soil.stocks import equivalent_mass_stock, horizon_problems, horizon_stocks

BD, C, CM = np.array([0.9, 1.2, 1.4]), np.array([4.0, 1.5, 0.5]), np.array([10.0, 20.0, 30.0])


def test_a_profile_by_hand():
    """0.9 g cm-3 x 10 cm = 900 Mg ha-1 of soil, 4 % of it carbon: 36 Mg C ha-1."""
    np.testing.assert_allclose(horizon_stocks(BD, C, CM), [36.0, 36.0, 21.0])


def test_rock_and_outcrops_hold_no_carbon():
    rock = np.array([0.0, 0.25, 0.5])
    np.testing.assert_allclose(horizon_stocks(BD, C, CM, rock, 0.4), 0.6 * np.array([36.0, 27.0, 10.5]))
    with pytest.raises(ValueError, match=r"20 % is 0\.2"):
        horizon_stocks(BD, C, CM, 20.0)


def test_tillage_alone_does_not_change_the_stock_of_equal_mass():
    """A loosened plough layer reaches deeper: to a fixed depth it has lost carbon, at equal mass none."""
    whole = equivalent_mass_stock(BD, C, CM, 3000.0)
    loose_bd, loose_cm = BD * [0.75, 1.0, 1.0], CM / [0.75, 1.0, 1.0]
    assert equivalent_mass_stock(loose_bd, C, loose_cm, 3000.0) == pytest.approx(whole)
    assert np.interp(30.0, np.cumsum(loose_cm), np.cumsum(horizon_stocks(loose_bd, C, loose_cm))) < 0.99 * 72


def test_equal_mass_of_whole_horizons_is_their_sum():
    assert equivalent_mass_stock(BD, C, CM, 900 + 2400) == pytest.approx(72.0)
    assert equivalent_mass_stock(BD, C, CM, 900 + 1200) == pytest.approx(36 + 18)
    with pytest.raises(ValueError, match="less than the 9000 asked for"):
        equivalent_mass_stock(BD, C, CM, 9000.0)


def test_units_that_cannot_be_are_named():
    found = horizon_problems(
        np.array([1100.0, 1.1, 1.1, np.nan]), np.array([2.0, 200.0, 2.0, 1.0]), np.array([10.0, 10, 0, 10])
    )
    assert "kg m-3" in found[0]
    assert "g kg-1" in found[1]
    assert set(found) == {0, 1, 2, 3}


def test_fractions_are_checked_for_recovery():
    found = fraction_shares({"light": 3.0, "heavy": 12.0, "DOC": 0.2}, 20.0)
    assert found.shares == pytest.approx({"light": 0.15, "heavy": 0.6, "DOC": 0.01})
    assert found.recovery == {"light + heavy": 0.75}
    assert "light + heavy recover 75 % of the carbon" in found.doubts[0]
    assert "more than there is" in fraction_shares({"POC": 30.0}, 20.0).doubts[0]
    assert "not negative" in fraction_shares({"POC": -1.0}, 20.0).doubts[0]
    with pytest.raises(ValueError, match="nothing to take shares of"):
        fraction_shares({"POC": 1.0}, 0.0)
