"""Codes of missing values are found in the precision of each column."""

from dataclasses import replace

import numpy as np
import pytest

from fluxkit.raw.formats.campbell_numbers import fp2, fp2_nearest
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.reading import read
from fluxkit.synthetic.writers import Field
from tests.logger_files import binary_files, table_files
from tests.logger_files.binary_writers import write_ghg, write_tob1, write_tob3
from tests.logger_files.campbell_types import fp2_words

START = np.datetime64("2024-07-01T00:00:00", "ns")
N = 60
BASE = Layout("tob1", 10.0, (LayoutColumn("u", "Ux"),), "records", 0.0)


def series(code: float) -> np.ndarray:
    x = np.round(np.random.default_rng(1).normal(2.0, 1.0, N), 3)
    x[[3, 20, 59]] = code
    return x


@pytest.mark.parametrize("table", ["tob1", "tob3"])
@pytest.mark.parametrize(
    "kind", ["IEEE4", "IEEE4B", "IEEE4L", "IEEE8", "FP2", "FP4", "LONG", "SHORT", "INT4", "ASCII(12)"]
)
@pytest.mark.parametrize("code", ["999.999", "-9999", "-99.99", "9.9", "-0.001", "1e3"])
def test_campbell_types(tmp_path, table, kind, code):
    value = float(code)
    whole = kind in ("LONG", "SHORT", "INT4")
    if (whole and value != round(value)) or (kind == "FP2" and abs(value) > 7999):
        return
    path = tmp_path / "x.dat"
    write = {"tob1": write_tob1, "tob3": write_tob3}[table]
    x = series(value)
    write(path, [Field("Ux", "1", 3)], [np.rint(x) if whole else x], START, 10.0, kinds=[kind])
    found = read(path, replace(BASE, format=table, missing=(code,))).data["u"]
    assert np.flatnonzero(np.isnan(found)).tolist() == [3, 20, 59]
    assert not np.isnan(read(path, replace(BASE, format=table, missing=("-7777",))).data["u"]).any()


@pytest.mark.parametrize("value", [999.999, -99.99, 7.9996, 79.996, 799.96, 0.0004, 6999.0, -0.233])
def test_fp2_nearest_is_what_a_logger_stores(value):
    assert fp2_nearest(value) == fp2(fp2_words(np.array([value])))[0]


@pytest.mark.parametrize("code", ["999.999", "-9999", "-99.99"])
def test_floats_of_other_files(tmp_path, code):
    x, times = series(float(code)), START + np.arange(N) * np.timedelta64(100, "ms")
    binary_files.write_binary(tmp_path / "x_202407010000.bin", [x], ["<f4"])
    binary_files.write_netcdf(tmp_path / "x.nc", {"Ux": x}, times)
    table_files.write_parquet(tmp_path / "x.parquet", {"Ux": x.astype(np.float32)}, times)
    write_ghg(tmp_path / "x.ghg", ["Ux"], [x.astype(np.float32).astype(float)], START, 10.0)
    named = {"file_time": "name", "name_pattern": "x_%Y%m%d%H%M.bin", "name_time_is": "start"}
    layouts = {
        "x_202407010000.bin": replace(BASE, format="binary", columns=(LayoutColumn("u", 1),),
                                      number_types=("float32",), header_rows=0, **named),
        "x.nc": replace(BASE, format="netcdf"),
        "x.parquet": replace(BASE, format="parquet"),
        "x.ghg": replace(BASE, format="ghg"),
    }  # fmt: skip
    for name, layout in layouts.items():
        found = read(tmp_path / name, replace(layout, missing=(code,))).data["u"]
        assert np.flatnonzero(np.isnan(found)).tolist() == [3, 20, 59], name


@pytest.mark.parametrize("printed", ["999.999", "999.99902", "999.9990234375", "9.99999e2", "999.9990"])
def test_text(tmp_path, printed):
    path = tmp_path / "x_202407010000.csv"
    path.write_text("Ux,w\n" + "".join(f"{1.5 if k % 10 else printed},1\n" for k in range(N)))
    layout = replace(
        BASE, format="delimited", file_time="name", name_pattern="x_%Y%m%d%H%M.csv", name_time_is="start",
        missing=("999.999",),
    )  # fmt: skip
    assert np.flatnonzero(np.isnan(read(path, layout).data["u"])).tolist() == [0, 10, 20, 30, 40, 50]
