"""Where compiled kernels are kept: a folder of their own, which nothing else that numba compiles gets into.

numba's own cache lists the signatures of a kernel in an index, which two processes that compile at once
overwrite for each other, and trusts what it reads. Here every signature has a file of its own, written whole
or not at all and read with its checksum: what is damaged or missing is compiled again.
"""

import contextlib
import hashlib
import logging
import os
import pickle
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
from numba.core.serialize import dumps

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent
_PREFIX = "kernels-"
_UNUSED = 90 * 86400.0  #: age at which the folder of another version is removed [s]
#: Settings of numba that decide what machine code a kernel becomes, beside the processor.
_SETTINGS = (
    "BOUNDSCHECK", "OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "USING_SVML", "DEBUGINFO_DEFAULT",
)  # fmt: skip


def _version() -> str:
    """Return a hash of what machine code follows from: a kernel holds code of the kernels that it calls."""
    digest = hashlib.sha256()
    for path in sorted(HERE.rglob("*.py")):
        digest.update(path.read_bytes())
    settings = [getattr(numba.config, name, None) for name in _SETTINGS]
    digest.update(repr([numba.__version__, llvmlite.__version__, sys.implementation.cache_tag]).encode())
    digest.update(repr(settings).encode())
    return digest.hexdigest()[:16]


def _folder() -> Path | None:
    """Return the folder of this version, or None where there is no place for one."""
    if os.environ.get("FLUXKIT_NO_CACHE", "") == "1":
        return None
    # What a user sets for all that numba compiles holds for us too.
    given = numba.config.CACHE_DIR or os.environ.get("XDG_CACHE_HOME", "")  # type: ignore[attr-defined]
    try:
        base = Path(given) if given else Path.home() / ".cache"
    except RuntimeError as error:
        _tell("the home folder", error)
        return None
    return base / "fluxkit" / f"{_PREFIX}{_version()}"


_told = False


def _tell(place: object, error: Exception) -> None:
    """Say once in a process that kernels cannot be kept."""
    global _told
    if not _told:
        _told = True
        logger.warning(
            "%s: compiled kernels cannot be kept here, so each process compiles its own: %s", place, error
        )


#: Where compiled kernels of this version are kept; None for nowhere.
FOLDER = _folder()
#: Whether kernels were compiled before on this machine.
COMPILED_BEFORE = FOLDER is not None and FOLDER.exists()


class Files:
    """The compiled signatures of one kernel, a file each.

    Parameters
    ----------
    folder : Path
        Made when the first file is written.
    name : str
        What the files' names begin with.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name

    def path(self, key: object) -> Path:
        """Return the file of a signature."""
        return self._folder / f"{self._name}.{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.nbc"

    def load(self, key: object) -> Any:
        """Return what was saved; None if nothing was, or if it is damaged."""
        try:
            content = self.path(key).read_bytes()
        except OSError:
            return None
        digest, data = content[:32], content[32:]
        if hashlib.sha256(data).digest() != digest:
            logger.debug("%s is damaged", self.path(key))
            return None
        known, saved = pickle.loads(data)  # noqa: S301  (written by `save`)
        return saved if known == key else None

    def save(self, key: object, saved: object) -> None:
        """Write a file, whole or not at all; another process may do the same.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        data = dumps((key, saved))
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self._folder, suffix=".tmp")
        try:
            with open(handle, "wb") as file:
                file.write(hashlib.sha256(data).digest() + data)
            os.replace(temporary, self.path(key))
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise

    def flush(self) -> None:
        """Remove all files."""
        for path in self._folder.glob(f"{self._name}.*.nbc"):
            path.unlink(missing_ok=True)


class _Locator(_CacheLocator):
    def __init__(self, line: int) -> None:
        self._line = line

    def get_cache_path(self) -> str:
        return str(FOLDER)

    def get_source_stamp(self) -> None:
        """Nothing: the folder's name has the sources' hash."""

    def get_disambiguator(self) -> str:
        return str(self._line)

    def ensure_cache_path(self) -> None:
        """Nothing: the folder is made with the first file."""

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], _py_file: str) -> "_Locator":
        return cls(py_func.__code__.co_firstlineno)


class _Impl(CompileResultCacheImpl):
    _locator_classes = (_Locator,)  # type: ignore[assignment]


class KernelCache(FunctionCache):
    """numba's cache of one kernel, in our folder."""

    _impl_class = _Impl

    def __init__(self, py_func: Callable[..., Any]) -> None:
        super().__init__(py_func)
        assert FOLDER is not None
        self._cache_file = Files(FOLDER, self._impl.filename_base)  # type: ignore[assignment]

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the compiled signature; None if there is none that can be used."""
        _mark_use()
        try:
            return super().load_overload(sig, target_context)
        except Exception as error:  # noqa: BLE001  (whatever is wrong with a file: the kernel is compiled again)
            logger.debug("%s: %s", self._cache_path, error)
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a compiled signature, or say once that it cannot be kept."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _tell(self._cache_path, error)
        else:
            _clean()


_marked = False


def _mark_use() -> None:
    """Note in the folder's time that it is in use, once in a process."""
    global _marked
    if not _marked and FOLDER is not None:
        _marked = True
        with contextlib.suppress(OSError):  # none yet, or not ours to write
            os.utime(FOLDER)


_cleaned = False


def _clean() -> None:
    """Remove folders of other versions that nobody has used for long, once in a process that compiles."""
    global _cleaned
    if not _cleaned and FOLDER is not None:
        _cleaned = True
        remove_unused(FOLDER, time.time() - _UNUSED)


def remove_unused(folder: Path, since: float) -> None:
    """Remove the folders of other versions beside a folder that were last used before a time.

    A process that still has kernels of a folder does not miss it: it would compile again.

    Parameters
    ----------
    folder : Path
        That of this version, which stays.
    since : float
        Seconds since 1970.
    """
    for other in folder.parent.glob(f"{_PREFIX}*"):
        if other == folder or not re.fullmatch(rf"{_PREFIX}[0-9a-f]{{16}}", other.name):
            continue
        with contextlib.suppress(OSError):  # another process removes it too
            if _last_use(other) < since:
                shutil.rmtree(other, ignore_errors=True)


def _last_use(folder: Path) -> float:
    """Return when anything in a folder was last written, or read where the file system notes it."""
    times = [folder.stat().st_mtime]  # not when it was read: looking for its files does that
    for path in folder.rglob("*"):
        if path.is_file():
            stat = path.stat()
            times += [stat.st_mtime, stat.st_atime]
    return max(times)
