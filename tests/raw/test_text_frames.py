"""Text files whose header or width changes within: each record is read as the header above it says."""

from dataclasses import replace

import numpy as np
import pytest

from fluxkit.errors import ReadError
from fluxkit.raw.inspection import inspect
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.reading import read
from fluxkit.synthetic.writers import Field, time_stamps, write_toa5
from tests.logger_files import binary_files

START = np.datetime64("2024-07-01T12:00", "ns")
NAMES = ("Ux", "Uy", "Uz", "Ts", "CO2")
UNITS = {"Ux": "m/s", "Uy": "m/s", "Uz": "m/s", "Ts": "C", "CO2": "mg/m^3"}
N = 300
LAYOUT = Layout("toa5", 10.0, tuple(LayoutColumn(n, n) for n in NAMES), "records", 0.0)
CSV = replace(LAYOUT, format="delimited", time_column="time", names_row=1)


def columns() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(8)
    return {name: np.round(rng.normal(10.0 * k, 1.0, N), 3) for k, name in enumerate(NAMES)}


def toa5(path, order, part: slice, units=UNITS, **changes) -> bytes:
    x = columns() | changes
    fields = [Field(name, units.get(name, ""), 5) for name in order]
    stamps = time_stamps(START, N, 10.0)[part]
    write_toa5(path, fields, [x[name][part] for name in order], stamps, first_record=part.start or 0)
    return path.read_bytes()


def csv(order, part: slice, mark=",") -> bytes:
    x = columns()
    lines = [mark.join(("time", *order))]
    for k in range(N)[part]:
        stamp = str((START + k * np.timedelta64(100, "ms")).astype("M8[ms]")).replace("T", " ")
        lines.append(mark.join((stamp, *(f"{x[name][k]:.3f}" for name in order))))
    return ("\n".join(lines) + "\n").encode()


def check(samples, lost=0, keep=None):
    assert (samples.start, samples.size) == (START, N)
    for name, x in columns().items():
        y = samples.data[name]
        here = ~np.isnan(y)
        np.testing.assert_allclose(y[here], x[here], rtol=0, atol=1e-9)
        assert N - here.sum() <= lost
    assert sum("further headers" in p.reason for p in samples.problems) == 1


@pytest.mark.parametrize("cut", [0, 9])
@pytest.mark.parametrize("at", [30, 150, 290])
@pytest.mark.parametrize(
    "order", [("Uz", "Ux", "Uy", "Ts", "CO2"), ("CO2", "x", "Ts", "Uy", "Ux", "Uz"), NAMES]
)
def test_toa5_with_a_second_header(tmp_path, order, at, cut):
    path = tmp_path / "x.dat"
    one = toa5(path, NAMES, slice(0, at))
    two = toa5(path, order, slice(at, N), x=np.zeros(N))
    path.write_bytes(one[: len(one) - cut] + two)  # cut: the line before has no end
    check(read(path, LAYOUT), 1 if cut else 0)
    positions = replace(LAYOUT, columns=tuple(LayoutColumn(n, k) for k, n in enumerate(NAMES, 3)))
    check(read(path, positions), 1 if cut else 0)


def test_a_second_header_in_another_unit(tmp_path):
    path = tmp_path / "x.dat"
    one = toa5(path, NAMES, slice(0, 150))
    two = toa5(path, NAMES, slice(150, N), UNITS | {"Ts": "K", "Ux": "cm/s"}, Ts=columns()["Ts"] + 273.15,
               Ux=columns()["Ux"] * 100)  # fmt: skip
    path.write_bytes(one + two)
    check(read(path, LAYOUT))


def test_a_column_that_a_second_header_lacks_is_missing_below(tmp_path):
    path = tmp_path / "x.dat"
    one = toa5(path, NAMES, slice(0, 100))
    two = toa5(path, NAMES[:4], slice(100, N))
    path.write_bytes(one + two)
    samples = read(path, LAYOUT)
    check(samples, 200)
    assert not np.isnan(samples.data["Ts"]).any()
    assert np.isnan(samples.data["CO2"][100:]).all()
    assert any("lacks CO2" in p.reason for p in samples.problems)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("other", [NAMES, NAMES[::-1]])
