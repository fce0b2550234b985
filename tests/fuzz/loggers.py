"""Readers of towers' loggers: sound files of every format, made, and measured ones where they are at hand."""

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import netCDF4
import numpy as np

from fluxkit.raw.formats.hdf5 import HELPER
from fluxkit.raw.inspection import Inspection, inspect
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.peek import first_time
from fluxkit.raw.reading import read
from fluxkit.raw.registry import identify
from fluxkit.raw.samples import Samples
from fluxkit.synthetic.writers import Field, time_stamps, write_table, write_toa5
from tests.conftest import SHARED
from tests.fuzz.damage import is_text, zipped
from tests.fuzz.target import Seed, require
from tests.logger_files import binary_files as plain
from tests.logger_files.binary_writers import write_ghg, write_tob1, write_tob3
from tests.raw.test_every_format import CASES

N = 80
RATE = 10.0
START = np.datetime64("2016-11-23T09:30", "ns")
STAMP = "201611230930"
TIMES = START + np.arange(N) * np.timedelta64(100_000_000, "ns")
_RNG = np.random.default_rng(5)
WIND = np.round(_RNG.normal(0.0, 2.0, (3, N)), 2)
WARM = np.round(_RNG.normal(20.0, 0.5, N), 2)
SOUND = np.round(_RNG.normal(341.0, 0.3, N) * 50.0) / 50.0
VOLTS = np.round(_RNG.uniform(0.0, 4999.0, (4, N)), 1)
FIELDS = [Field("Ux", "m/s", 3), Field("Uz", "m/s", 3), Field("Ts", "C", 3)]
#: Columns of ``FIELDS``.
SERIES = [WIND[0], WIND[2], WARM]

#: Most slots that a file of some kilobytes may become, and of its content where it is larger.
MOST_SLOTS, PER_BYTE = 4_000_000, 50
#: What is taken of a measured file. [bytes]
MEASURED_BYTES = 6_000

Written = Iterator[tuple[str, bytes]]

MEASURED = {
    "toa5": ("real/TOA5_6843.ts_Above_2012_06_07_1245.dat", "cr6_two_sonics_tob3/TOA5_Slow_*.gz"),
    "tob1": ("campbell_logger_testfiles/TOB1_full10.dat", "ugs_easyflux_tob3/*_Flux_CSFormat_3.dat"),
    "tob3": ("campbell_logger_testfiles/TOB3_long19.dat", "cr6_two_sonics_tob3/S*.dat.gz"),
    "ghg": ("thuenen_ghg_li7200/*T200000*.ghg",),
    "slt": ("thuenen_eddymeas_slt/W20163281404.slt",),
    "meteoflux": ("meteoflux_usonic_binary/20190701.12.gz",),
    "aerodyne": ("thuenen_aerodyne_qcl/*.str.gz", "thuenen_aerodyne_qcl/*.stc.gz"),
    "bico": ("ch_das_20hz_bico/*.csv.gz",),
    "icos": ("real/DE-HoH_EC_*.csv",),
    "delimited": (
        "finse_10hz/raw/*.csv.gz", "ugs_irgason/*.csv.gz", "real/*LGRData.txt", "synthetic_A/synA*.gz",
    ),
}  # fmt: skip


def logger_seeds(name: str) -> Callable[[Path], list[Seed]]:
    """Return what makes the sound files of a tower's format."""

    def seeds(folder: Path) -> list[Seed]:
        files = [*MADE.get(name, _as_elsewhere(name))(folder), *_measured(name)]
        return [_seed(name, file, content, folder) for file, content in files]

    return seeds


def _seed(name: str, file: str, content: bytes, folder: Path) -> Seed:
    path = folder / file
    path.write_bytes(content)
    layout = GIVEN[name] if name in GIVEN else layout_from(inspect(path, name))
    return Seed(file, content, ways(name, layout))


def ways(name: str, layout: Layout) -> tuple[Callable[[Path], object], ...]:
    """Return what users do with such a file: read it, ask for its time, look at it, have it recognised."""

    def reading(path: Path) -> None:
        check(read(path, layout), path.stat().st_size)

    def looking(path: Path) -> None:
        found = inspect(path, name)
        require(found.records > 0, "an inspection without records")

    return reading, lambda path: first_time(path, layout), looking, identify


def check(samples: Samples, size: int) -> None:
    """Check what every reader promises of its samples."""
    require(samples.size > 0, "no samples and no error")
    require(samples.size < MOST_SLOTS + PER_BYTE * size, f"{samples.size} slots from {size} bytes")
    require({x.shape for x in samples.data.values()} == {(samples.size,)}, "columns of unequal length")
    require({x.dtype for x in samples.data.values()} == {np.dtype(np.float64)}, "columns of another type")
    require(not any(np.isinf(x).any() for x in samples.data.values()), "infinite samples")
    require(len(samples.problems) < 100, f"{len(samples.problems)} problems told one by one")
    require(all(len(problem.reason) < 5000 for problem in samples.problems), "a problem without end")
    require(not np.isnat(samples.start), "no start")
    require(samples.records >= 0, "a negative number of records")


