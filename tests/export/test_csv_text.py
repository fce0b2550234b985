"""Tables for people: text stays text."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxkit.export.csv_text import as_given, csv_text

FORMULAS = [
    '=HYPERLINK("http://a.b","x")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\uff1d1+1",
    "=1+1\tx",
]


def cells(text):
    return next(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_is_text(formula):
    (cell,) = cells(csv_text([[formula]]))
    assert cell.startswith("'")
    assert as_given(cell) == formula.replace("\t", "\\t")


@pytest.mark.parametrize("number", ["-1.5", "+2", "-9999", "1e-3", -0.25, 7])
def test_numbers_stay_numbers(number):
    assert csv_text([[number]]) == f"{number}\n"


def test_what_moves_a_cursor_is_written_out():
    assert cells(csv_text([["a\x1b[2Jb\u202ec\nd"]])) == ["a\\x1b[2Jb\\u202ec\\nd"]


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cf"))))
def test_a_cell_is_read_back_as_it_was(text):
    found = cells(csv_text([[text, "end"]]))
    assert as_given(found[0]) == text
