"""Raw files of ICOS stations: names taken apart, and each fault named."""

import zipfile
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from fluxkit.errors import ReadError
from fluxkit.raw.filetime import file_start
from fluxkit.raw.formats.icos import NAME_PATTERN
from fluxkit.raw.layout import Layout
from fluxkit.submissions.checking import check_file
from fluxkit.submissions.etc_files import RawName, raw_name
from fluxkit.submissions.finding import Finding

NAME = "DE-Abc_EC_202407011030_L01_F01.csv"
DAY = "DE-Abc_BM_20240701_L01_F01.csv"
HEAD = "U,V,W,T_SONIC,CO2,H2O,SA_DIAG"


def content(rows: int = 18000, head: str = HEAD, **change: str) -> str:
    names = head.split(",")
    values = {
        "U": "2.5",
        "V": "0.1",
        "W": "0.02",
        "T_SONIC": "293.1",
        "CO2": "410.2",
        "H2O": "12.1",
        "SA_DIAG": "0",
    }
    row = ",".join((values | change).get(name, "1") for name in names)
    return head + "\n" + (row + "\n") * rows


def findings(folder: Path, text: str, name: str = NAME) -> list[Finding]:
    (folder / name).write_text(text, encoding="utf-8")
    return check_file(folder / name, network="icos")


@pytest.mark.parametrize(
    ("text", "kind", "time", "logger", "file"),
    [
        ("BE-Bra_EC_201202040430_L03_F12.csv", "EC", datetime(2012, 2, 4, 4, 30), 3, 12),
        ("BE-Lon_BM_20170815_L99_F01.dat", "BM", datetime(2017, 8, 15), 99, 1),
        ("GL-ZaF_ECHEADER_202107071330_L01_F01.csv", "ECHEADER", datetime(2021, 7, 7, 13, 30), 1, 1),
        ("FR-Lus_ST_20230217_L01_F01.zip", "ST", datetime(2023, 2, 17), 1, 1),
    ],
)
def test_names_are_taken_apart_and_put_together(
    text: str, kind: str, time: datetime, logger: int, file: int
) -> None:
    found = raw_name(text)
    assert (found.kind, found.time, found.logger, found.file) == (kind, time, logger, file)
    assert found.text == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("BE-Bra_EC_20120204_L03_F12.csv", "YYYYMMDDHHMM"),
        ("BE-Bra_BM_201202040430_L03_F12.csv", "YYYYMMDD"),
        ("BE-Bra_EC_201202040430_L3_F12.csv", "two digits"),
        ("BEXBra_EC_201202040430_L03_F12.csv", "no code"),
        ("BE-Bra_EC_201213040430_L03_F12.csv", "no time"),
        ("BE-Bra_EC_201202040430_L03_F12.txt", "not among"),
        ("BE-Bra_201202040430.csv", "not CC-Xxx"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_name_is_said(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        raw_name(text)


def test_the_name_by_rule_is_the_pattern_of_the_reader() -> None:
    text = RawName("DE-HoH", "EC", datetime(2019, 7, 30, 12, 0), 1, 2).text
    layout = Layout(
        format="icos", rate=20.0, columns={}, name_pattern=NAME_PATTERN, file_time="name", name_time_is="end",
        file_minutes=30.0, utc_offset_h=1.0,
    )  # fmt: skip
    assert file_start(text, layout) == np.datetime64("2019-07-30T10:30")


def test_a_sound_file_is_left_in_peace(tmp_path: Path) -> None:
    assert findings(tmp_path, content()) == []
    assert findings(tmp_path, content(36000)) == []


def test_a_zip_is_looked_into(tmp_path: Path) -> None:
    path = tmp_path / NAME.replace(".csv", ".zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(NAME, content())
    assert check_file(path, network="icos") == []
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other.csv", content())
    assert check_file(path, network="icos")[0].level == "rejected"
    path.write_bytes(b"PK no zip")
    assert "no zip" in check_file(path, network="icos")[0].says


@pytest.mark.parametrize(
    ("change", "column", "level", "says"),
    [
        ({"T_SONIC": "20.1"}, "T_SONIC", "error", "no value in K"),
        ({"CO2": "0.00041"}, "CO2", "error", "no value in umol mol-1"),
        ({"H2O": "-9999"}, "H2O", "warning", "100 % of the values are missing"),
        ({"W": "n/a"}, "W", "error", "are no numbers"),
    ],
)
def test_values_that_cannot_be_are_named(
    tmp_path: Path, change: dict[str, str], column: str, level: str, says: str
) -> None:
    found = findings(tmp_path, content(**change))
    assert any(one.column == column and one.level == level and says in one.says for one in found), found


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        (content(17999), NAME, "no whole half hour"), (content(head="U,V,T_SONIC"), NAME, "has no W"),
        (content(head=HEAD + ",FLOW"), NAME, "not among the labels"),
        (content(), "DE-Abc_EC_202407011015_L01_F01.csv", "no end of a half hour"),
        (content(), "DE-Abc_EC_202407011030_L1_F1.csv", "two digits"), ("", NAME, "no text"),
        ("TIMESTAMP,TA_1_1_1\n20240701000010,11.2\n20240702010010,11.2\n", DAY, "not of 20240701"),
        ("TIMESTAMP,TA_1_1_1\n20240701000020,1\n20240701000010,1\n", DAY, "go back"),
        ("TIMESTAMP,TA_1_1_1\n", DAY, "no record"),
        ("U,V\n", "DE-Abc_ECHEADER_202407010000_L01_F01.csv", "could not be seen"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, name: str, says: str) -> None:
    found = findings(tmp_path, text, name)
    assert any(says in one.says for one in found), found
    assert all(one.do for one in found)


def test_a_day_may_end_with_midnight(tmp_path: Path) -> None:
    text = "TIMESTAMP,TA_1_1_1\n20240701235950,1\n20240702000000,1\n"
    assert findings(tmp_path, text, DAY) == []


def test_a_public_file_is_read_as_raw(shared: Path) -> None:
    found = check_file(shared / "data/ec_raw/real/DE-HoH_EC_201907301200_v01.csv", network="icos")
    assert next(one.level for one in found if not one.column) == "rejected"  # its name has no numbers
    assert not any(one.level == "error" for one in found)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReadError):
        check_file(tmp_path / NAME, network="icos")
