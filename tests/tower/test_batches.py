"""Parts of the moments are joined only where they differ in nothing but time."""

import numpy as np
import xarray as xr

from fluxkit.tower.batches import batches


def part(day: int, lags: int = 3, **attributes: float) -> xr.Dataset:
    time = (
        np.datetime64("2024-07-01", "ns") + np.timedelta64(day, "D") + np.arange(4) * np.timedelta64(6, "h")
    )
    made = xr.Dataset(
        {"pairs": (("time", "lag"), np.full((4, lags), float(day))), "reason": ("time", np.full(4, day))},
        coords={"time": time, "lag": np.arange(lags), "frequency": ("bin", [0.1, np.nan])},
    )
    return made.assign_attrs({"rate": 10.0} | attributes)


def test_joined_parts_are_what_xarray_makes_of_them():
    parts = [part(k) for k in range(3)]
    (found,) = batches(parts)
    xr.testing.assert_identical(found, xr.concat(parts, "time", data_vars="minimal", coords="minimal"))


def test_parts_that_differ_stay_apart_and_in_order():
    parts = [part(0), part(1), part(2, lags=5), part(3, lags=5, rate=20.0), part(4)]
    found = list(batches(parts))
    assert [one.sizes["time"] for one in found] == [8, 4, 4, 4]
    assert np.concatenate([one["reason"].values for one in found]).tolist() == [
        k for k in range(5) for _ in range(4)
    ]


def test_a_batch_stays_small_and_a_large_part_alone():
    size = part(0).nbytes
    assert [one.sizes["time"] for one in batches(map(part, range(5)), 2 * size)] == [8, 8, 4]
    assert [one.sizes["time"] for one in batches(map(part, range(2)), size // 2)] == [4, 4]
    assert list(batches([])) == []
