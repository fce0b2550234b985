"""ERA5 as users have it: its files, the point of the site, names, units and steps."""

import functools
import tempfile
import zipfile
from collections.abc import Hashable
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from fluxkit.ecosystem.filling.reanalysis import Coarse
from fluxkit.ecosystem.filling.registry import Array, FillingError
from fluxkit.ecosystem.halfhours import Times

#: Farthest that a point may be from the site [deg], unless the grid is coarser.
_FARTHEST = 2.0
#: Share of the changes within a day that are rises in a sum since midnight.
_RISING = 0.99
_AXES = {"latitude": ("latitude", "lat"), "longitude": ("longitude", "lon")}
_TIMES = ("valid_time", "time")


class Unit(NamedTuple):
    """Ours = scale * theirs * step ** power + shift, the step in seconds."""

    scale: float = 1.0
    shift: float = 0.0
    power: int = 0


class Field(NamedTuple):
    """A field of ERA5: the units that it may have, the first unless the file says another."""

    names: tuple[str, ...]
    units: dict[str, Unit]
    #: Smallest and largest that the 99th percentile may be in ours.
    possible: tuple[float, float]


_RADIATION = {"J m-2": Unit(power=-1), "W m-2": Unit()}
_RATE = {"W m-2": Unit(), "J m-2": Unit(power=-1)}
#: What the 99th percentile of short and long waves may be. [W m-2]
_SHORT, _LONG = (2.0, 1500.0), (50.0, 700.0)
_DOWN = "surface_downward"
_RAIN = {"m": Unit(1000.0), "mm": Unit(), "kg m-2": Unit()}
_RAIN_RATE = {"kg m-2 s-1": Unit(power=1), "mm h-1": Unit(1 / 3600.0, power=1)}
_KELVIN = {"K": Unit(shift=-273.15), "degC": Unit()}
_PRESSURE = {"Pa": Unit(1e-3), "hPa": Unit(0.1), "kPa": Unit()}
_WIND = {"m s-1": Unit()}
#: By what it becomes; short names, those of GRIB, of the Climate Data Store's requests and of its means.
FIELDS: tuple[tuple[str, Field], ...] = (
    ("SW_IN", Field(("ssrd", "surface_solar_radiation_downwards"), _RADIATION, _SHORT)),
    ("SW_IN", Field(("msdwswrf", "avg_sdswrf", f"mean_{_DOWN}_short_wave_radiation_flux"), _RATE, _SHORT)),
    ("LW_IN", Field(("strd", "surface_thermal_radiation_downwards"), _RADIATION, _LONG)),
    ("LW_IN", Field(("msdwlwrf", "avg_sdlwrf", f"mean_{_DOWN}_long_wave_radiation_flux"), _RATE, _LONG)),
    ("P", Field(("tp", "total_precipitation"), _RAIN, (0.0, 500.0))),
    ("P", Field(("mtpr", "avg_tprate", "mean_total_precipitation_rate"), _RAIN_RATE, (0.0, 500.0))),
    ("TA", Field(("t2m", "2t", "2m_temperature"), _KELVIN, (-80.0, 60.0))),
    ("dew", Field(("d2m", "2d", "2m_dewpoint_temperature"), _KELVIN, (-80.0, 60.0))),
    ("PA", Field(("sp", "surface_pressure"), _PRESSURE, (40.0, 112.0))),
    ("u", Field(("u10", "10u", "10m_u_component_of_wind"), _WIND, (-99.0, 99.0))),
    ("v", Field(("v10", "10v", "10m_v_component_of_wind"), _WIND, (-99.0, 99.0))),
)
_SPELLINGS = {
    **dict.fromkeys(("kelvin", "degK"), "K"),
    **dict.fromkeys(("C", "Celsius", "degrees_C", "degree_Celsius", "deg C", "°C"), "degC"),
    **dict.fromkeys(("mm/h", "mm hr-1", "mm/hr"), "mm h-1"),
    "mbar": "hPa",
}


