"""Rows of inventories, other pools and soil: stocks, and their change between two dates."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fluxkit.budget.inventory.stocks import PlotStocks, plot_problems, stock, stock_change
from fluxkit.budget.processing.stands import Stands, carbon_of, inventories, read_stands
from fluxkit.budget.reading.tables import read_table, the_column
from fluxkit.budget.results import Budget, StockRow
from fluxkit.budget.settings import Inventory, Pools, Soil
from fluxkit.budget.soil.fractions import FRACTIONS, fraction_shares
from fluxkit.budget.soil.stocks import equivalent_mass_stock, horizon_problems, horizon_stocks
from fluxkit.budget.terms import Term, total
from fluxkit.budget.units import doubt, parse_unit
from fluxkit.locations import joined

Array = npt.NDArray[np.float64]
Names = npt.NDArray[np.str_]

#: Plots larger or smaller than this are doubted. [ha]
PLOT_SIZES = (1e-4, 100.0)
#: Growing stock that no forest exceeds. [m3 ha-1]
MOST_VOLUME = 3500.0


def inventory_rows(settings: Inventory, base: Path, budget: Budget) -> Term | None:
    """Add the stocks of each inventory of a plot table and their change; return the change."""
    stands = read_stands(settings, base, budget)
    path = str(stands.table.path)
    _doubt_plots(budget, path, settings, stands.area, stands.size)
    carbon = carbon_of(stands, settings)
    undefined = ~np.isfinite(carbon["trees"])
    if undefined.any():
        names = ", ".join(sorted(set(stands.plot[undefined].tolist())))
        budget.odd(path, f"there are no coefficients for plots {names}: left out")
        stands = stands.without(undefined)
        carbon = {name: values[~undefined] for name, values in carbon.items()}
    _tell_jumps(budget, path, settings, stands, carbon["trees"])
    changes = {}
    for part, values in carbon.items():
        label = settings.name if part == "trees" else f"{settings.name}: {part}"
        groups = _groups(stands.plot, values, stands.area, stands.date, stands.inventory)
        changes[part] = _stock_rows(budget, label, groups, _words(settings, part), settings.coefficient_error)
    return changes["trees"]


def _doubt_plots(budget: Budget, path: str, settings: Inventory, area: Array, volume: Array) -> None:
    low, high = PLOT_SIZES
    odd = (area < low) | (area > high)
    if odd.any():
        budget.odd(
            path,
            f"{int(odd.sum())} plots have an area of {area[odd][0]:g} ha: is area_unit = "
            f"{settings.area_unit!r} right (ha = hm2, m2)?",
            lost="nothing",
        )
    if np.nanmax(volume) > MOST_VOLUME:
        budget.odd(
            path,
            f"a volume of {np.nanmax(volume):.0f} m3 ha-1 is none of a forest: is volume_of = "
            f"{settings.volume_of!r} right?",
            lost="nothing",
        )


def _tell_jumps(budget: Budget, path: str, settings: Inventory, stands: Stands, carbon: Array) -> None:
    """Say how many plots have other coefficients in another inventory: their change holds a jump."""
    own = settings.bcef is not None and settings.root_shoot is not None
    if own or settings.method != "expansion-factor":
        return
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = carbon / stands.size
    plot = stands.plot
    jumped = 0
    for name in np.unique(plot):
        mine = factor[plot == name]
        mine = mine[np.isfinite(mine)]
        jumped += bool(mine.size > 1 and np.ptp(mine) > 1e-9)
    if jumped:
        budget.odd(
            path,
            f"{jumped} plots pass a bound of the tables of coefficients between two inventories: their "
            "change holds the jump from one class to the next; give bcef and root_shoot of your own",
            lost="nothing",
        )


def _words(settings: Inventory, part: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what a part includes and what it lacks."""
    if part == "understory":
        return ("understory as a share of the trees",), ("soil", "litter")
    roots = settings.method != "expansion-factor" or settings.root_shoot != 0
    includes = ("stems, branches, leaves", *(("roots",) if roots else ()))
    lacks = (*(() if roots else ("roots",)), "understory", "litter", "soil", "trees that died or were felled")
    return includes, lacks


def _groups(
    plot: Names, carbon: Array, area: Array, date: Array, which: npt.NDArray[np.int64]
) -> list[PlotStocks]:
    """Return the plots of each inventory, in order of time; rows of one plot add up."""
    made = []
    for k in np.unique(which):
        mine = which == k
        names, first, place = np.unique(plot[mine], return_index=True, return_inverse=True)
        sums = np.bincount(place, carbon[mine]).astype(np.float64)
        made.append(PlotStocks(names, sums, area[mine][first], float(date[mine].mean())))
    return sorted(made, key=lambda plots: plots.year)


def _stock_rows(
    budget: Budget,
    label: str,
    groups: list[PlotStocks],
    words: tuple[tuple[str, ...], tuple[str, ...]],
    coefficient_error: float | None = None,
) -> Term | None:
    for plots in groups:
        term = stock(plots, name=label, coefficient_error=coefficient_error or 0.0)
        budget.stocks.append(StockRow(f"{label} {int(plots.year)}", term))
    if len(groups) < 2:
        budget.missing.append(f"change of {label}: there is one inventory only")
        return None
    found = stock_change(groups[0], groups[-1], name=label, coefficient_error=coefficient_error or 0.0)
    change = found.change
    notes = change.notes
    if coefficient_error == 0:
        notes = (*notes, "the error of the coefficients is not included")
    made = replace(change, includes=words[0], lacks=words[1], source="inventory", notes=notes)
    words_of_doubt = doubt(made.value, "flux", "Mg C ha-1 a-1")
    if words_of_doubt:
        budget.odd(label, words_of_doubt, lost="nothing")
    budget.add("sink", "inventory", f"change of {label}", made)
    return made


