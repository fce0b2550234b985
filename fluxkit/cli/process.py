"""Commands that compute fluxes: all at once, or step by step."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fluxkit.cli.executors import Scheduler, ShardOption, client_of, ending_in_order
from fluxkit.cli.forecasting import print_forecast
from fluxkit.cli.progress import progress
from fluxkit.cli.telling import tell
from fluxkit.locations import location

if TYPE_CHECKING:
    import xarray as xr

    from fluxkit.archive.record import RunRecord

# A path would lose a slash of an address such as s3://bucket/results.
Config = Annotated[
    Path, typer.Argument(metavar="SITE.toml", parser=location, help="Configuration of the station.")
]
Out = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="DIR", parser=location, help="Results folder, created if missing."),
]
Start = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help="First period to process, such as 2024-07-01 or 2024-07-01T12:00, UTC."
    ),
]
End = Annotated[
    str | None, typer.Option(metavar="TIME", help="Process only periods that end by this time, UTC.")
]
Workers = Annotated[
    int,
    typer.Option(
        min=0, metavar="N", help="Worker processes; 0 = choose automatically. Results do not depend on it."
    ),
]
JsonLog = Annotated[bool, typer.Option("--json-log", help="Log as JSON, one object per line.")]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Only print what would be done, how long it would take and the size of the results."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="With --dry-run: print the answer as JSON.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Decide otherwise than the configuration does: rotation=triple, time_lag.search.co2=[0,2]. "
        "Several times for several keys of [decide].",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only print errors.")]


def run(
    config: Config,
    out: Out,
    start: Start = None,
    end: End = None,
    workers: Workers = 0,
    scheduler: Scheduler = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    json_log: JsonLog = False,
    quiet: Quiet = False,
) -> None:
    """Process raw files to fluxes: condense, decide, export and report."""
    from fluxkit.archive.job import Job
    from fluxkit.archive.run import run as run_archive

    if _is_dry(dry_run, as_json):
        print_forecast(Job.of(config, out, start, end), workers or None, as_json=as_json)
        return
    with (
        ending_in_order(),
        client_of(scheduler) as client,
        progress(json_log=json_log, quiet=quiet) as shown,
    ):
        results = run_archive(
            config, out, start=start, end=end, workers=workers or None, client=client, progress=shown
        )
    if not quiet:
        print_fluxes(results.fluxes)
        tell(f"not used, or not all of it: {len(results.problems)} entries in {results.paths['quarantine']}")
        print_paths(results.paths)
    end_with(results.bugs)


def condense(
    config: Config,
    out: Out,
    start: Start = None,
    end: End = None,
    workers: Workers = 0,
    scheduler: Scheduler = None,
    shard: ShardOption = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    json_log: JsonLog = False,
    quiet: Quiet = False,
) -> None:
    """Read raw files and write the moments of each day."""
    from fluxkit.archive.folder.lock import locked
    from fluxkit.archive.job import Job
    from fluxkit.archive.run import condense_archive
    from fluxkit.archive.shards import Shard

    job = Job.of(config, out, start, end)
    share = None if shard is None else Shard.of(shard)
    if _is_dry(dry_run, as_json):
        print_forecast(job, workers or None, as_json=as_json, shard=share)
        return
    with (
        ending_in_order(),
        locked(job.out, share),
        client_of(scheduler) as client,
        progress(json_log=json_log, quiet=quiet) as shown,
    ):
        record = condense_archive(job, workers=workers or None, client=client, progress=shown, shard=share)
    if not quiet:
        _print_record(record)
        after = "" if share is None else f", when all {share.count} shards are done"
        tell(f"next: fluxkit decide {config} -o {out}{after}")
    end_with(record.bugs)


def decide(
    config: Config,
    out: Out,
    start: Start = None,
    end: End = None,
    settings: Settings = None,
    quiet: Quiet = False,
) -> None:
    """Compute fluxes from the moments in a results folder, and write all results anew."""
    from fluxkit.archive.folder.lock import locked
    from fluxkit.archive.job import Job
    from fluxkit.archive.record import RunRecord
    from fluxkit.archive.run import results_of

    job = Job.of(config, out, start, end)
    if settings:
        job = replace(job, site=job.site.with_decisions(dict(map(_setting, settings))))
    with ending_in_order(), locked(job.out), progress(quiet=quiet):
        results = results_of(RunRecord.read(job))
    if not quiet:
        print_fluxes(results.fluxes)
        print_paths(results.paths)


def _setting(text: str) -> tuple[str, Any]:
    """Return key and value of ``KEY=VALUE``; the value is TOML, or a word."""
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise typer.BadParameter(f"{text!r}: give KEY=VALUE, such as rotation=triple", param_hint="--set")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:  # a word without quotes
        return key.strip(), value.strip()


def report(config: Config, out: Out, quiet: Quiet = False) -> None:
    """Write the report on the fluxes in a results folder."""
    from fluxkit.archive.folder.lock import locked
    from fluxkit.archive.job import Job
    from fluxkit.archive.run import report_archive

    job = Job.of(config, out)
    with locked(job.out):
        paths = report_archive(job)
    if not quiet:
        print_paths(paths)


def print_fluxes(fluxes: "xr.Dataset") -> None:
    """Print how many periods have each of the main fluxes."""
    from fluxkit.schema.variables import further_gases, gas_fluxes

    others = [name for name in gas_fluxes(further_gases(fluxes.variables)) if name not in ("FC", "FH2O")]
    names = [name for name in ("NEE", "FC", "LE", "H", *others) if name in fluxes]
    found = ", ".join(f"{int(fluxes[name].notnull().sum())} with {name}" for name in names)
    tell(f"{fluxes.sizes['time']} averaging periods: {found}")


def print_paths(paths: dict[str, Path]) -> None:
    """Print the files that were written."""
    for name, path in paths.items():
        tell(f"{name:>10}  {path}")


def end_with(bugs: int) -> None:
    """End with exit code 1 when days were lost through faults of the program."""
    if bugs:
        tell(f"fluxkit: {bugs} days were lost because of a bug in fluxkit, see run.json", err=True)
        raise typer.Exit(1)


def _is_dry(dry_run: bool, as_json: bool) -> bool:
    if as_json and not dry_run:
        raise typer.BadParameter("--json needs --dry-run")
    return dry_run


def _print_record(record: "RunRecord") -> None:
    counts = record.counts()
    files = ", ".join(f"{number} {status}" for status, number in counts["files"].items())
    tell(f"files: {files}")
    tell(f"{counts['periods_with_data']} of {counts['periods']} averaging periods have data")
