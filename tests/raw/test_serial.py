"""Telegrams of sonics: written as each maker's manual has them, damaged as serial lines damage them."""

from dataclasses import replace

import numpy as np
import pytest

from fluxkit.errors import ReadError
from fluxkit.raw.formats import serial
from fluxkit.raw.inspection import inspect
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.opening import Contents
from fluxkit.raw.peek import first_time
from fluxkit.raw.reading import read
from fluxkit.raw.registry import identify
from fluxkit.raw.samples import ProblemLog
from fluxkit.schema.diagnostics import diagnostic_words
from tests.logger_files import serial_files as files

RATE, N = 10.0, 300
START = np.datetime64("2024-07-01T12:30", "ns")
TIMES = START + np.arange(N) * np.timedelta64(100, "ms")
RNG = np.random.default_rng(4)
WIND = {name: np.round(RNG.normal(0.0, 2.0, N), 2) for name in "uvw"}
WIND["t_sonic"] = np.round(RNG.normal(20.0, 0.5, N), 2)
COLUMNS = tuple(LayoutColumn(name, name) for name in WIND)
BY_NAME = Layout("serial", RATE, COLUMNS, "name", 0.0, name_pattern="x_%Y%m%d%H%M.log", name_time_is="start")
BY_STAMP = Layout("serial", RATE, COLUMNS, "records", 0.0)
NAME = "x_202407011230.log"
every_maker = pytest.mark.parametrize("maker", files.MAKERS)


def lines_of(maker):
    return files.MAKERS[maker](WIND)


def reasons(samples):
    return " | ".join(problem.reason for problem in samples.problems)


def same(samples, but=()):
    """Compare all samples with what was written, except those that must be missing."""
    assert samples.size == N
    for name, values in WIND.items():
        wanted = values.copy()
        wanted[list(but)] = np.nan
        np.testing.assert_allclose(samples.data[name], wanted, atol=1e-9)


@every_maker
@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
def test_what_was_written_is_read(tmp_path, maker, end):
    path = files.write(tmp_path / NAME, lines_of(maker), end=end)
    assert identify(path) == "serial"
    samples = read(path, BY_NAME)
    same(samples)
    assert (samples.start, samples.problems) == (START, [])
    found = inspect(path)
    assert (found.format, found.records, found.rate, found.problems) == ("serial", N, None, ())
    units = {column.name: column.unit for column in found.columns}
    assert units.items() >= {"u": "m s-1", "v": "m s-1", "w": "m s-1", "t_sonic": "degC"}.items()


@every_maker
def test_stamps_before_telegrams(tmp_path, maker):
    keep = np.delete(np.arange(N), [17, 18, 200])
    lines = files.stamped(lines_of(maker), TIMES)
    path = files.write(tmp_path / NAME, [lines[k] for k in keep])
    samples = read(path, BY_STAMP)
    assert samples.start == START
    same(samples, [16, 17, 18, 199, 200])  # those before may be made of two lines
    assert "3 records are missing in 2 gaps" in reasons(samples)
    assert first_time(path, BY_STAMP) == START
    assert (inspect(path).rate, inspect(path).first) == (RATE, START)


@pytest.mark.parametrize(
    "spelled",
    [
        lambda t: f"{t.astype('i8') // 10**9}.{t.astype('i8') % 10**9 // 10**6:03d},",
        lambda t: f"{t.astype('i8') // 10**6}\t",
        lambda t: f"{t.astype('M8[ms]')}Z ",
        lambda t: f"{(t + np.timedelta64(330, 'm')).astype('M8[ms]')}+05:30;",
        lambda t: f'"{(t - np.timedelta64(4, "h")).astype("M8[ms]")}-0400",',
    ],
)
def test_stamps_that_tell_their_zone_are_utc(tmp_path, spelled):
    lines = [spelled(t).encode() + line for t, line in zip(TIMES, lines_of("metek"), strict=True)]
    samples = read(files.write(tmp_path / NAME, lines), replace(BY_STAMP, utc_offset_h=1.0))
    assert (samples.start, samples.problems) == (START, [])
    same(samples)