def pool_rows(settings: Pools, base: Path, budget: Budget) -> list[Term]:
    """Add the stocks of other pools, each a row, and their changes; return these."""
    path = joined(base, settings.file)
    table = read_table(path)
    scale = parse_unit(settings.unit).to_stock(settings.carbon_fraction) / 100.0
    pool, plot = np.array(table.texts("pool")), np.array(table.texts("plot"))
    value = table.numbers("value") * scale
    area = table.numbers("area") if table.has("area") else np.ones(value.size)
    date = table.years(the_column(table, None, ("date", "year"), "the date"))
    wrong = plot_problems(plot.tolist(), value, area, "value")
    for row in np.flatnonzero(~np.isfinite(date)).tolist():
        wrong.setdefault(row, f"plot {plot[row]} has no date")
    for row, reason in sorted(wrong.items()):
        budget.odd(str(path), reason, line=table.line(row))
    keep = np.array([row not in wrong for row in range(plot.size)])
    changes = []
    for name in dict.fromkeys(pool[keep].tolist()):
        mine = keep & (pool == name)
        which = inventories(table, date)[mine]
        groups = _groups(plot[mine], value[mine], area[mine], date[mine], which)
        words = ((name,), ("roots" if name != "roots" else "stems", "soil"))
        change = _stock_rows(budget, name, groups, words)
        changes += [change] if change is not None else []
    return changes


def soil_rows(settings: Soil, base: Path, budget: Budget) -> Term | None:
    """Add the stock of soil at each date and its change; return that."""
    path = joined(base, settings.horizons)
    table = read_table(path)
    profile = np.array(table.texts("profile"))
    top, bottom = table.numbers("top"), table.numbers("bottom")
    density, carbon = table.numbers("bulk_density"), table.numbers("carbon")
    rock = np.nan_to_num(table.numbers("rock")) if table.has("rock") else np.zeros(top.size)
    date = table.years(the_column(table, None, ("date", "year"), "the date"))
    wrong = horizon_problems(density, carbon, bottom - top)
    bad_rock = (rock < 0) | (rock >= 1)
    for row in np.flatnonzero(bad_rock).tolist():
        wrong[row] = f"rock is a share of the volume from 0 to 1, not {rock[row]:g}"
    for row, reason in sorted(wrong.items()):
        budget.odd(
            str(path), f"profile {profile[row]}: {reason}; the profile is left out", line=table.line(row)
        )
    year = np.floor(date).astype(np.int64)
    lost = {(str(profile[row]), int(year[row])) for row in wrong}
    groups: dict[int, list[tuple[str, float, float]]] = {}
    for name, when in dict.fromkeys(zip(profile.tolist(), year.tolist(), strict=True)):
        if (name, when) in lost:
            continue
        mine = np.flatnonzero((profile == name) & (year == when))
        mine = mine[np.argsort(top[mine])]
        args = density[mine], carbon[mine], (bottom - top)[mine]
        try:
            value = (
                float(horizon_stocks(*args, rock[mine], settings.outcrop).sum())
                if settings.reference_mass is None
                else equivalent_mass_stock(*args, settings.reference_mass, rock[mine])
                * (1 - settings.outcrop)
            )
        except ValueError as error:
            budget.odd(str(path), f"profile {name} of {when}: {error}")
            continue
        groups.setdefault(when, []).append((name, value, float(date[mine].mean())))
    made = [
        PlotStocks(
            np.array([row[0] for row in rows]),
            np.array([row[1] for row in rows]),
            np.ones(len(rows)),
            float(np.mean([row[2] for row in rows])),
        )
        for _, rows in sorted(groups.items())
    ]
    deepest = f"{np.nanmax(bottom):g} cm"
    depth = (
        f"to {deepest}"
        if settings.reference_mass is None
        else f"{settings.reference_mass:g} Mg ha-1 of fine soil"
    )
    if settings.reference_mass is None and len(made) > 1:
        budget.sentences.append(
            "Soil is compared at equal depth: where its density changed give reference_mass ([soil])."
        )
    if settings.fractions is not None:
        _fractions(joined(base, settings.fractions), budget)
    return _stock_rows(budget, "soil", made, ((f"organic carbon {depth}",), ("litter", "roots", "below")))


def _fractions(path: Path, budget: Budget) -> None:
    table = read_table(path)
    whole = table.numbers("whole")
    columns = {name: table.numbers(name) for name in FRACTIONS if table.has(name)}
    for row, sample in enumerate(table.texts("sample")):
        carbon = {name: float(values[row]) for name, values in columns.items() if np.isfinite(values[row])}
        try:
            found = fraction_shares(carbon, float(whole[row]))
        except ValueError as error:
            budget.odd(str(path), f"sample {sample}: {error}", line=table.line(row))
            continue
        for words in found.doubts:
            budget.odd(str(path), f"sample {sample}: {words}", line=table.line(row), lost="nothing")
        shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in found.shares.items())
        recovered = ", ".join(f"{name} {100 * x:.0f} %" for name, x in found.recovery.items())
        budget.sentences.append(
            f"Soil fractions of {sample}: {shares}" + (f"; recovered: {recovered}." if recovered else ".")
        )


def sum_of_changes(budget: Budget, changes: list[Term]) -> None:
    """Add the sum of all stock changes, where there are two or more."""
    if len(changes) < 2:
        return
    made = total("sum", changes, includes=tuple(term.name for term in changes), lacks=(), notes=())
    told = replace(made, source="inventories", notes=("pools are taken to err independently",))
    budget.add("sink", "inventory", "all stock changes", told)
