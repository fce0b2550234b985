"""The command that goes from half hours to years."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fluxkit.cli.executors import ending_in_order
from fluxkit.cli.process import JsonLog, Out, Quiet, Workers, print_paths
from fluxkit.cli.progress import progress
from fluxkit.cli.telling import tell
from fluxkit.locations import location

if TYPE_CHECKING:
    from fluxkit.ecosystem.processing.course import Results

Source = Annotated[
    Path,
    typer.Argument(
        metavar="FILE|RESULTS|SITE.toml",
        parser=location,
        help="A half-hourly table, a results folder, or a station whose raw files become fluxes first.",
    ),
]
Latitude = Annotated[float | None, typer.Option(metavar="DEG", help="Where the file does not say it.")]
Longitude = Annotated[float | None, typer.Option(metavar="DEG", help="Where the file does not say it.")]
Offset = Annotated[
    float | None,
    typer.Option(
        "--utc-offset-h", metavar="HOURS", help="Local standard time minus UTC, if not in the file."
    ),
]
Code = Annotated[str | None, typer.Option("--site", metavar="CODE", help="Code of the site, such as DE-Tha.")]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", parser=location, help="Settings as TOML; every key is optional."
    ),
]


def ecosystem(
    source: Source,
    out: Out,
    latitude: Latitude = None,
    longitude: Longitude = None,
    utc_offset_h: Offset = None,
    site: Code = None,
    config: ConfigFile = None,
    workers: Workers = 0,
    json_log: JsonLog = False,
    quiet: Quiet = False,
) -> None:
    """Go from half hours to years: u* filter, gaps, partitioning, annual sums, the FLUXNET product."""
    from fluxkit.ecosystem.processing.run import run

    with ending_in_order(), progress(json_log=json_log, quiet=quiet, what="periods or steps") as shown:
        results = run(
            source,
            out,
            latitude=latitude,
            longitude=longitude,
            utc_offset_h=utc_offset_h,
            site=site,
            config=config,
            workers=workers or None,
            progress=shown,
        )
    if not quiet:
        print_sums(results)
        print_paths(results.paths)


def print_sums(results: "Results") -> None:
    """Print the sum of each year, and how much was said."""
    for row in results.annual:
        interval = f"{row['lower']:.0f} to {row['upper']:.0f}"
        tell(f"{row['year']} {row['variable']:8s}{row['value']:8.0f}  ({interval}) {row['unit']}")
    failed = [sentence for sentence in results.said if " could not be done: " in sentence]
    for sentence in failed:
        tell(sentence)
    if not results.annual and not any(sentence.startswith("annual sums") for sentence in failed):
        tell("no annual sum: there is no whole year of a flux that is summed")
    counts = {"doubt": len(results.doubts), "note": len(results.said)}
    words = [f"{n} {word}{'s'[: n != 1]}" for word, n in counts.items()]
    tell(f"{', '.join(words)}: see ecosystem.html")
