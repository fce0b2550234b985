"""The raw files that a site's patterns name."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import cast

from fluxkit.errors import ConfigError
from fluxkit.locations import joined, on_store
from fluxkit.site.models import Site
from fluxkit.stores.path import StorePath

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
        What relative patterns are relative to: the folder of the TOML file. Addresses, such as
        ``s3://bucket/2021/**/*.dat``, are used as they are.

    Returns
    -------
    list of pathlib.Path
        Sorted, each file once; empty if nothing matches.

    Raises
    ------
    ConfigError
        A folder cannot be listed.
    StoreError
        A store cannot be used.
    """
    return resolve_patterns(site.raw.files, base)


def resolve_patterns(patterns: str | list[str], base: Path) -> list[Path]:
    """Return the files that patterns name; parameters and result as `resolve_files`."""
    found: dict[str, Path] = {}
    folders: dict[str, str] = {}
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        whole = joined(base, pattern)
        if on_store(whole):
            found |= {str(path): path for path in _objects(whole)}
            continue
        parts = whole.parts[1:] if whole.anchor else whole.parts
        for path in _expand(Path(whole.anchor), parts):
            if _plain(path):  # one question for nearly all: a drive of a network takes its time for each
                found.setdefault(_real(str(path), folders), path)
            elif _holds(path.is_file, path):
                found.setdefault(os.path.realpath(path), path)
    return sorted(found.values(), key=lambda path: path.parts)


def _plain(path: Path) -> bool:
    """Whether a path is that of a file, not of a link to one."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:  # told where it matters
        return False


def _real(path: str, folders: dict[str, str]) -> str:
    """Return where a file lies; each folder, with its thousands of files, is followed once."""
    folder, name = os.path.split(path)
    if folder not in folders:
        folders[folder] = os.path.realpath(folder)
    return os.path.join(folders[folder], name)


def _objects(whole: StorePath) -> Iterator[Path]:
    store, *parts = whole.parts
    try:
        for path in StorePath(store).glob("/".join(parts)):
            yield cast(Path, path)
    except OSError as error:
        raise ConfigError(str(whole), [f"cannot be listed: {error.strerror}"]) from error


def _expand(folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    if not parts:
        yield folder
        return
    head, rest = parts[0], parts[1:]
    if head == "**":
        for inner in _tree(folder, set()):
            yield from _expand(inner, rest or ("*",))
    elif _holds((folder / head).exists, folder / head):
        yield from _expand(folder / head, rest)
    elif _MAGIC.isdisjoint(head):
        return
    else:
        for name in _names(folder):
            if fnmatchcase(name, head) and (head.startswith(".") or not name.startswith(".")):
                yield from _expand(folder / name, rest)


def _tree(folder: Path, seen: set[str]) -> Iterator[Path]:
    """Walk a folder and all below it, following links, each real folder once."""
    real = os.path.realpath(folder)
    if real in seen or not _holds(folder.is_dir, folder):
        return
    seen.add(real)
    yield folder
    for name in _names(folder):
        if not name.startswith(".") and _holds((folder / name).is_dir, folder / name):
            yield from _tree(folder / name, seen)


def _holds(question: Callable[[], bool], path: Path) -> bool:
    try:
        return question()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # nothing can be called so
            return False
        problem = (
            f"raw.files: {path} cannot be inspected: {error.strerror}; check the permissions of its folder"
        )
        raise ConfigError(str(path), [problem]) from error


def _names(folder: Path) -> list[str]:
    if not _holds(folder.is_dir, folder):
        return []
    try:
        return sorted(os.listdir(folder))
    except OSError as error:
        problem = f"raw.files: folder {folder} cannot be listed: {error.strerror}; check its permissions"
        raise ConfigError(str(folder), [problem]) from error
