"""Years of half hours with a known carbon budget: weather, uptake, respiration, what a tower sees."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.physics import solar

Array = npt.NDArray[np.float64]
_PER_DAY = 48
_STEP = np.timedelta64(30, "m")
#: Layers of the canopy.
_LAYERS = 5


@dataclass(frozen=True)
class Site:
    """What a made site is like.

    Parameters
    ----------
    latitude, longitude, utc_offset_h : float
        [deg], [deg], [h]
    mean_temperature, seasonal_range : float
        Of a year, and half of what summer and winter differ by [degC].
    capacity : float
        Assimilation of a leaf in full light [umol m-2 s-1].
    leaf_area : float
        In summer [m2 m-2].
    deciduous : float
        Share of it that is gone in winter.
    respiration : float
        Of soil and wood at 15 degC [umol m-2 s-1].
    threshold : float
        Friction velocity below which exchange is lost at night [m s-1].
    long_gaps : tuple of float
        Outages of each year in turn [d].
    cuts : tuple of int
        Days of the year on which the leaves are cut to a sixth; they are back within some weeks.
    dry_summer : float
        Share of summer's rain that does not fall.
    """

    latitude: float = 50.0
    longitude: float = 10.0
    utc_offset_h: float = 1.0
    mean_temperature: float = 9.5
    seasonal_range: float = 9.0
    capacity: float = 9.0
    leaf_area: float = 4.0
    deciduous: float = 0.2
    respiration: float = 3.4
    threshold: float = 0.2
    long_gaps: tuple[float, ...] = (16.0, 34.0)
    cuts: tuple[int, ...] = ()
    dry_summer: float = 0.0


def known_budget(
    seed: int, *, years: int = 2, first_year: int = 2001, site: Site | None = None
) -> xr.Dataset:
    """Make half hours of a site whose carbon budget is known.

    Nothing in it has the form that methods of partitioning and filling assume. Uptake is that of leaves
    with a non-rectangular response in layers of a canopy, their capacity following the temperature of
    past days (Makela et al. 2004), leaf area, soil water and a slow course of its own; it falls with
    dryness without a threshold. Respiration is that of soil at the temperature of past days, moisture and
    recent uptake, and that of plants, which acclimates. At night a share of the exchange is lost below
    the threshold of u*. Noise is Laplace's and grows with the flux.

    Parameters
    ----------
    seed : int
        Of weather, noise, gaps, and the slow course.
    years, first_year : int
    site : Site, optional

    Returns
    -------
    xr.Dataset
        Over ``time`` (begin, UTC): ``NEE`` [umol m-2 s-1] and ``USTAR`` [m s-1] with gaps, ``SW_IN`` [W
        m-2], ``TA`` [degC], ``VPD`` [hPa], ``RH`` [%], ``P`` [mm]; ``NEE_TRUE``, ``GPP_TRUE``,
        ``RECO_TRUE`` and ``RANDUNC_TRUE`` [umol m-2 s-1], which are whole.

    References
    ----------
    .. [1] Makela et al., Tree Physiol. 24, 369-376, 2004, eqs. 2 and 4.
    .. [2] Richardson et al., Agric. For. Meteorol. 136, 1-18, 2006: the noise.

    Examples
    --------
    >>> made = known_budget(1, years=1)
    >>> made.sizes["time"], bool(np.isfinite(made.NEE_TRUE).all())
    (17520, True)
    """
    at = site or Site()
    random = np.random.default_rng(seed)
    local = np.arange(
        np.datetime64(f"{first_year}-01-01", "m"), np.datetime64(f"{first_year + years}-01-01", "m"), _STEP
    )
    time = (local - np.timedelta64(round(at.utc_offset_h * 60), "m")).astype("datetime64[ns]")
    air = _weather(time, local, at, random)
    gpp = _uptake(air, local, at, random)
    reco = _respiration(air, gpp, at, random)
    nee = reco - gpp
    ustar = _ustar(air, random)
    night = air["potential"] <= 0.0
    lost = np.where(night, nee * np.clip(1.0 - ustar / at.threshold, 0.0, 1.0) ** 0.7, 0.0)
    spread = 0.5 + 0.16 * np.abs(nee)
    measured = nee - lost + random.laplace(0.0, spread / np.sqrt(2.0))
    gone, gone_air = _gaps(time.size, at, years, random)
    air_gap = ("SW_IN", "TA", "VPD", "RH")
    columns = {name: np.where(gone_air, np.nan, air[name]) for name in air_gap} | {"P": air["P"]}
    columns |= {
        "NEE": np.where(gone, np.nan, measured),
        "USTAR": np.where(gone & (random.random(time.size) < 0.5), np.nan, ustar),
        "NEE_TRUE": nee,
        "NEE_LOST": lost,
        "GPP_TRUE": gpp,
        "RECO_TRUE": reco,
        "RANDUNC_TRUE": spread,
    }
    units = {"SW_IN": "W m-2", "TA": "degC", "VPD": "hPa", "RH": "%", "P": "mm", "USTAR": "m s-1"}
    return xr.Dataset(
        {name: ("time", x, {"units": units.get(name, "umol m-2 s-1")}) for name, x in columns.items()},
        {"time": time},
        {
            "site": f"made-{seed}",
            "latitude": at.latitude,
            "longitude": at.longitude,
            "utc_offset_h": at.utc_offset_h,
        },
    )


def _remembering(n: int, days: float, random: np.random.Generator) -> Array:
    """Return a series of unit variance, one value a day, that forgets within some days."""
    kept = np.exp(-1.0 / days)
    kicks = random.normal(0.0, np.sqrt(1.0 - kept**2), n)
    out = np.empty(n)
    value = random.normal()
    for day in range(n):
        value = kept * value + kicks[day]
        out[day] = value
    return out


def _half_hours(daily: Array) -> Array:
    """Return days as half hours, straight from noon to noon."""
    n = daily.size
    return np.interp((np.arange(n * _PER_DAY) + 0.5) / _PER_DAY, np.arange(n) + 0.5, daily)


def _past(series: Array, days: float) -> Array:
    """Return what remembers the series exponentially."""
    step = 1.0 / (days * _PER_DAY)
    out = np.empty_like(series)
    value = float(series[: 10 * _PER_DAY].mean())
    for place, x in enumerate(series):
        value += step * (x - value)
        out[place] = value
    return out


def _weather(
    time: npt.NDArray[np.datetime64], local: npt.NDArray[np.datetime64], at: Site, random: np.random.Generator
) -> dict[str, Array]:
    days = time.size // _PER_DAY
    potential = solar.potential_radiation(time + np.timedelta64(15, "m"), at.latitude, at.longitude)
    clear_day = 1.0 / (1.0 + np.exp(-(0.2 + 1.3 * _remembering(days, 2.5, random))))
    clear = np.clip(np.repeat(clear_day, _PER_DAY) * np.exp(0.25 * random.normal(size=time.size)), 0.05, 1.0)
    sw = potential * (0.12 + 0.63 * clear)
    year = ((local - local.astype("datetime64[Y]")) / np.timedelta64(1, "D")).astype(np.float64)
    season = -np.copysign(1.0, at.latitude) * np.cos(2.0 * np.pi * (year - 20.0) / 365.25)
    synoptic = _half_hours(_remembering(days, 5.0, random))
    hour = ((local - local.astype("datetime64[D]")) / np.timedelta64(1, "h")).astype(np.float64) + 0.25
    daily = np.repeat(clear_day, _PER_DAY) * (2.5 + 2.0 * season)
    ta = (
        at.mean_temperature
        + at.seasonal_range * season
        + 3.2 * synoptic
        + daily * np.cos(2.0 * np.pi * (hour - 15.0) / 24.0)
    )
    lowest = np.repeat(ta.reshape(days, _PER_DAY).min(axis=1), _PER_DAY)
    dew = (
        lowest
        - 0.5
        - 3.0 * np.repeat(clear_day, _PER_DAY)
        - 0.4 * _half_hours(_remembering(days, 4.0, random)) ** 2
    )
    vpd = np.maximum(_saturated(ta) - _saturated(dew), 0.05)
    often = 0.75 * (1.0 - at.dry_summer * (season.reshape(days, _PER_DAY)[:, 0] > 0.0))
    wet = np.repeat((clear_day < 0.4) & (random.random(days) < often), _PER_DAY) & (
        random.random(time.size) < 0.2
    )
    rain = np.where(wet, random.exponential(0.9, time.size), 0.0)
    wind = _half_hours(_remembering(days, 2.0, random))
    return {
        "potential": potential,
        "SW_IN": sw,
        "TA": ta,
        "VPD": vpd,
        "RH": np.clip(100.0 * (1.0 - vpd / _saturated(ta)), 1.0, 100.0),
        "P": rain,
        "wind": wind,
        "season": season,
    }


def _saturated(ta: Array) -> Array:
    return np.asarray(6.1078 * np.exp(17.08085 * ta / (234.175 + ta)))


def _soil_water(air: dict[str, Array]) -> Array:
    """Return how full a bucket is, 0 to 1."""
    days = air["P"].size // _PER_DAY
    rain = air["P"].reshape(days, _PER_DAY).sum(axis=1)
    loss = 0.0022 * air["SW_IN"].reshape(days, _PER_DAY).mean(axis=1) * 10.0
    full, water = 120.0, 100.0
    out = np.empty(days)
    for day in range(days):
        water = min(full, max(0.0, water + rain[day] - loss[day] * water / full))
        out[day] = water / full
    return _half_hours(out)


def _uptake(
    air: dict[str, Array], local: npt.NDArray[np.datetime64], at: Site, random: np.random.Generator
) -> Array:
    days = local.size // _PER_DAY
    acclimated = np.clip((_past(air["TA"], 8.0) + 4.0) / 20.0, 0.0, 1.0)
    leaves = at.leaf_area * (1.0 - at.deciduous * (1.0 - np.clip(0.5 + 1.4 * air["season"], 0.0, 1.0)))
    leaves = leaves * _regrown(local, at.cuts)
    slow = np.exp(0.12 * _half_hours(_remembering(days, 40.0, random)))
    moist = np.clip(_soil_water(air) / 0.35, 0.0, 1.0)
    dry = 1.0 / (1.0 + (air["VPD"] / 18.0))
    capacity = at.capacity * acclimated * slow * (0.3 + 0.7 * moist) * dry
    quanta = 2.04 * air["SW_IN"]
    total = np.zeros(local.size)
    for layer in range(_LAYERS):
        above = leaves * (layer + 0.5) / _LAYERS
        light = 0.045 * 0.5 * quanta * np.exp(-0.5 * above)
        limit = capacity * np.exp(-0.2 * above)
        both = light + limit
        total += (both - np.sqrt(np.maximum(both**2 - 4.0 * 0.85 * light * limit, 0.0))) / (2.0 * 0.85)
    return np.asarray(total * leaves / _LAYERS * 1.05)


def _regrown(local: npt.NDArray[np.datetime64], cuts: tuple[int, ...]) -> Array:
    """Return what share of the leaves is there after cuts at noon."""
    day = (local - local.astype("datetime64[Y]")) / np.timedelta64(1, "D") + 1.0
    share = np.ones(local.size)
    for cut in cuts:
        since = np.maximum(day.astype(np.float64) - (cut + 0.5), 0.0)
        share = np.minimum(
            share, np.where(since > 0.0, 1.0 - 5.0 / 6.0 * np.exp(-((since / 20.0) ** 2)), 1.0)
        )
    return share


def _respiration(air: dict[str, Array], gpp: Array, at: Site, random: np.random.Generator) -> Array:
    days = gpp.size // _PER_DAY
    soil = _past(air["TA"], 3.0)
    recent = _past(gpp, 7.0)
    moist = np.clip(0.35 + 0.9 * _soil_water(air), 0.0, 1.0)
    slow = np.exp(0.08 * _half_hours(_remembering(days, 40.0, random)))
    heterotrophic = at.respiration * 0.6 * 2.3 ** ((soil - 15.0) / 10.0) * moist * slow
    plants = (
        at.respiration
        * 0.45
        * 1.9 ** ((air["TA"] - 15.0) / 10.0)
        * 1.25 ** (-(_past(air["TA"], 10.0) - 15.0) / 10.0)
    )
    return np.asarray(heterotrophic + plants + 0.14 * recent)


def _ustar(air: dict[str, Array], random: np.random.Generator) -> Array:
    heated = 0.25 * (air["SW_IN"] / 800.0) ** 0.5
    flicker = np.exp(0.45 * random.normal(size=air["TA"].size))
    return np.maximum((0.24 + heated) * np.exp(0.45 * air["wind"]) * flicker, 0.01)


def _gaps(
    n: int, at: Site, years: int, random: np.random.Generator
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return where the flux is missing, and where the weather station is."""
    flux, weather = np.zeros(n, np.bool_), np.zeros(n, np.bool_)

    def cut(out: npt.NDArray[np.bool_], days: float) -> None:
        first = int(random.integers(0, n))
        out[first : first + max(1, round(days * _PER_DAY))] = True

    flux[random.random(n) < 0.06] = True
    for _ in range(120 * years):
        cut(flux, random.exponential(0.15))
    for _ in range(14 * years):
        cut(flux, random.exponential(1.2))
    for _ in range(4 * years):
        cut(weather, random.exponential(0.3))
    per_year = n // years
    for year in range(years):
        days = at.long_gaps[year % len(at.long_gaps)] if at.long_gaps else 0.0
        length = round(days * _PER_DAY)
        first = year * per_year + int(random.integers(0, max(per_year - length, 1)))
        flux[first : first + length] = True
    return flux, weather
