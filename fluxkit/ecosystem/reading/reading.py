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
from fluxkit.ecosystem.reading.archives import table_of
from fluxkit.ecosystem.reading.assembling import complete, dataset, finished
from fluxkit.ecosystem.reading.choosing import Candidate, candidates
from fluxkit.ecosystem.reading.layouts import Layout, layout_of
from fluxkit.ecosystem.reading.parsing import parse
from fluxkit.ecosystem.reading.places import Place, place_of
from fluxkit.ecosystem.reading.quantities import QUANTITIES, How
from fluxkit.ecosystem.reading.results import is_results, read_results
from fluxkit.errors import ReadError
from fluxkit.locations import location

Array = npt.NDArray[np.float64]

#: Bytes that are looked at for the layout.
_HEAD = 2**16
#: A site's code in the name of a file.
_SITE = re.compile(r"(?<![A-Za-z])([A-Z]{2}-[A-Za-z0-9]{3})(?![A-Za-z0-9])")
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
        output or FLUXNET output; text as REddyProc has it (its stamps are the END); ICOS L2; any CSV with
        TIMESTAMP_START or TIMESTAMP_END and columns of the standard. Plain, gzip or zip; half-hourly, hourly,
        or shorter records that make half hours.
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
        It is not there, its layout is not known, or it has no column that is.

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
    if is_results(location(path)):
        return read_results(location(path), place)
    found = table_of(path)
    layout = layout_of(found.data[:_HEAD], found.source)
    kept = _asked(layout, [*keep, *(columns or {}).values()], found.source)[: len(list(keep))]
    chosen = candidates(layout.names, given=columns)
    wanted = {c.column: None for each in chosen.values() for c in each}
    wanted |= {c.quality: None for each in chosen.values() for c in each if c.quality}
    wanted |= dict.fromkeys(kept)
    wanted |= {name: None for name in (_LATITUDE, _LONGITUDE) if name in layout.names}
    cells = parse(found.data, layout, wanted, found.source)
    notes = [*cells.notes]
    if found.truncated:
        notes.append("the archive breaks off: what precedes is used")
    at = axis.grid(cells.start, cells.end, found.source)
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
    place = place.or_else(_place_in(cells.data, layout)).or_else(Place(site=_site_of_name(found.source)))
    attributes, said = place_of(place)
    origin = {name: one.column for name, one in taken.items()} | {name: name for name in kept}
    ds = dataset(at, rows, origin, attributes)
    complete(ds, notes)
    return finished(ds, found.source, layout.kind, [*said, *at.notes, *notes])


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
    if not taken and chosen:
        notes.append("no record of its quantities was measured: all that follow are missing")
        taken = {name: Taken(_values(each[0], data), each[0].column) for name, each in chosen.items()}
    if filtered:
        notes.append(
            "NEE is that of a product whose low-turbulence records were removed: already u*-filtered"
        )
    return _as_values_tell(taken, layout, notes)


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
        notes.append(
            f"{name}: {column} has classes beyond 2 (Foken's nine): 1-3 count as 0, 4-6 as 1, others 2"
        )
        return np.where(np.isnan(x), np.nan, np.clip((x - 1) // 3, 0, 2))
    return by.scale * x + by.shift if by != (1.0, 0.0) else x


def _as_values_tell(taken: dict[str, Taken], layout: Layout, notes: list[str]) -> dict[str, Taken]:
    """Return the same with values that cannot be in the unit of their name converted, each said."""
    for name in ("TA", "T_SONIC", "TS", "PA", "RH", "SWC", "VPD"):
        if name not in taken or layout.units.get(taken[name].column, "").strip(' "[]-'):
            continue
        one = taken[name]
        TA, RH = (taken[other].values if other in taken else None for other in ("TA", "RH"))
        by, unit = units.by_values(name, one.values, TA=TA, RH=RH)
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


def _asked(layout: Layout, names: list[str], source: str) -> list[str]:
    for name in names:
        if name not in layout.names:
            near = get_close_matches(name, layout.names, n=3)
            raise ReadError(
                source, f"no column {name!r}" + (f": did you mean {', '.join(near)}?" if near else "")
            )
    return names


def _place_in(data: Mapping[str, Array], layout: Layout) -> Place:
    def usual(column: str) -> float | None:
        x = data[column][np.isfinite(data[column])] if column in data else np.empty(0)
        return float(np.median(x)) if x.size else None

    return Place(usual(_LATITUDE), usual(_LONGITUDE), None, layout.site or None)


def _site_of_name(source: str) -> str | None:
    found = _SITE.search(source.replace("\\", "/").rpartition("/")[2])
    return found[1] if found else None