def opened(source: xr.Dataset | str | PathLike[str]) -> list[xr.Dataset]:
    """Return the datasets of a file, of a folder of files or of an archive as the store hands it out.

    Raises
    ------
    FillingError
        It cannot be read.
    """
    if isinstance(source, xr.Dataset):
        return [source]
    path = Path(source)
    try:
        if path.is_dir():
            found = [one for file in sorted(path.glob("*.nc")) for one in opened(file)]
        elif zipfile.is_zipfile(path):
            with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
                members = [name for name in archive.namelist() if name.endswith(".nc")]
                found = [one for name in members for one in opened(archive.extract(name, folder))]
        else:
            with xr.open_dataset(path) as one:
                found = [one.load()]
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0].partition(". ")[0]
        raise FillingError(f"the reanalysis {path} cannot be read as netCDF: {reason}") from error
    if not found:
        raise FillingError(f"the reanalysis {path} holds no netCDF file")
    return found


def site_series(
    era5: xr.Dataset | str | PathLike[str], latitude: float, longitude: float
) -> tuple[Coarse, list[str]]:
    """Take the point nearest to the site, in the names and units of half hours.

    Parameters
    ----------
    era5 : xr.Dataset or path
        ``valid_time`` or ``time`` in UTC; ``ssrd``, ``strd`` [J m-2], ``tp`` [m], summed over the step or
        since midnight, or their mean rates; ``t2m``, ``d2m`` [K], ``sp`` [Pa], ``u10``, ``v10`` [m s-1].
        Names of requests serve too, and units as the file has them. What is not there is left out.
    latitude, longitude : float
        [deg]

    Returns
    -------
    Coarse, and what was assumed, a sentence each.

    Raises
    ------
    FillingError
        It cannot be read, has no times or uneven ones, or no point near the site.
    """
    said: list[str] = []
    points = [_at_site(one, latitude, longitude, said) for one in opened(era5)]
    time, step, whole = _even(functools.reduce(xr.Dataset.combine_first, points))
    raw: dict[str, Array] = {}
    for ours, field in FIELDS:
        name = _named(whole, field)
        if name is None or ours in raw:
            continue
        values = np.asarray(whole[name].values, np.float64)
        unit = _unit(values, str(whole[name].attrs.get("units", "")), field, step, name, said)
        if unit.power == -1 or (ours == "P" and unit.power == 0):
            values = _of_steps(values, time, step, name, said)
        raw[ours] = values * unit.scale * step**unit.power + unit.shift
    return Coarse(time, step, _quantities(raw)), list(dict.fromkeys(said))


def _at_site(era5: xr.Dataset, latitude: float, longitude: float, said: list[str]) -> xr.Dataset:
    """Return the series of the nearest point, over `time` alone."""
    name = next((name for name in _TIMES if name in era5.dims), None)
    if name is None:
        raise FillingError("a reanalysis needs a dimension `valid_time` or `time`")
    if not np.issubdtype(era5[name].dtype, np.datetime64):
        raise FillingError(f"`{name}` of the reanalysis holds no dates of the usual calendar")
    point = era5
    for axis, value in (("latitude", latitude), ("longitude", longitude)):
        found = next((key for key in _AXES[axis] if key in point.coords), None)
        if found is not None:
            point = _nearest(point, found, value)
    if "expver" in point.dims:  # preliminary values stand where final ones are missing
        parts = [point.isel(expver=place, drop=True) for place in range(point.sizes["expver"])]
        point = functools.reduce(xr.Dataset.combine_first, parts)
    others = [axis for axis in point.dims if axis != name]
    said += [
        f"of {point.sizes[axis]} along `{axis}` of the reanalysis the first is taken"
        for axis in others
        if point.sizes[axis] > 1
    ]
    point = point.isel(dict.fromkeys(others, 0), drop=True)
    point = point.drop_vars([key for key in point.coords if key != name])
    return point.rename({name: "time"}).drop_duplicates("time").sortby("time")


