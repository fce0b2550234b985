"""What planning learnt of each raw file: those that have not changed need not be looked into again."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from fluxkit.archive.inputs import fingerprint
from fluxkit.archive.periods import nanoseconds
from fluxkit.archive.summaries import FOLDER
from fluxkit.export.atomic import write_text
from fluxkit.raw.layout import Layout
from fluxkit.schema.provenance import settings_sha256

logger = logging.getLogger(__name__)

INDEX = "index.json"


@dataclass(frozen=True)
class Times:
    """The time that a file may hold, UTC, ns."""

    start: np.datetime64
    end: np.datetime64  #: as `start` where the end is not known


class Index:
    """Times of raw files by path, good as long as file and layout are the same.

    Parameters
    ----------
    path : pathlib.Path, optional
        Where it is kept; without, nothing is remembered.

    Losing it costs time only: a missing or damaged one is begun anew.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known: dict[str, list[Any]] = _load(path) if path is not None else {}
        self._changed = False

    @classmethod
    def of(cls, out: Path) -> Self:
        """Return the index of a results folder."""
        return cls(out / FOLDER / INDEX)

    def times(self, path: Path, layout: str) -> Times | None:
        """Return what is known of a file, None if that is nothing or may have changed."""
        entry = self._known.get(str(path))
        if entry is None or entry[:2] != [_seen(path), layout]:
            return None
        return Times(np.datetime64(entry[2], "ns"), np.datetime64(entry[3], "ns"))

    def remember(self, path: Path, layout: str, times: Times) -> None:
        """Keep what was found in a file."""
        seen = _seen(path)
        if seen:
            self._known[str(path)] = [seen, layout, nanoseconds(times.start), nanoseconds(times.end)]
            self._changed = True

    def save(self) -> None:
        """Write what is new to the results folder."""
        if self._path is not None and self._changed:
            write_text(self._path, json.dumps(self._known, sort_keys=True) + "\n")
            self._changed = False


def layout_digest(layout: Layout) -> str:
    """Return a short hash of what the times of a file depend on beside its bytes."""
    told = {name: repr(value) for name, value in vars(layout).items() if name != "calibrations"}
    return settings_sha256(told)[:16]


def _seen(path: Path) -> str:
    try:
        return fingerprint(path)
    except OSError:  # the reader tells it
        return ""


def _load(path: Path) -> dict[str, list[Any]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if all(len(entry) == 4 and isinstance(entry[2], int) for entry in found.values()):
            return dict(found)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError):
        pass
    logger.warning("%s is damaged: raw files are looked into again", path)
    return {}
