"""Choices written into site.toml: comments and order stay, and the difference is shown before."""

import difflib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from fluxkit.errors import ConfigError
from fluxkit.explore.choices import USTAR, site_of
from fluxkit.export.atomic import write_text
from fluxkit.site.models import Site
from fluxkit.site.toml.loading import loads


@dataclass(frozen=True)
class Edit:
    """What writing would change."""

    path: Path
    text: str  #: new
    difference: str  #: unified, empty where nothing changes
    sha256: str  #: of the file as it is


def edit_of(path: Path, site: Site, chosen: Mapping[str, Any]) -> Edit:
    """Return what writing choices to a configuration would change; nothing is written.

    Parameters
    ----------
    path : pathlib.Path
        The configuration.
    site : Site
        What it holds.
    chosen : mapping
        Key -> value, as `fluxkit.explore.choices.read_choices` gives them.

    Raises
    ------
    ConfigError
        The file cannot be read, or is laid out so that only a person can put the choices into it.
    """
    old = _bytes_of(path).decode("utf-8")
    ends = "\r\n" if "\r\n" in old else "\n"
    chosen = {key: value for key, value in chosen.items() if key != USTAR}
    try:
        new = edited(old.replace("\r\n", "\n"), chosen)
        as_wanted = loads(new, source=str(path)) == site_of(site, chosen)
    except (TOMLKitError, ConfigError, ValueError, TypeError, KeyError) as error:
        raise ConfigError(str(path), [f"{_BY_HAND} ({error})"]) from error
    if not as_wanted:
        raise ConfigError(str(path), [_BY_HAND])
    before, after = (text.replace("\r\n", "\n").splitlines() for text in (old, new))
    difference = difflib.unified_diff(before, after, path.name, f"{path.name} as chosen", lineterm="")
    return Edit(
        path, new.replace("\n", ends), "\n".join(difference), hashlib.sha256(old.encode()).hexdigest()
    )


_BY_HAND = "its [decide] is laid out so that it is not changed by a program: copy the TOML into it by hand"


def write(edit: Edit, sha256: str) -> None:
    """Write an edit, if the file is still the one whose difference was shown.

    Raises
    ------
    ConfigError
        It was changed meanwhile.
    WriteError
        It cannot be written.
    """
    if hashlib.sha256(_bytes_of(edit.path)).hexdigest() != sha256 or edit.sha256 != sha256:
        raise ConfigError(str(edit.path), ["was changed since its difference was shown: look at it again"])
    write_text(edit.path.resolve(), edit.text)  # a link stays one


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read: {error.strerror or error}"]) from error


def edited(text: str, chosen: Mapping[str, Any]) -> str:
    r"""Return TOML with settings changed, all else as it stands.

    Parameters
    ----------
    text : str
        A configuration, lines ending in line feeds.
    chosen : mapping
        Keys of [decide], or ``columns.<name>.<key>``, with dots -> value; None removes the key.

    Examples
    --------
    >>> from fluxkit.explore.site_file import edited
    >>> text = '[decide]\nrotation = "double"   # as ever\n'
    >>> print(edited(text, {"rotation": "triple", "lag": "constant"}))
    [decide]
    rotation = "triple"   # as ever
    lag = "constant"
    <BLANKLINE>
    """
    document = tomlkit.parse(text)
    for key, value in chosen.items():
        path = key.split(".") if key.startswith("columns.") else ["decide", *key.split(".")]
        if path[0] not in document:
            if document.body and not document.as_string().endswith("\n\n"):
                document.add(tomlkit.nl())
            document.add(path[0], tomlkit.table())
        _put(document[path[0]], path[1:], value)
    return document.as_string()


def _put(table: Any, path: Sequence[str], value: Any) -> None:
    """Set a key of a table, in place or at its end."""
    depth = 0
    while depth < len(path) - 1 and isinstance(table.get(path[depth]), Mapping):
        table = table[path[depth]]
        depth += 1
    rest = path[depth:]
    if value is None:
        if len(rest) == 1 and rest[0] in table:
            table.remove(rest[0])
        return
    if len(rest) == 1 and rest[0] in table:
        table[rest[0]] = tomlkit.item(_inline(value))
        return
    if isinstance(table, tomlkit.items.InlineTable):  # has no dotted keys of its own
        for name in reversed(rest[1:]):
            value = {name: value}
        table.append(rest[0], tomlkit.item(_inline(value)))
        return
    tail = _loosened(table)
    table.append(tomlkit.key(list(rest)) if len(rest) > 1 else rest[0], tomlkit.item(_inline(value)))
    for item in tail:
        table.add(item)


def _loosened(table: Any) -> list[Any]:
    """Take off a table what stands behind the first blank line after its last key: of what follows."""
    body = getattr(getattr(table, "value", None), "body", None)
    if body is None:
        return []
    last = max((k for k, (key, _) in enumerate(body) if key is not None), default=-1)
    blank = (k for k in range(last + 1, len(body)) if isinstance(body[k][1], tomlkit.items.Whitespace))
    cut = next(blank, len(body))
    tail = [item for _, item in body[cut:]]
    del body[cut:]
    return tail


def _inline(value: Any) -> Any:
    if isinstance(value, Mapping):
        made = tomlkit.inline_table()
        for key, each in value.items():
            made[key] = _inline(each)
        return made
    return list(value) if isinstance(value, tuple) else value
