"""The command that writes results for others: the CSV of a run, uploads, input of other programs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from fluxkit.cli.process import Config, Out, Quiet, print_paths
from fluxkit.cli.telling import tell

Place = Annotated[float | None, typer.Option(help="Of the site, where the source does not say it.")]
Raster = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Raster: how a footprint represents its surroundings.")
]


def export(
    config: Config,
    out: Out = Path("out"),
    network: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="NETWORK",
            help="Write a file for upload: ameriflux, fluxnet, europe or icos. The first argument is then a "
            "results folder, its netCDF, or a table of half hours.",
        ),
    ] = None,
    as_format: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="FORMAT",
            help="Write what another program reads: reddyproc, oneflux, eddypro, parquet, zarr, geotiff or "
            "geopackage (the first argument as with --for); of a configuration: bif or icos-raw.",
        ),
    ] = None,
    site: Annotated[
        str | None, typer.Option("--site", metavar="CODE", help="The network's code of the site (US-Xyz).")
    ] = None,
    positions: Annotated[
        list[str] | None,
        typer.Option("--position", metavar="NAME=H_V_R", help="Where a variable is measured, as TS=1_2_1."),
    ] = None,
    latitude: Place = None,
    longitude: Place = None,
    utc_offset_h: Place = None,
    height: Annotated[
        float | None, typer.Option(metavar="M", help="Of the sonic above ground, for oneflux.")
    ] = None,
    land_cover: Raster = None,
    vegetation: Raster = None,
    logger: Annotated[int, typer.Option(metavar="NN", help="Number of the logger, for icos-raw.")] = 1,
    file: Annotated[int, typer.Option(metavar="NN", help="Number of the file, for icos-raw.")] = 1,
    quiet: Quiet = False,
) -> None:
    """Write the CSV of the fluxes in a results folder, or what a network (--for) or program (--as) takes."""
    if network is not None and as_format is not None:
        raise typer.BadParameter("--for and --as: one at a time; --for checks the rules of a network as well")
    if network is not None:
        place = {"latitude": latitude, "longitude": longitude, "utc_offset_h": utc_offset_h}
        with _told():
            _export_for(network, config, out, site, positions or [], place, quiet=quiet)
        return
    if as_format is not None:
        given = (
            *(site, latitude, longitude, utc_offset_h, height, land_cover, vegetation),
            (logger, file),
        )
        with _told():
            _export_as(as_format, config, out, given, quiet=quiet)
        return
    from fluxkit.archive.folder.lock import locked
    from fluxkit.archive.job import Job
    from fluxkit.archive.run import export_archive

    job = Job.of(config, out)
    with locked(job.out):
        paths = export_archive(job)
    if not quiet:
        print_paths(paths)


@contextmanager
def _told() -> Iterator[None]:
    """End with 2, as for any wrong usage, where what was asked for cannot be written."""
    from fluxkit.exchange.columns import ExchangeError
    from fluxkit.submissions.tables import SubmissionError

    try:
        yield
    except (ExchangeError, SubmissionError) as error:
        tell(f"fluxkit: {error}", err=True)
        raise typer.Exit(2) from error


def _export_as(name: str, source: Path, out: Path, given: tuple[Any, ...], *, quiet: bool) -> None:
    """Write what another program reads, and tell what it lacks."""
    from fluxkit.exchange.formats import FORMATS, Asked, named, write_as

    if name not in FORMATS:
        raise typer.BadParameter(f"--as: one of {named()}, not {name!r}")
    done = write_as(name, Asked(source, out, *given))
    if quiet:
        return
    for path in done.paths:
        tell(f"{path}")
    for sentence in done.said:
        tell(f"  {sentence}")


def _export_for(
    network: str,
    source: Path,
    out: Path,
    site: str | None,
    positions: list[str],
    place: dict[str, float | None],
    *,
    quiet: bool,
) -> None:
    """Write a file for upload, and tell what is left out and what the network would say."""
    from fluxkit.submissions.checking import check_file
    from fluxkit.submissions.networks import NETWORKS
    from fluxkit.submissions.sources import half_hours
    from fluxkit.submissions.tables import write_submission

    if network not in NETWORKS:
        raise typer.BadParameter(f"--for: one of {', '.join(NETWORKS)}, not {network!r}")
    placed = {}
    for position in positions:
        name, _, where = position.partition("=")
        if not where:
            raise typer.BadParameter(f"--position {position}: write NAME=H_V_R, such as TS=1_2_1")
        placed[name] = where
    ds = half_hours(source, site, **place)
    offset = float(ds.attrs["utc_offset_h"])
    path, left_out = write_submission(
        ds, out, site=site or str(ds.attrs["site"]), utc_offset_h=offset, positions=placed, network=network
    )
    if quiet:
        return
    tell(f"{path}")
    if left_out:
        some = ", ".join(list(left_out)[:5])
        more = " ..." if len(left_out) > 5 else ""
        tell(f"  left out: {len(left_out)} variables that the standard has no name for ({some}{more})")
    if NETWORKS[network].says:
        tell(f"  note: {NETWORKS[network].says}")
    for note in str(ds.attrs.get("notes", "")).splitlines():
        tell(f"  note: {note}")
    findings = check_file(
        path,
        latitude=ds.attrs.get("latitude"),
        longitude=ds.attrs.get("longitude"),
        utc_offset_h=offset,
        network=network,
    )
    for finding in findings:
        tell(f"  {finding.level}: {finding.sentence}")