def layout_from(found: Inspection) -> Layout:
    """Return a layout as somebody would write it who has inspected the file."""
    numbers = [c for c in found.columns if c.kind == "number"][:4]
    names = [c.name for c in found.columns]
    variables = ("u", "v", "w", "t_sonic")
    columns = tuple(
        LayoutColumn(
            variable, c.name if c.name and names.count(c.name) == 1 else c.position, scale=0.5, shift=1.0
        )
        for variable, c in zip(variables, numbers, strict=False)
    )
    stamped = found.first is not None
    return Layout(
        found.format,
        found.rate or RATE,
        columns,
        "records" if stamped else "name",
        1.0,
        None if stamped else f"*{'%Y%m%d%H%M'}*",
        name_time_is="start",
        delimiter=found.delimiter or ",",
        header_rows=found.header_rows,
        names_row=found.names_row,
        time_column=found.time_column if found.format == "delimited" else None,
        missing=("-9999", "NAN", "none"),
    )


# ---- measured files ----


def _measured(name: str) -> Written:
    folder = SHARED / "data" / "ec_raw"
    for pattern in MEASURED.get(name, ()):
        for path in sorted(folder.glob(pattern))[:1]:
            content = path.read_bytes()
            content = gzip.decompress(content) if path.suffix == ".gz" else content
            suffix = Path(path.name.removesuffix(".gz")).suffix
            yield f"x_{STAMP}{suffix}", _beginning(content)


def _beginning(content: bytes) -> bytes:
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return zipped({name: _beginning(archive.read(name)) for name in archive.namelist()})
    start = content[:MEASURED_BYTES]
    return start[: start.rfind(b"\n") + 1] if is_text(start) else start


# ---- made files ----


def _file(folder: Path, suffix: str, write: Callable[[Path], object]) -> tuple[str, bytes]:
    path = folder / f"x_{STAMP}{suffix}"
    write(path)
    return path.name, path.read_bytes()


def _as_elsewhere(name: str) -> Callable[[Path], Written]:
    """Return what writes a format without files of its own below: that of the tests of all formats."""
    case = next(case for case in CASES.values() if case.format == name)

    def written(folder: Path) -> Written:
        path = case.write(folder)
        yield path.name, _beginning(path.read_bytes())

    return written


def _toa5(folder: Path) -> Written:
    stamps = time_stamps(START, N, RATE)
    yield _file(folder, ".dat", lambda path: write_toa5(path, FIELDS, SERIES, stamps))


def _tob1(folder: Path) -> Written:
    yield _file(folder, ".dat", lambda path: write_tob1(path, FIELDS, SERIES, START, RATE))
    kinds = ["FP2", "IEEE8", "IEEE4"]
    yield _file(folder, ".dat", lambda path: write_tob1(path, FIELDS, SERIES, START, RATE, kinds=kinds))


def _tob3(folder: Path) -> Written:
    counts = np.delete(np.arange(N + 4), [20, 21, 43, 60])
    yield _file(folder, ".dat", lambda path: write_tob3(path, FIELDS, SERIES, START, RATE, wrapped=3))
    yield _file(folder, ".dat", lambda path: write_tob3(path, FIELDS, SERIES, START, RATE, records=counts))
    yield _file(folder, ".dat", lambda path: write_tob3(path, FIELDS, SERIES, START, RATE, version="TOB2"))


def _ghg(folder: Path) -> Written:
    names = ["Aux 1 - Ux (m/s)", "Aux 2 - Uz (m/s)", "Ts (C)"]
    metadata = ";GHG_METADATA\n[Site]\nlatitude=51.1\n[Instruments]\ninstr_1_model=hs_50_1\n"
    others = {"x-biomet.data": b"DATE\tTIME\tTA\n2016-11-23\t09:30:00\t20.5\n"}
    yield _file(
        folder,
        ".ghg",
        lambda path: write_ghg(path, names, SERIES, START, RATE, metadata=metadata, others=others),
    )


def _slt(folder: Path) -> Written:
    yield _file(
        folder,
        ".slt",
        lambda p: plain.write_slt(p, START, WIND, SOUND, VOLTS[:2], high_resolution=[True, False]),
    )


def _edisol(folder: Path) -> Written:
    yield _file(folder, ".slt", lambda p: plain.write_edisol(p, START, WIND, WARM, VOLTS[:2], RATE))


def _meteoflux(folder: Path) -> Written:
    yield _file(folder, "", lambda path: plain.write_meteoflux(path, WIND, WARM, VOLTS))


def _aerodyne(folder: Path) -> Written:
    gases = {"CH4": 1900.0 + WARM, "N2O": 330.0 + WARM}
    yield _file(folder, ".str", lambda path: plain.write_aerodyne(path, gases, TIMES))


def _bico(folder: Path) -> Written:
    names = ["U_[HS50-A]", "V_[HS50-A]", "W_[HS50-A]", "CO2_DRY_[IRGA72-A]"]
    rows = [",".join(names), *(",".join(f"{x:.3f}" for x in row) for row in zip(*WIND, WARM, strict=True))]
    yield f"CH-AAA_{STAMP}.csv", "\n".join(rows).encode() + b"\n"


