"""Rows of chambers: soil respiration by area, Rh and Ra, NPP with them; their nights and the tower's."""

from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.budget.chambers import Closings, SoilRespiration, soil_respiration
from fluxkit.budget.reading.half_hours import HalfHourTable
from fluxkit.budget.reading.tables import Table, read_table
from fluxkit.budget.results import Budget
from fluxkit.budget.settings import BudgetSettings, Chambers
from fluxkit.budget.terms import Term
from fluxkit.budget.tower.annual import mean_of_years
from fluxkit.budget.tower.npp import npp_by_respiration
from fluxkit.chamber.seasons.with_tower import compare_with_tower
from fluxkit.constants import T_ZERO
from fluxkit.locations import joined

Array = npt.NDArray[np.float64]

#: What tells night, best first, and what the comparison calls it.
LIGHT = {
    "NIGHT": "NIGHT", "PPFD_IN": "PPFD_IN", "SW_IN": "SW_IN", "SW_IN_F": "SW_IN", "SW_IN_POT": "SW_IN_POT",
}  # fmt: skip
#: Gaps in the temperature that a straight line may fill. [h]
LONGEST_GAP = 72.0


def chamber_rows(
    settings: BudgetSettings, base: Path, budget: Budget, half_hours: HalfHourTable, nep: Term | None
) -> None:
    """Add Rs, Rh, Ra, and NPP = NEP + Rh; compare nights with the tower."""
    chambers = settings.chambers
    assert chambers is not None
    files = [chambers.fluxes] if isinstance(chambers.fluxes, str) else chambers.fluxes
    tables = [read_table(joined(base, file)) for file in files]
    closings = _closings(tables, chambers)
    by_year = _by_year(closings, chambers, half_hours, settings, budget)
    if not by_year:
        raise ValueError("chambers: no year has a whole course of temperature in the tower's half hours")
    rs = _mean(budget, "Rs (soil)", {year: found.rs for year, found in by_year.items()})
    budget.add("production", "chambers", "Rs (soil)", rs)
    heterotrophic = {year: found.rh for year, found in by_year.items() if found.rh is not None}
    if heterotrophic:
        rh = _mean(budget, "Rh", heterotrophic)
        roots = {year: found.ra for year, found in by_year.items() if found.ra is not None}
        budget.add("production", "chambers", "Rh (trenched)", rh)
        budget.add("production", "chambers", "Ra (roots)", _mean(budget, "Ra", roots))
        if nep is not None:
            budget.add("production", "tower + chambers", "NPP = NEP + Rh", npp_by_respiration(nep, rh))
    else:
        budget.missing.append("NPP = NEP + Rh: no plots are trenched ([chambers] trenched)")
    _nights(tables, half_hours, chambers, settings, budget)


def _mean(budget: Budget, label: str, terms: dict[int, Term]) -> Term:
    """Return the mean of years: the plots are the same in all, and so are their errors."""
    budget.by_year += [term for _, term in sorted(terms.items())]
    return mean_of_years(terms)


def _closings(tables: list[Table], chambers: Chambers) -> Closings:
    parts: list[tuple[Array, ...]] = []
    for table in tables:
        good = np.array([gas == "co2" for gas in table.texts("gas")])
        good &= np.isin(table.texts("cover"), chambers.covers)
        good &= np.array([text == "" for text in table.texts("discarded")])
        flux = table.numbers("flux")
        temperature = table.numbers(chambers.temperature)
        good &= np.isfinite(flux) & np.isfinite(temperature)
        time = np.array(_stamps(table), "M8[ns]")
        columns = flux, temperature, time, np.array(table.texts("plot")), np.array(table.texts(chambers.by))
        parts.append(tuple(column[good] for column in columns))
    flux, temperature, time, plot, kind = (np.concatenate(column) for column in zip(*parts, strict=True))
    if not flux.size:
        raise ValueError(
            f"chambers: no closure has CO2, a cover of {chambers.covers} and {chambers.temperature}"
        )
    if np.median(temperature) < 150:
        temperature = temperature + T_ZERO  # a table of degC
    return Closings(flux, temperature, time, plot, kind)


