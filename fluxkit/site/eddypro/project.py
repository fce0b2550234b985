"""An EddyPro 6 project to a `Site`, with a verdict on every key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fluxkit.errors import ConfigError
from fluxkit.schema import gases
from fluxkit.site.eddypro import metadata as sheet
from fluxkit.site.eddypro import methods
from fluxkit.site.eddypro.biomet import biomet
from fluxkit.site.eddypro.corrections import self_heating, translate_corrections, with_direction
from fluxkit.site.eddypro.dynamic_metadata import dynamic_metadata
from fluxkit.site.eddypro.ledger import ImportNote, Ledger, Places
from fluxkit.site.eddypro.raw_files import name_pattern, raw_layout, stored_as
from fluxkit.site.eddypro.tables import WITHOUT_EFFECT
from fluxkit.site.expected import problems_of
from fluxkit.site.models import Site
from fluxkit.site.name_pattern import files_pattern, has_date
from fluxkit.site.toml.explain import explain


@dataclass(frozen=True)
class Imported:
    """What an import gave."""

    site: Site
    notes: list[ImportNote]  #: one per key of both files, in their order


def import_project(
    project: Path,
    metadata: Path | None = None,
    raw_dir: Path | None = None,
    files: Mapping[str, Path] | None = None,
    metadata_text: str | None = None,
    site_id: str = "",
) -> Imported:
    """Translate an EddyPro 6 project into a site with the preset ``eddypro-6``.

    Parameters
    ----------
    project : pathlib.Path
        The ``.eddypro`` file.
    metadata : pathlib.Path, optional
        The ``.metadata`` file; by default the one that the project names, searched
        beside the project too.
    raw_dir : pathlib.Path, optional
        Folder of the raw files, by default the project's; searched for compressed files.
        ``raw.files`` of the site begins with it as given: pass an absolute path, or one
        relative to where the site file will be.
    files : mapping, optional
        Key of the project, see ``places.FILES`` -> the file to take for it: ``pf_file``, ``to_file``,
        ``sa_file``, ``biom_file``, ``dyn_metadata_file``. Others are searched beside the project and in
        the folder of the raw files.
    metadata_text : str, optional
        Content of ``metadata`` where that is an archive (.ghg) which holds it.
    site_id : str
        Code of the station; by default that of the metadata, else a name of the project, which is noted.

    Returns
    -------
    Imported
        The site, and what became of every key of both files.

    Raises
    ------
    ConfigError
        A file cannot be read, or a key has a value from which no site can be made.
    """
    book = Ledger(project, "project")
    sheets = Ledger(metadata or _named_metadata(book), "metadata", metadata_text)
    places = Places(files or {}, raw_dir)
    master = book.text("Project", "master_sonic")
    if not master:
        raise book.wrong("Project", "master_sonic", "missing; name the anemometer, e.g. csat3_1")
    book.enter("Project", "master_sonic", "same", "the anemometer that is used")
    chosen = sheet.selection(book, sheets, master)
    used = {sheets.text("FileDescription", f"col_{n}_instrument") for n in chosen.values()}
    instruments = sheet.instruments(sheets, master, used)
    data: dict[str, Any] = {
        "preset": "eddypro-6",
        "station": sheet.station(sheets, site_id, _names_of(book, project)),
        "instruments": instruments,
        "raw": _raw(book, sheets, raw_dir),
        "columns": with_direction(
            sheet.columns(sheets, chosen, {str(i["id"]) for i in instruments}), instruments[0]
        ),
        "biomet": biomet(book, places),
        "condition": methods.condition(book) | translate_corrections(book, instruments[0]),
        "condense": methods.translate_condense(book),
        "decide": methods.translate_decide(book, places) | self_heating(book, instruments),
        "output": {"title": book.text("Project", "project_title")},
    }
    name_fourth_gas(data, book, sheets, chosen.get("n2o"))
    data["changes"], columns = dynamic_metadata(book, data, places, data["condense"]["period"])
    _declination(book, instruments[0], data["changes"])
    _subset(book)
    _remaining(book)
    _remaining(sheets)
    try:
        site = Site.model_validate(data)
    except ValidationError as error:
        raise ConfigError(
            f"{project} and {sheets.path}", explain(problems_of(error, Site, data), data)
        ) from error
    return Imported(site, book.notes() + sheets.notes() + columns)


def _names_of(book: Ledger, project: Path) -> dict[str, str]:
    """Where a code of the station may come from, where the metadata has none."""
    return {
        "the project's id": book.text("Project", "project_id"),
        "the project's title": book.text("Project", "project_title"),
        "the project's file name": project.stem,
    }


def _named_metadata(project: Ledger) -> Path:
    name = project.text("Project", "proj_file").replace("\\", "/")
    if not name:
        problem = "missing; give the metadata file (--metadata FILE)"
        raise project.wrong("Project", "proj_file", problem)
    places = [project.path.parent / name, project.path.parent / Path(name).name]
    for place in places:
        if place.is_file():
            return place
    raise project.wrong("Project", "proj_file", f"no such file: {places[0]}; give it with --metadata FILE")


def _raw(project: Ledger, metadata: Ledger, raw_dir: Path | None) -> dict[str, Any]:
    layout = raw_layout(project, metadata)
    prototype = project.text("Project", "file_prototype")
    pattern = name_pattern(prototype)
    if not has_date(pattern):
        problem = f"found {prototype!r}; allowed: a file name with yyyy, mm, dd, HH, MM"
        raise project.wrong("Project", "file_prototype", problem)
    project.enter("Project", "file_prototype", "same", "raw.name_pattern")
    recurse = project.code("RawProcess_General", "recurse", 0) != 0
    project.enter("RawProcess_General", "recurse", "same", "raw.files: ** for folders below")
    given = project.text("RawProcess_General", "data_path").replace("\\", "/")
    folder = raw_dir if raw_dir is not None else Path(given)
    pattern, count = stored_as(pattern, folder, recurse) if raw_dir or given else (pattern, 0)
    if count == 0:
        where = f"no file in {folder.as_posix()} has such a name" if raw_dir or given else _NO_FOLDER
        remark = f"{where}; correct raw.files and raw.name_pattern"
        project.enter("Project", "file_prototype", "near", remark)
    files = folder / "**" / files_pattern(pattern) if recurse else folder / files_pattern(pattern)
    return {
        "files": files.as_posix(),
        "file_time": "name",
        "name_pattern": pattern,
        **layout,
    }


def _declination(project: Ledger, sonic: dict[str, Any], changes: list[dict[str, Any]]) -> None:
    """Add the magnetic declination, which that program rounds to whole degrees, to the offset."""
    degrees = project.number("RawProcess_General", "mag_dec", 0.0)
    if project.code("RawProcess_General", "use_geo_north", 0) == 0:
        for key in ("use_geo_north", "mag_dec"):
            project.enter("RawProcess_General", key, "same", "directions as the sonic's offset gives them")
        return
    moved = [c["instruments"][sonic["id"]] for c in changes if sonic["id"] in c["instruments"]]
    for table in (sonic, *(table for table in moved if "north_offset" in table)):
        table["north_offset"] = (table["north_offset"] + round(degrees)) % 360.0
    for key in ("use_geo_north", "mag_dec", "dec_date"):
        remark = f"declination of {round(degrees)} degrees added to the sonic's north_offset"
        project.enter("RawProcess_General", key, "near", remark)


def _subset(project: Ledger) -> None:
    """Enter the stretch of time that the project processes: no part of a site."""
    keys = ("pr_subset", *(f"pr_{end}_{what}" for end in ("start", "end") for what in ("date", "time")))
    if project.code("Project", "pr_subset", 0) == 0:
        for key in keys:
            project.enter("Project", key, "same", "all files are processed")
        return
    given = {
        end: "T".join(
            filter(None, (project.text("Project", f"pr_{end}_{what}") for what in ("date", "time")))
        )
        for end in ("start", "end")
    }
    options = " ".join(f"--{end} {text}" for end, text in given.items() if text)
    for key in keys:
        project.enter("Project", key, "near", f"no part of a site: give {options} to `fluxkit run`, in UTC")


def _remaining(ledger: Ledger) -> None:
    """Enter the keys that nothing has used yet."""
    for section, key in ledger.places():
        if ledger.entered(section, key):
            continue
        for in_section, pattern, remark in WITHOUT_EFFECT:
            if section == in_section and fnmatchcase(key, pattern):
                ledger.enter(section, key, "same", remark)
                break
        else:
            ledger.enter(section, key, "not supported", "this key is not known here and was ignored")


#: Square centimetres to square metres.
_CM2 = 1e-4
_NO_FOLDER = "no folder of raw files was searched (give --raw DIR)"


def name_fourth_gas(data: dict[str, Any], project: Ledger, metadata: Ledger, position: int | None) -> None:
    """Give the fourth gas its own name and facts, in place; enters the notes of ``gas_mw`` and ``gas_diff``.

    Parameters
    ----------
    data : dict
        The site as translated so far, in which that gas is called n2o.
    project, metadata : Ledger
        The two files.
    position : int or None
        Its column, 1 = first; None if there is no such gas.
    """
    theirs = "" if position is None else metadata.text("FileDescription", f"col_{position}_variable")
    plain = re.sub(r"[^a-z0-9]", "", theirs.casefold())
    name = gases.aliases().get(plain, plain)
    if name in ("", "n2o"):
        for key in ("gas_mw", "gas_diff"):
            project.enter("Project", key, "same", "of a fourth gas other than N2O; there is none")
        return
    if not gases.is_name(name):
        problem = f"found {theirs!r}; a gas needs a name that begins with a letter"
        raise metadata.wrong("FileDescription", f"col_{position}_variable", problem)
    for table in (data["columns"], data["condition"]["limits"], data["condition"]["spike_limit"]):
        if "n2o" in table:
            table[name] = table.pop("n2o")
    facts = _facts(project, name)
    if facts:
        data["gas"] = {name: facts}


def _facts(project: Ledger, name: str) -> dict[str, float]:
    facts = {}
    for key, ours, scale, unit in (
        ("gas_mw", "molar_mass", 1.0, "g mol-1"),
        ("gas_diff", "diffusivity", _CM2, "cm2 s-1"),
    ):
        value = project.number("Project", key, -1.0)
        if value > 0.0:
            facts[ours] = value * scale
            project.enter("Project", key, "near", f"gas.{name}.{ours}; read as {unit}")
        elif gases.is_known_gas(name):
            project.enter("Project", key, "same", f"of {name}, as in the table of gases")
        elif key == "gas_mw":
            raise project.wrong("Project", key, f"missing; give the molar mass of {name}, {unit}")
    return facts
