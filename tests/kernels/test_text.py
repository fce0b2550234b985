from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fluxkit.kernels import text


def parse(content, width, *, delimiter=",", stamp=None, missing=(), codes=(), order=-1, kind=text.STAMP):
    data = np.frombuffer(content.encode(), np.uint8)
    n = content.count("\n")
    target = np.arange(width)
    if stamp is not None:
        target[stamp] = kind
    sizes = np.array([len(c) for c in codes], np.int64)
    table = np.zeros((len(codes), max([*sizes, 1])), np.uint8)
    for row, code in zip(table, codes, strict=True):
        row[: len(code)] = np.frombuffer(code.encode(), np.uint8)
    values, stamps, lines = np.zeros((width, n)), np.zeros(n, np.int64), np.zeros(n, np.int64)
    faults, bad, zones = np.zeros((8, 5), np.int64), np.zeros(width, np.int64), np.zeros(n, np.int64)
    mark = text.WHITESPACE if delimiter is None else ord(delimiter)
    found = text.scan(
        data,
        0,
        mark,
        target,
        width,
        np.array(missing, float),
        table,
        sizes,
        values,
        stamps,
        lines,
        faults,
        bad,
        zones,
        np.array([order, 0, 0, 0, -1, 0]),
    )
    return values[:, : found[0]].T, stamps[: found[0]], lines[: found[0]], faults[: found[2]], bad, found[1]


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
@example(0.07258839999999998)
@example(5e-324)
@example(-0.0)
def test_short_spelling_is_read_back_exactly(x):
    value, *_ = parse(f"{x!r}\n", 1)
    if x == 0 or abs(x) >= 1e-4:
        assert value[0, 0] == x
        assert np.signbit(value[0, 0]) == np.signbit(x)
    else:  # exponents beyond the exact powers of ten
        np.testing.assert_allclose(value[0, 0], x, rtol=1e-15, atol=1e-320)


@given(
    st.integers(0, 10**18 - 1),
    st.integers(0, 17),
    st.sampled_from(["", "-", "+"]),
)
@example(99999999999999999, 17, "-")
@example(9007199254740993, 0, "")
def test_eighteen_digits_are_rounded_as_python_does(digits, decimals, sign):
    spelt = f"{digits:018d}"
    token = f"{sign}{spelt[: 18 - decimals]}.{spelt[18 - decimals :]}"
    value, *_ = parse(token + "\n", 1)
    assert value[0, 0] == float(token)


@given(st.integers(0, 10**25), st.integers(-30, 30))
def test_longer_numbers_are_right_to_the_last_digits(digits, exponent):
    token = f"{digits}.5E{exponent:+03d}"
    value, *_ = parse(token + "\n", 1)
    np.testing.assert_allclose(value[0, 0], float(token), rtol=1e-15)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("1e5", 1e5),
        ("1E-3", 1e-3),
        (".5", 0.5),
        ("5.", 5.0),
        ("+1.5", 1.5),
        (' "2.5" ', 2.5),
        ("  7 ", 7.0),
        ("1e400", np.nan),
    ],
)
def test_spellings_of_numbers(token, expected):
    value, _, _, _, bad, _ = parse(f"{token},1\n", 2)
    np.testing.assert_array_equal(value[0], [expected, 1.0])
    assert bad.sum() == 0


@pytest.mark.parametrize("token", ["", "NAN", '"NAN"', "nan", "-INF", "INF", '""', "-9999", "-9999.0", "bad"])
def test_missing_values_are_no_faults(token):
    value, _, _, _, bad, _ = parse(f"{token},1\n1,2\n", 2, missing=[-9999.0], codes=["bad"])
    assert np.isnan(value[0, 0])
    assert value[0, 1] == 1.0
    assert bad.sum() == 0


@pytest.mark.parametrize("token", ["1.2.3", "abc", "1e", "--1", "12:30", "1 2", "0x1F", "."])
def test_text_is_told_with_its_place(token):
    value, _, _, faults, bad, ragged = parse(f"1,2\n1,{token}\n3,4\n", 2)
    np.testing.assert_array_equal(value, [[1, 2], [1, np.nan], [3, 4]])
    assert bad.tolist() == [0, 1]
    assert ragged == 0
    record, line, field, begin, end = faults[0]
    assert (record, line, field) == (1, 2, 1)
    assert f"1,2\n1,{token}\n3,4\n"[begin:end] == token


def test_decimal_comma_where_the_comma_does_not_separate():
    value, *_ = parse("1,5;2,25\n", 2, delimiter=";")
    assert value[0].tolist() == [1.5, 2.25]


