"""What planning found in each raw file, so that unchanged files need not be opened again."""

import json
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from fluxkit.archive.folder.summaries import FOLDER
from fluxkit.export.atomic import write_text
from fluxkit.interruption import GivingWay
from fluxkit.locations import fingerprint, on_store
from fluxkit.raw.layout import Layout
from fluxkit.raw.signature import FileHead, Signature, file_head
from fluxkit.raw.text.date_order import DateOrder
from fluxkit.schema.provenance import settings_sha256
from fluxkit.site.files import resolve_files
from fluxkit.site.models import Site
from fluxkit.tower.periods import nanoseconds

logger = logging.getLogger(__name__)

INDEX = "index.json"
#: Objects of a store that are looked into at a time.
_AT_ONCE = 16

_Entry = dict[str, list[Any]]


@dataclass(frozen=True)
class Times:
    """The time that a file may hold, UTC, ns."""

    start: np.datetime64
    end: np.datetime64  #: as `start` where the end is not known


class Index:
    """Times and layouts of raw files by path, good as long as file and expected layout are the same.

    Parameters
    ----------
    path : pathlib.Path, optional
        Where it is kept; without, nothing is remembered.

    Losing it only costs time: if missing or damaged, a new one is started.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._files, signatures = _load(path) if path is not None else ({}, [])
        self._signatures: list[Signature | None] = signatures
        self._numbers = {signature: k for k, signature in enumerate(signatures)}
        self._seen: dict[str, str] = {}
        self._listed: dict[tuple[str, ...], list[Path]] = {}
        self._changed = False

    @classmethod
    def of(cls, out: Path) -> Self:
        """Return the index of a results folder."""
        return cls(out / FOLDER / INDEX)

    def files(self, site: Site, base: Path) -> list[Path]:
        """Return the files of a site as `resolve_files` does, folders listed once for equal patterns."""
        patterns = [site.raw.files] if isinstance(site.raw.files, str) else site.raw.files
        key = (str(base), *patterns)
        if key not in self._listed:
            self._listed[key] = resolve_files(site, base)
        return self._listed[key]

    def times(self, path: Path, layout: str) -> Times | None:
        """Return what is known of a file, None if that is nothing or may have changed."""
        known = self._entry(path, self._fingerprint(path)).get(layout)
        if known is None or len(known) < 3:
            return None
        return Times(np.datetime64(known[1], "ns"), np.datetime64(known[2], "ns"))

    def remember(self, path: Path, layout: str, times: Times) -> None:
        """Keep what was found in a file."""
        seen = self._fingerprint(path)
        if seen:
            entry = self._entry(path, seen)
            number = entry.get(layout, [None])[0]
            entry[layout] = [number, nanoseconds(times.start), nanoseconds(times.end)]
            self._keep(path, seen, entry)

    def signatures(self, paths: Sequence[Path], digest: str, layout: Layout) -> dict[Path, Signature | None]:
        """Return the layouts that the heads of files show, opening only those that are not known."""
        seen = {path: self._fingerprint(path) for path in paths}
        numbers = {path: self._entry(path, seen[path]).get(digest, [None])[0] for path in paths}
        new = [path for path, number in numbers.items() if number is None]
        found = dict(zip(new, _looked_into(new, layout), strict=True))
        for path in new:
            if seen[path]:
                signature, start = found[path].signature, found[path].start
                number = self._numbers.setdefault(signature, len(self._signatures))
                if number == len(self._signatures):
                    self._signatures.append(signature)
                entry = self._entry(path, seen[path])
                times = [] if start is None else [nanoseconds(start)] * 2
                entry[digest] = [number, *(entry.get(digest, [])[1:] or times)]
                self._keep(path, seen[path], entry)
        return {
            path: found[path].signature if number is None else self._signatures[number]
            for path, number in numbers.items()
        }

    def save(self) -> None:
        """Write what is new to the results folder."""
        if self._path is not None and self._changed:
            signatures = [None if s is None else asdict(s) for s in self._signatures]
            data = {"files": self._files, "signatures": signatures}
            write_text(self._path, json.dumps(data, sort_keys=True) + "\n")
            self._changed = False

    def _fingerprint(self, path: Path) -> str:
        """Return how a file was when it was first asked for: what is found in it later holds for no other.

        On a drive of a network each question takes its time, and planning has several of each file.
        """
        name = str(path)
        if name not in self._seen:
            try:
                self._seen[name] = fingerprint(path)
            except OSError:  # the reader tells it
                self._seen[name] = ""
        return self._seen[name]

    def _entry(self, path: Path, seen: str) -> _Entry:
        """Return what is known of a file as it is now: layout -> number of its signature, start, end."""
        found, entry = self._files.get(str(path), ("", {}))
        return entry if found == seen else {}

    def _keep(self, path: Path, seen: str, entry: _Entry) -> None:
        self._files[str(path)] = [seen, entry]
        self._changed = True


def layout_digest(layout: Layout) -> str:
    """Return a short hash of the settings that the times of a file depend on."""
    told = {name: repr(value) for name, value in vars(layout).items() if name != "calibrations"}
    return settings_sha256(told)[:16]


def _looked_into(paths: Sequence[Path], layout: Layout) -> list[FileHead]:
    """What heads of files show, in their order; of a store many at a time: each answer takes its time."""
    if not any(on_store(path) for path in paths):
        return [file_head(path, layout) for path in GivingWay(paths)]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return list(threads.map(lambda path: file_head(path, layout), paths))


def _load(path: Path) -> tuple[dict[str, list[Any]], list[Signature | None]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        signatures = [None if entry is None else _signature(**entry) for entry in found["signatures"]]
        files = found["files"]
        if all(_sound(entry, len(signatures)) for entry in files.values()):
            return dict(files), signatures
    except FileNotFoundError:
        return {}, []
    except (OSError, ValueError, AttributeError, TypeError, KeyError):
        pass
    logger.warning("%s is damaged: raw files are examined again", path)
    return {}, []


def _sound(entry: list[Any], signatures: int) -> bool:
    _, layouts = entry
    return all(
        len(known) in (1, 3) and (known[0] is None or 0 <= known[0] < signatures)
        for known in layouts.values()
    )


def _signature(
    *, names: list[str], units: list[str], dates: dict[str, Any], zones: list[int], **told: Any
) -> Signature:
    return Signature(
        names=tuple(names), units=tuple(units), dates=DateOrder(**dates), zones=tuple(zones), **told
    )
