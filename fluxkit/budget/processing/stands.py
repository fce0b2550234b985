"""Carbon of the rows of a plot table, with coefficients of the settings, of tables, or of the rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.budget.inventory.biomass import (
    continuous_function,
    expansion_factor,
    of_stems,
    volume_expansion,
)
from fluxkit.budget.inventory.coefficients import look_up
from fluxkit.budget.inventory.stocks import plot_problems
from fluxkit.budget.reading.tables import Table, read_table, the_column
from fluxkit.budget.results import Budget
from fluxkit.budget.settings import Inventory
from fluxkit.locations import joined

Array = npt.NDArray[np.float64]
Names = npt.NDArray[np.str_]
Integers = npt.NDArray[np.int64]

AREA = {"ha": 1.0, "hm2": 1.0, "m2": 1e-4}
#: Columns that say which kind of tree a row is of: several rows of a plot then add up.
KINDS = ("species", "type", "forest_type")


@dataclass(frozen=True)
class Stands:
    """Rows of a plot table that can be used."""

    table: Table
    rows: Integers  #: of the table
    plot: Names
    date: Array  #: years with their fraction
    area: Array  #: [ha]
    size: Array  #: growing stock [m3 ha-1], or biomass of stems [Mg DM ha-1]
    inventory: Integers  #: which one a row belongs to

    def without(self, lost: npt.NDArray[np.bool_]) -> "Stands":
        """Return the other rows."""
        kept = ~lost
        return Stands(
            self.table, self.rows[kept], self.plot[kept], self.date[kept], self.area[kept], self.size[kept],
            self.inventory[kept],
        )  # fmt: skip


def read_stands(settings: Inventory, base: Path, budget: Budget) -> Stands:
    """Read a plot table; rows that cannot be used are named.

    Raises
    ------
    ValueError
        None can be used.
    """
    path = joined(base, settings.plots)
    table = read_table(path)
    plot = [text.strip() for text in table.texts(the_column(table, None, ("plot", "id"), "the plot"))]
    area = table.numbers("area") * AREA[settings.area_unit]
    date = table.years(the_column(table, None, ("date", "year"), "the date"))
    which = inventories(table, date)
    what = "diameters" if settings.stems else "volume"
    size = _of_stems(settings, base, budget, plot, area, which) if settings.stems else table.numbers("volume")
    if settings.volume_of == "plot" and not settings.stems:
        size = size / np.where(area > 0, area, np.nan)
    wrong = plot_problems(plot, size, area, what)
    for row in np.flatnonzero(~np.isfinite(date)).tolist():
        wrong.setdefault(row, f"plot {plot[row]} has no date")
    _twice(table, plot, which, wrong)
    for row, reason in sorted(wrong.items()):
        budget.odd(str(path), reason, line=table.line(row))
    rows = np.array([row for row in range(len(plot)) if row not in wrong], np.int64)
    if not rows.size:
        raise ValueError(f"{settings.name}: no plot of {settings.plots} can be used")
    return Stands(table, rows, np.array(plot)[rows], date[rows], area[rows], size[rows], which[rows])


def inventories(table: Table, date: Array) -> Integers:
    """Return which inventory each row belongs to: the column of that name, else the calendar year."""
    if table.has("inventory"):
        _, which = np.unique(table.texts("inventory"), return_inverse=True)
        return np.asarray(which, np.int64)
    return np.floor(np.nan_to_num(date)).astype(np.int64)


def _twice(table: Table, plot: list[str], which: Integers, wrong: dict[int, str]) -> None:
    """Name plots that occur twice in one inventory, unless their rows are of different kinds."""
    kind = next((table.texts(name) for name in KINDS if table.has(name)), [""] * len(plot))
    seen: set[tuple[str, int, str]] = set()
    for row, key in enumerate(zip(plot, which.tolist(), kind, strict=True)):
        if row in wrong:
            continue
        if key in seen:
            wrong[row] = f"plot {plot[row]} occurs twice in one inventory: the first row counts"
        seen.add(key)


def _of_stems(
    settings: Inventory, base: Path, budget: Budget, plot: list[str], area: Array, which: Integers
) -> Array:
    """Return volume (m3 ha-1) or biomass (Mg DM ha-1) of each row's plot from its stems."""
    assert settings.stems is not None
    assert settings.stem_a is not None
    assert settings.stem_b is not None
    path = joined(base, settings.stems)
    table = read_table(path)
    of_plot = table.texts("plot")
    diameter = table.numbers(the_column(table, None, ("diameter", "dbh"), "the diameter"))
    date = table.years(the_column(table, None, ("date", "year"), "the date"))
    when = inventories(table, date)
    index = {(name, int(k)): row for row, (name, k) in enumerate(zip(plot, which, strict=True))}
    places = np.array(
        [index.get((name, int(k)), -1) for name, k in zip(of_plot, when, strict=True)], np.int64
    )
    for row in np.flatnonzero((places < 0) | ~(diameter > 0)).tolist():
        reason = (
            f"a stem of plot {of_plot[row]}, which {settings.plots} does not have at that time"
            if places[row] < 0
            else f"a stem of plot {of_plot[row]} has the diameter {diameter[row]:g}"
        )
        budget.odd(str(path), reason, line=table.line(row))
    good = (places >= 0) & (diameter > 0)
    size = np.where(area > 0, area, np.nan)
    made = of_stems(diameter[good], settings.stem_a, settings.stem_b, places[good], size)
    there = np.bincount(places[good], minlength=size.size) > 0
    return np.where(there, made if settings.method != "allometry" else made / 1000.0, np.nan)


