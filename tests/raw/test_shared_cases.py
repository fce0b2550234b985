"""Small files that once came out wrong: each is read as the records that it was made of."""

from pathlib import Path

import numpy as np
import pytest

from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.reading import read

#: First samples of the half hour that most of the files are made of: u, v, w and temperature.
U = [0.028, -0.238, -0.478, -0.495]
V = [-2.733, -3.069, -2.969, -2.782]
W = [0.258, 0.498, 0.5, 0.106]
NAMED = (("u", "Ux"), ("v", "Uy"), ("w", "Uz"), ("t_sonic", "Ts"))


def layout(form: str, columns=NAMED, **more: object) -> Layout:
    chosen = tuple(LayoutColumn(name, source) for name, source in columns)
    usual = {"rate": 10.0, "file_time": "records", "utc_offset_h": 0.0, "sample_time_is": "end"}
    return Layout(format=form, columns=chosen, **(usual | more))  # type: ignore[arg-type]


#: File, layout, hour in UTC at which its first sample begins.
CASES = [
    ("dmy_slash.csv", layout("delimited", time_column="TIMESTAMP", names_row=1, day_first=True), 10),
    ("dmy_dash.csv", layout("delimited", time_column="TIMESTAMP", names_row=1, day_first=True), 10),
    ("epoch.csv", layout("delimited", time_column="EPOCH", names_row=1), 10),
    ("two_cols.csv", layout("delimited", time_column=("Date", "Time"), names_row=1), 10),
    ("array.csv", layout("delimited", (("u", 6), ("v", 7), ("w", 8), ("t_sonic", 9)), header_rows=0,
                         time_column=(2, 3, 4, 5)), 10),
    ("licor_time.txt", layout("delimited", delimiter="\\t", time_column=("Date", "Time"), names_row=1), 10),
    ("Tz.csv", layout("delimited", time_column="TIMESTAMP", names_row=1), 10),
    ("Tplus.csv", layout("delimited", time_column="TIMESTAMP", names_row=1), 8),
    ("comma_frac.csv", layout("delimited", time_column="TIMESTAMP", names_row=1), 10),
    ("german_comma_seconds.csv", layout("delimited", delimiter=";", time_column="TIMESTAMP", names_row=1),
     10),
    ("bom.dat", layout("toa5"), 10),
    ("utf16.dat", layout("toa5"), 10),
    ("toaci1.dat", layout("delimited", header_rows=2, names_row=2, time_column="TMSTAMP"), 10),
    ("header_twice_other_order.dat", layout("toa5"), 10),
    ("every_record_twice.dat", layout("toa5"), 10),
    ("toa5_blocks_swapped.dat", layout("toa5"), 10),
    ("toa5_trailing_columns_missing.dat", layout("toa5"), 10),
    ("tob1_zero_tail.dat", layout("tob1"), 10),
    ("tob1_appended.dat", layout("tob1"), 10),
]  # fmt: skip


@pytest.mark.parametrize(("name", "wanted", "hour"), CASES, ids=[name for name, *_ in CASES])
def test_records_are_where_they_belong(shared: Path, name: str, wanted: Layout, hour: int) -> None:
    samples = read(shared / "cases" / "tower" / name, wanted)
    assert samples.start == np.datetime64(f"2024-07-01T{hour:02d}:00", "ns")
    for variable, expected in (("u", U), ("v", V), ("w", W)):
        np.testing.assert_allclose(samples.data[variable][:4], expected, atol=1e-3)
    assert np.nanmax(np.abs(samples.data["w"])) < 5.0
    assert 15.0 < np.nanmin(samples.data["t_sonic"]) < np.nanmax(samples.data["t_sonic"]) < 25.0
