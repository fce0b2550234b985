"""One series, its time written in every way that loggers have: read, peeked at, inspected, begun from."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from fluxkit.errors import ReadError
from fluxkit.raw.inspection import inspect
from fluxkit.raw.peek import first_time
from fluxkit.raw.reading import layout_of, open_raw, read
from fluxkit.raw.signature import signature
from tests.small_station import make_site

N, RATE = 130, 10.0
START = datetime(2024, 7, 1, 10, 0, 57)
MOMENTS = [START + k * timedelta(seconds=0.1) for k in range(N)]
WEST = 1.0  # the clock of what is written without zone is ahead of UTC by that
VALUES = np.round(np.random.default_rng(1).normal(0.0, 2.0, (N, 4)), 3)


def seconds(moment):
    return (moment - datetime(1970, 1, 1)).total_seconds()


def tenth(moment):
    return f"{moment.microsecond // 100_000}"


def day_of_year(moment):
    return (moment - datetime(moment.year, 1, 1)).total_seconds() / 86400 + 1


#: Name -> fields of a moment, what they are, whether they are UTC by themselves, delimiter.
WRITTEN = {
    "epoch": (lambda m: [f"{seconds(m):.3f}"], ["epoch_s"], True, ","),
    "epoch ms": (lambda m: [f"{1000 * seconds(m):.0f}"], ["epoch_ms"], True, ","),
    "epoch us": (lambda m: [f"{1e6 * seconds(m):.0f}"], ["epoch_us"], True, ","),
    "matlab": (lambda m: [f"{seconds(m) / 86400 + 719529:.9f}"], ["matlab"], False, ","),
    "date and time": (lambda m: [f"{m:%Y-%m-%d}", f"{m:%H:%M:%S.%f}"], ["date", "time"], False, ","),
    "compact date": (lambda m: [f"{m:%Y%m%d}", f"{m:%H:%M:%S}.{tenth(m)}"], ["date", "time"], False, "\t"),
    "ms behind a colon": (
        lambda m: [f"{m:%Y-%m-%d}", f"{m:%H:%M:%S}:{m.microsecond // 1000:03d}"],
        ["date", "time"], False, "\t",
    ),
    "ms without zeros": (
        lambda m: [f"{m:%Y-%m-%d}", f"{m:%H:%M:%S}:{m.microsecond // 1000}"], ["date", "time"], False, ",",
    ),
    "array": (
        lambda m: [f"{m:%Y}", f"{int(day_of_year(m))}", f"{int(f'{m:%H%M}')}", f"{m.second}.{tenth(m)}"],
        ["year", "day_of_year", "hhmm", "second"], False, ",",
    ),
    "calendar": (
        lambda m: [f"{x}" for x in (m.year, m.month, m.day, m.hour, m.minute)] + [f"{m.second}.{tenth(m)}"],
        ["year", "month", "day", "hour", "minute", "second"], False, ",",
    ),
    "zulu": (lambda m: [f"{m:%Y-%m-%dT%H:%M:%S}.{tenth(m)}Z"], ["stamp"], True, ","),
    "UTC in words": (lambda m: [f"{m:%Y-%m-%d %H:%M:%S}.{tenth(m)} UTC"], ["stamp"], True, ","),
    "zone": (
        lambda m: [f"{m + timedelta(hours=2):%Y-%m-%dT%H:%M:%S}.{tenth(m)}+02:00"], ["stamp"], True, ",",
    ),
    "zone to the west": (
        lambda m: [f"{m - timedelta(hours=3.5):%Y-%m-%d %H:%M:%S}.{tenth(m)}-0330"], ["stamp"], True, ",",
    ),
    "compact zulu": (lambda m: [f"{m:%Y%m%dT%H%M%S}.{tenth(m)}Z"], ["stamp"], True, ","),
    "decimal comma in quotes": (lambda m: [f'"{m:%Y-%m-%d %H:%M:%S},{tenth(m)}"'], ["stamp"], False, ","),
    "german": (lambda m: [f"{m:%d.%m.%Y %H:%M:%S},{tenth(m)}"], ["stamp"], False, ";"),
    "afternoon": (lambda m: [f"{m:%Y-%m-%d %I:%M:%S}.{tenth(m)} {m:%p}"], ["stamp"], False, ","),
}  # fmt: skip


def text_of(written, delimiter, moments=MOMENTS, names=True, comma=False):
    count = len(written(moments[0]))
    numbers = [f"{x:.3f}".replace(".", ",") if comma else f"{x:.3f}" for x in VALUES.ravel()]
    rows = [delimiter.join([*(f"t{k}" for k in range(count)), "u", "v", "w", "t_sonic"])] if names else []
    for k, moment in enumerate(moments):
        rows.append(delimiter.join([*written(moment), *numbers[4 * k : 4 * k + 4]]))
    return "\n".join(rows) + "\n"


def site_for(parts, delimiter, **raw):
    columns = [f"t{k}" for k in range(len(parts))]
    given = {"time_column": columns if len(columns) > 1 else columns[0], "file_time": "records"}
    return make_site(rate=RATE, **({"utc_offset_h": WEST, "delimiter": delimiter} | given | raw))


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("told", ["columns", "parts", "nothing"])
def test_the_same_series_in_every_clock(tmp_path, name, told):
    written, parts, utc, delimiter = WRITTEN[name]
    path = tmp_path / "x.csv"
    path.write_text(text_of(written, delimiter, comma=name == "german"))
    raw = {"columns": {}, "parts": {"time_parts": parts}, "nothing": {"time_column": None}}[told]
    site = site_for(parts, delimiter, **raw)
    samples = read(path, layout_of(site))
    first = np.datetime64(START, "ns") - np.timedelta64(0 if utc else 3_600_000_000_000, "ns")
    assert samples.start == first
    assert samples.records == samples.size == N
    np.testing.assert_allclose(samples.data["u"], VALUES[:, 0], atol=1e-9)
    assert abs(first_time(path, layout_of(site)) - first) < np.timedelta64(2, "ms")
    assert signature(path, layout_of(site)).rate == RATE


@pytest.mark.parametrize("name", WRITTEN)
def test_inspection_finds_the_clock(tmp_path, name):
    written, parts, utc, delimiter = WRITTEN[name]
    path = tmp_path / "x.csv"
    path.write_text(text_of(written, delimiter, comma=name == "german"))
    found = inspect(path)
    assert found.time_parts == tuple(parts)
    assert found.time_columns == tuple(range(1, len(parts) + 1))
    assert (found.rate, found.utc, found.lost) == (RATE, utc, 0)
    assert abs(found.first - np.datetime64(START, "ns")) < np.timedelta64(2, "ms")


@pytest.mark.parametrize(
    ("part", "zero"), [("excel_1900", datetime(1899, 12, 30)), ("excel_1904", datetime(1904, 1, 1))]
)
def test_serial_days_of_spreadsheets_are_told(tmp_path, part, zero):
    """45474.41733 is 2024-07-01 10:00:57 in a sheet that counts from 1900, 2028-07-02 in one from 1904."""
    path = tmp_path / "x.csv"
    path.write_text(text_of(lambda m: [f"{(m - zero).total_seconds() / 86400:.10f}"], ","))
    assert inspect(path).time_columns == ()  # which of the two it is cannot be seen
    samples = read(path, layout_of(site_for([part], ",", time_parts=part)))
    assert samples.start == np.datetime64(START - timedelta(hours=1), "ns")
    with pytest.raises(ReadError, match=r"no stamp can be read.*raw\.time_parts"):
        read(path, layout_of(site_for([part], ",")))


def test_a_day_of_the_year_with_a_fraction_takes_the_year_from_the_name(tmp_path):
    path = tmp_path / "s_2024.csv"
    path.write_text(text_of(lambda m: [f"{day_of_year(m):.9f}"], ","))
    given = {"time_parts": "day_of_year", "year": 2024}
    samples = read(path, layout_of(site_for(["day_of_year"], ",", **given)))
    assert samples.start == np.datetime64(START - timedelta(hours=1), "ns")
    with pytest.raises(ReadError, match=r"the records tell no year: give raw\.year"):
        read(path, layout_of(site_for(["day_of_year"], ",", time_parts="day_of_year")))


@pytest.mark.parametrize("pattern", ["s_%Y%m%d.csv", "s_%Y%m%d_*.csv", "s_%Y%m%d_%H%M%S.csv"])
def test_a_time_of_day_takes_the_date_from_the_name_and_goes_over_midnight(tmp_path, pattern):
    """From 23:59:57; the name's clock is 40 s behind in the last case, on the day before."""
    late = [datetime(2024, 6, 30, 23, 59, 57) + k * timedelta(seconds=0.1) for k in range(N)]
    name = {"s_%Y%m%d.csv": "s_20240701.csv", "s_%Y%m%d_*.csv": "s_20240701_x.csv"}.get(
        pattern, "s_20240701_000020.csv"
    )
    path = tmp_path / name
    path.write_text(text_of(lambda m: [f"{m:%H:%M:%S}.{tenth(m)}"], ",", late))
    site = site_for(["time"], ",", name_pattern=pattern)
    samples = read(path, layout_of(site))
    assert samples.start == np.datetime64("2024-06-30T22:59:57", "ns")
    assert samples.size == N
    assert (
        read(path, layout_of(site_for(["time"], ",", name_pattern=pattern, time_column=None))).start
        == samples.start
    )
    with pytest.raises(ReadError, match=r"the records tell no day \(time\): give raw\.name_pattern"):
        read(path, layout_of(site_for(["time"], ",")))


