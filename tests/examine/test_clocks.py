"""Clocks that change, and heat flux behind the sun."""

import numpy as np
import pytest

from fluxkit.examine import clocks
from fluxkit.physics.solar import potential_radiation

PLACE = 47.0, 8.0


def record(days: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, radiation below clouds, and a temperature."""
    time = np.datetime64("2024-03-01T00:15", "ns") + np.arange(48 * days) * np.timedelta64(30, "m")
    rng = np.random.default_rng(seed)
    cloud = np.repeat(rng.uniform(0.2, 0.8, days), 48) * rng.uniform(0.8, 1.0, time.size)
    sun = potential_radiation(time, *PLACE) * cloud
    air = 283.0 + 0.008 * np.convolve(sun, np.ones(6) / 6, "same") + np.cumsum(rng.normal(0, 0.05, time.size))
    return time, sun, air


def shifted(time: np.ndarray, hours: np.ndarray | float) -> np.ndarray:
    return time + np.round(60.0 * np.asarray(hours)).astype("timedelta64[m]")


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("words", "late"),
    [
        ("", lambda day: 0.0 * day),
        ("jumps by +1.0 h", lambda day: 1.0 * (day > 40)),
        ("jumps by +1.0 h", lambda day: 1.0 * (day > 68)),
        ("drifts by +1.5 minutes", lambda day: 0.025 * day),
    ],
)
def test_a_clock_that_changes_is_named(words: str, late, seed: int) -> None:
    time, sun, air = record(90, seed)
    stamps = shifted(time, late(np.arange(time.size) / 48.0))
    by_sun = list(clocks.course_doubts("biomet", clocks.sun_course(stamps, sun, *PLACE), "the sun", 0.17))
    course = clocks.series_course(stamps, air, time, air)
    told = list(clocks.course_doubts("biomet", course, "the sonic's temperature", 0.08))
    assert len(told) == len(by_sun) == bool(words)
    assert all(words[:5] in doubt.sentence for doubt in told + by_sun)
    assert all(words in doubt.sentence for doubt in told)


def test_short_records_have_no_course() -> None:
    time, sun, air = record(9)
    assert clocks.sun_course(time, sun, *PLACE).lag.size == 0
    assert clocks.series_course(time, air, time, air).lag.size == 0


@pytest.mark.parametrize(("late_h", "count"), [(0.0, 0), (-1.0, 0), (1.5, 0), (5.0, 1), (-4.0, 1)])
@pytest.mark.parametrize("days", [1, 6])
def test_heat_flux_tells_time_zones(late_h: float, count: int, days: int) -> None:
    time, sun, _ = record(days)
    heat = 0.3 * sun - 30.0 + np.random.default_rng(0).normal(0.0, 15.0, time.size)
    told = list(clocks.heat_doubts(clocks.heat_lag(shifted(time, late_h), heat, *PLACE)))
    assert len(told) == count


def test_heat_flux_of_a_polar_night_tells_nothing() -> None:
    time, _, _ = record(3)
    heat = np.random.default_rng(0).normal(-20.0, 5.0, time.size)
    assert clocks.heat_lag(time + np.timedelta64(290, "D"), heat, 78.9, 11.9) is None
