"""Each format of towers: written, read, inspected, opened, documented; real files where there are some."""

import csv
import gzip
import importlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from fluxkit.errors import UnknownFormatError
from fluxkit.raw.formats import binary, meteoflux, slt
from fluxkit.raw.inspection import inspect
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.reading import open_raw, read
from fluxkit.raw.registry import BUILT_IN, identify, reader
from fluxkit.site.models import Site
from fluxkit.synthetic.writers import Field, time_stamps, write_toa5
from tests.logger_files import binary_files as files
from tests.logger_files import binary_writers as loggers
from tests.logger_files import serial_files as telegrams
from tests.logger_files import table_files as tables

RAW = "data/ec_raw"
RATE, N = 10.0, 600
START = np.datetime64("2024-07-01T12:30", "ns")
TIMES = START + np.arange(N) * np.timedelta64(100, "ms")
RNG = np.random.default_rng(2)
WIND = np.round(RNG.normal(0.0, 2.0, (3, N)), 2)
WARM = np.round(RNG.normal(20.0, 0.5, N), 2)
SOUND = np.round(RNG.normal(341.0, 0.3, N) * 50.0) / 50.0
VALUES = dict(zip(("u", "v", "w", "t_sonic"), [*WIND, WARM], strict=True))
FIELDS = [Field(name, "C" if name == "t_sonic" else "m/s", 2) for name in VALUES]
NAME = "x_202407011230"
NEON = f"DEMO/{tables.NEON_SONIC}/"


def toa5(folder: Path) -> Path:
    path = folder / f"{NAME}.dat"
    write_toa5(path, FIELDS, list(VALUES.values()), time_stamps(START, N, RATE))
    return path


def campbell(write: Callable[..., None]) -> Callable[[Path], Path]:
    def _write(folder: Path) -> Path:
        path = folder / f"{NAME}.dat"
        kinds = ["IEEE8", "IEEE4B", "FP2", "IEEE8B"]
        write(path, FIELDS, list(VALUES.values()), START, RATE, kinds=kinds)
        return path

    return _write


def ghg(folder: Path) -> Path:
    path = folder / f"{NAME}.ghg"
    loggers.write_ghg(path, list(VALUES), list(VALUES.values()), START, RATE)
    return path


def slt_file(folder: Path) -> Path:
    files.write_slt(folder / f"{NAME}.slt", START, WIND, SOUND, np.empty((0, N)))
    return folder / f"{NAME}.slt"


def edisol(folder: Path) -> Path:
    files.write_edisol(folder / f"{NAME}.slt", START, WIND, WARM, np.empty((0, N)), RATE)
    return folder / f"{NAME}.slt"


def meteoflux_file(folder: Path) -> Path:
    files.write_meteoflux(folder / f"{NAME}.raw", WIND, WARM, np.ones((4, N)))
    return folder / f"{NAME}.raw"


def binary_file(folder: Path) -> Path:
    files.write_binary(folder / f"{NAME}.bin", [*WIND, WARM], [">f8"] * 4, header=b"line\nxyz", padding=3)
    return folder / f"{NAME}.bin"


def aerodyne(folder: Path) -> Path:
    files.write_aerodyne(folder / f"{NAME}.str", VALUES, TIMES)
    return folder / f"{NAME}.str"


def bico(folder: Path) -> Path:
    columns = {f"{name.upper()}_[HS50-A]": x for name, x in VALUES.items()}
    tables.write_bico(folder / f"{NAME}.csv", columns, START, RATE)
    return folder / f"{NAME}.csv"


def icos(folder: Path) -> Path:
    columns = {name.upper(): x for name, x in VALUES.items()}
    return tables.write_icos(folder, columns, START + np.timedelta64(1, "m"), decimals=2)


def delimited(folder: Path) -> Path:
    tables.write_stamped_csv(folder / f"{NAME}.csv", VALUES, START, RATE)
    return folder / f"{NAME}.csv"


def netcdf(folder: Path) -> Path:
    files.write_netcdf(folder / f"{NAME}.nc", VALUES, TIMES)
    return folder / f"{NAME}.nc"


def parquet(folder: Path) -> Path:
    tables.write_parquet(folder / f"{NAME}.parquet", VALUES, TIMES)
    return folder / f"{NAME}.parquet"


