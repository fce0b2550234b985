"""Sites whose uptake and respiration are known, by rules that no method of partitioning assumes.

Uptake is a non-rectangular hyperbola of absorbed light with diffuse light used better, air and day's mean
temperature, dry air and a season; respiration follows air and a lagged soil temperature by Q10, soil moisture
that comes and goes, and the photosynthate of the days before. The noise is Laplace's and grows with the flux;
calm nights are missing, and other records in runs.
"""

import numpy as np
import xarray as xr

from fluxkit.physics import solar


def _walk(n: int, days: float, random: np.random.Generator) -> np.ndarray:
    """Daily values of standard deviation one that forget in so many days."""
    keep = np.exp(-1 / days)
    out = np.zeros(n)
    for i in range(1, n):
        out[i] = keep * out[i - 1] + np.sqrt(1 - keep**2) * random.standard_normal()
    return out


def _lagged(x: np.ndarray, records: float) -> np.ndarray:
    share = 1 - np.exp(-1 / records)
    out = np.empty_like(x)
    out[0] = x[:48].mean()
    for i in range(1, x.size):
        out[i] = out[i - 1] + share * (x[i] - out[i - 1])
    return out


def site(
    seed: int, *, latitude: float = 50.0, days: int = 365, minutes: int = 30, measured: bool = False
) -> xr.Dataset:
    """Half hours of a made site: NEE, its drivers, and the truth as GPP_TRUE and RECO_TRUE.

    measured: with noise and gaps; else NEE is the truth.
    """
    random = np.random.default_rng(seed)
    per_day = 1440 // minutes
    n = days * per_day
    time = np.datetime64("2021-01-01", "ns") + np.arange(n) * np.timedelta64(minutes, "m")
    potential = solar.potential_radiation(time + np.timedelta64(30 * minutes, "s"), latitude, 0.0)
    day = np.arange(n) / per_day
    hour = 2 * np.pi * (day % 1)

    def weather(memory: float) -> np.ndarray:
        return np.interp(day, np.arange(days + 1), _walk(days + 1, memory, random))

    clear = np.clip(0.5 + 0.2 * weather(2), 0.15, 0.78)
    light = potential * clear
    season = -np.cos(2 * np.pi * (day - 20) / 365)
    ta = 9 + 9 * season + (2 + 6 * clear) * np.cos(hour - 2 * np.pi * 0.62) + 3 * weather(4)
    saturation = 6.1078 * np.exp(17.08 * ta / (234.2 + ta))
    vpd = saturation * np.clip(0.25 - 0.15 * np.cos(hour - 0.5) + 0.08 * weather(5), 0.02, 0.8)
    diffuse = np.clip(1 - 1.35 * np.maximum(clear - 0.22, 0), 0.15, 1)
    leaves = 0.25 + 0.75 * np.exp(-(((day - random.uniform(170, 200)) / random.uniform(70, 110)) ** 4))
    warmth = np.clip((ta + 2) / 22, 0, 1) / (1 + np.exp(-(_lagged(ta, per_day) - 4) / 1.5))
    most = random.uniform(20, 36) * leaves * warmth / (1 + np.maximum(vpd - 5, 0) / random.uniform(12, 25))
    slope = random.uniform(0.06, 0.11) * (0.75 + 0.5 * diffuse) * light * (0.4 + 0.6 * leaves)
    theta = random.uniform(0.6, 0.95)
    gpp = (slope + most - np.sqrt((slope + most) ** 2 - 4 * theta * slope * most)) / (2 * theta)
    share = random.uniform(0.3, 0.7)
    both = share * ta + (1 - share) * _lagged(ta, random.uniform(6, 16) * per_day / 48)
    moist = 0.6 + 0.4 * np.exp(0.35 * weather(12))
    reco = random.uniform(1.2, 2.4) * moist * random.uniform(1.4, 2.4) ** ((both - 10) / 10)
    reco += 0.2 * _lagged(gpp, 2 * per_day) * 1.7 ** ((ta - 15) / 10)
    nee = reco - gpp
    sd = random.uniform(0.4, 0.8) + random.uniform(0.08, 0.15) * np.abs(nee)
    variables = {"NEE": nee, "TA": ta, "SW_IN": light, "VPD": vpd, "GPP_TRUE": gpp, "RECO_TRUE": reco}
    if measured:
        calm = (light <= 10) & (random.random(n) < 0.55)
        runs = np.repeat(random.random(n // 12 + 1) < 0.2, 12)[:n]
        seen = nee + random.laplace(0, sd / np.sqrt(2))
        variables["NEE"] = np.where(calm | runs, np.nan, seen)
        variables["NEE_F"] = np.where(calm | runs, nee, seen)  # a perfect filler: partitioning alone errs
        variables["NEE_F_QC"] = np.where(calm | runs, 1.0, 0.0)
        variables["NEE_F_SD"] = sd
    coords = {"time": time}
    attrs = {"latitude": latitude, "longitude": 0.0, "utc_offset_h": 0.0}
    return xr.Dataset({k: ("time", v) for k, v in variables.items()}, coords=coords, attrs=attrs)