@pytest.mark.parametrize("line", ["  1.5\t-2  3 ", "1.5 -2 3", "1.5\t\t-2 \t3\r"])
def test_runs_of_blanks(line):
    value, _, _, _, _, ragged = parse(line + "\n", 3, delimiter=None)
    assert value[0].tolist() == [1.5, -2.0, 3.0]
    assert ragged == 0


@pytest.mark.parametrize("delimiter", [None, ",", "\t"])
@pytest.mark.parametrize("spelling", ["%.6e", "%.3E", "%e"])
def test_exponents_are_exact(delimiter, spelling):
    rng = np.random.default_rng(6)
    tokens = [spelling % x for x in rng.normal(size=600) * 10.0 ** rng.integers(-7, 8, 600)]
    mark = "  " if delimiter is None else delimiter
    lines = "".join(f"1.5{mark}{a}{mark}{b} \r\n" for a, b in zip(tokens[::2], tokens[1::2], strict=True))
    values, *_, bad, ragged = parse(lines, 3, delimiter=delimiter)
    assert (ragged, bad.sum()) == (0, 0)
    np.testing.assert_array_equal(values[:, 1:].ravel(), [float(token) for token in tokens])


@pytest.mark.parametrize("token", ["1e", "1e+", "e5", "1e5x", "1.e-", "1e1.5"])
def test_half_an_exponent_is_none(token):
    for delimiter, mark in ((None, " "), (",", ",")):
        values, *_, bad, _ = parse(f"1{mark}{token}\n1{mark}2e3\n", 2, delimiter=delimiter)
        assert np.isnan(values[0, 1])
        assert (values[1, 1], bad.tolist()) == (2000.0, [0, 1])


def test_empty_fields_between_tabs():
    value, *_ = parse("\t2\t\n", 3, delimiter="\t")
    np.testing.assert_array_equal(value[0], [np.nan, 2.0, np.nan])


def test_ragged_records_are_lost_and_blank_lines_are_none():
    value, _, lines, faults, bad, ragged = parse("1,2\n\n1\r\n1,2,3\n1,2,\nx\n5,6\n", 2)
    np.testing.assert_array_equal(value, [[1, 2], [np.nan] * 2, [np.nan] * 2, [1, 2], [np.nan] * 2, [5, 6]])
    assert lines.tolist() == [1, 3, 4, 5, 6, 7]
    assert ragged == 3
    assert bad.sum() == 0
    assert faults[:, [1, 2, 4]].tolist() == [[3, -1, 1], [4, -1, 3], [6, -1, 1]]


def test_more_faults_than_room_are_counted():
    _, _, _, faults, bad, ragged = parse("x,1\n" * 30 + "1\n" * 30, 2)
    assert len(faults) == 8
    assert bad.tolist() == [30, 0]
    assert ragged == 30


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("2012-06-07 12:45:00.05", "2012-06-07T12:45:00.05"),
        ('"2012-06-07 12:45:00"', "2012-06-07T12:45:00"),
        ("2012-06-07T12:45:00.123456789", "2012-06-07T12:45:00.123456789"),
        ("2012/06/07 12:45:00.1", "2012-06-07T12:45:00.1"),
        ("2012-6-7 2:45", "2012-06-07T02:45"),
        ("201206071245", "2012-06-07T12:45"),
        ("20120607124530.5", "2012-06-07T12:45:30.5"),
        ("20120607 124530.25", "2012-06-07T12:45:30.25"),
        ("06/07/2012 12:45:00.9", "2012-06-07T12:45:00.9"),
        ("07.06.2012 12:45:00", "2012-06-07T12:45:00"),
        ("2012-06-07 24:00:00", "2012-06-08T00:00"),
        ("2016-02-29 00:00:00", "2016-02-29T00:00"),
        ("1969-12-31 23:59:59.5", "1969-12-31T23:59:59.5"),
        ('"2012-06-07 12:45:00,05"', "2012-06-07T12:45:00.05"),
        ("2012-06-07 12:45:00:050", "2012-06-07T12:45:00.05"),
        ("2012-06-07 12:45:00:50", "2012-06-07T12:45:00.05"),
        ("2012-06-07T12:45:00.05Z", "2012-06-07T12:45:00.05"),
        ("2012-06-07T12:45:00+02:00", "2012-06-07T10:45"),
        ("2012-06-07 12:45:00.5 -0330", "2012-06-07T16:15:00.5"),
        ("2012-06-07 12:45+01", "2012-06-07T11:45"),
        ("20120607T124530Z", "2012-06-07T12:45:30"),
        ("6/7/2012 1:45:00 PM", "2012-06-07T13:45"),
        ("6/7/2012 12:05 am", "2012-06-07T00:05"),
        ("2012-06-07 12:45:00 UTC", "2012-06-07T12:45"),
    ],
)
def test_stamps(token, expected):
    _, stamps, *_ = parse(f"{token},1\n", 2, stamp=0)
    assert stamps.view("M8[ns]")[0] == np.datetime64(expected)


