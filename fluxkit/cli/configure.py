"""Commands that write configurations."""

import json
import os
import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fluxkit.cli.telling import tell
from fluxkit.errors import ConfigError

if TYPE_CHECKING:
    from fluxkit.raw.inspection import Inspection
    from fluxkit.site.eddypro import ImportNote
    from fluxkit.site.toml.template import TemplateFacts

#: Lengths that loggers' files have, and how near a file must be to one. [min]
_USUAL_MINUTES = (5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1440)
_NEAR = 0.01

SiteFile = Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Configuration to write.")]
Named = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Use this file instead of the one named in the project."),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite it if it exists.")]


def init(
    raw_file: Annotated[
        Path | None, typer.Argument(metavar="[RAWFILE]", help="A raw file to take the layout from.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Configuration to write; default: site.toml."),
    ] = None,
    force: Force = False,
    chamber: Annotated[
        bool, typer.Option("--chamber", help="For closed chambers instead of a tower: plots.toml.")
    ] = False,
) -> None:
    """Write a commented configuration, with what can be learnt from a raw file filled in."""
    from fluxkit.site.toml.template import FILL, TemplateFacts, site_template

    if chamber:
        _init_chamber(out or Path("plots.toml"), force, raw_file)
        return
    out = out or Path("site.toml")
    if raw_file is None:
        facts = TemplateFacts(file="raw/*.dat", format="toa5", columns=(), has_stamps=True)
    else:
        from fluxkit.raw.inspection import inspect

        facts = _facts(inspect(raw_file, _known_as(raw_file)), raw_file, out.parent)
    text = site_template(facts)  # whose first lines explain the mark
    _write_new(out, text, force)
    tell(f"{out}: {text.count(FILL) - 1} times {FILL} to complete; then: fluxkit check {out}")


def _known_as(raw_file: Path) -> str | None:
    """Take a table that an analyser writes by itself for the text that it is: here it belongs to a tower."""
    from fluxkit.raw.registry import identify, reader

    return None if reader(identify(raw_file)).of_tower else "delimited"


def _init_chamber(out: Path, force: bool, raw_file: Path | None) -> None:
    from fluxkit.chamber.campaign.template import plots_template
    from fluxkit.site.toml.template import FILL

    if raw_file is None:
        text = plots_template(out.name)
    else:
        from fluxkit.chamber.analysers.reading import look_at

        seen = look_at(raw_file)
        source = "files" if seen.closures else "valve" if "valve" in seen.data else "sheet"
        pattern = os.path.join(os.path.relpath(raw_file.parent, out.parent), f"*{raw_file.suffix}")
        text = plots_template(out.name, files=pattern, format=seen.format, source=source)
        found = ", ".join(sorted(seen.data))
        typer.echo(
            f"{raw_file}: {seen.format}, {seen.size} records of {found}; {len(seen.closures)} closures"
        )
        for problem in seen.problems:
            typer.echo(f"  {problem.reason}")
    _write_new(out, text, force)
    tell(f"{out}: {text.count(FILL) - 1} times {FILL} to complete; then: fluxkit chamber {out} -o out")


