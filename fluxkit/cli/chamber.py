"""The command that computes chamber fluxes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fluxkit.cli.process import JsonLog, Out, Quiet, print_paths
from fluxkit.cli.progress import progress
from fluxkit.cli.telling import tell
from fluxkit.locations import location

if TYPE_CHECKING:
    import xarray as xr

PlotsFile = Annotated[
    Path, typer.Argument(metavar="PLOTS.toml", parser=location, help="Configuration of the campaign.")
]
Report = Annotated[bool, typer.Option("--report", help="Also write the page for reviewing closures.")]


def chamber(
    config: PlotsFile, out: Out, report: Report = False, json_log: JsonLog = False, quiet: Quiet = False
) -> None:
    """Compute fluxes of closed chambers from analyser files and a field sheet."""
    from fluxkit.chamber.processing.run import run

    with progress(json_log=json_log, quiet=quiet, what="analyser files") as shown:
        results = run(config, out, report=report, progress=shown)
    if not quiet:
        print_chamber_fluxes(results.fluxes)
        tell(f"not used, or doubtful: {len(results.problems)} entries in {results.paths['quarantine']}")
        print_paths(results.paths)


def print_chamber_fluxes(fluxes: "xr.Dataset") -> None:
    """Print how many closures have a flux of each gas, and what was found about clock and windows."""
    number = fluxes.sizes["closure"]
    counts = fluxes["flux"].notnull().sum("closure")
    found = ", ".join(f"{int(counts.sel(gas=gas))} with {gas}" for gas in fluxes["gas"].values)
    tell(f"{number} closures: {found}")
    for name in ("clock", "windows"):
        if fluxes.attrs.get(name):
            tell(f"{name}: {fluxes.attrs[name]}")
