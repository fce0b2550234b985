from dataclasses import replace

import numpy as np
import pytest

from fluxkit.errors import ConfigError, ReadError
from fluxkit.raw.filetime import file_start


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("x_%Y%m%d%H%M.csv", "x_202001011200.csv", "2020-01-01T12:00"),
        ("*_EC_%Y%m%d%H%M_L*_F*.csv", "BE-Bra_EC_201907301200_L01_F01.csv", "2019-07-30T12:00"),
        ("*_EC_%Y%m%d%H%M_L*_F*.csv", "BE-Bra_EC_201907301200_L01_F01.csv.zip", "2019-07-30T12:00"),
        ("G%j%H%M.RAW.gz", "G1042330.RAW.gz", "2003-04-14T23:30"),
        ("G%j%H%M.RAW.gz", "G1042400.RAW.gz", "2003-04-15T00:00"),
        ("%y%m%d-%H%M%S_??.dat", "991231-235959_ab.dat", "1999-12-31T23:59:59"),
        ("%Y/%m", "", None),
        ("day_%Y-%j.dat", "day_2020-366.dat", "2020-12-31T00:00"),
        ("%Y_x_%Y%m%d.csv", "2020_x_20200229.csv", "2020-02-29T00:00"),
        ("100%%_%Y%m%d.[1]", "100%_20200229.[1]", "2020-02-29T00:00"),
    ],
)
def test_patterns(layout, pattern, name, expected):
    layout = replace(layout, name_pattern=pattern, year=2003, utc_offset_h=0.0)
    if expected is None:
        with pytest.raises(ConfigError, match="has no date"):
            file_start("/data/" + name, layout)
    else:
        start = file_start("/data/" + name, layout)
        assert start == np.datetime64(expected)
        assert start.dtype == "M8[ns]"


def test_end_stamp_and_zone(layout):
    layout = replace(layout, name_time_is="end", file_minutes=30.0, utc_offset_h=5.5)
    assert file_start("x_202001010015.csv", layout) == np.datetime64("2019-12-31T18:15")


@pytest.mark.parametrize("name", ["x_202002301200.csv", "x_202001012500.csv", "x_202001011260.csv"])
def test_impossible_times(layout, name):
    with pytest.raises(ReadError, match=r"the name gives no valid time \(%Y = 2020"):
        file_start(name, layout)


def test_day_366_of_a_common_year(layout):
    with pytest.raises(ReadError, match="no valid time"):
        file_start("a366", replace(layout, name_pattern="a%j", year=2021))


def test_other_name(layout):
    with pytest.raises(ReadError, match=r"y\.csv: the name does not match raw\.name_pattern = 'x_%Y"):
        file_start("y.csv", layout)


@pytest.mark.parametrize(
    ("pattern", "message"), [("%m%d", "has no year"), ("%Y%m%d%f", "%f .* is unknown; known: %Y")]
)
def test_wrong_patterns(layout, pattern, message):
    with pytest.raises(ConfigError, match=message):
        file_start("x", replace(layout, name_pattern=pattern))
