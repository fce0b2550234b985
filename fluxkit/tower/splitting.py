"""A stretch of raw data cut into averaging periods."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import ReadError
from fluxkit.tower.periods import Periods, nanoseconds
from fluxkit.tower.plan import Plan

Array = npt.NDArray[np.float64]


def split_periods(
    raw: xr.Dataset, plan: Plan
) -> tuple[list[np.datetime64], list[tuple[dict[str, Array], int]]]:
    """Cut a stretch of raw data into averaging periods, those of `Periods`; NaN where it has no samples."""
    lacking = [name for name in plan.columns if name not in raw]
    if lacking:
        raise ReadError(
            "raw dataset", f"variables missing: {', '.join(lacking)}; it has {', '.join(map(str, raw))}"
        )
    time = raw["time"].values.astype("datetime64[ns]").astype(np.int64)
    step, grid = 1e9 / plan.rate, Periods.every(plan.seconds, plan.station.utc_offset_h)
    if time.size == 0:
        raise ReadError("raw dataset", "no samples")
    first = grid.number(time[:1].view("M8[ns]")[0])
    ahead = time - nanoseconds(grid.start(first))
    if np.any(np.diff(np.rint(ahead / step)) < 1):
        raise ReadError(
            "raw dataset", f"time does not ascend in steps of {step / 1e9:g} s (raw.rate = {plan.rate:g})"
        )
    # Half a slot decides to which period a sample between two of them goes.
    period = np.floor_divide(ahead + round(step / 2.0), grid.length)
    place = np.clip(np.rint((ahead - period * grid.length) / step).astype(np.int64), 0, plan.slots - 1)
    n_periods = int(period[-1]) + 1
    starts = [grid.start(first + k) for k in range(n_periods)]
    out: list[tuple[dict[str, Array], int]] = []
    for k in range(n_periods):
        here = period == k
        data = {name: np.full(plan.slots, np.nan) for name in plan.columns}
        for name, x in data.items():
            x[place[here]] = raw[name].values[here]
        out.append((data, int(here.sum())))
    return starts, out
