"""Rows of MIAMI, light use, models and satellites, and their comparison with the tower."""

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.budget.models.light_use import LightUse, light_use_gpp, light_use_parameters
from fluxkit.budget.models.miami import miami_term
from fluxkit.budget.reading.biome_bgc import read_annual, read_daily
from fluxkit.budget.reading.century import read_century
from fluxkit.budget.reading.declared import read_netcdf_series, read_table_series
from fluxkit.budget.reading.modis import read_modis
from fluxkit.budget.reading.tables import read_table
from fluxkit.budget.results import Budget
from fluxkit.budget.series.agreement import FEWEST, compare_series, correct_series, in_terms_of, pixel_share
from fluxkit.budget.series.series import PERIODS, CarbonSeries, period_means
from fluxkit.budget.settings import BudgetSettings, Climate, LightUseSettings, SeriesFile
from fluxkit.budget.terms import Term, total
from fluxkit.budget.units import YEAR, UnitError, doubt, parse_unit
from fluxkit.errors import ReadError
from fluxkit.locations import joined, location

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

#: A file's place that is farther from the tower than this is that of another site. [deg]
FAR = 0.25
#: Rows that a variable belongs to, and the sign that makes it a gain of the land.
GROUP = {
    "NEE": ("sink", -1.0), "NEP": ("sink", 1.0), "GPP": ("production", 1.0), "NPP": ("production", 1.0),
    "RECO": ("production", 1.0),
}  # fmt: skip


class OtherSiteError(ReadError):
    """A series belongs to another site."""


def climate_row(settings: Climate, base: Path, budget: Budget) -> None:
    """Add MIAMI's NPP."""
    path = joined(base, settings.file)
    table = read_table(path)
    term = miami_term(
        table.numbers("ta"), table.numbers("p"), settings.carbon_fraction, source="MIAMI (Lieth 1975)"
    )
    if "years and more" in term.notes[0]:
        budget.odd(str(path), f"MIAMI: {term.notes[0]}", lost="nothing")
    budget.add("production", "climate model", "NPP by MIAMI", term)


def light_use_series(settings: LightUseSettings, base: Path) -> CarbonSeries:
    """Return the daily GPP of the light use estimate."""
    path = joined(base, settings.file)
    begin, end, fapar, problems, _ = read_table_series(path, "fapar")
    table = read_table(path)
    order = np.argsort(np.array(table.texts("date")), kind="stable")
    sw_in, t_min, vpd = (table.numbers(name)[order][: begin.size] for name in ("sw_in", "t_min", "vpd"))
    p = (
        light_use_parameters(settings.vegetation)
        if settings.vegetation is not None
        else LightUse(
            "given",
            settings.efficiency or 0.0,
            settings.t_none or 0.0,
            settings.t_full or 0.0,
            settings.vpd_full or 0.0,
            settings.vpd_none or 0.0,
        )
    )
    rate = light_use_gpp(sw_in, fapar, t_min, vpd, p)
    return CarbonSeries(
        "light use",
        "GPP",
        begin,
        end,
        rate,
        version=f"MOD17's parameters of {p.vegetation}" if p.citation else "parameters given",
        includes="all green leaves that fAPAR sees",
        problems=tuple(problems),
    )


def read_series(file: SeriesFile, base: Path, settings: BudgetSettings) -> CarbonSeries:
    """Read what a model or satellite has written, in g C m-2 d-1.

    Raises
    ------
    OtherSiteError
        It is that of another site.
    ReadError
        It cannot be read.
    """
    path = joined(base, file.file)
    site = settings.budget
    _same_site(str(path), {file.site} if file.site else set(), settings)
    place = (
        (site.latitude, site.longitude) if site.latitude is not None and site.longitude is not None else None
    )
    unit = file.unit or ""
    if file.format == "modis":
        begin, end, value, problems, found = read_modis(path, file.column, file.product)
        _same_place(str(path), found, settings)
        factor = 1000.0
    elif file.format == "biome-bgc-annual":
        begin, end, value, problems = read_annual(path, file.column)
        factor = 1.0
    elif file.format == "biome-bgc-daily":
        if file.first_year is None or not file.column.isdecimal():
            raise ReadError(str(path), "biome-bgc-daily needs first_year and the number of the column")
        begin, end, value, problems = read_daily(path, int(file.column), file.first_year)
        factor = 1000.0
    elif file.format == "netcdf":
        begin, end, value, problems, named, found = read_netcdf_series(path, file.column, place)
        _same_place(str(path), found, settings)
        problems += _unit_doubts(named, unit)
        return _with_rate(file, begin, end, value, problems, unit)
    elif file.format == "century":
        begin, end, value, problems = read_century(path, file.column)
        if parse_unit(unit).seconds is not None:
            return _with_rate(file, begin, end, value, problems, unit)
        factor = parse_unit(unit).to_stock(file.carbon_fraction)
    else:
        begin, end, value, problems, sites = read_table_series(path, file.column, file.time_column)
        _same_site(str(path), sites, settings)
        return _with_rate(file, begin, end, value, problems, unit)
    if file.accumulated:
        value = _differences(begin, value)
    days = (end - begin).astype(np.float64)
    return _series(file, begin, end, factor * value / days, problems)


