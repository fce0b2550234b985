"""Sound files with planted values: networks' texts, EdiSol, TOB2, telegrams, and libraries' containers."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import netCDF4
import numpy as np

from fluxkit.raw.layout import Layout
from tests.fuzz.planted import (
    BY_NAME,
    NAMES,
    RATE,
    STAMP,
    START,
    STEP,
    TIMES,
    VALUES,
    Planted,
    by_path,
    columns_of,
    fields_of,
    filled_in,
    first_of,
    layout_of,
    rows_of,
)
from tests.logger_files import binary_files, serial_files, table_files
from tests.logger_files.binary_writers import write_tob3

WIND = ("Ux", "Uy", "Uz", "Ts")


def tob2(folder: Path) -> Planted:
    """Frames without numbers of records."""

    def write(part: slice, names: tuple[str, ...], shift: int) -> bytes:
        return by_path(
            folder,
            ".dat",
            lambda path: write_tob3(
                path,
                fields_of(names),
                rows_of(part, names),
                first_of(part, shift),
                RATE,
                spare=0,
                version="TOB2",
            ),
        )

    size = 8 + 8 * 4 * len(NAMES) + 4
    return filled_in(folder, Planted("tob2", "x.dat", layout_of("tob3"), write, {}, b"", 0, size))


def edisol(folder: Path) -> Planted:
    """Whole numbers of EdiSol."""

    def write(part: slice, names: tuple[str, ...], shift: int) -> bytes:
        wind, rest = np.array(rows_of(part, NAMES[:3])), 3 * np.array(rows_of(part, NAMES[4:6]))
        warm = VALUES["Ts"][part]
        return by_path(
            folder,
            ".slt",
            lambda p: binary_files.write_edisol(p, START + shift * STEP, wind, warm, rest, RATE),
        )

    names = ("u", "v", "w", "t_sonic", "analog_1", "analog_2")
    layout = replace(layout_of("edisol"), columns=columns_of(*names), **BY_NAME)
    made = Planted("edisol", f"x_{STAMP}.slt", layout, write, {}, b"", 0, 12, stamped=False, named=False)
    return filled_in(folder, made)


def icos(folder: Path) -> Planted:
    """The network's text, timed by its name."""
    labels = dict(zip(NAMES, ("U", "V", "W", "T_SONIC", "CO2", "H2O", "PA"), strict=True))

    def write(part: slice, names: tuple[str, ...], shift: int) -> bytes:
        columns = {labels[name]: VALUES[name][part] for name in names}
        return table_files.write_icos(folder, columns, START).read_bytes()

    layout = replace(layout_of("icos", tuple(labels.values())), **BY_NAME)
    made = Planted("icos", f"x_{STAMP}.csv", layout, write, {}, b"", 0, 0, stamped=False)
    return filled_in(folder, made, names=tuple(labels.values()))


def bico(folder: Path) -> Planted:
    """The converter's text with stamps."""
    labels = {name: f"{name.upper()}_[HS50-A]" for name in NAMES}

    def write(part: slice, names: tuple[str, ...], shift: int) -> bytes:
        columns = {labels[name]: VALUES[name][part] for name in names}
        return by_path(
            folder,
            ".csv",
            lambda p: table_files.write_bico(p, columns, first_of(part, shift), RATE, decimals=5),
        )

    layout = layout_of("bico", tuple(labels.values()))
    made = Planted("bico", "x.csv", layout, write, {}, b"", 0, 0)
    return filled_in(folder, made, names=tuple(labels.values()))


def _telegrams(
    name: str, maker: Callable[[serial_files.Wind], list[bytes]], mark: bytes
) -> Callable[[Path], Planted]:
    def made(folder: Path) -> Planted:
        def write(part: slice, names: tuple[str, ...], shift: int) -> bytes:
            wind = dict(zip(("u", "v", "w", "t_sonic"), rows_of(part, WIND), strict=True))
            lines = serial_files.stamped(maker(wind), TIMES[part] + shift * STEP)
            return b"".join(line + b"\r\n" for line in lines)

        layout = replace(layout_of("serial"), columns=columns_of("u", "v", "w", "t_sonic"))
        planted = Planted(
            name, "x.log", layout, write, {}, b"", 0, 0, named=False, mark=mark, codes=("utf-8",)
        )
        return filled_in(folder, planted, names=())

    return made


def hdf5(folder: Path) -> Planted:
    """netCDF-4, with the sums that its writer can ask for."""

    def write(part: slice, names: tuple[str, ...], shift: int) -> bytes:
        path = folder / "made.nc"
        with netCDF4.Dataset(path, "w") as file:
            file.createDimension("time", part.stop - part.start)
            sums = {"fletcher32": True, "chunksizes": (100,)}
            time = file.createVariable("time", "f8", ("time",), **sums)
            time.units = "milliseconds since 2024-07-01 00:00:00"
            time[:] = 100.0 * (np.arange(part.start, part.stop) + shift)
            for name in names:
                file.createVariable(name, "f4", ("time",), **sums)[:] = VALUES[name][part]
        return path.read_bytes()

    made = Planted("netcdf-hdf5", "x.nc", layout_of("netcdf"), write, {}, b"", 0, 0, container=True)
    return filled_in(folder, made)


def parquet(folder: Path) -> Planted:
    """Pages, with the sums that their writer can ask for."""
    import pyarrow
    import pyarrow.parquet

    def write(part: slice, names: tuple[str, ...], shift: int) -> bytes:
        path = folder / "made.parquet"
        stamps = pyarrow.array((TIMES[part] + shift * STEP).astype("M8[us]"))
        table = pyarrow.table({"time": stamps, **{name: VALUES[name][part] for name in names}})
        pyarrow.parquet.write_table(table, path, write_page_checksum=True)
        return path.read_bytes()

    layout: Layout = layout_of("parquet")
    return filled_in(folder, Planted("parquet", "x.parquet", layout, write, {}, b"", 0, 0, container=True))


OTHERS: dict[str, Callable[[Path], Planted]] = {
    "tob2": tob2, "edisol": edisol, "icos": icos, "bico": bico,
    "serial-gill": _telegrams("serial-gill", serial_files.gill, b","),
    "serial-metek": _telegrams("serial-metek", serial_files.metek, b"="),
    "netcdf-hdf5": hdf5, "parquet": parquet,
}  # fmt: skip
