"""Global attributes by which a file is found and understood (ACDD-1.3)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.schema import papers, provenance
from fluxkit.site.models import Site
from fluxkit.site.variants import variants

COMMENT = (
    "Fluxes are positive upward. The value of time is the start of the averaging period, in UTC. "
    "Random errors are one standard deviation. Nothing was removed by quality flags: use *_SSITC_TEST."
)
KEYWORDS = "eddy covariance, turbulent flux, net ecosystem exchange, latent heat flux, sensible heat flux"


def global_attributes(
    fluxes: xr.Dataset, seconds: npt.NDArray[np.int64], period: int, site: Site, run: Mapping[str, Any]
) -> dict[str, Any]:
    """Return all global attributes; those without a value are left out.

    Parameters
    ----------
    fluxes : xr.Dataset
        Its own attributes are kept where no other value is known.
    seconds : ndarray of int64, shape (time,)
        Period starts since 1970-01-01 UTC. [s]
    period : int
        Averaging period. [s]
    site : Site
        Station and output settings.
    run : mapping
        Record of the run.
    """
    version = str(run.get("fluxkit", provenance.versions()["fluxkit"]))
    started = str(run.get("started", provenance.utc_now()))
    own = {str(key): value for key, value in fluxes.attrs.items() if isinstance(value, str | int | float)}
    made = {
        "Conventions": "CF-1.11, ACDD-1.3",
        "featureType": "timeSeries",
        "source": f"eddy covariance, fluxkit {version}",
        "history": f"{started} fluxkit {version}: condition, condense, decide, export",
        "comment": COMMENT,
        "references": "; ".join(_papers(site)),
        "date_created": started,
        "date_modified": started,
        "product_version": version,
        "utc_offset_h": site.station.utc_offset_h,
    }
    if run.get("settings") is not None:
        made["settings_sha256"] = provenance.settings_sha256(run["settings"])
    return own | made | _words(site, period) | _people(site) | _time_coverage(seconds, period) | _place(site)


def _words(site: Site, period: int) -> dict[str, str]:
    name = site.station.name or site.station.id
    return {
        "title": site.output.title or f"Eddy covariance fluxes at {name}",
        "summary": f"Turbulent fluxes of momentum, heat, water vapour and trace gases at {name} "
        f"({site.station.id}), averaged over {period / 60:g} minutes, with random error, quality.",
        "keywords": KEYWORDS,
        "processing_level": "corrected fluxes with quality flags and random error; not filtered, not filled",
        "standard_name_vocabulary": "CF Standard Name Table v93",
        "cdm_data_type": "Station",
        "platform": "tower",
        "instrument": ", ".join(_models(site)),
    }


def _models(site: Site) -> dict[str, None]:
    """Models of the instruments that the station has or has had, each once."""
    return dict.fromkeys(i.model for variant in variants(site) for i in variant.site.instruments)


def _people(site: Site) -> dict[str, str]:
    """Return who made it and under what terms, leaving out what was not given."""
    output = site.output
    given = {
        "institution": output.institution,
        "project": output.project,
        "license": output.license,
        "creator_name": output.creator_name,
        "creator_email": output.creator_email,
        "creator_institution": output.institution,
        "creator_type": "person" if output.creator_name else "",
        "publisher_name": output.creator_name,
        "publisher_email": output.creator_email,
        "publisher_institution": output.institution,
        # ACDD asks for reversed DNS notation; the creator's mail domain is the only one known.
        "naming_authority": ".".join(reversed(output.creator_email.rpartition("@")[2].split("."))),
    }
    return {key: value for key, value in given.items() if value}


def _time_coverage(seconds: npt.NDArray[np.int64], period: int) -> dict[str, str]:
    start, end = int(seconds.min()), int(seconds.max()) + period
    return {
        "time_coverage_start": _iso(start),
        "time_coverage_end": _iso(end),
        "time_coverage_duration": _duration(end - start),
        "time_coverage_resolution": _duration(period),
    }


def _place(site: Site) -> dict[str, Any]:
    station = site.station
    return {
        "id": f"{station.id}_fluxes",
        "geospatial_lat_min": station.latitude,
        "geospatial_lat_max": station.latitude,
        "geospatial_lat_units": "degrees_north",
        "geospatial_lon_min": station.longitude,
        "geospatial_lon_max": station.longitude,
        "geospatial_lon_units": "degrees_east",
        "geospatial_vertical_min": station.altitude,
        "geospatial_vertical_max": station.altitude,
        "geospatial_vertical_units": "m",
        "geospatial_vertical_positive": "up",
        "geospatial_bounds": f"POINT ({station.latitude} {station.longitude})",
        "geospatial_bounds_crs": "EPSG:4326",
        "geospatial_bounds_vertical_crs": "EPSG:5714",  # height above mean sea level
    }


def _papers(site: Site) -> list[str]:
    methods = [value for section in (site.condition, site.decide) for value in section.model_dump().values()]
    methods += [*site.condense.partition, site.condense.wavelet]
    if "scanlon-2019" in site.condense.partition:
        methods.append(site.decide.leaves.water_use)
    return papers.cited(method for method in methods if isinstance(method, str))


def _iso(seconds: int) -> str:
    return f"{np.datetime64(seconds, 's')}Z"


def _duration(seconds: int) -> str:
    """Return an ISO 8601 duration, e.g. P1DT30M."""
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [(hours, "H"), (minutes, "M"), (rest, "S")]
    clock = "".join(f"{value}{letter}" for value, letter in parts if value)
    return "P" + (f"{days}D" if days else "") + (f"T{clock}" if clock else "") if seconds else "PT0S"
