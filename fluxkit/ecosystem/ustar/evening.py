"""Nights of sites on slopes: what is measured at the maximum of the early evening alone."""

import logging

import numpy as np
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.ustar.nights import Array, Bools, light_of
from fluxkit.ecosystem.ustar.seasons import Integers, Seasons, UstarError, season_labels

logger = logging.getLogger(__name__)

_LEAST = 30  #: records that a mean needs


def filter_evening(
    ds: xr.Dataset,
    *,
    flux: str = "NEE",
    seasons: Seasons = "months",
    within_h: float = 5.0,
    reach_h: float = 1.0,
    night_below: float = 10.0,
) -> xr.Dataset:
    """Take out the flux by night but for the hours about its maximum in the early evening.

    On slopes cold air begins to drain an hour or some after sunset, and carries the respired CO2 past the
    tower whatever u* is. Before that, turbulence decays and storage fills up: the sum of both has a
    maximum, which is near to respiration.

    Parameters
    ----------
    ds : xr.Dataset
        Half hours with the flux, storage added, and ``SW_IN``.
    flux : str, default "NEE"
    seasons : str, sequence or mapping, default "months"
        Each has a maximum of its own (:func:`fluxkit.ecosystem.ustar.seasons.season_labels`).
    within_h : float, default 5
        Hours after sunset in which the maximum is looked for.
    reach_h : float, default 1
        Hours before and after the maximum that stay.
    night_below : float, default 10
        Short-wave radiation below which, or without which, it is night. [W m-2]

    Returns
    -------
    xr.Dataset
        ``ds`` with the flux NaN where it was taken out and ``<flux>_EVENING_FLAG``: 0 kept, 1 taken out, 3
        kept as its season has no maximum. The attribute ``ustar_filter`` of the flux says when the maximum
        was.

    Raises
    ------
    UstarError
        There is no such flux.

    References
    ----------
    .. [1] van Gorsel et al., Tellus B 59, 397-403, 2007.
    .. [2] van Gorsel et al., Agric. For. Meteorol. 149, 1919-1930, 2009.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> hour = np.arange(60 * 48) % 48 / 2
    >>> time = np.datetime64("2020-06-01T18:00", "ns") + np.arange(60 * 48) * np.timedelta64(30, "m")
    >>> nee = 4.0 * np.exp(-(((hour - 2.0) / 2.0) ** 2))  # drains from two hours after sunset on
    >>> ds = xr.Dataset({"NEE": ("time", nee), "SW_IN": ("time", 200.0 * (hour >= 12.0))}, {"time": time})
    >>> cut = fk.ecosystem.filter_evening(ds)
    >>> float(cut.NEE.where(ds.SW_IN < 10.0).mean().round(1))
    3.5
    """
    if flux not in ds:
        raise UstarError(f"there is no flux {flux!r} to filter")
    at = HalfHours.of(ds)
    values = np.array(ds[flux].values, np.float64)
    light, told_light = light_of(ds, at)
    night = ~(light >= night_below)
    since = _steps_since_day(night)
    labels = season_labels(at, seasons)
    per_hour = 3600.0 / at.step_s
    flag = np.zeros(values.size, np.int8)
    told = []
    for season in np.unique(labels):
        inside = (labels == season) & night
        peak = _maximum(values, since, inside, round(within_h * per_hour), round(reach_h * per_hour))
        if peak is None:
            flag[inside] = 3
            told.append(f"{season} has none")
        else:
            flag[inside & (np.abs(since - peak) > round(reach_h * per_hour))] = 1
            told.append(f"{season} {(peak - 0.5) / per_hour:.2g} h after sunset")
    said = (
        f"by night only what is within {reach_h:g} h of the evening's maximum{told_light}: {', '.join(told)}"
    )
    said += f"; {np.count_nonzero((flag == 1) & np.isfinite(values))} records taken out"
    if (flag == 3).any():
        logger.warning("%s: %s", flux, said)
    out = ds.assign({flux: ds[flux].where(flag != 1), f"{flux}_EVENING_FLAG": ("time", flag)})
    out[flux].attrs = {**ds[flux].attrs, "ustar_filter": said}
    out[f"{flux}_EVENING_FLAG"].attrs = {
        "units": "1", "flag_values": [0, 1, 3], "flag_meanings": "kept not_at_the_maximum no_maximum",
    }  # fmt: skip
    return out


def _steps_since_day(night: Bools) -> Integers:
    """Return which record after the last of a day each one is: 1 for the first of a night, 0 by day."""
    places = np.arange(night.size)
    last_day: Integers = np.maximum.accumulate(np.where(night, -1, places))
    return np.where(last_day < 0, night.size, places - last_day)


def _maximum(values: Array, since: Integers, inside: Bools, within: int, reach: int) -> int | None:
    """Return after how many records of the night the flux is largest, None where it has no maximum."""
    means = np.full(within + 2, np.nan)
    for k in range(1, within + 2):
        among = values[inside & (np.abs(since - k) <= reach) & (since > 0)]
        among = among[np.isfinite(among)]
        if among.size >= _LEAST:
            means[k] = among.mean()
    if np.isnan(means[1:]).all():
        return None
    peak = int(np.nanargmax(means))
    return peak if peak <= within else None  # it goes on rising
