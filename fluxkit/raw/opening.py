"""A file on disk, plain or packed, to the bytes of the logger."""

import bz2
import codecs
import io
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from fluxkit.errors import ReadError
from fluxkit.locations import location, on_store, read_start

#: Largest content that is unpacked. [bytes]
MAX_BYTES = 2**30
#: What a reader's sniff gets to see. [bytes]
HEAD_BYTES = 4096

_GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGIC = b"PK\x03\x04"
_EMPTY_ZIP_MAGIC = b"PK\x05\x06"
_Unpacker = lzma.LZMADecompressor | bz2.BZ2Decompressor
#: Beginnings of other archives of one file -> what unpacks them, and their name.
_OTHER_ARCHIVES: dict[bytes, tuple[Callable[[], _Unpacker], str]] = {
    b"\xfd7zXZ\x00": (lzma.LZMADecompressor, "xz"),
    b"BZh": (bz2.BZ2Decompressor, "bzip2"),
}
#: What their unpackers raise of a damaged file.
_DAMAGE = (lzma.LZMAError, OSError, EOFError, ValueError)
#: Marks of UTF-16, and the codec.
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
#: Characters by which marked text is told from binary numbers.
_LOOKED_AT = 32
#: What is unpacked at a time. [bytes]
_PIECE = 2**16
_GZIP_WINDOW = 31  # zlib's code for "gzip header expected"
#: What a damaged zip archive raises.
ZIP_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, OverflowError, struct.error)
#: How zipfile reports encryption and unknown methods.
ZIP_REFUSED = (RuntimeError, NotImplementedError)
#: Parts of an archive that is a format of its own: its reader unpacks it.
_BUNDLE = {"data.csv", "metadata.json"}
#: A part that every Excel workbook has.
_WORKBOOK = "xl/workbook.xml"


@dataclass(frozen=True)
class Contents:
    """The unpacked bytes of a file."""

    source: str  #: path, for messages
    data: bytes
    truncated: bool = False  #: the archive ends before its content does


def contents(path: str | Path, *, limit: int = MAX_BYTES) -> Contents:
    """Read a plain, gzip, xz, bzip2 or zip file, recognised by its first bytes, not its name.

    Text comes without byte order mark, and UTF-16 as UTF-8.

    Parameters
    ----------
    path : str or pathlib.Path
        File to read.
    limit : int, default 1 GiB
        Largest unpacked size that is accepted. [bytes]

    Returns
    -------
    Contents
        What an archive of one file holds before it breaks off is kept, with ``truncated`` set. A zip that is
        a format of its own (data with metadata, as multiplexers write it) is left packed.

    Raises
    ------
    ReadError
        The file is absent, empty, damaged, too large, or a zip of several data files.
    StoreError
        The path is an address whose store cannot be used.
    """
    source = str(path)
    try:
        if _file_size(source, location(path)) > limit:
            raise _too_large(source, limit)
        packed = location(path).read_bytes()
    except OSError as error:
        raise ReadError(source, f"cannot be opened: {error.strerror or error}") from error
    if packed.startswith(_GZIP_MAGIC):
        found = _gunzip(source, packed, limit)
    elif packed.startswith((_ZIP_MAGIC, _EMPTY_ZIP_MAGIC)):
        found = Contents(source, _unzip(source, packed, limit))
    elif (kind := _other_archive(packed)) is not None:
        found = _unpack_other(source, packed, limit, *kind)
    else:
        found = Contents(source, packed)
    if not found.data:
        raise ReadError(source, "the file is empty")
    if len(found.data) > limit:
        raise _too_large(source, limit)
    return replace(found, data=_plain_text(_unpacked_once(source, found.data)))


def head(path: str | Path, size: int = HEAD_BYTES) -> bytes:
    """First ``size`` bytes of a file's content, without reading the rest of it if it is no zip file."""
    source = str(path)
    start = _start(source, path, size)
    if start.startswith(tuple(_UTF16)) and len(start) >= size:  # two bytes for most characters
        start = _start(source, path, 2 * size + 2)
    return _plain_text(start)[:size]


