"""The process that reads damaged files: it may die of one, and the next goes on behind it.

What it has seen is in a file at all times (`Tally`), so that nothing is lost with it; the number it is
at is in another.
"""

import faulthandler
import importlib
import json
import resource
import sys
import tempfile
import time
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.fuzz.target import Seed, case, tried

#: Address space of the process: more is refused to it. [bytes]
MEMORY = 3 * 2**30
#: By how much reading one file of some kilobytes may raise the memory in use. [bytes]
GROWTH = 2**29
_BATCH = 200


@dataclass
class Tally:
    """What became of the files so far."""

    next: int = 0  #: number of the first file that was not read yet
    files: int = 0
    accepted: int = 0
    slowest: float = 0.0  #: [s]
    peak: int = 0  #: memory above that at the beginning [bytes]
    seconds: float = 0.0
    faults: dict[str, list[int]] = field(
        default_factory=dict
    )  #: what went wrong and where -> numbers of files

    @classmethod
    def load(cls, path: Path) -> "Tally":
        """Read what an earlier process has counted."""
        return cls(**json.loads(path.read_text())) if path.is_file() else cls()

    def save(self, path: Path) -> None:
        """Write it for the next one."""
        path.write_text(json.dumps(asdict(self)))

    def fault(self, what: str, number: int) -> None:
        """Count a file that was not read as it should."""
        self.faults.setdefault(what, []).append(number)


def main(module: str, name: str, stop: int, folder: Path, skipped: set[int]) -> None:
    """Read the files of a target from where the tally stands to a number, but for those that kill.

    ``module`` holds the table of targets.
    """
    target = importlib.import_module(module).TARGETS[name]
    with tempfile.TemporaryDirectory() as work:
        seeds = sound(target.seeds(Path(work)), Path(work))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        tally = Tally.load(folder / "tally.json")
        before, begin = memory(), time.monotonic()
        for number in range(tally.next, stop):
            if number not in skipped:
                (folder / "at").write_text(str(number))
                faulthandler.dump_traceback_later(target.patience, exit=True)
                _one(name, seeds, number, Path(work), tally)
                faulthandler.cancel_dump_traceback_later()
            tally.files += 1
            tally.next = number + 1
            if number % _BATCH == 0 or number + 1 == stop:
                now = time.monotonic()
                tally.seconds, begin = tally.seconds + now - begin, now
                tally.peak = max(tally.peak, memory() - before)
                tally.save(folder / "tally.json")


def sound(seeds: list[Seed], folder: Path) -> list[Seed]:
    """Return the seeds after a look that damage has something to spoil: each must be read."""
    refused = [seed.name for seed in seeds if not tried(seed, seed.data, folder)]
    if refused or not seeds:
        raise ValueError(f"no sound files, or they are refused: {refused}")
    return seeds


def _one(name: str, seeds: list[Seed], number: int, work: Path, tally: Tally) -> None:
    seed, content = case(name, seeds, number)
    before, begin = memory(), time.perf_counter()
    try:
        tally.accepted += tried(seed, content, work, number)
    except MemoryError:
        tally.fault("MemoryError", number)
    except Exception as error:  # noqa: BLE001 - the whole point: nothing but FluxkitError may come out
        tally.fault(place(error), number)
    tally.slowest = max(tally.slowest, time.perf_counter() - begin)
    if memory() - before > GROWTH:
        tally.fault(f"took {(memory() - before) / 2**20:.0f} MiB", number)


def place(error: BaseException) -> str:
    """Type of an exception and where in the package it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    inner = [f"{f.filename.rpartition('/')[2]}:{f.lineno}" for f in frames if "/fluxkit/" in f.filename]
    return f"{type(error).__name__} at {' < '.join(inner[:-4:-1])}: {str(error)[:120]}"


def memory() -> int:
    """Most memory that was in use. [bytes]"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]), {int(n) for n in sys.argv[5:]})
