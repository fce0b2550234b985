"""Sound files whose values tell which column and record they are of: no value can be right by chance."""

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import netCDF4
import numpy as np
import numpy.typing as npt

from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.reading import read
from fluxkit.raw.samples import Problem
from fluxkit.raw.series import FileClosure
from fluxkit.synthetic.writers import Array, Field, time_stamps, write_toa5
from tests.fuzz.damage import zipped
from tests.logger_files import binary_files
from tests.logger_files.binary_writers import write_ghg, write_tob1, write_tob3

START = np.datetime64("2024-07-01T00:00:00", "ns")
RATE = 10.0
STEP = np.timedelta64(100_000_000, "ns")
N = 600
STAMP = "202407010000"
#: Column -> level and spread: those of an eddy covariance station.
LEVELS = {
    "Ux": (3.0, 1.0), "Uy": (-1.0, 1.0), "Uz": (0.05, 0.3), "Ts": (20.0, 0.5), "CO2": (700.0, 5.0),
    "H2O": (420.0, 12.0), "P": (95.9, 0.05),
}  # fmt: skip
NAMES = tuple(LEVELS)

#: Writes records of the truth, some columns in some order, all stamps moved by whole slots.
Write = Callable[[slice, tuple[str, ...], int], bytes]


@dataclass(frozen=True)
class Found:
    """What a reader makes of a file."""

    slots: npt.NDArray[np.int64]  #: (n,) of each value since START
    late: float  #: by how much stamps are off, in slots
    data: dict[str, Array]  #: (n,) each
    problems: list[Problem]
    closings: Sequence[FileClosure] = ()  #: of an analyser's file


def of_tower(path: Path, layout: Layout) -> Found:
    """Read a logger's file."""
    samples = read(path, layout)
    since = (samples.start - START).astype(np.int64) * RATE / 1e9
    begin = round(since)
    return Found(begin + np.arange(samples.size), since - begin, samples.data, samples.problems)


@dataclass(frozen=True)
class Planted:
    """A sound file, and what is in it."""

    name: str
    file: str  #: name of the file
    layout: Layout | None  #: of a tower's format
    write: Write
    truth: dict[str, Array] = field(repr=False)  #: as layout's variables, in SI, (N,) each
    data: bytes = field(repr=False)
    body: int  #: first byte of the records
    record: int  #: bytes of one, 0 of lines
    stamped: bool = True  #: each record tells its time, or its frame does
    named: bool = True  #: the file names its columns
    clocked: bool = True  #: stamps are dates with times
    mark: bytes = b","  #: between fields
    codes: tuple[str, ...] = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be")  #: of a text
    container: bool = False  #: its bytes are a library's: values stand anywhere
    pack: Callable[[bytes], bytes] = bytes  #: what is damaged -> the file
    reading: Callable[[Path], Found] | None = None  #: of an analyser's format
    closings: Sequence[FileClosure] = ()  #: as the sound file records them

    def look(self, path: Path) -> Found:
        """Read a file of this kind."""
        if self.reading is not None:
            return self.reading(path)
        assert self.layout is not None
        return of_tower(path, self.layout)


def _values() -> dict[str, Array]:
    """Turbulence that singles hold, each value once."""
    rng = np.random.default_rng(20)
    found, seen = {}, np.empty(0)
    for name, (level, spread) in LEVELS.items():
        x = rng.normal(level, spread, 8 * N).astype(np.float32).astype(float).round(5)
        x = x[np.sort(np.unique(np.float32(x), return_index=True)[1])]
        x = x[~np.isin(np.float32(x), np.float32(seen))][:N]
        found[name], seen = x, np.append(seen, x)
    return found


VALUES = _values()
TIMES = START + np.arange(N) * STEP


def fields_of(names: tuple[str, ...]) -> list[Field]:
    return [Field(name, "1", 5) for name in names]


def rows_of(part: slice, names: tuple[str, ...]) -> list[Array]:
    return [VALUES[name][part] for name in names]


def first_of(part: slice, shift: int) -> np.datetime64:
    return START + (part.start + shift) * STEP


def by_path(folder: Path, suffix: str, write: Callable[[Path], None]) -> bytes:
    path = folder / f"made{suffix}"
    write(path)
    return path.read_bytes()


def layout_of(form: str, sources: tuple[str | int, ...] = NAMES, **more: object) -> Layout:
    columns = tuple(LayoutColumn(name.lower(), source) for name, source in zip(NAMES, sources, strict=False))
    return Layout(form, RATE, columns, "records", 0.0, **more)  # type: ignore[arg-type]


