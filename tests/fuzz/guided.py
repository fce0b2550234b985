"""Damage that coverage chooses: atheris keeps the files that led into lines no other file has reached.

Run by ``python -m tests.fuzz --guided``, in a process of its own.
"""

import hashlib
import importlib
import sys
import tempfile
import time
from pathlib import Path
from random import Random

import atheris

from tests.fuzz.damage import LONGEST, as_found
from tests.fuzz.target import Seed, tried
from tests.fuzz.trial import MEMORY, Tally, memory, place, sound

_BATCH = 100


class Guided:
    """What the fuzzer calls for every input: a byte that chooses the seed, then the file."""

    def __init__(self, seeds: list[Seed], folder: Path, work: Path) -> None:
        self.seeds = seeds
        self.folder = folder
        self.work = work
        self.tally = Tally.load(folder / "tally.json")
        self.begin = time.monotonic()
        self.before = memory()

    def one(self, data: bytes) -> None:
        """Read an input; what does harm is kept, and the fuzzer goes on."""
        t = self.tally
        seed = self.seeds[(data[0] if data else 0) % len(self.seeds)]
        begin = time.perf_counter()
        try:
            t.accepted += tried(seed, data[1:], self.work, t.next)
        except (Exception, MemoryError) as error:  # noqa: BLE001 - nothing but FluxkitError may come out
            t.fault(place(error), t.next)
            found = self.folder / "found"
            found.mkdir(exist_ok=True)
            (found / f"{hashlib.sha256(data).hexdigest()[:12]}_{seed.name}").write_bytes(data[1:])
        t.slowest = max(t.slowest, time.perf_counter() - begin)
        t.files += 1
        t.next += 1
        if t.next % _BATCH == 0:
            self.save()

    def save(self) -> None:
        """Write the tally."""
        now = time.monotonic()
        self.tally.seconds, self.begin = self.tally.seconds + now - self.begin, now
        self.tally.peak = max(self.tally.peak, memory() - self.before)
        self.tally.save(self.folder / "tally.json")

    def mutate(self, data: bytes, most: int, seed: int) -> bytes:
        """Damage an input: as files are damaged, or byte by byte as the fuzzer does."""
        rng = Random(seed)
        if rng.random() < 0.3 or not data:
            return bytes(atheris.Mutate(data, most))
        return (data[:1] + as_found(data[1:], rng, [s.data for s in self.seeds]))[:most]


def main(module: str, name: str, runs: int, folder: Path) -> None:
    """Let the fuzzer run; it ends the process."""
    with atheris.instrument_imports(include=["fluxkit.raw", "fluxkit.site"]):
        target = importlib.import_module(module).TARGETS[name]
    work = Path(tempfile.mkdtemp(dir=folder))
    guided = Guided(sound(target.seeds(work), work), folder, work)
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for k, seed in enumerate(guided.seeds):
        (corpus / f"seed{k}").write_bytes(bytes([k]) + seed.data)
    options = [
        f"-runs={runs - guided.tally.next}", f"-timeout={target.patience:.0f}", f"-max_len={LONGEST // 4}",
        f"-rss_limit_mb={MEMORY >> 20}", f"-artifact_prefix={folder}/death-", "-seed=1",
        "-len_control=0", "-verbosity=0", "-print_final_stats=0",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(corpus)], guided.one, custom_mutator=guided.mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
