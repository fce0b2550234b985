"""EddyMeas binary files as a dataset, at the rate that a half hour's records have."""

from pathlib import Path

import numpy as np
import xarray as xr

from fluxkit.raw.formats import slt
from fluxkit.raw.opening import contents
from fluxkit.raw.samples import ProblemLog


def read(path: Path, ranges: dict[str, tuple[float, float]]) -> tuple[xr.Dataset, float]:
    """Return samples in SI and their rate; ranges: analogue channel -> its value at both ends, in order."""
    found = slt.describe(contents(path), ProblemLog(str(path)))
    values = found.load(range(4 + len(ranges)), ()).values
    data = dict(zip(("u", "v", "w"), values[:3], strict=True))
    data["t_sonic"] = values[3] ** 2 / 403.0
    for millivolts, (name, (low, high)) in zip(values[4:], ranges.items(), strict=True):
        data[name] = low + millivolts / 5000.0 * (high - low)
    # A full half hour has some records more or less than 18 000: its clock sets the rate.
    n, start = values.shape[1], found.start
    rate = n / 1800.0 if start.astype("M8[m]").astype(int) % 30 == 0 else 10.0
    time = start + (np.arange(n) * 1e9 / rate).round().astype("timedelta64[ns]")
    return xr.Dataset({k: ("time", x) for k, x in data.items()}, {"time": time}), rate
