"""Print what reading a half hour costs in each format, at 10 and 20 Hz.

Shortest wall-clock time of several (another process may read as well, so that CPU time of this one is not
all), warm, eight columns of twelve. `x text` is the multiple of the time that pandas' C reader needs for the
same half hour as text (needed columns only, no stamps); `x memory`, of plain binary records, the multiple of
``numpy.frombuffer`` and ``astype`` of the needed columns from the same file.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pandas as pd

from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.registry import reader
from fluxkit.synthetic.writers import Field, time_stamps, write_toa5
from tests.logger_files import binary_files, binary_writers, table_files

START = np.datetime64("2024-07-01T12:00", "ns")
NAMES = ("u", "v", "w", "t_sonic", "co2", "h2o", "t_air", "p_air", "aux_1", "aux_2", "aux_3", "aux_4")
NEEDED = NAMES[:8]
BY_NAME = {"file_time": "name", "name_pattern": "x_%Y%m%d%H%M.*", "name_time_is": "start"}


@dataclass(frozen=True)
class Case:
    """One format: a file, how it is laid out, and its records if they are plain."""

    name: str
    path: Path
    layout: Layout
    record: npt.DTypeLike = None  #: of plain records
    skip: int = 0  #: bytes before the first


@dataclass(frozen=True)
class Stretch:
    """A half hour of numbers, and the folder for its files."""

    folder: Path
    rate: float
    columns: dict[str, npt.NDArray[np.float64]]

    @property
    def times(self) -> npt.NDArray[np.datetime64]:
        """Stamps of the records."""
        step = np.timedelta64(round(1e9 / self.rate), "ns")
        return START + np.arange(self.columns["u"].size) * step

    def path(self, ending: str) -> Path:
        """A file's path, with the time in its name."""
        return self.folder / f"x_202407011200.{ending}"

    def layout(self, kind: str, names: tuple[str, ...] | tuple[int, ...] = NEEDED, **more: object) -> Layout:
        """Layout with the needed columns under their names."""
        columns = tuple(LayoutColumn(name, source) for name, source in zip(NEEDED, names, strict=False))
        return Layout(**({"file_time": "records", "utc_offset_h": 0.0} | more), format=kind, rate=self.rate,
                      columns=columns)  # type: ignore[arg-type]  # fmt: skip


def stretch(folder: Path, rate: float) -> Stretch:
    """Make a half hour of noise with three decimals."""
    rng = np.random.default_rng(4)
    size = round(1800 * rate)
    columns = {name: np.round(rng.normal(k, 1.5, size), 3) for k, name in enumerate(NAMES)}
    return Stretch(folder, rate, columns)


def text_cases(half: Stretch) -> list[Case]:
    """Formats that are text, LI-COR's archive among them."""
    values = list(half.columns.values())
    fields = [Field(name, "1", 3) for name in NAMES]
    write_toa5(half.path("dat"), fields, values, time_stamps(START, values[0].size, half.rate))
    table_files.write_stamped_csv(half.path("csv"), half.columns, START, half.rate)
    named = {f"{name.upper()}_[HS50-A]": x for name, x in half.columns.items()}
    table_files.write_bico(half.path("bico"), named, START, half.rate, decimals=3)
    labels = dict(zip(("U", "V", "W", "T_SONIC", *NAMES[4:]), values, strict=True))
    icos = table_files.write_icos(half.folder, labels, START, decimals=3)
    binary_files.write_aerodyne(half.path("str"), half.columns, half.times)
    binary_writers.write_ghg(half.path("ghg"), NAMES, values, START, half.rate)
    by_rule = BY_NAME | {"name_pattern": "??-???_EC_%Y%m%d%H%M_L??_F??.csv"}
    return [
        Case("toa5", half.path("dat"), half.layout("toa5")),
        Case("delimited", half.path("csv"), half.layout("delimited", time_column="time", names_row=1)),
        Case("bico", half.path("bico"), half.layout("bico", tuple(named)[:8])),
        Case("icos", icos, half.layout("icos", tuple(labels)[:8], **by_rule)),
        Case("aerodyne", half.path("str"), half.layout("aerodyne")),
        Case("ghg", half.path("ghg"), half.layout("ghg")),
    ]


