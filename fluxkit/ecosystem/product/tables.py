"""A table of the product as text."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.product.absent import absent
from fluxkit.ecosystem.product.aggregating import aggregated, half_hourly
from fluxkit.ecosystem.product.names import PERCENTILES, Column, Resolution, columns, stamps
from fluxkit.ecosystem.product.periods import half_hourly_stamps, periods
from fluxkit.ecosystem.product.sources import Sources

Array = npt.NDArray[np.float64]

MISSING = -9999
#: Rows that become Python's numbers at once.
BLOCK = 2000


class Table:
    """A table of one resolution: its columns in the product's order.

    Parameters
    ----------
    sources : Sources
        Half hours.
    resolution : {"HH", "HR", "DD", "WW", "MM", "YY"}
    by_halfhour : mapping, optional
        The half-hourly columns of these sources, where they are known already.
    """

    def __init__(
        self, sources: Sources, resolution: Resolution, by_halfhour: Mapping[str, Array] | None = None
    ) -> None:
        self.resolution = resolution
        self.stamps = stamps(resolution)
        fine = resolution in ("HH", "HR")
        self.times = half_hourly_stamps(sources.at) if fine else periods(sources.at, resolution).stamps
        by_halfhour = half_hourly(sources) if by_halfhour is None else by_halfhour
        made = by_halfhour if fine else aggregated(sources, resolution, by_halfhour)
        self.wanted = columns(
            resolution, levels=sources.levels, percentiles=[f"{p:02d}" for p in PERCENTILES]
        )
        self.made: dict[str, Array] = {
            c.name: made[c.name] for c in self.wanted if c.name in made and np.isfinite(made[c.name]).any()
        }
        missing = [column.name for column in self.wanted if column.name not in self.made]
        self.absent: dict[str, str] = absent(missing, resolution, sources, by_halfhour)

    @property
    def columns(self) -> list[Column]:
        """Those that are there."""
        return [column for column in self.wanted if column.name in self.made]

    def csv(self) -> str:
        """Return the table as the product writes it: -9999 where there is no value."""
        names = [column.name for column in self.columns]
        return csv(self.stamps, self.times, {name: self.made[name] for name in names})


def csv(stamps: Sequence[str], times: Sequence[Sequence[str]], data: Mapping[str, Array]) -> str:
    """Return columns of time and of numbers as text with a header."""
    size = len(times[0])
    table = np.full((size, len(data)), float(MISSING))
    for k, x in enumerate(data.values()):
        table[:, k] = np.where(np.isfinite(x), x, MISSING)
    table += 0.0  # no "-0"
    form = ",".join(["%s"] * len(times) + ["%.7g"] * len(data))
    lines = [",".join([*stamps, *data])]
    rows = list(zip(*times, strict=True))
    for k in range(0, size, BLOCK):
        part = slice(k, k + BLOCK)
        lines += [form % (*a, *b) for a, b in zip(rows[part], table[part].tolist(), strict=True)]
    return "\n".join(lines) + "\n"
