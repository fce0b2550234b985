"""The command that decides otherwise, in a browser."""

from pathlib import Path
from typing import Annotated

import typer

from fluxkit.cli.telling import tell
from fluxkit.locations import location

Folder = Annotated[Path, typer.Argument(metavar="DIR", parser=location, help="Results folder with moments.")]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="SITE.toml",
        parser=location,
        help="Configuration; by default the one that made the results, if it is in DIR, above it or here.",
    ),
]


def explore(
    folder: Folder,
    config: ConfigFile = None,
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="0 = any that is free.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
) -> None:
    """Choose other decisions in a browser and see at once what they do to a month and a year."""
    from fluxkit.explore.serving import explore as serve

    serve(folder, config, port=port, browser=browser, tell=tell)
