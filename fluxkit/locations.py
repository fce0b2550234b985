"""Where files are: paths of this machine, or addresses of stores such as ``s3://bucket/folder``.

Both have the methods of pathlib that this program needs, and are called Path in annotations. Nothing of
fsspec is imported before an address is asked about.
"""

import errno
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeGuard, cast
from urllib.parse import urlsplit

from fluxkit.errors import StoreError
from fluxkit.stores.path import StorePath

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.:-]+://")


def is_address(text: str) -> bool:
    """Whether a text is the address of a store or server, not a path; ``C:/data`` is a path."""
    return _ADDRESS.match(text) is not None


def on_store(path: object) -> TypeGuard[StorePath]:
    """Whether a location is in a store."""
    return isinstance(path, StorePath)


def location(place: str | Path) -> Path:
    """Return what a path or address names.

    Parameters
    ----------
    place : str or pathlib.Path
        A path of this machine, an address (``s3://``, ``gs://``, ``https://``, ``memory://`` or any other
        protocol of fsspec), ``file://`` with a path, or what this function has returned.

    Returns
    -------
    pathlib.Path
        Or a `StorePath`, which stands for one.
    """
    if not isinstance(place, str):
        return place
    if not is_address(place):
        return Path(place)
    if place.startswith("file://"):
        from urllib.request import url2pathname  # brings HTTP and TLS along, for an address that is rare

        return Path(url2pathname(urlsplit(place).path))
    protocol, _, inner = place.partition("://")
    return cast(Path, StorePath(f"{protocol}://{inner.rstrip('/')}"))


def joined(base: Path, text: str) -> Path:
    """Return the place that a text names, seen from a folder.

    Addresses and absolute paths stand for themselves, in whatever folder they are written.
    """
    if is_address(text) or Path(text).is_absolute():
        return location(text)
    return base / text


def fingerprint(path: Path) -> str:
    """Return a text that changes when a file does, without reading it.

    Size and time of writing [ns] of a file of this machine; size and version (S3: its ETag) of an
    object, as its listing told.

    Raises
    ------
    OSError
        It is not there.
    StoreError
        The store cannot be reached.
    """
    if on_store(path):
        return path.fingerprint()
    facts = path.stat()
    return f"{facts.st_size}-{facts.st_mtime_ns}"


def read_start(path: Path, size: int) -> bytes:
    """Return the first ``size`` bytes of a file, without reading the others."""
    if on_store(path):
        return path.read_start(size)
    with path.open("rb") as stream:
        return stream.read(size)


def read_end(path: Path, size: int) -> bytes:
    """Return the last ``size`` bytes of a file of this machine; nothing of one in a store."""
    if on_store(path):
        return b""
    with path.open("rb") as stream:
        stream.seek(0, 2)
        stream.seek(max(0, stream.tell() - size))
        return stream.read(size)


@contextmanager
def local_copy(path: Path) -> Iterator[Path]:
    """Give a file of this machine with the content of another: itself, or a temporary copy.

    Raises
    ------
    OSError
        It is not there, or cannot be copied.
    StoreError
        The store cannot be reached, or there is no room for the copy.
    """
    if not on_store(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="fluxkit-") as folder:
        copy = Path(folder) / (path.name or "content")
        try:
            path.download(copy)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):  # the object is sound
                what = f"no room for a temporary copy in {folder}; make room there, or set TMPDIR"
                raise StoreError(str(path), what) from error
            raise
        yield copy