def _nearest(point: xr.Dataset, axis: str, value: float) -> xr.Dataset:
    """Return the line of a grid that is nearest to the site."""
    if not np.isfinite(value):
        raise FillingError(f"the site's {axis} is needed to find its point in the reanalysis")
    at = np.atleast_1d(np.asarray(point[axis].values, np.float64))
    off = np.abs((at - value + 180.0) % 360.0 - 180.0)  # longitudes run from -180 or from 0
    apart = float(np.min(np.diff(np.sort(at)))) if at.size > 1 else 0.0
    if off.min() > max(_FARTHEST, apart):
        raise FillingError(
            f"the reanalysis has no point near the site: its nearest {axis} is {at[off.argmin()]:g}, that "
            f"of the site {value:g}"
        )
    return point.isel({axis: int(off.argmin())}) if axis in point.dims else point


def _even(point: xr.Dataset) -> tuple[Times, float, xr.Dataset]:
    """Return times in even steps, the step in seconds, and the series with its holes as missing values."""
    time = point["time"].values.astype("datetime64[ns]")
    if time.size < 2:
        raise FillingError("the reanalysis has fewer than two times")
    steps, count = np.unique(np.diff(time), return_counts=True)
    step = steps[count.argmax()]
    if np.any(steps % step):
        raise FillingError("the times of the reanalysis are not evenly spaced")
    even = np.arange(time[0], time[-1] + step, step)
    return even, float(step / np.timedelta64(1, "s")), point.reindex(time=even)


def _named(point: xr.Dataset, field: Field) -> Hashable | None:
    """Return the variable that is the field, by any of its names in any case."""
    names = {str(key).lower(): key for key in point.data_vars}
    return next((names[name] for name in field.names if name in names), None)


def _unit(values: Array, written: str, field: Field, step: float, name: Hashable, said: list[str]) -> Unit:
    """Return the unit as the file writes it, unless values are impossible in it and possible in another."""
    usual = next(iter(field.units))
    text = written.strip().replace("**", "").replace("^", "").replace("/m2", " m-2")
    text = _SPELLINGS.get(text, text)
    unit = text if text in field.units else usual
    there = values[np.isfinite(values)]
    if there.size == 0:
        return field.units[unit]
    high = float(np.percentile(there, 99))

    def possible(key: str) -> bool:
        scale, shift, power = field.units[key]
        return field.possible[0] <= high * scale * step**power + shift <= field.possible[1]

    if not possible(unit):
        other = next((key for key in field.units if possible(key)), None)
        if other is not None:
            said.append(f"`{name}` of the reanalysis is taken for {other}: its values cannot be in {unit}")
            unit = other
    return field.units[unit]


def _of_steps(values: Array, time: Times, step: float, name: Hashable, said: list[str]) -> Array:
    """Return sums over steps where a file has sums since midnight, as ERA5-Land does."""
    since = (time - time.astype("datetime64[D]")) / np.timedelta64(1, "s")
    first = since == step  # the step that begins at midnight
    change = np.diff(values, prepend=np.nan)
    small = 1e-3 * np.nanmax(np.abs(values), initial=0.0)
    moved = ~first & (np.abs(change) > small)
    if step >= 86400.0 or not moved.any() or np.mean(change[moved] > 0.0) < _RISING:
        return values
    said.append(f"`{name}` of the reanalysis is summed since midnight: steps are its differences")
    return np.where(first, values, np.maximum(change, 0.0))


def _quantities(raw: dict[str, Array]) -> dict[str, Array]:
    """Return radiation and rain not below nought, wind speed, and the vapour pressure deficit."""
    out: dict[str, Array] = {key: raw[key] for key in ("TA", "PA") if key in raw}
    out |= {key: np.maximum(raw[key], 0.0) for key in ("SW_IN", "LW_IN", "P") if key in raw}
    if "u" in raw and "v" in raw:
        out["WS"] = np.hypot(raw["u"], raw["v"])
    if "TA" in raw and "dew" in raw:
        out["VPD"] = np.maximum(_saturated(raw["TA"]) - _saturated(raw["dew"]), 0.0)
    return out


def _saturated(celsius: Array) -> Array:
    """Saturation vapour pressure [hPa], the formula of the half-hourly VPD."""
    return np.asarray(6.1078 * np.exp(17.08085 * celsius / (234.175 + celsius)))