def _with_rate(
    file: SeriesFile, begin: Days, end: Days, value: Array, problems: list[str], unit: str
) -> CarbonSeries:
    """Return a series of rates; a value by the year that stands for a calendar year is its sum."""
    found = parse_unit(unit)
    seconds = found.seconds or YEAR
    days = (end - begin).astype(np.float64)
    # The sum of a year of 366 days is not that of a mean year; likewise of months.
    of_calendar = (np.abs(days * 86400.0 / seconds - 1) < 0.1) & (seconds > 20 * 86400.0)
    scale = found.to_grams(file.carbon_fraction)
    rate = scale * value / np.where(of_calendar, days, seconds / 86400.0)
    return _series(file, begin, end, rate, problems)


def _series(file: SeriesFile, begin: Days, end: Days, rate: Array, problems: list[str]) -> CarbonSeries:
    return CarbonSeries(
        file.name, file.variable, begin, end, rate, file.version, file.includes, tuple(problems)
    )


def _differences(begin: Days, value: Array) -> Array:
    """Return what was added in each step of sums since the begin of the year."""
    year = begin.astype("M8[Y]")
    first = np.concatenate([[True], year[1:] != year[:-1]])
    return np.asarray(np.where(first, value, value - np.concatenate([[0.0], value[:-1]])))


def _unit_doubts(named: str, declared: str) -> list[str]:
    """Return a sentence where the file's unit is another than the declared one."""
    theirs = re.sub(r"^(k?g) m", r"\1 C m", named)  # models seldom say that their grams are of carbon
    try:
        same = abs(parse_unit(theirs).to_rate() / parse_unit(declared).to_rate() - 1) < 1e-3
    except UnitError:
        same = not named
    return [] if same else [f"the file says {named!r}, the configuration {declared!r}: the latter is used"]


def _same_site(path: str, names: set[str], settings: BudgetSettings) -> None:
    other = {name for name in names if name.casefold() != settings.budget.id.casefold()}
    if other:
        raise OtherSiteError(path, f"is of {', '.join(sorted(other))}, not of {settings.budget.id}: left out")


def _same_place(path: str, found: tuple[float, float] | None, settings: BudgetSettings) -> None:
    site = settings.budget
    if found is None or site.latitude is None or site.longitude is None:
        return
    far = max(abs(found[0] - site.latitude), abs((found[1] - site.longitude + 180) % 360 - 180))
    if far > FAR:
        raise OtherSiteError(
            path,
            f"is of {found[0]:.2f} N, {found[1]:.2f} E, which is not {settings.budget.id} "
            f"({site.latitude:.2f} N, {site.longitude:.2f} E): left out",
        )


