"""What sixteen schemes cost beside one: a day of half hours, condensed and decided."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import xarray as xr

from benchmarks.half_hour import HalfHour
from benchmarks.measure import cpu_ms
from fluxkit.site.models import Site
from fluxkit.tower.chain import decide

DAY = 48

#: Two rotations, two ways of detrending, two lags and two spectral corrections: eight of the sixteen need
#: second moments of their own, the others share them.
SCHEMES = {
    "rotation": ["double", "wilczak-2001"],
    "detrending": ["block", "linear"],
    "lag": ["covariance-maximum-default", "constant"],
    "high_frequency": ["peltola-2021", "moncrieff-1997"],
}


class Cost(NamedTuple):
    """CPU times of a day. [ms]"""

    condense: float
    one: float  #: decide, no schemes
    many: float  #: decide, sixteen

    @property
    def ratio(self) -> float:
        """Condense and decide with sixteen schemes over the same with one."""
        return (self.condense + self.many) / (self.condense + self.one)


def cost(half: HalfHour, repeats: int) -> Cost:
    """Measure one input."""
    condenser, slots, records = half.slots()
    starts = [np.datetime64("2024-07-01", "ns") + k * condenser.period for k in range(DAY)]
    table = condenser.dataset(starts, [condenser.condense(slots, records)] * DAY)
    one, many = deciders(table, half.site)
    return Cost(
        condense=DAY * cpu_ms(lambda: condenser.condense(slots, records), repeats),
        one=cpu_ms(one, repeats),
        many=cpu_ms(many, min(repeats, 3)),
    )


def deciders(table: xr.Dataset, site: Site) -> tuple[Callable[[], object], Callable[[], object]]:
    """Deciding a table of moments with one and with sixteen schemes."""
    several = Site.model_validate(site.model_dump() | {"schemes": SCHEMES})
    return lambda: decide(table, site), lambda: decide(table, several)


def report(half: HalfHour, *, repeats: int) -> None:
    """Print what schemes cost."""
    found = cost(half, repeats)
    print(f"\n{half.name}: a day of {DAY} half hours, CPU ms")
    print(f"  {'condense':42s} {found.condense:9.0f}")
    print(f"  {'decide, 1 scheme':42s} {found.one:9.0f}")
    print(f"  {'decide, 16 schemes':42s} {found.many:9.0f}")
    print(f"  {'condense + decide, 16 schemes over 1':42s} {found.ratio:9.2f}")
