import gzip
import os
import signal
import sys

import netCDF4
import numpy as np
import pytest

from fluxkit.errors import ReadError
from fluxkit.raw.formats import hdf5, netcdf, parquet
from fluxkit.raw.inspection import inspect
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.opening import Contents
from fluxkit.raw.peek import first_time
from fluxkit.raw.registry import identify
from tests.logger_files.binary_files import write_netcdf

N = 200
TIMES = np.datetime64("2020-01-01T12:00:00.05", "ns") + np.arange(N) * np.timedelta64(50_000_000, "ns")
SERIES = {name: np.random.default_rng(k).normal(size=N).astype("f4") for k, name in enumerate(("u", "w"))}
LAYOUT = Layout("netcdf", 20.0, (LayoutColumn("u", "u"), LayoutColumn("w", "w")), "records", 1.0)
NEON = "HARV/dp0p/data/soni/000_060/"


def classic(path, unit="seconds since 2020-01-01 12:00:00"):
    """A netCDF-3 file with a missing value and a packed variable."""
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as file:
        file.createDimension("time", None)
        time = file.createVariable("time", "f8", ("time",))
        time.units = unit
        time[:] = 0.05 * np.arange(1, N + 1)
        u = file.createVariable("u", "f4", ("time",), fill_value=-9999.0)
        u.units = "m s-1"
        u[:] = np.ma.masked_where(np.arange(N) == 3, SERIES["u"])
        w = file.createVariable("w", "i2", ("time",))
        w.scale_factor = 0.01
        w[:] = np.arange(N) * 0.01


@pytest.mark.parametrize("texts", [False, True])
def test_what_was_written_is_read(tmp_path, texts):
    path = tmp_path / "x.nc"
    write_netcdf(path, SERIES, TIMES, texts=texts)
    assert identify(path) == "netcdf"
    assert first_time(path, LAYOUT) == TIMES[0]
    samples = netcdf.read(path, LAYOUT)  # UTC by the conventions, or by Z, whatever the station's offset
    assert (samples.start, samples.size, samples.problems) == (TIMES[0], N, [])
    for name, values in SERIES.items():
        np.testing.assert_array_equal(samples.data[name], values)


def test_groups_as_neon_has_them(tmp_path):
    path = tmp_path / "x.h5"
    columns = {f"{NEON}veloXaxs": SERIES["u"], f"{NEON}veloZaxs": SERIES["w"]}
    slow = {"HARV/dp01/data/temp": np.arange(3.0)}
    write_netcdf(path, columns | {"HARV/dp0p/data/irgaTurb/000_060/co2": SERIES["u"]}, TIMES, texts=True)
    with netCDF4.Dataset(path, "a") as file:
        group = file.createGroup("HARV/dp01/data")
        group.createDimension("n", 3)
        group.createVariable("temp", "f8", ("n",))[:] = slow["HARV/dp01/data/temp"]
    found = inspect(path)
    assert (found.format, found.records, found.rate) == ("netcdf", N, 20.0)
    assert [c.name for c in found.columns][:2] == [f"{NEON}time", f"{NEON}veloXaxs"]
    assert not any("dp01" in c.name for c in found.columns)
    layout = Layout("netcdf", 20.0, (LayoutColumn("w", f"{NEON}veloZaxs"),), "records", -5.0)
    samples = netcdf.read(path, layout)
    assert samples.start == TIMES[0]
    np.testing.assert_array_equal(samples.data["w"], SERIES["w"])


def test_classic_files(tmp_path):
    path = tmp_path / "x.nc"
    classic(path)
    samples = netcdf.read(path, LAYOUT)
    assert samples.start == TIMES[0]
    assert np.flatnonzero(np.isnan(samples.data["u"])).tolist() == [3]
    np.testing.assert_allclose(samples.data["w"], np.arange(N) * 0.01, atol=1e-12)
    packed = tmp_path / "x.nc.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    np.testing.assert_array_equal(netcdf.read(packed, LAYOUT).data["u"], samples.data["u"])


@pytest.mark.parametrize(
    ("unit", "start"),
    [
        ("seconds since 2020-01-01 12:00:00 UTC", "2020-01-01T12:00:00.05"),
        ("minutes since 2020-1-1", "2020-01-01T00:00:03"),
        ("seconds since 2020-01-01T12:00Z", "2020-01-01T12:00:00.05"),
    ],
)
def test_units_of_time(tmp_path, unit, start):
    classic(tmp_path / "x.nc", unit)
    found = netcdf.columns_of_groups(Contents("x", (tmp_path / "x.nc").read_bytes()), None)
    assert found.load([], ()).stamps[0] == np.datetime64(start, "ns").astype(int)


