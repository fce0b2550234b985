"""The record of a run from half hours to years: what was read, how it was treated, what was written."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from fluxkit.ecosystem.processing.settings import Settings
from fluxkit.ecosystem.reading.archives import apart_in
from fluxkit.ecosystem.reading.results import fluxes_file, is_results
from fluxkit.ecosystem.ustar.thresholds import usual_method
from fluxkit.export.citation import Method
from fluxkit.export.crate import write_crate
from fluxkit.export.records import write_run
from fluxkit.locations import location
from fluxkit.schema import provenance

RUN = "run.json"

#: Method, as settings and attributes name it -> where it is described.
PAPERS = {
    "papale-2006": "Papale et al. 2006, Biogeosciences 3, 571-583",
    "double-differences": "Papale et al. 2006, Biogeosciences 3, 571-583",
    "hampel": "Hampel 1974, J. Am. Stat. Assoc. 69, 383-393",
    "pooled-nights": "Barr et al. 2013, Agric. For. Meteorol. 171-172, 31-45",
    "moving-point": "Papale et al. 2006, Biogeosciences 3, 571-583",
    "change-point": "Barr et al. 2013, Agric. For. Meteorol. 171-172, 31-45",
    "mds": "Reichstein et al. 2005, Glob. Change Biol. 11, 1424-1439",
    "boosting": "Friedman 2001, Ann. Stat. 29, 1189-1232",
    "vekuri-2023": "Vekuri et al. 2023, Sci. Rep. 13, 1720",
    "night": "Reichstein et al. 2005, Glob. Change Biol. 11, 1424-1439",
    "day": "Lasslop et al. 2010, Glob. Change Biol. 16, 187-208",
    "keenan-2019": "Keenan et al. 2019, Nat. Ecol. Evol. 3, 407-415",
}


def record(
    source: str | PathLike[str],
    how: Settings,
    asked: Mapping[str, Any],
    attributes: Mapping[str, Any],
    out: Path,
) -> dict[str, Any]:
    """Return what ``run.json`` says, but for times and products.

    Parameters
    ----------
    source : path
        What was read.
    how : Settings
        Of the run.
    asked : mapping
        The place that the user gave: latitude, longitude, utc_offset_h, site.
    attributes : mapping
        Of the dataset that was made: "filling", "partitioning", "ustar_filter".
    out : path
        Folder of what is written: an input that lies below it is named from there.
    """
    path = location(Path(source))
    files = [fluxes_file(path)] if is_results(path) else apart_in(path) if path.is_dir() else [path]
    versions = provenance.versions()
    settings = how.model_dump(mode="json")
    return {
        "kind": "ecosystem",
        "fluxkit": versions["fluxkit"],
        "versions": versions,
        "settings": settings,
        "settings_sha256": provenance.settings_sha256(settings),
        "source": Path(source).as_posix(),
        "asked": dict(asked),
        "inputs": [
            {
                "path": file.relative_to(out).as_posix() if file.is_relative_to(out) else file.name,
                "bytes": file.stat().st_size,
                "sha256": provenance.file_sha256(file),
                "status": "used",
            }
            for file in files
        ],
        "methods": methods(how, attributes),
    }


def methods(how: Settings, attributes: Mapping[str, Any]) -> list[Method]:
    """Return the methods of papers that were used, in the order of processing."""
    chosen: list[tuple[str, str]] = [("screen.despike", how.screen.despike)]
    if "already" not in str(attributes.get("ustar_filter", "")):
        chosen.append(("ustar.method", how.ustar.method or usual_method(how.ustar.variant)))
    fillers = [how.fill.method] if how.fill.method else ["mds", "boosting"]
    chosen += [("fill.method", filler) for filler in fillers]
    chosen.append(("fill.variant", str(how.fill.variant)))
    done = str(attributes.get("partitioning", ""))
    for name, variant in (("night", how.partition.night), ("day", how.partition.day)):
        if f"{name} (" in done:
            chosen += [("partition", name), (f"partition.{name}", variant)]
    return [Method(key, name, PAPERS[name]) for key, name in chosen if name in PAPERS]


def write_record(about: Mapping[str, Any], out: Path, paths: Mapping[str, Path], site: str) -> Path:
    """Write ``run.json``, ``CITATION.md`` and the crate of what was written."""
    products = {p.name: {"sha256": provenance.file_sha256(p)} for p in paths.values() if p.is_file()}
    told = {**about, "products": products, "finished": provenance.utc_now()}
    write_run(told, out / RUN)
    write_crate(out, told, title=f"Carbon, water and energy of {site} by year")
    return out / RUN
