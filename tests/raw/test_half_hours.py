"""Half-hourly tables of others: EddyPro's full output and its FLUXNET file, as found and as damaged."""

from pathlib import Path

import numpy as np
import pytest

from fluxkit.errors import ReadError
from fluxkit.raw.tables.half_hours import read_half_hours

FULL = """file_info,,,corrected_fluxes_and_quality_flags,,,,,,,turbulence,,
filename,date,time,Tau,H,qc_H,co2_flux,h2o_flux,air_temperature,air_pressure,u*,L,w/co2_cov
,[yyyy-mm-dd],[HH:MM],[kg+1m-1s-2],[W+1m-2],[#],[µmol+1s-1m-2],[mmol+1s-1m-2],[K],[Pa],[m+1s-1],[m],--
a.dat,2024-07-01,00:30,-0.1,12.5,0,-3.5,0.4,293.15,98000,0.3,-25,0.1
a.dat,2024-07-01,01:00,-0.2,-9999,2,-9999.0,0.5,NaN,98100,0.4,-30,0.1
a.dat,2024-07-01,01:30,-0.2,13,1,-4,0.5,293.25,98100,0.4,-30,0.1
"""
FLUXNET = """TIMESTAMP_START,TIMESTAMP_END,FC,H,TA_EP,SC_SINGLE
202407010000,202407010030,-3.5,12.5,20,0.1
202407010030,202407010100,-9999,13,20.1,0.2
"""


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "theirs.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_full_output(tmp_path, encoding):
    found = read_half_hours(write(tmp_path, FULL, encoding), utc_offset_h=1.0)
    data = found.data
    assert data.attrs["averaging_period_s"] == 1800
    # Times there are the end of the period, in the file's own zone.
    assert data["time"].values[0] == np.datetime64("2024-06-30T23:00")
    np.testing.assert_array_equal(data["FC"], [-3.5, np.nan, -4.0])
    np.testing.assert_array_equal(data["H"], [12.5, np.nan, 13.0])
    np.testing.assert_array_equal(data["H_SSITC_TEST"], [0, 2, 1])
    np.testing.assert_allclose(data["TA"], [20.0, np.nan, 20.1])
    np.testing.assert_allclose(data["PA"], [98.0, 98.1, 98.1])
    np.testing.assert_array_equal(data["USTAR"], [0.3, 0.4, 0.4])
    assert "W_CO2_COV" not in data
    assert any("w/co2_cov" in note for note in found.notes)


def test_separators_do_not_matter(tmp_path):
    plain = read_half_hours(write(tmp_path, FULL), utc_offset_h=0.0).data
    for separator in "\t;":
        other = read_half_hours(write(tmp_path, FULL.replace(",", separator)), utc_offset_h=0.0).data
        assert other.identical(plain)


def test_a_row_of_units_that_lost_its_place(tmp_path):
    lines = FULL.splitlines()
    lines[2] = lines[2].removeprefix(",").replace("[#]", "[1,flag]")
    found = read_half_hours(write(tmp_path, "\n".join(lines)), utc_offset_h=0.0).data
    np.testing.assert_allclose(found["PA"], [98.0, 98.1, 98.1])


def test_without_units_that_programs_own_are_taken(tmp_path):
    lines = FULL.splitlines()
    found = read_half_hours(write(tmp_path, "\n".join([lines[1], *lines[3:]])), utc_offset_h=0.0).data
    np.testing.assert_allclose(found["TA"], [20.0, np.nan, 20.1])
    np.testing.assert_allclose(found["PA"], [98.0, 98.1, 98.1])


def test_fluxnet_file(tmp_path):
    found = read_half_hours(write(tmp_path, FLUXNET), utc_offset_h=-5.5).data
    assert found["time"].values[0] == np.datetime64("2024-07-01T05:30")
    np.testing.assert_array_equal(found["FC"], [-3.5, np.nan])
    np.testing.assert_array_equal(found["TA"], [20.0, 20.1])
    np.testing.assert_array_equal(found["SC"], [0.1, 0.2])


def test_nine_classes_are_not_taken_for_three(tmp_path):
    found = read_half_hours(write(tmp_path, FULL.replace(",13,1,", ",13,7,")), utc_offset_h=0.0).data
    np.testing.assert_array_equal(found["H_FOKEN_TEST"], [0, 2, 7])
    assert "H_SSITC_TEST" not in found


def test_twice_the_same_period(tmp_path):
    text = FULL + FULL.splitlines()[-1].replace(",13,", ",99,") + "\n"
    found = read_half_hours(write(tmp_path, text), utc_offset_h=0.0)
    assert found.data["H"].values[-1] == 13.0
    assert any("occur twice" in note for note in found.notes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "no line of column names"),
        (FULL.replace("2024-07-01", "01/07/2024"), "dates must be written as yyyy-mm-dd"),
        ("date,time,foo\n2024-07-01,00:30,1\n2024-07-01,01:00,1\n", "none of its column names is known"),
        (FULL.split("a.dat", 1)[0], "no record"),
    ],
)
def test_what_is_no_such_table_is_said(tmp_path, text, words):
    with pytest.raises(ReadError, match=words):
        read_half_hours(write(tmp_path, text), utc_offset_h=0.0)


def test_published_full_outputs(shared):
    folder = shared / "data" / "halfhourly"
    harwood = read_half_hours(folder / "eddypro_full_output_harwood" / "harwood.csv.gz", utc_offset_h=0.0)
    assert harwood.data.sizes["time"] == 1619
    assert harwood.data["time"].values[0] == np.datetime64("2014-05-27T17:30")
    first = harwood.data.isel(time=0)
    assert float(first["H"]) == pytest.approx(84.190113182843)
    assert float(first["TA"]) == pytest.approx(285.003751676856 - 273.15)
    assert float(first["VPD"]) == pytest.approx(3.61315246166968)
    counts = [int((harwood.data["FC_SSITC_TEST"] == k).sum()) for k in (0, 1, 2)]
    assert counts == [988, 512, 101]
    namors = folder / "eddypro_full_output_namors" / "NAMORS_EC_2005-2019_v2.head.txt.gz"
    found = read_half_hours(namors, utc_offset_h=8.0).data
    assert found["time"].values[0] == np.datetime64("2005-12-04T14:30")
    assert float(found["PA"][0]) == pytest.approx(56.6742)
    assert float(found["USTAR"][0]) == pytest.approx(0.626415)
    assert float(found["FC_SCF"][0]) == pytest.approx(1.15141)
