"""Which column of a file stands for a quantity: by a stated rule, and never silently where there are several.

Of ``TA``, in this order: the column of that name (then its spellings elsewhere); with positions
``TA_<H>_<V>_<R>``, lowest H, then V, then R; an aggregate (``TA_1_1_A``, ``TA_1``); ``TA_PI``; the measured
records (quality 0) of a filled product (``TA_F_MDS``). The first of these that holds a value is taken.
Names that are in lower case all over count as the standard's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from fluxkit.ecosystem.reading.quantities import PRODUCTS, QUANTITIES

_POSITION = re.compile(r"_(\d+)_(\d+)_(\d+)$")
_AGGREGATE = re.compile(r"_(\d+)(?:_(\d+)_A)?$")


class Candidate(NamedTuple):
    """A column that may stand for a quantity."""

    column: str
    quality: str = ""  #: column that must be 0 there: of a filled product the measured records are taken


def candidates(
    names: Sequence[str], *, given: Mapping[str, str] | None = None, only: Iterable[str] | None = None
) -> dict[str, list[Candidate]]:
    """Return for each quantity the columns that may stand for it, best first.

    Parameters
    ----------
    names : sequence of str
        Columns of the file.
    given : mapping, optional
        Quantity -> column, as the user says; it counts alone.
    only : iterable of str, optional
        Quantities that are asked for; by default all of the table.

    Examples
    --------
    >>> from fluxkit.ecosystem.reading.choosing import candidates
    >>> [c.column for c in candidates(["TA_2_1_1", "TA_1_2_1", "TA_1_1_1", "TA_PI"])["TA"]]
    ['TA_1_1_1', 'TA_1_2_1', 'TA_2_1_1', 'TA_PI']
    """
    if not any(letter.isupper() for name in names for letter in name):
        written = {name.upper(): name for name in reversed(names)}
        names = [*names, *written]
    else:
        written = {}
    found: dict[str, list[Candidate]] = {}
    there = set(names)
    for quantity in QUANTITIES if only is None else only:
        if given and quantity in given:
            found[quantity] = [Candidate(given[quantity])]
            continue
        chosen = [*_measured(quantity, names), *_of_product(quantity, there)]
        if chosen:
            as_written = [
                Candidate(written.get(c.column, c.column), written.get(c.quality, c.quality)) for c in chosen
            ]
            found[quantity] = list(dict.fromkeys(as_written))
    return found


def _measured(quantity: str, names: Sequence[str]) -> list[Candidate]:
    ranked: list[tuple[tuple[int, ...], str]] = []
    spellings = (quantity, *QUANTITIES[quantity].spellings)
    for name in dict.fromkeys(names):
        rank = _rank(name, spellings)
        if rank is not None:
            ranked.append((rank, name))
    return [Candidate(name) for _, name in sorted(ranked, key=lambda pair: pair[0])]


def _rank(name: str, spellings: Sequence[str]) -> tuple[int, ...] | None:
    """Return how good a column is, None if it is another quantity's."""
    for k, spelling in enumerate(spellings):
        if name == spelling:
            return (0, k) if k == 0 else (3, k)
    own = spellings[0]
    if name == f"{own}_PI":
        return (4, 0)
    if not name.startswith(f"{own}_"):
        return None
    rest = name[len(own) :]
    position = _POSITION.fullmatch(rest.removeprefix("_PI"))
    if position:
        return (2 if rest.startswith("_PI") else 1, *map(int, position.groups()))
    aggregate = _AGGREGATE.fullmatch(rest.removeprefix("_PI"))
    if aggregate and not own.startswith("FETCH"):
        return (2, *(int(part) for part in aggregate.groups() if part))
    return None


def _of_product(quantity: str, there: set[str]) -> list[Candidate]:
    return [
        Candidate(name, f"{name}_QC")
        for name in PRODUCTS.get(quantity, ())
        if name in there and f"{name}_QC" in there
    ]
