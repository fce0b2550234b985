"""One run at a time in a results folder of a store: an object that its holder renews.

A store has no locks that end with the process that holds them. So the holder writes who it is and when it
last was alive; one that was not renewed for some minutes counts as abandoned.
"""

import json
import logging
import os
import platform
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Self

from fluxkit.errors import FluxkitError, LockedError
from fluxkit.stores.path import StorePath

logger = logging.getLogger(__name__)

#: How often the holder says that it is alive. [s]
RENEWED_EVERY = 30.0
#: Silence after which a lock counts as abandoned; clocks of machines may differ by less than this. [s]
ABANDONED_AFTER = 300.0
#: How long two that took an abandoned lock at once may overlap before they look who has it. [s]
OVERLAP = 2.0


@dataclass(frozen=True)
class Holder:
    """Who holds a lock."""

    host: str
    processes: str  #: of which table of processes ``pid`` is: containers have their own
    pid: int
    token: str  #: of this one lock
    alive: float  #: when it last was renewed, seconds since 1970

    @classmethod
    def here(cls) -> Self:
        """Return this process, with a new token."""
        return cls(platform.node(), _processes(), os.getpid(), secrets.token_hex(8), time.time())

    @classmethod
    def read(cls, place: StorePath) -> Self | None:
        """Return the holder of a lock; None if there is none or its object is damaged."""
        try:
            return cls(**json.loads(place.read_bytes()))
        except (OSError, ValueError, TypeError):  # removed in this moment, or not written by this program
            return None

    def to_json(self) -> bytes:
        """Return what the lock's object holds."""
        return (json.dumps(asdict(self), sort_keys=True) + "\n").encode()

    @property
    def is_gone(self) -> bool:
        """Whether it was not renewed for too long, or its holder on this machine has ended."""
        if time.time() - self.alive > ABANDONED_AFTER:
            return True
        here = (self.host, self.processes) == (platform.node(), _processes())
        return here and self.processes != "" and not _runs(self.pid)


@contextmanager
def held_on_store(place: StorePath) -> Iterator[None]:
    """Hold the lock that is an object of a store.

    Parameters
    ----------
    place : StorePath
        The object.

    Raises
    ------
    LockedError
        Another run holds it, or has taken it meanwhile.
    """
    mine = _acquired(place)
    renewal = _Renewal(place, mine)
    renewal.start()
    try:
        yield
    finally:
        renewal.end()
        if not renewal.lost:
            _release(place, mine)
    if renewal.lost:
        raise LockedError(
            f"{place}: another run took over this folder while this one was not responding; run "
            "again when that one has "
            "ended: finished days are kept"
        )


def is_held(place: StorePath) -> bool:
    """Whether a run that is alive holds the lock."""
    holder = Holder.read(place)
    return holder is not None and not holder.is_gone


def _acquired(place: StorePath) -> Holder:
    mine = Holder.here()
    try:
        place.create(mine.to_json())
    except FileExistsError:
        _take_over(place, mine)
    return mine


def _take_over(place: StorePath, mine: Holder) -> None:
    """Take a lock that its holder has abandoned.

    Two may do so at once. The last to write has it, and both check once the other must have written.
    """
    holder = Holder.read(place)
    if holder is not None and holder.token == mine.token:
        return  # made by an attempt whose answer was lost
    if holder is not None and not holder.is_gone:
        wait = max(0.0, ABANDONED_AFTER - (time.time() - holder.alive))
        raise LockedError(
            f"{place.parent}: another run works in this folder (process {holder.pid} on {holder.host}); "
            "wait until it ends, or use another folder. If it was killed, its lock expires in "
            f"{wait:.0f} s"
        )
    logger.warning("%s: taking over the lock of a run that ended without removing it", place)
    place.write_bytes(mine.to_json())
    time.sleep(OVERLAP)
    holder = Holder.read(place)
    if holder is None or holder.token != mine.token:
        raise LockedError(f"{place.parent}: another run has just begun in this folder; wait until it ends")


def _release(place: StorePath, mine: Holder) -> None:
    holder = Holder.read(place)
    if holder is not None and holder.token == mine.token:
        place.unlink(missing_ok=True)


def _processes() -> str:
    """Return the name of the table of processes, where the system has one."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


class _Renewal(threading.Thread):
    """Renews a lock until stopped, or until another process has it."""

    def __init__(self, place: StorePath, mine: Holder) -> None:
        super().__init__(name="fluxkit-lock", daemon=True)
        self.lost = False
        self._place, self._mine = place, mine
        self._ended = threading.Event()

    def run(self) -> None:
        """Renew every half minute; a store that is not reached then may be at the next time."""
        while not self._ended.wait(RENEWED_EVERY):
            try:
                holder = Holder.read(self._place)
                if holder is not None and holder.token != self._mine.token:
                    self.lost = True
                    logger.error("%s: another run has taken over this folder", self._place)
                    return
                self._place.write_bytes(replace(self._mine, alive=time.time()).to_json())
            except (OSError, FluxkitError) as error:
                logger.warning("%s: the lock could not be renewed: %s", self._place, error)

    def end(self) -> None:
        """Stop renewing."""
        self._ended.set()
        self.join()