def test_seconds_of_the_file_count_from_the_time_in_its_name(tmp_path):
    path = tmp_path / "s_20240701_100057.csv"
    path.write_text(text_of(lambda m: [f"{(m - START).total_seconds():.1f}"], ","))
    given = {"time_parts": "seconds_of_file", "name_pattern": "s_%Y%m%d_%H%M%S.csv"}
    samples = read(path, layout_of(site_for(["seconds_of_file"], ",", **given)))
    assert samples.start == np.datetime64(START - timedelta(hours=1), "ns")
    assert samples.size == N


def test_a_line_of_another_table_costs_no_sample(tmp_path):
    """Campbell's arrays stand in one file; those of another number of fields are no records of this one."""
    written, parts, *_ = WRITTEN["array"]
    lines = text_of(written, ",").splitlines()
    lines.insert(40, "2,2024,183,1000,20.1,95.9,45.2,650,120,330,450")
    path = tmp_path / "x.csv"
    path.write_text("\n".join(lines) + "\n")
    samples = read(path, layout_of(site_for(parts, ",")))
    assert np.isfinite(samples.data["u"]).all()
    assert samples.size == N


def test_another_zone_than_the_configured_one_is_said(tmp_path):
    written, parts, *_ = WRITTEN["zone"]
    path = tmp_path / "x.csv"
    path.write_text(text_of(written, ","))
    site = site_for(parts, ",")
    problems = open_raw(path, site).attrs["problems"]
    assert any("the stamps name their zone, UTC+2 h: it is used, not utc_offset_h = 1" in p for p in problems)
    same = site_for(parts, ",", utc_offset_h=2.0)
    assert open_raw(path, same).attrs["problems"] == []
    assert read(path, layout_of(same)).start == read(path, layout_of(site)).start