def test_a_header_repeated_every_few_lines(tmp_path, mark, other):
    path = tmp_path / "x.csv"
    parts = [csv(other if k % 2 else NAMES, slice(k * 60, k * 60 + 60), mark) for k in range(5)]
    path.write_bytes(b"".join(parts))
    check(read(path, replace(CSV, delimiter={"\t": "\\t"}.get(mark, mark))))


def test_a_header_repeated_more_often_than_problems_are_listed(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"".join(csv(NAMES[:: 1 - 2 * (k % 2)], slice(k * 3, k * 3 + 3)) for k in range(100)))
    check(read(path, CSV))


def test_a_remark_inside_is_no_header(tmp_path):
    path = tmp_path / "x.csv"
    lines = csv(NAMES, slice(0, N)).split(b"\n")
    lines[100] = b"logger restarted by hand, all sensors fine, program 7, a, b, c"
    path.write_bytes(b"\n".join(lines))
    samples = read(path, CSV)
    assert not any("further headers" in p.reason for p in samples.problems)
    assert np.isnan(samples.data["Ux"]).sum() == 1


# ---- records with other numbers of fields ----


@pytest.mark.parametrize("first", [0, 3, 150])
@pytest.mark.parametrize("gone", [1, 2])
def test_last_columns_that_nobody_uses_may_be_missing(tmp_path, first, gone):
    path = tmp_path / "x.dat"
    whole = toa5(path, (*NAMES, "RSSI", "CH4"), slice(0, N), RSSI=np.full(N, 90.0), CH4=np.full(N, 0.1))
    lines = whole.split(b"\r\n")
    cut = [line.rsplit(b",", gone)[0] if k >= first else line for k, line in enumerate(lines[4:-1])]
    path.write_bytes(b"\r\n".join([*lines[:4], *cut, b""]))
    samples = read(path, LAYOUT)
    for name, x in columns().items():
        np.testing.assert_array_equal(samples.data[name], x)
    told = [p.reason for p in samples.problems]
    assert 0 < len(told) <= 2
    assert all("fields" in reason for reason in told)
    used = replace(LAYOUT, columns=(*LAYOUT.columns, LayoutColumn("ch4", "CH4")))
    if first == 0:
        with pytest.raises(ReadError, match="column 'CH4' \\(for ch4\\) is missing"):
            read(path, used)


@pytest.mark.parametrize("end", [b",", b",,", b",,,", b",1.5,2"])
def test_extra_columns_and_commas_at_the_end(tmp_path, end):
    path = tmp_path / "x.csv"
    head, *rest = csv(NAMES, slice(0, N)).split(b"\n")[:-1]
    path.write_bytes(b"\n".join([head, *(line + end for line in rest)]) + b"\n")
    samples = read(path, CSV)
    for name, x in columns().items():
        np.testing.assert_array_equal(samples.data[name], x)
    path.write_bytes(b"\n".join([head + b",,", *(line + end for line in rest)]) + b"\n")
    np.testing.assert_array_equal(read(path, CSV).data["Uz"], columns()["Uz"])


def test_a_row_number_without_a_name_moves_no_column(tmp_path):
    path = tmp_path / "x.csv"
    head, *rest = csv(NAMES, slice(0, N)).split(b"\n")[:-1]
    path.write_bytes(b"\n".join([head, *(b"%d,%b" % (k, line) for k, line in enumerate(rest))]) + b"\n")
    with pytest.raises(ReadError, match="names 6 columns, but records have 7 fields"):
        read(path, CSV)


def test_a_decimal_comma_between_commas_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(csv(NAMES, slice(0, N), ",").replace(b".", b","))
    with pytest.raises(ReadError):
        read(path, CSV)


def test_a_single_short_line_is_damage(tmp_path):
    path = tmp_path / "x.csv"
    lines = csv(NAMES, slice(0, N)).split(b"\n")
    lines[50] = lines[50].replace(b",", b"", 1)
    path.write_bytes(b"\n".join(lines))
    samples = read(path, CSV)
    assert np.isnan(samples.data["Ux"]).sum() == 1


def test_a_file_with_a_later_header_can_be_inspected(tmp_path):
    path = tmp_path / "x.dat"
    one = toa5(path, NAMES, slice(0, 150))
    path.write_bytes(one + toa5(path, NAMES, slice(150, N)))
    assert inspect(path).format == "toa5"


