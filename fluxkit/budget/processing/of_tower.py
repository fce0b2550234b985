"""The tower's rows: NEP, GPP, Reco, NECB, NPP by carbon use, and its daily series."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from fluxkit.budget.reading.half_hours import HalfHourTable
from fluxkit.budget.reading.tables import read_table
from fluxkit.budget.results import Budget
from fluxkit.budget.series.series import CarbonSeries
from fluxkit.budget.settings import BudgetSettings, Lateral, Tower
from fluxkit.budget.terms import Term, total
from fluxkit.budget.tower.annual import AnnualSums, annual_terms, mean_of_years, missing_years
from fluxkit.budget.tower.necb import LATERAL, net_ecosystem_carbon_balance
from fluxkit.budget.tower.npp import carbon_use, npp_by_carbon_use
from fluxkit.budget.units import M_C, doubt, parse_unit
from fluxkit.errors import ReadError
from fluxkit.locations import joined

PARTITIONING = {"night": ("GPP_NT", "RECO_NT"), "day": ("GPP_DT", "RECO_DT")}
#: Columns of a table of annual sums that hold standard errors of classes of uncertainty.
CLASS = "se_"


def read_annual_sums(path: Path | str) -> AnnualSums:
    """Read a table with year, variable, value, lower, upper, unit, and ``se_<class>`` where these are known.

    Raises
    ------
    ReadError
        A column lacks, or a unit is none of carbon by the year.
    """
    table = read_table(path)
    years = table.years("year")
    if not np.isfinite(years).all():
        row = int(np.argmin(np.isfinite(years)))
        raise ReadError(str(path), "a row has no year", line=table.line(row))
    year = np.floor(years).astype(np.int64)
    units = table.texts("unit") if table.has("unit") else ["g C m-2 a-1"] * year.size
    scale = np.array([_per_year(text) for text in units])
    names = np.array(table.texts("variable"))
    parts = {
        str(name)[len(CLASS) :]: table.numbers(str(name)) * scale
        for name in table.frame.columns
        if str(name).startswith(CLASS)
    }
    value, lower, upper = (table.numbers(name) * scale for name in ("value", "lower", "upper"))
    return AnnualSums(year, names, value, lower, upper, parts)


def _per_year(text: str) -> float:
    unit = parse_unit(text)
    return unit.to_stock() if unit.seconds is None else unit.to_rate()


def tower_rows(settings: BudgetSettings, base: Path, budget: Budget) -> dict[str, Term]:
    """Add the tower's rows; return its mean terms by variable."""
    tower = settings.tower
    assert tower is not None
    path = joined(base, tower.annual)
    terms = annual_terms(read_annual_sums(path))
    if "NEP" not in terms:
        raise ReadError(str(path), f"has no NEE; it has {', '.join(terms)}")
    wanted = settings.budget.years or sorted(terms["NEP"])
    for year in missing_years(terms["NEP"], wanted):
        budget.odd(str(path), f"the tower has no NEE of {year}: the other years are used", lost="value")
    gpp, reco = PARTITIONING[tower.partitioning]
    found = {}
    for name, group, label in (
        ("NEP", "sink", "NEP (−NEE)"),
        (gpp, "production", "GPP"),
        (reco, "production", "Reco"),
    ):
        if name not in terms:
            budget.odd(str(path), f"has no {name}: it is left out", lost="value")
            continue
        mean = mean_of_years(terms[name], wanted)
        _doubt(budget, str(path), mean)
        found[name.split("_")[0]] = mean
        budget.add(group, "tower", label, mean)
        budget.by_year += [term for year, term in sorted(terms[name].items()) if year in wanted]
    return found


def _doubt(budget: Budget, path: str, term: Term) -> None:
    words = doubt(term.value, "flux", "g C m-2 a-1")
    if words:
        budget.odd(path, f"{term.name}: {words}", lost="nothing")


def lateral_rows(settings: BudgetSettings, base: Path, budget: Budget, nep: Term) -> None:
    """Add NECB, and name the lateral terms that nobody gave."""
    lateral, absent = _lateral(settings.lateral, base, budget, nep.years)
    given = {name: term for name, term in lateral.items() if name not in absent}
    balance = net_ecosystem_carbon_balance(nep, given, absent=absent)
    for name in balance.missing:
        budget.missing.append(f"{name}: {LATERAL[name][1]}; not given, counted as none in NECB")
    budget.add("sink", "tower + lateral terms", "NECB", balance.necb)


