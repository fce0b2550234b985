"""The command that shows the state of a results folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fluxkit.cli.amounts import counted, size
from fluxkit.cli.forecasting import print_work
from fluxkit.cli.progress import progress
from fluxkit.cli.telling import json_text, tell
from fluxkit.errors import NoInputError
from fluxkit.locations import location

if TYPE_CHECKING:
    from fluxkit.archive.job import Job
    from fluxkit.archive.status import Reason, Status

#: Entries of a list that are printed.
_MOST = 10

Folder = Annotated[Path, typer.Argument(metavar="DIR", parser=location, help="Results folder.")]
With = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="SITE.toml",
        parser=location,
        help="Also show what the next run would do, and why.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


def status(folder: Folder, config: With = None, as_json: Json = False) -> None:
    """Show what is done, missing, damaged and not used in a results folder."""
    from fluxkit.archive.status import status as look

    with progress(quiet=True):  # what is wrong is told below
        found = look(folder, None if config is None else _job(config, folder))
    if as_json:
        typer.echo(json_text(found.to_json(), 2))
    else:
        _tell(found)
    if not found.days and not found.products:
        raise NoInputError(f"{folder}: no moments and no results yet")


def _job(config: Path, folder: Path) -> "Job":
    from fluxkit.archive.job import Job

    return Job.of(config, folder)


def _tell(found: "Status") -> None:
    _tell_days(found)
    _tell_files(found)
    _tell_faults(found)
    _tell_products(found)
    if found.todo is not None:
        tell("to do:")
        print_work(found.todo)
    elif found.days:
        tell(f"to see what the next run would do: fluxkit status {found.folder} --config SITE.toml")


def _tell_days(found: "Status") -> None:
    states = {True: "a run works in it now", False: "no run works in it"}
    state = "whether a run works in it cannot be told" if found.running is None else states[found.running]
    tell(f"{found.folder}: {state}")
    if not found.days:
        tell("no moments yet")
        return
    tell(
        f"{counted(found.days, 'day')} with moments, {found.start} to {found.end}: "
        f"{found.filled} of {found.periods} averaging periods have data, "
        f"{found.rejected} with no flux, or not all of them"
    )
    if found.missing:
        spans = [first if first == last else f"{first} to {last}" for first, last in found.missing]
        tell(f"{counted(found.missing_days, 'day')} without moments between: {_first(spans)}")


def _tell_files(found: "Status") -> None:
    if any(found.files.values()):
        tell(f"files: {', '.join(f'{number} {state}' for state, number in found.files.items())}")
    _tell_reasons("not used, or not whole", found.reasons)
    _tell_reasons("periods", found.rejections)
    if (found.reasons or found.rejections) and found.listed:
        tell(f"complete list: {found.listed}")


def _tell_reasons(what: str, reasons: "Sequence[Reason]") -> None:
    if reasons:
        tell(f"{what}:")
    for entry in reasons:
        tell(f"{entry.count:8d}  {entry.reason}")


def _tell_faults(found: "Status") -> None:
    if found.bugs:
        days = counted(len(found.bugs), "day")
        tell(f"! {days} lost because of a bug in fluxkit, see run.json: {_first(found.bugs)}")
    for fault in found.altered[:_MOST]:
        tell(f"! {fault}")
    if len(found.altered) > _MOST:
        tell(f"! and {len(found.altered) - _MOST} more damaged files of moments")
    if found.altered:
        tell("  the next run will make these again")
    if found.unfinished:
        whose = (
            "of the run at work" if found.running else "of a run that was killed, the next one removes them"
        )
        tell(f"{counted(len(found.unfinished), 'unfinished file')}: {whose}")


def _tell_products(found: "Status") -> None:
    tell(f"on disk: moments {size(found.moments_bytes)}, results {size(found.products_bytes)}")
    for product in found.products:
        old = "  ! older than the newest moments" if product.old else ""
        tell(f"{size(product.bytes):>10}  {product.path}{old}")


def _first(entries: Sequence[str]) -> str:
    more = f" and {len(entries) - _MOST} more" if len(entries) > _MOST else ""
    return ", ".join(entries[:_MOST]) + more
