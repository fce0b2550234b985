"""Command that says what changed between two results."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fluxkit.cli.process import Quiet, print_paths
from fluxkit.cli.table import print_table
from fluxkit.cli.telling import tell

if TYPE_CHECKING:
    from fluxkit.differences.results import Diff

#: Rows that are printed; all are in the tables.
_MOST = 12

Side = Annotated[Path, typer.Argument(help="Results folder, its netCDF, or a table of half hours.")]


def diff(
    a: Side,
    b: Side,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="DIR", help="Folder for tables and page, created if missing."),
    ] = Path("differences"),
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="SITE.toml", help="The configuration of A, which paths of slow data start from."
        ),
    ] = None,
    no_decisions: Annotated[
        bool, typer.Option("--no-decisions", help="Do not decide anew with each decision that differs.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Say what changed from A to B: by variable, period, decision and version; what moves sums most first."""
    from fluxkit.cli.progress import progress
    from fluxkit.differences.diff import diff as diff_results

    with progress(json_log=False, quiet=quiet):
        found = diff_results(a, b, out=out, config=config, decisions=not no_decisions)
    if quiet:
        return
    for note in found.notes:
        tell(note)
    _print(found)
    print_paths(found.paths)


def _print(found: "Diff") -> None:
    if found.same:
        tell(f"no difference: {len(found.variables)} variables have the same values in the same periods")
        return
    moved = [each for each in found.variables if not each.same]
    tell(f"{len(moved)} of {len(found.variables)} variables differ; what changes sums most stands first")
    head = ("variable", "A", "B", "B - A", "unit", "relative", "changed", "of", "largest")
    rows = [
        (
            *(d.variable, f"{d.a:.5g}", f"{d.b:.5g}", f"{d.total:+.4g}", d.unit or d.units),
            *(f"{100 * d.relative:.3g} %", str(d.changed), str(d.in_both), f"{d.largest:+.3g}"),
        )
        for d in moved[:_MOST]
    ]
    print_table(head, rows)
    if found.decisions:
        fluxes = list(found.decisions[0].amounts)
        tell("change of the sums by each decision of B on the moments of A")
        print_table(
            ("decision", *fluxes),
            [
                (t.decision, *(f"{t.amounts.get(name, float('nan')):+.4g}" for name in fluxes))
                for t in found.decisions
            ],
        )
    for what in ("setting", "version", "file"):
        some = [c for c in found.causes if c.what == what]
        if some:
            words = "; ".join(f"{c.name}: {c.a or 'none'} -> {c.b or 'none'}" for c in some[:4])
            more = f"; {len(some) - 4} more" if len(some) > 4 else ""
            tell(f"{len(some)} {what}{'s' if len(some) > 1 else ''} differ: {words}{more}")
