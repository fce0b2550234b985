"""``CITATION.md``: what whoever publishes these results should cite."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from fluxkit.errors import one_line
from fluxkit.schema.papers import PAPERS

CITATION = "CITATION.md"


class Method(NamedTuple):
    """A method that a run used."""

    setting: str  #: its key in the configuration, "" if none chooses it
    name: str
    paper: str


def methods_of(settings: Mapping[str, Any], papers: Mapping[str, str] = PAPERS) -> list[Method]:
    """Return the methods that settings name, and where each is described.

    Parameters
    ----------
    settings : mapping
        As ``run.json`` has them.
    papers : mapping of str to str
        Name of a method -> its paper.

    Examples
    --------
    >>> from fluxkit.export.citation import methods_of
    >>> [each[:2] for each in methods_of({"decide": {"rotation": "wilczak-2001", "lag": "constant"}})]
    [('decide.rotation', 'wilczak-2001')]
    """
    return list(dict.fromkeys(_methods(settings, "", papers)))


def _methods(value: Any, key: str, papers: Mapping[str, str]) -> Iterable[Method]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _methods(inner, f"{key}.{name}" if key else str(name), papers)
    elif isinstance(value, str):
        if value in papers:
            yield Method(key, value, papers[value])
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _methods(inner, key, papers)


def citation_text(record: Mapping[str, Any]) -> str:
    """Return the text of the file.

    Parameters
    ----------
    record : mapping
        ``run.json``: "versions", "methods", "started".
    """
    versions = record.get("versions", {})
    lines = [
        "# What to cite",
        "",
        "Made by this program; how it wants to be cited is in its CITATION.cff.",
        "",
        f"* fluxkit {versions.get('fluxkit', '?')} (Python {versions.get('python', '?')})",
        "",
    ]
    methods = [Method(*each) for each in record.get("methods", [])]
    if methods:
        lines += ["Methods that were chosen, and where each is described:", ""]
        lines += [f"* {_named(each)}: {one_line(each.paper)}" for each in methods]
    else:
        lines += ["No method of a paper was chosen."]
    return "\n".join([*lines, ""])


def _named(method: Method) -> str:
    return one_line(f"{method.setting} = {method.name}" if method.setting else method.name)
