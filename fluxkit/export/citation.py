"""``CITATION.md``: what whoever publishes these results should cite."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from fluxkit.errors import one_line

CITATION = "CITATION.md"


class Method(NamedTuple):
    """A method that a run used."""

    setting: str  #: its key in the configuration, "" if none chooses it
    name: str
    paper: str


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
