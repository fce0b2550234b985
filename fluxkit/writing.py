"""What goes wrong when a file is written, in words that say what to do."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fluxkit.errors import WriteError

#: Free space below which a failure is put down to the disk: libraries do not say it. [bytes]
FULL = 2**20
_LIBRARY = "NetCDF:"


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Tell failures to write as `WriteError`.

    Parameters
    ----------
    target : pathlib.Path
        The file that is to be made.

    Raises
    ------
    WriteError
        The system or the netCDF library could not write.
    """
    try:
        yield
    except OSError as error:
        raise WriteError(str(target), _why(error.strerror or str(error), target, error.errno)) from error
    except RuntimeError as error:
        if not str(error).startswith(_LIBRARY):
            raise
        raise WriteError(str(target), _why(str(error), target, None)) from error


def _why(words: str, target: Path, number: int | None) -> str:
    """Say that the disk is full where it is: netCDF's library then speaks of permissions or of HDF."""
    free = _free(target.parent)
    if number in (errno.ENOSPC, errno.EDQUOT) or (free is not None and free < FULL):
        left = "" if free is None else f", {free // 1024} kB are free"
        return f"{os.strerror(number) if number == errno.EDQUOT else 'the disk is full'}{left}"
    if words.startswith(_LIBRARY):
        return f"{words} (a full disk or quota, or a connection lost?)"
    return words


def _free(folder: Path) -> int | None:
    """Return the free space of the disk that a folder is on, or would be. [bytes]"""
    try:
        return shutil.disk_usage(next(f for f in (folder, *folder.parents) if f.exists())).free
    except (OSError, StopIteration):
        return None