def neon(folder: Path) -> Path:
    sonic = {name: (x, "degC" if name == "t_sonic" else "m s-1") for name, x in VALUES.items()}
    gas = {"rtioMoleDryCo2": (np.full(N, 4e-4), "mol mol-1")}
    path = folder / f"{NAME}.h5"
    tables.write_neon(path, "DEMO", {tables.NEON_SONIC: sonic, tables.NEON_ANALYSER: gas}, TIMES)
    return path


def serial(folder: Path) -> Path:
    return telegrams.write(folder / f"{NAME}.log", telegrams.stamped(telegrams.gill(VALUES), TIMES))


@dataclass(frozen=True)
class Case:
    """One kind of file."""

    format: str
    write: Callable[[Path], Path]
    names: tuple[str, ...] = tuple(VALUES)  #: of the columns, in the order of VALUES
    raw: dict[str, Any] = field(default_factory=dict)  #: section [raw] beside format and rate
    digits: float = 1e-12  #: what is stored, relative
    stamped: bool = True  #: records have stamps
    marked: bool = True  #: recognised by itself
    real: str = ""
    oracle: str = ""  #: test that compares every value of the real file with another's reading of it


BY_NAME = {"file_time": "name", "name_pattern": "x_%Y%m%d%H%M.*", "name_time_is": "start"}
STAMPED = {"file_time": "records"}
CASES = {
    "toa5": Case(
        "toa5", toa5, real="real/TOA5_6843.ts_Above_2012_06_07_1245.dat",
        oracle="tests.raw.test_every_format:test_every_value_of_measured_text",
    ),
    "tob1": Case(
        "tob1", campbell(loggers.write_tob1), digits=1e-6, real="campbell_logger_testfiles/TOB1_full27.dat",
        oracle="tests.raw.test_campbell_oracle:test_every_value_is_that_of_the_conversion",
    ),
    "tob3": Case(
        "tob3", campbell(loggers.write_tob3), digits=1e-6,
        real="cr6_two_sonics_tob3/Slow_2026-03-26_00-01-34.dat.gz",
        oracle="tests.raw.test_campbell_oracle:test_every_value_is_that_of_the_conversion",
    ),
    "ghg": Case(
        "ghg", ghg, real="thuenen_ghg_li7200/2016-12-11T200000_AIU-1359.ghg",
        oracle="tests.raw.test_binary_round_trip:test_measured_ghg",
    ),
    "slt": Case(
        "slt", slt_file, ("u", "v", "w", "sos"), stamped=False, real="thuenen_eddymeas_slt/W20163281500.slt",
        oracle="tests.raw.test_binary_formats:test_eddymeas_against_the_loggers_own_means",
    ),
    "edisol": Case("edisol", edisol, raw=BY_NAME, stamped=False, marked=False),
    "meteoflux": Case(
        "meteoflux", meteoflux_file, raw=BY_NAME, stamped=False,
        real="meteoflux_usonic_binary/20190701.12.gz",
        oracle="tests.raw.test_binary_formats:test_meteoflux_value_by_value",
    ),
    "binary": Case(
        "binary", binary_file, stamped=False, marked=False,
        raw=BY_NAME | {"number_types": "float64", "byte_order": "big", "header_rows": 1, "header_bytes": 3,
                       "record_bytes": 35},
        oracle="tests.raw.test_every_format:test_real_records_described_by_hand",
    ),
    "aerodyne": Case(
        "aerodyne", aerodyne, digits=1e-6, real="thuenen_aerodyne_qcl/161210_000000.str.gz",
        oracle="tests.raw.test_aerodyne:test_an_hour_value_by_value",
    ),
    "bico": Case(
        "bico", bico, tuple(f"{name.upper()}_[HS50-A]" for name in VALUES),
        real="ch_das_20hz_bico/example_input_file.csv.gz", oracle="tests.raw.test_bico:test_value_by_value",
    ),
    "icos": Case(
        "icos", icos, tuple(name.upper() for name in VALUES), stamped=False,
        raw={"file_time": "name", "name_pattern": "??-???_EC_%Y%m%d%H%M_L??_F??.csv", "name_time_is": "end",
             "file_minutes": 1.0},
        real="real/DE-HoH_EC_201907301200_v01.csv",
        oracle="tests.raw.test_every_format:test_every_value_of_measured_text",
    ),
    "delimited": Case(
        "delimited", delimited, raw={"time_column": "time", "names_row": 1},
        real="finse_10hz/raw/2018-07-20T120000.csv.gz",
        oracle="tests.raw.test_every_format:test_every_value_of_measured_text",
    ),
    "serial": Case("serial", serial),
    "netcdf": Case("netcdf", netcdf, digits=1e-6),
    "parquet": Case("parquet", parquet),
    "neon": Case("netcdf", neon, tuple(NEON + name for name in VALUES), digits=1e-6),
}  # fmt: skip


