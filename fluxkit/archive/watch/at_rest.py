"""Which files of a growing folder are at rest, and which are still written to."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fluxkit.locations import fingerprint, on_store


@dataclass(frozen=True)
class Sight:
    """The files of a folder at one moment."""

    resting: dict[Path, str]  #: files at rest -> fingerprint
    growing: frozenset[Path]  #: files that are still written to


class Settling:
    """Checks files repeatedly.

    A file is at rest when neither its time of change nor the earlier checks show that it changed
    within the last seconds. Its own time may come from another machine, whose clock may differ: a time
    in the future is ignored. Objects of a store appear complete.

    Parameters
    ----------
    seconds : float
        [s]
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[Path, tuple[str, float]] = {}  #: fingerprint, and when it was seen to change

    def look(self, paths: Iterable[Path]) -> Sight:
        """Separate files at rest from others; files that have disappeared are neither."""
        now, wall = time.monotonic(), time.time()
        resting, growing, seen = {}, set(), {}
        for path in paths:
            try:
                found = fingerprint(path)
                age = wall - path.stat().st_mtime
            except OSError:
                continue
            before = self._seen.get(path)
            since = float("-inf") if before is None else before[1] if before[0] == found else now
            seen[path] = found, since
            changed = now - since < self._seconds or abs(age) < self._seconds
            if changed and not on_store(path):
                growing.add(path)
            else:
                resting[path] = found
        self._seen = seen
        return Sight(resting, frozenset(growing))
