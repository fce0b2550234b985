from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxkit.archive.condensing.assemble import Assembler
from fluxkit.archive.planning.plan import Source
from fluxkit.raw.samples import Samples
from fluxkit.tower.periods import Periods

RATE = 1.0
SIZE = 1800
GRID = Periods(1800 * 10**9, 0)
DAY = np.datetime64("2024-07-01", "ns")
NOON = GRID.number(np.datetime64("2024-07-01T12:00"))


def seconds(x):
    return np.timedelta64(round(x * 1e9), "ns")


def file(start, values, name="a", rate=RATE, records=None):
    """A file whose variable u holds values, from so many seconds after noon."""
    values = np.asarray(values, dtype=float)
    begin = DAY + seconds(43200 + start)
    source = Source(Path(name), begin, begin + seconds(values.size / rate))
    data = {"u": values, "w": np.where(np.isnan(values), np.nan, 1.0)}
    return source, Samples(begin, rate, data, records=values.size if records is None else records)


def assembled(files, numbers=None, rate=RATE, size=SIZE):
    ordered = sorted(files, key=lambda f: (f[0].start, str(f[0].path)))
    samples = dict(ordered)
    assembler = Assembler(GRID, numbers or range(NOON, NOON + 2), size=size, rate=rate)
    periods = list(assembler.periods([source for source, _ in ordered], samples.get))
    return periods, assembler.problems


def test_quarter_hours_make_half_hours():
    files = [file(900 * k, np.arange(900) + 900 * k, name=f"{k}") for k in range(4)]
    periods, problems = assembled(files)
    assert [p.number for p in periods] == [NOON, NOON + 1]
    np.testing.assert_array_equal(periods[0].data["u"], np.arange(1800))
    np.testing.assert_array_equal(periods[1].data["u"], np.arange(1800, 3600))
    assert [p.records for p in periods] == [1800, 1800]
    assert periods[1].files == ["2", "3"]
    assert problems == []


def test_an_hour_makes_two_half_hours():
    periods, problems = assembled([file(0, np.arange(3600))])
    np.testing.assert_array_equal(periods[1].data["u"], np.arange(1800, 3600))
    assert [p.files for p in periods] == [["a"], ["a"]]
    assert problems == []


def test_a_gap_stays_missing_and_a_period_without_file_is_empty():
    periods, _ = assembled([file(100, np.ones(200)), file(400, np.ones(100), "b")], range(NOON - 1, NOON + 2))
    assert [p.records for p in periods] == [0, 300, 0]
    assert periods[0].data == periods[2].data == {}
    there = np.flatnonzero(~np.isnan(periods[1].data["u"]))
    np.testing.assert_array_equal(there, np.r_[100:300, 400:500])


def test_where_files_overlap_the_first_wins_and_it_is_told():
    periods, problems = assembled([file(0, np.zeros(1000)), file(600, np.ones(1200), "b")])
    np.testing.assert_array_equal(periods[0].data["u"], np.r_[np.zeros(1000), np.ones(800)])
    assert periods[0].records == 1800
    assert [problem.path for problem in problems] == ["b"]
    assert problems[0].reason == (
        "400 samples of the period 2024-07-01T12:00Z were already there from a and were left out"
    )


def test_a_second_file_fills_the_gaps_of_the_first():
    values = np.zeros(1800)
    values[300:500] = np.nan
    periods, problems = assembled([file(0, values, records=1600), file(0, np.ones(1800), "b")])
    np.testing.assert_array_equal(np.flatnonzero(periods[0].data["u"]), np.arange(300, 500))
    assert periods[0].records == 1800
    assert problems[0].reason.startswith("1600 samples")


@pytest.mark.parametrize("shift", [-0.49, -0.1, 0.3, 0.49])
def test_a_fraction_of_a_slot_is_rounded(shift):
    periods, problems = assembled([file(shift, np.arange(1800)), file(1800 + shift, np.arange(1800), "b")])
    for period in periods:
        np.testing.assert_array_equal(period.data["u"], np.arange(1800))
    assert problems == []


def test_rates_that_are_no_whole_number():
    n = 22500
    files = [file(1800 * k, np.arange(n), f"{k}", rate=12.5) for k in range(2)]
    periods, problems = assembled(files, rate=12.5, size=n)
    np.testing.assert_array_equal(periods[1].data["u"], np.arange(n))
    assert problems == []


def test_the_day_before_takes_its_part_of_a_file_over_midnight():
    midnight = GRID.number(np.datetime64("2024-07-02"))
    over = file(43200 - 600, np.arange(1200))
    before, _ = assembled([over], range(midnight - 1, midnight))
    after, problems = assembled([over], range(midnight, midnight + 1))
    np.testing.assert_array_equal(before[0].data["u"][1200:], np.arange(600))
    np.testing.assert_array_equal(after[0].data["u"][:600], np.arange(600, 1200))
    assert (before[0].records, after[0].records) == (600, 600)
    assert problems == []


def test_records_without_values_count_as_found():
    periods, _ = assembled([file(0, np.full(3600, np.nan))])
    assert [p.records for p in periods] == [1800, 1800]
    lost = np.full(3600, np.nan)
    lost[:900] = 1.0
    periods, _ = assembled([file(0, lost, records=900)])
    assert [p.records for p in periods] == [900, 0]


def test_a_file_that_cannot_be_read_leaves_the_others():
    (bad, _), good = file(0, np.ones(1800), "bad"), file(1800, np.ones(1800), "good")
    assembler = Assembler(GRID, range(NOON, NOON + 2), size=SIZE, rate=RATE)
    periods = list(assembler.periods([bad, good[0]], {good[0]: good[1]}.get))
    assert [p.files for p in periods] == [[], ["good"]]


def test_samples_where_nobody_expects_them_are_told():
    source, samples = file(0, np.ones(1800))
    wrong = Samples(samples.start - seconds(86400), RATE, samples.data, records=1800)
    assembler = Assembler(GRID, range(NOON, NOON + 1), size=SIZE, rate=RATE)
    (period,) = assembler.periods([source], {source: wrong}.get)
    assert period.data == {}
    assert assembler.problems[0].reason.startswith("1800 samples lie outside the time")


def test_periods_are_given_away_before_the_next_file_is_read():
    files = [file(1800 * k, np.ones(1800), f"{k}") for k in range(4)]
    reads = []
    assembler = Assembler(GRID, range(NOON, NOON + 4), size=SIZE, rate=RATE)

    def read(source):
        reads.append(str(source.path))
        return dict(files)[source]

    seen = [list(reads) for _ in assembler.periods([source for source, _ in files], read)]
    assert [len(r) for r in seen] == [2, 3, 4, 4]


@given(
    cuts=st.lists(st.integers(1, 3599), max_size=6, unique=True),
    shift=st.floats(-0.4, 0.4),
)
def test_however_the_series_is_cut_into_files_the_periods_are_the_same(cuts, shift):
    series = np.arange(3600.0)
    edges = [0, *sorted(cuts), 3600]
    files = [file(a + shift, series[a:b], f"{k:02d}") for k, (a, b) in enumerate(pairwise(edges))]
    periods, problems = assembled(files)
    np.testing.assert_array_equal(np.concatenate([p.data["u"] for p in periods]), series)
    assert sum(p.records for p in periods) == 3600
    assert problems == []
