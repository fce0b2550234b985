"""Tables of slow measurements to SI over time."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import NoInputError, ReadError
from fluxkit.locations import location
from fluxkit.raw.tables.slow_table import SlowTable, common_order
from fluxkit.schema import units
from fluxkit.site.files import resolve_patterns
from fluxkit.site.models import Site
from fluxkit.site.sections.biomet import Biomet

logger = logging.getLogger(__name__)


def open_biomet(site: Site, base: str | Path = ".") -> xr.Dataset | None:
    r"""Read the slow measurements of a station.

    Parameters
    ----------
    site : Site
        With a section ``[biomet]``.
    base : str or pathlib.Path
        Folder that patterns of ``biomet.files`` are relative to.

    Returns
    -------
    xr.Dataset or None
        Variables of ``site.biomet.columns`` in SI over time (UTC, the middle of what each record averages);
        attribute ``interval_s``. A file that cannot be read is left out with a warning. None without
        ``[biomet]``.

    Raises
    ------
    NoInputError
        No file matches, or none can be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import fluxkit as fk
    >>> from fluxkit.site.toml.loading import loads
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "meteo.csv").write_text("time,TA\n2024-07-01 10:30,21.5\n2024-07-01 11:00,22.0\n")
    >>> text = Path("data_samples/open_path/site.toml").read_text(encoding="utf-8")
    >>> section = '[biomet]\nfiles = "meteo.csv"\ntime_is = "end"\n'
    >>> column = '[biomet.columns]\nt_air = { column = "TA", unit = "degC" }\n'
    >>> biomet = fk.open_biomet(loads(text + section + column), folder)
    >>> biomet["t_air"].values.round(2), str(biomet["time"].values[0])[:16]
    (array([294.65, 295.15]), '2024-07-01T09:15')
    """
    biomet = site.biomet
    if not biomet.given:
        return None
    paths = resolve_patterns(biomet.files, location(base))
    if not paths:
        raise NoInputError(
            f"no file matches biomet.files = {biomet.files} in {location(base).resolve()}: "
            "check the pattern and the folder"
        )
    offset = site.station.utc_offset_h if biomet.utc_offset_h is None else biomet.utc_offset_h
    tables, parts = [], []
    reasons: list[ReadError] = []
    for path in paths:
        try:
            tables.append(_table(path, biomet))
        except ReadError as error:
            reasons.append(error)
            logger.warning("biomet: left out: %s", error)
    order = None if biomet.time_format else _order(tables, biomet, offset)
    for table in tables:
        try:
            parts.append(_variables(table, biomet, offset, order))
        except ReadError as error:
            reasons.append(error)
            logger.warning("biomet: left out: %s", error)
    if not parts:
        raise NoInputError(f"biomet: none of {len(paths)} files can be read; {reasons[0]}")
    joined = xr.concat(parts, "time", join="outer").sortby("time")
    _, kept = np.unique(joined["time"].values, return_index=True)
    if kept.size < joined.sizes["time"]:
        count = joined.sizes["time"] - kept.size
        logger.warning("biomet: %d records repeat the time of an earlier one and are left out", count)
    joined = joined.isel(time=kept)
    seconds = biomet.interval_s or _interval(joined["time"].values)
    if biomet.interval_s is None:
        _tell_intervals(parts, seconds)
    half = {"start": 0.5, "middle": 0.0, "end": -0.5}[str(biomet.time_is)] * seconds
    time = joined["time"].values + np.timedelta64(round(half * 1e9), "ns")
    return joined.assign_coords(time=time).assign_attrs(interval_s=seconds)


def _tell_intervals(parts: Sequence[xr.Dataset], seconds: float) -> None:
    """Warn of files whose averaging interval differs from most files."""
    odd = {_interval(part["time"].values) for part in parts if part.sizes["time"] > 1} - {seconds}
    if odd:
        others = ", ".join(f"{interval:g}" for interval in sorted(odd))
        logger.warning(
            "biomet: some files have a record every %s s, most of them every %g s: all are taken as averages "
            "over %g s. Give biomet.files of one interval, or set biomet.interval_s",
            others, seconds, seconds,
        )  # fmt: skip


def _order(tables: Sequence[SlowTable], biomet: Biomet, utc_offset_h: float) -> bool | None:
    """Return whether dates have the day first; tables without the columns are told when they are read."""
    there = []
    for table in tables:
        try:
            table.stamped(biomet.time_columns)
            there.append(table)
        except ReadError:
            continue
    return common_order(there, biomet.time_columns, biomet.day_first, utc_offset_h, "biomet")


def _table(path: Path, biomet: Biomet) -> SlowTable:
    return SlowTable.read(
        path,
        delimiter=biomet.delimiter,
        header_rows=biomet.header_rows,
        names_row=biomet.names_row,
        missing=biomet.missing,
        section="biomet",
    )


def _variables(table: SlowTable, biomet: Biomet, utc_offset_h: float, day_first: bool | None) -> xr.Dataset:
    """Return one file's variables over its stamps in UTC."""
    time = table.times(biomet.time_columns, biomet.time_format, utc_offset_h, day_first)
    variables = {}
    for name, given in biomet.columns.items():
        scale, shift = units.to_si(given.unit)
        values = given.gain * table.numbers(given.column) + given.offset
        variables[name] = ("time", values * scale + shift)
    return xr.Dataset(variables, {"time": time})


def _interval(time: npt.NDArray[np.datetime64]) -> float:
    """Most frequent distance between stamps; what a lone record averages is taken as half an hour. [s]"""
    steps = np.diff(time.astype("datetime64[s]").astype(np.int64))
    if steps.size == 0:
        return 1800.0
    found, count = np.unique(steps, return_counts=True)
    return float(found[np.argmax(count)])
