"""Chamber fluxes as netCDF that follows CF-1.11 and ACDD-1.3, and back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.chamber.campaign.models import Plots
from fluxkit.errors import MomentsError
from fluxkit.export.atomic import atomic_path
from fluxkit.export.netcdf import TIME_UNITS
from fluxkit.export.netcdf_files import create_netcdf, load_netcdf
from fluxkit.schema import provenance

COMMENT = (
    "Fluxes are positive upward, in umol m-2 s-1 for every gas. start and end are the closing and opening of "
    "the chamber in UTC, windows are in seconds since closing. Nothing was removed by flags."
)
KEYWORDS = "closed chamber, soil flux, trace gas flux, greenhouse gas"
#: Dimensions whose names are coordinates that readers select by. They are arrays of characters: CF wants
#: numbers in a coordinate variable of one dimension.
_LABELS = ("closure", "gas", "fit")


def write_chamber(fluxes: xr.Dataset, path: Path | str, plots: Plots, run: Mapping[str, Any]) -> None:
    """Write chamber fluxes, whole or not at all.

    Parameters
    ----------
    fluxes : xr.Dataset
        Of `fluxkit.chamber.chain.process`.
    path : pathlib.Path or str
        File to make.
    plots : Plots
        Gives the campaign's name and place, and the people.
    run : mapping
        Record of the run; ``fluxkit``, ``started`` and ``settings_sha256`` go into the attributes.
    """
    with atomic_path(path) as part, create_netcdf(part) as file:
        file.setncatts(_global_attributes(fluxes, plots, run))
        for given, size in fluxes.sizes.items():
            file.createDimension(str(given), size)
        for dimension in _LABELS:
            _write_label(file, fluxes[dimension])
        _write_place(file, plots)
        for variable in fluxes.data_vars:
            _write(file, str(variable), fluxes[variable])


def read_chamber(path: Path | str) -> xr.Dataset:
    """Read chamber fluxes that a run has written.

    Raises
    ------
    MomentsError
        The file is missing or damaged.
    """
    try:
        found = load_netcdf(path).drop_vars(["lat", "lon", "alt"], errors="ignore")
    except (OSError, ValueError, RuntimeError) as error:
        raise MomentsError(f"{path}: missing or damaged ({error}); run `fluxkit chamber` first") from error
    found = found.assign_coords({name: found[name].astype(np.str_) for name in _LABELS})
    found["discarded"] = found["discarded"].astype(np.bool_)
    return found


def _global_attributes(fluxes: xr.Dataset, plots: Plots, run: Mapping[str, Any]) -> dict[str, Any]:
    campaign = plots.campaign
    version = str(run.get("fluxkit", provenance.versions()["fluxkit"]))
    started = str(run.get("started", provenance.utc_now()))
    name = campaign.name or campaign.id
    own = {str(k): v for k, v in fluxes.attrs.items() if isinstance(v, str | int | float) and v != ""}
    made: dict[str, Any] = {
        "Conventions": "CF-1.11, ACDD-1.3",
        "id": f"{campaign.id}_chamber_fluxes",
        "title": f"Closed-chamber fluxes at {name}",
        "summary": f"Fluxes of {', '.join(fluxes['gas'].values.tolist())} from closed chambers at {name}, "
        f"{fluxes.sizes['closure']} closures, with standard errors, limits of detection and quality flags.",
        "keywords": KEYWORDS,
        "source": f"closed chambers, fluxkit {version}",
        "history": f"{started} fluxkit {version}: read, window, fit, choose, export",
        "comment": COMMENT,
        "processing_level": "fluxes with quality flags and standard errors; not filtered, not filled",
        "standard_name_vocabulary": "CF Standard Name Table v93",
        "date_created": started,
        "product_version": version,
        "institution": campaign.institution,
        "project": campaign.project,
        "license": campaign.license,
        "creator_name": campaign.creator_name,
        "creator_email": campaign.creator_email,
        "settings_sha256": run.get("settings_sha256", ""),
    }
    return own | {key: value for key, value in (made | _coverage(fluxes, plots)).items() if value != ""}


def _coverage(fluxes: xr.Dataset, plots: Plots) -> dict[str, Any]:
    first = np.datetime_as_string(fluxes["start"].values.min(), unit="s")
    last = np.datetime_as_string(fluxes["end"].values.max(), unit="s")
    found: dict[str, Any] = {"time_coverage_start": f"{first}Z", "time_coverage_end": f"{last}Z"}
    campaign = plots.campaign
    for name, value, unit in (
        ("lat", campaign.latitude, "degrees_north"),
        ("lon", campaign.longitude, "degrees_east"),
        ("vertical", campaign.altitude, "m"),
    ):
        if value is not None:
            found |= {
                f"geospatial_{name}_min": value,
                f"geospatial_{name}_max": value,
                f"geospatial_{name}_units": unit,
            }
    return found | ({"geospatial_vertical_positive": "up"} if campaign.altitude is not None else {})


def _write_label(file: netCDF4.Dataset, names: xr.DataArray) -> None:
    encoded = np.array([str(name).encode() for name in names.values], np.bytes_)
    width = max(1, encoded.dtype.itemsize)
    length = file.createDimension(f"{names.name}_strlen", width)
    label = file.createVariable(str(names.name), "S1", (str(names.name), length.name))
    label.set_auto_chartostring(False)
    label.setncatts({**names.attrs, "_Encoding": "utf-8"})
    label[:] = netCDF4.stringtochar(encoded.astype(f"S{width}"))


def _write_place(file: netCDF4.Dataset, plots: Plots) -> None:
    campaign = plots.campaign
    places = {
        "lat": (campaign.latitude, {"standard_name": "latitude", "units": "degrees_north"}),
        "lon": (campaign.longitude, {"standard_name": "longitude", "units": "degrees_east"}),
        "alt": (campaign.altitude, {"standard_name": "altitude", "units": "m", "positive": "up"}),
    }
    for name, (value, attributes) in places.items():
        if value is not None:
            place = file.createVariable(name, "f8", (), fill_value=False)
            place.setncatts(attributes | {"long_name": attributes["standard_name"]})
            place[...] = value


def _write(file: netCDF4.Dataset, name: str, source: xr.DataArray) -> None:
    values, attributes = _stored(source.values), dict(source.attrs)
    dims = tuple(str(dim) for dim in source.dims)
    text = values.dtype == object
    fill: Any = np.nan if values.dtype.kind == "f" else False
    if source.dtype.kind == "M":
        attributes |= {"units": TIME_UNITS, "calendar": "standard", "units_metadata": "leap_seconds: none"}
    target = (
        file.createVariable(name, str, dims)
        if text
        else file.createVariable(name, values.dtype, dims, fill_value=fill, zlib=True, complevel=4)
    )
    attributes["coverage_content_type"] = _content(name, source)
    target.setncatts(attributes)
    target[...] = values


def _content(name: str, source: xr.DataArray) -> str:
    """Return the content type of a variable, as ISO 19115-1 names it."""
    if name in ("flags", "discarded", "review_reason"):
        return "qualityInformation"
    if source.dtype.kind == "M":
        return "coordinate"
    if source.dtype.kind in "UOT":
        return "auxiliaryInformation"
    return "modelResult" if name.startswith("fit_") else "physicalMeasurement"


def _stored(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return values as types that netCDF knows; times as seconds with fractions."""
    if values.dtype.kind in "UOT":
        return values.astype(object)
    if values.dtype.kind == "M":
        return values.astype("M8[ns]").astype(np.int64) / 1e9
    if values.dtype.kind == "b":
        return values.astype(np.int8)
    return values
