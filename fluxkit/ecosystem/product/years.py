"""The years that a product is of: whole, and not those of which the file has but a stray record."""

import numpy as np
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours

#: Days of records without which a year at the begin or end of a file is none of the product.
FEWEST_D = 10
#: Measurements of which there is one at least in a year of the product.
_MEASURED = ("NEE", "FC", "FCH4", "FN2O", "LE", "H", "TA", "SW_IN", "USTAR", "NEE_F")


def years_with_data(ds: xr.Dataset) -> tuple[xr.Dataset, list[str]]:
    """Return the half hours without years at either end that have nearly no data, and a sentence on each.

    A stamp of the end of the last half hour is in the next year, and a file of one year may bring a
    record of the one before. Years in between stay, whatever they have. Where no year has enough, all
    stay.

    Parameters
    ----------
    ds : xr.Dataset
        Half hours of whole local days.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> time = np.datetime64("2019-12-30", "ns") + np.arange(60 * 48) * np.timedelta64(30, "m")
    >>> ds, said = years_with_data(xr.Dataset({"TA": ("time", np.ones(time.size))}, {"time": time}))
    >>> str(ds.time.values[0])[:10], said
    ('2020-01-01', ['2019 is not in the product: the file has 2 days of it'])
    """
    at = HalfHours.of(ds)
    there = [np.isfinite(ds[name].values) for name in _MEASURED if name in ds and ds[name].dims == ("time",)]
    measured = np.any(there, axis=0) if there else np.ones(at.year.size, np.bool_)
    years, place = np.unique(at.year, return_inverse=True)
    days = np.bincount(place, measured) / at.per_day
    enough = np.flatnonzero(days >= FEWEST_D)
    if not enough.size:
        return ds, []
    first, last = years[enough[0]], years[enough[-1]]
    kept = (at.year >= first) & (at.year <= last)
    said = [
        f"{year} is not in the product: the file has {days_of:.3g} day{'s' * (days_of != 1)} of it"
        for year, days_of in zip(years.tolist(), days.tolist(), strict=True)
        if not first <= year <= last
    ]
    return (ds, said) if kept.all() else (ds.isel(time=kept), said)


def whole_years(ds: xr.Dataset) -> xr.Dataset:
    """Return the half hours from the first of January on to the end of December, missing where none are.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> from fluxkit.ecosystem.product.years import whole_years
    >>> time = np.datetime64("2020-03-01", "ns") + np.arange(20 * 48) * np.timedelta64(30, "m")
    >>> whole_years(xr.Dataset({"TA": ("time", np.ones(time.size))}, {"time": time})).sizes["time"] // 48
    366
    """
    at = HalfHours.of(ds)
    step = np.timedelta64(round(at.step_s), "s").astype("timedelta64[ns]")
    first, last = (np.datetime64(f"{year}-01-01", "ns") for year in (at.year[0], at.year[-1] + 1))
    if at.local_start[0] == first and at.local_start[-1] == last - step:
        return ds
    to_local = at.local_start[0] - at.start[0]
    return ds.reindex(time=np.arange(first - to_local, last - to_local, step))
