"""Clocks of tables of slow measurements: as of raw files, hours and minutes as a number, binary tables."""

import logging

import numpy as np
import pytest

from fluxkit.errors import NoInputError, ReadError
from fluxkit.raw.tables.biomet import open_biomet
from fluxkit.synthetic.writers import Field
from tests.logger_files import binary_writers
from tests.small_station import STAMPS, make_site

SECTION = {"files": "m/*", "time_is": "end", "columns": {"t_air": {"column": "TA", "unit": "degC"}}}


def opened(folder, **changes):
    site = make_site(**STAMPS, utc_offset_h=1.0)
    biomet = type(site).model_validate(site.model_dump() | {"biomet": SECTION | changes})
    return open_biomet(biomet, folder)


@pytest.fixture
def table(tmp_path):
    (tmp_path / "m").mkdir()

    def _table(rows, names="DATE,TIME,TA", name="a.csv"):
        (tmp_path / "m" / name).write_text("\n".join([names, *rows]) + "\n")
        return tmp_path

    return _table


def half_hours(zeros):
    """Ends of the half hours of a day, hours and minutes as a number, the last of them 2400."""
    for k in range(1, 49):
        hhmm = k // 2 * 100 + k % 2 * 30
        yield f"2024-07-01,{hhmm:0{4 if zeros else 1}d},{k}"


@pytest.mark.parametrize("form", ["%Y-%m-%d %H%M", None])
@pytest.mark.parametrize("zeros", [True, False])
def test_hours_and_minutes_without_leading_zeros(table, form, zeros, caplog):
    given = {"time_columns": ["DATE", "TIME"], "time_format": form}
    found = opened(table(half_hours(zeros)), **given)
    first = np.datetime64("2024-06-30T23:15", "ns")
    np.testing.assert_array_equal(found["time"].values, first + np.arange(48) * np.timedelta64(30, "m"))
    np.testing.assert_allclose(found["t_air"].values, 273.15 + np.arange(1, 49))
    assert not caplog.records


@pytest.mark.parametrize(("days", "month"), [((11, 13), 7), ((11, 12), 11)])
def test_the_order_that_any_table_shows(table, days, month, caplog):
    for day in days:
        folder = table([f"{day:02d}/07/2024 10:00,20", f"{day:02d}/07/2024 10:30,21"], "t,TA", f"{day}.csv")
    found = opened(folder)
    assert str(found["time"].values[0])[:10] == f"2024-{month:02d}-{11 if month == 7 else 7:02d}"
    told = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(told) == (month == 11)
    assert all("set biomet.day_first = true or false" in sentence for sentence in told)
    assert str(opened(folder, day_first=True)["time"].values[0])[:10] == "2024-07-11"


def test_tables_that_contradict_each_other_are_refused(table):
    table(["13/07/2024 10:00,20"], "t,TA", "a.csv")
    folder = table(["07/13/2024 10:00,20"], "t,TA", "b.csv")
    with pytest.raises(ReadError, match=r"the day first, in .*b\.csv the month"):
        opened(folder)


@pytest.mark.parametrize(
    "stamp", ["2024-07-01T09:30:00Z", "2024-07-01T11:30:00+02:00", "2024-07-01 09:30 UTC"]
)
def test_a_zone_that_stamps_name_is_used_and_said_once(table, stamp, caplog):
    folder = table([f"{stamp},20", f"{stamp.replace(':30', ':31', 1)},21"], "t,TA")
    found = opened(folder, interval_s=1800)
    assert found["time"].values[0] == np.datetime64("2024-07-01T09:15", "ns")
    assert sum("stamps name their zone" in r.getMessage() for r in caplog.records) == 1


@pytest.mark.parametrize("write", [binary_writers.write_tob1, binary_writers.write_tob3])
def test_binary_tables_of_loggers(tmp_path, write):
    (tmp_path / "m").mkdir()
    begin = np.datetime64("2024-07-01T10:00", "ns")
    values = np.array([20.0, 20.5, np.nan, 21.5])
    write(tmp_path / "m" / "a.dat", [Field("TA", "C", 2)], [values], begin, 1 / 1800)
    found = opened(tmp_path)
    expected = begin - np.timedelta64(75, "m") + np.arange(4) * np.timedelta64(30, "m")
    np.testing.assert_array_equal(found["time"].values, expected)
    np.testing.assert_allclose(found["t_air"].values, values + 273.15, atol=1e-4)


def test_what_is_no_time_is_told_with_its_line(table, caplog):
    with pytest.raises(NoInputError):
        opened(table(["2024-07-01,10h,1", "2024-07-01,11h,2"]), time_columns=["DATE", "TIME"])
    assert "'2024-07-01 10h' is not a time of the form ISO 8601: set biomet.time_format" in caplog.text
