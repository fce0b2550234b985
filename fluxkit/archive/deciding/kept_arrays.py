"""Arrays of days in one file, with what they were made from: a cache that only saves time."""

import json
import logging
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from fluxkit.errors import WriteError
from fluxkit.export.atomic import atomic_path
from fluxkit.tower.tree import Leaf

logger = logging.getLogger(__name__)

#: Text beside the arrays.
_ABOUT = "about"


@dataclass(frozen=True)
class KeptArrays:
    """Arrays of several days, end to end. What is over nothing is empty."""

    places: tuple[str, ...] = ()  #: where each array belongs
    arrays: tuple[Leaf, ...] = ()
    seen: dict[str, str] = field(default_factory=dict)  #: day -> what its rows were made from
    rows: dict[str, slice] = field(default_factory=dict)  #: day -> its rows

    @classmethod
    def of(cls, places: Sequence[str], arrays: Sequence[Leaf], days: Sequence[tuple[str, str, int]]) -> Self:
        """Return arrays of days: name, what the rows were made from, and their number.

        Raises
        ------
        ValueError
            An array has neither all rows nor none.
        """
        ends = np.cumsum([0, *(count for _, _, count in days)]).tolist()
        if any(len(array) not in (0, ends[-1]) for array in arrays):
            raise ValueError("the arrays and the days differ in length")
        rows = {day[0]: slice(a, b) for day, a, b in zip(days, ends, ends[1:], strict=False)}
        return cls(tuple(places), tuple(arrays), {name: seen for name, seen, _ in days}, rows)

    @classmethod
    def load(cls, path: Path, key: str) -> Self:
        """Return what a file holds: nothing if it is not there, is damaged, or was made with another key."""
        try:
            with np.load(path, allow_pickle=False) as file:
                about = json.loads(str(file[_ABOUT]))
                if about["key"] != key:
                    return cls()
                arrays = [file[f"a{k}"] for k in range(len(about["places"]))]
                return cls.of(about["places"], arrays, about["days"])
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            logger.warning("%s is damaged (%s): it is made again from all moments", path, error)
            return cls()

    def save(self, path: Path, key: str) -> None:
        """Write the arrays; if that fails it is logged, and the next run takes longer."""
        days = [(name, seen, self.count(name)) for name, seen in self.seen.items()]
        about = json.dumps({"key": key, "places": self.places, "days": days})
        numbered: dict[str, Any] = {f"a{k}": array for k, array in enumerate(self.arrays)}
        try:
            with atomic_path(path) as part, part.open("wb") as stream:
                np.savez(stream, **numbered | {_ABOUT: np.array(about)})
        except WriteError as error:
            logger.warning("%s; the next run reads all moments again", error)

    def count(self, name: str) -> int:
        """Return the number of rows of a day."""
        rows = self.rows[name]
        return int(rows.stop) - int(rows.start)

    def of_days(self, names: Sequence[str]) -> list[Leaf]:
        """Return the arrays of some days."""
        if list(names) == list(self.seen):
            return list(self.arrays)
        rows = np.concatenate([np.arange(self.rows[name].start, self.rows[name].stop) for name in names])
        return [array[rows] if len(array) else array for array in self.arrays]

    def with_others(self, other: "KeptArrays") -> "KeptArrays":
        """Return these arrays with those of days that only another has, if both have one form."""
        more = [name for name in other.seen if name not in self.seen]
        if not more or self.places != other.places:
            return self
        pairs = zip(self.arrays, other.of_days(more), strict=True)
        days = [(name, seen, self.count(name)) for name, seen in self.seen.items()]
        days += [(name, other.seen[name], other.count(name)) for name in more]
        try:
            return KeptArrays.of(self.places, [np.concatenate(pair) for pair in pairs], days)
        except ValueError:  # of other shapes
            return self