def _start(source: str, path: str | Path, size: int) -> bytes:
    try:
        _file_size(source, location(path))
        start = read_start(location(path), size)
    except OSError as error:
        raise ReadError(source, f"cannot be opened: {error.strerror or error}") from error
    if start.startswith(_GZIP_MAGIC):
        try:
            return _unpacked_once(source, zlib.decompressobj(_GZIP_WINDOW).decompress(start, size))
        except zlib.error as error:
            raise ReadError(source, f"the gzip archive is damaged ({error}); copy the file again") from error
    if start.startswith((_ZIP_MAGIC, _EMPTY_ZIP_MAGIC)):
        return _start_of_zip(source, location(path), size)
    if (kind := _other_archive(start)) is not None:
        unpacker, name = kind
        try:
            return _unpacked_once(
                source, unpacker().decompress(start, size) or _first_block(path, unpacker(), size)
            )
        except _DAMAGE as error:
            raise _damaged(source, name, error) from error
    return start


def _first_block(path: str | Path, unpacker: _Unpacker, size: int) -> bytes:
    """First bytes of an archive that unpacks whole blocks only."""
    return unpacker.decompress(location(path).read_bytes(), size)


def _other_archive(packed: bytes) -> tuple[Callable[[], _Unpacker], str] | None:
    return next((kind for magic, kind in _OTHER_ARCHIVES.items() if packed.startswith(magic)), None)


def _damaged(source: str, name: str, error: Exception) -> ReadError:
    return ReadError(source, f"the {name} archive is damaged ({error}); copy the file again")


def _unpack_other(
    source: str, packed: bytes, limit: int, unpacker: Callable[[], _Unpacker], name: str
) -> Contents:
    """Unpack xz or bzip2, which may be several streams one after another."""
    parts: list[bytes] = []
    size, rest = 0, packed
    while _other_archive(rest) is not None:
        stream = unpacker()
        try:
            parts.append(stream.decompress(rest, limit - size + 1))
        except _DAMAGE as error:
            raise _damaged(source, name, error) from error
        size += len(parts[-1])
        if size > limit:
            raise _too_large(source, limit)
        if not stream.eof:
            if not size:
                raise ReadError(source, f"the {name} archive ends before any data; copy the file again")
            return Contents(source, b"".join(parts), truncated=True)
        rest = stream.unused_data
    return Contents(source, b"".join(parts))


def _plain_text(data: bytes) -> bytes:
    """Text as UTF-8 without its byte order mark; anything else as it is."""
    if data.startswith(codecs.BOM_UTF8) and b"\0" not in data[: 4 * _LOOKED_AT]:
        return data[len(codecs.BOM_UTF8) :]
    for mark, codec in _UTF16.items():
        if data.startswith(mark):
            text = data[len(mark) :].decode(codec, errors="replace")
            begin = text[:_LOOKED_AT]
            if begin and all(c.isprintable() or c in "\r\n\t" for c in begin):
                return text.encode("utf-8")
    return data


def _file_size(source: str, path: Path) -> int:
    """Bytes of a file as it is stored, 0 where only a store knows.

    Anything but a file is refused before it is opened: opening a pipe would wait for a writer,
    and a device may never end.
    """
    if on_store(path):
        return 0 if path.facts is None else path.facts.size
    try:
        facts = path.stat()
    except ValueError as error:  # a name with a zero byte
        raise ReadError(source, f"cannot be opened: {error}") from error
    if not stat.S_ISREG(facts.st_mode):
        what = "a folder" if stat.S_ISDIR(facts.st_mode) else "a pipe, socket or device"
        raise ReadError(source, f"is {what}, not a file: the pattern must match files only")
    return facts.st_size


def _unpacked_once(source: str, data: bytes) -> bytes:
    # Bytes of an archive look like many things: no reader shall see them.
    if data.startswith(_GZIP_MAGIC):
        raise ReadError(source, "is compressed twice (gzip within an archive): unpack it once by hand")
    return data


def _too_large(source: str, limit: int) -> ReadError:
    return ReadError(
        source, f"holds more than {limit / 2**20:.0f} MiB when unpacked; split it into shorter files"
    )