def logger_cases(half: Stretch) -> list[Case]:
    """Formats of loggers that write binary records."""
    values = list(half.columns.values())
    wind, warm = np.array(values[:3]), values[3]
    fields = [Field(name, "1", 3) for name in NAMES]
    cases = []
    for kind, write in (("tob1", binary_writers.write_tob1), ("tob3", binary_writers.write_tob3)):
        write(half.path(kind), fields, values, START, half.rate)
        plain = [("stamp", "<u4", 3), *((name, "<f4") for name in NAMES)] if kind == "tob1" else None
        body = half.path(kind).stat().st_size - values[0].size * 60
        cases.append(Case(kind, half.path(kind), half.layout(kind), plain, body))
    names = ("u", "v", "w", "sos", "analog_1", "analog_2", "analog_3", "analog_4")
    binary_files.write_slt(half.path("slt"), START, wind, 340.0 + warm, np.array(values[4:8]))
    record = np.dtype([(name, "<i2") for name in NEEDED])
    cases.append(Case("slt", half.path("slt"), half.layout("slt", names), record, 16))
    binary_files.write_edisol(half.path("edi"), START, wind, warm, np.array(values[4:8]), half.rate)
    names = ("u", "v", "w", "t_sonic", *names[4:])
    cases.append(Case("edisol", half.path("edi"), half.layout("edisol", names, **BY_NAME), record, 16))
    binary_files.write_meteoflux(half.path("raw"), wind, warm, np.array(values[4:8]))
    names = ("u", "v", "w", "t_sonic", "sonic_1", "sonic_2", "analog_1", "analog_2")
    record = np.dtype([(name, ">i4") for name in NEEDED])
    cases.append(Case("meteoflux", half.path("raw"), half.layout("meteoflux", names, **BY_NAME), record))
    binary_files.write_binary(half.path("bin"), values, ["<f4"] * len(NAMES))
    told = BY_NAME | {"number_types": ("float32",) * len(NAMES), "header_rows": 0}
    record = np.dtype([(name, "<f4") for name in NAMES])
    layout = half.layout("binary", tuple(range(1, 9)), **told)
    return [*cases, Case("binary", half.path("bin"), layout, record)]


def library_cases(half: Stretch) -> list[Case]:
    """Formats that a library reads."""
    binary_files.write_netcdf(half.path("nc"), half.columns, half.times)
    table_files.write_parquet(half.path("parquet"), half.columns, half.times)
    sonic = {name: (x, "1") for name, x in half.columns.items()}
    table_files.write_neon(half.path("h5"), "DEMO", {table_files.NEON_SONIC: sonic}, half.times)
    neon = tuple(f"DEMO/{table_files.NEON_SONIC}/{name}" for name in NEEDED)
    return [
        Case("netcdf", half.path("nc"), half.layout("netcdf")),
        Case("netcdf (NEON)", half.path("h5"), half.layout("netcdf", neon)),
        Case("parquet", half.path("parquet"), half.layout("parquet")),
    ]


def best_ms(call: Callable[[], object], repeats: int) -> float:
    """Shortest wall-clock time of a call after one warm-up. [ms]"""
    call()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return 1e3 * min(times)


def _from_memory(case: Case) -> list[npt.NDArray[np.float64]]:
    record = np.dtype(case.record)
    data = case.path.read_bytes()
    table = np.frombuffer(data, record, (len(data) - case.skip) // record.itemsize, case.skip)
    return [table[name].astype(np.float64) for name in NEEDED]


def report(rate: float, repeats: int) -> None:
    """Print the table of one rate."""
    with TemporaryDirectory(prefix="fluxkit-bench-") as folder:
        half = stretch(Path(folder), rate)
        cases = [*text_cases(half), *logger_cases(half), *library_cases(half)]
        text = half.path("csv")
        parse = best_ms(lambda: pd.read_csv(text, usecols=list(NEEDED), dtype=np.float64), repeats)
        megabytes = text.stat().st_size / 1e6
        print(
            f"\n{rate:g} Hz, {round(1800 * rate)} records; pandas, {megabytes:.2f} MB of text: {parse:.1f} ms"
        )
        print(f"  {'format':16s} {'MB':>6s} {'ms':>8s} {'MB/s':>7s} {'x text':>7s} {'x memory':>9s}")
        for case in cases:
            ours = best_ms(lambda case=case: reader(case.layout.format).read(case.path, case.layout), repeats)  # type: ignore[misc]
            size = case.path.stat().st_size / 1e6
            row = f"  {case.name:16s} {size:6.2f} {ours:8.2f} {1e3 * size / ours:7.0f} {ours / parse:7.2f}"
            if case.record is not None:
                row += f" {ours / best_ms(lambda case=case: _from_memory(case), repeats):9.1f}"  # type: ignore[misc]
            print(row)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    arguments = parser.parse_args()
    for rate in (10.0, 20.0):
        report(rate, arguments.repeats)


if __name__ == "__main__":
    main()
