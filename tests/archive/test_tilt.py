"""A sonic whose tilt changes within an archive, where no planes are fitted."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fluxkit.archive.doubts import doubts_of_tilt
from fluxkit.archive.flux_columns import FluxColumns
from fluxkit.site.toml.loading import load

SITE = Path(__file__).parents[2] / "data_samples" / "open_path" / "site.toml"
DAYS = 12


def archive(tilt: float, seed: int, *, slope: str = "plain") -> xr.Dataset:
    """Mean winds of twelve days; the sonic is tilted towards its u axis from the seventh on. [deg]"""
    rng = np.random.default_rng(seed)
    n = 48 * DAYS
    time = np.datetime64("2024-06-01", "ns") + np.arange(n) * np.timedelta64(30, "m")
    late = np.arange(n) >= n // 2
    direction = np.cumsum(rng.normal(0.0, 20.0, n))
    if slope == "valley":  # up by day, down by night, and other weather in the second half
        direction = np.where(np.arange(n) % 48 < 24, 0.0, 180.0) + 90.0 * late + rng.normal(0.0, 15.0, n)
    u, v = (rng.uniform(1.0, 6.0, n) * f(np.radians(direction)) for f in (np.cos, np.sin))
    w = 0.02 * u - 0.01 * v + (0.03 * np.abs(u) if slope == "valley" else 0.0)
    w = w + np.where(late, np.sin(np.radians(tilt)) * u, 0.0) + rng.normal(0.0, 0.04, n)
    speed = np.sqrt(u**2 + v**2 + w**2)
    found = {
        "WS": speed,
        "ROT_YAW": np.degrees(np.arctan2(v, u)),
        "ROT_PITCH": np.degrees(np.arcsin(w / speed)),
    }
    return xr.Dataset({name: ("time", x) for name, x in found.items()}, {"time": time})


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("tilt", "slope", "count"), [(0.0, "plain", 0), (1.0, "plain", 0), (6.0, "plain", 1), (0.0, "valley", 0)]
)
def test_a_change_of_tilt_is_told(tilt: float, slope: str, count: int, seed: int) -> None:
    fluxes, site = archive(tilt, seed, slope=slope), load(SITE)
    told = list(doubts_of_tilt(FluxColumns(fluxes), fluxes["time"].values, site))
    assert [doubt.check for doubt in told] == ["sonic_moved"] * count
    assert all("on 2024-06-07" in doubt.sentence for doubt in told)


def test_planes_tell_it_themselves() -> None:
    fluxes, site = archive(6.0, 1), load(SITE).with_decisions(rotation="wilczak-2001")
    assert not list(doubts_of_tilt(FluxColumns(fluxes), fluxes["time"].values, site))