def _gunzip(source: str, packed: bytes, limit: int) -> Contents:
    # A gzip file may be several members one after another.
    view, at, size = memoryview(packed), 0, 0
    parts: list[bytes] = []
    while at < len(view):
        member, begin = zlib.decompressobj(_GZIP_WINDOW), at
        try:
            # By pieces: what follows the end of a member is copied, and there may be many members.
            while at < len(view) and not member.eof:
                piece = view[at : at + _PIECE]
                parts.append(member.decompress(piece, limit - size + 1))
                at += len(piece) - len(member.unused_data)
                size += len(parts[-1])
                if size > limit:
                    raise _too_large(source, limit)
        except zlib.error as error:
            if begin and not packed.startswith(_GZIP_MAGIC, begin):
                break  # padding behind the last member, as tapes and block devices leave it
            raise ReadError(source, f"the gzip archive is damaged ({error}); copy the file again") from error
        if not member.eof:
            if not size:
                raise ReadError(source, "the gzip archive ends before any data; copy the file again")
            return Contents(source, b"".join(parts), truncated=True)
    return Contents(source, b"".join(parts))


def _start_of_zip(source: str, path: Path, size: int) -> bytes:
    if _file_size(source, path) > MAX_BYTES:
        raise _too_large(source, MAX_BYTES)
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise ReadError(source, f"cannot be opened: {error.strerror or error}") from error
    return _unpacked_once(source, _unzip(source, packed, MAX_BYTES, size)[:size])


def _unzip(source: str, packed: bytes, limit: int, size: int | None = None) -> bytes:
    """Content of the one data file in an archive, or its first ``size`` bytes; a bundle stays packed."""
    if _of_ghg(packed):
        return packed
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            if _WORKBOOK in archive.namelist():
                return packed
            names = {_plain(name) for name in archive.namelist()}
            if names >= _BUNDLE or {".data", ".metadata"} <= {Path(name).suffix for name in names}:
                return packed
            member = _only_member(source, archive)
            if size is None and member.file_size > limit:
                raise _too_large(source, limit)
            return unpacked(archive, member, limit + 1 if size is None else size)
    except ZIP_DAMAGE as error:
        raise ReadError(source, f"the zip archive is damaged ({error}); copy the file again") from error
    except ZIP_REFUSED as error:
        raise ReadError(source, f"the zip archive cannot be unpacked ({error}); unpack it by hand") from error


def is_workbook(data: bytes) -> bool:
    """Whether content is an Excel workbook (.xlsx), which stays packed."""
    return data.startswith(_ZIP_MAGIC) and _WORKBOOK.encode() in data


def unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, size: int) -> bytes:
    """First bytes of a member of an archive; no more is unpacked, whatever size it declares.

    Raises
    ------
    NotImplementedError
        Its method is neither of the two common ones. With others the member itself declares how much
        memory unpacking takes, which may be gigabytes if it is damaged.
    """
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        known = f"{zipfile.ZIP_STORED} (stored) and {zipfile.ZIP_DEFLATED} (deflated)"
        raise NotImplementedError(
            f"{member.filename} is compressed with method {member.compress_type}; known: {known}"
        )
    with archive.open(member) as stream:
        return stream.read(size)


def _of_ghg(packed: bytes) -> bool:
    # Asked of the first member: the table of contents stands at the end, which may be torn off.
    name = packed[30 : 30 + int.from_bytes(packed[26:28], "little")]
    return name.endswith((b".data", b".metadata"))


def _plain(name: str) -> str:
    """Name of a member without its folders, on any system."""
    return name.replace("\\", "/").rpartition("/")[2]


def _only_member(source: str, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    # Folders and what macOS adds to an archive are no data.
    members = [
        m
        for m in archive.infolist()
        if not m.filename.endswith("/")
        and not m.filename.startswith("__MACOSX/")
        and not _plain(m.filename).startswith(".")
    ]
    if len(members) != 1:
        names = ", ".join(m.filename for m in members[:5]) or "nothing"
        raise ReadError(
            source, f"a zip archive must hold one data file, but this one holds {len(members)}: {names}"
        )
    return members[0]
