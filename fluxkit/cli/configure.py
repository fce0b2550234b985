"""Commands that write configurations."""

import json
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fluxkit.cli.telling import tell
from fluxkit.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fluxkit.cli.questions import Question
    from fluxkit.site.column_names import Recognised
    from fluxkit.site.eddypro import ImportNote
    from fluxkit.site.toml.biomet_template import BiometFacts
    from fluxkit.site.toml.template import TemplateFacts

SiteFile = Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Configuration to write.")]
Named = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Use this file instead of the one named in the project."),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite it if it exists.")]


def init(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Example files to begin from: raw files, another logger's, a table of slow "
            "measurements; with --chamber an analyser's file, and the field sheet (CSV).",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Configuration to write; default: site.toml."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="What no file tells, e.g. station.latitude=60.59, sonic.height=440cm.",
        ),
    ] = None,
    ask: Annotated[
        bool | None,
        typer.Option("--ask/--no-ask", help="Ask for what no file tells; by default on a terminal."),
    ] = None,
    force: Force = False,
    chamber: Annotated[
        bool, typer.Option("--chamber", help="For closed chambers instead of a tower: plots.toml.")
    ] = False,
) -> None:
    """Write a commented configuration, with what can be learnt from example files filled in."""
    if chamber:
        _init_chamber(out or Path("plots.toml"), force, files or [])
        return
    from fluxkit.cli.example_files import facts_of, with_answers
    from fluxkit.cli.questions import ask as ask_all
    from fluxkit.cli.questions import given
    from fluxkit.site.toml.template import FILL, TemplateFacts, site_template

    out = out or Path("site.toml")
    _require_new(out, force)
    why: list[str] = []
    facts = TemplateFacts(file="raw/*.dat", format="toa5", columns=(), has_stamps=True)
    if files:
        facts, why = facts_of(files, out.parent)
    questions = _questions(facts)
    answers = given(settings or [], questions)
    if ask if ask is not None else sys.stdin.isatty() and sys.stdout.isatty():
        answers |= ask_all(question for question in questions if question.key not in answers)
    text = site_template(with_answers(facts, answers))  # whose first lines explain the mark
    _write_new(out, text, force)
    for sentence in why:
        tell(f"guessed: {sentence}")
    tell(f"{out}: {text.count(FILL) - 1} times {FILL} to complete; then: fluxkit check {out}")


def _questions(facts: "TemplateFacts") -> list["Question"]:
    """Return what is to be asked beside what files tell."""
    from fluxkit.cli.questions import Question, degrees, flow, hours, length, number, one_of, text
    from fluxkit.schema import gases
    from fluxkit.site.sections import instruments
    from fluxkit.site.toml.template import assigned

    each = [
        Question("station.id", "Code of the station (letters, digits, - and _)", text),
        Question("station.latitude", "Latitude, degrees north (60.59 or 60 35 24 N)", degrees),
        Question("station.longitude", "Longitude, degrees east (7.53, 7 31 48 E, 120 57 W)", degrees),
        Question("station.altitude", "Altitude above sea level", length),
        Question("station.utc_offset_h", "Local standard time minus UTC, hours (1, UTC+5:45)", hours),
        Question("station.canopy_height", "Height of the canopy", length, "0.1"),
        Question(
            "raw.utc_offset_h", "Clock of the files minus UTC, hours, if it is not standard time", hours
        ),
    ]
    each = [question for question in each if question.key.partition(".")[2] not in facts.station]
    if facts.instruments:  # from the file's metadata
        return each
    each += [
        Question("sonic.model", "Sonic anemometer", one_of(instruments.models("sonic")), "csat3"),
        Question("sonic.height", "Height of the sonic above ground", length),
        Question("sonic.north_offset", "Azimuth of the sonic, degrees from north", number, "0"),
    ]
    found: dict[str, Recognised] = {}
    for source in (facts, *facts.sources.values()):
        found = assigned(source) | found
    if any(gases.is_known_gas(name) for name in found):
        each += [
            Question("irga.model", "Gas analyser", one_of(instruments.models("gas_analyser")), "li-7200"),
            Question("irga.northward_separation", "Analyser north of the sonic by", length, "0"),
            Question("irga.eastward_separation", "Analyser east of the sonic by", length, "0"),
            Question("irga.tube_length", "Closed path: length of the tube", length),
            Question("irga.tube_diameter", "Closed path: inner diameter of the tube (5.3 mm)", length),
            Question("irga.tube_flow", "Closed path: flow (15 l/min)", flow),
        ]
    return [*each, *_questions_of_columns(found), *_questions_of_biomet(facts.biomet)]