def _netcdf(folder: Path) -> Written:
    """Classic files, which are read in Python; HDF5 is a target of its own."""
    path = folder / f"x_{STAMP}.nc"
    for form in ("NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET"):
        with netCDF4.Dataset(path, "w", format=form) as file:
            file.createDimension("time", None if form == "NETCDF3_CLASSIC" else N)
            time = file.createVariable("time", "f8", ("time",))
            time.units = "seconds since 2016-11-23 09:30:00"
            time[:] = np.arange(N) / RATE
            u = file.createVariable("u", "f4", ("time",), fill_value=-9999.0)
            u.units = "m s-1"
            u[:] = np.ma.masked_where(np.arange(N) == 3, WIND[0])
            w = file.createVariable("w", "i2", ("time",))
            w.scale_factor = 0.01
            w[:] = WIND[2]
        yield path.name, path.read_bytes()


def hdf5(folder: Path) -> list[Seed]:
    """Sound HDF5 files: of netCDF-4, and in groups with times as texts."""
    files = []
    for texts in (False, True):
        path = folder / f"x_{STAMP}.h5"
        prefix = "HARV/dp0p/data/soni/000_060/" if texts else ""
        columns = {f"{prefix}u": WIND[0], f"{prefix}w": WIND[2]}
        plain.write_netcdf(path, columns, TIMES, texts=texts)
        files.append((path.name, path.read_bytes()))
    seeds = [_seed("netcdf", file, content, folder) for file, content in files]
    return [replace(seed, ways=tuple(impatient(way) for way in seed.ways)) for seed in seeds]


def impatient(way: Callable[[Path], object]) -> Callable[[Path], object]:
    """Read with a helper that is given up after seconds, not after a minute."""

    def reading(path: Path) -> object:
        before, HELPER.patience = HELPER.patience, 3.0
        try:
            return way(path)
        finally:
            HELPER.patience = before

    return reading


def _parquet(folder: Path) -> Written:
    import pyarrow
    import pyarrow.parquet

    path = folder / f"x_{STAMP}.parquet"
    table = {"time": pyarrow.array(TIMES.astype("M8[us]")), "note": ["x"] * N, "u": WIND[0], "w": WIND[2]}
    for compression in ("none", "snappy"):
        pyarrow.parquet.write_table(pyarrow.table(table), path, compression=compression)
        yield path.name, path.read_bytes()


def _binary(folder: Path) -> Written:
    types = (">i2", ">i2", ">i2", ">f4")
    yield _file(
        folder,
        ".bin",
        lambda path: plain.write_binary(path, [*(100 * WIND), WARM], types, header=b"a line\nabc", padding=2),
    )


def _icos(folder: Path) -> Written:
    names = [Field("U", "m s-1", 3), Field("V", "m s-1", 3), Field("W", "m s-1", 3), Field("T_SONIC", "K", 3)]
    rows = [",".join(f.name for f in names)]
    rows += [",".join(f"{x:.3f}" for x in row) for row in zip(*WIND, WARM + 273.0, strict=True)]
    yield f"BE-Bra_EC_{STAMP}_L01_F01.csv", "\n".join(rows).encode() + b"\n"


def _delimited(folder: Path) -> Written:
    yield _file(folder, ".csv", lambda path: write_table(path, FIELDS, SERIES))
    rows = [
        f"{str(t)[:23].replace('T', ' ')};{u:.3f};{w:.3f};NAN"
        for t, u, w in zip(TIMES, *SERIES[:2], strict=True)
    ]
    yield f"x_{STAMP}.txt", "\r\n".join(["# a remark", "time;u;w;t", *rows]).encode()
    rows = [f"{u:9.3f} {w:9.3f}  20.5" for u, w in zip(*SERIES[:2], strict=True)]
    yield f"x_{STAMP}.prn", "\n".join(rows).encode() + b"\n"


MADE: dict[str, Callable[[Path], Written]] = {
    "toa5": _toa5, "tob1": _tob1, "tob3": _tob3, "ghg": _ghg, "slt": _slt, "edisol": _edisol,
    "meteoflux": _meteoflux, "aerodyne": _aerodyne, "bico": _bico, "netcdf": _netcdf, "parquet": _parquet,
    "binary": _binary, "icos": _icos, "delimited": _delimited,
}  # fmt: skip

_BY_NAME = Layout(
    "", RATE, (), "name", 1.0, "*_%Y%m%d%H%M*", name_time_is="start"
)  # fmt: skip
#: Of formats that cannot be inspected without being told more.
GIVEN = {
    "binary": replace(
        _BY_NAME, format="binary",
        columns=(LayoutColumn("u", 1), LayoutColumn("v", 2), LayoutColumn("t_sonic", 4)),
        number_types=("int16", "int16", "int16", "float32"), record_bytes=12, byte_order="big",
        header_rows=1, header_bytes=3,
    ),
}  # fmt: skip