def import_eddypro(
    project: Annotated[Path, typer.Argument(metavar="PROJECT.eddypro", help="Project of EddyPro 6.")],
    metadata: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Its .metadata, or a .ghg that contains it; default: the project's."
        ),
    ] = None,
    raw: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the raw files; default: the project's.")
    ] = None,
    site_id: Annotated[
        str, typer.Option("--id", metavar="ID", help="Code of the station; default: the metadata's.")
    ] = "",
    planar_fit: Named = None,
    time_lags: Named = None,
    spectra: Named = None,
    biomet: Named = None,
    dynamic_metadata: Named = None,
    out: SiteFile = Path("site.toml"),
    force: Force = False,
) -> None:
    """Translate an EddyPro 6 project, and list what is the same, similar, or not supported."""
    from fluxkit.site.eddypro import grouped, import_project
    from fluxkit.site.toml.dumping import dump

    named = {
        "pf_file": planar_fit,
        "to_file": time_lags,
        "sa_file": spectra,
        "biom_file": biomet,
        "dyn_metadata_file": dynamic_metadata,
    }
    files = {key: path.resolve() for key, path in named.items() if path is not None}
    text = None
    if metadata is not None and metadata.suffix.lower() == ".ghg":
        from fluxkit.raw.formats.bundle import metadata_of

        text = metadata_of(metadata)
    folder = None if raw is None else raw.resolve()
    imported = import_project(project, metadata, folder, files, text, site_id)
    _write_new(out, dump(imported.site), force)
    _print_notes(grouped(imported.notes))
    for note in imported.notes:
        if "is guessed from" in note.remark:
            tell(f"! {note.remark}")
    tell(f"{out}: written; check it, then run: fluxkit check {out}")


def schema(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="File to write; default: print.")
    ] = None,
) -> None:
    """Write the JSON Schema of configurations, for editors that check a file as you type."""
    from fluxkit.export.atomic import write_text
    from fluxkit.site.toml.loading import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_text(out, text)
        tell(f"{out}: written")


def _write_new(path: Path, text: str, force: bool) -> None:
    from fluxkit.export.atomic import write_text

    if path.exists() and not force:
        raise ConfigError(str(path), ["already exists; give another name, or use --force to overwrite it"])
    try:
        write_text(path, text)
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be written: {error.strerror or error}"]) from error


def _facts(found: "Inspection", path: Path, folder: Path) -> "TemplateFacts":
    """Return what is known for a template."""
    from fluxkit.raw.text.clock_columns import needs_name
    from fluxkit.site.eddypro.ghg import translate_metadata
    from fluxkit.site.toml.template import HeaderColumn, TemplateFacts

    told = translate_metadata(found.metadata, str(path), [c.name for c in found.columns], found.zone)

    clock = [found.columns[k - 1] for k in found.time_columns]
    named = any(c.name for c in found.columns)
    return TemplateFacts(
        file=Path(os.path.relpath(path, folder)).as_posix(),
        format=found.format,
        columns=tuple(HeaderColumn(c.name, c.unit) for c in found.columns),
        rate=found.rate,
        delimiter=found.delimiter,
        header_rows=found.header_rows,
        names_row=found.names_row,
        time_columns=tuple(c.name if named and c.name else c.position for c in clock),
        time_parts=found.time_parts,
        day_first=found.dates.shown,
        either_order=found.dates.example if found.dates.open else "",
        needs_name=needs_name(found.time_parts) if found.time_parts else False,
        has_stamps=found.first is not None,
        start="" if found.first is None else f"{found.first}{'Z' if found.utc else ''}",
        file_minutes=_usual_minutes(found),
        station=told.station,
        instruments=told.instruments,
        variables=told.columns,
        remarks=told.remarks,
    )


def _usual_minutes(found: "Inspection") -> float | None:
    if not found.rate:
        return None
    minutes = found.records / found.rate / 60.0
    near = min(_USUAL_MINUTES, key=lambda usual: abs(minutes / usual - 1.0))
    return float(near) if abs(minutes / near - 1.0) < _NEAR else None


def _print_notes(notes: list["ImportNote"]) -> None:
    """Print every key of the project, those to check first."""
    width = max(80, min(120, shutil.get_terminal_size((110, 24)).columns))
    for verdict in ("not supported", "near", "same"):
        chosen = [note for note in notes if note.verdict == verdict]
        tell(f"{verdict}: {len(chosen)}")
        for note in chosen:
            keys = ", ".join(key.partition(":")[2] for key in note.key.split(", "))
            value = f" = {note.value}" if note.value else ""
            text = f"{keys}{value}: {note.remark}"
            tell(textwrap.fill(text, width, initial_indent="  ", subsequent_indent="      "))
