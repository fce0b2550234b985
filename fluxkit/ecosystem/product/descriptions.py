"""What lies beside the tables of the product: BIF, BIFVARINFO, README."""

from collections.abc import Iterable, Mapping
from typing import Any

from fluxkit.ecosystem.product.sources import Sources
from fluxkit.ecosystem.product.tables import Table
from fluxkit.errors import one_line
from fluxkit.export.csv_text import csv_text

_HEAD = ("SITE_ID", "GROUP_ID", "VARIABLE_GROUP", "VARIABLE", "DATAVALUE")


def bif(attributes: Mapping[str, Any], version: str) -> str:
    """Return the site's description: place, clock, and what made the product."""
    site = str(attributes.get("site", "site"))
    groups: list[tuple[str, dict[str, Any]]] = [
        ("GRP_HEADER", {"SITE_ID": site}),
        (
            "GRP_LOCATION",
            {"LOCATION_LAT": attributes.get("latitude"), "LOCATION_LONG": attributes.get("longitude")},
        ),
        ("GRP_UTC_OFFSET", {"UTC_OFFSET": attributes.get("utc_offset_h")}),
        (
            "GRP_DATA_PROCESSING",
            {
                "PROCESSING_SOFTWARE": f"fluxkit {version}",
                "PROCESSING_USTAR": attributes.get("ustar_filter"),
                "PROCESSING_FILLING": attributes.get("filling"),
                "PROCESSING_PARTITIONING": attributes.get("partitioning"),
                "PROCESSING_SOURCE": attributes.get("source"),
            },
        ),
    ]
    return _rows(site, groups)


def varinfo(attributes: Mapping[str, Any], table: Table) -> str:
    """Return the description of the columns of one table."""
    groups = [
        ("GRP_VAR_INFO", {"VAR_INFO_VARNAME": c.name, "VAR_INFO_UNIT": c.unit, "VAR_INFO_STATISTIC": c.rule})
        for c in table.columns
    ]
    return _rows(str(attributes.get("site", "site")), groups)


def readme(sources: Sources, tables: Iterable[Table], version: str) -> str:
    """Return what the product is, what was said while it was made, and which columns it has not."""
    attributes = sources.about
    site = attributes.get("site", "site")
    lines = [
        f"{site}: FLUXNET product 1.3, made by fluxkit {version}",
        "",
        "Names, units and files are those of the FLUXNET product 1.3 (ONEFlux). Missing values are -9999.",
        "Times are local standard time; of half hours and weeks both ends, of other periods the period.",
        "Carbon fluxes: umol CO2 m-2 s-1 by the half hour, g C m-2 d-1 by day, week and month, "
        "g C m-2 y-1 by year.",
        "Sums need all records of their period: where a gap was not filled there is no sum.",
        "",
        "Files: FLUXMET (or FULLSET) the tables, HH half hours (HR hours) to YY years; BIFVARINFO the "
        "columns of each with units and how they are made of half hours; BIF site, clock and processing.",
        "",
        *[
            f"{what}: {attributes.get(name) or 'not told'}"
            for what, name in (
                ("u* filter", "ustar_filter"),
                ("gap filling", "filling"),
                ("partitioning", "partitioning"),
            )
        ],
        *_members(sources),
        "",
        "Notes",
        *[f"  {note}" for note in str(attributes.get("notes", "")).splitlines() if note],
    ]
    for table in tables:
        lines += ["", f"Not in {table.resolution}: {len(table.absent)} of {len(table.wanted)} columns"]
        by_reason: dict[str, list[str]] = {}
        for name, why in table.absent.items():
            by_reason.setdefault(why, []).append(name)
        lines += [f"  {why}: {', '.join(names)}" for why, names in by_reason.items()]
    return "\n".join(map(one_line, lines)) + "\n"


def _members(sources: Sources) -> list[str]:
    """Return of which thresholds the members of NEE are, where there are several."""
    return [
        f"members of NEE_{variant}: {ensemble.percentiles.size} thresholds, percentiles "
        + ", ".join(f"{percentile:g}" for percentile in ensemble.percentiles)
        for (flux, variant), ensemble in sources.ensembles.items()
        if flux == "NEE" and ensemble.percentiles.size > 1
    ]


def _rows(site: str, groups: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    rows = [
        (site, number, group, name, value)
        for number, (group, variables) in enumerate(groups, start=1)
        for name, value in variables.items()
        if value is not None
    ]
    return csv_text([_HEAD, *rows])