def test_columns_that_could_be_anything_are_asked_for(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(text_of(lambda m: ["7", f"{m.second}"], ","))
    with pytest.raises(ReadError, match=r"is not certain \('7', '57'\): set raw\.time_parts"):
        read(path, layout_of(site_for(["a", "b"], ",")))


def test_a_date_alone_is_no_time(tmp_path):
    written, *_ = WRITTEN["date and time"]
    path = tmp_path / "x.csv"
    path.write_text(text_of(written, ","))
    with pytest.raises(ReadError, match=r"'t0' holds dates and no time of day: give both columns"):
        read(path, layout_of(site_for(["date"], ",")))


def test_a_stamp_without_its_zone_is_no_time(tmp_path):
    """In a file whose stamps name their zone one that does not is cut: its record is left out."""
    written, parts, *_ = WRITTEN["zone"]
    text = text_of(written, ",").replace("+02:00", "", 1)
    path = tmp_path / "x.csv"
    path.write_text(text)
    samples = read(path, layout_of(site_for(parts, ",")))
    assert samples.start == np.datetime64(START, "ns") + np.timedelta64(100, "ms")
    assert any("1 of 130 time stamps cannot be read" in problem.reason for problem in samples.problems)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16-le", "utf-16-be"])
def test_byte_order_marks(tmp_path, encoding):
    text = text_of(WRITTEN["date and time"][0], ",")
    path = tmp_path / "x.csv"
    mark = "" if encoding == "utf-8-sig" else "\ufeff"
    path.write_bytes((mark + text).encode(encoding))
    assert inspect(path).records == N
    samples = read(path, layout_of(site_for(["date", "time"], ",")))
    assert samples.size == N
    np.testing.assert_allclose(samples.data["v"], VALUES[:, 1], atol=1e-9)
