"""Commands that examine files and change nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fluxkit.cli.amounts import counted
from fluxkit.cli.process import Config, End, Start
from fluxkit.cli.table import print_table
from fluxkit.cli.telling import tell
from fluxkit.errors import FluxkitError, ReadError
from fluxkit.locations import location
from fluxkit.schema.slots import slots_of

if TYPE_CHECKING:
    from fluxkit.archive.planning.plan import ArchivePlan, Source
    from fluxkit.archive.table_doubts import Beside
    from fluxkit.examine.doubt import Doubt
    from fluxkit.raw.inspection import ColumnSummary, Inspection
    from fluxkit.raw.samples import Problem, Samples
    from fluxkit.site.models import Site
    from fluxkit.tower.periods import Periods

#: Problems that are printed; all of them are in quarantine.csv after a run.
_MOST = 10
#: Files that are read to find one that can be used: the first ones, then some of the whole archive.
_FIRST, _SPREAD = 10, 40


def inspect(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE...", parser=location, help="Raw files.")
    ] = None,
    known_as: Annotated[
        str | None,
        typer.Option("--format", metavar="NAME", help="Their format, if it cannot be recognised."),
    ] = None,
    instruments: Annotated[bool, typer.Option("--instruments", help="List the known instruments.")] = False,
) -> None:
    """Show what raw files of towers and chambers hold: format, columns, units, clock, ranges, problems."""
    if instruments:
        _tell_instruments()
    elif not files:
        raise typer.BadParameter("give at least one file, or --instruments")
    failed: FluxkitError | None = None
    for path in files or []:
        try:
            _tell_file(path, known_as)
        except ReadError as error:  # the other files may be well
            tell(f"fluxkit: {error}", err=True)
            failed = error
    if failed is not None:
        raise typer.Exit(3)


def _tell_file(path: Path, known_as: str | None) -> None:
    from fluxkit.raw.registry import identify, reader

    found = reader(known_as or identify(path))
    if found.of_analyser and not found.of_tower:
        from fluxkit.chamber.analysers.reading import look_at
        from fluxkit.cli.analyser import print_series

        series = look_at(path)
        print_series(series)
        _print_problems(series.problems)
        return
    from fluxkit.raw.inspection import inspect as look

    _tell_inspection(look(path, known_as))


def check(
    config: Config,
    start: Start = None,
    end: End = None,
    strict: Annotated[bool, typer.Option("--strict", help="End with 2 if anything is doubtful.")] = False,
    network: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="NETWORK",
            help="Check a CSV (the first argument) as ameriflux, fluxnet, europe or icos do at upload.",
        ),
    ] = None,
    latitude: Annotated[float | None, typer.Option(help="Of the site, with --for.")] = None,
    longitude: Annotated[float | None, typer.Option(help="Of the site, with --for.")] = None,
    utc_offset_h: Annotated[float | None, typer.Option(help="Of the file's clock, with --for.")] = None,
) -> None:
    """Check a configuration, find the files, read one and question it; process nothing."""
    if network is not None:
        _check_for(network, config, latitude, longitude, utc_offset_h)
        return
    from fluxkit.archive.file_doubts import assumed, doubts_before, doubts_of_sources, has_tables, one_each
    from fluxkit.archive.job import Job
    from fluxkit.archive.planning.plan import plan_archive

    job = Job.of(config, Path(), start, end)
    tell(f"{config}: valid. {job.site.station.id} {job.site.station.name}, preset {job.site.preset}")
    plan = plan_archive(job.site, job.base, start=job.start, end=job.end)
    _print_plan(plan, job.site)
    doubts = [*doubts_before(job, plan), *doubts_of_sources(job.site, plan)]
    tables = None
    if has_tables(job.site):
        # Loads xarray, which a file does without.
        from fluxkit.archive.table_doubts import doubts_of_plan, doubts_of_tables

        tables, found = doubts_of_tables(job)
        doubts += [*found, *doubts_of_plan(job.site, plan, tables)]
    stretches: dict[int, tuple[Site, list[Source]]] = {}
    for day in plan.days:
        stretches.setdefault(id(day.site), (day.site, []))[1].extend(day.sources)
    tried, usable = 0, False
    for site, sources in stretches.values():  # one file of each that is laid out in its own way
        number, read = _question_first(site, sources, plan, doubts, tables)
        tried, usable = tried + number, usable or read
    doubts += _question_further_sources(plan, job.site) if usable else []
    doubts = one_each(doubts)
    for doubt in doubts:
        tell(f"! {doubt.sentence}")
    if not usable:
        tell(f"fluxkit: none of {counted(tried, 'file')} that were read can be used", err=True)
        raise typer.Exit(3)
    for sentence in assumed(job.site):
        tell(sentence)
    if doubts and strict:
        tell("fluxkit: see the lines with ! above; nothing was processed", err=True)
        raise typer.Exit(2)
    words = f"see the {counted(len(doubts), 'doubt')} with ! above" if doubts else "no errors found"
    tell(f"{words}; nothing was processed. Next: fluxkit run {config} -o out")


def _check_for(
    network: str, path: Path, latitude: float | None, longitude: float | None, utc_offset_h: float | None
) -> None:
    """Tell what a network's checks would say of a file; ends with 2 where a column would be dropped."""
    from fluxkit.submissions.checking import check_file
    from fluxkit.submissions.finding import LEVELS
    from fluxkit.submissions.networks import NETWORKS

    if network not in NETWORKS:
        raise typer.BadParameter(f"--for: one of {', '.join(NETWORKS)}, not {network!r}")
    findings = check_file(
        path, latitude=latitude, longitude=longitude, utc_offset_h=utc_offset_h, network=network
    )
    for finding in findings:
        tell(f"{finding.level}: {finding.sentence}")
    rejected, errors, warnings = (sum(one.level == level for one in findings) for level in LEVELS)
    tell(f"{path.name}: {rejected} rejected, {errors} errors, {warnings} warnings")
    if rejected or errors:
        raise typer.Exit(2)


