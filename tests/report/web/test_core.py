"""What the pages' script computes, held to numpy and pandas."""

import json

import numpy as np
import pandas as pd
import pytest

from tests.report.web.script import Script

CLOCK = {
    "start": int(pd.Timestamp("2019-12-30T06:30").timestamp()),
    "step": 1800.0,
    "count": 48 * 400,
    "zone": "",
}


def values(seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    found = rng.normal(-3.0, 8.0, CLOCK["count"])
    found[rng.random(found.size) < 0.3] = np.nan
    return found


def given(array: np.ndarray) -> list[float | None]:
    return [None if np.isnan(v) else float(v) for v in array]


#: JSON has no NaN.
NANS = "Float64Array.from(ARGS[0], v => v === null ? NaN : v)"


def test_courses_of_the_day_are_those_of_pandas(script: Script) -> None:
    v = values()
    got = script.call(
        f"core.diurnal({NANS}, ARGS[1]).map(m => [Array.from(m.n), Array.from(m.mean), Array.from(m.sd)])",
        given(v), CLOCK,
    )  # fmt: skip
    middle = pd.to_datetime(CLOCK["start"] + (np.arange(v.size) + 0.5) * 1800.0, unit="s")
    by = pd.Series(v).groupby([middle.month, middle.hour * 2 + middle.minute // 30])
    want = by.agg(["count", "mean", "std"])
    for month in range(12):
        n, mean, sd = (np.array(part, dtype=float) for part in got[month])
        expected = want.loc[month + 1].reindex(range(48))
        assert np.array_equal(n, expected["count"].fillna(0))
        np.testing.assert_allclose(mean, expected["mean"], rtol=1e-12)
        np.testing.assert_allclose(sd, expected["std"], rtol=1e-10)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99, 1.0])
def test_quantiles_are_those_of_numpy(script: Script, share: float) -> None:
    v = values()
    got = script.call(f"core.quantile({NANS}, ARGS[1])", given(v), share)
    assert got == pytest.approx(np.nanquantile(v, share), rel=1e-12)


def test_a_wild_value_does_not_flatten_the_others(script: Script) -> None:
    v = values()
    v[100] = 1e9
    low, high = script.call(f"core.bulk([{NANS}], 0, ARGS[0].length)", given(v))
    assert -60 < low < np.nanmin(np.delete(v, 100)) + 5
    assert high < 60
    assert script.call(f"core.bulk([{NANS}], 0, 2)", [3.0, 3.0]) == pytest.approx([2.85, 3.15])
    assert script.call(f"core.bulk([{NANS}], 0, 2)", [None, None]) == [0, 1]


def test_a_palette_diverges_as_far_on_both_sides(script: Script) -> None:
    low, high = script.call(f"core.limits({NANS}, 'diverging')", given(values()))
    assert low == -high < 0
    assert script.call("core.mixed('diverging', 0.5)") == [0xF7, 0xF7, 0xF5]
    assert script.call(f"core.limits({NANS}, 'sequential')", [None, None]) == [0, 1]


def test_a_calendar_counts_days_from_local_midnight(script: Script) -> None:
    assert script.call("core.calendar(ARGS[0])", CLOCK) == {
        "day": 18260,
        "slot": 13,
        "slots": 48,
        "days": 401,
    }


@pytest.mark.parametrize(
    ("kind", "begin", "end"),
    [
        ("year", "2020-01-01", "2021-01-01"),
        ("month", "2020-02-01", "2020-03-01"),
        ("week", "2020-02-24", "2020-03-02"),
        ("day", "2020-02-29", "2020-03-01"),
    ],
)
def test_spans_are_those_of_the_calendar(script: Script, kind: str, begin: str, end: str) -> None:
    at = int(pd.Timestamp("2020-02-29T12:10").timestamp())
    got = script.call("core.span(ARGS[0], ARGS[1], ARGS[2])", CLOCK, kind, at)
    assert got == [int(pd.Timestamp(begin).timestamp()), int(pd.Timestamp(end).timestamp())]


@pytest.mark.parametrize(
    ("low", "high", "most"), [(-13.0, 7.0, 4), (0.0, 1e-5, 5), (2.0, 2.0, 3), (-1e6, 4e6, 9)]
)
def test_ticks_are_round_and_inside(script: Script, low: float, high: float, most: int) -> None:
    found = script.call("core.ticks(ARGS[0], ARGS[1], ARGS[2])", low, high, most)["found"]
    assert 1 <= len(found) <= most + 1
    assert min(found) >= low - 1e-9 * abs(low)
    assert max(found) <= high + 1e-9 * abs(high)


def test_numbers_are_short(script: Script) -> None:
    shown = [script.call("core.numeral(ARGS[0])", v) for v in (-12.34567, 0.00012, 17520, None, 3.0e7 + 0.5)]
    assert shown == ["−12.35", "1.20e−4".replace("e−", "e-").replace("-", "−"), "17520", "–", "3.00e+7"]


def test_flags_are_said_in_words(script: Script) -> None:
    column = {"codes": {"1": "general use"}, "bits": []}
    flag = {"codes": {}, "bits": ["spikes", "lag", "vapour"]}
    assert script.call("core.meaning(ARGS[0], 1)", column) == "general use"
    assert script.call("core.meaning(ARGS[0], 5)", flag) == "spikes, vapour"
    assert script.call("core.meaning(ARGS[0], 0)", flag) == "none"
    assert script.call("core.meaning(ARGS[0], NaN)", flag) == "missing"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("-3.5", "-3.5"),
        ('a"b', '"a""b"'),
        ("@x", "'@x"),
        ("2020-01-01 00:30", "2020-01-01 00:30"),
    ],
)
def test_a_saved_table_holds_no_formula(script: Script, text: str, cell: str) -> None:
    assert script.call("core.cell(ARGS[0])", text) == cell


def test_the_middle_of_records_is_local(script: Script) -> None:
    first = script.call("core.stamp(core.middles(ARGS[0])[0])", CLOCK)
    assert json.dumps(first) == '"2019-12-30 06:45"'
