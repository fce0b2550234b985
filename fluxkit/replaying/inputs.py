"""The files that a run was made of: where they are now, and whether they are the same."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fluxkit.errors import ConfigError
from fluxkit.locations import joined
from fluxkit.schema.provenance import file_sha256

#: Files of a record that are looked for to find the folder that its paths start from.
_LOOKED_FOR = 20


def find_base(record: Mapping[str, Any], folder: Path, given: Path | None = None) -> Path:
    """Return the folder that the record's paths are relative to.

    Parameters
    ----------
    record : mapping
        ``run.json``; its paths are those of the configuration, which may have moved with its files.
    folder : pathlib.Path
        The results folder: looked at first are the folders about it, then the working folder.
    given : pathlib.Path, optional
        The folder, if the user says it.

    Raises
    ------
    ConfigError
        None of them has any of the files.
    """
    paths = [str(entry["path"]) for entry in record.get("inputs", [])][:_LOOKED_FOR]
    if given is not None:
        places = [given]
    else:
        places = list(dict.fromkeys([folder.parent, folder, folder.parent.parent, Path()]))
    counts = {place: sum(joined(place, path).is_file() for path in paths) for place in places}
    best = max(counts, key=lambda place: counts[place])
    if paths and not counts[best]:
        looked = ", ".join(str(place) for place in places)
        words = f"{paths[0]} and the other files of the run are not below {looked}; say where with --base"
        raise ConfigError(str(folder), [words])
    return best


def changed_inputs(record: Mapping[str, Any], base: Path) -> Iterator[tuple[str, str]]:
    """Yield the files of a record that are missing or have other bytes, and which of the two."""
    for entry in record.get("inputs", []):
        file = joined(base, str(entry["path"]))
        if not file.is_file():
            yield str(entry["path"]), "missing"
        elif entry.get("sha256") and file_sha256(file) != entry["sha256"]:
            yield str(entry["path"]), "changed"


def in_words(found: Sequence[tuple[str, str]], count: int) -> list[str]:
    """Return what to tell of files that are missing or changed, out of ``count``."""
    said = []
    for what in ("missing", "changed"):
        names = [name for name, how in found if how == what]
        if names:
            some = ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")
            said.append(f"{len(names)} of {count} files are {what}: {some}")
    return said
