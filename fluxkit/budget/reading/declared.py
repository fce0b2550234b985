"""Series in tables and netCDF files whose variable, unit and times the user declares."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fluxkit.budget.reading.tables import Table, read_table, the_column
from fluxkit.errors import ReadError
from fluxkit.locations import location

if TYPE_CHECKING:
    import xarray as xr

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

_DATES = ("date", "time", "TIMESTAMP", "TIMESTAMP_START", "month", "year")


def read_table_series(
    path: Path | str, column: str, time_column: str | None = None
) -> tuple[Days, Days, Array, list[str], set[str]]:
    """Read a column of a table with dates: 2020-01-31, 20200131, 2020-01, 202001 or 2020.

    Parameters
    ----------
    path : path
    column : str
    time_column : str, optional
        The first of date, time, TIMESTAMP, month, year that is there, if absent. A column ``month`` of 1 to
        12 beside ``year`` is understood, and so is ``day`` of the year.

    Returns
    -------
    begin, end : (n,) array of datetime64[D]
    value : (n,) array
        As in the table.
    problems : list of str
    sites : set of str
        Names in a column ``site``, if there is one.

    Raises
    ------
    ReadError
        No such column, dates that are none.
    """
    table = read_table(path)
    value = table.numbers(column)
    begin, end = _dated(table, time_column)
    order = np.argsort(begin, kind="stable")
    begin, end, value = begin[order], end[order], value[order]
    new = np.concatenate([[True], begin[1:] > begin[:-1]])
    problems = [f"{int((~new).sum())} dates occur twice: the first counts"] if not new.all() else []
    sites = set(table.texts("site")) - {""} if table.has("site") else set()
    return begin[new], end[new], value[new], problems, sites


def _dated(table: Table, time_column: str | None) -> tuple[Days, Days]:
    if time_column is None and table.has("year") and table.has("month"):
        texts = [
            f"{int(y):04d}-{int(m):02d}"
            for y, m in zip(table.numbers("year"), table.numbers("month"), strict=True)
        ]
    elif time_column is None and table.has("year") and (table.has("day") or table.has("doy")):
        year, day = table.numbers("year"), table.numbers("doy" if table.has("doy") else "day")
        begin = (year.astype(np.int64) - 1970).astype("M8[Y]").astype("M8[D]") + (day - 1).astype("m8[D]")
        return begin, begin + 1
    else:
        texts = table.texts(the_column(table, time_column, _DATES, "the time"))
    begin, end = [], []
    for row, text in enumerate(texts):
        try:
            first, last = _span(text)
        except ValueError:
            raise ReadError(
                str(table.path), f"{text!r} is no date (2020-01-31, 2020-01, 2020)", line=table.line(row)
            ) from None
        begin.append(first)
        end.append(last)
    return np.array(begin, "M8[D]"), np.array(end, "M8[D]")


def _span(text: str) -> tuple[Any, Any]:
    """Return first day and day behind the last of a date, a month or a year."""
    plain = text.strip().replace("/", "-")
    if plain.isdecimal() and len(plain) in (6, 8, 10, 12, 14):
        plain = "-".join(part for part in (plain[:4], plain[4:6], plain[6:8]) if part)
    plain = plain[:10]
    unit = {4: "Y", 7: "M"}.get(len(plain), "D")
    moment = np.array(plain, f"M8[{unit}]")
    return moment.astype("M8[D]")[()], (moment + 1).astype("M8[D]")[()]


def read_netcdf_series(
    path: Path | str, variable: str, place: tuple[float, float] | None = None
) -> tuple[Days, Days, Array, list[str], str, tuple[float, float] | None]:
    """Read a variable over ``time`` of a netCDF file, at the cell nearest to a place where there are several.

    Parameters
    ----------
    path : path
    variable : str
    place : (latitude, longitude), optional
        [deg]

    Returns
    -------
    begin, end : (n,) array of datetime64[D]
        Monthly and annual times hold their calendar month or year, others the days up to the next one.
    value : (n,) array
    problems : list of str
    unit : str
        That the variable names, "" if none.
    cell : (latitude, longitude), optional
        Of the chosen cell, or what the file names.

    Raises
    ------
    ReadError
        No such variable, no time, or several cells and no place.
    """
    import xarray as xr

    try:
        ds = xr.open_dataset(location(path), decode_times=True)
    except (OSError, ValueError) as error:
        raise ReadError(str(path), f"is no netCDF file that can be read: {error}") from error
    with ds:
        if variable not in ds:
            raise ReadError(
                str(path), f"no variable {variable!r}; it has {', '.join(map(str, ds.data_vars))}"
            )
        chosen = ds[variable]
        time = next((name for name in chosen.dims if str(name).lower() == "time"), None)
        if time is None:
            raise ReadError(
                str(path), f"{variable} has no dimension time, but {', '.join(map(str, chosen.dims))}"
            )
        cell = None
        for dim in [name for name in chosen.dims if name != time]:
            if chosen.sizes[dim] == 1:
                chosen = chosen.isel({dim: 0})
        if chosen.ndim > 1:
            chosen, cell = _nearest_cell(str(path), chosen, place)
        elif {"lat", "lon"} <= set(chosen.coords):
            cell = (float(chosen["lat"]), float(chosen["lon"]))
        stamps = np.array([np.datetime64(str(x)[:10], "D") for x in ds[time].values])
        begin, end = _held(stamps)
        return begin, end, chosen.values.astype(np.float64), [], str(chosen.attrs.get("units", "")), cell


def _nearest_cell(
    source: str, array: "xr.DataArray", place: tuple[float, float] | None
) -> "tuple[xr.DataArray, tuple[float, float]]":
    names = {str(name).lower(): str(name) for name in array.dims}
    north = next((names[name] for name in ("lat", "latitude", "y") if name in names), None)
    east = next((names[name] for name in ("lon", "longitude", "x") if name in names), None)
    if north is None or east is None or array.ndim != 3:
        raise ReadError(
            source, f"has dimensions {', '.join(names)}: time, and latitude with longitude, are read"
        )
    if place is None:
        raise ReadError(source, "holds many cells: give [budget] latitude and longitude")
    lat, lon = array[north].to_numpy(), array[east].to_numpy()
    i = int(np.argmin(np.abs(lat - place[0])))
    j = int(np.argmin(np.abs((lon - place[1] + 180.0) % 360.0 - 180.0)))
    return array.isel({north: i, east: j}), (float(lat[i]), float((lon[j] + 180.0) % 360.0 - 180.0))


def _held(stamps: Days) -> tuple[Days, Days]:
    """Return the days that stamps stand for: calendar years or months, else up to the next one."""
    step = float(np.median(np.diff(stamps).astype(np.float64))) if stamps.size > 1 else 1.0
    if 27 <= step <= 32:
        month = stamps.astype("M8[M]")
        return month.astype("M8[D]"), (month + 1).astype("M8[D]")
    if 360 <= step <= 367:
        year = stamps.astype("M8[Y]")
        return year.astype("M8[D]"), (year + 1).astype("M8[D]")
    days = max(round(step), 1)
    return stamps, stamps + days
