"""The command that puts years and stations side by side."""

from pathlib import Path
from typing import Annotated

import typer

from fluxkit.cli.process import Quiet
from fluxkit.cli.telling import tell
from fluxkit.locations import location

Sources = Annotated[
    list[Path],
    typer.Argument(
        metavar="RESULTS...",
        parser=location,
        help="Results folders, their netCDF or that of `fluxkit ecosystem`, products, half-hourly tables.",
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="FILE|DIR", parser=location, help="The page, or a folder for atlas.html."
    ),
]
Variables = Annotated[
    list[str] | None,
    typer.Option(
        "--variable", metavar="NAME", help="What is shown, several times for several; by default eight."
    ),
]


def atlas(
    sources: Sources, out: Out = Path("atlas.html"), variables: Variables = None, quiet: Quiet = False
) -> None:
    """Put years and stations side by side on one page: months, normals, trends, fingerprints, courses."""
    from fluxkit.atlas.page import atlas as write

    path = write(sources, out, variables=variables or ())
    if not quiet:
        tell(f"{path}")
