from datetime import date, datetime, time

import numpy as np
import pytest

from fluxkit.chamber.campaign.field_sheet import open_sheet
from fluxkit.chamber.campaign.models import Sheet
from fluxkit.errors import ReadError
from tests.logger_files.workbooks import write_workbook

TEXT = """\
id,Start,Stop,Area,Vol,T,Light
a,2024-06-01 10:00:00,2024-06-01 10:03:00,324,6.17,11.0,L
b,2024-06-01 10:05:00,2024-06-01 10:08:30,324,NA,11.5,D
"""
KNOWN = {
    "files": "sheet.csv",
    "start": "Start",
    "end": "Stop",
    "time_format": "%Y-%m-%d %H:%M:%S",
    "id": "id",
    "cover": "Light",
    "cover_words": {"L": "clear", "D": "dark"},
    "columns": {
        "area": {"column": "Area", "unit": "cm2"},
        "volume": {"column": "Vol", "unit": "L"},
        "t_air": {"column": "T", "unit": "degC"},
    },
}


@pytest.fixture
def read(tmp_path):
    def reading(text=TEXT, offset=0.0, **changes):
        path = tmp_path / "sheet.csv"
        path.write_text(text, encoding="utf-8")
        given = {key: value for key, value in (KNOWN | changes).items() if value is not None}
        return open_sheet(path, Sheet(**given), utc_offset_h=offset)

    return reading


def test_times_in_utc_numbers_in_si_words_in_ours(read):
    rows = read(offset=2.0)
    assert (
        rows.start.astype("M8[s]").tolist()
        == np.array(["2024-06-01T08:00:00", "2024-06-01T08:05:00"], "M8[s]").tolist()
    )
    assert ((rows.end - rows.start) / np.timedelta64(1, "s")).tolist() == [180, 210]
    assert rows.numbers["area"] == pytest.approx([0.0324, 0.0324])
    assert rows.numbers["volume"][0] == pytest.approx(6.17e-3)
    assert np.isnan(rows.numbers["volume"][1])
    assert rows.numbers["t_air"] == pytest.approx([284.15, 284.65])
    assert rows.texts["cover"].tolist() == ["clear", "dark"]
    assert rows.lines.tolist() == [2, 3]
    assert rows.problems == []


def test_a_bad_row_is_told_with_its_line_and_the_rest_is_used(read):
    rows = read(TEXT.replace("10:00:00", "10h00", 1).replace("11.5", "warm").replace(",D", ",dusk"))
    assert rows.texts["id"].tolist() == ["b"]
    assert rows.lines.tolist() == [3]
    told = {problem.line: problem.reason for problem in rows.problems if problem.lost == "line"}
    assert "'2024-06-01 10h00' is not a time of the form" in told[2]
    reasons = " | ".join(problem.reason for problem in rows.problems)
    assert "'warm' in column T is no number" in reasons
    assert "'dusk' says neither clear nor dark" in reasons
    assert np.isnan(rows.numbers["t_air"][0])


def test_a_decimal_comma_is_named(read):
    with pytest.raises(ReadError, match="Expected 7 fields in line 3, saw 8"):
        read(TEXT.replace("11.5", "11,5"))
    rows = read(TEXT.replace(",", ";").replace("6.17", "6,17"), delimiter=";")
    assert any("write a decimal point" in problem.reason for problem in rows.problems)


def test_a_length_instead_of_an_end(read):
    assert read(end=None, length_s=90).end[0] - read().start[0] == np.timedelta64(90, "s")
    text = TEXT.replace("Stop", "Len").replace("2024-06-01 10:03:00", "60").replace("2024-06-01 10:08:30", "")
    rows = read(text, end=None, length="Len")
    assert rows.texts["id"].tolist() == ["a"]
    assert "has no length" in rows.problems[0].reason


def test_a_sheet_without_dates_and_one_over_midnight(read):
    text = TEXT.replace("2024-06-01 ", "").replace("10:05:00", "23:58:00").replace("10:08:30", "00:01:30")
    rows = read(text, time_format="%H:%M:%S", date="2024-06-01")
    assert str(rows.start[0])[:19] == "2024-06-01T10:00:00"
    assert rows.end[1] - rows.start[1] == np.timedelta64(210, "s")
    assert [problem.lost for problem in rows.problems] == ["nothing"]
    assert "over midnight" in rows.problems[0].reason


