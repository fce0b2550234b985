"""Global attributes by which a file is found and understood (ACDD-1.3)."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.export.citation import Method
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
        "references": "; ".join(dict.fromkeys(each.paper for each in methods_used(site))),
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


def methods_used(site: Site) -> list[Method]:
    """Return the methods of papers that the fluxes of a station rest on, in the order of processing.

    What is chosen but cannot act is left out: the line of an absent LI-7700, sorption without a tube.
    """
    idle = set(_idle(site))
    chosen = [
        (f"{name}.{key}", value)
        for name in ("condition", "decide")
        for key, value in getattr(site, name).model_dump().items()
    ]
    chosen += [("condense.partition", value) for value in site.condense.partition]
    chosen.append(("condense.wavelet", site.condense.wavelet))
    if "scanlon-2019" in site.condense.partition:
        chosen.append(("decide.leaves.water_use", site.decide.leaves.water_use))
    return [
        Method(key, value, papers.PAPERS[value])
        for key, value in chosen
        if isinstance(value, str) and value in papers.PAPERS and key not in idle
    ]


def _idle(site: Site) -> Iterator[str]:
    """Yield the keys of methods that have nothing to act on at this station, by its present instruments."""
    sonic = site.sonic
    raw_heat = sonic.traits.cross_wind == "raw"
    corrected = sonic.cross_wind_corrected if sonic.cross_wind_corrected is not None else not raw_heat
    if corrected:
        yield "condition.cross_wind"
    if not any(site.converts(gas) for gas in site.gases):
        yield "condition.mixing_ratio"
    analysers = [site.analyser(gas) for gas in site.gases]
    if not any(analyser.closed for analyser in analysers):
        yield "decide.sorption"
    if not any(a.model == "li-7700" for a in analysers) or not site.decide.absorption_line.kappa:
        yield "decide.spectroscopy"


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