BY_NAME = {"file_time": "name", "name_pattern": "x_%Y%m%d%H%M.*", "name_time_is": "start"}


def filled_in(folder: Path, made: Planted, names: tuple[str, ...] = NAMES) -> Planted:
    """Fill in what the sound file says itself; ``names`` are those of its header."""
    data = made.write(slice(0, N), NAMES, 0)
    path = folder / made.file
    path.write_bytes(made.pack(data))
    found = made.look(path)
    if found.problems or not np.array_equal(found.slots, np.arange(N)):
        raise ValueError(f"{made.name}: the sound file is not read: {found.problems}")
    body = made.body
    if made.record:
        short = made.write(slice(0, 8), NAMES, 0)
        body = len(short) - (8 if made.record < 200 else 1) * made.record
    elif names and not made.container:
        body = data.find(b"\n", max(data.rfind(name.encode()) for name in names)) + 1
        if made.name == "toa5":
            body = sum(len(line) + 1 for line in data.split(b"\n")[:4])
    return replace(made, truth=found.data, data=data, body=body, closings=found.closings)


def toa5(folder: Path) -> Planted:
    """Campbell's text."""

    def write(part: slice, names: tuple[str, ...], shift: int) -> bytes:
        stamps, rows = time_stamps(first_of(part, shift), part.stop - part.start, RATE), rows_of(part, names)
        return by_path(
            folder, ".dat", lambda p: write_toa5(p, fields_of(names), rows, stamps, first_record=part.start)
        )

    return filled_in(folder, Planted("toa5", "x.dat", layout_of("toa5"), write, {}, b"", 0, 0))


def _lines(part: slice, names: tuple[str, ...], shift: int, mark: str, stamped: bool) -> bytes:
    rows = list(zip(*rows_of(part, names), strict=True))
    stamps = time_stamps(first_of(part, shift), len(rows), RATE)
    head = [mark.join((*(("time",) if stamped else ()), *names))]
    texts = [[f"{x:.5f}" for x in row] for row in rows]
    body = [mark.join(([stamp] if stamped else []) + row) for stamp, row in zip(stamps, texts, strict=True)]
    return ("\n".join(head + body) + "\n").encode()


def delimited(folder: Path) -> Planted:
    """A table with a column of stamps."""
    layout = layout_of("delimited", time_column="time", names_row=1)
    return filled_in(
        folder,
        Planted("delimited", "x.csv", layout, lambda p, n, s: _lines(p, n, s, ",", True), {}, b"", 0, 0),
    )


def unstamped(folder: Path) -> Planted:
    """A table whose name tells the time."""
    layout = replace(layout_of("delimited", names_row=1, delimiter=";"), **BY_NAME)  # type: ignore[arg-type]
    return filled_in(
        folder,
        Planted(
            "delimited-unstamped", f"x_{STAMP}.csv", layout, lambda p, n, s: _lines(p, n, s, ";", False),
            {}, b"", 0, 0, stamped=False, mark=b";",
        ),
    )  # fmt: skip


def tob1(folder: Path) -> Planted:
    """Campbell's binary."""

    def write(part: slice, names: tuple[str, ...], shift: int) -> bytes:
        return by_path(
            folder,
            ".dat",
            lambda path: write_tob1(
                path, fields_of(names), rows_of(part, names), first_of(part, shift), RATE,
                records=np.arange(part.start, part.stop),
            ),
        )  # fmt: skip

    return filled_in(
        folder, Planted("tob1", "x.dat", layout_of("tob1"), write, {}, b"", 0, 12 + 4 * len(NAMES))
    )


def tob3(folder: Path) -> Planted:
    """Frames of a memory card."""

    def write(part: slice, names: tuple[str, ...], shift: int) -> bytes:
        return by_path(
            folder,
            ".dat",
            lambda path: write_tob3(
                path, fields_of(names), rows_of(part, names), first_of(part, shift), RATE, spare=0,
                records=np.arange(part.start, part.stop),
            ),
        )  # fmt: skip

    size = 12 + 8 * 4 * len(NAMES) + 4
    return filled_in(folder, Planted("tob3", "x.dat", layout_of("tob3"), write, {}, b"", 0, size))


def ghg(folder: Path) -> Planted:
    """LI-COR's archive, damaged inside: its sums guard it outside."""

    def write(part: slice, names: tuple[str, ...], shift: int) -> bytes:
        texts = [f"Aux - {n} (V)" for n in names]
        packed = by_path(
            folder,
            ".ghg",
            lambda path: write_ghg(path, texts, rows_of(part, names), first_of(part, shift), RATE),
        )
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            return archive.read("made.data")

    def pack(data: bytes) -> bytes:
        return zipped({"x.data": data, "x.metadata": b";GHG_METADATA\n"})

    sources = tuple(f"Aux - {name} (V)" for name in NAMES)
    made = Planted(
        "ghg",
        "x.ghg",
        layout_of("ghg", sources),
        write,
        {},
        b"",
        0,
        0,
        mark=b"\t",
        codes=("utf-8",),
        pack=pack,
    )
    return filled_in(folder, made)


