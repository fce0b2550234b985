"""A project's file of metadata that change with time, to the site's ``[[changes]]``."""

import csv
import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fluxkit.errors import ConfigError
from fluxkit.site.eddypro.ledger import ImportNote, Ledger, Places, Verdict

_STATION = ("canopy_height", "displacement_height", "roughness_length")
#: Shares of the canopy height that stand in for a displacement or roughness that cannot be.
_SHARES = {"displacement_height": 0.67, "roughness_length": 0.15}
_SONIC = {"master_sonic_height": "height", "master_sonic_north_offset": "north_offset"}
#: End of a gas's column -> ours, scale.
_ANALYSER = {
    "northward_separation": ("northward_separation", 1e-2),
    "eastward_separation": ("eastward_separation", 1e-2),
    "vertical_separation": ("vertical_separation", 1e-2),
    "tube_length": ("tube_length", 1e-2),
    "tube_diameter": ("tube_diameter", 1e-3),
    "tube_flowrate": ("tube_flow", 1.0),
    "flowrate": ("tube_flow", 1.0),
}
_GAS_COLUMN = re.compile(r"(co2|h2o|ch4|n2o|gas4)_irga_(\w+)")
_POSITIVE = ("roughness_length", "height", "tube_length", "tube_diameter", "tube_flow")

#: Where a value goes: "" for the station, else the id of an instrument; its key.
Target = tuple[str, str]


@dataclass(frozen=True)
class _Table:
    path: Path
    names: list[str]
    rows: list[tuple[datetime, dict[str, str]]]  #: time as written, cells by name

    def values(self, name: str) -> set[str]:
        """Return the different texts of a column."""
        return {cells[name] for _, cells in self.rows if cells.get(name)}


def dynamic_metadata(
    project: Ledger, data: dict[str, Any], places: Places, minutes: float
) -> tuple[list[dict[str, Any]], list[ImportNote]]:
    """Translate the metadata that change with time; enters the notes of the project's keys.

    Parameters
    ----------
    project : Ledger
    data : dict
        The site as translated so far: station, instruments, columns.
    places : Places
    minutes : float
        Averaging period; the file's times are the end of one.

    Returns
    -------
    changes : list of dict
        Entries of ``[[changes]]``: only what differs from what held before.
    notes : list of Note
        What became of the file's columns.

    Raises
    ------
    ConfigError
        The file is not there or is not such a table.
    """
    used = project.code("Project", "use_dyn_md_file", 0) != 0 or "dyn_metadata_file" in places.given
    if not used:
        for key in ("use_dyn_md_file", "dyn_metadata_file"):
            project.enter("Project", key, "same", "no metadata that change with time")
        return [], []
    table = _read(places.find(project, "Project", "dyn_metadata_file"))
    remark = (
        "[[changes]]; times as if UTC, as those of the files: move them when you set station.utc_offset_h"
    )
    for key in ("use_dyn_md_file", "dyn_metadata_file"):
        project.enter("Project", key, "near", remark)
    targets, notes = _targets(table, data)
    return _changes(table, targets, data, timedelta(minutes=minutes)), notes


def _read(path: Path) -> _Table:
    try:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise ConfigError(str(path), [f"dynamic metadata cannot be read: {error.strerror}"]) from error
    records = [[cell.strip() for cell in row] for row in csv.reader(lines) if any(row)]
    names = [name.casefold() for name in records[0]] if records else []
    if not {"date", "time"} <= set(names):
        raise ConfigError(str(path), ["line 1: needs names of columns, date and time among them"])
    rows = []
    for k, record in enumerate(records[1:], start=2):
        cells = dict(zip(names, record, strict=False))
        try:
            when = datetime.strptime(f"{cells['date']} {cells['time']}", "%Y-%m-%d %H:%M")
        except (KeyError, ValueError) as error:
            raise ConfigError(str(path), [f"line {k}: needs a date yyyy-mm-dd and a time HH:MM"]) from error
        rows.append((when, cells))
    return _Table(path, names, sorted(rows, key=lambda row: row[0]))