def expected(case: Case, name: str) -> np.ndarray:
    return SOUND if case.format == "slt" and name == "t_sonic" else VALUES[name]


def site_of(case: Case) -> Site:
    units = {"t_sonic": "m s-1" if case.format == "slt" else "K"}
    columns = {
        name: {"column": column, "unit": units.get(name, "m s-1"), "instrument": "sonic"}
        for name, column in zip(VALUES, case.names, strict=True)
    }
    if case.format == "binary":
        for position, column in enumerate(columns.values(), 1):
            column["column"] = position
    return Site.model_validate(
        {
            "station": {
                "id": "XX-Tst", "latitude": 50.0, "longitude": 8.0, "altitude": 100.0, "utc_offset_h": 0.0,
                "canopy_height": 0.2,
            },
            "instruments": [{"kind": "sonic", "id": "sonic", "model": "csat3", "height": 3.0}],
            "raw": {"files": "*", "format": case.format, "rate": RATE} | STAMPED | case.raw,
            "columns": columns,
        }
    )  # fmt: skip


def known_as(case: Case) -> dict[str, str]:
    return {} if case.marked else {"format": case.format}


@pytest.fixture(params=CASES)
def case(request) -> Case:
    return CASES[request.param]


def test_no_format_is_forgotten():
    towers = {name for name in BUILT_IN if reader(name).of_tower}
    assert {case.format for case in CASES.values()} == towers, "give each format a case in CASES above"


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_table_of_formats_says_what_each_is(name):
    form = reader(name)
    told = bool(form.what and form.times)
    assert told == form.of_tower, f"give the Reader {name!r} what= and times=, then run `make docs`"


def test_what_was_written_is_read(case, tmp_path):
    path = case.write(tmp_path)
    if case.marked:
        assert identify(path) == case.format
    data = open_raw(path, site_of(case))
    assert (data.time.values[0], data.sizes["time"], data.attrs["problems"]) == (START, N, [])
    for name in VALUES:
        np.testing.assert_allclose(data[name], expected(case, name), rtol=case.digits, atol=1e-12)


def test_opened_by_xarray(case, tmp_path):
    path = case.write(tmp_path)
    of_station = xr.open_dataset(path, engine="fluxkit", site=site_of(case))
    xr.testing.assert_identical(of_station, open_raw(path, site_of(case)))
    if case.format == "binary":
        with pytest.raises(UnknownFormatError, match="open it with site="):
            xr.open_dataset(path, engine="fluxkit", format="binary")
        return
    data = xr.open_dataset(path, engine="fluxkit", **known_as(case))
    assert data.sizes == {"time" if case.stamped else "record": N}
    for name, column in zip(VALUES, case.names, strict=True):
        np.testing.assert_allclose(data[column], expected(case, name), rtol=case.digits, atol=1e-12)
    if case.stamped:
        np.testing.assert_array_equal(data.time, TIMES)


def test_inspected(case, tmp_path):
    path = case.write(tmp_path)
    if case.format == "binary":
        with pytest.raises(UnknownFormatError, match="do not describe their columns"):
            inspect(path, "binary")
        return
    found = inspect(path, None if case.marked else case.format)
    assert (found.format, found.records, found.problems) == (case.format, N, ())
    assert {column.name for column in found.columns} >= set(case.names)
    if case.stamped:
        assert (found.first, found.rate) == (START, RATE)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.real])
