"""The points of many closures, one behind the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Batch:
    """Ragged series: closure k owns the points ``offsets[k]:offsets[k + 1]``."""

    t: Array  #: (n,) since the window's start [s]
    c: Array  #: (n,) dry mole fraction [mol mol-1]
    offsets: npt.NDArray[np.int64]  #: (closure + 1,)

    @classmethod
    def of(cls, t: Sequence[Array], c: Sequence[Array]) -> Self:
        """Return the batch of one series for each closure; empty ones are allowed.

        Parameters
        ----------
        t : sequence of ndarray
            Times of each closure. [s]
        c : sequence of ndarray
            Dry mole fractions at these times. [mol mol-1]

        Raises
        ------
        ValueError
            A closure has not as many times as mole fractions.
        """
        for k, (times, values) in enumerate(zip(t, c, strict=True)):
            if times.shape != values.shape:
                raise ValueError(f"closure {k}: {times.size} times for {values.size} mole fractions")
        lengths = np.array([0, *(times.size for times in t)], np.int64)
        return cls(_joined(t), _joined(c), np.cumsum(lengths))

    def __len__(self) -> int:
        return self.offsets.size - 1

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Points of each closure, shape (closure,)."""
        return np.diff(self.offsets)

    def part(self, k: int) -> tuple[Array, Array]:
        """Return times and mole fractions of one closure."""
        inside = slice(self.offsets[k], self.offsets[k + 1])
        return self.t[inside], self.c[inside]

    def ends(self) -> Array:
        """Return the last time of each closure, NaN where it has no point, shape (closure,). [s]"""
        last = np.full(len(self), np.nan)
        filled = self.counts > 0
        last[filled] = self.t[self.offsets[1:][filled] - 1]
        return last


def _joined(parts: Sequence[Array]) -> Array:
    return np.ascontiguousarray(np.concatenate([np.empty(0), *parts]), np.float64)
