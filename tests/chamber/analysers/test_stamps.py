"""Dates and clocks of analysers' files: what is not known is asked for."""

import numpy as np
import pytest

from fluxkit.chamber.analysers.stamps import from_epoch, instants, split_stamps
from fluxkit.chamber.analysers.zones import offset_by_epoch, with_given_offset, zone_offset
from fluxkit.errors import ReadError
from fluxkit.raw.read_options import AmbiguousDateError, ReadOptions
from fluxkit.raw.samples import ProblemLog


def read(stamps, **say):
    log = ProblemLog("file")
    dates, times = split_stamps(stamps)
    return instants(dates, times, ReadOptions(**say), log, range(1, len(dates) + 1)), log.told()


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2022-09-28 12:10:44.998", "2022-09-28T12:10:44.998"),
        ("2022-09-28T12:10:44Z", "2022-09-28T12:10:44"),
        ("2022/09/28 1:02:03", "2022-09-28T01:02:03"),
        ("28.09.2022 12:10", "2022-09-28T12:10:00"),
        ("05.09.2022 12:10", "2022-09-05T12:10:00"),
        ("28/09/22 12:10:44", "2022-09-28T12:10:44"),
        ("09/28/2022 12:10:44 AM", "2022-09-28T00:10:44"),
        ("09/28/2022 02:10:44 pm", "2022-09-28T14:10:44"),
        ("20220928 121044", "2022-09-28T12:10:44"),
        ("2022-09-28", "2022-09-28T00:00:00"),
        ("05/05/2022 00:00:00.1", "2022-05-05T00:00:00.100"),
    ],
)
def test_forms(stamp, expected):
    assert read([stamp])[0][0] == np.datetime64(expected, "ns")


@pytest.mark.parametrize(
    "stamp", ["", "nonsense", "2022-02-30 10:00:00", "2022-09-28 25:61:00", "1922-09-28 10:00:00"]
)
def test_what_is_no_time_is_told(stamp):
    time, problems = read(["2022-09-28 12:00:00", stamp])
    assert np.isnat(time[1])
    assert problems[-1].line == 2
    assert "is not a time" in problems[-1].reason


def test_dates_that_may_be_read_in_two_ways_are_asked_for():
    with pytest.raises(
        AmbiguousDateError, match=r"05/09/2022 may have .* set day_first = true or day_first = false"
    ):
        read(["05/09/2022 10:00:00", "06/09/2022 10:00:00"])
    assert read(["05/09/2022 10:00:00"], day_first=True)[0][0] == np.datetime64("2022-09-05T10:00:00")
    assert read(["05/09/2022 10:00:00"], day_first=False)[0][0] == np.datetime64("2022-05-09T10:00:00")


def test_one_date_that_shows_the_order_is_enough_and_told():
    time, problems = read(["05/09/2022 10:00:00", "13/09/2022 10:00:00"])
    assert time[0] == np.datetime64("2022-09-05T10:00:00")
    assert "day first: a 13" in problems[0].reason
    assert problems[0].lost == "nothing"
    time, problems = read(["09/05/2022 10:00:00", "09/13/2022 10:00:00"])
    assert time[0] == np.datetime64("2022-09-05T10:00:00")
    assert "month first: a 13" in problems[0].reason


def test_dates_that_contradict_what_was_said():
    with pytest.raises(AmbiguousDateError, match=r"day first: a 13 .* but day_first = false was given"):
        read(["13/09/2022 10:00:00"], day_first=False)


def test_epochs_keep_microseconds_and_lose_nonsense():
    found = from_epoch(np.array([1747122674.496, np.nan, -5.0, 1e15]))
    assert found[0] == np.datetime64("2025-05-13T07:51:14.496", "ns")
    assert np.isnat(found[1:]).all()
    exact = from_epoch(np.array([1670229510.0]), np.array([836930990.0]))
    assert exact[0] == np.datetime64("2022-12-05T08:38:30.836930990", "ns")


def test_offset_is_asked_for_and_must_be_one():
    written = np.array(["2022-09-28T12:00:00"], "M8[ns]")
    with pytest.raises(ReadError, match="give utc_offset_h"):
        with_given_offset(written, ReadOptions(), "file")
    with pytest.raises(ReadError, match="is not a time zone"):
        with_given_offset(written, ReadOptions(utc_offset_h=60), "file")
    assert with_given_offset(written, ReadOptions(utc_offset_h=5.75), "file").time[0] == np.datetime64(
        "2022-09-28T06:15:00"
    )


def test_a_files_own_epoch_wins_and_a_contradiction_is_told():
    utc = np.array(["2022-09-28T12:00:00", "2022-09-28T12:00:01"], "M8[ns]")
    log = ProblemLog("file")
    found = offset_by_epoch(utc + np.timedelta64(2, "h"), utc, ReadOptions(utc_offset_h=1.0), log, "SECONDS")
    assert np.array_equal(found.time, utc)
    assert found.offset_h == 2.0
    assert "at UTC+2 h, not +1" in log.told()[0].reason
    other = offset_by_epoch(
        utc, utc, ReadOptions(utc_offset_h=1.0, trust_zone=False), ProblemLog("file"), "SECONDS"
    )
    assert np.array_equal(other.time, utc - np.timedelta64(1, "h"))


def test_zones_have_summer_time_and_unknown_ones_none():
    assert zone_offset("Europe/Copenhagen", np.datetime64("2022-10-03T11:00")) == 2.0
    assert zone_offset("Europe/Copenhagen", np.datetime64("2022-12-03T11:00")) == 1.0
    assert zone_offset("Nowhere/Land", np.datetime64("2022-12-03T11:00")) is None
    assert zone_offset("../../etc/passwd", np.datetime64("2022-12-03T11:00")) is None
