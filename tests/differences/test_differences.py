"""Differences of single variables: planted changes are found, with the amount that was planted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxkit.differences.differences import (
    by_month,
    classes_moved,
    difference,
    most_moved,
    ranked,
)
from fluxkit.differences.sums import Amount, turned

CARBON = 12.011e-6


def half_hours(count: int, start: str = "2024-01-31T22:00") -> np.ndarray:
    return np.datetime64(start) + np.arange(count) * np.timedelta64(30, "m")


def fluxes(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(-3.0, 5.0, count)


@pytest.mark.parametrize(
    ("name", "units", "value", "seconds", "amount", "unit"),
    [
        ("NEE", "umol m-2 s-1", 1.0, 86400.0, 1.03775, "g C m-2"),  # 1 umol m-2 s-1 is 1.0377 g C m-2 d-1
        ("FCH4", "nmol m-2 s-1", 1000.0, 86400.0, 1.03775, "g C m-2"),
        ("FN2O", "nmol m-2 s-1", 1000.0, 86400.0, 2.42036, "g N m-2"),
        ("LE", "W m-2", 100.0, 86400.0, 8.64, "MJ m-2"),
        ("ET", "mm h-1", 0.5, 7200.0, 1.0, "mm"),
        ("FH2O", "mmol m-2 s-1", 1.0, 86400.0, 1.55652, "mm"),
    ],
)
def test_amounts_are_those_of_textbooks(name, units, value, seconds, amount, unit):
    found = Amount.of(name, units)
    assert found is not None
    assert found.unit == unit
    assert value * seconds * found.scale == pytest.approx(amount, rel=1e-5)


@pytest.mark.parametrize(
    "name", ["TA", "USTAR", "FC_QC", "FC_RANDUNC_HF", "NEE_JOINTUNC", "W_CO2_COV", "CO2_NOISE"]
)
def test_what_has_no_sum(name):
    assert Amount.of(name, "umol m-2 s-1" if name != "TA" else "degC") is None or name == "USTAR"


def test_a_planted_change_of_values():
    a = fluxes(96)
    b = a.copy()
    b[10:20] += 2.0
    found = difference("NEE", a, b, half_hours(96), units="umol m-2 s-1")
    assert (found.changed, found.in_both) == (10, 96)
    assert found.by_values == pytest.approx(10 * 2.0 * 1800 * CARBON, rel=1e-12)
    assert found.total == pytest.approx(found.by_values, rel=1e-9)
    assert (found.by_gained, found.by_lost) == (0.0, 0.0)
    assert found.largest == pytest.approx(2.0)
    assert found.rms == pytest.approx(2.0 * np.sqrt(10 / 96))


def test_planted_gaps():
    a, b = fluxes(48), fluxes(48)
    a[:5], b[40:] = np.nan, np.nan
    found = difference("NEE", a, b, half_hours(48), units="umol m-2 s-1")
    assert (found.in_a, found.in_b, found.in_both, found.changed) == (43, 40, 35, 0)
    assert found.by_values == 0.0
    assert found.by_gained == pytest.approx(1800 * CARBON * fluxes(48)[:5].sum())
    assert found.by_lost == pytest.approx(-1800 * CARBON * fluxes(48)[40:].sum())
    assert found.total == pytest.approx(found.by_gained + found.by_lost, rel=1e-9)
    assert not found.same


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 0.9))
def test_parts_add_up_and_turn_round(seed, missing):
    rng = np.random.default_rng(seed)
    a, b = (np.where(rng.random(60) < missing, np.nan, rng.normal(size=60)) for _ in range(2))
    time = half_hours(60)
    there = difference("LE", a, b, time, units="W m-2")
    back = difference("LE", b, a, time, units="W m-2")
    assert there.by_values + there.by_gained + there.by_lost == pytest.approx(there.total, abs=1e-12)
    assert back.total == pytest.approx(-there.total, abs=1e-12)
    assert (back.changed, back.in_both) == (there.changed, there.in_both)


def test_rounding_of_another_processor_is_no_change():
    a = fluxes(48)
    assert difference("NEE", a, a * (1.0 + 2e-16), half_hours(48), units="umol m-2 s-1").same
    assert not difference("NEE", a, a * (1.0 + 1e-9), half_hours(48), units="umol m-2 s-1").same


def test_directions_go_round():
    found = difference("WD", np.array([359.0, 1.0]), np.array([1.0, 3.0]), half_hours(2), units="degree")
    assert found.by_values == pytest.approx(2.0)
    assert found.largest == pytest.approx(2.0)
    np.testing.assert_allclose(turned(np.array([359.0, -359.0, 10.0])), [-1.0, 1.0, 10.0])


def test_nothing_on_one_side():
    a, b = np.full(4, np.nan), np.arange(4.0)
    for name, units in (("NEE", "umol m-2 s-1"), ("TA", "degC"), ("WD", "degree")):
        found = difference(name, a, b, half_hours(4), units=units)
        assert (found.in_a, found.in_b, found.changed, found.same) == (0, 4, 0, False)
    assert difference("TA", a, a, half_hours(4), units="degC").same


def test_ranked_by_what_it_does_to_sums():
    time = half_hours(48)
    a = fluxes(48)
    found = ranked(
        [
            difference("TA", a, a + 100.0, time, units="degC"),
            difference("USTAR", a, a, time, units="m s-1"),
            difference("LE", a, 1.01 * a, time, units="W m-2"),
            difference("NEE", a, 1.10 * a, time, units="umol m-2 s-1"),
            difference("FC_QC", np.zeros(48), np.ones(48), time, code=True),
        ]
    )
    assert [each.variable for each in found] == ["NEE", "LE", "TA", "FC_QC", "USTAR"]


def test_months_and_periods():
    a = np.zeros(8)
    b = a.copy()
    b[1], b[6] = -1.0, 3.0  # 22:30 in January, 01:00 in February
    time = half_hours(8)
    months = by_month("NEE", a, b, time, units="umol m-2 s-1", seconds=1800.0)
    assert [(str(m.month), m.in_a, round((m.b - m.a) / (1800 * CARBON), 9)) for m in months] == [
        ("2024-01", 4, -1.0),
        ("2024-02", 4, 3.0),
    ]
    moved = most_moved("NEE", a, b, time, units="umol m-2 s-1", seconds=1800.0)
    assert [str(m.time) for m in moved] == ["2024-02-01T01:00", "2024-01-31T22:30"]
    assert by_month("TA", a, b, time, units="degC", seconds=1800.0) == []


def test_classes_that_moved():
    a, b = np.array([0.0, 0.0, 1.0, np.nan]), np.array([0.0, 2.0, np.nan, np.nan])
    assert classes_moved(a, b) == {("0", "2"): 1, ("1", "none"): 1}
