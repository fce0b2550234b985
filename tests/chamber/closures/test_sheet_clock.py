import numpy as np
import pytest

from fluxkit.chamber.closures.sheet_clock import estimate
from tests.chamber.made_closures import closures, record


def guess(one, sheet, **options):
    return estimate(sheet.start, sheet.end, one.time, [one.data["co2"]], **options)


@pytest.mark.parametrize("late", [0.0, 37.0, -95.0])
def test_a_late_sheet_is_found(late):
    found = guess(record(12), closures(12, late=late), search=250)
    assert found.seconds == pytest.approx(-late, abs=4)
    assert found.confident
    print(f"{late:+g} s: {found.sentence()}")


def test_an_hour_is_told_as_a_time_zone():
    one, sheet = record(12), closures(12, late=3600)
    found = guess(one, sheet)
    assert found.seconds == pytest.approx(-3600, abs=5)
    assert "that is -1 h, so the time zone of one of them may be wrong" in found.sentence()


def test_noise_is_not_taken_for_an_offset():
    one = record(12)
    one.data["co2"][:] = 4e-4 + 1e-6 * np.random.default_rng(2).standard_normal(one.time.size)
    assert not guess(one, closures(12), search=300).confident


def test_a_record_of_another_day_cannot_be_compared():
    sheet = closures(6).shifted(86400.0 * 3)
    found = guess(record(6), sheet)
    assert np.isnan(found.seconds)
    assert "cannot be compared" in found.sentence()