def _questions_of_columns(found: "Mapping[str, Recognised]") -> "Iterator[Question]":
    """Yield what names and header do not tell of columns that are known."""
    from fluxkit.cli.questions import Question, one_of, unit
    from fluxkit.schema import gases
    from fluxkit.site.column_names import dimensions, fraction

    kinds = one_of(("mixing_ratio", "mole_fraction"))
    for name, known in found.items():
        if known.unit is None:
            yield Question(f"columns.{name}.unit", f"Unit of {known.column}", unit(dimensions(name)))
        elif gases.is_known_gas(name) and fraction(known.unit) and known.quantity is None:
            words = f"Is {known.column} a mixing_ratio (of dry air) or a mole_fraction"
            yield Question(f"columns.{name}.quantity", words, kinds)


def _questions_of_biomet(biomet: "BiometFacts | None") -> "Iterator[Question]":
    """Yield what a table of slow measurements does not tell."""
    from fluxkit.cli.questions import Question, one_of, unit
    from fluxkit.site.sections.biomet import BIOMET_VARIABLES
    from fluxkit.site.toml.biomet_template import biomet_columns

    if biomet is None:
        return
    if not biomet.stamped_at_end:
        words = f"Slow table: does a stamp mark the start, middle or end of its {biomet.interval_s:g} s"
        yield Question("biomet.time_is", words, one_of(("start", "middle", "end")))
    for name, (column, known) in biomet_columns(biomet).items():
        if known is None:
            yield Question(f"biomet.{name}.unit", f"Unit of {column}", unit([BIOMET_VARIABLES[name][0]]))


def _require_new(path: Path, force: bool) -> None:
    if path.exists() and not force:
        raise ConfigError(str(path), ["already exists; give another name, or use --force to overwrite it"])


def _init_chamber(out: Path, force: bool, files: "Sequence[Path]") -> None:
    from fluxkit.chamber.campaign.template import plots_template
    from fluxkit.cli.campaign_files import template_of
    from fluxkit.site.toml.template import FILL

    _require_new(out, force)
    text, why = template_of(files, out) if files else (plots_template(out.name), [])
    _write_new(out, text, force)
    for sentence in why:
        tell(sentence)
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
    notes = grouped(imported.notes)
    beside = out.with_suffix(".import.txt")
    _write_new(out, dump(imported.site), force)
    _write_new(beside, _notes_text(notes, ("not supported", "near", "same"), 110) + "\n", force=True)
    width = max(80, min(120, shutil.get_terminal_size((110, 24)).columns))
    tell(_notes_text(notes, ("not supported", "near"), width))
    same = sum(note.verdict == "same" for note in notes)
    tell(f"same: {same}; every key of the project with what became of it: {beside}")
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

    _require_new(path, force)
    try:
        write_text(path, text)
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be written: {error.strerror or error}"]) from error


def _notes_text(notes: list["ImportNote"], verdicts: tuple[str, ...], width: int) -> str:
    """Return the keys of a project that have some verdicts, those to check first."""
    lines = []
    for verdict in verdicts:
        chosen = [note for note in notes if note.verdict == verdict]
        lines.append(f"{verdict}: {len(chosen)}")
        for note in chosen:
            keys = ", ".join(key.partition(":")[2] for key in note.key.split(", "))
            value = f" = {note.value}" if note.value else ""
            text = f"{keys}{value}: {note.remark}"
            lines.append(textwrap.fill(text, width, initial_indent="  ", subsequent_indent="      "))
    return "\n".join(lines)