@every_maker
def test_a_log_that_begins_in_the_middle_of_a_line(tmp_path, maker):
    whole = lines_of(maker)
    half = len(whole[0]) // 2
    path = files.write(tmp_path / NAME, [whole[0][half:], *whole[1:]])
    assert identify(path) == "serial"
    same(read(path, BY_NAME), [0])


@every_maker
@pytest.mark.parametrize("first", ["2024-07-01T12:30", "2024-07-01T23:59:50", "2024-07-02T00:00"])
def test_a_time_of_day_takes_its_date_from_the_name(tmp_path, maker, first):
    start = np.datetime64(first, "ns")
    times = start + (TIMES - START)
    opened = "".join(filter(str.isdigit, str((start - np.timedelta64(5, "s")).astype("M8[s]"))))
    path = tmp_path / f"x_{opened}.log"
    files.write(path, files.stamped(lines_of(maker), times, date=False))
    for offset in (0.0, 5.5, -8.0):
        layout = Layout(
            "serial", RATE, COLUMNS, "name", offset, name_pattern="x_%Y%m%d%H%M%S.log", name_time_is="start"
        )
        samples = read(path, layout)
        filled = np.flatnonzero(~np.isnan(samples.data["u"]))
        begin = samples.start + filled[0] * np.timedelta64(100, "ms")
        assert begin == start - np.timedelta64(round(offset * 60), "m")
        np.testing.assert_allclose(samples.data["u"][filled], WIND["u"], atol=1e-9)
    with pytest.raises(ReadError, match="times of day without a date"):
        read(path, BY_STAMP)
    found = inspect(path)
    assert (found.rate, found.first) == (RATE, None)
    assert any("without a date" in problem.reason for problem in found.problems)


@every_maker
def test_lines_of_another_kind_are_no_records(tmp_path, maker):
    lines = lines_of(maker)
    for k in range(250, 0, -25):
        lines.insert(k, [b"M:e1=     3 e2=     2 e3=    -1 e4=     5 ", b"S: status ok", b"> echo on"][k % 3])
    lines.insert(3, b"")
    samples = read(files.write(tmp_path / NAME, lines), BY_NAME)
    same(samples)
    assert samples.records == N
    assert "10 lines are no telegrams" in reasons(samples)


@every_maker
def test_a_cut_telegram_is_a_record_without_values(tmp_path, maker):
    """Its values are gone; what follows keeps its time, wherever the cut is."""
    whole = lines_of(maker)
    for cut in range(9, len(whole[40]) - (1 if maker == "metek" else 0)):
        lines = list(whole)
        lines[40] = whole[40][:cut]
        samples = read(files.write(tmp_path / NAME, lines), BY_NAME)
        if maker == "gill" and cut >= len(whole[40]) - 2:  # only a digit of the checksum is gone
            continue
        same(samples, [40])
        assert samples.problems


