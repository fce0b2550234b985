"""Files that appear whole or not at all."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fluxkit.errors import WriteError
from fluxkit.locations import location, on_store
from fluxkit.stores.path import StorePath
from fluxkit.writing import writing


@contextmanager
def atomic_path(path: Path | str) -> Iterator[Path]:
    """Give a temporary path beside ``path`` and rename it to ``path`` when all went well.

    The temporary file is empty, in the same folder (so that renaming is one step of the file
    system) and hidden. When the block raises, it is removed and ``path`` stays as it was.
    For a place in a store it is a file of this machine, sent when all went well; an object
    appears whole.

    Parameters
    ----------
    path : Path or str
        The file or object to make. Folders above it are made if they lack.

    Yields
    ------
    Path
        The file to write to.

    Raises
    ------
    WriteError
        The disk is full, or the folder cannot be written to.
    StoreError
        The store cannot be reached.
    """
    target = location(path)
    if on_store(target):
        with _sent(target) as file:
            yield file
        return
    with writing(target), _renamed(target) as part:
        yield part


@contextmanager
def _sent(target: StorePath) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fluxkit-") as folder:
        file = Path(folder) / target.name
        with writing(file):
            file.touch()
            yield file
        try:
            target.upload(file)
        except OSError as error:
            raise WriteError(str(target), error.strerror or str(error)) from error


@contextmanager
def _renamed(target: Path) -> Iterator[Path]:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    # Not tempfile: its files are private, and results are for everyone the umask allows.
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield part
        _sync(part)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # elsewhere a folder cannot be opened
        _sync(target.parent)


def write_text(path: Path | str, text: str) -> None:
    r"""Write text as UTF-8 with line feeds, whole or not at all.

    Bytes of a file's name that are no text stand as ``\udcff``, which JSON reads back as they were.
    """
    with atomic_path(path) as part:
        part.write_bytes(text.encode("utf-8", "backslashreplace"))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
