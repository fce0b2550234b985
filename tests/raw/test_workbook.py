"""Sheets of Excel workbooks as texts."""

from datetime import date, datetime, time

import pytest

from fluxkit.errors import ReadError
from fluxkit.raw.tables.workbook import workbook_rows
from tests.logger_files.workbooks import write_workbook

ROWS = [
    ["id", "Day", "At", "Both", "Area", None, "far"],
    ["a", date(2024, 7, 1), time(10, 5), datetime(2024, 7, 1, 10, 5, 30), 324, None, 0.1],
    [],
    ["b & c", date(2024, 7, 2), time(23, 59, 59), datetime(2024, 7, 2), 1.25],
]
TEXTS = [
    ["id", "Day", "At", "Both", "Area", "", "far"],
    ["a", "2024-07-01", "10:05:00", "2024-07-01 10:05:30", "324", "", "0.1"],
    [""] * 7,
    ["b & c", "2024-07-02", "23:59:59", "2024-07-02", "1.25", "", ""],
]


def rows_of(path, worksheet=None):
    return workbook_rows(str(path), path.read_bytes(), worksheet)


@pytest.mark.parametrize("since_1904", [False, True])
def test_texts_numbers_dates_and_times(tmp_path, since_1904):
    path = write_workbook(tmp_path / "book.xlsx", {"Sheet1": ROWS, "empty": []}, since_1904=since_1904)
    assert rows_of(path) == TEXTS


def test_several_sheets_are_asked_for(tmp_path):
    path = write_workbook(
        tmp_path / "book.xlsx", {"June": ROWS, "July": ROWS[:2], "lists": ROWS}, hidden="lists"
    )
    with pytest.raises(ReadError, match="has 2 worksheets: 'June', 'July'; say which, worksheet = 'June'"):
        rows_of(path)
    assert rows_of(path, "July") == TEXTS[:2]
    assert rows_of(path, "lists") == TEXTS
    with pytest.raises(ReadError, match="has no worksheet 'Juli'; it has 'June', 'July', 'lists'"):
        rows_of(path, "Juli")


def test_damage_is_told(tmp_path):
    whole = write_workbook(tmp_path / "book.xlsx", {"June": ROWS}).read_bytes()
    for size in range(40, len(whole), 97):
        broken = tmp_path / "broken.xlsx"
        broken.write_bytes(whole[:size])
        with pytest.raises(ReadError):
            rows_of(broken)
    with pytest.raises(ReadError, match="is not an Excel workbook"):
        workbook_rows("x", b"id,start")


def test_a_workbook_of_a_flux_network_is_read(shared):
    path = shared / "data/halfhourly/FLX_US-AR1_FLUXNET2015_SUBSET_DD_2009-2012_1-3.xlsx"
    rows = rows_of(path)
    assert rows[0][0].startswith("TIMESTAMP")
    assert len(rows) > 1000
