"""Command that makes a run again from its record."""

from pathlib import Path
from typing import Annotated

import typer

from fluxkit.cli.executors import ending_in_order
from fluxkit.cli.process import JsonLog, Quiet, Workers
from fluxkit.cli.progress import progress
from fluxkit.cli.telling import tell
from fluxkit.locations import location


def replay(
    folder: Annotated[
        Path, typer.Argument(metavar="RUN", parser=location, help="Results folder with its run.json.")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the new results; another one.")
    ] = Path("replay"),
    base: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="What the paths of the input files are relative to, if not found."),
    ] = None,
    workers: Workers = 0,
    json_log: JsonLog = False,
    quiet: Quiet = False,
) -> None:
    """Make a run again from its record, and say whether the same came out; exit code 2 if not."""
    from fluxkit.replaying.replay import replay as make_again

    with ending_in_order(), progress(json_log=json_log, quiet=quiet) as shown:
        found = make_again(folder, out, base=base, workers=workers or None, progress=shown)
    for each in found.verdicts if not quiet else ():
        tell(f"{'same' if each.same else 'DIFFERENT':>9}  {each.name}: {each.words}")
    if not found.same:
        tell(f"fluxkit: the replay in {found.out} differs; `fluxkit diff {folder} {out}` shows how", err=True)
        raise typer.Exit(2)
