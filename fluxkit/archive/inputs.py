"""A raw file's part in a run."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from fluxkit.schema.provenance import file_sha256

logger = logging.getLogger(__name__)

Status = Literal["used", "partly", "quarantined"]
#: What a file counts as when two days saw it differently.
_RANK: tuple[Status, ...] = ("used", "partly", "quarantined")


@dataclass(frozen=True)
class Input:
    """A raw file, its checksum and whether it was used."""

    path: str
    sha256: str  #: empty if the file cannot be read
    bytes: int
    status: Status

    @classmethod
    def of(cls, path: Path, status: Status) -> Self:
        """Return the entry of a file; one that cannot be opened has no checksum."""
        try:
            return cls(str(path), file_sha256(path), path.stat().st_size, status)
        except OSError as error:
            logger.warning("%s: no checksum: %s", path, error.strerror or error)
            return cls(str(path), "", 0, status)


def merged(inputs: Iterable[Input]) -> list[Input]:
    """Return one entry per file, sorted by path; of several the one that lost most counts."""
    found: dict[str, Input] = {}
    for entry in inputs:
        known = found.get(entry.path)
        if known is None or _RANK.index(entry.status) > _RANK.index(known.status):
            found[entry.path] = entry
    return [found[path] for path in sorted(found)]