def series_rows(
    series: CarbonSeries, budget: Budget, settings: BudgetSettings, tower: dict[str, CarbonSeries], path: str
) -> None:
    """Add the annual mean of a series, and compare it with the tower by day, month and year."""
    for reason in series.problems:
        budget.odd(path, reason, lost="value")
    group, sign = GROUP[series.variable]
    annual = period_means(series, "year")
    year = annual.begin.astype("M8[Y]").astype(np.int64) + 1970
    totals = {int(y): float(x) for y, x in zip(year, annual.totals(), strict=True) if np.isfinite(x)}
    wanted = settings.budget.years or _tower_years(budget) or sorted(totals)
    there = [y for y in wanted if y in totals]
    if there:
        value = float(np.mean([totals[y] for y in there])) * sign
        lost = [y for y in wanted if y not in totals]
        notes = ("its own error is not known",)
        if lost:
            budget.odd(path, f"{series.name} has no whole year of {', '.join(map(str, lost))}", lost="value")
        words = doubt(value, "flux", "its unit")
        if words:
            budget.odd(path, f"{series.name}: {words}", lost="nothing")
        name = "NEP" if group == "sink" else series.variable
        term = Term(
            name, value, np.nan, (series.includes,) if series.includes else (), (), tuple(there),
            " ".join(part for part in (series.name, series.version) if part), notes=notes,
        )  # fmt: skip
        budget.add(group, "model or satellite", f"{name} of {series.name}", term)
    else:
        budget.odd(path, f"{series.name} has none of the years {wanted}", lost="value")
    beside = _beside(series, tower)
    if beside is None:
        return
    for period in PERIODS:
        if _finer(series, period) and _finer(beside, period):
            found = compare_series(series, beside, period)
            if found.n >= FEWEST:
                budget.comparisons.append(found)


def _finer(series: CarbonSeries, period: str) -> bool:
    """Whether the series' own steps are not longer than a period."""
    step = float(np.median((series.end - series.begin).astype(np.float64)))
    return step <= {"day": 1.5, "month": 32, "year": 367}[period]


def _tower_years(budget: Budget) -> list[int]:
    return sorted({year for row in budget.rows if row.method == "tower" for year in row.term.years})


def _beside(series: CarbonSeries, tower: dict[str, CarbonSeries]) -> CarbonSeries | None:
    return tower.get("NEE" if series.variable in ("NEE", "NEP") else series.variable)


def corrected_rows(
    series: CarbonSeries,
    file: SeriesFile,
    budget: Budget,
    settings: BudgetSettings,
    tower: dict[str, CarbonSeries],
    base: Path,
) -> dict[int, Term]:
    """Add a series corrected by the tower; return its years."""
    beside = _beside(series, tower)
    if beside is None:
        budget.missing.append(
            f"{series.name} corrected: the tower's half hours have no {series.variable} to correct it by"
        )
        return {}
    wanted = "NEP" if series.variable in ("NEE", "NEP") else series.variable
    like = in_terms_of(beside, wanted)
    period = "month" if _finer(series, "month") and _finer(beside, "month") else "year"
    found = correct_series(in_terms_of(series, wanted), like, period, name=wanted)
    years = found.years
    chosen = [
        years[y] for y in (settings.budget.years or _tower_years(budget) or sorted(years)) if y in years
    ]
    low, high = found.line.interval()
    words = (
        f"{series.name} corrected by the tower's {found.line.n} {period}s: {found.line.slope:.2f} "
        f"({low:.2f} to {high:.2f}) times it {found.line.intercept:+.2f} g C m-2 d-1, r² {found.line.r2:.2f}"
    )
    if found.beyond > 0.05:
        words += f"; {100 * found.beyond:.0f} % of its {period}s lie beyond those that the line was fitted to"
    words += _footprint_words(file, settings, base, budget)
    budget.sentences.append(words + ".")
    if chosen:
        n = len(chosen)
        mean = total(wanted, chosen, np.full(n, 1 / n), np.ones((n, n)), notes=(f"by {period}",))
        budget.add(
            GROUP[wanted][0], "model or satellite, corrected", f"{wanted} of {series.name}, corrected", mean
        )
    return years


def _footprint_words(file: SeriesFile, settings: BudgetSettings, base: Path, budget: Budget) -> str:
    if file.pixel is None or settings.footprint is None:
        return "" if file.pixel is None else "; the footprint's share in the pixel is not known ([footprint])"
    path = joined(base, settings.footprint.file)
    try:
        ds = xr.load_dataset(location(path))
    except (OSError, ValueError) as error:
        raise ReadError(str(path), f"is no footprint climatology: {error}") from error
    if not {"footprint", "x", "y"} <= set(ds.variables):
        raise ReadError(str(path), "is no footprint climatology: footprint over y and x is needed")
    share = pixel_share(
        ds["x"].to_numpy().astype(float),
        ds["y"].to_numpy().astype(float),
        ds["footprint"].to_numpy().astype(float),
        (file.pixel.east, file.pixel.north),
        file.pixel.size,
    )
    return f"; {100 * share:.0f} % of the footprint lie in its pixel of {file.pixel.size:g} m"
