"""One run at a time in a results folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from fluxkit.archive.folder.store_lock import held_on_store, is_held
from fluxkit.archive.shards import LOCKS, Shard
from fluxkit.errors import ConfigError, LockedError
from fluxkit.locations import on_store

LOCK = ".fluxkit.lock"
#: Shards take the folder's lock for a moment to take theirs; how long one waits for the others. [s]
SHARDS_WAIT = 10.0


@contextmanager
def locked(out: Path, shard: Shard | None = None) -> Iterator[None]:
    """Lock a results folder, of this machine or of a store, creating it if missing.

    The system releases the lock when the process ends, however it ends: a lock file that
    is left behind locks nothing.

    Parameters
    ----------
    out : pathlib.Path
        Results folder.
    shard : Shard, optional
        Lock only this share of its days: other shards of the same total may run at the same time.

    Raises
    ------
    LockedError
        Another process holds it.
    ConfigError
        The folder cannot be made or written to.
    """
    if on_store(out):
        if shard is not None:
            problem = "shards need a folder that all machines see, not a store: run without --shard"
            raise ConfigError(str(out), [problem])
        with held_on_store(out / LOCK):
            yield
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = _taken(out, shard)
    except Timeout as error:
        raise LockedError(
            f"{out}: another run works in this folder (it holds {Path(error.lock_file).name}); "
            "wait until it ends, or use another folder"
        ) from error
    except OSError as error:
        problem = f"the results folder cannot be written to: {error.strerror or error}; give another one"
        raise ConfigError(str(out), [problem]) from error
    try:
        yield
    finally:
        lock.release()


def _taken(out: Path, shard: Shard | None) -> BaseFileLock:
    """Take the lock of a folder, or of a shard, which is done under the folder's lock."""
    whole = FileLock(out / LOCK, timeout=0 if shard is None else SHARDS_WAIT)
    whole.acquire()
    try:
        for path in out.glob(LOCKS):
            if shard is not None and path.name.endswith(f"-of-{shard.count}"):
                continue
            with FileLock(path, timeout=0):
                pass
            path.unlink(missing_ok=True)  # nobody holds it, and who wants to must wait for us
        if shard is None:
            return whole
        own = FileLock(out / shard.lock, timeout=0)
        own.acquire()
    except BaseException:
        whole.release()
        raise
    whole.release()
    return own


def at_work(out: Path) -> bool | None:
    """Whether a run, or a part of one, is using a results folder; None if that is unknown."""
    if on_store(out):
        return is_held(out / LOCK)
    for path in out.glob(f"{LOCK}*"):
        lock = FileLock(path, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            return True
        except OSError:  # a folder of others, that cannot be written to
            return None
        lock.release()
    return False
