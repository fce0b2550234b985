"""The command that maps the source area of the fluxes."""

from typing import Annotated, Literal

import typer

from fluxkit.cli.process import Config, End, Out, Quiet, Start, print_paths
from fluxkit.cli.telling import tell

When = Annotated[
    Literal["all", "day", "night"],
    typer.Option(help="Periods to use: all, day or night (by the sun's height)."),
]
Model = Annotated[
    Literal["kljun-2015", "kormann-meixner-2001", "hsieh-2000"] | None,
    typer.Option(help="Footprint model; default: decide.footprint, if that model is two-dimensional."),
]
Extent = Annotated[
    float | None,
    typer.Option(min=1.0, metavar="M", help="Half the width of the map, from the tower, in metres."),
]
Resolution = Annotated[
    float | None, typer.Option(min=0.1, metavar="M", help="Cell size of the map, in metres.")
]


def footprint(
    config: Config,
    out: Out,
    start: Start = None,
    end: End = None,
    when: When = "all",
    model: Model = None,
    extent: Extent = None,
    resolution: Resolution = None,
    quiet: Quiet = False,
) -> None:
    """Map where the fluxes in a results folder come from: mean footprint and source areas."""
    from fluxkit.archive.folder.lock import locked
    from fluxkit.archive.footprints import map_footprints
    from fluxkit.archive.job import Job

    job = Job.of(config, out, start, end)
    with locked(job.out):
        found, paths = map_footprints(job, when=when, model=model, extent=extent, resolution=resolution)
    if quiet:
        return
    for share, area in zip(found["contour_share"].values, found["source_area"].values, strict=True):
        tell(f"{100 * share:3.0f} % of the flux from {area / 1e4:.3g} ha")
    about = found.attrs
    tell(
        f"{about['model']}: {about['periods_used']} footprints, {about['periods_without_footprint']} periods "
        f"without; {100 * about['share_outside_grid']:.1f} % of the flux from outside the map"
    )
    if "comment" in about:
        tell(about["comment"])
    print_paths(paths)
