"""What deciding a station-year costs: one day's moments a year long, with one, four and sixteen schemes."""

import time
from collections.abc import Iterator

import numpy as np
import xarray as xr

from benchmarks.half_hour import HalfHour
from benchmarks.measure import cpu_ms
from benchmarks.schemes import DAY, SCHEMES
from fluxkit.site.models import Site
from fluxkit.tower.chain import decide

DAYS = 365
#: The first of the keys that schemes are made of -> how many schemes these are.
COUNTS = {0: 1, 2: 4, 4: 16}


class Year:
    """One day's moments again and again, each time a day later; as an archive gives them."""

    def __init__(self, day: xr.Dataset) -> None:
        self.parts = [_later(day, k) for k in range(DAYS)]

    def __iter__(self) -> Iterator[xr.Dataset]:
        return iter(self.parts)


def _later(day: xr.Dataset, days: int) -> xr.Dataset:
    moved = xr.IndexVariable("time", day["time"].values + np.timedelta64(days, "D"))
    return xr.Dataset(dict(day.variables) | {"time": moved}, attrs=day.attrs).set_coords(list(day.coords))


def report(half: HalfHour, *, repeats: int) -> None:
    """Print seconds, and multiples of the time that parsing a half hour takes, per scheme and period."""
    condenser, slots, records = half.slots()
    starts = [np.datetime64("2024-01-01", "ns") + k * condenser.period for k in range(DAY)]
    day = condenser.dataset(starts, [condenser.condense(slots, records)] * DAY)
    year, parse = Year(day), cpu_ms(half.parse, repeats)
    print(f"\n{half.name}: decide for a station-year, {DAYS * DAY} half hours, all products, CPU")
    print(f"  {'schemes':42s} {'s':>9s} {'s each':>9s} {'x parse':>9s}")
    for keys, count in COUNTS.items():
        schemes = dict(list(SCHEMES.items())[:keys])
        site = Site.model_validate(half.site.model_dump() | {"schemes": schemes}) if schemes else half.site
        decide(day, site)
        begin = time.process_time()
        decide(year, site)
        took = time.process_time() - begin
        each = took / count
        print(f"  {count:<42d} {took:9.2f} {each:9.2f} {1e3 * each / (DAYS * DAY) / parse:9.4f}")
