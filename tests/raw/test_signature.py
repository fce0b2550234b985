"""What the head of a file tells: format, columns, rate; and nothing where it does not."""

import gzip

import numpy as np
import pytest

from fluxkit.raw.formats.stamped_rate import stamped_rate
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.signature import signature
from fluxkit.synthetic.writers import Field, time_stamps, write_toa5
from tests.logger_files.binary_writers import write_ghg, write_tob1, write_tob3

START = np.datetime64("2024-07-01T00:00:00", "ns")
FIELDS = [Field("Ux", "m/s", 3), Field("Ts", "C", 3)]
LAYOUT = Layout("toa5", 10.0, (LayoutColumn("u", "Ux"), LayoutColumn("t_sonic", "Ts")), "records", 0.0)


def columns(n=900):
    return [np.linspace(0.0, 3.0, n), np.linspace(20.0, 21.0, n)]


def write(path, name, rate):
    n = columns()[0].size
    if name == "toa5":
        write_toa5(path, FIELDS, columns(), time_stamps(START, n, rate), records=np.arange(n), station="x")
    elif name == "ghg":
        write_ghg(path, ["Ux (m/s)", "Ts (C)"], columns(), START, rate)
    else:
        {"tob1": write_tob1, "tob3": write_tob3}[name](path, FIELDS, columns(), START, rate)


@pytest.mark.parametrize("rate", [10.0, 20.0])
@pytest.mark.parametrize("name", ["toa5", "tob1", "tob3", "ghg"])
@pytest.mark.parametrize("expected", ["toa5", "tob3"])
def test_a_file_tells_its_layout_whatever_is_expected(tmp_path, name, rate, expected):
    path = tmp_path / "a.dat"
    write(path, name, rate)
    found = signature(path, Layout(expected, 10.0, LAYOUT.columns, "records", 0.0))
    assert (found.format, found.rate) == (name, rate)
    assert {"Ux", "Ts"} <= {name.split(" (")[0] for name in found.names}
    assert found.width == len(found.names)
    if name != "ghg":
        assert found.units[found.names.index("Ux")] == "m/s"


def test_a_packed_file_tells_the_same(tmp_path):
    path = tmp_path / "a.dat"
    write(path, "toa5", 10.0)
    packed = tmp_path / "a.dat.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert signature(packed, LAYOUT) == signature(path, LAYOUT)


def test_text_without_names_tells_its_width(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("1.0,2.0,3.0\n" * 50)
    layout = Layout("delimited", 10.0, (LayoutColumn("u", 1),), "name", 0.0, header_rows=0)
    found = signature(path, layout)
    assert (found.format, found.names, found.width, found.rate) == ("delimited", (), 3, None)


def test_campbells_text_described_by_hand_stays_what_the_configuration_calls_it(tmp_path):
    path = tmp_path / "a.dat"
    write(path, "toa5", 10.0)
    layout = Layout(
        "delimited", 10.0, (LayoutColumn("u", "Ux"),), "records", 0.0,
        header_rows=4, names_row=2, time_column="TIMESTAMP",
    )  # fmt: skip
    found = signature(path, layout)
    assert (found.format, found.rate) == ("delimited", 10.0)


@pytest.mark.parametrize("content", [b"", b"\x1f\x8brubbish", b'"TOA5","x"\n', bytes(range(256)) * 40])
def test_a_damaged_head_tells_nothing(tmp_path, content):
    path = tmp_path / "a.dat"
    path.write_bytes(content)
    assert signature(path, LAYOUT) is None


def test_a_file_that_is_not_there_tells_nothing(tmp_path):
    assert signature(tmp_path / "a.dat", LAYOUT) is None


def stamps(rate, n=400, resolution=1_000_000):
    exact = np.arange(n) * (1e9 / rate)
    return (np.floor(exact / resolution) * resolution).astype(np.int64)


@pytest.mark.parametrize("rate", [1.0, 10.0, 12.5, 16.0, 20.0, 32.0, 60.0])
def test_rates_that_loggers_are_set_to(rate):
    assert stamped_rate(stamps(rate)) == rate


def test_stamps_in_whole_seconds_are_counted():
    assert stamped_rate(stamps(10.0, resolution=1_000_000_000)) == 10.0
    assert stamped_rate(stamps(10.0, n=36, resolution=1_000_000_000)) is None


def test_an_odd_rate_is_believed_where_all_stamps_agree():
    assert stamped_rate(np.arange(100) * 143_000_000) == pytest.approx(6.993007)
    assert stamped_rate(stamps(7.0)) is None  # cut to milliseconds they do not


def test_gaps_and_unreadable_stamps_do_no_harm():
    given = stamps(20.0)
    given[100:] += 7_000_000_000
    given[50] = np.iinfo(np.int64).min
    assert stamped_rate(given) == 20.0


def test_stamps_that_jitter_tell_nothing():
    rng = np.random.default_rng(1)
    ticks = np.floor(np.cumsum(rng.exponential(0.1, 400)) / 0.0156) * 15_600_000
    assert stamped_rate(ticks.astype(np.int64)) is None


def test_a_file_of_every_other_record_is_no_change_of_rate():
    assert stamped_rate(stamps(5.0), np.arange(400) * 2.0) == 10.0
    assert stamped_rate(stamps(5.0), np.arange(400.0)) == 5.0


def test_few_stamps_tell_nothing():
    assert stamped_rate(stamps(10.0, n=20)) is None


@pytest.mark.parametrize("numbered", [True, False])
@pytest.mark.parametrize("rate", [10.0, 20.0])
def test_records_that_are_there_twice_make_no_other_rate(numbered, rate):
    k = np.repeat(np.arange(150), 2)
    stamps = START.astype(np.int64) + np.rint(k * 1e9 / rate).astype(np.int64)
    assert stamped_rate(stamps, 5.0 + k if numbered else None, rate) == rate


@pytest.mark.parametrize(("rate", "resolution"), [(20.0, 0.1), (12.5, 0.1), (20.0, 1.0), (50.0, 0.1)])
@pytest.mark.parametrize("first", [0, 1, 3])
@pytest.mark.parametrize("numbered", [True, False])
def test_stamps_of_few_decimals_tell_the_rate_from_all_pairs(rate, resolution, first, numbered):
    k = np.arange(first, first + 180)
    tick = round(resolution * 1e9)
    stamps = START.astype(np.int64) + np.rint(k * 1e9 / rate).astype(np.int64) // tick * tick
    assert stamped_rate(stamps, 1.0 * k if numbered else None, rate) == rate
