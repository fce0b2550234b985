from dataclasses import dataclass, field

import numpy as np
import pytest

from fluxkit.chamber.closures.closures import Closures, join_closures, overlapping
from fluxkit.chamber.closures.file_closures import closures_from_series
from fluxkit.chamber.closures.records import merge_series
from tests.chamber.made_closures import START, closures, seconds


def test_unknown_columns_are_refused():
    with pytest.raises(TypeError, match="have no hight"):
        Closures.of(np.array([START]), np.array([START]), hight=1.0)


def test_joining_fills_what_a_source_does_not_have():
    one = closures(2, extra={"operator": np.array(["x", "y"])})
    two = closures(1, extra={"t_soil": np.array([280.0])})
    both = join_closures([one, two])
    assert both.extra["operator"].tolist() == ["x", "y", ""]
    assert np.isnan(both.extra["t_soil"][:2]).all()
    assert both.extra["t_soil"][2] == 280.0
    assert len(join_closures([])) == 0


def test_overlap_within_a_source_only():
    start = START + seconds([0, 100, 300, 50])
    end = START + seconds([120, 200, 400, 90])
    path = np.array(["a", "a", "a", "b"])
    assert overlapping(Closures.of(start, end, path=path)).tolist() == [True, True, False, False]


def test_a_chamber_that_closes_as_another_opens_does_not_overlap():
    start = START + seconds([0, 100])
    assert not overlapping(Closures.of(start, start + seconds([100, 100]))).any()


@dataclass
class OneFile:
    """What a reader returns, as far as records and closures need it."""

    time: np.ndarray = field(default_factory=lambda: np.empty(0, "M8[ns]"))
    data: dict = field(default_factory=dict)
    precision: dict = field(default_factory=dict)
    closures: list = field(default_factory=list)
    path: str = "a.81x"

    def water_of(self, gas):
        return {"n2o": "h2o_2"}.get(gas, "h2o")


def test_files_tell_closures_under_ids_of_their_own():
    from fluxkit.raw.series import FileClosure

    told = [
        FileClosure("REP_1", "plot 3", START, START + seconds(90), area=0.03, volume=0.006, deadband=20.0)
    ]
    found = closures_from_series([OneFile(closures=told), OneFile(closures=told, path="b.81x")], "sys")
    assert found.id.tolist() == ["REP_1_a", "REP_1_b"]
    assert found.plot.tolist() == ["plot 3", "plot 3"]
    assert found.deadband.tolist() == [20.0, 20.0]
    assert found.extra["analyser"].tolist() == ["sys", "sys"]
    assert found.length.tolist() == [90.0, 90.0]


def test_rows_that_two_files_hold_count_once():
    time = START + seconds([0, 1, 2])
    first = OneFile(time, {"co2": np.array([1.0, 2.0, np.nan])})
    second = OneFile(time + seconds(1), {"co2": np.array([2.0, np.nan, 4.0]), "ch4": np.full(3, np.nan)})
    record = merge_series("a", [second, first])
    assert record.repeated == 2
    assert record.time.tolist() == (START + seconds([0, 1, 2, 3])).tolist()
    np.testing.assert_array_equal(record.data["co2"], [1.0, 2.0, np.nan, 4.0])


def test_a_repeated_stamp_with_another_value_stays():
    time = START + seconds([0, 0.0])
    first = OneFile(time, {"co2": np.array([1.0, 2.0])})
    assert merge_series("a", [first, OneFile(time[:1], {"co2": np.array([1.0])})]).time.size == 2


def test_a_known_clock_error_moves_the_record():
    record = merge_series("a", [OneFile(np.array([START]), {"co2": np.ones(1)})], clock_offset_s=-12.5)
    assert (record.time[0] - START) == seconds(-12.5)