def _targets(table: _Table, data: dict[str, Any]) -> tuple[dict[str, tuple[Target, float]], list[ImportNote]]:
    """Return where each usable column goes, with its scale, and a note on every column."""
    targets: dict[str, tuple[Target, float]] = {}
    notes = []
    for name in table.names:
        if name in ("date", "time", ""):
            continue
        found = _target(name, data)
        remark, verdict = _verdict(name, found, targets, table)
        if found is not None and verdict == "same":
            targets[name] = found
        value = ", ".join(sorted(table.values(name))[:4])
        notes.append(ImportNote(f"dynamic:{name}", value, verdict, remark))
    return targets, notes


def _target(name: str, data: dict[str, Any]) -> tuple[Target, float] | None:
    if name in _STATION:
        return ("", name), 1.0
    if name in _SONIC:
        return (str(data["instruments"][0]["id"]), _SONIC[name]), 1.0
    match = _GAS_COLUMN.fullmatch(name)
    if match is None or match[2] not in _ANALYSER:
        return None
    gas = {"gas4": "n2o"}.get(match[1], match[1])
    instrument = data["columns"].get(gas, {}).get("instrument")
    ours, scale = _ANALYSER[match[2]]
    return None if instrument is None else ((str(instrument), ours), scale)


def _verdict(
    name: str, found: tuple[Target, float] | None, known: dict[str, tuple[Target, float]], table: _Table
) -> tuple[str, Verdict]:
    if found is not None:
        other = next((theirs for theirs, (target, _) in known.items() if target == found[0]), None)
        if other is None:
            (where, key), _ = found
            return f"changes: {f'instruments.{where}' if where else 'station'}.{key}", "same"
        if all(cells.get(name) == cells.get(other) for _, cells in table.rows):
            return f"as {other}: one instrument", "near"
        return f"differs from {other}, but both are one instrument here: {other} is taken", "not supported"
    if len(table.values(name)) <= 1:
        return "does not change; that of the metadata file is taken", "near"
    return "cannot change within a site: make one site for each stretch of time", "not supported"


def _changes(
    table: _Table, targets: dict[str, tuple[Target, float]], data: dict[str, Any], period: timedelta
) -> list[dict[str, Any]]:
    holds: dict[Target, float] = {}
    for instrument in data["instruments"]:
        holds |= {(str(instrument["id"]), k): v for k, v in instrument.items() if isinstance(v, int | float)}
    holds |= {("", key): data["station"][key] for key in _STATION if key in data["station"]}
    made: dict[datetime, dict[str, Any]] = {}
    for when, cells in table.rows:
        new = {}
        for name, (target, scale) in targets.items():
            value = _number(cells.get(name, ""), name, table.path, when)
            if value is not None:
                new[target] = round(value * scale, 12)
        _settle(new, holds)
        new = {target: value for target, value in new.items() if holds.get(target) != value}
        holds |= new
        if new:
            made[when - period] = _entry(when - period, new)
    return list(made.values())


def _settle(new: dict[Target, float], holds: dict[Target, float]) -> None:
    """Convert values that the program does not use as they are written; in place."""
    canopy = new.get(("", "canopy_height"), holds.get(("", "canopy_height"), 0.0))
    for key, share in _SHARES.items():
        if ("", key) in new and not 0.0 < new["", key] <= canopy:
            new["", key] = round(share * canopy, 9)
    for target in [target for target in new if target[1] in _POSITIVE and new[target] <= 0.0]:
        del new[target]  # 0 means "not given"


def _number(text: str, name: str, path: Path, when: datetime) -> float | None:
    if not text or text.casefold() in ("nan", "na", "-9999", "-9999.0"):
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        problem = f"{name} at {when:%Y-%m-%d %H:%M}: found {text!r}; allowed: a number"
        raise ConfigError(str(path), [problem])
    return value


def _entry(start: datetime, new: dict[Target, float]) -> dict[str, Any]:
    entry: dict[str, Any] = {"start": start, "station": {}, "instruments": {}}
    for (where, key), value in new.items():
        table = entry["instruments"].setdefault(where, {}) if where else entry["station"]
        table[key] = value
    return entry