@pytest.mark.parametrize("unit", ["seconds", "fortnights since 2020-01-01", "seconds since 2020-02-31", ""])
def test_a_time_that_tells_no_date(tmp_path, unit):
    classic(tmp_path / "x.nc", unit or " ")
    with pytest.raises(ReadError, match=r"raw\.time_column"):
        netcdf.read(tmp_path / "x.nc", LAYOUT)


def test_a_time_of_another_name(tmp_path):
    path = tmp_path / "x.nc"
    write_netcdf(path, SERIES, TIMES)
    with netCDF4.Dataset(path, "a") as file:
        file.renameVariable("time", "t")
    layout = Layout("netcdf", 20.0, LAYOUT.columns, "records", 0.0, time_column="t")
    assert netcdf.read(path, layout).start == TIMES[0]
    with pytest.raises(ReadError, match=r"raw\.time_column = 'tt' is no variable .* t, u, w"):
        netcdf.read(path, Layout("netcdf", 20.0, LAYOUT.columns, "records", 0.0, time_column="tt"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x89HDF\r\n\x1a\n" + b"\x00" * 60, "damaged or cut"),
        (b"CDF\x01", "damaged or cut|holds no"),
        (b"CDF\x05" + b"\x00" * 40, "nccopy -4"),
        (b"words", "is not a netCDF"),
    ],
)
def test_no_such_file(tmp_path, content, message):
    (tmp_path / "x.nc").write_bytes(content)
    with pytest.raises(ReadError, match=message):
        netcdf.read(tmp_path / "x.nc", LAYOUT)


def test_a_cut_file_is_told(tmp_path):
    path = tmp_path / "x.nc"
    write_netcdf(path, SERIES, TIMES)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ReadError, match="damaged or cut"):
        netcdf.read(path, LAYOUT)


def test_a_helper_that_hangs_or_dies_costs_one_file(tmp_path, monkeypatch):
    path = tmp_path / "x.nc"
    write_netcdf(path, SERIES, TIMES)
    helper = hdf5.Helper(patience=60.0)
    monkeypatch.setattr(hdf5, "HELPER", helper)
    content = Contents("x.nc", path.read_bytes())
    assert [entry.name for entry in helper.listing(content)] == ["time", "u", "w"]
    helper.patience = 0.2
    os.kill(helper._process.pid, signal.SIGSTOP)
    with pytest.raises(ReadError, match="gave up"):
        helper.values(content, ["u"], True)[0]
    helper.patience = 60.0
    np.testing.assert_array_equal(helper.values(content, ["u"], True)[0], SERIES["u"])
    with pytest.raises(ReadError, match="damaged"):
        helper.values(content, ["u", "absent"], True)
    helper.stop()
    np.testing.assert_array_equal(helper.values(content, ["w"], True)[0], SERIES["w"])
    helper.stop()


def test_parquet_without_its_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PAR1" + b"\x00" * 60)
    assert identify(path) == "parquet"
    with pytest.raises(ReadError, match=r"pip install 'fluxkit\[parquet\]'"):
        parquet.read(path, LAYOUT)


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_parquet(tmp_path, zone):
    pyarrow, tables = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "x.parquet"
    stamps = pyarrow.array(TIMES.astype("M8[us]"), pyarrow.timestamp("us", tz=zone))
    tables.write_table(
        pyarrow.table({"note": ["x"] * N, "when": stamps} | {k: v for k, v in SERIES.items()}), path
    )
    samples = parquet.read(path, LAYOUT)
    assert samples.start == TIMES[0] - np.timedelta64(0 if zone else 1, "h")
    for name, values in SERIES.items():
        np.testing.assert_array_equal(samples.data[name], values)
    assert [c.kind for c in inspect(path).columns] == ["text", "stamp", "number", "number"]
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ReadError, match="damaged or cut"):
        parquet.read(path, LAYOUT)


def test_the_time_beside_the_columns_is_taken(tmp_path):
    path = tmp_path / "x.nc"
    write_netcdf(path, {"a/u": SERIES["u"], "b/u": SERIES["u"]}, TIMES)
    with netCDF4.Dataset(path, "a") as file:
        file["b/time"][:] = file["b/time"][:] + 1_000
    starts = [
        netcdf.read(path, Layout("netcdf", 20.0, (LayoutColumn("u", f"{group}/u"),), "records", 0.0)).start
        for group in ("a", "b")
    ]
    assert starts == [TIMES[0], TIMES[0] + np.timedelta64(1, "s")]


