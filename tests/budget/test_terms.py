import numpy as np
import pytest

from fluxkit.budget.terms import Term, dominant, monte_carlo, product, total

A, B, C = Term("A", 300.0, 40.0), Term("B", -120.0, 25.0), Term("C", 55.0, 30.0)


def test_a_sum_by_hand():
    found = total("S", [A, B, C], [1, -1, 2])
    assert found.value == 300 + 120 + 110
    assert found.standard_error == pytest.approx(np.sqrt(40**2 + 25**2 + 60**2))


def test_covariances_enter():
    found = total("D", [A, B], [1, -1], {("B", "A"): 0.6})
    assert found.standard_error == pytest.approx(np.sqrt(40**2 + 25**2 - 2 * 0.6 * 40 * 25))
    assert total("D", [A, A], [1, -1], np.ones((2, 2))).standard_error == 0.0


@pytest.mark.parametrize("r", [-0.9, -0.3, 0.0, 0.5, 0.95])
def test_draws_give_what_the_formula_gives_for_sums(r):
    weights = np.array([1.0, -2.0, 0.5])
    pairs = {("A", "B"): r, ("B", "C"): 0.2 * r}
    formula = total("S", [A, B, C], weights, pairs)
    drawn = monte_carlo(lambda a, b, c: a - 2 * b + 0.5 * c, [A, B, C], pairs, seed=7)
    assert drawn.standard_error == pytest.approx(formula.standard_error, rel=0.02)
    assert drawn.mean == pytest.approx(formula.value, abs=4 * formula.standard_error / np.sqrt(1e5))
    assert drawn.interval() == pytest.approx(formula.interval(), abs=0.04 * formula.standard_error)


@pytest.mark.parametrize("error", [0.02, 0.12, 0.46])
def test_draws_give_what_the_formula_gives_for_products(error):
    """Also where the error is as large as the factor, where first-order propagation is not enough."""
    gpp, cue = Term("GPP", 1500.0, 400.0), Term("CUE", 0.46, error)
    formula = product("NPP", gpp, cue)
    drawn = monte_carlo(lambda g, c: g * c, [gpp, cue], seed=3)
    assert drawn.standard_error == pytest.approx(formula.standard_error, rel=0.02)


def test_few_degrees_of_freedom_widen_the_interval_of_formula_and_draws():
    few = Term("A", 0.0, 1.0, df=4.0)
    assert few.interval()[1] == pytest.approx(2.776, abs=1e-3)
    assert monte_carlo(lambda a: a, [few], seed=2).interval()[1] == pytest.approx(2.776, rel=0.03)
    both = total("S", [few, Term("B", 0.0, 1.0, df=4.0)])
    assert both.df == pytest.approx(8.0)  # Welch and Satterthwaite


def test_an_unknown_error_is_no_zero():
    assert np.isnan(total("S", [A, Term("B", 1.0)]).standard_error)
    assert np.isnan(Term("B", 1.0).interval()[0])


def test_what_a_sum_says_of_itself_is_gathered():
    one = Term("A", 1.0, 1.0, ("roots",), ("soil",), (2020,), "tower")
    other = Term("B", 1.0, 1.0, ("litter", "roots"), (), (2021, 2020), "plots")
    found = total("S", [one, other], notes=("said",))
    assert (found.includes, found.lacks, found.years) == (("roots", "litter"), ("soil",), (2020, 2021))
    assert (found.source, found.notes) == ("tower + plots", ("said",))


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="no term is called 'X'; there are A, B"):
        total("S", [A, B], correlations={("A", "X"): 0.1})
    with pytest.raises(ValueError, match="contradict"):
        total("S", [A, B, C], correlations={("A", "B"): 0.9, ("B", "C"): 0.9, ("A", "C"): -0.9})
    with pytest.raises(ValueError, match="no terms"):
        total("S", [])


def test_the_largest_error_is_named():
    assert dominant({"CUE": 180.0, "GPP": 46.0}) == "the error of CUE dominates: 94 % of the variance"
    assert dominant({"CUE": np.nan}) == "no error is known"
