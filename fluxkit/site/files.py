"""The raw files that a site's patterns name."""

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from fluxkit.errors import ConfigError
from fluxkit.site.models import Site

_MAGIC = frozenset("*?[")


def resolve_files(site: Site, base: Path) -> list[Path]:
    """Return the files that ``site.raw.files`` names.

    ``*``, ``?`` and ``[...]`` match within one name, ``**`` any number of folders. Names
    that begin with a dot are matched only by patterns that do. Links to folders are
    followed, each folder once, so that a loop of links does no harm.

    Parameters
    ----------
    site : Site
        The configuration.
    base : pathlib.Path
        What relative patterns are relative to: the folder of the TOML file.

    Returns
    -------
    list of pathlib.Path
        Sorted, each file once; empty if nothing matches.

    Raises
    ------
    ConfigError
        A folder cannot be listed.
    """
    return resolve_patterns(site.raw.files, base)


def resolve_patterns(patterns: str | list[str], base: Path) -> list[Path]:
    """Return the files that patterns name; parameters and result as `resolve_files`."""
    found: dict[str, Path] = {}
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        whole = base / pattern
        parts = whole.parts[1:] if whole.anchor else whole.parts
        for path in _expand(Path(whole.anchor), parts):
            if path.is_file():
                found.setdefault(os.path.realpath(path), path)
    return sorted(found.values())


def _expand(folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    if not parts:
        yield folder
        return
    head, rest = parts[0], parts[1:]
    if head == "**":
        for inner in _tree(folder, set()):
            yield from _expand(inner, rest or ("*",))
    elif _MAGIC.isdisjoint(head) or (folder / head).exists():
        if (folder / head).exists():
            yield from _expand(folder / head, rest)
    else:
        for name in _names(folder):
            if fnmatchcase(name, head) and (head.startswith(".") or not name.startswith(".")):
                yield from _expand(folder / name, rest)


def _tree(folder: Path, seen: set[str]) -> Iterator[Path]:
    """Walk a folder and all below it, following links, each real folder once."""
    real = os.path.realpath(folder)
    if real in seen or not folder.is_dir():
        return
    seen.add(real)
    yield folder
    for name in _names(folder):
        if not name.startswith(".") and (folder / name).is_dir():
            yield from _tree(folder / name, seen)


def _names(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    try:
        return sorted(os.listdir(folder))
    except OSError as error:
        problem = f"raw.files: folder {folder} cannot be listed: {error.strerror}; check its permissions"
        raise ConfigError(str(folder), [problem]) from error