def by_sample(path, *, first=0.5, transposed=False, gap=False):
    """NCAR's ISFS: seconds and the samples of each, 20 of wind, 5 of pressure, 1 of temperature."""
    seconds = np.arange(10.0)
    if gap:
        seconds[4:] += 3.0
    with netCDF4.Dataset(path, "w") as file:
        for name, size in {"time": None, "sample": 20, "sample_5": 5, "level": 3}.items():
            file.createDimension(name, size)
        time = file.createVariable("time", "f8", ("time",))
        time.units = "seconds since 2020-01-01 12:00:00 00:00"
        time[:] = first + seconds
        dims = ("sample", "time") if transposed else ("time", "sample")
        for name, values in SERIES.items():
            x = file.createVariable(name, "f4", dims, fill_value=1e37)
            x.units = "m/s"
            grid = np.ma.masked_where(np.arange(N) == 7, values).reshape(10, 20)
            x[:] = grid.T if transposed else grid
        file.createVariable("p", "f4", ("time", "sample_5"))[:] = np.arange(50.0).reshape(10, 5)
        file.createVariable("t", "f4", ("time",))[:] = np.arange(10.0)
        file.createVariable("profile", "f4", ("time", "level"))[:] = 0.0


@pytest.mark.parametrize(("first", "begin"), [(0.5, 0.0), (0.0, 0.0), (0.25, 0.25)])
@pytest.mark.parametrize("transposed", [False, True])
def test_samples_of_each_second(tmp_path, first, begin, transposed):
    path = tmp_path / "x.nc"
    by_sample(path, first=first, transposed=transposed)
    columns = tuple(LayoutColumn(name, name) for name in (*SERIES, "p", "t"))
    samples = netcdf.read(path, Layout("netcdf", 20.0, columns, "records", 1.0))
    start = np.datetime64("2020-01-01T12:00", "ns") + np.timedelta64(round(begin * 1e9), "ns")
    assert (samples.start, samples.size, samples.problems) == (start, N, [])
    for name, values in SERIES.items():
        np.testing.assert_array_equal(samples.data[name], np.where(np.arange(N) == 7, np.nan, values))
    np.testing.assert_array_equal(samples.data["p"], np.repeat(np.arange(50.0), 4))
    np.testing.assert_array_equal(samples.data["t"], np.repeat(np.arange(10.0), 20))
    found = inspect(path)
    assert (found.rate, found.records, found.first) == (20.0, N, start)
    assert [column.name for column in found.columns] == ["time", "u", "w", "p", "t"]


def test_seconds_that_are_missing_between_samples(tmp_path):
    by_sample(tmp_path / "x.nc", gap=True)
    samples = netcdf.read(tmp_path / "x.nc", Layout("netcdf", 20.0, LAYOUT.columns, "records", 0.0))
    assert samples.size == N + 60
    assert np.isnan(samples.data["w"][80:140]).all()
    np.testing.assert_array_equal(samples.data["w"][140:], SERIES["w"][80:])


def test_what_is_no_column_is_said(tmp_path):
    """Levels are no samples; of two time axes the longer one holds the records."""
    by_sample(tmp_path / "x.nc")
    layout = Layout("netcdf", 20.0, (LayoutColumn("u", "profile"),), "records", 0.0)
    with pytest.raises(
        ReadError, match=r"profile\(time: 10, level: 3\) is no column.*u\(time: 10, sample: 20\)"
    ):
        netcdf.read(tmp_path / "x.nc", layout)
    path = tmp_path / "two.nc"
    with netCDF4.Dataset(path, "w") as file:
        for name, size in {"time": 100, "time_slow": 10}.items():
            file.createDimension(name, size)
            time = file.createVariable(name, "f8", (name,))
            time.units = "seconds since 2020-01-01"
            time[:] = np.arange(size) * (10.0 / size)
        file.createVariable("u", "f4", ("time",))[:] = 1.0
        file.createVariable("co2", "f4", ("time_slow",))[:] = 2.0
    layout = Layout("netcdf", 10.0, (LayoutColumn("u", "u"),), "records", 0.0)
    assert netcdf.read(path, layout).size == 100
    layout = Layout("netcdf", 10.0, (LayoutColumn("u", "u"), LayoutColumn("co2", "co2")), "records", 0.0)
    with pytest.raises(ReadError, match=r"co2\(time_slow: 10\) is no column.*\[\[sources\]\]"):
        netcdf.read(path, layout)
    only = tmp_path / "levels.nc"
    with netCDF4.Dataset(only, "w") as file:
        file.createDimension("time", 5)
        file.createDimension("level", 3)
        file.createVariable("u", "f4", ("time", "level"))[:] = 1.0
    with pytest.raises(
        ReadError, match=r"no one-dimensional variable with values; there are: u\(time: 5, level: 3\)"
    ):
        inspect(only)


def test_isfs_of_a_user(shared):
    found = inspect(shared / "cases" / "tower" / "isfs_20240701_09.nc")
    assert (found.records, found.rate) == (50, 10.0)
    assert found.first == np.datetime64("2024-07-01T09:00")
