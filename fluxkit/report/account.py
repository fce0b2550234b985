"""Sections of a tower's page about what went in, and how it was treated."""

from collections.abc import Mapping, Sequence
from typing import Any

from fluxkit.report.html import MAX_ROWS
from fluxkit.report.web.parts import Figure, Section, Table, Words
from fluxkit.schema import papers
from fluxkit.site.models import Site


def inputs(run: Mapping[str, Any], problems: Sequence[Mapping[str, Any]]) -> Section:
    """Return what changed, what could not be used, and the files that were read."""
    parts: list[Figure] = []
    sentences = list(run.get("layouts") or [])
    if sentences:
        more = _more(sentences, "run.json")
        parts.append(Words(sentences[:MAX_ROWS], "What changed in the files", more))
    if problems:
        rows = [
            [
                str(problem["path"]),
                "" if problem["line"] is None else str(problem["line"]),
                str(problem["lost"]),
                str(problem["reason"]),
            ]
            for problem in problems[:MAX_ROWS]
        ]
        more = _more(problems, "quarantine.csv")
        parts.append(Table(["file", "line", "lost", "reason"], rows, (1,), "Could not be used", more=more))
    else:
        parts.append(Words(["Every input could be read to its end."], "Could not be used"))
    files = list(run.get("inputs") or [])
    if files:
        rows = [[str(f["path"]), str(f["status"]), (f.get("sha256") or "")[:12]] for f in files[:MAX_ROWS]]
        head = ["file", "status", "SHA-256 (first 12 digits)"]
        parts.append(Table(head, rows, folded=f"{len(files)} files read", more=_more(files, "run.json")))
    return Section("Inputs", parts)


def settings(site: Site) -> Section:
    """Return every setting, with the paper that describes its method."""
    instruments = ", ".join(f"{instrument.id} ({instrument.model})" for instrument in site.instruments)
    parts: list[Figure] = [Words([f"Preset {site.preset}.", f"Instruments: {instruments}."])]
    for name in ("condition", "condense", "decide"):
        rows = []
        for key, value in getattr(site, name).model_dump().items():
            cited = papers.cited([value]) if isinstance(value, str) else []
            rows.append([key, in_words(value), cited[0] if cited else ""])
        parts.append(Table(["setting", "value", "described in"], rows, title=name))
    return Section("Settings", parts)


def in_words(value: Any) -> str:
    """Return a setting's value as text."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {in_words(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return " … ".join(in_words(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _more(rows: Sequence[Any], where: str) -> str:
    hidden = len(rows) - MAX_ROWS
    return f"{hidden} more are in {where}." if hidden > 0 else ""
