"""A station's configuration as BADM groups: place, canopy, instruments, heights, what changed when."""

from collections.abc import Iterator, Mapping
from typing import Any

from fluxkit.site.models import Site
from fluxkit.site.sections import instruments as registry
from fluxkit.site.sections.equipment import GasAnalyser
from fluxkit.submissions.badm_words import ALIGN, AT_SONIC, FORMATS, MODELS
from fluxkit.submissions.bif import Group


def badm_of(site: Site) -> tuple[list[Group], list[str]]:
    """Return the groups that describe a station, and what they lack.

    Parameters
    ----------
    site : Site
        With ``[[changes]]``: what was moved, grown or replaced has an entry of its date.

    Returns
    -------
    groups : list of Group
        In the order location, clock, canopy, instruments, variables.
    said : list of str
        What the networks want and a configuration has not.
    """
    station = site.station
    groups = [
        Group("GRP_HEADER", {"SITE_ID": station.id, "SITE_NAME": station.name}),
        Group("GRP_LOCATION", _texts(LOCATION_LAT=station.latitude, LOCATION_LONG=station.longitude,
                                     LOCATION_ELEV=station.altitude)),
        Group("GRP_UTC_OFFSET", _texts(UTC_OFFSET=station.utc_offset_h)),
        Group("GRP_HEIGHTC", _texts(HEIGHTC=station.canopy_height)),
    ]  # fmt: skip
    for change in site.changes:
        if change.station.canopy_height is not None:
            date = f"{change.start:%Y%m%d}"
            groups.append(
                Group("GRP_HEIGHTC", _texts(HEIGHTC=change.station.canopy_height, HEIGHTC_DATE=date))
            )
    standing: dict[str, dict[str, Any]] = {}
    for instrument in site.instruments:
        standing[instrument.id] = instrument.model_dump()
        groups += _installed(site, standing, instrument.id, "", 1)
    counts = dict.fromkeys(standing, 1)
    for change in site.changes:
        for name, table in change.instruments.items():
            old = standing.get(name, {})
            standing[name] = {**old, **table.given}
            if table.model is not None:
                date = f"{change.start:%Y%m%d%H%M}"
                if old:
                    groups.append(_removed(site, name, old, date, counts[name]))
                counts[name] = counts.get(name, 0) + 1
            groups += _installed(site, standing, name, f"{change.start:%Y%m%d%H%M}", counts.get(name, 1))
    model = _model(site.sonic.model_dump(), closed=False)
    for name in AT_SONIC:
        groups.append(Group("GRP_VAR_INFO", _texts(
            VAR_INFO_VARNAME=name, VAR_INFO_HEIGHT=site.sonic.height, VAR_INFO_MODEL=model)))  # fmt: skip
    said = [
        "serial numbers are not in a configuration: INSTOM_SN is the site's code and the instrument's id, "
        "as the rule allows where there is none",
        "dates of installation before the first of [[changes]] are not in a configuration: add INSTOM_DATE",
        "INST_MODEL: look up the exact code in the network's list",
        "INST_SA_OFFSET_NORTH counts from magnetic north: the configuration's offset is written as it is",
    ]
    if any(isinstance(one, GasAnalyser) and one.tube_length for one in site.instruments):
        said.append("tubes (INST_GA_CP_TUBE_*) are left out: their units could not be seen")
    return groups, said


def _installed(
    site: Site, standing: Mapping[str, dict[str, Any]], name: str, date: str, number: int
) -> Iterator[Group]:
    """Yield an entry of the operation, and one of the instrument where it has more to tell."""
    one = standing[name]
    sonic = next(each for each in standing.values() if each.get("kind") == "sonic")
    closed = bool(one.get("tube_length"))
    model, serial = _model(one, closed=closed), _serial(site, name, number)
    if one.get("kind") == "sonic":
        height, east, north = one["height"], 0.0, 0.0
    else:
        height = sonic["height"] + one.get("vertical_separation", 0.0)
        east, north = one.get("eastward_separation", 0.0), one.get("northward_separation", 0.0)
    yield Group("GRP_INSTOM", _texts(
        INSTOM_MODEL=model, INSTOM_SN=serial, INSTOM_TYPE="Installation", INSTOM_DATE=date,
        INSTOM_HEIGHT=height, INSTOM_EASTWARD_DIST=east, INSTOM_NORTHWARD_DIST=north))  # fmt: skip
    more = {}
    if one.get("kind") == "sonic":
        more = _texts(
            INST_SA_OFFSET_NORTH=one.get("north_offset", 0.0) % 360.0,
            INST_SA_WIND_FORMAT=FORMATS[one.get("wind_format", "uvw")],
            INST_SA_GILLALIGN=ALIGN[one.get("wind_reference", "na")],
            INST_FIRMWARE=one.get("firmware") or "",
        )
    if more:
        yield Group("GRP_INST", _texts(INST_MODEL=model, INST_SN=serial, INST_DATE=date) | more)


def _removed(site: Site, name: str, old: Mapping[str, Any], date: str, number: int) -> Group:
    model = _model(old, closed=bool(old.get("tube_length")))
    return Group("GRP_INSTOM", _texts(INSTOM_MODEL=model, INSTOM_SN=_serial(site, name, number),
                                      INSTOM_TYPE="Removal", INSTOM_DATE=date))  # fmt: skip


def _serial(site: Site, name: str, number: int) -> str:
    return f"{site.station.id}_{name}" + (f".{number}" if number > 1 else "")


def _model(one: Mapping[str, Any], *, closed: bool) -> str:
    if one.get("kind") == "sonic":
        kind = "SA"
    else:
        known = (
            registry.geometry("gas_analyser", one["model"], dict(one)).closed
            if one["model"] in MODELS
            else closed
        )
        kind = "GA_CP" if known else "GA_OP"
    return f"{kind}-{MODELS.get(one['model'], 'Other')}"


def _texts(**values: object) -> dict[str, str]:
    return {name: f"{x:g}" if isinstance(x, float) else str(x) for name, x in values.items() if x != ""}
