from dataclasses import replace

import numpy as np
import pytest

from fluxkit.errors import ReadError
from fluxkit.raw.filetime import file_start
from fluxkit.raw.formats import icos
from fluxkit.raw.layout import LayoutColumn
from fluxkit.raw.reading import read
from fluxkit.raw.registry import identify


@pytest.fixture
def station(layout):
    columns = (
        LayoutColumn("u", "U"),
        LayoutColumn("w", "W"),
        LayoutColumn("t_sonic", "T_SONIC"),
        LayoutColumn("co2", "CO2", scale=1e-6),
    )
    return replace(
        layout,
        format="icos",
        columns=columns,
        name_pattern=icos.NAME_PATTERN,
        name_time_is="end",
        file_minutes=0.1,
    )


def test_round_trip(station, write):
    body = [f"{k},0.{k % 10},-1.5,280.{k},400.5" for k in range(60)]
    path = write(["U,V,W,T_SONIC,CO2", *body], name="BE-Bra_EC_202001011200_L01_F01.csv")
    assert identify(path) == "icos"
    samples = read(path, station)
    assert samples.start == np.datetime64("2020-01-01T10:59:54")
    np.testing.assert_array_equal(samples.data["u"], np.arange(60))
    np.testing.assert_allclose(samples.data["co2"], 400.5e-6, rtol=1e-15)


def test_label_that_is_missing(station, write):
    path = write(["U,V,W,SOS,CO2", "1,2,3,340,400"], name="BE-Bra_EC_202001011200_L01_F01.csv")
    with pytest.raises(ReadError, match=r"'T_SONIC' \(for t_sonic\) is missing"):
        read(path, station)


def test_measured_file(station, shared):
    path = shared / "data/ec_raw/real/DE-HoH_EC_201907301200_v01.csv"
    layout = replace(station, rate=20.0, file_minutes=30.0, name_pattern="DE-HoH_EC_%Y%m%d%H%M_v*.csv")
    samples = read(path, layout)
    assert samples.start == np.datetime64("2019-07-30T10:30")
    assert samples.size == 36_000
    assert samples.data["u"][[0, -1]].tolist() == [-2.59818, -0.4819]
    assert identify(path) == "icos"


@pytest.mark.parametrize(
    "name",
    ["BE-Bra_BM_20200101_L01_F01.csv", "BE-Bra_EC_202001011200_L1_F1.csv", "Bra_EC_202001011200_L01_F01.csv"],
)
def test_names_by_the_rule_alone(station, name):
    with pytest.raises(ReadError, match="does not match"):
        file_start(name, station)


def test_a_packed_file_adds_its_ending(station):
    start = file_start("BE-Bra_EC_202001011200_L10_F02.csv.zip", station)
    assert start == np.datetime64("2020-01-01T10:59:54")
