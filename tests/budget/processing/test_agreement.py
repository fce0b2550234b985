import numpy as np

from fluxkit.budget.processing.of_agreement import tell_agreement
from fluxkit.budget.results import Budget
from fluxkit.budget.terms import Term


def test_methods_that_measure_the_same_are_compared_by_their_difference():
    budget = Budget()
    budget.add("sink", "tower + lateral terms", "NECB", Term("NECB", 250.0, 30.0))
    budget.add("sink", "inventory", "all stock changes", Term("sum", 180.0, 10.0))
    budget.add("production", "tower", "NPP = CUE × GPP", Term("NPP", 700.0, 20.0))
    budget.add("production", "tower + chambers", "NPP = NEP + Rh", Term("NPP", 500.0, 20.0))
    budget.add("production", "model or satellite", "NPP of CENTURY", Term("NPP", 900.0, np.nan))
    budget.add("production", "tower", "GPP", Term("GPP", 1500.0, 50.0))
    budget.add(
        "production", "model or satellite, corrected", "GPP of sat, corrected", Term("GPP", 1500.0, 50.0)
    )
    tell_agreement(budget)
    assert len(budget.sentences) == 2
    # 70 +- 1.96 times 31.6, and 200 +- 1.96 times 28.3.
    assert "do not agree on the carbon that stayed: their difference is 70 (8 to 132)" in budget.sentences[0]
    assert "do not agree on NPP: their difference is 200" in budget.sentences[1]


def test_agreement_is_said():
    budget = Budget()
    budget.add("sink", "tower + lateral terms", "NECB", Term("NECB", 230.0, 40.0))
    budget.add("sink", "inventory", "all stock changes", Term("sum", 180.0, 10.0))
    tell_agreement(budget)
    assert "agree on the carbon that stayed: their difference is 50 (-31 to 131)" in budget.sentences[0]
    assert "do not" not in budget.sentences[0]
