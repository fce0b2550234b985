"""The one table of half hours in a file, a zip of a network, or a folder."""

import re
import zipfile
from io import BytesIO
from pathlib import Path

from fluxkit.errors import ReadError
from fluxkit.locations import location
from fluxkit.raw.opening import MAX_BYTES, ZIP_DAMAGE, ZIP_REFUSED, Contents, contents, unpacked

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
        names = [name for name in archive.namelist() if name.lower().endswith((".csv", ".txt"))]
        if len(names) == 1 and len(archive.namelist()) == 1:
            return contents(place)
        part = _chosen(str(place), names)
        try:
            data = unpacked(archive, archive.getinfo(part), MAX_BYTES + 1)
        except (*ZIP_DAMAGE, *ZIP_REFUSED) as error:
            raise ReadError(str(place), f"{part} cannot be unpacked: {error}") from error
    if len(data) > MAX_BYTES:
        raise ReadError(str(place), f"{part} is larger than {MAX_BYTES >> 20} MB")
    return Contents(f"{place}:{part}", data)


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
