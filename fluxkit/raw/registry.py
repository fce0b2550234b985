"""The readers of file formats: those that come along and those that others register.

Another package adds a format with an entry point of the group ``fluxkit.readers`` that
names a `Reader`.
"""

import importlib
import logging
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from pathlib import Path

from fluxkit.errors import UnknownFormatError
from fluxkit.raw.opening import HEAD_BYTES, head
from fluxkit.raw.reader import Reader
from fluxkit.raw.text.structure import is_header

logger = logging.getLogger(__name__)

GROUP = "fluxkit.readers"

#: Formats that come along, imported when first used.
BUILT_IN = {
    "toa5": "fluxkit.raw.formats.toa5:READER",
    "slt": "fluxkit.raw.formats.slt:READER",
    "edisol": "fluxkit.raw.formats.edisol:READER",
    "meteoflux": "fluxkit.raw.formats.meteoflux:READER",
    "aerodyne": "fluxkit.raw.formats.aerodyne:READER",
    "bico": "fluxkit.raw.formats.bico:READER",
    "netcdf": "fluxkit.raw.formats.netcdf:READER",
    "parquet": "fluxkit.raw.formats.parquet:READER",
    "binary": "fluxkit.raw.formats.binary:READER",
    "serial": "fluxkit.raw.formats.serial:READER",
    "icos": "fluxkit.raw.formats.icos:READER",
    "delimited": "fluxkit.raw.formats.delimited:READER",
    "tob1": "fluxkit.raw.formats.tob1:READER",
    "tob3": "fluxkit.raw.formats.tob3:READER",
    "ghg": "fluxkit.raw.formats.ghg:READER",
    "licor-trace-gas": "fluxkit.chamber.analysers.licor_trace_gas:READER",
    "li-850": "fluxkit.chamber.analysers.li850:READER",
    "li-7500": "fluxkit.chamber.analysers.li7500:READER",
    "li-6400": "fluxkit.chamber.analysers.li6400:READER",
    "li-8100": "fluxkit.chamber.analysers.li8100:READER",
    "smart-chamber": "fluxkit.chamber.analysers.smart_chamber:READER",
    "li-8250": "fluxkit.chamber.analysers.li8250:READER",
    "lgr": "fluxkit.chamber.analysers.lgr:READER",
    "picarro": "fluxkit.chamber.analysers.picarro:READER",
    "gasmet": "fluxkit.chamber.analysers.gasmet:READER",
    "gasmet-chambers": "fluxkit.chamber.analysers.gasmet_chambers:READER",
    "egm-4": "fluxkit.chamber.analysers.egm4:READER",
    "egm-5": "fluxkit.chamber.analysers.egm5:READER",
    "aeris": "fluxkit.chamber.analysers.aeris:READER",
    "healthy-photon": "fluxkit.chamber.analysers.healthy_photon:READER",
    "gaia": "fluxkit.chamber.analysers.gaia:READER",
    "eosmx": "fluxkit.chamber.analysers.eosmx:READER",
}


def known_formats() -> tuple[str, ...]:
    """Names of all formats, those that come along first."""
    return (*BUILT_IN, *sorted(_plug_ins()))


def reader(name: str, source: str = "raw.format") -> Reader:
    """Return the reader of a format.

    Raises
    ------
    UnknownFormatError
        No reader has this name, or the package that brings it cannot be imported.
    """
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        found: Reader = getattr(importlib.import_module(module), attribute)
        return found
    plug_ins = _plug_ins()
    if name not in plug_ins:
        raise UnknownFormatError(source, f"unknown format {name!r}; known: {', '.join(known_formats())}")
    try:
        return _load(plug_ins[name])
    except Exception as error:
        raise UnknownFormatError(
            source, f"the reader {name!r} ({plug_ins[name].value}) cannot be used: {error}"
        ) from error


def identify(path: str | Path) -> str:
    """Name of a file's format, from its first bytes.

    Raises
    ------
    UnknownFormatError
        No reader recognises the file, or more than one does.
    ReadError
        The file cannot be opened.
    """
    return identify_content(str(path), head(path))


def identify_content(source: str, start: bytes) -> str:
    """Name of the format of content that begins like this; see `identify`."""
    if not start:
        raise UnknownFormatError(source, "the file is empty")
    readers = list(_readers())
    for general in (False, True):
        names = [r.name for r in readers if r.general is general and _knows(r, start)]
        if len(names) == 1:
            return names[0]
        if names:
            raise UnknownFormatError(
                source, f"several formats fit ({len(names)}): {', '.join(names)}; set raw.format"
            )
    if len(start) < HEAD_BYTES and is_header(start):
        raise UnknownFormatError(source, "header, no records: it names columns, and nothing follows")
    raise UnknownFormatError(
        source, f"its format is not recognised; known formats: {', '.join(known_formats())}"
    )


def marked(start: bytes) -> bool:
    """Whether content begins with the mark of one of the formats that no other program writes."""
    return any(r.marked and _knows(r, start) for r in _readers())


def _plug_ins() -> dict[str, EntryPoint]:
    return _listed(entry_points)


@cache
def _listed(find: Callable[..., EntryPoints]) -> dict[str, EntryPoint]:
    # Looking through all installed packages takes ten times as long as reading a small file.
    return {entry.name: entry for entry in find(group=GROUP) if entry.name not in BUILT_IN}


def _knows(reader_: Reader, start: bytes) -> bool:
    """Whether a reader recognises content; one of another package may fail at it."""
    if reader_.name in BUILT_IN:
        return reader_.sniff(start)
    try:
        return bool(reader_.sniff(start))
    except Exception as error:  # noqa: BLE001  (another package's fault must not hide the formats that work)
        logger.warning("the reader %s is left out: it fails at this file (%s)", reader_.name, error)
        return False


def _load(entry: EntryPoint) -> Reader:
    found = entry.load()
    if not isinstance(found, Reader):
        raise TypeError(f"{entry.value} is not a fluxkit.raw.reader.Reader")
    return found


def _readers() -> Iterator[Reader]:
    for name in BUILT_IN:
        yield reader(name)
    for name, entry in _plug_ins().items():
        try:
            yield _load(entry)
        except Exception as error:  # noqa: BLE001  (another package's fault must not hide the formats that work)
            logger.warning("the reader %s of %s is left out: %s", name, entry.value, error)
