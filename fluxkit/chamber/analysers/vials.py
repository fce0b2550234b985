"""Tables of vials for gas chromatography: a row for each vial, with the closure that it was drawn from.

Columns are what the user says: of gases, of the time since closing (``elapsed``), of ``area`` and ``volume``.
Chambers that are closed at the same time have their vials between one another's; a table without clock times
has closures one behind the other from 1970 on.
"""

import zlib
from pathlib import PurePath

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.analysers.cells import Cells
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.zones import Zoned
from fluxkit.errors import ReadError
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.samples import Array, Problem
from fluxkit.raw.series import FileClosure, Series, Times

ELAPSED, AREA, VOLUME = "elapsed", "area", "volume"
#: What closures have from the first of their vials.
_OF_CLOSURE = (AREA, VOLUME, "t_air", "p_air")
#: Between closures of a table without clock times.
_APART = np.timedelta64(3600, "s")
_UNDATED = np.datetime64("1970-01-01", "ns")


def vial_series(cells: Cells, options: ReadOptions, zoned: Zoned | None) -> Series:
    """Make the series of a table of vials.

    Parameters
    ----------
    cells : Cells
        A row for each vial.
    options : ReadOptions
        ``series_column`` and ``columns``.
    zoned : Zoned or None
        Clock times, if ``time_column`` is given: of each vial, or of closing in all rows of a closure.

    Raises
    ------
    ReadError
        No column of a gas is named, or none that tells times.
    """
    assert options.series_column is not None
    labels = np.array([text.strip() for text in cells.texts(options.series_column)], np.str_)
    builder = SeriesBuilder(cells, options)
    if not builder.of_air():
        raise ReadError(
            cells.source,
            'a table of vials needs columns of gases, as columns = { n2o = ["Concentration", "ppb"] }; its '
            f"columns: {', '.join(cells.names)}",
        )
    if zoned is None and ELAPSED not in builder.data:
        raise ReadError(
            cells.source,
            'a table of vials needs the time since closing, as columns = { elapsed = ["Time", "min"] }, or '
            f"time_column; its columns: {', '.join(cells.names)}",
        )
    builder.dry()
    rows = [np.flatnonzero(labels == label) for label in dict.fromkeys(labels.tolist()) if label]
    time, starts = _times(builder, rows, zoned)
    builder.put("series", np.full(cells.size, -1.0), options.series_column)
    closures = []
    for k, (mine, start) in enumerate(zip(rows, starts, strict=True)):
        closures += _closure(builder, k, str(labels[mine[0]]), mine, time, start)
    beside = {name: builder.data[name] for name in (ELAPSED, AREA, VOLUME) if name in builder.data}
    for name in beside:
        builder.forget(name)
    if not all(labels):
        reason = f"{int((labels == '').sum())} vials name no closure ({options.series_column}): left out"
        builder.log.add(Problem(cells.source, None, "line", reason))
    clock = Zoned(time, 0.0, "the table has no clock times") if zoned is None else zoned
    return builder.finish(
        Zoned(time, clock.offset_h, clock.clock), format="delimited", model="vials", closures=closures
    )


def _times(
    builder: SeriesBuilder, rows: list[npt.NDArray[np.int64]], zoned: Zoned | None
) -> tuple[Times, Times]:
    """Return the times of vials, and when the chambers closed."""
    elapsed = builder.data.get(ELAPSED)
    size = builder.cells.size
    time = np.full(size, np.datetime64("NaT", "ns"))
    starts = np.full(len(rows), np.datetime64("NaT", "ns"))
    free = _UNDATED
    for k, mine in enumerate(rows):
        since = _nanoseconds(elapsed[mine]) if elapsed is not None else np.zeros(mine.size, "m8[ns]")
        if zoned is None:
            starts[k] = free
            time[mine] = free + since
            free = np.fmax.reduce(np.append(time[mine], free)) + _APART
        elif elapsed is not None and np.unique(zoned.time[mine]).size == 1:
            starts[k] = zoned.time[mine[0]]
            time[mine] = starts[k] + since
        else:
            time[mine] = zoned.time[mine]
            starts[k] = time[mine[0]] - since[0]
    if zoned is None:
        reason = "it has no clock times: closures are dated one behind the other from 1970 on (time_column)"
        builder.log.add(Problem(builder.log.source, None, "nothing", reason))
    return time, starts


def _nanoseconds(seconds: Array) -> npt.NDArray[np.timedelta64]:
    known = np.isfinite(seconds) & (np.abs(seconds) < 1e9)
    whole = np.round(np.where(known, seconds, 0.0) * 1e9).astype("m8[ns]")
    return np.where(known, whole, np.timedelta64("NaT", "ns"))


def _closure(
    builder: SeriesBuilder,
    k: int,
    label: str,
    rows: npt.NDArray[np.int64],
    time: Times,
    start: np.datetime64,
) -> list[FileClosure]:
    """Return the closure that vials were drawn from, with a number of its own among all files."""
    known = rows[~np.isnat(time[rows])]
    if known.size < 2 or np.isnat(start):
        reason = f"closure {label} has {known.size} vials with a time: too few for a flux"
        builder.log.add(Problem(builder.log.source, None, "period", reason))
        return []
    number = zlib.crc32(f"{PurePath(builder.log.source).as_posix()}\t{k}\t{label}".encode())
    builder.data["series"][known] = float(number)
    first = {name: _only(builder, name, label, known) for name in _OF_CLOSURE}
    return [
        FileClosure(
            id=label,
            label=label,
            start=min(start, time[known].min()),
            end=time[known].max(),
            series=number,
            area=first[AREA],
            volume=first[VOLUME],
            t_air=first["t_air"],
            p_air=first["p_air"],
        )
    ]


def _only(builder: SeriesBuilder, name: str, label: str, rows: npt.NDArray[np.int64]) -> float:
    """Return the first known value of a closure's vials; tells where they differ in what cannot change."""
    values = builder.data[name][rows] if name in builder.data else np.empty(0)
    known = values[np.isfinite(values)]
    if not known.size:
        return float("nan")
    if name in (AREA, VOLUME) and np.ptp(known) > 1e-9 * abs(known[0]):
        reason = f"closure {label} has several values of {name}: the first is taken"
        builder.log.add(Problem(builder.log.source, None, "nothing", reason))
    return float(known[0])