def test_an_end_long_before_the_start_is_refused(read):
    rows = read(TEXT.replace("10:03:00", "09:03:00"))
    assert rows.texts["id"].tolist() == ["b"]
    assert "ends before it begins" in rows.problems[0].reason


def test_day_and_month_follow_the_form(read):
    text = TEXT.replace("2024-06-01", "03/04/2024")
    assert str(read(text, time_format="%d/%m/%Y %H:%M:%S").start[0])[:10] == "2024-04-03"
    assert str(read(text, time_format="%m/%d/%Y %H:%M:%S").start[0])[:10] == "2024-03-04"


def test_a_missing_column_and_empty_rows(read):
    with pytest.raises(ReadError, match="no column 'Begin'"):
        read(start="Begin")
    rows = read(TEXT + ",,,,,,\n")
    assert rows.texts["id"].tolist() == ["a", "b"]
    assert rows.problems == []


# ---- Excel ----


FORMS = {
    "dates and times": (date(2024, 6, 1), time(10, 0), time(10, 3)),
    "date twice": (date(2024, 6, 1), datetime(2024, 6, 1, 10, 0), datetime(2024, 6, 1, 10, 3)),
    "text": ("01.06.2024", "10:00", "10:03"),
    "text date, time": ("01.06.2024", time(10, 0), time(10, 3)),
    "date, text time": (date(2024, 6, 1), "10:00", "10:03"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("since_1904", [False, True])
def test_a_workbook_is_read_as_a_csv_whatever_its_cells_are(tmp_path, form, since_1904):
    day, start, stop = FORMS[form]
    head = ["id", "Day", "Start", "Stop", "Area", "Vol", "T", "Light"]
    rows = [["a", day, start, stop, 324, 6.17, 11, "L"], ["b", day, start, stop, 324, None, 11.5, "D"]]
    path = write_workbook(tmp_path / "sheet.xlsx", {"Field": [head, *rows]}, since_1904=since_1904)
    times = {"start": ["Day", "Start"], "end": ["Day", "Stop"], "time_format": "%d.%m.%Y %H:%M"}
    found = open_sheet(path, Sheet(**(KNOWN | times)), utc_offset_h=2.0)
    assert found.problems == []
    assert found.start.astype("M8[s]").astype(str).tolist() == ["2024-06-01T08:00:00"] * 2
    assert ((found.end - found.start) / np.timedelta64(1, "s")).tolist() == [180, 180]
    assert found.numbers["area"] == pytest.approx([0.0324, 0.0324])
    assert found.numbers["volume"][0] == pytest.approx(6.17e-3)
    assert found.texts["cover"].tolist() == ["clear", "dark"]
    assert found.lines.tolist() == [2, 3]


def test_one_cell_with_date_and_time_and_a_worksheet_that_is_named(tmp_path):
    head = ["id", "Start", "Stop", "Area", "Vol", "T", "Light"]
    row = ["a", datetime(2024, 6, 1, 10, 0), datetime(2024, 6, 1, 10, 3, 30), 324, 6.17, 11, "L"]
    sheets = {"Field": [["a title"], head, row], "Notes": [["something"]]}
    path = write_workbook(tmp_path / "sheet.xlsx", sheets)
    known = KNOWN | {"header_rows": 2, "names_row": 2, "time_format": "%d/%m/%Y %H:%M"}
    with pytest.raises(ReadError, match="has 2 worksheets"):
        open_sheet(path, Sheet(**known), utc_offset_h=0.0)
    found = open_sheet(path, Sheet(**known, worksheet="Field"), utc_offset_h=0.0)
    assert found.end[0] == np.datetime64("2024-06-01T10:03:30", "ns")
    assert found.lines.tolist() == [3]
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    with pytest.raises(ReadError, match=r"kind \.xls: save it as \.xlsx"):
        open_sheet(tmp_path / "old.xls", Sheet(**known), utc_offset_h=0.0)
