"""Half hours of a tower as a product has them: columns by name on the local clock."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fluxkit.budget.reading.tables import read_table, the_column
from fluxkit.errors import ReadError
from fluxkit.locations import location
from fluxkit.site.sections.strict import did_you_mean

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class HalfHourTable:
    """Evenly spaced records; what the file lacks in between is filled with NaN."""

    path: str
    start: Times  #: (n,) begin, local standard time, s
    step_s: float
    names: tuple[str, ...]
    _take: Callable[[str], Array]

    @property
    def per_day(self) -> int:
        """Records of a day."""
        return round(86400.0 / self.step_s)

    @property
    def hour(self) -> Array:
        """Middle of each record in hours since local midnight."""
        since = (self.start - self.start.astype("M8[D]")) / np.timedelta64(1, "s")
        return np.asarray((since + self.step_s / 2) / 3600.0)

    def has(self, name: str) -> bool:
        """Whether there is such a column."""
        return name in self.names

    def column(self, name: str) -> Array:
        """Return a column.

        Raises
        ------
        ReadError
            There is none of that name.
        """
        if name not in self.names:
            hint = did_you_mean(name, self.names) or ";"
            raise ReadError(self.path, f"no column {name!r}{hint} its columns: {', '.join(self.names)}")
        return self._take(name)


def read_half_hour_table(path: Path | str, utc_offset_h: float) -> HalfHourTable:
    """Read half hours (or hours) of a CSV with TIMESTAMP_START, or of netCDF with ``time`` in UTC.

    Raises
    ------
    ReadError
        It cannot be read, or its times are not those of an even grid.
    """
    if str(path).endswith(".nc"):
        return _netcdf(path, utc_offset_h)
    table = read_table(path)
    column = the_column(table, None, ("TIMESTAMP_START",), "the begin of each record")
    texts = table.texts(column)
    try:
        stamps = np.array([f"{t[:4]}-{t[4:6]}-{t[6:8]}T{t[8:10]}:{t[10:12]}" for t in texts], "M8[s]")
    except ValueError as error:
        raise ReadError(str(path), f"TIMESTAMP_START is not of the form YYYYMMDDHHMM: {error}") from error
    names = tuple(str(name) for name in table.frame.columns if not str(name).startswith("TIMESTAMP"))
    return _even(str(path), stamps, names, table.numbers)


def _netcdf(path: Path | str, utc_offset_h: float) -> HalfHourTable:
    import xarray as xr

    try:
        ds = xr.load_dataset(location(path))
    except (OSError, ValueError) as error:
        raise ReadError(str(path), f"is no netCDF file that can be read: {error}") from error
    if "time" not in ds.dims:
        raise ReadError(str(path), "has no dimension time")
    seconds = ds["time"].values.astype("M8[s]").astype(np.int64) + round(utc_offset_h * 3600)
    stamps = seconds.astype("M8[s]")
    names = tuple(
        str(name) for name, x in ds.data_vars.items() if x.dims == ("time",) and x.dtype.kind in "fiu"
    )
    return _even(str(path), stamps, names, lambda name: ds[name].to_numpy().astype(np.float64))


def _even(path: str, stamps: Times, names: tuple[str, ...], take: Callable[[str], Array]) -> HalfHourTable:
    if stamps.size < 2:
        raise ReadError(path, "has fewer than two records")
    steps = np.diff(stamps).astype(np.int64)
    step = int(np.min(steps[steps > 0])) if np.any(steps > 0) else 0
    place = ((stamps - stamps.min()) // np.timedelta64(1, "s")).astype(np.int64)
    if step not in (900, 1800, 3600) or np.any(place % step):
        raise ReadError(path, f"its records are not evenly spaced by 15, 30 or 60 min (found {step} s)")
    index = place // step
    size = int(index.max()) + 1

    def column(name: str) -> Array:
        made = np.full(size, np.nan)
        made[index] = take(name)
        return made

    start = stamps.min() + np.arange(size) * np.timedelta64(step, "s")
    return HalfHourTable(path, start, float(step), names, column)