@every_maker
def test_telegrams_that_run_together(tmp_path, maker):
    lines = lines_of(maker)
    lines[40:42] = [lines[40] + lines[41]]
    samples = read(files.write(tmp_path / NAME, lines), BY_NAME)
    # Where the last number has no end of its own, what follows cannot be told from it.
    same(samples, [40, 41] if maker == "usonic" else [])
    assert "run together" in reasons(samples)
    torn = lines_of(maker)
    torn[40:42] = [torn[40][: len(torn[40]) // 2] + b" " + torn[41]]
    same(read(files.write(tmp_path / NAME, torn), BY_NAME), [40])


@pytest.mark.parametrize("maker", ["gill", "thies"])
def test_a_wrong_checksum_costs_its_record(tmp_path, maker):
    lines = lines_of(maker)
    for k in (12, 77):
        at = lines[k].index(b"0")
        lines[k] = lines[k][:at] + b"7" + lines[k][at + 1 :]
    samples = read(files.write(tmp_path / NAME, lines), BY_NAME)
    same(samples, [12, 77])
    assert "2 telegrams have a wrong checksum" in reasons(samples)


def test_checksums_of_another_kind_are_not_used(tmp_path):
    lines = [line[:-3] + b"7F\x03" for line in files.thies(WIND)]
    samples = read(files.write(tmp_path / NAME, lines), BY_NAME)
    same(samples)
    assert "do not fit: they are of another kind" in reasons(samples)


def test_status_in_hexadecimal(tmp_path):
    codes = ["0A" if k % 7 == 3 else "0B" if k % 7 == 5 else "00" for k in range(N)]
    codes[9] = "01"
    layout = Layout("serial", RATE, (LayoutColumn("diag_sonic", "diag_sonic"),), "name", 0.0,
                    name_pattern="x_%Y%m%d%H%M.log", name_time_is="start")  # fmt: skip
    samples = read(files.write(tmp_path / NAME, files.gill(WIND, codes)), layout)
    np.testing.assert_array_equal(samples.data["diag_sonic"], [int(code, 16) for code in codes])
    good = np.isin(samples.data["diag_sonic"], diagnostic_words()["gill"].good)
    assert np.flatnonzero(~good).tolist() == [9]


def test_polar_wind_and_other_units(tmp_path):
    direction, speed = np.arange(N) % 360.0, np.abs(WIND["u"]) + 1.0
    lines = files.gill_polar(direction, speed, WIND["w"], WIND["t_sonic"])
    names = {c.name for c in inspect(files.write(tmp_path / NAME, lines)).columns}
    assert names == {"direction", "speed", "w", "t_sonic", "diag_sonic"}
    knots = []
    for line in files.gill(WIND):
        body = line[1 : line.index(3)].replace(b",M,", b",N,")
        knots.append(b"\x02" + body + b"\x03" + files.checksum(body))
    samples = read(files.write(tmp_path / NAME, knots), BY_NAME)
    np.testing.assert_allclose(samples.data["u"], WIND["u"] * 1852 / 3600, rtol=1e-12)
    np.testing.assert_allclose(samples.data["t_sonic"], WIND["t_sonic"], rtol=1e-12)


def test_numbers_without_padding_are_not_taken_for_cut(tmp_path):
    lines = [
        f"U={u:g}, V={v:g}, W={w:g}, T={t:g}".encode() for u, v, w, t in zip(*WIND.values(), strict=True)
    ]
    samples = read(files.write(tmp_path / NAME, lines), BY_NAME)
    same(samples)
    assert samples.problems == []


def test_other_lines_are_not_recognised():
    for text in (
        b"1.2,3.4,5.6\n" * 50,
        b"U 1 V 2 W 3\n" * 50,
        b"+1.0;2.0;3.0;4.0\n" * 50,
        b"A,1,2\n" * 50,
        b"",
    ):
        assert not serial.sniff(text)
    with pytest.raises(ReadError, match="no telegram of a known sonic"):
        serial.describe(Contents("x", b"1,2,3\n4,5,6\n"), ProblemLog("x"))


@pytest.mark.parametrize(
    ("name", "rate"),
    [("thies.txt", None), ("gill_status0A.dat", 10.0), ("metek_nodate_e.raw", None),
     ("usonic_waggle.txt", None), ("serial_20240701_095955.txt", 5.0), ("metek_ws.dat", 10.0)],
)  # fmt: skip
def test_logs_of_users(shared, name, rate):
    found = inspect(shared / "cases" / "tower" / name)
    assert (found.format, found.records, found.rate) == ("serial", 60, rate)
    means = {column.name: column.mean for column in found.columns}
    for name, mean in {"u": 0.775, "v": -2.963, "w": -0.121, "t_sonic": 20.004}.items():
        assert means[name] == pytest.approx(mean, abs=1e-3)
