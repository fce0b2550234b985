"""A raw file's part in a run."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from fluxkit.locations import fingerprint
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
    fingerprint: str = ""  #: when it was read, see `fluxkit.locations.fingerprint`

    @classmethod
    def of(cls, path: Path, status: Status, seen: str = "") -> Self:
        """Return the entry of a file; without checksum if it cannot be opened or was written to meanwhile.

        Parameters
        ----------
        path : pathlib.Path
            The file.
        status : {"used", "partly", "quarantined"}
            What became of it.
        seen : str, optional
            Its fingerprint before it was read.
        """
        try:
            checksum, size = file_sha256(path), path.stat().st_size
            if seen and fingerprint(path) != seen:
                logger.warning("%s changed while it was read: the next run will read it again", path)
                checksum = ""
        except OSError as error:
            logger.warning("%s: no checksum: %s", path, error.strerror or error)
            checksum, size = "", 0
        return cls(str(path), checksum, size, status, seen)


def merge_inputs(inputs: Iterable[Input]) -> list[Input]:
    """Return one entry per file, sorted by path; of several, the one that lost most."""
    found: dict[str, Input] = {}
    for entry in inputs:
        known = found.get(entry.path)
        if known is None or _RANK.index(entry.status) > _RANK.index(known.status):
            found[entry.path] = entry
    return [found[path] for path in sorted(found)]