def _question_first(
    site: "Site",
    sources: Sequence["Source"],
    plan: "ArchivePlan",
    doubts: list["Doubt"],
    tables: "Beside | None",
) -> tuple[int, bool]:
    """Read the first file that can be read, and ask what is doubtful: files tried, whether one was read."""
    from fluxkit.archive.file_doubts import doubts_of_file, doubts_of_sampling
    from fluxkit.examine.doubt import Doubt
    from fluxkit.raw.reading import layout_of, read
    from fluxkit.site.checks.warnings import warnings

    number = 0
    for number, source in enumerate(_some(sources), start=1):
        try:
            samples = read(source.path, source.layout(layout_of(site)))
        except ReadError as error:
            if number <= _MOST:
                tell(f"cannot be used: {error}")
                doubts += doubts_of_sampling(source.path, site, plan)
            continue
        _print_samples(samples, source.path, site)
        doubts += doubts_of_file(samples, site)
        doubts += _question_by_day(site, sources, source)
        doubts += doubts_of_sampling(source.path, site, plan, samples.records)
        doubts += [Doubt("lost", sentence) for sentence in _suspicions(samples, site)]
        if tables is not None and tables.biomet is not None:
            from fluxkit.archive.table_doubts import doubts_of_file_beside

            doubts += doubts_of_file_beside(samples, site, tables.biomet)
        for warning in warnings(site):
            tell(f"! {warning}")
        return number, True
    return number, False


def _question_by_day(site: "Site", sources: Sequence["Source"], read_already: "Source") -> list["Doubt"]:
    """Ask a file that begins under a high sun what only such a one tells, silently."""
    from fluxkit.archive.file_doubts import doubts_by_day, first_by_day
    from fluxkit.raw.reading import layout_of, read

    chosen = _some(sources)
    k = first_by_day([source.start for source in chosen], site)
    if k is None or chosen[k].path == read_already.path or not {"co2", "h2o"} <= site.columns.keys():
        return []
    try:
        samples = read(chosen[k].path, chosen[k].layout(layout_of(site)))
    except ReadError:  # told by a run, with all others
        return []
    return list(doubts_by_day(samples, site))


