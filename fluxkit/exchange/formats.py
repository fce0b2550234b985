"""The formats by name: what each is, and how it is made of a source. One list for command and docs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import xarray as xr

from fluxkit.ecosystem.product.names import PERCENTILES, columns
from fluxkit.ecosystem.product.sources import sources_of
from fluxkit.ecosystem.product.tables import Table
from fluxkit.ecosystem.reading.archives import table_of
from fluxkit.ecosystem.reading.layouts import layout_of
from fluxkit.ecosystem.reading.reading import read
from fluxkit.ecosystem.reading.results import is_results
from fluxkit.exchange.footprints import footprint_files, projection, read_footprint
from fluxkit.exchange.icos_shape import is_member
from fluxkit.export.netcdf_files import load_netcdf
from fluxkit.locations import local_copy, location
from fluxkit.submissions.sources import half_hours

#: Bytes that are looked at for the layout of a table.
_HEAD = 2**16
_PERCENTILES = [f"{p:02d}" for p in PERCENTILES]


@dataclass(frozen=True)
class Asked:
    """What is to be written, of what, and where."""

    source: Path
    folder: Path
    site: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    utc_offset_h: float | None = None
    height: float | None = None  #: of the sonic above ground [m]
    land_cover: Path | None = None
    vegetation: Path | None = None
    numbers: tuple[int, int] = (1, 1)  #: of logger and file in the names of ICOS' raw files


@dataclass
class Written:
    """Files that were made, and sentences on what they lack."""

    paths: list[Path] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


class Format(NamedTuple):
    """A format that half hours or footprints can be written in."""

    what: str
    source: str  #: what it is made of
    extra: str  #: of fluxkit's extras, "" for none
    write: Callable[[Asked], Written]


def _quantities(asked: Asked) -> xr.Dataset:
    """Return the quantities that processing starts from: of a run, or of a table of any layout."""
    if is_results(location(asked.source)):
        return _all(asked)
    return read(asked.source, asked.latitude, asked.longitude, asked.utc_offset_h, asked.site)


def _all(asked: Asked) -> xr.Dataset:
    return half_hours(
        asked.source,
        asked.site,
        latitude=asked.latitude,
        longitude=asked.longitude,
        utc_offset_h=asked.utc_offset_h,
    )


def _product(asked: Asked) -> xr.Dataset:
    """Return the columns of a FLUXNET product where the source has one, else all variables over time."""
    place = location(asked.source)
    files = sorted(place.glob("*_ecosystem.nc")) if place.is_dir() else [place]
    if files and files[0].name.endswith("_ecosystem.nc"):
        with local_copy(files[0]) as copy:
            ds = load_netcdf(copy)
        sources = sources_of(ds)
        table = Table(sources, "HR" if sources.at.per_day == 24 else "HH")
        made = {c.name: ("time", table.made[c.name], {"units": c.unit}) for c in table.columns}
        keys = ("site", "latitude", "longitude", "utc_offset_h")
        return xr.Dataset(made, {"time": ds["time"]}, {k: ds.attrs[k] for k in keys if k in ds.attrs})
    if is_results(place):
        return _all(asked)
    found = table_of(place)
    names = [n for n in dict.fromkeys(layout_of(found.data[:_HEAD], found.source).names) if _is_value(n)]
    if not any(map(is_member, names)):
        return _all(asked)
    ds = read(place, asked.latitude, asked.longitude, asked.utc_offset_h, asked.site, keep=names)
    levels = [str(k) for k in range(1, 20)]
    units = {c.name: c.unit for c in columns("HH", levels=levels, percentiles=_PERCENTILES)}
    ds = ds[names]
    for name in names:
        ds[name].attrs = {"units": units[name]} if name in units else {}
    return ds


def _is_value(name: str) -> bool:
    return not name.upper().startswith("TIMESTAMP")


def _reddyproc(asked: Asked) -> Written:
    from fluxkit.exchange.reddyproc import write_reddyproc

    path, said = write_reddyproc(_quantities(asked), asked.folder)
    return Written([path], said)


def _oneflux(asked: Asked) -> Written:
    from fluxkit.exchange.oneflux import write_oneflux

    paths, said = write_oneflux(_quantities(asked), asked.folder, height=asked.height)
    return Written(paths, said)


def _eddypro(asked: Asked) -> Written:
    from fluxkit.exchange.eddypro import write_eddypro

    path, said = write_eddypro(_quantities(asked), asked.folder)
    return Written([path], said)


def _parquet(asked: Asked) -> Written:
    from fluxkit.exchange.parquet import write_parquet

    path, said = write_parquet(_all(asked), asked.folder)
    return Written([path], said)


def _zarr(asked: Asked) -> Written:
    from fluxkit.exchange.zarr_store import write_zarr

    path, said = write_zarr(_product(asked), asked.folder)
    return Written([path], said)


def _geotiff(asked: Asked) -> Written:
    from fluxkit.exchange.geotiff import write_geotiff

    return _maps(asked, write_geotiff, ".tif")


def _geopackage(asked: Asked) -> Written:
    from fluxkit.exchange.geopackage import write_geopackage

    return _maps(asked, write_geopackage, ".gpkg")


def _maps(asked: Asked, write: Callable[[xr.Dataset, Path], Path], ending: str) -> Written:
    """Write each footprint map of the source, and how it represents surroundings that are mapped."""
    from fluxkit.exchange.representing import write_representativeness

    done = Written()
    for file in footprint_files(asked.source):
        climatology = read_footprint(file)
        surfaces = {"classes": asked.land_cover, "values": asked.vegetation}
        given = {kind: path for kind, path in surfaces.items() if path is not None}
        target = location(asked.folder) / f"{file.stem}{ending}"
        if given:  # first, so that a map that cannot be read stops all
            table = target.with_name(f"{file.stem}_representativeness.csv")
            done.said += write_representativeness(climatology, given, projection(climatology), table)
            done.paths.append(table)
        done.paths.append(write(climatology, target))
    return done


def _bif(asked: Asked) -> Written:
    from fluxkit.site.toml.loading import load
    from fluxkit.submissions.badm import badm_of
    from fluxkit.submissions.bif import write_bif

    site = load(asked.source)
    groups, said = badm_of(site)
    path = location(asked.folder) / f"{site.station.id}_BIF.csv"
    write_bif(asked.site or site.station.id, groups, path)
    return Written([path], said)


def _icos_raw(asked: Asked) -> Written:
    from fluxkit.archive.job import Job
    from fluxkit.archive.planning.plan import plan_archive
    from fluxkit.exchange.icos_raw import write_icos_raw
    from fluxkit.raw.reading import open_raw

    job = Job.of(asked.source, Path())
    plan = plan_archive(job.site, job.base)
    files = {source.path: (source.path, day.site) for day in plan.days for source in day.sources}
    logger, file = asked.numbers
    paths, said = write_icos_raw(
        (open_raw(path, site) for path, site in files.values()),
        asked.folder,
        site=asked.site or job.site.station.id,
        utc_offset_h=job.site.station.utc_offset_h,
        logger=logger,
        file=file,
    )
    return Written(paths, said)


FORMATS: dict[str, Format] = {
    "reddyproc": Format("text for REddyProc, with a row of units", "half hours", "", _reddyproc),
    "oneflux": Format("files that ONEFlux' pipeline starts from, one a year", "half hours", "", _oneflux),
    "eddypro": Format("a table like EddyPro's full output", "half hours", "", _eddypro),
    "parquet": Format("Parquet, a column for each variable", "half hours", "parquet", _parquet),
    "zarr": Format("zarr in the shape of the ICOS Carbon Portal", "half hours or product", "zarr", _zarr),
    "geotiff": Format("GeoTIFF of a footprint map", "footprint map", "geo", _geotiff),
    "geopackage": Format("GeoPackage of source areas", "footprint map", "geo", _geopackage),
    "bif": Format("BADM in interchange format: place, instruments, changes", "configuration", "", _bif),
    "icos-raw": Format(
        "raw files of ICOS ecosystem stations, a half hour each", "configuration", "", _icos_raw
    ),
}


def write_as(name: str, asked: Asked) -> Written:
    """Write a source in a format.

    Parameters
    ----------
    name : str
        Of `FORMATS`.
    asked : Asked
        Source, folder, and what is known of the site.
    """
    return FORMATS[name].write(asked)


def named() -> str:
    """Return the names of the formats, for messages."""
    return ", ".join(FORMATS)