def carbon_of(stands: Stands, settings: Inventory) -> dict[str, Array]:
    """Return carbon of each part of the rows: trees, and others as shares of them. [Mg C ha-1]

    Raises
    ------
    ValueError
        A coefficient is neither in the settings nor in the table.
    """
    size, fraction = stands.size, settings.carbon_fraction
    if settings.method == "continuous-function":
        a, b = (_needed(stands, settings, name) for name in ("a", "b"))
        return {"trees": continuous_function(size, a, b, carbon_fraction=fraction)}
    if settings.method == "volume-expansion":
        delta, rho, gamma = (_needed(stands, settings, name) for name in ("delta", "rho", "gamma"))
        return volume_expansion(size, delta, rho, gamma, understory=settings.understory)
    bcef: Any = 1.0  # biomass of stems is biomass already
    if settings.method == "expansion-factor":
        bcef = _own(stands, settings, "bcef")
        if bcef is None:
            bcef = _looked_up(stands, settings, "BCEF", "forest_type", size)
    root: Any = _own(stands, settings, "root_shoot")
    if root is None:
        root = _looked_up(stands, settings, "R", "root_type", size * np.asarray(bcef))
    made = {"trees": expansion_factor(size, bcef, root, carbon_fraction=fraction)}
    if settings.understory:
        made["understory"] = settings.understory * made["trees"]
    return made


def _own(stands: Stands, settings: Inventory, name: str) -> npt.ArrayLike | None:
    """Return a coefficient of the rows, else of the settings."""
    if settings.by_row and stands.table.has(name):
        return stands.table.numbers(name)[stands.rows]
    given: float | None = getattr(settings, name)
    return given


def _needed(stands: Stands, settings: Inventory, name: str) -> npt.ArrayLike:
    found = _own(stands, settings, name)
    if found is None:
        raise ValueError(f"{settings.name}: {name} is neither in {settings.plots} nor in the settings")
    return found


def _looked_up(stands: Stands, settings: Inventory, name: str, column: str, size: Array) -> Array:
    """Return a coefficient of IPCC's tables by the type of each row, or of all."""
    if settings.by_row and stands.table.has(column):
        types = np.array(stands.table.texts(column))[stands.rows]
        made = np.full(size.shape, np.nan)
        for one in np.unique(types):
            mine = types == one
            made[mine] = look_up(name, settings.zone or "", str(one), size[mine])
        return made
    return look_up(name, settings.zone or "", getattr(settings, column) or "", size)
