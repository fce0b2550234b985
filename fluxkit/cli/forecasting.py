"""What a run would do, as text or as JSON."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from fluxkit.cli.amounts import counted, listed, size
from fluxkit.cli.progress import progress
from fluxkit.cli.telling import json_text, tell

if TYPE_CHECKING:
    from fluxkit.archive.forecast.forecast import Forecast
    from fluxkit.archive.job import Job
    from fluxkit.archive.shards import Shard

#: Files that would be left out, of which the reason is told; changes of layout alike.
_MOST = 10


def print_forecast(
    job: "Job", workers: int | None, *, as_json: bool = False, shard: "Shard | None" = None
) -> None:
    """Print what a run would do; nothing is written."""
    from fluxkit.archive.forecast.forecast import forecast

    with progress(quiet=True):  # what is left out is told below
        found = forecast(job, workers, shard=shard)
    if as_json:
        typer.echo(json_text(found.to_json(), 2))
        return
    print_work(found)
    _tell_cost(found)
    _tell_size(found, job.out)
    tell("nothing was written")


def print_work(found: "Forecast") -> None:
    """Print files, days, gaps and the files that are left out."""
    tell(f"{counted(found.files, 'file')}, {size(found.bytes)}, {found.start} to {found.end}")
    reasons = f" ({listed(found.reasons)})" if found.reasons else ""
    periods = f"; {counted(found.periods, 'averaging period')} to condense" if found.todo else ""
    tell(f"{counted(found.days, 'day')}: {found.done} done, {found.todo} to do{reasons}{periods}")
    if found.gap_count:
        from fluxkit.archive.times import in_words

        longest = ", the longest:" if found.gap_count > len(found.gaps) else ":"
        gaps = counted(found.gap_count, "stretch", "es")
        tell(f"{gaps} without files, {in_words(found.gap_seconds)} in all{longest}")
        for gap in found.gaps:
            tell(f"  {gap}")
    for sentence in found.layouts[:_MOST]:
        tell(f"layout: {sentence}")
    if len(found.layouts) > _MOST:
        tell(f"layout: and {len(found.layouts) - _MOST} more changes")
    if found.left_out:
        tell(f"{counted(len(found.left_out), 'file')} would be left out:")
        for problem in found.left_out[:_MOST]:
            tell(f"! {problem.path}: {problem.reason}")
        if len(found.left_out) > _MOST:
            tell(f"! and {len(found.left_out) - _MOST} more")


def _tell_cost(found: "Forecast") -> None:
    from fluxkit.archive.times import in_words

    if not found.todo:
        tell("nothing to condense: only fluxes and results remain to be written")
        return
    if found.cost is None or found.seconds is None:
        tell("no estimate of the time: none of five files of typical size could be used")
        return
    tell(
        f"condensing takes about {in_words(found.seconds)} with {counted(found.workers, 'process', 'es')}: "
        f"measured on {counted(found.cost.periods, 'period')} from {found.cost.file} on, warm "
        f"({1000 * found.seconds * found.workers / found.periods:.0f} ms a period); "
        "computing fluxes and writing results take additional time"
    )


def _tell_size(found: "Forecast", out: Path) -> None:
    if found.moments_bytes is not None:
        fluxes = f", fluxes and CSV up to {size(found.products_bytes)}" if found.products_bytes else ""
        tell(f"moments of about {size(found.moments_bytes)}{fluxes}, from the same measurement")
    if found.free is not None:
        tell(f"{size(found.free)} free where {out} is")
    if not found.fits:
        tell(f"! that does not fit: free some space, or use another results folder than {out}")
