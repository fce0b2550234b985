import gzip
from dataclasses import replace

import numpy as np
import pytest

from fluxkit.errors import ReadError
from fluxkit.raw.formats.delimited import READER
from fluxkit.raw.layout import LayoutColumn
from fluxkit.raw.text.delimited import converted

NAMES = ("u", "v", "w", "t_sonic")


def table(samples):
    return np.column_stack([samples.data[name] for name in NAMES])


def test_round_trip(layout, write, rows, series):
    samples = READER.read(write(rows(series)), layout)
    np.testing.assert_array_equal(table(samples), series)
    assert samples.start == np.datetime64("2020-01-01T11:00")
    assert samples.start.dtype == "M8[ns]"
    assert samples.records == samples.size == 40
    assert samples.problems == []
    assert all(x.flags.c_contiguous and x.dtype == np.float64 for x in samples.data.values())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("delimiter", "declared"),
    [(",", ","), (";", ";"), ("\t", "\t"), ("\t", "\\t"), ("  ", "whitespace"), ("|", "|")],
)
def test_delimiters_and_line_ends(layout, write, rows, series, delimiter, declared, end):
    path = write(rows(series, delimiter), end=end)
    np.testing.assert_array_equal(table(READER.read(path, replace(layout, delimiter=declared))), series)


def test_positions_without_header(layout, write, rows, series):
    columns = tuple(LayoutColumn(name, k) for k, name in enumerate(NAMES, start=1))
    bare = replace(layout, columns=columns, header_rows=0, names_row=None)
    np.testing.assert_array_equal(table(READER.read(write(rows(series)[1:]), bare)), series)


def test_positions_below_a_header_of_other_width(layout, write, rows, series):
    columns = tuple(LayoutColumn(name, k) for k, name in enumerate(NAMES, start=1))
    path = write(["made by a logger", "on a mast, far away", *rows(series)[1:]])
    samples = READER.read(path, replace(layout, columns=columns, header_rows=2, names_row=None))
    np.testing.assert_array_equal(table(samples), series)


def test_one_column_for_two_variables(layout, write, rows, series):
    columns = (LayoutColumn("u", "u"), LayoutColumn("v", "u", gain=2.0))
    samples = READER.read(write(rows(series)), replace(layout, columns=columns))
    np.testing.assert_array_equal(samples.data["v"], 2 * samples.data["u"])


def test_byte_order_mark_packing_and_latin_header(layout, tmp_path, rows, series):
    lines = rows(series)
    lines[0] += ",\xb5mol"
    path = tmp_path / "x_202001011200.csv.gz"
    body = "\n".join(line + (",1" if k else "") for k, line in enumerate(lines)).encode("latin-1")
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + body + b"\n"))
    np.testing.assert_array_equal(table(READER.read(path, layout)), series)


def test_missing_codes(layout, write, rows):
    series = np.ones((4, 4))
    lines = rows(series)
    lines[1] = "-9999,-9999.0,NAN,none"
    lines[2] = ',INF,"NAN",1'
    samples = READER.read(write(lines), replace(layout, missing=("-9999", "none")))
    assert np.isnan(table(samples)).tolist() == [
        [True] * 4,
        [True, True, True, False],
        [False] * 4,
        [False] * 4,
    ]
    assert samples.problems == []


def test_conversion_order_and_precision():
    x = np.array([1.1, np.nan, 300.123456])
    column = LayoutColumn("h2o", 1, gain=200.0, offset=3.0, scale=1e-3, shift=273.15)
    np.testing.assert_allclose(converted(x, column, "float64"), (200 * x + 3) * 1e-3 + 273.15, rtol=1e-15)
    single = (np.float32(200) * x.astype("f4") + np.float32(3)) * np.float32(1e-3) + np.float32(273.15)
    np.testing.assert_array_equal(converted(x, column, "float32"), single.astype("f8"))
    np.testing.assert_array_equal(converted(x, LayoutColumn("u", 1), "float32"), x.astype("f4").astype("f8"))
    assert x[0] == 1.1


def test_bad_token_costs_one_value(layout, write, rows, series):
    lines = rows(series)
    lines[5] = "1.0,?!,2.0,3.0"
    samples = READER.read(write(lines), layout)
    assert np.isnan(table(samples)).sum() == 1
    assert np.isnan(samples.data["v"][4])
    (problem,) = samples.problems
    assert (problem.lost, problem.line) == ("value", 6)
    assert "column 'v' holds '?!'" in problem.reason


def test_ragged_line_costs_one_record_and_no_time(layout, write, rows, series):
    lines = rows(series)
    lines[10] = "1.0,2.0"
    lines[20] += ",5,6"
    samples = READER.read(write(lines), layout)
    expected = series.copy()
    expected[[9, 19]] = np.nan
    np.testing.assert_array_equal(table(samples), expected)
    assert [(p.lost, p.line) for p in samples.problems] == [("line", 11), ("line", 21)]


def test_zero_bytes_of_a_power_failure(layout, write, rows, series):
    lines = rows(series)
    lines[10] = "\x00" * 300
    samples = READER.read(write(lines), layout)
    assert np.isnan(table(samples)[9]).all()
    assert samples.problems[0].line == 11


