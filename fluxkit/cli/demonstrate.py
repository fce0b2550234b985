"""One command that makes sample data and processes them."""

from pathlib import Path
from typing import Annotated

import typer

from fluxkit.cli.process import Quiet, end_with, print_fluxes
from fluxkit.cli.progress import progress
from fluxkit.cli.telling import tell
from fluxkit.errors import ConfigError


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder to create.")] = Path("demo"),
    quiet: Quiet = False,
    chamber: Annotated[bool, typer.Option("--chamber", help="Closed chambers instead of a tower.")] = False,
    budget: Annotated[bool, typer.Option("--budget", help="A carbon budget by all methods.")] = False,
) -> None:
    """Make a day of sample data, process it, and write the report."""
    from fluxkit.archive.run import run
    from fluxkit.synthetic.tower import make_demo

    if folder.exists() and not (folder / "truth.csv").is_file() and any(folder.iterdir()):
        raise ConfigError(str(folder), ["exists and is not a demo folder; give another folder"])
    if chamber:
        _demo_chamber(folder, quiet)
        return
    if budget:
        _demo_budget(folder, quiet)
        return
    if not quiet:
        tell(f"making a day of raw files, with a few defects, in {folder}")
    config = make_demo(folder)
    with progress(quiet=quiet) as shown:
        results = run(config, folder / "out", progress=shown)
    if not quiet:
        print_fluxes(results.fluxes)
        tell(f"configuration: {config}")
        tell(f"true values of the data: {folder / 'truth.csv'}")
        tell(f"open {results.paths['report']}")
    end_with(results.bugs)


def _demo_chamber(folder: Path, quiet: bool) -> None:
    from fluxkit.chamber.processing.run import run
    from fluxkit.chamber.synthetic.plots import make_campaign
    from fluxkit.cli.chamber import print_chamber_fluxes

    if not quiet:
        tell(f"making a campaign of closed chambers, with a few defects, in {folder}")
    config = make_campaign(folder)
    with progress(quiet=quiet, what="analyser files") as shown:
        results = run(config, folder / "out", report=True, progress=shown)
    if not quiet:
        print_chamber_fluxes(results.fluxes)
        tell(f"configuration: {config}")
        tell(f"true values of the data: {folder / 'truth.csv'}")
        tell(f"open {results.paths['report']}")


def _demo_budget(folder: Path, quiet: bool) -> None:
    from fluxkit.budget.processing.run import run
    from fluxkit.budget.synthetic.site import make_site
    from fluxkit.cli.budget import print_budget

    if not quiet:
        tell(f"making a forest with tower, chambers, plots and models, with a few defects, in {folder}")
    config = make_site(folder)
    results = run(config, folder / "out")
    if not quiet:
        print_budget(results)
        tell(f"configuration: {config}")
        tell(f"true values of the data: {folder / 'truth.csv'}")
        tell(f"open {results.paths['page']}")
