import csv
import gzip

import numpy as np
import pytest

from fluxkit.errors import ReadError
from fluxkit.raw.formats import bico
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.peek import first_time
from fluxkit.raw.registry import identify

FILE = "data/ec_raw/ch_das_20hz_bico/example_input_file.csv.gz"
WIND = {name: f"{name.upper()}_[R350-B]" for name in ("u", "v", "w", "t_sonic")}
LAYOUT = Layout("bico", 20.0, tuple(LayoutColumn(k, name) for k, name in WIND.items()), "records", 1.0)


def test_value_by_value(shared):
    """Python's own reader of tables is the other opinion."""
    path = shared / FILE
    assert identify(path) == "bico"
    assert first_time(path, LAYOUT) == np.datetime64("2023-05-12T16:30")
    columns = (
        *LAYOUT.columns,
        LayoutColumn("ch4", "CH4_DRY_[QCL-C2]"),
        LayoutColumn("p_cell", "PRESS_CELL_[QCL-C2]"),
    )
    samples = bico.READER.read(path, Layout("bico", 20.0, columns, "records", 1.0))
    with gzip.open(path, "rt", newline="") as text:
        rows = list(csv.DictReader(text))
    assert (samples.start, samples.size, samples.problems) == (
        np.datetime64("2023-05-12T16:30"),
        len(rows),
        [],
    )
    for column in columns:
        np.testing.assert_array_equal(
            samples.data[column.variable], [float(row[column.source]) for row in rows]
        )


def test_a_file_without_stamps_takes_its_name(write):
    path = write(["U_[HS50-A],W_[HS50-A]", "1.5,0.1", "2.5,0.2"], "CH-AAA_202001011200.csv")
    assert identify(path) == "bico"
    layout = Layout(
        "bico", 20.0, (LayoutColumn("u", "U_[HS50-A]"),), "name", 0.0, "CH-AAA_%Y%m%d%H%M.csv",
        name_time_is="start",
    )  # fmt: skip
    samples = bico.READER.read(path, layout)
    assert samples.start == np.datetime64("2020-01-01T12:00")
    assert samples.data["u"].tolist() == [1.5, 2.5]


def test_a_missing_column_is_told(write):
    with pytest.raises(ReadError, match=r"U_\[R350-B\].*columns present: U_\[HS50-A\]"):
        bico.READER.read(write(["U_[HS50-A],W_[HS50-A]", "1,2", "3,4"]), LAYOUT)
