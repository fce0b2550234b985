"""The u* filter of a run: what was asked for, its members, and the schemes of raw data beside it."""

from typing import Any

import numpy as np
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.processing.course import MEMBERS, OF_MEMBERS, Course
from fluxkit.ecosystem.processing.settings import Settings
from fluxkit.ecosystem.uncertainty.schemes import SCHEMES, filter_schemes, rows_of
from fluxkit.ecosystem.ustar.evening import filter_evening
from fluxkit.ecosystem.ustar.filtering import filter_ustar
from fluxkit.ecosystem.ustar.seasons import Seasons
from fluxkit.ecosystem.ustar.thresholds import ustar_thresholds


def filtered(course: Course, ds: xr.Dataset, how: Settings) -> xr.Dataset:
    """Take out records of low turbulence: by one threshold, and by those of each percentile as members."""
    ustar = how.ustar
    filters: dict[str, Any] = {"variant": ustar.filter_variant, "turbulence": ustar.turbulence}
    already = ds.attrs.get("ustar_filter") == "already filtered" or any(
        doubt.check == "already_filtered" for doubt in course.results.doubts
    )
    if already or ustar.method == "none":
        course.say(
            "NEE is filtered for low turbulence already: no threshold is looked for"
            if already
            else "nothing is taken out for low turbulence: method none"
        )
        cut = _cut(course, ds, "already-filtered" if already else "none", {})
        return cut.assign_attrs(ustar_filter="already filtered" if already else "none")
    if ustar.threshold is not None:
        course.results.thresholds = _as_thresholds(ds, ustar.threshold)
        return _told(course, _cut(course, ds, ustar.threshold, filters), "both")
    told = ustar.seasons
    seasons: Seasons | None = _numbered(told) if isinstance(told, dict) else told
    if ustar.method == "evening-maximum":
        cut = filter_evening(ds, seasons="months" if seasons is None else seasons)
        schemes = rows_of(cut)
        return _told(course, cut if schemes is None else cut.assign({SCHEMES: schemes}), "both")
    if ustar.thresholds:
        given = _numbered(ustar.thresholds)
        each = filter_ustar(ds, given, **filters)["NEE"]
        many = "percentile" in each.dims
        one = _middle(given) if many else given
        course.results.thresholds = _as_thresholds(ds, one)
        main = _cut(course, ds, one, filters)
        return _told(course, _with_members(main, {"VUT": each} if many else {}), "both" if many else "VUT")
    found = ustar_thresholds(
        ds,
        method=ustar.method,
        variant=ustar.variant,
        bootstraps=ustar.bootstraps,
        seed=ustar.seed,
        seasons=seasons,
        turbulence=ustar.turbulence,
    )
    course.results.thresholds = found
    if not bool(found["threshold"].notnull().any()):
        reasons = "; ".join(dict.fromkeys(str(r) for r in found["reason"].values if str(r)))
        course.say(f"no threshold of {ustar.turbulence} could be found: nothing is taken out ({reasons})")
        return _cut(course, ds, "none", {}).assign_attrs(ustar_filter="none: no threshold could be found")
    main = _cut(course, ds, found, filters | {"use": {"VUT": "threshold", "CUT": "single"}[ustar.pool]})
    members = {}
    for name, use in (("VUT", "vut"), ("CUT", "cut")):
        if use in found and bool(found[use].notnull().any()):
            members[name] = filter_ustar(ds, found, use=use, **filters)["NEE"]
    return _told(course, _with_members(main, members), ustar.pool)


def _cut(course: Course, ds: xr.Dataset, thresholds: Any, filters: dict[str, Any]) -> xr.Dataset:
    """Filter NEE, and that of each scheme of raw processing by a threshold of its own."""
    cut = filter_ustar(ds, thresholds, **filters)
    schemes = filter_schemes(ds, thresholds, **filters)
    if schemes is None:
        return cut
    values, said = schemes
    course.say(said)
    return cut.assign({SCHEMES: values})


def _told(course: Course, cut: xr.Dataset, pool: str) -> xr.Dataset:
    """Say what was taken out; ``pool``: of each year (VUT), of all years (CUT), or both as one was given."""
    said = str(cut["NEE"].attrs.get("ustar_filter", ""))
    course.results.said.append(said)
    return cut.assign(NEE_UNFILTERED=course.data["NEE"]).assign_attrs(ustar_filter=said, ustar_pool=pool)


def _with_members(main: xr.Dataset, members: dict[str, xr.DataArray]) -> xr.Dataset:
    """Add NEE of each member of the thresholds' ensemble, over variant and percentile."""
    if not members:
        return main
    together = xr.concat(
        [nee.transpose("percentile", "time") for nee in members.values()], dim="variant"
    ).assign_coords(variant=list(members))
    together = together.rename(percentile=MEMBERS).drop_vars("year", errors="ignore")
    return main.assign({f"NEE{OF_MEMBERS}": together})


def _numbered(table: dict[str, Any]) -> dict[Any, Any]:
    """Return a table with years or percentiles as numbers."""
    keys = (int(key) if float(key).is_integer() else float(key) for key in table)
    return {
        key: _numbered(part) if isinstance(part, dict) else part
        for key, part in zip(keys, table.values(), strict=True)
    }


def _middle(thresholds: dict[Any, Any]) -> Any:
    """Return the threshold nearest to the middle of the percentiles: one, or one of each year."""
    if all(isinstance(part, dict) for part in thresholds.values()):
        return {year: _middle(part) for year, part in thresholds.items()}
    return thresholds[min(thresholds, key=lambda p: abs(p - 50.0))]


def _as_thresholds(ds: xr.Dataset, given: dict[int, float] | float) -> xr.Dataset:
    """Return thresholds that were given as those that were found: one for each year."""
    years = np.unique(HalfHours.of(ds).year)
    values = [given.get(int(year), np.nan) if isinstance(given, dict) else given for year in years]
    return xr.Dataset({"threshold": ("year", np.array(values, np.float64))}, {"year": years})
