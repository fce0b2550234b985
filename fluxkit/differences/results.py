"""What changed between two results."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fluxkit.differences.causes import Changed
from fluxkit.differences.decisions import Tried
from fluxkit.differences.differences import Difference, Month, Moved


@dataclass(frozen=True)
class Diff:
    """What changed between two results."""

    variables: Sequence[Difference]  #: what changes sums most first
    months: Sequence[Month]  #: sums of the main fluxes
    periods: Sequence[Moved]  #: the periods that move these sums most
    classes: dict[str, dict[tuple[str, str], int]]  #: <FLUX>_QC -> (from, to) -> periods
    causes: Sequence[Changed]  #: settings, versions and files that differ
    decisions: Sequence[Tried]  #: what each decision does to the sums
    notes: Sequence[str]  #: what could not be compared, in sentences
    paths: dict[str, Path]  #: files written

    @property
    def same(self) -> bool:
        """Whether every variable has the same values."""
        return all(each.same for each in self.variables)
