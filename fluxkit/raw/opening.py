"""A file on disk, plain or packed, to the bytes of the logger."""

import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from fluxkit.errors import ReadError

#: Largest content that is unpacked. [bytes]
MAX_BYTES = 2**30
#: What a reader's sniff gets to see. [bytes]
HEAD_BYTES = 4096

_GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGIC = b"PK\x03\x04"
_EMPTY_ZIP_MAGIC = b"PK\x05\x06"
_GZIP_WINDOW = 31  # zlib's code for "gzip header expected"
#: Parts of an archive that is a format of its own: its reader unpacks it.
_BUNDLE = {"data.csv", "metadata.json"}


@dataclass(frozen=True)
class Contents:
    """The unpacked bytes of a file."""

    source: str  #: path, for messages
    data: bytes
    truncated: bool = False  #: the archive ends before its content does


def contents(path: str | Path, *, limit: int = MAX_BYTES) -> Contents:
    """Read a plain, gzip or zip file; its first bytes, not its name, say which it is.

    Parameters
    ----------
    path : str or pathlib.Path
        File to read.
    limit : int, default 1 GiB
        Largest unpacked size that is accepted. [bytes]

    Returns
    -------
    Contents
        What a gzip file holds before it breaks off is kept, with ``truncated`` set. A zip that is a format
        of its own (data with metadata, as multiplexers write it) is left packed.

    Raises
    ------
    ReadError
        The file is absent, empty, damaged, too large, or a zip of several data files.
    """
    source = str(path)
    try:
        packed = Path(path).read_bytes()
    except OSError as error:
        raise ReadError(source, f"cannot be opened: {error.strerror or error}") from error
    if packed.startswith(_GZIP_MAGIC):
        found = _gunzip(source, packed, limit)
    elif packed.startswith((_ZIP_MAGIC, _EMPTY_ZIP_MAGIC)):
        found = Contents(source, _unzip(source, packed, limit))
    else:
        found = Contents(source, packed)
    if not found.data:
        raise ReadError(source, "the file is empty")
    if len(found.data) > limit:
        raise _too_large(source, limit)
    return found


def head(path: str | Path, size: int = HEAD_BYTES) -> bytes:
    """First ``size`` bytes of a file's content, without reading the rest of a plain or gzip file."""
    source = str(path)
    try:
        with Path(path).open("rb") as stream:
            start = stream.read(size)
    except OSError as error:
        raise ReadError(source, f"cannot be opened: {error.strerror or error}") from error
    if start.startswith(_GZIP_MAGIC):
        try:
            return zlib.decompressobj(_GZIP_WINDOW).decompress(start, size)
        except zlib.error as error:
            raise ReadError(source, f"the gzip archive is damaged ({error}); copy the file again") from error
    if start.startswith((_ZIP_MAGIC, _EMPTY_ZIP_MAGIC)):
        return contents(path).data[:size]
    return start


def _too_large(source: str, limit: int) -> ReadError:
    return ReadError(
        source, f"holds more than {limit / 2**20:.0f} MiB when unpacked; split it into shorter files"
    )


def _gunzip(source: str, packed: bytes, limit: int) -> Contents:
    # A gzip file may be several members one after another.
    parts: list[bytes] = []
    size = 0
    while packed:
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            part = member.decompress(packed, limit - size + 1)
        except zlib.error as error:
            if parts and not packed.startswith(_GZIP_MAGIC):
                break  # padding behind the last member, as tapes and block devices leave it
            raise ReadError(source, f"the gzip archive is damaged ({error}); copy the file again") from error
        parts.append(part)
        size += len(part)
        if size > limit:
            raise _too_large(source, limit)
        if not member.eof:
            if not size:
                raise ReadError(source, "the gzip archive breaks off before any data; copy the file again")
            return Contents(source, b"".join(parts), truncated=True)
        packed = member.unused_data
    return Contents(source, b"".join(parts))


def _unzip(source: str, packed: bytes, limit: int) -> bytes:
    if _of_ghg(packed):
        return packed
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            names = {Path(name).name for name in archive.namelist()}
            if names >= _BUNDLE or {".data", ".metadata"} <= {Path(name).suffix for name in names}:
                return packed
            member = _only_member(source, archive)
            if member.file_size > limit:
                raise _too_large(source, limit)
            with archive.open(member) as stream:
                return stream.read(limit + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ReadError(source, f"the zip archive is damaged ({error}); copy the file again") from error
    except (RuntimeError, NotImplementedError) as error:  # how zipfile reports encryption and unknown methods
        raise ReadError(source, f"the zip archive cannot be unpacked ({error}); unpack it by hand") from error


def _of_ghg(packed: bytes) -> bool:
    # Asked of the first member: the table of contents stands at the end, which may be torn off.
    name = packed[30 : 30 + int.from_bytes(packed[26:28], "little")]
    return name.endswith((b".data", b".metadata"))


def _only_member(source: str, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    # Folders and what macOS adds to an archive are no data.
    members = [
        m
        for m in archive.infolist()
        if not m.is_dir()
        and not m.filename.startswith("__MACOSX/")
        and not Path(m.filename).name.startswith(".")
    ]
    if len(members) != 1:
        names = ", ".join(m.filename for m in members[:5]) or "nothing"
        raise ReadError(
            source, f"a zip archive must hold one data file, this one holds {len(members)}: {names}"
        )
    return members[0]
