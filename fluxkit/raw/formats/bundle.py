"""LI-COR's .ghg: a zip archive of a table of samples, its metadata and slow measurements.

Nothing is ever unpacked to disk, and of no member more than a limit to memory: where members
say they lie, or how long they say they are, does not matter.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fluxkit.errors import ReadError
from fluxkit.raw.opening import MAX_BYTES, ZIP_DAMAGE, ZIP_REFUSED, Contents, contents, unpacked
from fluxkit.raw.samples import Problem, ProblemLog

LOCAL_MAGIC = b"PK\x03\x04"
#: Longest metadata that is read. [bytes]
_MOST_METADATA = 2**22
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_STREAMED, _ENCRYPTED = 1 << 3, 1
_STORED, _DEFLATED = 0, 8
_CHUNK = 2**16
_BIOMET = "-biomet"


@dataclass(frozen=True)
class Bundle:
    """What is in it, unpacked."""

    data: Contents
    metadata: str = ""  #: "" if there is none
    biomet: Contents | None = None  #: table of slow measurements
    biomet_metadata: str = ""


@dataclass(frozen=True)
class _Member:
    name: str
    data: bytes
    whole: bool = True


def looks_like(packed: bytes) -> bool:
    """Whether a zip archive begins like one of these: by the names of its first members."""
    at = 0
    while packed.startswith(LOCAL_MAGIC, at) and at + _LOCAL.size <= len(packed):
        head = _LOCAL.unpack_from(packed, at)
        name = packed[at + _LOCAL.size : at + _LOCAL.size + head[9]].decode("latin-1")
        if name.endswith((".data", ".metadata")):
            return True
        if head[2] & _STREAMED:
            return False
        at += _LOCAL.size + head[9] + head[10] + head[7]
    return False


def unpack(content: Contents, log: ProblemLog, *, limit: int = MAX_BYTES) -> Bundle:
    """Unpack the members that count.

    Parameters
    ----------
    content : Contents
        The archive, packed.
    log : ProblemLog
        Receives what is damaged.
    limit : int, default 1 GiB
        Most that is unpacked. [bytes]

    Raises
    ------
    ReadError
        It holds no table, or several; it is encrypted, or too large.
    """
    found = {member.name: member for member in _members(content, log, limit)}
    tables = [name for name in found if name.endswith(".data") and not _of_biomet(name)]
    if len(tables) > 1:
        stem = PurePosixPath(content.source.replace("\\", "/")).stem
        tables = [name for name in tables if name == f"{stem}.data"] or tables
    if len(tables) != 1:
        names = ", ".join(sorted(found)[:5]) or "nothing"
        raise ReadError(
            content.source,
            f"must hold one table of samples (.data), but holds {len(tables)}; usable: {names}",
        )
    member = found[tables[0]]
    if not member.data:
        raise ReadError(content.source, f"{member.name} is empty")
    biomet = next((m for n, m in found.items() if n.endswith(".data") and _of_biomet(n)), None)
    return Bundle(
        Contents(content.source, member.data, truncated=not member.whole),
        _text(found, tables[0].removesuffix(".data") + ".metadata", biomet=False),
        None if biomet is None else Contents(content.source, biomet.data, truncated=not biomet.whole),
        _text(found, "", biomet=True),
    )


def metadata_of(path: str | Path) -> str:
    """Content of the .metadata inside an archive.

    Raises
    ------
    ReadError
        The file is not such an archive, or holds no such member.
    """
    content = contents(path)
    if not looks_like(content.data):
        raise ReadError(content.source, "is not a GHG file (a zip archive of .data and .metadata)")
    found = unpack(content, ProblemLog(content.source)).metadata
    if not found:
        raise ReadError(content.source, "holds no .metadata")
    return found


def _text(found: dict[str, _Member], name: str, *, biomet: bool) -> str:
    others = [n for n in found if n.endswith(".metadata") and _of_biomet(n) is biomet]
    chosen = name if name in found else next(iter(others), "")
    return found[chosen].data.decode("utf-8", "replace") if chosen else ""


def _of_biomet(name: str) -> bool:
    return name.rpartition(".")[0].endswith(_BIOMET)


def _of_use(name: str) -> str:
    """Plain name of a member, "" if it does not count; folders in front of it are left out."""
    plain = name.replace("\\", "/").rpartition("/")[2]
    mac = plain.startswith(".") or name.startswith("__MACOSX/")
    return plain if plain.endswith((".data", ".metadata")) and not mac else ""


def _most(name: str, limit: int) -> int:
    return limit if name.endswith(".data") else min(limit, _MOST_METADATA)


def _members(content: Contents, log: ProblemLog, limit: int) -> Iterator[_Member]:
    found = []
    left = limit  # for all together: an archive may hold any number of members
    try:
        with zipfile.ZipFile(io.BytesIO(content.data)) as archive:
            for info in archive.infolist():
                name = _of_use(info.filename)
                if name:
                    data = unpacked(archive, info, _most(name, left) + 1)
                    found.append(_checked(content.source, _Member(name, data), left))
                    left -= len(data)
    except ZIP_DAMAGE as error:
        reason = f"the archive is damaged ({error}); what can be unpacked is kept: copy the file again"
        log.add(Problem(content.source, None, "rest of file", reason))
        return iter(list(_torn(content, limit)))
    except ZIP_REFUSED as error:
        raise ReadError(
            content.source, f"the archive cannot be unpacked ({error}); unpack it by hand"
        ) from error
    return iter(found)


def _checked(source: str, member: _Member, limit: int) -> _Member:
    if len(member.data) > _most(member.name, limit):
        most = _most(member.name, limit) / 2**20
        raise ReadError(source, f"{member.name} brings the archive to more than {most:.0f} MiB when unpacked")
    return member


def _torn(content: Contents, limit: int) -> Iterator[_Member]:
    """Members of an archive without its table of contents, one after another from the beginning."""
    packed, at, left = content.data, 0, limit
    while packed.startswith(LOCAL_MAGIC, at) and at + _LOCAL.size <= len(packed):
        _, _, flags, method, _, _, _, size, _, name_size, extra = _LOCAL.unpack_from(packed, at)
        begin = at + _LOCAL.size + name_size + extra
        name = _of_use(packed[at + _LOCAL.size : at + _LOCAL.size + name_size].decode("utf-8", "replace"))
        end = begin + size
        if flags & _ENCRYPTED or method not in (_STORED, _DEFLATED):
            return
        if flags & _STREAMED:
            end = packed.find(LOCAL_MAGIC, begin)
            end = len(packed) if end < 0 else end
        if name:
            data, whole = _inflated(packed[begin:end], method, _most(name, left))
            yield _checked(content.source, _Member(name, data, whole and end <= len(packed)), left)
            left -= len(data)
        at = end


def _inflated(packed: bytes, method: int, limit: int) -> tuple[bytes, bool]:
    """What a member holds before it breaks off, and whether it ends as it should."""
    if method == _STORED:
        return packed, True
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    parts: list[bytes] = []
    size = 0
    for at in range(0, len(packed), _CHUNK):
        try:
            parts.append(inflater.decompress(packed[at : at + _CHUNK], limit + 1 - size))
        except zlib.error:
            return b"".join(parts), False
        size += len(parts[-1])
        if inflater.eof or size > limit:
            break
    return b"".join(parts), inflater.eof
