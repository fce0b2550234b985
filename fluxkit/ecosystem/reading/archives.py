"""The tables of half hours in a file, a zip of a network, or a folder: one, or ICOS' fluxes and meteo."""

import csv
import re
import zipfile
from io import BytesIO
from pathlib import Path

from fluxkit.ecosystem.reading.places import Place
from fluxkit.errors import ReadError
from fluxkit.locations import location
from fluxkit.raw.opening import MAX_BYTES, ZIP_DAMAGE, ZIP_REFUSED, Contents, contents, unpacked

#: Two tables of one site that ICOS gives apart, the one with the fluxes first.
_APART = ("_FLUXES_", "_METEO_")
#: Descriptions of a site beside its tables, and what they say of its place.
_ABOUT = re.compile(r"(SITEINFO|_BIF_)[^/]*\.csv$", re.IGNORECASE)
_PLACE = ("LOCATION_LAT", "LOCATION_LONG", "UTC_OFFSET")
#: Parts of a network's archive that are no half-hourly table of the site's own.
_OTHERS = re.compile(r"(ERA5|ERAI|AUXMETEO|AUXNEE|BIF|VARINFO|README|_(DD|WW|MM|YY)_)", re.IGNORECASE)
#: What a name of a half-hourly table has, best first.
_WANTED = ("_FLUXMET_HH_", "_FLUXMET_HR_", "_FULLSET_HH_", "_FULLSET_HR_", "_FLUXNET_HH", "_HH_", "_HR_")


def table_of(path: str | Path) -> Contents:
    """Return the bytes of a table: plain, gzip, xz, bzip2, or a zip of which one part is half-hourly.

    Raises
    ------
    ReadError
        It is not there, or a zip holds none or several tables of half hours.
    """
    place = location(path)
    with_zip = zipfile_of(place)
    if with_zip is None:
        return contents(place)
    with with_zip as archive:
        names = _texts(archive)
        if len(names) == 1 and len(archive.namelist()) == 1:
            return contents(place)
        return _part(place, archive, _chosen(str(place), names))


def tables_of(path: str | Path) -> list[Contents]:
    """Return the table of `table_of`, or the two that ICOS gives apart: fluxes, then meteo.

    Raises
    ------
    ReadError
        As `table_of`.
    """
    place = location(path)
    if place.is_dir():
        return [table_of(file) for file in apart_in(place)]
    with_zip = zipfile_of(place)
    if with_zip is not None:
        with with_zip as archive:
            names = _texts(archive)
            pair = _pair(names)
            if pair and not any(mark in name.upper() for name in names for mark in _WANTED):
                return [_part(place, archive, name) for name in pair]
    return [table_of(place)]


def place_beside(path: str | Path) -> Place:
    """Return what a description in the same zip says of the place (BIF, SITEINFO), all None without one."""
    place = location(path)
    with_zip = None if place.is_dir() else zipfile_of(place)
    said: dict[str, str] = {}
    if with_zip is not None:
        with with_zip as archive:
            for name in filter(_ABOUT.search, _texts(archive)):
                text = _part(place, archive, name).data.decode("utf-8", "replace")
                for row in csv.DictReader(text.splitlines()):
                    said.setdefault(str(row.get("VARIABLE", "")).strip(), str(row.get("DATAVALUE", "")))
    latitude, longitude, offset = (_number(said.get(name, "")) for name in _PLACE)
    return Place(latitude, longitude, offset)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= 360.0 else None


def apart_in(folder: Path) -> list[Path]:
    """Return ICOS' files of fluxes and of meteo in a folder, none unless there is one of each."""
    files = {file.name: file for file in sorted(folder.iterdir()) if file.is_file()}
    return [files[name] for name in _pair(list(files))]


def _pair(names: list[str]) -> list[str]:
    own = [name for name in names if not _OTHERS.search(name.rpartition("/")[2])]
    found = [[name for name in own if mark in name.rpartition("/")[2].upper()] for mark in _APART]
    if not all(len(each) == 1 for each in found):
        return []
    pair = [each[0] for each in found]
    before = {
        name.rpartition("/")[2].upper().partition(mark)[0] for name, mark in zip(pair, _APART, strict=True)
    }
    return pair if len(before) == 1 else []  # of one site


def _texts(archive: zipfile.ZipFile) -> list[str]:
    """Return the parts that are text, without what a Mac puts beside them."""
    names = [name for name in archive.namelist() if name.lower().endswith((".csv", ".txt"))]
    return [n for n in names if not n.startswith("__MACOSX/") and not n.rpartition("/")[2].startswith(".")]


def _part(place: Path, archive: zipfile.ZipFile, name: str) -> Contents:
    try:
        data = unpacked(archive, archive.getinfo(name), MAX_BYTES + 1)
    except (*ZIP_DAMAGE, *ZIP_REFUSED) as error:
        raise ReadError(str(place), f"{name} cannot be unpacked: {error}") from error
    if len(data) > MAX_BYTES:
        raise ReadError(str(place), f"{name} is larger than {MAX_BYTES >> 20} MB")
    return Contents(f"{place}:{name}", data)


def zipfile_of(place: Path) -> zipfile.ZipFile | None:
    """Return a path opened as a zip, None if it is none."""
    try:
        with place.open("rb") as file:
            if file.read(4) != b"PK\x03\x04":
                return None
        return zipfile.ZipFile(BytesIO(place.read_bytes()))
    except OSError as error:
        raise ReadError(str(place), error.strerror or str(error)) from error
    except ZIP_DAMAGE as error:
        raise ReadError(str(place), f"a damaged zip: {error}") from error


def _chosen(source: str, names: list[str]) -> str:
    own = [name for name in names if not _OTHERS.search(name.rpartition("/")[2])]
    for mark in _WANTED:
        found = [name for name in own if mark in name.upper()]
        if len(found) == 1:
            return found[0]
        if found:
            break
    if len(own) == 1:
        return own[0]
    listed = ", ".join(own or names) or "nothing that is text"
    raise ReadError(
        source, f"expected one half-hourly table in this zip, found {listed}: unpack it, give one"
    )
