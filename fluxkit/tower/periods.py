"""The grid of averaging periods, the same for a whole archive and for one stretch of raw data."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from fluxkit.site.models import Site

_MINUTE = 60_000_000_000
_DAY = 1440 * _MINUTE
_NS = np.dtype("M8[ns]")


def nanoseconds(time: np.datetime64) -> int:
    """Nanoseconds since 1970-01-01 UTC."""
    if time.dtype == _NS:  # thrice as fast, and a year's plan asks 200 000 times
        return int(time.view(np.int64))
    return int(time.astype("M8[ns]").astype(np.int64))


@dataclass(frozen=True)
class Periods:
    """Averaging periods, numbered since 1970.

    They begin at whole multiples of their length behind local standard midnight, so that
    output in local time has round stamps wherever the station is. A period belongs to the
    UTC day in which it starts.
    """

    length: int  #: [ns]
    phase: int  #: start of period 0 after 1970-01-01 UTC [ns]

    @classmethod
    def of(cls, site: Site) -> Self:
        """Return the grid of a site: ``condense.period`` and ``station.utc_offset_h``."""
        return cls.every(site.condense.seconds, site.station.utc_offset_h)

    @classmethod
    def every(cls, seconds: float, utc_offset_h: float) -> Self:
        """Return the grid of periods of a length [s], where local standard time minus UTC is so [h]."""
        length = round(seconds * 1e9)
        return cls(length, -round(utc_offset_h * 60 * _MINUTE) % length)

    def number(self, time: np.datetime64) -> int:
        """Number of the period that holds an instant (UTC)."""
        return (nanoseconds(time) - self.phase) // self.length

    def start(self, number: int) -> np.datetime64:
        """UTC start of a period, ns."""
        return np.datetime64(number * self.length + self.phase, "ns")

    def end(self, number: int) -> np.datetime64:
        """UTC end of a period, ns."""
        return self.start(number + 1)

    def date(self, number: int) -> np.datetime64:
        """UTC day to which a period belongs."""
        return np.datetime64(nanoseconds(self.start(number)) // _DAY, "D")

    def of_day(self, date: np.datetime64) -> range:
        """Numbers of the periods that start within a UTC day."""
        midnight = nanoseconds(date)
        first = -((self.phase - midnight) // self.length)
        return range(first, -((self.phase - midnight - _DAY) // self.length))
