"""Command that compares fluxes with another program's."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fluxkit.cli.process import Quiet, print_paths
from fluxkit.cli.table import print_table
from fluxkit.cli.telling import tell

if TYPE_CHECKING:
    from fluxkit.report.agreement import Effect

#: Decisions of a step that are printed; all are in decisions.csv.
_MOST = 8
#: Changes of the mean difference below which a decision counts as without effect.
_NOTHING = 1e-4
_MAIN = (
    *("NEE", "FC", "SC", "FH2O", "LE", "SLE", "H", "SH", "TAU", "USTAR", "FCH4", "FN2O"),
    *("WS", "WD", "T_SONIC", "TA", "PA", "RH", "CO2", "H2O"),
    *("FC_SCF", "LE_SCF", "H_SCF", "TAU_SCF", "CO2_TLAG_USED", "H2O_TLAG_USED"),
    *("FC_SSITC_TEST", "LE_SSITC_TEST", "H_SSITC_TEST", "TAU_SSITC_TEST"),
)

Ours = Annotated[
    Path, typer.Argument(metavar="OURS", help="Results folder, its <SITE>_fluxes.nc, or a half-hourly CSV.")
]
Theirs = Annotated[
    Path, typer.Argument(metavar="THEIRS", help="EddyPro's full output or FLUXNET file, or a FLUXNET CSV.")
]


def compare(
    ours: Ours,
    theirs: Theirs,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Folder for tables and page; default: OURS/comparison."
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="SITE.toml", help="The configuration that relative paths of slow data start from."
        ),
    ] = None,
    utc_offset: Annotated[
        float | None,
        typer.Option(
            metavar="HOURS", help="Hours that their times are ahead of UTC; default: the station's."
        ),
    ] = None,
    max_class: Annotated[
        int, typer.Option(min=0, max=2, help="Highest quality class to compare (0, 1 or 2), in both files.")
    ] = 2,
    steps: Annotated[
        int,
        typer.Option(
            min=0, max=9, help="Number of decisions to change, one after the other, to come closer to theirs."
        ),
    ] = 1,
    every: Annotated[
        bool, typer.Option("--all", help="Print all variables, not only the main ones.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Compare fluxes with another program's, and find the decision that explains the difference."""
    from fluxkit.archive.comparing.comparison import compare as compare_results
    from fluxkit.archive.comparing.comparison import summary

    found = compare_results(
        ours, theirs, out=out, config=config, utc_offset_h=utc_offset, max_class=max_class, steps=steps
    )
    if quiet:
        return
    head = (
        "variable",
        "units",
        "n",
        "slope",
        "orthogonal",
        "intercept",
        "r2",
        "bias",
        "RMSE",
        "median",
        "equal",
    )
    rows = [row for row in summary(found.agreements) if every or row[0] in _MAIN]
    print_table(head, rows or summary(found.agreements))
    for note in found.notes:
        tell(note)
    for step, effects in enumerate(found.effects, 1):
        _print_effects(step, effects)
    print_paths(found.paths)


def _print_effects(step: int, effects: list["Effect"]) -> None:
    """Print the decisions that bring fluxes nearest to theirs."""
    from fluxkit.report.comparison import effect_fluxes, effect_rows

    tell(f"decisions, step {step}: root mean square difference from theirs, ratio to the one as it is")
    fluxes = effect_fluxes([effects])
    moving = [e for e in effects if abs(e.change) >= _NOTHING]
    print_table(("decision", "ratio", *fluxes), effect_rows(moving[:_MOST], fluxes))
    without = [e.decision for e in effects if not abs(e.change) >= _NOTHING]
    if without:
        tell(f"  without effect: {', '.join(without)}")
