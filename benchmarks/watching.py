"""What a run uses while it goes on: time and memory of this process and of those it has started."""

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20 if hasattr(os, "sysconf") else 0.0


@dataclass(frozen=True)
class Moment:
    """One look."""

    wall: float  #: since the beginning [s]
    cpu: float  #: used by all processes [s]
    done: int  #: half hours that are done
    parent_mb: float
    workers_mb: tuple[float, ...]  #: of each process that this one has started, by its number


@dataclass
class Watch:
    """Looks at the processes every now and then, and whenever `progress` is called.

    Without the files of ``/proc`` (other systems than Linux) memory is not seen, and time only
    of this process.
    """

    every: float = 1.0  #: [s]
    moments: list[Moment] = field(default_factory=list)
    _done: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._begin = time.perf_counter()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def progress(self, done: int, total: int) -> None:
        """Take the progress of a run."""
        self._done = done
        self.look()

    def look(self) -> None:
        """Add a moment."""
        children = _children(os.getpid())
        wall = time.perf_counter() - self._begin
        cpu = time.process_time() + sum(_cpu(pid) for pid in children)
        memory = tuple(_memory(pid) for pid in children)
        self.moments.append(Moment(wall, cpu, self._done, _memory(os.getpid()), memory))

    def _go_on(self) -> None:
        while not self._ended.wait(self.every):
            self.look()


def _children(pid: int) -> list[int]:
    """Processes that one has started, and those that these have: workers are forked from a child."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        found = [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return []
    # The process that keeps count of shared resources is no worker.
    own = [child for child in found if b"resource_tracker" not in _read(child, "cmdline")]
    return sorted([*own, *(further for child in own for further in _children(child))])


def _cpu(pid: int) -> float:
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def _memory(pid: int) -> float:
    fields = _read(pid, "statm").split()
    return int(fields[1]) * _PAGE_MB if fields else 0.0


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:  # it has ended meanwhile
        return b""
