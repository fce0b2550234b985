import numpy as np
import xarray as xr

from fluxkit.chamber.closures.gas_readings import gases_of
from fluxkit.chamber.closures.records import AnalyserRecord
from fluxkit.chamber.closures.traces import traces

START = np.datetime64("2026-06-01T09:00", "ns")
SECOND = np.timedelta64(10**9, "ns")


def made():
    time = START - 60 * SECOND + np.arange(1000) * SECOND
    record = AnalyserRecord("one", time, {"co2": np.arange(1000.0), "ch4_wet": np.full(1000, 2e-6)}, {})
    record.data["co2"][100] = np.nan
    fluxes = xr.Dataset(
        {
            "start": ("closure", START + np.array([0, 300]) * SECOND),
            "end": ("closure", START + np.array([120, 800]) * SECOND),
            "analyser": (("closure", "gas"), [["one", "one"], ["one", ""]]),
        },
        {"gas": ["co2", "ch4"]},
    )
    return fluxes, record


def test_readings_are_counted_from_closing_and_begin_before_it():
    fluxes, record = made()
    found = traces(fluxes, [record], before=10)
    t, c = found["co2"].part(0)
    np.testing.assert_array_equal(t, [k for k in range(-10, 121) if k != 40])
    np.testing.assert_array_equal(c, t + 60)
    assert found["ch4"].counts.tolist() == [131, 0]


def test_every_known_or_declared_gas_becomes_fluxes():
    time = np.datetime64("2024-07-01", "ns") + np.arange(3) * np.timedelta64(1, "s")
    names = ("h2o", "no2", "co2_2", "radon", "o2", "t_air", "nh3_wet", "co2")
    record = AnalyserRecord("one", time, {name: np.ones(3) for name in names}, {})
    assert gases_of([record]) == ["co2", "nh3", "no2", "co2_2", "h2o"]
    assert gases_of([record], ["radon"]) == ["co2", "nh3", "no2", "co2_2", "radon", "h2o"]


def test_long_closures_are_thinned():
    fluxes, record = made()
    found = traces(fluxes, [record], before=0, most=100)
    t, _ = found["co2"].part(1)
    np.testing.assert_array_equal(t, np.arange(0, 501, 6))


def test_an_analyser_that_is_not_there_has_no_readings():
    fluxes, _ = made()
    assert traces(fluxes, [])["co2"].counts.tolist() == [0, 0]