def test_a_laser_that_began_anew_with_other_gases(tmp_path):
    path = tmp_path / "x.str"
    times = START + np.arange(N) * np.timedelta64(100, "ms")
    rng = np.random.default_rng(3)
    x = {"N2O": rng.normal(330.0, 1.0, N), "CH4": rng.normal(1900.0, 5.0, N), "CO": rng.normal(100.0, 2.0, N)}
    binary_files.write_aerodyne(path, {k: x[k][:120] for k in ("N2O", "CH4", "CO")}, times[:120])
    one = path.read_bytes()
    binary_files.write_aerodyne(path, {k: x[k][120:] for k in ("CO", "N2O")}, times[120:])
    path.write_bytes(one + path.read_bytes())
    columns_of = tuple(LayoutColumn(k.lower(), k) for k in x)
    samples = read(path, Layout("aerodyne", 10.0, columns_of, "records", 0.0))
    assert (samples.start, samples.size) == (START, N)
    for gas in ("CO", "N2O"):
        np.testing.assert_allclose(samples.data[gas.lower()], x[gas], rtol=1e-6)
    np.testing.assert_allclose(samples.data["ch4"][:120], x["CH4"][:120], rtol=1e-6)
    assert np.isnan(samples.data["ch4"][120:]).all()
    assert any("lacks CH4" in p.reason for p in samples.problems)


@pytest.mark.parametrize("cut", ["12:00:.5", "12:00:2.5", "12:0:02.5"])
def test_a_cut_stamp_moves_no_other(tmp_path, cut):
    """The minute of a stamp serves those that follow: one of a cut line moved them by 1000 s."""
    path = tmp_path / "x.csv"
    lines = csv(NAMES, slice(0, N)).decode().split("\n")
    lines[26] = f"2024-07-01 {cut}" + lines[26][lines[26].index(",") :]
    path.write_text("\n".join(lines))
    samples = read(path, CSV)
    begin = round((samples.start - START) / np.timedelta64(100, "ms"))
    right = np.arange(samples.size) + begin
    for name, x in columns().items():
        keep = (right >= 30) & (right < N)
        np.testing.assert_array_equal(samples.data[name][keep], x[30:])


@pytest.mark.parametrize("gone", [40, 200, 260])
def test_a_column_between_the_others_moves_none(tmp_path, gone):
    path = tmp_path / "x.csv"
    lines = csv(NAMES, slice(0, N)).decode().split("\n")
    for k in range(gone, N + 1):
        cells = lines[k].split(",")
        lines[k] = ",".join([*cells[:3], "7.5", *cells[3:]])
    path.write_text("\n".join(lines))
    samples = read(path, CSV)
    for name, x in columns().items():
        y = samples.data[name]
        here = ~np.isnan(y)
        np.testing.assert_array_equal(y[here], x[: y.size][here])
        assert here.sum() == gone - 1
    assert any("other levels" in p.reason for p in samples.problems)


@pytest.mark.parametrize("fill", ["\0", "\xff"])
def test_a_line_with_unwritten_space_is_of_two_records(tmp_path, fill):
    path = tmp_path / "x.csv"
    whole = csv(NAMES, slice(0, N))
    begin, end = whole.find(b"\n", 4000) + 40, whole.find(b"\n", 4500) + 40
    path.write_bytes(whole[:begin] + fill.encode("latin-1") * (end - begin) + whole[end:])
    samples = read(path, CSV)
    for name, x in columns().items():
        y = samples.data[name]
        here = ~np.isnan(y)
        np.testing.assert_array_equal(y[here], x[here])
    assert any("never written" in p.reason for p in samples.problems)


def test_a_header_behind_a_cut_record(tmp_path):
    path = tmp_path / "x.csv"
    one = csv(NAMES, slice(0, 150))
    path.write_bytes(one[:-12] + csv(NAMES[::-1], slice(150, N)))
    check(read(path, CSV), lost=2)  # the one before the hole may be made of two lines, too


def test_a_line_of_two_halves_beside_a_gap_has_no_time(tmp_path):
    path = tmp_path / "x.csv"
    lines = csv(NAMES, slice(0, N)).decode().split("\n")
    lines[60:101] = ["2024-07-01 12:09:04" + lines[100][lines[100].index(",") :]]
    path.write_text("\n".join(lines))
    samples = read(path, CSV)
    assert (samples.start, samples.size) == (START, N)
    assert np.isnan(samples.data["Ux"]).sum() == 41
    assert any("beyond both their neighbours" in p.reason for p in samples.problems)
