import numpy as np

from fluxkit.chamber.closures.detected_closures import closures_by_rises, closures_by_state
from tests.chamber.made_closures import CLOSED, closures, record

LIMITS = {"shortest": 60.0, "longest": 3600.0}


def off(found, true):
    return np.abs((found - true) / np.timedelta64(1, "s")).max()


def test_rises_are_found_where_they_are():
    found, true = closures_by_rises(record(), "co2", **LIMITS), closures()
    assert len(found) == len(true)
    print(f"begin off by {off(found.start, true.start):.0f} s, end by {off(found.end, true.end):.0f} s")
    assert off(found.start, true.start) <= 12
    assert off(found.end, true.end) <= 12


def test_a_column_of_states():
    one = record()
    phase = np.arange(one.time.size) % 400
    one.data["state"] = np.where((phase >= 60) & (phase <= 60 + CLOSED), 5.0, 2.0)
    found = closures_by_state(one, "state", [5.0], **LIMITS)
    assert off(found.start, closures().start) == 0
    assert off(found.end, closures().end) == 0
    assert len(closures_by_state(one, "state", [7.0], **LIMITS)) == 0


def test_nothing_is_found_in_noise():
    one = record()
    one.data["co2"] = 4e-4 + 1e-6 * np.random.default_rng(0).standard_normal(one.time.size)
    assert len(closures_by_rises(one, "co2", **LIMITS)) == 0
