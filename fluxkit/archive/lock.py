"""One run at a time in a results folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from fluxkit.errors import ConfigError, LockedError

LOCK = ".fluxkit.lock"


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold a results folder, making it if need be.

    The system releases the lock when the process ends, however it ends: a lock file that
    is left behind locks nothing.

    Raises
    ------
    LockedError
        Another process holds it.
    ConfigError
        The folder cannot be made or written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = FileLock(out / LOCK, timeout=0)
        lock.acquire()
    except Timeout as error:
        raise LockedError(
            f"{out}: another run works in this folder (it holds {LOCK}); "
            "wait until it ends, or give another folder"
        ) from error
    except OSError as error:
        problem = f"the results folder cannot be written to: {error.strerror or error}; give another one"
        raise ConfigError(str(out), [problem]) from error
    try:
        yield
    finally:
        lock.release()
