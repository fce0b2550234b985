"""Files that were joined: the columns of a later header among those of the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.schema import units

#: Columns that a sentence names.
_MOST = 6


@dataclass(frozen=True)
class Place:
    """Where a column of the first header is below another one, and its values in the first one's unit."""

    column: int  #: 0 = first
    scale: float = 1.0
    shift: float = 0.0

    def converted(self, x: Array) -> Array:
        """Values in the unit of the first header."""
        return x if self.scale == 1.0 and self.shift == 0.0 else x * self.scale + self.shift


#: For each column of the first header its place, None where it is missing.
Match = tuple[Place | None, ...]


def matching(
    headers: Sequence[tuple[Sequence[str], Sequence[str]]], lines: Sequence[int], log: ProblemLog
) -> list[Match]:
    """Find the columns of the first header below all of them.

    Parameters
    ----------
    headers : sequence of (names, units)
        As they follow each other in a file.
    lines : sequence of int
        First line or record below each.
    log : ProblemLog
        Receives columns that are missing, or that another unit makes something else.
    """
    first_names, first_units = headers[0]
    found: list[Match] = []
    for (names, written), line in zip(headers, lines, strict=True):
        if tuple(names) == tuple(first_names) and tuple(written) == tuple(first_units):
            found.append(tuple(Place(k) for k in range(len(names))))
            continue
        match = tuple(
            _place(name, first_units[k] if k < len(first_units) else "", names, written)
            for k, name in enumerate(first_names)
        )
        gone = [name for name, place in zip(first_names, match, strict=True) if place is None]
        if gone:
            more = f" and {len(gone) - _MOST} more" if len(gone) > _MOST else ""
            reason = (
                f"the header above lacks {', '.join(gone[:_MOST])}{more}, or has them in other units "
                "altogether: they are missing from here on"
            )
            log.add(Problem(log.source, line, "value", reason))
        found.append(match)
    return found


def joined(parts: Sequence[npt.NDArray[Any] | None]) -> npt.NDArray[Any] | None:
    """What all parts have, one behind the other; None if one has nothing."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return known[0] if len(known) == 1 else np.concatenate(known)


def _place(name: str, unit: str, names: Sequence[str], written: Sequence[str]) -> Place | None:
    if list(names).count(name) != 1:
        return None
    column = list(names).index(name)
    other = written[column] if column < len(written) else ""
    if other == unit:
        return Place(column)
    here, there = _unit(unit), _unit(other)
    if here is None or there is None or here == there:  # texts that mean nothing to us change no number
        return Place(column)
    if here.dimension != there.dimension:
        return None
    (scale, shift), (of_first, ahead) = units.to_si(other), units.to_si(unit)
    return Place(column, scale / of_first, (shift - ahead) / of_first)


def _unit(text: str) -> units.Unit | None:
    try:
        return units.parse(text) if text.strip() else None
    except ValueError:
        return None
