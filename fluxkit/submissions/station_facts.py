"""What a file in BADM interchange format tells of a station, as a configuration to be completed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fluxkit.errors import ReadError
from fluxkit.site.sections import instruments as registry
from fluxkit.site.toml.dumping import toml_key, toml_line
from fluxkit.site.toml.template import TemplateFacts, site_template
from fluxkit.submissions.badm_words import FORMATS, date_of, known_model
from fluxkit.submissions.bif import Group

#: Key of [station] -> variable.
_PLACE = {
    "latitude": "LOCATION_LAT",
    "longitude": "LOCATION_LONG",
    "altitude": "LOCATION_ELEV",
    "utc_offset_h": "UTC_OFFSET",
}


@dataclass
class StationFacts:
    """What a BIF tells of a station, as keys of a configuration."""

    station: dict[str, Any] = field(default_factory=dict)
    instruments: list[dict[str, Any]] = field(default_factory=list)
    changes: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  #: what was assumed, or could not be used

    @property
    def toml(self) -> str:
        """Return a configuration to be completed: what BADM has not is marked FILL IN."""
        facts = TemplateFacts(
            file="raw/FILE.dat", format="delimited", columns=(), station=self.station,
            instruments=tuple(self.instruments), remarks=tuple(self.said),
        )  # fmt: skip
        blocks = [site_template(facts)]
        merged: dict[datetime, dict[str, Any]] = {}
        for start, keys in sorted(self.changes, key=lambda pair: pair[0]):
            merged.setdefault(start, {}).update(keys)
        for start, keys in merged.items():
            lines = ["[[changes]]", toml_line("start", start.isoformat(sep="T"))]
            lines += [
                toml_line(".".join(map(toml_key, key.split("."))), value) for key, value in keys.items()
            ]
            blocks.append("\n".join(lines) + "\n")
        return "\n".join(blocks)


@dataclass
class Standing:
    """What stands in the field while entries are gone through in the order of their dates."""

    code: str  #: of the site
    known: dict[str, dict[str, Any]] = field(default_factory=dict)  #: id -> keys
    serials: dict[str, str] = field(default_factory=dict)  #: id -> serial number
    free: list[str] = field(default_factory=list)  #: ids of analysers that were removed
    began: datetime | None = None

    def place(self, which: str, serial: str) -> str:
        """Return the id that an instrument gets: its own, that of a removed one, or a new one."""
        own = re.fullmatch(rf"{re.escape(self.code)}_(.+?)(?:\.\d+)?", serial)
        if own:
            name = own[1]
        elif which == "sonic":
            name = "sonic"
        else:
            same = [n for n, s in self.serials.items() if s == serial and serial and n != "sonic"]
            count = len(self.known.keys() - {"sonic"})
            name = (
                same[0]
                if same
                else self.free.pop(0)
                if self.free
                else f"irga_{count + 1}"
                if count
                else "irga"
            )
        self.serials[name] = serial
        return name

    def remove(self, serial: str) -> None:
        """Free the place of an analyser."""
        for name, other in self.serials.items():
            if other == serial and serial and name != "sonic" and name not in self.free:
                self.free.append(name)


def station_of(sites: Mapping[str, list[Group]], site: str | None, source: str) -> StationFacts:
    """Return what the groups of one station tell.

    Parameters
    ----------
    sites : mapping
        From `fluxkit.submissions.bif.read_bif`.
    site : str, optional
        Which station, where the file has several.
    source : str
        Path, for messages.

    Raises
    ------
    ReadError
        The station is not in it, or has to be named.
    """
    if site is None and len(sites) > 1:
        raise ReadError(
            source, f"holds {len(sites)} stations ({', '.join(list(sites)[:5])} ...): say which, --site"
        )
    code = site or next(iter(sites))
    if code not in sites:
        raise ReadError(source, f"has no station {code}; it has {', '.join(list(sites)[:5])}")
    groups = sites[code]
    facts = StationFacts()
    flat = {name: value for group in groups for name, value in group.values.items()}
    facts.station["id"] = code
    if flat.get("SITE_NAME"):
        facts.station["name"] = flat["SITE_NAME"]
    for key, name in _PLACE.items():
        _take(facts, facts.station, key, flat, name)
    _canopy(facts, groups)
    _instruments(facts, groups, code)
    if "sonic" not in {one["kind"] for one in facts.instruments}:
        heights = [g.values.get("VAR_INFO_HEIGHT", "") for g in groups
                   if g.values.get("VAR_INFO_VARNAME") in ("USTAR", "FC", "H")]  # fmt: skip
        known = next((h for h in heights if h), "")
        facts.said.append(
            "no sonic is told (GRP_INSTOM with SA-...)"
            + (f"; the fluxes' height is {known} m" if known else "")
        )
    return facts


def _take(
    facts: StationFacts, target: dict[str, Any], key: str, values: Mapping[str, str], name: str
) -> None:
    text = values.get(name, "")
    try:
        target[key] = float(text)
    except ValueError:
        facts.said.append(f"{name}: {text!r} is no number" if text else f"{name} is not told")


def _canopy(facts: StationFacts, groups: list[Group]) -> None:
    """Take the height of the canopy: whole stands alone, the earliest first, then what it grew to."""
    told = [g.values for g in groups if g.name == "GRP_HEIGHTC" and "HEIGHTC" in g.values
            and not g.values.get("HEIGHTC_SPP")]  # fmt: skip
    means = [v for v in told if v.get("HEIGHTC_STATISTIC", "Mean") in ("Mean", "Single observation")] or told
    dated = sorted(((date_of(v.get("HEIGHTC_DATE", v.get("HEIGHTC_DATE_START", ""))), v) for v in means),
                   key=lambda pair: pair[0] or datetime.min)  # fmt: skip
    if not dated:
        facts.said.append("HEIGHTC is not told")
        return
    _take(facts, facts.station, "canopy_height", dated[0][1], "HEIGHTC")
    for date, values in dated[1:]:
        new: dict[str, Any] = {}
        _take(facts, new, "station.canopy_height", values, "HEIGHTC")
        if date is not None and new:
            facts.changes.append((date, new))


def _instruments(facts: StationFacts, groups: list[Group], code: str) -> None:
    """Take sonics and fast analysers in the order of their dates; what was removed leaves its place."""
    more = {
        (g.values.get("INST_MODEL", ""), g.values.get("INST_SN", "")): g.values
        for g in groups
        if g.name == "GRP_INST"
    }
    events = [g.values for g in groups if g.name == "GRP_INSTOM"]
    events.sort(key=lambda v: date_of(v.get("INSTOM_DATE", "")) or datetime.min)
    standing = Standing(code)
    origin: dict[str, float] = {}
    for values in events:
        kind = values.get("INSTOM_MODEL", "").partition("-")[0]
        doing = values.get("INSTOM_TYPE", "").casefold()
        serial = values.get("INSTOM_SN", "")
        if kind not in ("SA", "GA_CP", "GA_OP"):
            continue
        if doing == "removal":
            standing.remove(serial)
        if doing != "installation":
            continue
        which = "sonic" if kind == "SA" else "gas_analyser"
        model = known_model(values["INSTOM_MODEL"])
        if model not in registry.models(which):
            facts.said.append(f"{values['INSTOM_MODEL']}: not known here; give it as a generic instrument")
            continue
        name = standing.place(which, serial)
        one = _placed(facts, values, which, model, origin)
        one |= _details(more.get((values["INSTOM_MODEL"], serial), {}), which, facts)
        _stand(facts, standing, name, one, date_of(values.get("INSTOM_DATE", "")))


def _placed(
    facts: StationFacts, values: Mapping[str, str], which: str, model: str, origin: dict[str, float]
) -> dict[str, Any]:
    one: dict[str, Any] = {"kind": which, "model": model}
    at: dict[str, float] = {}
    for key, name in (
        ("height", "INSTOM_HEIGHT"),
        ("east", "INSTOM_EASTWARD_DIST"),
        ("north", "INSTOM_NORTHWARD_DIST"),
    ):
        if name in values or key == "height":
            _take(facts, at, key, values, name)
    if which == "sonic":
        origin.update(at)
        return one | ({"height": at["height"]} if "height" in at else {})
    for key, name in (("height", "vertical"), ("east", "eastward"), ("north", "northward")):
        if key in at and key in origin:
            one[f"{name}_separation"] = round(at[key] - origin[key], 6) + 0.0
    return one


def _details(values: Mapping[str, str], which: str, facts: StationFacts) -> dict[str, Any]:
    if which != "sonic" or not values:
        return {}
    one: dict[str, Any] = {}
    if "INST_SA_OFFSET_NORTH" in values:
        _take(facts, one, "north_offset", values, "INST_SA_OFFSET_NORTH")
        note = "INST_SA_OFFSET_NORTH counts from magnetic north: add the declination to north_offset"
        if note not in facts.said:
            facts.said.append(note)
    formats = {text.casefold(): key for key, text in FORMATS.items()}
    found = formats.get(values.get("INST_SA_WIND_FORMAT", "").casefold())
    if found and found != "uvw":
        one["wind_format"] = found
    align = values.get("INST_SA_GILL_ALIGN", "").casefold()
    if align in ("spar", "axis"):
        one["wind_reference"] = align
    if values.get("INST_FIRMWARE"):
        one["firmware"] = values["INST_FIRMWARE"]
    return one


def _stand(
    facts: StationFacts, standing: "Standing", name: str, one: dict[str, Any], date: datetime | None
) -> None:
    """Put up a first instrument, or note what a later entry changes of the one that stands there."""
    old = standing.known.get(name)
    if old is None:
        standing.known[name] = one
        facts.instruments.append({"kind": one["kind"], "id": name} | one)
        if date is not None and len(standing.known) > 1 and standing.began and date > standing.began:
            facts.said.append(f"{one['model']} is there from {date:%Y-%m-%d} on: before that it has no data")
        standing.began = standing.began or date
        return
    new = {key: value for key, value in one.items() if old.get(key) != value}
    standing.known[name] = old | one
    if not new:
        return
    if date is None:
        facts.said.append(f"{one['model']} in the place of {old['model']}: no date, left out")
        return
    keys = {f"instruments.{name}.{key}": value for key, value in new.items() if key != "kind"}
    facts.changes.append((date, keys))
