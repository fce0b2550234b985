"""Sun against the worked example of the NREL algorithm and against geometry."""

import numpy as np
import pytest

from fluxkit.physics import solar


def at(stamp: str) -> np.ndarray:
    return np.array([stamp], dtype="datetime64[ns]")


def test_worked_example_of_reda_and_andreas_2004():
    """Their appendix A.5, without refraction: elevation 39.872 deg, distance 0.99654 au."""
    sine, distance = solar.solar_elevation(at("2003-10-17T19:30:30"), 39.742476, -105.1786)
    assert np.degrees(np.arcsin(sine[0])) == pytest.approx(39.872, abs=0.01)
    assert distance[0] == pytest.approx(0.99654, abs=5e-5)


def test_overhead_at_the_tropic_at_solstice():
    sine, _ = solar.solar_elevation(at("2024-06-20T12:01:40"), 23.44, 0.0)
    assert sine[0] == pytest.approx(1.0, abs=1e-5)


def test_daily_sum_over_the_year_is_a_quarter_of_the_solar_constant():
    """The globe's mean: average over a year and over latitudes, weighted by their area."""
    time = np.datetime64("2023-01-01", "ns") + np.arange(0, 365 * 24, 5) * np.timedelta64(1, "h")
    sines = (np.arange(24) + 0.5) / 12 - 1.0  # equal areas
    mean = np.mean([solar.potential_radiation(time, np.degrees(np.arcsin(s)), 0.0).mean() for s in sines])
    assert mean == pytest.approx(solar.SOLAR_CONSTANT / 4, rel=3e-3)


def test_night_is_zero_and_longitude_shifts_noon():
    time = np.datetime64("2024-03-20", "ns") + np.arange(1440) * np.timedelta64(1, "m")
    greenwich, west = (solar.potential_radiation(time, 0.0, lon) for lon in (0.0, -90.0))
    assert greenwich.min() == 0.0
    assert np.mean(greenwich == 0.0) == pytest.approx(0.5, abs=0.01)
    assert np.argmax(west) - np.argmax(greenwich) == pytest.approx(360, abs=2)
