"""The whole archive decided beside the month that is looked at: in a thread, one set of choices at a time."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import xarray as xr

from fluxkit.errors import FluxkitError
from fluxkit.explore.deciding import Newest, Told

logger = logging.getLogger(__name__)

#: Decided archives that are kept.
KEPT = 12


@dataclass(frozen=True)
class Standing:
    """How far a decision on the whole archive is."""

    done: bool = False
    part: float = 0.0  #: 0 to 1
    words: str = ""
    failed: str = ""
    fluxes: xr.Dataset | None = None


class _Superseded(Exception):  # noqa: N818
    """Another set of choices is wanted now."""


class WholeArchive:
    """Decides on the whole archive for the sets of choices that are asked for, the last one first.

    A set that nobody asks for any more is given up at the next day that would be read.
    """

    def __init__(self) -> None:
        self._known: Newest[Standing] = Newest(KEPT)
        self._wanted: list[tuple[str, Callable[[Told], xr.Dataset]]] = []
        self._now: tuple[str, Standing] = ("", Standing())
        self._change = threading.Condition()
        self._ended = False
        self._held = 0
        self._thread = threading.Thread(target=self._work, name="whole archive", daemon=True)
        self._thread.start()

    def want(self, *sets: tuple[str, Callable[[Told], xr.Dataset]]) -> None:
        """Ask for sets of choices, each by a key, in this order; what was asked for before is dropped."""
        with self._change:
            self._wanted = [one for one in sets if self._known.get(one[0]) is None]
            self._change.notify_all()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let the whole archive rest while something is done that a person waits for."""
        with self._change:
            self._held += 1
        try:
            yield
        finally:
            with self._change:
                self._held -= 1
                self._change.notify_all()

    def know(self, key: str, fluxes: xr.Dataset) -> None:
        """Take a decision that was made elsewhere."""
        with self._change:
            self._known.put(key, Standing(done=True, part=1.0, fluxes=fluxes))
            self._change.notify_all()

    def standing(self, key: str, wait: float = 0.0) -> Standing:
        """Return how far a set of choices is, after so many seconds at most. [s]"""
        with self._change:
            self._change.wait_for(lambda: self._known.get(key) is not None or self._ended, timeout=wait)
            known = self._known.get(key)
            if known is not None:
                return known
            return self._now[1] if self._now[0] == key else Standing(words="waiting")

    def end(self) -> None:
        """Give up what is being done, and wait for it."""
        with self._change:
            self._ended, self._wanted = True, []
            self._change.notify_all()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._wanted or self._ended)
                if self._ended:
                    return
                key, decide = self._wanted[0]
                self._now = (key, Standing(words="beginning"))
            try:
                found = Standing(done=True, part=1.0, fluxes=decide(self._teller(key)))
            except _Superseded:
                continue
            except FluxkitError as error:
                found = Standing(done=True, failed=str(error))
            except Exception as error:  # told to whoever asked: the thread must live on
                logger.exception("deciding the whole archive failed")
                found = Standing(done=True, failed=f"a fault of the program: {type(error).__name__}: {error}")
            with self._change:
                self._known.put(key, found)
                self._wanted = [one for one in self._wanted if one[0] != key]
                self._change.notify_all()

    def _teller(self, key: str) -> Told:
        def told(done: int, of: int, words: str) -> None:
            with self._change:
                self._change.wait_for(lambda: not self._held or self._ended)
                if self._ended or not self._wanted or self._wanted[0][0] != key:
                    raise _Superseded
                self._now = (key, Standing(part=done / max(of, 1), words=words))

        return told
