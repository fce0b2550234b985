"""Columns put right afterwards: when, in which unit, and in which order."""

from pathlib import Path

import numpy as np
import pytest

from fluxkit.raw.calibration import calibrate
from fluxkit.raw.layout import LayoutCalibration
from fluxkit.raw.reading import layout_of, open_raw
from fluxkit.raw.samples import Samples
from tests.tower import mast

START = np.datetime64("2024-07-01T10:00", "ns")


def at(seconds: float) -> np.datetime64:
    return START + np.timedelta64(round(seconds * 1e9), "ns")


def samples(n: int = 100, rate: float = 10.0) -> Samples:
    return Samples(START, rate, {"co2": np.arange(float(n)), "w": np.ones(n)})


def entry(
    start: float, end: float, gain=1.0, offset=0.0, gain_end=None, offset_end=None
) -> LayoutCalibration:
    return LayoutCalibration(
        "co2", at(start), at(end), gain, offset,
        gain if gain_end is None else gain_end, offset if offset_end is None else offset_end,
    )  # fmt: skip


def test_only_the_samples_of_the_time_and_of_the_variable():
    found = samples()
    calibrate(found, [entry(2.0, 5.0, gain=2.0, offset=1.0)])
    expected = np.arange(100.0)
    expected[20:50] = 2.0 * expected[20:50] + 1.0
    np.testing.assert_allclose(found.data["co2"], expected)
    np.testing.assert_array_equal(found.data["w"], 1.0)


@pytest.mark.parametrize(("start", "end"), [(-9.0, -1.0), (10.0, 20.0), (10.05, 30.0)])
def test_other_times_change_nothing(start, end):
    found = samples()
    calibrate(found, [entry(start, end, gain=3.0)])
    np.testing.assert_array_equal(found.data["co2"], np.arange(100.0))


def test_drift_is_even_between_the_two_dates():
    """It began an hour before the file and ends an hour after: halfway in between."""
    found = samples()
    calibrate(found, [entry(-3600.0, 3610.0, gain=1.0, gain_end=1.1, offset_end=-2.0)])
    share = (3600.0 + np.arange(100) / 10.0) / 7210.0
    np.testing.assert_allclose(found.data["co2"], (1 + 0.1 * share) * np.arange(100.0) - 2.0 * share)


def test_two_files_drift_as_one():
    whole = samples(200)
    calibrate(whole, [entry(0.0, 20.0, gain_end=1.5)])
    second = Samples(at(10.0), 10.0, {"co2": np.arange(100.0, 200.0)})
    calibrate(second, [entry(0.0, 20.0, gain_end=1.5)])
    np.testing.assert_allclose(second.data["co2"], whole.data["co2"][100:])


def test_entries_apply_one_after_the_other():
    found = samples()
    calibrate(found, [entry(0.0, 10.0, offset=1.0), entry(0.0, 10.0, gain=2.0)])
    np.testing.assert_allclose(found.data["co2"], 2.0 * (np.arange(100.0) + 1.0))


def test_gaps_stay_and_unknown_variables_are_passed_over():
    found = Samples(START, 10.0, {"u": np.array([1.0, np.nan])})
    calibrate(found, [entry(0.0, 1.0, gain=2.0)])
    np.testing.assert_array_equal(found.data["u"], [1.0, np.nan])


def test_in_the_columns_unit_through_a_file(tmp_path: Path):
    """Half a degree is half a kelvin, 2 % of degrees Celsius is not 2 % of kelvins; UTC, as the site says."""
    rows = [f"2024-07-01 12:00:00.{k},1,1,1,20.0,400,10" for k in range(10)]
    (tmp_path / "a.csv").write_text("t,u,v,w,ts,co2,h2o\n" + "\n".join(rows) + "\n")
    columns = {k: {"column": k, "unit": "m s-1"} for k in ("u", "v", "w")}
    columns["t_sonic"] = {"column": "ts", "unit": "degC"}
    columns["co2"] = {"column": "co2", "unit": "umol mol-1", "quantity": "mixing_ratio", "instrument": "g"}
    columns["h2o"] = {"column": "h2o", "unit": "mmol mol-1", "quantity": "mixing_ratio", "instrument": "g"}
    site = mast.make_site(
        path="ratio",
        columns=columns | {"t_air": columns["t_sonic"], "p_air": {"column": "u", "unit": "kPa"}},
        raw={
            "files": "*", "format": "delimited", "rate": 10.0, "file_time": "records", "time_column": "t",
            "utc_offset_h": 2.0, "names_row": 1,
        },
        calibration=[
            {
                "variable": "t_sonic", "start": "2024-07-01T10:00Z", "end": "2024-07-02", "gain": 1.02,
                "offset": 0.5,
            },
            {
                "variable": "co2", "start": "2024-07-01T12:00+02:00", "end": "2024-07-01T10:00:00.5",
                "gain": 1.1,
            },
        ],
    )  # fmt: skip
    assert layout_of(site).calibrations[1].start == np.datetime64("2024-07-01T10:00")
    raw = open_raw(tmp_path / "a.csv", site)
    np.testing.assert_allclose(raw["t_sonic"], 1.02 * 20.0 + 0.5 + 273.15)
    np.testing.assert_allclose(raw["co2"], [440e-6] * 5 + [400e-6] * 5)
    np.testing.assert_allclose(raw["h2o"], 10e-3)


def test_a_speed_of_sound_keeps_its_unit(tmp_path: Path):
    (tmp_path / "a.csv").write_text("t,x\n2024-07-01 12:00:00.0,345\n2024-07-01 12:00:00.1,345\n")
    site = mast.make_site(
        gases=(),
        columns={"t_sonic": mast.column("m s-1"), "t_air": mast.column("K"), "p_air": mast.column("kPa")},
        raw={
            "files": "*", "format": "delimited", "rate": 10.0, "file_time": "records", "time_column": "t",
            "names_row": 1,
        },
    )  # fmt: skip
    raw = open_raw(tmp_path / "a.csv", site)
    assert raw["t_sonic"].attrs["units"] == "m s-1"
    np.testing.assert_allclose(raw["t_sonic"], 345.0)
