import gzip

import numpy as np
import pytest

from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.peek import first_time
from fluxkit.raw.reading import read
from fluxkit.raw.signature import file_head
from fluxkit.synthetic.writers import Field, time_stamps, write_toa5

COLUMNS = (LayoutColumn("u", "u"),)
LAYOUT = Layout(
    "delimited", 10.0, COLUMNS, "records", 1.0, time_column="t", names_row=1, sample_time_is="end"
)
TOA5 = Layout("toa5", 10.0, COLUMNS, "records", 1.0, sample_time_is="end")


def table(n, first="2024-07-01T12:00:00.1"):
    stamps = np.datetime64(first, "ms") + 100 * np.arange(n)
    return "t,u\n" + "".join(f"{str(stamp).replace('T', ' ')},{k}\n" for k, stamp in enumerate(stamps))


def first(path, layout):
    """First time as it is asked for, which is the one that comes with a file's signature."""
    told = first_time(path, layout)
    assert file_head(path, layout).start == told
    return told


@pytest.mark.parametrize("n", [1, 20, 18000])
def test_the_head_tells_what_the_whole_file_tells(tmp_path, n):
    path = tmp_path / "a.csv"
    path.write_text(table(n))
    assert first(path, LAYOUT) == read(path, LAYOUT).start == np.datetime64("2024-07-01T11:00")
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert first(packed, LAYOUT) == first(path, LAYOUT)


def test_toa5(tmp_path):
    path = tmp_path / "a.dat"
    body = table(50).replace("t,u\n", "")
    path.write_text('"TOA5","x"\n"TIMESTAMP","u"\n"TS","m/s"\n"","Smp"\n' + body)
    assert first(path, TOA5) == read(path, TOA5).start == np.datetime64("2024-07-01T11:00")
    assert first(path, LAYOUT) is None


def test_an_unreadable_first_stamp_is_counted_back_to(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(table(50).replace("2024-07-01 12:00:00.100", "?"))
    assert first(path, LAYOUT) == np.datetime64("2024-07-01T11:00")


@pytest.mark.parametrize(
    "content", [b"", b"t,u\n", b"t", bytes(range(256)) * 30, b"a,b\n1,2\n", b"t,u\n?,1\n?,2\n"]
)
def test_what_the_head_does_not_tell_is_left_to_the_reader(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert first(path, LAYOUT) is None
    assert first(path, TOA5) is None


def test_a_file_that_is_not_there_or_another_format(tmp_path):
    assert first(tmp_path / "absent.csv", LAYOUT) is None
    assert first(tmp_path / "absent.csv", Layout("icos", 10.0, COLUMNS, "records", 0.0)) is None


def test_a_later_block_that_comes_first_is_not_taken_for_the_start(tmp_path):
    path = tmp_path / "x.dat"
    start = np.datetime64("2024-07-01T12:00", "ns")
    stamps = time_stamps(start, 400, 10.0)
    write_toa5(path, [Field("Ux", "m/s", 2)], [np.arange(400.0)], [*stamps[200:], *stamps[:200]])
    layout = Layout("toa5", 10.0, (LayoutColumn("u", "Ux"),), "records", 0.0)
    assert first(path, layout) is None  # the reader has to find it
    assert read(path, layout).start == start
    write_toa5(path, [Field("Ux", "m/s", 2)], [np.arange(400.0)], stamps)
    assert first(path, layout) == start
