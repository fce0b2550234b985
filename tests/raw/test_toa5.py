from dataclasses import replace

import numpy as np
import pytest

from fluxkit.errors import ReadError
from fluxkit.raw.layout import LayoutColumn
from fluxkit.raw.reading import read

HEADER = [
    '"TOA5","x","CR6","1","CR6.Std.10","CPU:x.CR6","1","fast"',
    '"TIMESTAMP","RECORD","Ux","Uy","Uz","Ts"',
    '"TS","RN","m/s","m/s","m/s","C"',
    '"","","Smp","Smp","Smp","Smp"',
]


@pytest.fixture
def toa5(layout):
    names = zip(("u", "v", "w", "t_sonic"), ("Ux", "Uy", "Uz", "Ts"), strict=True)
    columns = tuple(LayoutColumn(a, b) for a, b in names)
    return replace(
        layout, format="toa5", columns=columns, file_time="records", sample_time_is="end", rate=20.0
    )


def lines_of(series):
    out = list(HEADER)
    for k, row in enumerate(series):
        time = np.datetime64("2020-01-01T12:00", "ms") + np.timedelta64(50 * (k + 1), "ms")
        text = (
            str(time).replace("T", " ").replace(".000", "").rstrip("0")
            if k % 20 != 19
            else str(time)[:19].replace("T", " ")
        )
        out.append(f'"{text}",{1000 + k},' + ",".join(f"{x:.3f}" for x in row))
    return out


def test_round_trip(toa5, write, series):
    samples = read(write(lines_of(series), end="\r\n"), toa5)
    np.testing.assert_array_equal(samples.data["w"], series[:, 2])
    assert samples.start == np.datetime64("2020-01-01T11:00")
    assert samples.problems == []


def test_lost_and_quoted_nan(toa5, write, series):
    lines = lines_of(series)
    lines[8] = lines[8].rsplit(",", 1)[0] + ',"NAN"'
    del lines[20:30]
    samples = read(write(lines), toa5)
    assert samples.size == 40
    assert np.flatnonzero(np.isnan(samples.data["t_sonic"])).tolist() == [4, *range(15, 26)]
    assert [(p.lost, p.line) for p in samples.problems] == [("value", 20), ("line", 21)]


def test_time_from_the_name_checked_by_record_numbers(toa5, write, series):
    lines = [line.split(",", 1)[1] for line in lines_of(series)]
    lines[0] = HEADER[0]
    del lines[10:12]
    samples = read(write(lines), replace(toa5, file_time="name"))
    assert samples.size == 40
    assert np.flatnonzero(np.isnan(samples.data["u"])).tolist() == [
        5,
        6,
        7,
    ]  # that before may be of two lines


@pytest.mark.parametrize(
    ("first", "message"),
    [
        ("TOB1", "is TOB1, Campbell's binary table: set raw.format = 'tob1'"),
        ("u,v,w", 'is no TOA5: begins with \'"u,v,w"'),
    ],
)
def test_header_of_another_format(toa5, write, first, message):
    with pytest.raises(ReadError, match=message):
        read(write([f'"{first}","x"', "1,2"]), toa5)


def test_measured_file(toa5, shared):
    path = shared / "data/ec_raw/real/TOA5_6843.ts_Above_2012_06_07_1245.dat"
    samples = read(path, replace(toa5, utc_offset_h=-8.0))
    assert samples.start == np.datetime64("2012-06-07T20:45")
    assert (samples.size, samples.records, samples.problems) == (18_000, 18_000, [])
    assert samples.data["u"][0] == 2.00875
    assert all(np.isfinite(x).all() for x in samples.data.values())
