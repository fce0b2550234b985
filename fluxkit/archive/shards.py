"""A share of the days of an archive, for one of several runs in the same results folder."""

import re
from dataclasses import dataclass
from typing import Self

import numpy as np

from fluxkit.errors import ConfigError

#: Name of a shard's lock, as a pattern.
LOCKS = ".fluxkit.lock-shard-*"


@dataclass(frozen=True)
class Shard:
    """Every ``count``-th day of the calendar, whether it is done or not: shards never share a day."""

    number: int  #: 1 ... count
    count: int

    @classmethod
    def of(cls, text: str) -> Self:
        """Return what a text such as ``3/16`` means.

        Raises
        ------
        ConfigError
            It means nothing.
        """
        found = re.fullmatch(r"(\d+)/(\d+)", text.strip())
        number, count = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= number <= count:
            problem = f"{text!r} is no share: give number/of how many, from 1/8 to 8/8 for eight jobs"
            raise ConfigError("--shard", [problem])
        return cls(number, count)

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def has(self, date: np.datetime64) -> bool:
        """Whether a UTC day, with all its parts, belongs to the shard."""
        return int(date.astype("datetime64[D]").astype(np.int64)) % self.count == self.number - 1

    @property
    def lock(self) -> str:
        """Name of the file that it locks in the results folder."""
        return f".fluxkit.lock-shard-{self.number}-of-{self.count}"