def aerodyne(folder: Path) -> Planted:
    """A laser's text with seconds."""

    def write(part: slice, names: tuple[str, ...], shift: int) -> bytes:
        times = TIMES[part] + shift * STEP
        gases = {name: VALUES[name][part] for name in names}
        return by_path(folder, ".str", lambda path: binary_files.write_aerodyne(path, gases, times))

    made = Planted("aerodyne", "x.str", layout_of("aerodyne"), write, {}, b"", 0, 0, mark=b" ")
    return filled_in(folder, made)


def slt(folder: Path) -> Planted:
    """Whole numbers of EddyMeas."""

    def write(part: slice, names: tuple[str, ...], shift: int) -> bytes:
        wind, rest = np.array(rows_of(part, NAMES[:3])), np.array(rows_of(part, NAMES[4:6]))
        sound = 340.0 + (VALUES["Ts"][part] - 20.0)
        return by_path(
            folder, ".slt", lambda p: binary_files.write_slt(p, START + shift * STEP, wind, sound, 3 * rest)
        )

    layout = replace(
        layout_of("slt"), columns=columns_of("u", "v", "w", "sos", "analog_1", "analog_2"), **BY_NAME
    )
    return filled_in(
        folder, Planted("slt", f"x_{STAMP}.slt", layout, write, {}, b"", 0, 12, stamped=False, named=False)
    )


def meteoflux(folder: Path) -> Planted:
    """Whole numbers of MeteoFlux."""

    def write(part: slice, names: tuple[str, ...], shift: int) -> bytes:
        wind, rest = np.array(rows_of(part, NAMES[:3])), np.array(rows_of(part, NAMES[4:6]))
        counts = np.concatenate([3 * rest, 5 * rest])
        return by_path(
            folder, ".bin", lambda p: binary_files.write_meteoflux(p, wind, VALUES["Ts"][part], counts)
        )

    names = ("u", "v", "w", "t_sonic", "analog_1", "analog_2")
    layout = replace(layout_of("meteoflux"), columns=columns_of(*names), **BY_NAME)
    made = Planted("meteoflux", f"x_{STAMP}.bin", layout, write, {}, b"", 0, 32, stamped=False, named=False)
    return filled_in(folder, made)


def binary(folder: Path) -> Planted:
    """Singles one behind the other."""

    def write(part: slice, names: tuple[str, ...], shift: int) -> bytes:
        types = ["<f4"] * len(NAMES)
        return by_path(folder, ".bin", lambda p: binary_files.write_binary(p, rows_of(part, NAMES), types))

    layout = replace(
        layout_of("binary", tuple(range(1, len(NAMES) + 1)), number_types=("float32",) * 7, header_rows=0),
        **BY_NAME,
    )
    made = Planted(
        "binary", f"x_{STAMP}.bin", layout, write, {}, b"", 0, 4 * len(NAMES), stamped=False, named=False
    )
    return filled_in(folder, made)


def netcdf(folder: Path) -> Planted:
    """Classic netCDF."""

    def write(part: slice, names: tuple[str, ...], shift: int) -> bytes:
        path = folder / "made.nc"
        with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as file:
            file.createDimension("time", None)
            time = file.createVariable("time", "f8", ("time",))
            time.units = "milliseconds since 2024-07-01 00:00:00"
            time[:] = 100.0 * (np.arange(part.start, part.stop) + shift)
            for name in names:
                file.createVariable(name, "f4", ("time",))[:] = VALUES[name][part]
        return path.read_bytes()

    made = Planted("netcdf", "x.nc", layout_of("netcdf"), write, {}, b"", 0, 8 + 4 * len(NAMES))
    return filled_in(folder, made)


def columns_of(*names: str) -> tuple[LayoutColumn, ...]:
    return tuple(LayoutColumn(name, name) for name in names)


LOGGERS: dict[str, Callable[[Path], Planted]] = {
    "toa5": toa5, "delimited": delimited, "delimited-unstamped": unstamped, "tob1": tob1, "tob3": tob3,
    "ghg": ghg, "aerodyne": aerodyne, "slt": slt, "meteoflux": meteoflux, "binary": binary, "netcdf": netcdf,
}  # fmt: skip
