"""A forest whose flux is known: light, temperature, low turbulence by night, noise."""

import numpy as np
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours

THRESHOLD = 0.25  #: u* below which a part of the respiration is missing by night [m s-1]


def forest(
    first: str = "2019-01-01", days: int = 365, minutes: int = 30, *, latitude: float = 50.0, seed: int = 1,
    noise: float = 0.5,
) -> xr.Dataset:  # fmt: skip
    """Make half hours; `truth` is the flux without loss and noise."""
    rng = np.random.default_rng(seed)
    n = days * 1440 // minutes
    start = np.datetime64(first, "ns") + np.arange(n) * np.timedelta64(minutes, "m")
    at = HalfHours(start, minutes * 60.0, 0.0, latitude, 0.0)
    phase = 2 * np.pi * (at.day_of_year - 200) / 365.25
    per_day = at.per_day
    clouds = np.repeat(rng.uniform(0.3, 0.8, days), per_day)
    sw_in = at.potential_radiation * clouds
    weather = np.repeat(np.cumsum(rng.normal(0.0, 1.5, days)) * 0.2, per_day)
    ta = 10.0 + 9.0 * np.cos(phase) + 4.0 * np.sin(2 * np.pi * (at.hour - 9.0) / 24.0) + weather
    vpd = np.maximum(0.3, 0.6 * ta * clouds)
    ustar = rng.weibull(1.8, n) * np.where(sw_in > 10.0, 0.5, 0.3)
    reco = 2.5 * np.exp(0.05 * (ta - 10.0))
    gpp = 20.0 * sw_in / (sw_in + 400.0) * (0.6 + 0.4 * np.cos(phase))
    lost = np.where((sw_in < 10.0) & (ustar < THRESHOLD), 0.6 * (1.0 - ustar / THRESHOLD), 0.0)
    nee = reco * (1.0 - lost) - gpp + rng.laplace(0.0, noise, n) * (1.0 + 0.05 * gpp)
    return xr.Dataset(
        {
            "NEE": ("time", nee, {"units": "umol m-2 s-1"}),
            "truth": ("time", reco - gpp),
            "SW_IN": ("time", sw_in, {"units": "W m-2"}),
            "TA": ("time", ta, {"units": "degC"}),
            "VPD": ("time", vpd, {"units": "hPa"}),
            "USTAR": ("time", ustar, {"units": "m s-1"}),
        },
        {"time": start},
        {"site": "XX-Mad", "latitude": latitude, "longitude": 0.0, "utc_offset_h": 0.0},
    )


def with_gaps(ds: xr.Dataset, share: float = 0.3, seed: int = 5) -> xr.Dataset:
    """Take out single records of the flux."""
    gone = np.random.default_rng(seed).random(ds.sizes["time"]) < share
    return ds.assign(NEE=ds.NEE.where(~gone))
