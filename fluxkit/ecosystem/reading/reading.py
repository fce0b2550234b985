"""A file or folder of half hours to one dataset: FLUXNET names and units, UTC, whole local days."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.reading import axis, units
from fluxkit.ecosystem.reading.archives import place_beside, table_of, tables_of
from fluxkit.ecosystem.reading.assembling import complete, dataset, finished
from fluxkit.ecosystem.reading.choosing import Candidate, candidates
from fluxkit.ecosystem.reading.layouts import Layout, layout_of
from fluxkit.ecosystem.reading.parsing import Cells, parse
from fluxkit.ecosystem.reading.places import Place, place_of
from fluxkit.ecosystem.reading.quantities import QUANTITIES, How
from fluxkit.ecosystem.reading.results import is_results, read_results
from fluxkit.errors import ReadError
from fluxkit.locations import location
from fluxkit.raw.opening import Contents

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: Bytes that are looked at for the layout.
_HEAD = 2**16
#: A site's code in the name of a file.
_SITE = re.compile(r"(?<![A-Za-z])([A-Z]{2}-[A-Za-z0-9]{3})(?![A-Za-z0-9])")
#: Columns of NEE whose name says that low turbulence was taken out, and columns of such a filter.
_FILTERED = re.compile(r"u_?star|u\*|_[CV]UT_|_U\d\d$", re.IGNORECASE)
_OF_FILTER = re.compile(r"(ustar|u_star).*(flag|qc|filter)|(flag|qc|filter).*(ustar|u_star)", re.IGNORECASE)
#: Columns of the place in EddyPro's FLUXNET output.
_LATITUDE, _LONGITUDE = "BADM_LOCATION_LAT", "BADM_LOCATION_LONG"


def read(
    path: str | Path,
    latitude: float | None = None,
    longitude: float | None = None,
    utc_offset_h: float | None = None,
    site: str | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    keep: Iterable[str] = (),
) -> xr.Dataset:
    """Read a table of half hours: names and units of the FLUXNET standard, UTC, whole local days.

    Parameters
    ----------
    path : str or pathlib.Path
        A results folder of fluxkit, its netCDF or CSV; FLUXNET 1.3 or FULLSET; AmeriFlux BASE; EddyPro's full
        output or FLUXNET output; text as REddyProc has it (its stamps are the END); ICOS L2, of
        which fluxes and meteo may be two tables in one zip or folder; any CSV with TIMESTAMP_START or
        TIMESTAMP_END and columns of the standard. Plain, gzip or zip; half-hourly, hourly, or shorter
        records that make half hours.
    latitude, longitude : float, optional
        [deg], where the file does not say them.
    utc_offset_h : float, optional
        Local standard time minus UTC [h]. Where neither this nor the file says it, it is the whole hour
        nearest to longitude / 15, and a note says so; without a longitude the local clock stands as it is.
    site : str, optional
        Code of the site; by default what the file or its name has.
    columns : mapping, optional
        Quantity -> column of the file, where several could be meant: ``{"TA": "TA_1_2_1"}``.
    keep : iterable of str, optional
        Further columns to read under their own names, in their own units.

    Returns
    -------
    xr.Dataset
        Dimension ``time`` (START, UTC), evenly spaced, whole local days, NaN where missing; ``units`` and
        ``column`` (where it was read from) in the attributes of each variable; of the dataset: site,
        latitude, longitude, utc_offset_h, source, and ``notes``: what was chosen, converted, dropped or
        assumed, a sentence a line.

    Raises
    ------
    ReadError
        It is not there, its layout is not known, it has no column that is, or the place is none on earth.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import fluxkit as fk
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "DE-Abc_HH.csv"
    >>> rows = ["TIMESTAMP_START,NEE,TA", "202006010000,2.1,11.5", "202006010030,-9999,11.2"]
    >>> _ = path.write_text(chr(10).join(rows))
    >>> ds = fk.ecosystem.read(path, latitude=51.0, longitude=13.6, utc_offset_h=1)
    >>> ds.sizes["time"], ds.attrs["site"], float(ds["TA"][0]), ds["TA"].attrs["units"]
    (48, 'DE-Abc', 11.5, 'degC')
    """
    place = Place(latitude, longitude, utc_offset_h, site)
    _on_earth(place, str(path))
    if is_results(location(path)):
        return read_results(location(path), place)
    tables = tables_of(path)
    layouts = [layout_of(found.data[:_HEAD], found.source) for found in tables]
    given, kept = dict(columns or {}), list(keep)
    _asked(layouts, [*kept, *given.values()], tables[0].source)
    place = place.or_else(place_beside(path))
    parts = [
        _of_table(found, layout, place, given, kept) for found, layout in zip(tables, layouts, strict=True)
    ]
    ds, notes = parts[0] if len(parts) == 1 else _joined(*parts, source=tables[0].source)
    complete(ds, notes)
    return finished(ds, tables[0].source, layouts[0].kind, notes)


def _on_earth(place: Place, source: str) -> None:
    limits = {"latitude": 90.0, "longitude": 180.0, "utc_offset_h": 14.0}
    for name, most in limits.items():
        value = getattr(place, name)
        if value is not None and not abs(value) <= most:
            raise ReadError(source, f"{name} = {value:g}: expected -{most:g} to {most:g}")


def _of_table(
    found: Contents, layout: Layout, place: Place, given: Mapping[str, str], keep: list[str]
) -> tuple[xr.Dataset, list[str]]:
    """Return what one table has of the quantities and of the columns to keep, and what is said of it."""
    kept = [name for name in keep if name in layout.names]
    own = [name for name in QUANTITIES if name not in given or given[name] in layout.names]
    chosen = candidates(layout.names, given=given, only=own)
    wanted = {c.column: None for each in chosen.values() for c in each}
    wanted |= {c.quality: None for each in chosen.values() for c in each if c.quality}
    wanted |= dict.fromkeys(kept)
    wanted |= {name: None for name in (_LATITUDE, _LONGITUDE) if name in layout.names}
    cells = parse(found.data, layout, wanted, found.source)
    notes = [*cells.notes]
    if found.truncated:
        notes.append("the archive breaks off: what precedes is used")
    place = place.or_else(_place_in(cells.data, layout)).or_else(Place(site=_site_of_name(found.source)))
    attributes, said = place_of(place.or_else(Place(utc_offset_h=cells.zone or None)))
    start, end = _on_local_clock(cells, float(attributes["utc_offset_h"]), said)
    at = axis.grid(start, end, found.source)
    taken = _take(chosen, cells.data, layout, notes)
    if not taken and not kept:
        raise ReadError(
            found.source,
            f"none of its {len(layout.names)} columns is a known quantity: "
            "say which one is, columns={'NEE': ...}",
        )
    rows = {name: at.put(one.values) for name, one in taken.items()}
    rows |= {name: at.put(cells.data[name]) for name in kept}
    how: dict[str, How] = {name: QUANTITIES[name].how if name in QUANTITIES else "mean" for name in rows}
    at, rows = axis.to_half_hours(at, rows, how)
    origin = {name: one.column for name, one in taken.items()} | {name: name for name in kept}
    return dataset(at, rows, origin, attributes), [*said, *at.notes, *notes]


def _on_local_clock(cells: Cells, utc_offset_h: float, said: list[str]) -> tuple[Times | None, Times | None]:
    """Return begin and end on the clock of the place, where stamps say that theirs is another one."""
    if cells.zone is None or cells.zone == utc_offset_h:
        return cells.start, cells.end
    said.append(
        f"the stamps say UTC{cells.zone:+g} h: they are moved to the local clock, UTC{utc_offset_h:+g} h"
    )
    late = np.timedelta64(round((utc_offset_h - cells.zone) * 3600), "s")
    return (
        None if cells.start is None else cells.start + late,
        None if cells.end is None else cells.end + late,
    )


def _joined(
    first: tuple[xr.Dataset, list[str]], second: tuple[xr.Dataset, list[str]], *, source: str
) -> tuple[xr.Dataset, list[str]]:
    """Return two tables of a place as one over all their days; what both have is that of the first."""
    (ds, notes), (other, said) = first, second
    steps = {
        int(np.diff(one["time"].values[:2].astype("datetime64[s]")).astype(int)[0]) for one in (ds, other)
    }
    if len(steps) > 1:
        raise ReadError(source, f"it and the table of meteo have steps of {sorted(steps)} s")
    step = np.timedelta64(steps.pop(), "s")
    begin = min(one["time"].values[0] for one in (ds, other))
    end = max(one["time"].values[-1] for one in (ds, other))
    time = np.arange(begin, end + step, step).astype("datetime64[ns]")
    further = other[[name for name in other if name not in ds]]
    whole = ds.reindex(time=time).assign(further.reindex(time=time).data_vars)
    return whole, [*notes, *said, f"two tables: {', '.join(map(str, further))} are of the second one"]


class Taken(NamedTuple):
    """Values of a quantity in its unit, and the column that they are from."""

    values: Array
    column: str


def _take(
    chosen: Mapping[str, Sequence[Candidate]], data: Mapping[str, Array], layout: Layout, notes: list[str]
) -> dict[str, Taken]:
    taken: dict[str, Taken] = {}
    filtered = False
    for name, each in chosen.items():
        held = [(c, x) for c in each if np.isfinite(x := _values(c, data)).any()]
        if not held:
            continue
        best, x = held[0]
        others = [c.column for c, _ in held[1:] if not c.quality]
        if others:
            notes.append(
                f"{name}: {best.column} is taken of {', '.join([best.column, *others])}; "
                f"columns={{{name!r}: ...}} takes another"
            )
        if best.quality:
            notes.append(f"{name}: the records of {best.column} that were measured ({best.quality} 0)")
            filtered |= name == "NEE"
        taken[name] = Taken(_in_unit(name, best.column, x, layout, notes), best.column)
    notes += _only_filled(taken, layout)
    if not taken and chosen:
        notes.append("no record of its quantities was measured: all that follow are missing")
        taken = {name: Taken(_values(each[0], data), each[0].column) for name, each in chosen.items()}
    if filtered:
        notes.append(
            "NEE is that of a product whose low-turbulence records were removed: already u*-filtered"
        )
    elif "NEE" in taken:
        notes += _of_exchange(taken["NEE"].column, "FC" in taken, layout)
    return _as_values_tell(taken, layout, notes)


def _only_filled(taken: Mapping[str, Taken], layout: Layout) -> list[str]:
    """Return what is said of quantities that the file has as filled columns without a quality alone."""
    filled = {
        name: [column for column in layout.names if re.fullmatch(rf"{name}(_PI)?_F(_\d+_\d+_\d+)?", column)]
        for name in QUANTITIES
        if name not in taken
    }
    return [
        f"{name}: {each[0]} is filled and does not say where; it is not read, "
        f"columns={{{name!r}: {each[0]!r}}} takes it as measured"
        for name, each in filled.items()
        if each and f"{each[0]}_QC" not in layout.names
    ]


def _of_exchange(column: str, has_flux: bool, layout: Layout) -> list[str]:
    """Return what the names of a file tell of its NEE: whether it is filtered, or made by the team of FC."""
    filters = [name for name in layout.names if _OF_FILTER.search(name)]
    if _FILTERED.search(column):
        return [f"NEE is {column}, filtered for low turbulence as its name says: already u*-filtered"]
    said = []
    if filters:
        said.append(
            f"NEE: {', '.join(filters)} tells of a u* filter; if {column} was filtered by it, choose "
            'method = "none" under [ustar]'
        )
    if has_flux and column.startswith("NEE_PI"):
        said.append(
            f"NEE: {column} is what the station's team made of FC; "
            "columns={'NEE': 'FC'} takes the flux itself"
        )
    return said


def _values(candidate: Candidate, data: Mapping[str, Array]) -> Array:
    x = data[candidate.column]
    return np.where(data[candidate.quality] == 0, x, np.nan) if candidate.quality else x


def _in_unit(name: str, column: str, x: Array, layout: Layout, notes: list[str]) -> Array:
    try:
        by = units.of_header(layout.units.get(column, ""), name) or units.usual(name, layout.kind)
    except ValueError as error:
        notes.append(f"{name}: the unit of {column} is not used, {error}; taken as {QUANTITIES[name].unit}")
        return x
    if QUANTITIES[name].how == "worst" and np.nanmax(x) > 2:
        return _of_classes(name, column, x, notes)
    return by.scale * x + by.shift if by != (1.0, 0.0) else x


def _of_classes(name: str, column: str, x: Array, notes: list[str]) -> Array:
    """Return flags with other classes than 0, 1, 2 as these."""
    if np.any((x > 3.0) & (x < 9.0)):
        notes.append(
            f"{name}: {column} has classes beyond 2 (Foken's nine): 1-3 count as 0, 4-6 as 1, others 2"
        )
        return np.where(np.isnan(x), np.nan, np.clip((x - 1) // 3, 0, 2))
    if np.any(x == 3.0):
        notes.append(
            f"{name}: {column} is 0 to 3, the quality of filled values: what is not 0 was filled and "
            "counts as 2"
        )
        return np.where(np.isnan(x), np.nan, np.where(x > 0.0, 2.0, 0.0))
    notes.append(f"{name}: {column} has classes beyond 2: they count as 2")
    return np.minimum(x, 2.0)


def _as_values_tell(taken: dict[str, Taken], layout: Layout, notes: list[str]) -> dict[str, Taken]:
    """Return the same with values that cannot be in the unit of their name converted, each said."""
    for name in ("TA", "T_SONIC", "TS", "PA", "RH", "SWC", "VPD"):
        if name not in taken or layout.units.get(taken[name].column, "").strip(' "[]-'):
            continue
        one = taken[name]
        TA, RH, VPD = (taken[other].values if other in taken else None for other in ("TA", "RH", "VPD"))
        by, unit = units.by_values(name, one.values, TA=TA, RH=RH, VPD=VPD)
        if unit:
            wanted = QUANTITIES[name].unit
            notes.append(
                f"{name}: the values of {one.column} are in {unit}, not {wanted}: they are converted"
            )
            taken[name] = one._replace(values=by.scale * one.values + by.shift)
    return taken


def column_names(path: str | Path) -> tuple[str, ...]:
    """Return the names of a table's columns as it has them, of which ``keep`` of `read` may name some."""
    found = table_of(path)
    return tuple(layout_of(found.data[:_HEAD], found.source).names)


def _asked(layouts: list[Layout], names: list[str], source: str) -> None:
    known = [name for layout in layouts for name in layout.names]
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=3)
            raise ReadError(
                source, f"no column {name!r}" + (f": did you mean {', '.join(near)}?" if near else "")
            )


def _place_in(data: Mapping[str, Array], layout: Layout) -> Place:
    def usual(column: str) -> float | None:
        x = data[column][np.isfinite(data[column])] if column in data else np.empty(0)
        return float(np.median(x)) if x.size else None

    return Place(usual(_LATITUDE), usual(_LONGITUDE), None, layout.site or None)


def _site_of_name(source: str) -> str | None:
    found = _SITE.search(source.replace("\\", "/").rpartition("/")[2])
    return found[1] if found else None