def _by_year(
    closings: Closings,
    chambers: Chambers,
    half_hours: HalfHourTable,
    settings: BudgetSettings,
    budget: Budget,
) -> dict[int, SoilRespiration]:
    temperature = half_hours.column(chambers.half_hour_temperature) + T_ZERO
    years = half_hours.start.astype("M8[Y]").astype(np.int64) + 1970
    wanted = settings.budget.years or np.unique(years).tolist()
    shift = np.timedelta64(round(settings.budget.utc_offset_h * 3600), "s")
    made = {}
    for year in wanted:
        mine = years == year
        length = 366 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 365
        if mine.sum() < length * half_hours.per_day:
            budget.odd(
                half_hours.path, f"{year} is not whole: chambers are not carried through it", lost="value"
            )
            continue
        t = _without_gaps(temperature[mine], half_hours.step_s)
        if t is None:
            budget.odd(
                half_hours.path,
                f"{chambers.half_hour_temperature} of {year} has a gap of more than {LONGEST_GAP:.0f} h: "
                "chambers are not carried through it; give a filled column",
                lost="value",
            )
            continue
        every = max(round(3 * 3600 / half_hours.step_s), 1)
        whole = t.size // every * every
        # Means over three hours: respiration bends by less than 1 % within them.
        coarse = t[:whole].reshape(-1, every).mean(axis=1)
        at = (half_hours.start[mine][:whole:every] - shift).astype("M8[ns]")
        made[int(year)] = soil_respiration(
            closings,
            at,
            coarse,
            chambers.shares,
            trenched=chambers.trenched,
            form=chambers.response,
            replicates=chambers.replicates,
        )
    return made


def _without_gaps(values: Array, step_s: float) -> Array | None:
    there = np.flatnonzero(np.isfinite(values))
    if not there.size:
        return None
    ends = np.concatenate([[-1], there, [values.size]])
    if (np.diff(ends).max() - 1) * step_s / 3600.0 > LONGEST_GAP:
        return None
    return np.interp(np.arange(values.size), there, values[there])


def _nights(
    tables: list[Table],
    half_hours: HalfHourTable,
    chambers: Chambers,
    settings: BudgetSettings,
    budget: Budget,
) -> None:
    """Say how the tower's flux at night compares with chambers at the same time."""
    filled = settings.tower.nee if settings.tower else ""
    light = next((name for name in LIGHT if half_hours.has(name)), None)
    flux = next((name for name in ("NEE", "FC", filled) if half_hours.has(name)), None)
    if light is None or flux is None:
        budget.missing.append(
            "night-time Reco of the tower against chambers: its half hours need NEE and light"
        )
        return
    shift = np.timedelta64(round(settings.budget.utc_offset_h * 3600), "s")
    tower = xr.Dataset(
        {
            "NEE": ("time", half_hours.column(flux), {"units": "umol m-2 s-1"}),
            LIGHT[light]: ("time", half_hours.column(light)),
        },
        {"time": (half_hours.start - shift).astype("M8[ns]")},
    )
    for table in tables:
        fluxes, kinds = _as_dataset(table, chambers)
        if not fluxes.sizes["closure"]:
            continue
        plots = dict(zip(fluxes["plot"].values.tolist(), kinds, strict=True))
        number = Counter(plots.values())
        weights = {plot: chambers.shares[kind] / number[kind] for plot, kind in plots.items()}
        found = compare_with_tower(fluxes, tower, covers=tuple(chambers.covers), plot_shares=weights)
        budget.sentences.append(f"Night-time Reco of the tower against chambers: {found.sentence()}.")


def _as_dataset(table: Table, chambers: Chambers) -> tuple[xr.Dataset, list[str]]:
    """Return CO2 fluxes of the kinds that have a share, and the kind of each closure's plot."""
    kind = np.array(table.texts(chambers.by))
    rows = np.array([gas == "co2" for gas in table.texts("gas")]) & np.isin(kind, list(chambers.shares))
    discarded = np.array([text != "" for text in table.texts("discarded")])
    fluxes = xr.Dataset(
        {
            "flux": (("closure", "gas"), table.numbers("flux")[rows][:, None]),
            "flux_se": (("closure", "gas"), table.numbers("flux_se")[rows][:, None]),
            "start": ("closure", np.array(_stamps(table), "M8[ns]")[rows]),
            "cover": ("closure", np.array(table.texts("cover"))[rows]),
            "plot": ("closure", np.array(table.texts("plot"))[rows]),
            "discarded": (("closure", "gas"), discarded[rows][:, None]),
        },
        {"gas": ["co2"]},
    )
    return fluxes, kind[rows].tolist()


def _stamps(table: Table) -> list[str]:
    return [text.removesuffix("Z") for text in table.texts("start")]