def test_cut_last_line_is_dropped(layout, write, rows, series):
    text = "\n".join(rows(series))
    text = text[: text.rfind("\n") + 8]
    samples = READER.read(write(text), layout)
    np.testing.assert_array_equal(table(samples), series[:-1])
    assert [(p.lost, p.line) for p in samples.problems] == [("line", 41)]


def test_last_value_that_looks_cut(layout, write, rows, series):
    text = "\n".join(rows(series))
    whole = READER.read(write(text), layout)
    np.testing.assert_array_equal(table(whole), series)
    assert whole.problems == []
    cut = READER.read(write(text[:-4]), layout)
    assert np.isnan(cut.data["t_sonic"][-1])
    np.testing.assert_array_equal(cut.data["w"], series[:, 2])
    assert [(p.lost, p.line) for p in cut.problems] == [("value", 41)]


def test_truncated_archive_keeps_whole_lines(layout, tmp_path, rows):
    series = np.round(np.random.default_rng(1).normal(size=(5000, 4)), 3)
    packed = gzip.compress("\n".join(rows(series)).encode())
    path = tmp_path / "x_202001011200.csv.gz"
    path.write_bytes(packed[: len(packed) // 2])
    samples = READER.read(path, layout)
    assert 1000 < samples.size < 4000
    np.testing.assert_array_equal(table(samples), series[: samples.size])
    assert samples.problems[0].lost == "rest of file"
    assert samples.problems[0].line == samples.size + 2


def test_problems_do_not_grow_with_the_damage(layout, write, rows, series):
    lines = rows(np.tile(series, (10, 1)))
    lines[100:300] = ["1,x,1,1"] * 200
    lines[300:350] = ["1,1"] * 50
    samples = READER.read(write(lines), layout)
    assert len(samples.problems) == 21
    assert samples.problems[-1].reason.startswith("and 230 more")
    assert np.isnan(samples.data["v"]).sum() == 250


def test_missing_column_names_the_nearest(layout, write, rows, series):
    lines = rows(series)
    lines[0] = "u,v,w,T_Sonic"
    with pytest.raises(
        ReadError, match=r"'t_sonic' \(for t_sonic\) is missing; .*: u, v, w, T_Sonic; nearest: 'T_Sonic'"
    ):
        READER.read(write(lines), layout)


@pytest.mark.parametrize(
    ("lines", "changes", "message"),
    [
        ([], {}, "the file is empty"),
        (["u,v,w,t_sonic"], {}, "header, no records: nothing follows its 1 header lines"),
        (["u,v,w,t_sonic"], {"header_rows": 3}, "ends within its 3 header lines"),
        (["u,v,w,t_sonic", "1,2,3"], {}, "names 4 columns, but records have 3 fields"),
        (["u,v,w,w,t_sonic", "1,2,3,4,5"], {}, r"'w' \(for w\) occurs 2 times; give a position: 3 and 4"),
        (["1,2,3,4", "1,2,3,4"], {}, "does the file have no header"),
        (["u,v,w,t_sonic", "m/s,m/s,m/s,K", "1,2,3,4"], {}, "the first record has no number in any column"),
        (["u,v,w,t_sonic", *["1,2,x,4"] * 9], {}, "column 'w' has no numbers, but 9 texts such as 'x'"),
        (["u,v,w,t_sonic", "1,2,3,4"], {"delimiter": ";"}, "is missing"),
        (["u,v,w,t_sonic", "1,2,3,4"], {"delimiter": ".,"}, "cannot separate numbers"),
        (["u,v,w,t_sonic", "1,2,3,4"], {"names_row": None, "header_rows": 0}, "no header line holds names"),
        (["u,v,w,t_sonic", "1,2,3,4"], {"names_row": 2}, "there is no such header line"),
        (["u,v,w,t_sonic", "1,2,3,4"], {"time_column": "time"}, r"'time' \(for time\) is missing"),
        (["u,v,w,t_sonic", "1,2,3,4"], {"file_time": "records"}, r"set raw\.time_column"),
    ],
)
def test_unusable_files(layout, write, lines, changes, message):
    path = write(lines) if lines else write("")
    with pytest.raises(ReadError, match=message) as caught:
        READER.read(path, replace(layout, **changes))
    assert str(path) in str(caught.value)


def test_position_beyond_the_record(layout, write, rows, series):
    with pytest.raises(ReadError, match=r"column 9 \(for u\): records have 4 fields"):
        READER.read(write(rows(series)), replace(layout, columns=(LayoutColumn("u", 9),)))


def test_stamps_in_an_unnamed_column(layout, write, rows, series):
    lines = rows(series)
    clock = np.datetime64("2020-01-01T12:00", "ms") + np.arange(40) * np.timedelta64(100, "ms")
    stamped = ["," + lines[0]] + [
        f"{str(t).replace('T', ' ')},{line}" for t, line in zip(clock, lines[1:], strict=True)
    ]
    del stamped[11:14]
    samples = READER.read(write(stamped), replace(layout, file_time="records", time_column=1))
    expected = series.copy()
    expected[9:13] = np.nan  # the one before may be made of two lines
    np.testing.assert_array_equal(table(samples), expected)
    assert samples.start == np.datetime64("2020-01-01T11:00")
    assert samples.records == 37