def _lateral(
    settings: Lateral, base: Path, budget: Budget, years: tuple[int, ...]
) -> tuple[dict[str, Term], list[str]]:
    if settings.file is None:
        return {}, list(settings.absent)
    path = joined(base, settings.file)
    table = read_table(path)
    by_term: dict[str, dict[int, Term]] = {}
    value, year, units = table.numbers("value"), table.years("year"), table.texts("unit")
    none = np.full(value.size, np.nan)
    error = table.numbers("standard_error") if table.has("standard_error") else none
    fraction = table.numbers("carbon_fraction") if table.has("carbon_fraction") else none
    for row, name in enumerate(table.texts("term")):
        if name not in LATERAL:
            words = f"unknown lateral term {name!r}; known: {', '.join(LATERAL)}"
            budget.odd(str(path), words, line=table.line(row))
            continue
        if not value[row] >= 0:
            words = f"{name} is {value[row]:g}: give losses and gains as positive numbers"
            budget.odd(str(path), words, line=table.line(row))
            continue
        unit = parse_unit(units[row])
        grams = (unit.to_stock if unit.seconds is None else unit.to_rate)(
            float(fraction[row]) if fraction[row] > 0 else None
        )
        when = int(np.floor(year[row]))
        by_term.setdefault(name, {})[when] = Term(
            name, grams * float(value[row]), grams * float(error[row]), years=(when,), source="user's table"
        )
    made = {}
    for name, terms in by_term.items():
        there = [terms[year] for year in years if year in terms]
        if not there:
            budget.odd(str(path), f"{name} has no year that the tower has: left out", lost="value")
            continue
        if len(there) < len(years):
            lost = ", ".join(str(year) for year in years if year not in terms)
            budget.odd(str(path), f"{name} is not given for {lost}: counted as none there", lost="value")
        # A mean over the tower's years: errors of single years are independent.
        made[name] = total(name, there, np.full(len(there), 1.0 / len(years)))
    return made, list(settings.absent)


def production_row(settings: BudgetSettings, budget: Budget, gpp: Term) -> None:
    """Add NPP = CUE x GPP, or say why there is none."""
    npp = settings.npp
    if npp.cue is not None and npp.cue_standard_error is not None:
        made = npp_by_carbon_use(gpp, npp.cue, npp.cue_standard_error, source="CUE given")
    elif npp.plant_type is not None:
        entry = carbon_use(npp.plant_type)
        made = npp_by_carbon_use(gpp, entry.cue, entry.standard_deviation, source=entry.citation)
        budget.sentences.append(
            f"NPP = CUE × GPP with CUE {entry.cue:g} ± {entry.standard_deviation:g} of {entry.plant_type} "
            f"(range {entry.low:g} to {entry.high:g}; {entry.basis}; {entry.citation}): {made.notes[-1]}."
        )
    else:
        budget.missing.append("NPP from GPP: no carbon use efficiency is chosen ([npp] plant_type or cue)")
        return
    budget.add("production", "tower", "NPP = CUE × GPP", made)


def annual_series(budget: Budget, settings: Tower) -> dict[str, CarbonSeries]:
    """Return the tower's annual sums as series, for a tower without half hours. [g C m-2 d-1]"""
    made = {}
    gpp, reco = PARTITIONING[settings.partitioning]
    for variable, name, sign in (("NEE", "NEP", -1.0), ("GPP", gpp, 1.0), ("RECO", reco, 1.0)):
        terms = [term for term in budget.by_year if term.name == name]
        if not terms:
            continue
        years = np.array([term.years[0] for term in terms], np.int64) - 1970
        begin, end = (x.astype("M8[Y]").astype("M8[D]") for x in (years, years + 1))
        sums = sign * np.array([term.value for term in terms])
        made[variable] = CarbonSeries("tower", variable, begin, end, sums / (end - begin).astype(np.float64))
    return made


def with_production(series: dict[str, CarbonSeries], settings: BudgetSettings) -> dict[str, CarbonSeries]:
    """Add NPP = CUE x GPP to the tower's series, where an efficiency is chosen."""
    npp = settings.npp
    cue = npp.cue if npp.plant_type is None else carbon_use(npp.plant_type).cue
    if cue is None or "GPP" not in series:
        return series
    gpp = series["GPP"]
    return series | {"NPP": replace(gpp, variable="NPP", rate=cue * gpp.rate)}


def tower_series(table: HalfHourTable, settings: Tower) -> dict[str, CarbonSeries]:
    """Return the tower's daily NEE, GPP and Reco; days with a gap have none. [g C m-2 d-1]"""
    gpp, reco = PARTITIONING[settings.partitioning]
    made = {}
    for variable, name in (("NEE", settings.nee), ("GPP", settings.gpp or gpp), ("RECO", reco)):
        if not table.has(name):
            continue
        values = table.column(name)
        day = (table.start.astype("M8[D]") - table.start[0].astype("M8[D]")).astype(np.int64)
        sums = np.bincount(day, values)
        counts = np.bincount(day)
        rate = np.where(counts == table.per_day, sums, np.nan) * table.step_s * M_C * 1e-6
        begin = table.start[0].astype("M8[D]") + np.arange(rate.size)
        made[variable] = CarbonSeries("tower", variable, begin, begin + 1, rate)
    return made