@pytest.mark.parametrize(
    "token",
    [
        "2012-06-07 12:45 CET",
        "2012-06-07 13:45 PM",
        "2012-06-07 12:45+15:00",
        "06-07 12:45",
        "",
        "2012-13-07 12:45:00",
        "2012-06-07",
        "12:45:00",
        "2012-06-07 12:65:00",
        "abc",
        "NAN",
        "1.5",
    ],
)
def test_what_is_no_stamp(token):
    _, stamps, *_ = parse(f"{token},1\n", 2, stamp=0)
    assert stamps[0] == text.NAT


@given(st.datetimes(min_value=datetime(1700, 1, 1), max_value=datetime(2250, 1, 1)))
def test_any_date(moment):
    _, stamps, *_ = parse(f"{moment:%Y-%m-%d %H:%M:%S.%f},1\n", 2, stamp=0)
    assert stamps.view("M8[ns]")[0] == np.datetime64(moment, "ns")


_FORMS = st.sampled_from(
    [
        "{:%Y-%m-%d %H:%M:%S.%f}", '"{:%Y-%m-%d %H:%M:%S.%f}"', "{:%Y/%m/%d %H:%M:%S}",
        "{:%Y-%m-%dT%H:%M:%S}", "{:%Y-%m-%d 24:00:%S}", "{:%Y-%m-%d %H:%M:60}", "{:%Y-%m-%d %H:%M:61}",
        "{:%Y-%m-%d %H:%M:%S} ", "{:%m/%d/%Y %H:%M:%S}", "{:%Y-%m-%d %H:%M:%S.}", "{:%Y-%m-%d %H:%M:%Sx}",
        "{:%Y-%m-%d %H:%M:%S.%f0001}", '"{:%Y-%m-%d %H:%M:%S}', "{:%Y-%m-%d %H:%M}",
    ]
)  # fmt: skip
_SECONDS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(seconds=150))


@pytest.mark.parametrize("delimiter", [",", " ", None])
@given(
    st.datetimes(min_value=datetime(1969, 12, 31, 23, 50), max_value=datetime(2250, 1, 1)),
    st.lists(st.tuples(_FORMS, _SECONDS), min_size=2, max_size=6),
)
@example(datetime(2024, 7, 1), [("{:%Y-%m-%d 24:00:%S}", timedelta(seconds=s)) for s in (0, 30)])
def test_a_stamp_does_not_depend_on_those_before_it(delimiter, moment, stamps):
    records = [
        form.format(moment + later) + (delimiter or " ") + "1" * 40 + "\n" for form, later in stamps
    ]  # as long as a stamp, so that none is read near the end of the text alone
    _, together, *_ = parse("".join(records), 2, stamp=0, delimiter=delimiter)
    alone = [parse(record, 2, stamp=0, delimiter=delimiter)[1][0] for record in records]
    assert together.tolist() == alone


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("mark", ["/", "-", "."])
@given(st.datetimes(min_value=datetime(1700, 1, 1), max_value=datetime(2250, 1, 1)))
def test_day_and_month_in_the_order_that_is_told(order, mark, moment):
    day_first = order == 1 or mark == "."
    form = f"%d{mark}%m{mark}%Y" if day_first else f"%m{mark}%d{mark}%Y"
    _, stamps, *_ = parse(f"{moment:{form} %H:%M:%S.%f},1\n", 2, stamp=0, order=order)
    assert stamps.view("M8[ns]")[0] == np.datetime64(moment, "ns")


@given(st.datetimes(min_value=datetime(1700, 1, 1), max_value=datetime(2250, 1, 1)))
def test_a_date_and_a_time_alone(moment):
    midnight = np.datetime64(moment, "D").astype("M8[ns]").astype(np.int64)
    clock = np.datetime64(moment, "ns").astype(np.int64) - midnight
    assert parse(f"{moment:%Y-%m-%d},1\n", 2, stamp=0, kind=text.DATE)[1][0] == midnight
    assert parse(f"{moment:%Y%m%d},1\n", 2, stamp=0, kind=text.DATE)[1][0] == midnight
    assert parse(f"{moment:%H:%M:%S.%f},1\n", 2, stamp=0, kind=text.TIME)[1][0] == clock
    assert parse(f"{moment:%H%M%S.%f},1\n", 2, stamp=0, kind=text.TIME)[1][0] == clock


def test_a_cut_record_keeps_its_stamp_only_if_that_is_whole():
    _, stamps, *_ = parse("2012-06-07 12:45:00,1,2\n2012-06-07 12:45:01,1\n2012-06-07 12:45\n", 3, stamp=0)
    assert stamps[1] - stamps[0] == 1_000_000_000
    assert stamps[2] == text.NAT
