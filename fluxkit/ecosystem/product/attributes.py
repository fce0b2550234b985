"""What a file of half hours says of itself: names, units, methods by CF-1.11, place and history."""

import re
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.schema import variables
from fluxkit.schema.provenance import utc_now, versions

#: Pattern of a name -> its long name, where the step that made it gave none; the first that fits.
_LONG_NAMES = {
    r"ANNUAL_(VALUE|LOWER|UPPER)": "sum of the year: {1}",
    r"ANNUAL_(.+)": "{1} standard deviation of the year's sum",
    r"(.+)_USTAR_FLAG": "what the filter of low turbulence did with {1}",
    r"(.+)_UNFILTERED": "{1} before the filter of low turbulence",
    r"(.+)_USTAR": "{1}, a member for each threshold",
    r"(.+)_RANDUNC_METHOD": "method of the random error of {1}",
    r"(.+)_RANDUNC_N": "half hours that the random error of {1} is from",
    r"(.+)_F_METHOD": "where {1}_F is from",
    r"(.+)_F_QC": "quality of {1}_F",
    r"(.+)_F": "{1}, filled",
    r"year": "year of the local clock",
    r"variable": "flux that is summed up",
    r"unit": "unit of the sum",
    r"variant": "threshold of each year (VUT) or of all years (CUT)",
    r"ustar_percentile": "percentile of the thresholds",
}
_COORDINATES = {"ustar_percentile": {"units": "percent"}, "year": {"units": "1"}}
#: Ends of names that are no means over their record.
_NO_MEAN = re.compile(r".*_(SD|N|QC|METHOD|WINDOW|FLAG|LOWER|UPPER|RECORD|RANDUNC(_.*)?)$")
_SUMMED = re.compile(r"(P|ET)(_.*)?")


def described(ds: xr.Dataset) -> xr.Dataset:
    """Return the dataset with bounds of time, place, and the attributes of the vocabulary and of CF."""
    at = HalfHours.of(ds)
    out = ds.copy()
    for name in (*out.data_vars, *out.coords):
        out[name].attrs = _attributes(str(name), out[name])
    out["time"].attrs = {
        "standard_name": "time",
        "long_name": "start of the averaging period",
        "axis": "T",
        "bounds": "time_bnds",
        "units_metadata": "leap_seconds: none",
    }
    end = ds["time"].values + np.timedelta64(round(at.step_s), "s")
    out["time_bnds"] = (("time", "bnds"), np.stack([ds["time"].values, end], axis=1))
    for name, value, standard, unit in (
        ("lat", at.latitude, "latitude", "degrees_north"),
        ("lon", at.longitude, "longitude", "degrees_east"),
    ):
        if np.isfinite(value) and name not in out.variables:
            out[name] = ((), value, {"standard_name": standard, "long_name": standard, "units": unit})
    out.attrs = _of_the_file(ds)
    return out


def _attributes(name: str, x: xr.DataArray) -> dict[str, Any]:
    """Return a variable's attributes: those it has, then the vocabulary's, then what its name tells."""
    base = name.removesuffix("_F")
    found: dict[str, Any] = {"long_name": _long_name(name)} | _COORDINATES.get(name, {})
    if base in set(variables.names()):
        known = variables.describe(base)
        found |= {key: known[key] for key in ("standard_name", "long_name") if key in known}
        found["units"] = variables.entry(base).units
    found |= x.attrs
    if "flag_values" in found:  # of the type of the variable, as CF wants it
        found["flag_values"] = np.asarray(found["flag_values"]).astype(x.dtype)
    if found.get("units") == "degC":
        found["units_metadata"] = "temperature: on_scale"
    if "time" in x.dims and "flag_values" not in found and not _NO_MEAN.fullmatch(name):
        found["cell_methods"] = "time: sum" if _SUMMED.fullmatch(name) else "time: mean"
    return found


def _long_name(name: str) -> str:
    for pattern, words in _LONG_NAMES.items():
        fits = re.fullmatch(pattern, name)
        if fits:
            return words.format(
                name, *(group.lower() if "ANNUAL" in name else group for group in fits.groups())
            )
    return name


def _of_the_file(ds: xr.Dataset) -> dict[str, Any]:
    version = versions()["fluxkit"]
    return {
        "Conventions": "CF-1.11",
        "title": f"Half-hourly ecosystem fluxes at {ds.attrs.get('site', 'site')}",
        "source": f"fluxkit {version}",
        "history": f"{utc_now()} fluxkit {version}: read, screen, filter, fill, partition, sum up",
        "license": "that of the input",
        **{
            key: value
            for key, value in ds.attrs.items()
            if isinstance(value, str | int | float) and key not in ("source", "history")
        },
        "input": str(ds.attrs.get("source", "")),
    }