def test_real_file_is_inspected_and_opened(shared, name):
    case = CASES[name]
    path = shared / RAW / case.real
    found = inspect(path)
    data = xr.open_dataset(path, engine="fluxkit")
    assert (found.format, data.attrs["format"]) == (case.format, case.format)
    assert data.attrs["records"] == found.records > 50
    numbers = {c.name: c for c in found.columns if c.kind == "number"}
    assert numbers
    for column, told in numbers.items():
        if told.missing == 0.0:
            assert float(data[column].min()) == told.minimum
            assert float(data[column].max()) == told.maximum


def test_real_records_described_by_hand(shared, tmp_path):
    """The general reader, told the layout of two loggers, against the readers of those formats."""
    folder = shared / RAW
    eddymeas = folder / "thuenen_eddymeas_slt/W20163281500.slt"
    own = slt.READER.read(
        eddymeas, Layout("slt", 10.0, (LayoutColumn("u", "u"), LayoutColumn("s", "sos")), "records", 0.0)
    )
    told = Layout(
        "binary", 10.0, (LayoutColumn("u", 1, scale=0.01), LayoutColumn("s", 4, scale=0.02)), "name", 0.0,
        "W2016%j%H%M.slt", year=2016, name_time_is="start", header_bytes=20, header_rows=0,
        number_types=("int16",), record_bytes=20,
    )  # fmt: skip
    ours = binary.READER.read(eddymeas, told)
    assert ours.start == own.start == np.datetime64("2016-11-23T15:00")
    for name in own.data:
        np.testing.assert_allclose(ours.data[name], own.data[name], rtol=1e-15)
    path = tmp_path / "20190701.12"
    with gzip.open(folder / "meteoflux_usonic_binary/20190701.12.gz") as packed, path.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    layout = Layout(
        "meteoflux", 10.0, (LayoutColumn("u", 2, scale=1.0),), "name", 0.0, meteoflux.NAME_PATTERN,
        name_time_is="start", number_types=("int32",) * 8, byte_order="big", header_rows=0,
    )  # fmt: skip
    np.testing.assert_array_equal(
        binary.READER.read(path, layout).data["u"],
        np.rint(100 * meteoflux.READER.read(path, layout).data["u"]),
    )


@pytest.mark.parametrize(("name", "top"), [("toa5", 4), ("icos", 1), ("delimited", 1)])
def test_every_value_of_measured_text(shared, name, top):
    """Python's own reader of tables and numbers is the other opinion."""
    path = shared / RAW / CASES[name].real
    packed = path.read_bytes()
    text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode("latin-1")
    rows = list(csv.reader(text.splitlines()))
    names, body = rows[1 if name == "toa5" else 0], rows[top:]
    data = xr.open_dataset(path, engine="fluxkit")
    assert data.attrs["records"] == len(body)
    compared = [k for k, column in enumerate(names) if column in data.data_vars]
    assert len(compared) >= 6
    for k in compared:
        values = [float(row[k]) if row[k] not in ("", "NAN", "NaN") else np.nan for row in body]
        np.testing.assert_array_equal(data[names[k]], values)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.oracle])
def test_there_is_an_oracle(name):
    module, _, function = CASES[name].oracle.partition(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_units_of_the_header_are_told(tmp_path):
    told = {"toa5": "m/s", "tob1": "m/s", "tob3": "m/s", "slt": "m s-1", "neon": "m s-1"}
    for name, unit in told.items():
        (tmp_path / name).mkdir()
        data = xr.open_dataset(CASES[name].write(tmp_path / name), engine="fluxkit")
        assert data[CASES[name].names[0]].attrs["units"] == unit


def test_reading_does_not_depend_on_packing(tmp_path):
    """Whatever the format, the same numbers from a gzip file; LI-COR's archive is one by itself."""
    for name in ("toa5", "tob1", "tob3", "slt", "aerodyne", "netcdf", "parquet"):
        case = CASES[name]
        path = case.write(tmp_path)
        columns = tuple(LayoutColumn(v, c) for v, c in zip(VALUES, case.names, strict=True))
        layout = Layout(case.format, RATE, columns, "records", 0.0)
        plain = read(path, layout)
        packed = tmp_path / f"{path.name}.gz"
        packed.write_bytes(gzip.compress(path.read_bytes()))
        for variable, x in read(packed, layout).data.items():
            np.testing.assert_array_equal(x, plain.data[variable])
