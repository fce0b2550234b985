"""What two runs did not have in common: settings, versions, files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Changed:
    """A setting, a version or a file that differs."""

    what: str  #: setting, version, file
    name: str
    a: str  #: "" where it is not there
    b: str


def changed(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Changed]:
    """Return what differs between the records of two runs.

    Parameters
    ----------
    a, b : mapping
        ``run.json`` of each: "settings", "versions", "inputs", "start", "end".

    Examples
    --------
    >>> from fluxkit.differences.causes import changed
    >>> changed({"settings": {"decide": {"lag": "maximum"}}}, {"settings": {"decide": {"lag": "constant"}}})
    [Changed(what='setting', name='decide.lag', a='maximum', b='constant')]
    """
    settings = _between("setting", _flat(a.get("settings", {})), _flat(b.get("settings", {})))
    limits = _between("setting", *({key: x.get(key) for key in ("start", "end")} for x in (a, b)))
    versions = _between("version", a.get("versions", {}), b.get("versions", {}))
    return [*settings, *limits, *versions, *_files(a, b)]


def _between(what: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Changed]:
    names = dict.fromkeys([*one, *other])
    return [
        Changed(what, name, _shown(one.get(name)), _shown(other.get(name)))
        for name in names
        if one.get(name) != other.get(name)
    ]


def _flat(settings: Any, before: str = "") -> dict[str, Any]:
    """Return settings by their keys with dots; tables of a list by their id, or by number."""
    return dict(_leaves(settings, before))


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        value = {str(each.get("id", k)): each for k, each in enumerate(value, 1)}
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{name}.{key}" if name else str(key))
    elif name:
        yield name, value


def _files(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Changed]:
    """Return the files that only one has, that changed, or of which another part was used."""
    one, other = ({entry["path"]: entry for entry in x.get("inputs", [])} for x in (a, b))
    found = []
    for path in sorted(one.keys() | other.keys()):
        words = [_file_words(side.get(path)) for side in (one, other)]
        sums = [side.get(path, {}).get("sha256") for side in (one, other)]
        if words[0] != words[1]:
            found.append(Changed("file", path, *words))
        elif sums[0] != sums[1]:
            found.append(
                Changed("file", path, *(f"{w}, {str(s)[:12]}" for w, s in zip(words, sums, strict=True)))
            )
    return found


def _file_words(entry: Mapping[str, Any] | None) -> str:
    return "" if entry is None else f"{entry.get('status', '')}, {entry.get('bytes', '?')} bytes"


def _shown(value: Any) -> str:
    return "" if value is None else str(value)
