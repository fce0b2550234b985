"""A reader, sound files for it, and what must hold whatever becomes of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from warnings import catch_warnings, simplefilter

import numpy as np

from fluxkit.errors import FluxkitError
from tests.fuzz.damage import as_found

#: Reads a file as users do: in one way or in several, the first of which tells whether it was accepted.
Ways = tuple[Callable[[Path], object], ...]


#: Longest message of an error: a configuration may have many faults, each in a line. [characters]
MOST_WORDS = 100_000


@dataclass(frozen=True)
class Seed:
    """A sound file and how it is read."""

    name: str  #: of the file as written, its beginning may tell the time
    data: bytes
    ways: Ways


@dataclass(frozen=True)
class Target:
    """One reader."""

    name: str
    seeds: Callable[[Path], list[Seed]]  #: made in a folder of their own
    patience: float = 10.0  #: longest a file may take [s]
    cost: float = 1.0  #: of a file, in those of an ordinary reader: for short runs


def case(target: str, seeds: list[Seed], number: int) -> tuple[Seed, bytes]:
    """Return the seed and the damaged content of a number: the same for ever."""
    rng = Random(f"{target} {number}")
    seed = seeds[number % len(seeds)]
    return seed, as_found(seed.data, rng, [s.data for s in seeds])


def tried(seed: Seed, content: bytes, folder: Path, number: int | None = None) -> bool:
    """Read content; whether it was accepted. Anything but the package's own errors comes out.

    With a number the first way is gone and, by turns, one of the others.
    """
    path = folder / seed.name
    path.write_bytes(content)
    accepted = False
    for k, way in enumerate(seed.ways):
        if k and number is not None and k != 1 + number // 7 % (len(seed.ways) - 1):
            continue
        with loud():
            try:
                way(path)
            except FluxkitError as error:
                require(str(error).strip(), "an error without a word")
                require(len(str(error)) < MOST_WORDS, f"an error of {len(str(error))} characters")
                continue
        accepted |= k == 0
    return accepted


@contextmanager
def loud() -> Iterator[None]:
    """Let a warning count as an error: what numpy mutters about damage, a user cannot understand."""
    with catch_warnings(), np.errstate(over="warn", invalid="warn", divide="warn"):
        simplefilter("error")
        simplefilter("ignore", UserWarning)  # addressed to the user
        yield


def require(holds: object, what: str) -> None:
    """Fail with words, also where assertions are switched off."""
    if not holds:
        raise AssertionError(what)
