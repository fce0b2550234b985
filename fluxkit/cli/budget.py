"""The command that puts a site's carbon budget on one page."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fluxkit.cli.process import Out, Quiet, print_paths
from fluxkit.cli.telling import tell
from fluxkit.locations import location

if TYPE_CHECKING:
    from fluxkit.budget.processing.run import BudgetResults

BudgetFile = Annotated[
    Path, typer.Argument(metavar="BUDGET.toml", parser=location, help="Configuration of the budget.")
]


def budget(config: BudgetFile, out: Out, quiet: Quiet = False) -> None:
    """Put a site's carbon budget by tower, chambers, inventories and models on one page."""
    from fluxkit.budget.processing.run import run

    results = run(config, out)
    if not quiet:
        print_budget(results)


def print_budget(results: "BudgetResults") -> None:
    """Print each row with its interval, how much could not be used, and where the page is."""
    for row in results.budget.rows:
        low, high = row.term.interval()
        interval = f"{low:.0f} to {high:.0f}" if low == low else "error not known"
        tell(f"{row.label}: {row.term.value:.0f} ({interval}) g C m-2 a-1")
    tell(f"missing: {len(results.budget.missing)} things, see {results.paths['page']}")
    tell(f"not used, or doubtful: {len(results.budget.problems)} entries in {results.paths['quarantine']}")
    print_paths(results.paths)
