"""Files made of decided fluxes: whether they are of those that are there, and what a decision leaves behind.

``run.json`` lists them under "products", each with its checksum and that of the fluxes it was made of. That
list is written last: whenever a run is killed, what it had not written anew does not fit what is listed.
"""

import json
import logging
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fluxkit.archive.folder.contents import RUN, stored
from fluxkit.errors import MomentsError
from fluxkit.export.crate import CRATE, write_crate
from fluxkit.export.records import write_run
from fluxkit.schema.provenance import file_sha256

logger = logging.getLogger(__name__)

#: What a decision writes for a station, after its code.
_WRITTEN = r"_(?:fluxes|wavelet|(?:period_)?spectra(?:_\d+)?)\.nc|_[0-9A-Z]+_\d{12}_\d{12}\.csv"
#: What other commands make of the fluxes.
_MADE_LATER = r"_footprint(?:_[a-z]+)?\.(?:nc|svg)"
_COMPARISON = ("comparison/comparison.csv", "comparison/comparison.html", "comparison/decisions.csv")
#: Of ``run.json``: what the same decisions have in common, however many periods they are made for.
_DECISIONS = ("fluxkit", "settings_sha256", "start", "end")


def note_products(
    out: Path, fluxes: Path, paths: Iterable[Path], *, known: Mapping[str, Any] | None = None
) -> None:
    """Write into ``run.json`` of which fluxes files are made; without that record there is nothing to note.

    Parameters
    ----------
    out : pathlib.Path
        Results folder, locked.
    fluxes : pathlib.Path
        The fluxes that they were made of.
    paths : iterable of pathlib.Path
        Files that were written.
    known : mapping, optional
        What was noted of other files before, if that is not in the record.
    """
    try:
        record = stored(out / RUN)
    except MomentsError:  # `status` tells of results without a record
        return
    made_of = file_sha256(fluxes)
    listed = dict(known or record.get("products", {}))
    for path in paths:
        listed[path.name] = {"sha256": file_sha256(path), "fluxes": made_of}
    record |= {"products": listed}
    write_run(record, out / RUN)
    write_crate(out, record, title=_title(record), license_=_output(record).get("license") or "")


def remove_superseded(
    out: Path, before: Mapping[str, Any], now: Mapping[str, Any], written: set[Path]
) -> None:
    """Remove what rests on earlier decisions and was not written anew, and say so.

    Parameters
    ----------
    out : pathlib.Path
        Results folder, locked.
    before, now : mapping
        What ``run.json`` said before, empty if nothing, and says now.
    written : set of pathlib.Path
        Files of this decision.
    """
    stations = {_station(before), _station(now)} - {""}
    same = bool(before) and all(before.get(key) == now.get(key) for key in _DECISIONS)
    # A footprint of fewer days is of the same decisions: it stays, and `status` tells what it was made of.
    kinds = _WRITTEN if same else f"{_WRITTEN}|{_MADE_LATER}"
    ours = re.compile(rf"(?:{'|'.join(map(re.escape, sorted(stations)))})(?:{kinds})")
    left = [path for path in out.iterdir() if ours.fullmatch(path.name) and path not in written]
    if not same:
        left += [path for path in (out / name for name in _COMPARISON) if path.is_file()]
    for path in sorted(left):
        logger.warning("removed %s: it was made of earlier decisions%s", path, _again(path.name))
        path.unlink(missing_ok=True)


def read_before(out: Path) -> dict[str, Any]:
    """Return what ``run.json`` says; nothing if there is none, or none that can be read."""
    try:
        return stored(out / RUN)
    except MomentsError:
        return {}


def stale_products(out: Path, names: Iterable[str]) -> dict[str, str]:
    """Return which files of a results folder are not of the fluxes that are there -> why, and what to do.

    Parameters
    ----------
    out : pathlib.Path
        Results folder.
    names : iterable of str
        Files that it holds.
    """
    try:
        record = json.loads((out / RUN).read_text(encoding="utf-8"))
        listed, station = record.get("products"), _station(record)
    except (OSError, ValueError, AttributeError):
        listed, station = None, ""
    ours = re.compile(rf"{re.escape(station) or '.+'}(?:{_WRITTEN}|{_MADE_LATER})|report\.html")
    made = [name for name in names if ours.fullmatch(name)]
    if listed is None:
        words = "whether it is of the last decision is not on record (run.json): run `fluxkit decide`"
        return dict.fromkeys(made, words)
    fluxes = out / f"{station}_fluxes.nc"
    held = file_sha256(fluxes) if fluxes.is_file() else ""
    found = {name: _stale(out / name, listed.get(name), held) for name in made}
    crate = _stale_crate(out)
    return {name: words for name, words in found.items() if words} | ({CRATE: crate} if crate else {})


def _stale_crate(out: Path) -> str:
    """Return what to do where the crate is of another record than that of the folder; "" if all is well."""
    try:
        crate = json.loads((out / CRATE).read_text(encoding="utf-8"))
        noted = {entity["@id"]: entity.get("sha256") for entity in crate["@graph"]}.get(RUN)
    except FileNotFoundError:
        return ""
    except (OSError, ValueError, TypeError, KeyError):
        noted = None
    return "" if noted == file_sha256(out / RUN) else f"not of this {RUN}; `fluxkit decide` makes it again"


def _stale(path: Path, noted: Mapping[str, str] | None, fluxes: str) -> str:
    again = _again(path.name) or "; `fluxkit decide` makes it again"
    if noted is None:
        return "not of the last decision" + again
    if noted["fluxes"] != fluxes:
        return "made of other fluxes than those that are there" + again
    if file_sha256(path) != noted["sha256"]:
        return "changed since it was written" + again
    return ""


def _again(name: str) -> str:
    """Return how to make a file again that no decision writes."""
    if re.search(rf"{_MADE_LATER}$", name):
        return "; `fluxkit footprint` makes it again"
    if name in {known.rpartition("/")[2] for known in _COMPARISON}:
        return "; `fluxkit compare` makes it again"
    return ""


def _title(record: Mapping[str, Any]) -> str:
    return str(_output(record).get("title") or f"Eddy covariance fluxes at {_station(record)}")


def _output(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the owner says of the results."""
    settings = record.get("settings")
    output = settings.get("output") if isinstance(settings, dict) else None
    return output if isinstance(output, dict) else {}


def _station(record: Mapping[str, Any]) -> str:
    """Return the code of the station that a record is about, nothing if it does not say."""
    settings = record.get("settings")
    station = settings.get("station") if isinstance(settings, dict) else None
    return str(station.get("id", "")) if isinstance(station, dict) else ""
