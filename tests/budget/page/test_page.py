import re

import numpy as np

from fluxkit.budget.page.figures import bars_figure
from fluxkit.budget.page.page import render_budget
from fluxkit.budget.results import Budget, Row
from fluxkit.budget.settings import BudgetSettings
from fluxkit.budget.terms import Term
from tests.report.test_page import Checker

EVIL = "<script>alert(1)</script>&\"'"


def made():
    budget = Budget()
    budget.add(
        "sink", "tower", "NEP (−NEE)", Term("NEP", 290.0, 25.0, ("roots", EVIL), ("DOC",), (2021, 2022))
    )
    budget.add("sink", "inventory", f"change of {EVIL}", Term("x", -40.0, 20.0, notes=(EVIL,)))
    budget.add("production", "model or satellite", EVIL, Term("NPP", 700.0, np.nan))
    budget.missing.append(f"harvest {EVIL}")
    budget.sentences.append(EVIL)
    budget.odd(EVIL, EVIL)
    return budget


SETTINGS = BudgetSettings.model_validate(
    {"budget": {"id": "X", "name": EVIL}, "climate": {"file": "c.csv", "carbon_fraction": 0.47}}
)


def test_texts_of_users_are_escaped_everywhere():
    page = render_budget(SETTINGS, made())
    assert "<script>alert" not in page
    assert "alert(1)" in page


def test_the_page_asks_no_address():
    page = render_budget(SETTINGS, made())
    assert not re.search(r"\b(src|href)=[\"'](?!#)", page)
    assert "default-src &#39;none&#39;" in page
    checker = Checker()
    checker.feed(page)
    assert checker.faults == []
    assert checker.open == []


def test_every_row_has_three_units_and_says_what_it_includes():
    page = render_budget(SETTINGS, made())
    assert "290" in page
    assert "241 to 339" in page
    assert "2.90" in page  # Mg C ha-1 a-1
    assert "10.63" in page  # t CO2 ha-1 a-1
    assert "not said" in page
    assert "its error" in page or "not known" in page


def test_a_row_without_a_value_is_no_row():
    budget = Budget()
    budget.add("sink", "tower", "NEP", Term("NEP", np.nan))
    assert budget.rows == []


def test_the_three_axes_say_the_same():
    rows = [
        Row("sink", "tower", "NEP", Term("NEP", 250.0, 50.0)),
        Row("sink", "tower", "x", Term("x", -100.0, 10.0)),
    ]
    drawing = bars_figure(rows)
    main, mega, co2 = drawing.panels
    assert mega.x.limits[1] == main.x.limits[1] / 100
    assert abs(co2.x.limits[1] / mega.x.limits[1] - 3.664) < 1e-3
    assert main.x.limits[0] < -100
    names = {label.text for label in drawing.labels()}
    assert {"g C m⁻² a⁻¹", "Mg C ha⁻¹ a⁻¹ (= Mg C hm⁻² a⁻¹)", "t CO₂ ha⁻¹ a⁻¹"} <= names
    assert "<svg" in drawing.svg("x")


def test_labels_stay_on_the_figure():
    rows = [
        Row("sink", "tower", "a label that goes on and on and never comes to an end", Term("x", 1.0, 1.0))
    ]
    drawing = bars_figure(rows)
    assert all(label.box()[0] > -2 and label.box()[2] < drawing.width + 2 for label in drawing.labels())
