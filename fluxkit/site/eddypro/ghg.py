"""A station's description from the metadata inside LI-COR's archive, to begin a configuration with."""

import zoneinfo
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from fluxkit.errors import ConfigError
from fluxkit.site.eddypro import metadata as sheet
from fluxkit.site.eddypro.ledger import Ledger
from fluxkit.site.eddypro.tables import ANALYSERS, MASTER, SELECTED, SONICS
from fluxkit.site.sections.instruments import known_instruments
from fluxkit.site.sections.reading import DIAGNOSTICS

#: What is taken of a gas that is there in several forms: by the path of its analyser.
_FORMS = {
    "closed": ("mixing_ratio", "mole_fraction", "molar_density"),
    "open": ("molar_density", "mixing_ratio", "mole_fraction"),
}
_GASES = ("co2", "h2o", "ch4", "n2o")
_SELECTED = {key.removeprefix("col_"): ours for key, ours in SELECTED.items()}

Part = TypeVar("Part")


@dataclass(frozen=True)
class Known:
    """Entries of a configuration; what is missing or wrong in the metadata is absent."""

    station: dict[str, Any] = field(default_factory=dict)
    instruments: tuple[dict[str, Any], ...] = ()
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()  #: what cannot be used, and why


def translate_metadata(metadata: str, source: str, names: Sequence[str], zone: str = "") -> Known:
    """Translate metadata, as far as they can be used.

    Parameters
    ----------
    metadata : str
        Content of the .metadata; "" if there is none.
    source : str
        Path of the archive, for remarks.
    names : sequence of str
        Names of the table's columns, which take the place of their positions.
    zone : str
        Name of the time zone in the table's header, "" if none.
    """
    if not metadata:
        return Known()
    remarks: list[str] = []
    ledger = _tried(lambda: Ledger(Path(source), "metadata", metadata), remarks)
    if ledger is None:
        return Known(remarks=tuple(remarks))
    station = _tried(lambda: sheet.station(ledger), remarks) or {}
    station.pop("utc_offset_h", None)  # not in the metadata
    for key in ("displacement_height", "roughness_length"):
        given = ledger.text("Site", key)
        if station and given and key not in station:
            remarks.append(f"[Site] {key} = {given}: must be above 0 and at most the canopy's height")
    offset = _standard_offset(zone)
    if station and offset is not None:
        station["utc_offset_h"] = offset
    sensors = _sensors(ledger)
    sonic = next((name for name in sensors if sheet.sensor_kind(name) in SONICS), "")
    chosen = _tried(lambda: _chosen(ledger, sonic), remarks) or {}
    used = {ledger.text("FileDescription", f"col_{n}_instrument") for n in chosen.values()}
    instruments = _tried(lambda: sheet.instruments(ledger, sonic, used), remarks) or []
    ids = {str(instrument["id"]) for instrument in instruments}
    columns = _tried(lambda: sheet.columns(ledger, chosen, ids), remarks) or {}
    for entries in columns.values():
        position = int(entries["column"])
        if 1 <= position <= len(names) and names.count(names[position - 1]) == 1:
            entries["column"] = names[position - 1]
    tidy = {name: {k: v for k, v in entries.items() if v is not None} for name, entries in columns.items()}
    return Known(station, tuple(instruments), tidy if instruments else {}, tuple(remarks))


def _tried(make: Callable[[], Part], remarks: list[str]) -> Part | None:
    try:
        return make()
    except ConfigError as error:
        remarks.extend(error.problems)
        return None


def _sensors(ledger: Ledger) -> list[str]:
    places = [key for section, key in ledger.places() if section == "Instruments" and key.endswith("_model")]
    return [ledger.text("Instruments", key) for key in places]


def _chosen(ledger: Ledger, sonic: str) -> dict[str, int]:
    """Column of each variable, 1 = first; gases in the form that suits their analyser."""
    offered: dict[str, list[tuple[int, int]]] = {}  # variable -> (rank, column)
    for n in sheet.entry_numbers(ledger, "col"):
        theirs = ledger.text("FileDescription", f"col_{n}_variable")
        of = ledger.text("FileDescription", f"col_{n}_instrument")
        for ours, words in MASTER.items():
            if of == sonic and theirs in words:
                offered.setdefault(ours, []).append((words.index(theirs), n))
        if theirs in _SELECTED:
            rank = (
                _rank(ledger.text("FileDescription", f"col_{n}_measure_type"), of) if theirs in _GASES else 0
            )
            offered.setdefault(_free(_SELECTED[theirs], offered), []).append((rank, n))
    return {name: min(found)[1] for name, found in offered.items()}


def _rank(measure: str, analyser: str) -> int:
    model = ANALYSERS.get(sheet.sensor_kind(analyser), "")
    closed = known_instruments()["gas_analyser"].get(model, {}).get("closed", model == "generic-closed")
    forms = _FORMS["closed" if closed else "open"]
    return forms.index(measure) if measure in forms else len(forms)


def _free(name: str, taken: dict[str, list[tuple[int, int]]]) -> str:
    """Name of a diagnostic value; that of a second analyser has a number."""
    if name not in DIAGNOSTICS[1:] or name not in taken:
        return name
    return next((free for free in DIAGNOSTICS[1:] if free not in taken), name)


def _standard_offset(zone: str) -> float | None:
    """Hours of a zone's standard time ahead of UTC, None of one that is not known."""
    try:
        known_zone = zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
    offsets = [known_zone.utcoffset(datetime(2024, month, 15)) for month in (1, 7)]
    return min(offset for offset in offsets if offset is not None) / timedelta(hours=1)
