"""``ro-crate-metadata.json``: what a results folder holds and how it was made, for repositories and machines.

A Research Object Crate 1.1 with the profile Process Run Crate 0.5. It is written by hand: the JSON is small,
and the library for it brings sixteen others.

References
----------
.. [1] Sefton et al., RO-Crate Metadata Specification 1.1, 2020, https://w3id.org/ro/crate/1.1
.. [2] Leo et al., PLoS ONE 19(9), e0309210, 2024: Workflow Run RO-Crate.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fluxkit.export.atomic import write_text
from fluxkit.export.citation import CITATION, citation_text
from fluxkit.locations import on_store
from fluxkit.schema.provenance import file_sha256

CRATE = "ro-crate-metadata.json"
RUN = "run.json"
#: More inputs than this stand in run.json alone; the crate has their number and one checksum of all.
MOST_INPUTS = 1000

_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_FORMATS = {
    ".nc": "application/netcdf",
    ".csv": "text/csv",
    ".json": "application/json",
    ".html": "text/html",
    ".md": "text/markdown",
    ".zip": "application/zip",
    ".svg": "image/svg+xml",
}
_SAID_OF = {
    "fluxes": "Half-hourly fluxes",
    "spectra": "Spectra and cospectra",
    "quarantine": "What could not be used, and why",
    "report": "Page to look at",
    "CITATION": "What to cite",
    "run": "Record of the run: settings, versions, inputs with their checksums",
}

Entity = dict[str, Any]


def write_crate(out: Path, record: Mapping[str, Any], *, title: str, license_: str = "") -> None:
    """Write ``CITATION.md`` and the crate of a results folder, whose ``run.json`` is there.

    Parameters
    ----------
    out : pathlib.Path
        Results folder, locked.
    record : mapping
        ``run.json``: "versions", "started", "finished", "inputs", "methods", and "products" (name -> with
        "sha256").
    title : str
        Of the results.
    license_ : str, optional
        Under what terms they are given away; left out if nobody said.
    """
    write_text(out / CITATION, citation_text(record))
    listed = {name: str(entry["sha256"]) for name, entry in record.get("products", {}).items()}
    sums = {name: sha256 for name, sha256 in listed.items() if (out / name).is_file()}
    sums |= {name: file_sha256(out / name) for name in (RUN, CITATION)}
    sizes = {} if on_store(out) else {name: (out / name).stat().st_size for name in sums}
    write_text(out / CRATE, crate_text(record, sums, sizes, title=title, license_=license_))


def crate_text(
    record: Mapping[str, Any],
    sums: Mapping[str, str],
    sizes: Mapping[str, int],
    *,
    title: str,
    license_: str = "",
) -> str:
    """Return the crate as JSON; parameters as of `write_crate`, checksums and sizes by the files' names."""
    inputs = _inputs(record)
    files = [_file(name, sums[name], sizes.get(name)) for name in sorted(sums)]
    papers = {str(each[2]): f"#paper-{k}" for k, each in enumerate(record.get("methods", []), 1)}
    programs = _programs(record.get("versions", {}))
    finished = str(record.get("finished") or record.get("started", ""))
    root: Entity = {
        "@id": "./",
        "@type": "Dataset",
        "name": title,
        "description": f"{title}, made by fluxkit from raw data; settings, versions and inputs are in {RUN}.",
        "datePublished": finished,
        "conformsTo": {"@id": _PROFILE},
        "hasPart": [_of(each) for each in files],
        "mentions": [{"@id": "#run"}],
        "citation": [{"@id": name} for name in dict.fromkeys(papers.values())],
    }
    if license_:
        root["license"] = license_
    action: Entity = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": "fluxkit",
        "startTime": record.get("started", ""),
        "endTime": finished,
        "instrument": {"@id": "#fluxkit"},
        "object": [_of(each) for each in inputs],
        "result": [_of(each) for each in files if each["@id"] not in (RUN, CITATION)],
        "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
    }
    graph: list[Entity] = [
        {
            "@id": CRATE,
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        },
        root,
        {"@id": _PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        action,
        *programs,
        *files,
        *inputs,
        *({"@id": at, "@type": "ScholarlyArticle", "name": paper} for paper, at in papers.items()),
    ]
    crate = {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}
    return json.dumps(crate, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _of(entity: Entity) -> Entity:
    return {"@id": entity["@id"]}


def _programs(versions: Mapping[str, str]) -> list[Entity]:
    own = {"@id": "#fluxkit", "@type": "SoftwareApplication", "name": "fluxkit"}
    others = [
        {"@id": f"#{name}", "@type": "SoftwareApplication", "name": name, "softwareVersion": version}
        for name, version in versions.items()
        if name != "fluxkit"
    ]
    more = {"softwareVersion": versions.get("fluxkit", ""), "softwareRequirements": [_of(e) for e in others]}
    return [own | more, *others]


def _file(name: str, sha256: str, size: int | None) -> Entity:
    stem, suffix = Path(name).stem, Path(name).suffix
    words = next((said for key, said in _SAID_OF.items() if stem == key or stem.endswith(f"_{key}")), "")
    found: Entity = {"@id": name, "@type": "File", "name": name, "sha256": sha256}
    if words:
        found["description"] = words
    if suffix in _FORMATS:
        found["encodingFormat"] = _FORMATS[suffix]
    if size is not None:
        found["contentSize"] = str(size)
    return found


def _inputs(record: Mapping[str, Any]) -> list[Entity]:
    """Return the files that were read; they are not part of the crate, and known by their checksums."""
    inputs = list(record.get("inputs", []))
    if len(inputs) > MOST_INPUTS:
        digest = hashlib.sha256()
        for entry in sorted(inputs, key=lambda entry: str(entry["path"])):
            digest.update(f"{entry['path']} {entry['sha256']}\n".encode(errors="backslashreplace"))
        return [
            {
                "@id": "#inputs",
                "@type": "CreativeWork",
                "name": f"{len(inputs)} files, each with its checksum in {RUN}",
                "contentSize": str(sum(int(entry.get("bytes") or 0) for entry in inputs)),
                "sha256": digest.hexdigest(),
            }
        ]
    return [
        {
            "@id": f"#input-{k}",
            "@type": "CreativeWork",
            "name": str(entry["path"]),
            "sha256": str(entry["sha256"] or ""),
            "contentSize": str(entry.get("bytes", "")),
        }
        for k, entry in enumerate(inputs, 1)
    ]