def _some(sources: Sequence["Source"]) -> list["Source"]:
    """Return the first files and some of all others: reading each of a damaged archive would take hours."""
    files = list({source.path: source for source in sources}.values())
    first, others = files[:_FIRST], files[_FIRST:]
    return first + others[:: max(1, -(-len(others) // _SPREAD))]


def _suspicions(samples: "Samples", site: "Site") -> list[str]:
    """Return what the samples of one file show to be wrong; a run says the same of all."""
    import numpy as np

    from fluxkit.archive.suspicions import suspicions
    from fluxkit.tower.station_condenser import Condenser

    condenser = Condenser(site)
    size = min(samples.size, condenser.size)
    absent = {name: np.full(size, np.nan) for name in site.columns}  # in the files of another source
    data = absent | {name: values[:size] for name, values in samples.data.items()}
    return suspicions(condenser.condition(data)[1].tally, site)


def _question_further_sources(plan: "ArchivePlan", site: "Site") -> list["Doubt"]:
    """Print, for each further source, the first file that can be read, and return those without one."""
    from fluxkit.examine.doubt import Doubt
    from fluxkit.raw.reading import layout_of, read
    from fluxkit.site.tables import view

    doubts: list[Doubt] = []
    for source in site.sources:
        entries = (beside for day in plan.days for beside in day.beside if beside.id == source.id)
        files = {file.path: file for entry in entries for file in entry.sources}
        ahead = f", its clock {source.clock_offset_s:g} s ahead" if source.clock_offset_s else ""
        tell(f"source {source.id!r}: {len(files)} files, {source.rate:g} Hz{ahead}")
        for k, file in enumerate(_some(list(files.values())), start=1):
            path = file.path
            try:
                samples = read(path, layout_of(view(site, source.id)))
            except ReadError as error:
                if k <= _MOST:
                    tell(f"cannot be used: {error}")
                continue
            _print_samples(samples, path, site)
            break
        else:
            if files:
                words = (
                    f"none of {counted(len(_some(list(files.values()))), 'file')} that were read can be used"
                )
                doubts.append(Doubt("tables", f"sources.{source.id}: {words}: check its format and columns"))
    return doubts


def _print_plan(plan: "ArchivePlan", site: "Site") -> None:
    from fluxkit.tower.periods import Periods

    grid = Periods.of(site)
    first, last = grid.start(plan.days[0].periods[0]), grid.end(plan.days[-1].periods[-1])
    span = " to ".join(str(time.astype("M8[m]")) for time in (first, last))
    days = len({day.date for day in plan.days})
    tell(f"{plan.found} files, {span} UTC: {days} days, {plan.periods} averaging periods")
    if len({id(day.site) for day in plan.days}) == 1:
        site = plan.days[0].site
        tell(
            f"{site.raw.rate:g} Hz, periods of {site.condense.period:g} minutes "
            f"= {slots_of(site.condense.seconds, site.raw.rate)} samples"
        )
    else:
        _print_variants(plan, grid)
    for sentence in plan.layouts[:_MOST]:
        tell(f"! {sentence}")
    if len(plan.layouts) > _MOST:
        tell(f"! and {len(plan.layouts) - _MOST} more changes, see run.json after a run")
    _print_problems(plan.problems)


def _print_variants(plan: "ArchivePlan", grid: "Periods") -> None:
    from itertools import groupby

    rows = []
    for _, group in groupby(plan.days, key=lambda day: id(day.site)):
        days = list(group)
        site, begin, end = days[0].site, grid.start(days[0].periods[0]), grid.end(days[-1].periods[-1])
        files = len({source.path for day in days for source in day.sources})
        span = [str(time.astype("M8[m]")) for time in (begin, end)]
        models = ", ".join(instrument.model for instrument in site.instruments)
        rows.append(
            [*span, str(files), site.raw.format, f"{site.raw.rate:g} Hz", " ".join(site.gases), models]
        )
    print_table(("from (UTC)", "to", "files", "format", "rate", "gases", "instruments"), rows)
    for sentence in plan.layouts[:_MOST]:
        tell(f"! {sentence}")
    if len(plan.layouts) > _MOST:
        tell(f"! and {len(plan.layouts) - _MOST} more changes, see run.json after a run")


def _print_samples(samples: "Samples", path: Path, site: "Site") -> None:
    """Print ranges in the unit of each column, after gain and offset, and the mean in SI beside them."""
    import numpy as np

    from fluxkit.schema.units import to_si

    tell(f"{path}: {samples.records} records from {samples.start.astype('M8[ms]')} UTC")
    rows = []
    for name, values in samples.data.items():
        column, good = site.columns[name], values[~np.isnan(values)]
        scale, shift = to_si(column.unit, site.gas_facts(name).molar_mass if name in site.gases else None)
        found = [good.min(), good.mean(), good.max()] if good.size else []
        ranges = [f"{(x - shift) / scale:.6g}" for x in found] or ["", "", ""]
        missing = f"{100 * (1 - good.size / values.size):.1f} %"
        si = f"{found[1]:.6g}" if found else ""
        rows.append([name, str(column.column), missing, *ranges, column.unit, si, _si_unit(column.unit)])
    print_table(("variable", "column", "missing", "min", "mean", "max", "unit", "mean (SI)", "SI"), rows)
    _print_problems(samples.problems)


def _si_unit(unit: str) -> str:
    """Return the unit that a column has in SI; masses of gases count in moles."""
    from fluxkit.schema.units import UNITS, parse

    dimension = parse(unit).dimension.replace("mass_density", "molar_density")
    same = (name for name, each in UNITS.items() if each.dimension == dimension and each[1:] == (1.0, 0.0))
    return next(same, "1")


def _tell_inspection(found: "Inspection") -> None:
    tell(f"{found.path}: {found.format}, {found.records} records, {found.size} bytes unpacked")
    records = f"delimiter {found.delimiter!r}" if found.delimiter else "binary records"
    named = bool(found.names_row) or any(c.name for c in found.columns)
    names = f", names in line {found.names_row}" if found.names_row else ", named" if named else ", no names"
    tell(f"{records}, {found.header_rows} header lines{names}")
    rate = "no stamps: the rate is not told" if found.rate is None else f"{found.rate:g} Hz"
    end = "" if found.last is None else f" to {found.last}"
    clock = "" if found.first is None else f", from {found.first}{end} {'UTC' if found.utc else 'as written'}"
    gaps = (
        ""
        if found.gaps is None
        else f", {found.lost} records lost in {found.gaps} gaps, {found.repeated} repeated"
    )
    tell(rate + clock + gaps)
    if found.time_parts not in ((), ("stamp",)):
        columns = zip(found.time_columns, found.time_parts, strict=True)
        tell(f"time from {', '.join(f'column {k} ({part})' for k, part in columns)}")
    if found.missing_codes:
        tell(f"probably mean 'no value': {', '.join(found.missing_codes)}")
    rows = []
    for c in found.columns:
        ranges = [f"{x:.6g}" for x in (c.minimum, c.mean, c.maximum)] if c.kind == "number" else ["", "", ""]
        remark = "constant" if c.kind == "number" and c.constant else ""
        missing = f"{100 * c.missing:.1f} %"
        rows.append([str(c.position), c.name, c.kind, missing, *ranges, c.unit, *_in_si(c), remark])
    head = ("", "name", "kind", "missing", "min", "mean", "max", "unit", "mean (SI)", "SI", "")
    print_table(head, rows)
    _print_problems(found.problems)


def _in_si(column: "ColumnSummary") -> tuple[str, str]:
    """Return the mean of a column in SI and its unit, where the header's unit is known."""
    from fluxkit.schema import gases
    from fluxkit.schema.units import parse, to_si
    from fluxkit.site.column_names import recognise

    try:
        dimension = parse(column.unit).dimension
    except ValueError:
        return "", ""
    if not column.unit.strip() or column.mean != column.mean:  # NaN
        return "", ""
    known = recognise(column.name, column.unit)
    gas = known.variable if known is not None and gases.is_known_gas(known.variable) else ""
    if dimension == "mass_density" and not gas:
        return "", ""
    scale, shift = to_si(column.unit, gases.gas(gas).molar_mass if gas else None)
    return f"{scale * column.mean + shift:.6g}", _si_unit(column.unit)


def _tell_instruments() -> None:
    from fluxkit.site.sections.instruments import GENERIC, known_instruments, response_words

    rows = [
        [kind, model, str(entry.get("label", "")), response_words(model, entry)]
        for kind, models in known_instruments().items()
        for model, entry in models.items()
    ]
    rows += [
        [kind, model, "give its path lengths and response time", ""]
        for kind in GENERIC
        for model in GENERIC[kind]
    ]
    print_table(("kind", "model", "instrument", "response"), rows)


def _print_problems(problems: Sequence["Problem"]) -> None:
    for problem in problems[:_MOST]:
        line = "" if problem.line is None else f":{problem.line}"
        tell(f"! {problem.path}{line}: {problem.reason}")
    if len(problems) > _MOST:
        tell(f"! and {len(problems) - _MOST} more")
