"""The energy balance of a run: closure by half hour, day and year, residuals, further columns, water."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fluxkit.budget.energy.closure import (
    Closure,
    available_energy,
    closure,
    daily_means,
    quantile_classes,
    residuals_by,
    sectors,
)
from fluxkit.budget.energy.corrections import correct_by_ratio, force_closure
from fluxkit.budget.energy.factors import (
    FactorCorrected,
    closure_factors,
    correct_days,
    correct_half_hours,
)
from fluxkit.budget.energy.storages import air_storage, biomass_storage, photosynthesis_storage, soil_storage
from fluxkit.budget.energy.water import evapotranspiration, fill_by_reference
from fluxkit.budget.reading.half_hours import HalfHourTable
from fluxkit.budget.reading.tables import read_table, the_column
from fluxkit.budget.results import Budget
from fluxkit.budget.settings import BudgetSettings, Energy
from fluxkit.locations import joined

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]
Columns = dict[str, Array]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class EnergyTables:
    """Columns beside those that were measured, which stay as they are."""

    start: npt.NDArray[np.datetime64] | None  #: of half hours, local standard time
    half_hours: Columns
    date: Days
    daily: Columns


def energy_of_half_hours(table: HalfHourTable, settings: BudgetSettings, budget: Budget) -> EnergyTables:
    """Close the balance of half hours and of the days that they make."""
    energy = settings.energy
    assert energy is not None
    h, le, rn, g = (table.column(name) for name in (energy.h, energy.le, energy.rn, energy.g))
    storages = _storages(table, settings, energy)
    available = available_energy(rn, g, storages)
    for name in storages:
        budget.sentences.append(f"The {name} is counted as stored energy.")
    whole = _storage_words(storages)
    if whole:
        budget.missing.append(f"energy stored in {whole}: not counted")
    budget.closures["half hour"] = closure(h, le, available)
    _by_what(table, energy, h, le, available, budget)
    t_air = table.column(energy.ta) if table.has(energy.ta) else np.full(h.size, np.nan)
    columns: Columns = {
        "H": h,
        "LE": le,
        "AVAILABLE": available,
        "ET": evapotranspiration(le, t_air, table.step_s),
    }
    columns |= _half_hour_corrections(table, energy, h, le, available)
    date, daily = _daily_of(table, energy, columns, t_air)
    _daily_corrections(energy, date, daily)
    _close_days(date, daily, budget)
    return EnergyTables(table.start, columns, date, daily)


def energy_of_days(base: Path, settings: BudgetSettings, budget: Budget) -> EnergyTables:
    """Close the balance of a table of daily means."""
    energy = settings.energy
    assert energy is not None
    assert energy.daily is not None
    path = joined(base, energy.daily)
    table = read_table(path)
    texts = table.texts(the_column(table, None, ("TIMESTAMP", "date"), "the date"))
    stamps = [text if "-" in text else f"{text[:4]}-{text[4:6]}-{text[6:8]}" for text in texts]
    date = np.array([stamp[:10] for stamp in stamps], "M8[D]")
    every = np.arange(date.min(), date.max() + 1)
    place = (date - date.min()).astype(np.int64)

    def column(name: str) -> Array:
        made = np.full(every.size, np.nan)
        made[place] = table.numbers(name)
        return made

    h, le = column(energy.h), column(energy.le)
    available = available_energy(column(energy.rn), column(energy.g))
    t_air = column(energy.ta) if table.has(energy.ta) else np.full(every.size, np.nan)
    daily: Columns = {"H": h, "LE": le, "AVAILABLE": available, "TA": t_air}
    daily["ET"] = evapotranspiration(le, t_air)
    if energy.reference_et is not None:
        filled = fill_by_reference(daily["ET"], column(energy.reference_et))
        daily["ET_F"] = filled.et
        budget.sentences.append(f"{int(filled.filled.sum())} days of ET are filled by reference ET.")
    if "bowen-ratio" in energy.corrections:
        made = force_closure(h, le, available)
        daily |= {"H_CORR_BR": made.h, "LE_CORR_BR": made.le}
    _daily_corrections(energy, every, daily)
    _close_days(every, daily, budget)
    return EnergyTables(None, {}, every, daily)


def _storages(table: HalfHourTable, settings: BudgetSettings, energy: Energy) -> Columns:
    made: Columns = {}
    step = table.step_s
    if energy.plate_depth is not None and energy.soil_heat is not None:
        water = table.column(energy.soil_water) / 100.0 if energy.soil_water else 0.0
        t_soil = table.column(energy.soil_temperature)
        made["heat of the soil above the plate"] = soil_storage(
            t_soil, water, energy.soil_heat, energy.plate_depth, step
        )
    if energy.air_height is not None:
        t = table.column(energy.ta)
        saturation = 6.1078 * np.exp(17.08085 * t / (234.175 + t))
        vapour = saturation - table.column(energy.vpd)
        made["heat of the air below the sonic"] = air_storage(
            t, vapour, table.column(energy.pressure), energy.air_height, step
        )
    if energy.biomass is not None and energy.biomass_heat is not None:
        made["heat of the biomass"] = biomass_storage(
            table.column(energy.ta), energy.biomass, energy.biomass_heat, step
        )
    if energy.photosynthesis:
        nee = settings.tower.nee if settings.tower else "NEE"
        made["energy of photosynthesis"] = photosynthesis_storage(-table.column(nee))
    return made


def _storage_words(storages: Columns) -> str:
    """Return the storages that are not counted."""
    words = {
        "soil": "the soil above the plate", "air": "the air", "biomass": "biomass",
        "photosynthesis": "photosynthesis",
    }  # fmt: skip
    return ", ".join(text for key, text in words.items() if not any(key in name for name in storages))


def _by_what(
    table: HalfHourTable, energy: Energy, h: Array, le: Array, available: Array, budget: Budget
) -> None:
    hours = tuple(f"{k}:00" for k in range(24))
    month = table.start.astype("M8[M]").astype(np.int64) % 12
    budget.residuals.append(
        residuals_by(h, le, available, np.floor(table.hour).astype(np.int64), hours, "hour")
    )
    budget.residuals.append(residuals_by(h, le, available, month, MONTHS, "month"))
    if table.has(energy.wd):
        classes, names = sectors(table.column(energy.wd))
        budget.residuals.append(residuals_by(h, le, available, classes, names, "sector of wind"))
    if table.has(energy.ustar):
        classes, names = quantile_classes(table.column(energy.ustar))
        budget.residuals.append(residuals_by(h, le, available, classes, names, "u* (m s⁻¹)"))


def _half_hour_corrections(
    table: HalfHourTable, energy: Energy, h: Array, le: Array, available: Array
) -> Columns:
    made: Columns = {}
    if "bowen-ratio" in energy.corrections:
        forced = force_closure(h, le, available)
        made |= {"H_CORR_BR": forced.h, "LE_CORR_BR": forced.le}
    if "fluxnet" in energy.corrections:
        factor = closure_factors(h, le, available)
        found = correct_half_hours(h, le, factor, table.hour, table.per_day)
        made |= _fluxnet_columns(found)
    return made


def _fluxnet_columns(found: FactorCorrected) -> Columns:
    """Return the columns of FLUXNET's products."""
    return {
        "H_CORR": found.h,
        "H_CORR_25": found.h_quartiles[:, 0],
        "H_CORR_75": found.h_quartiles[:, 1],
        "LE_CORR": found.le,
        "LE_CORR_25": found.le_quartiles[:, 0],
        "LE_CORR_75": found.le_quartiles[:, 1],
        "EBC_CF_METHOD": found.method.astype(np.float64),
        "EBC_CF_N": found.number.astype(np.float64),
    }


def _daily_of(table: HalfHourTable, energy: Energy, columns: Columns, t_air: Array) -> tuple[Days, Columns]:
    day = (table.start.astype("M8[D]") - table.start[0].astype("M8[D]")).astype(np.int64)
    all_terms = np.isfinite(columns["H"] + columns["LE"] + columns["AVAILABLE"])
    daily = {
        name: daily_means(columns[name], day, all_terms, table.per_day) for name in ("H", "LE", "AVAILABLE")
    }
    daily["TA"] = daily_means(t_air, day, np.isfinite(t_air), table.per_day)
    sums = np.bincount(day, np.nan_to_num(columns["ET"]))
    counts = np.bincount(day, np.isfinite(columns["ET"]))
    daily["ET"] = np.where(
        counts >= 0.9 * table.per_day, sums * table.per_day / np.maximum(counts, 1), np.nan
    )
    return table.start[0].astype("M8[D]") + np.arange(int(day.max()) + 1), daily


def _daily_corrections(energy: Energy, date: Days, daily: Columns) -> None:
    """Add corrected fluxes to a table of days."""
    h, le, available = daily["H"], daily["LE"], daily["AVAILABLE"]
    if "fluxnet" in energy.corrections:
        year = date.astype("M8[Y]")
        found = correct_days(
            h,
            le,
            closure_factors(h, le, available),
            year.astype(np.int64) + 1970,
            (date - year.astype("M8[D]")).astype(np.int64),
        )
        daily |= _fluxnet_columns(found)
        daily["ET_CORR"] = evapotranspiration(found.le, daily["TA"])
    if "ratio" in energy.corrections:
        smooth = correct_by_ratio(date, h, le, available)
        daily |= {"H_CORR_RATIO": smooth.h, "LE_CORR_RATIO": smooth.le, "EBR": smooth.ratio}


def _close_days(date: Days, daily: Columns, budget: Budget) -> None:
    h, le, available = daily["H"], daily["LE"], daily["AVAILABLE"]
    budget.closures["day"] = closure(h, le, available)
    years = date.astype("M8[Y]").astype(np.int64) + 1970
    for year in np.unique(years).tolist():
        mine = years == year
        found: Closure = closure(h[mine], le[mine], available[mine])
        budget.closures[str(year)] = found
        et = daily.get("ET_F", daily["ET"])[mine]
        known = np.isfinite(et)
        if known.sum() >= 0.9 * mine.sum() and mine.sum() >= 365:
            budget.water[year] = float(et[known].mean() * mine.sum())
        elif mine.sum() >= 365:
            budget.missing.append(
                f"evapotranspiration of {year}: {int((~known).sum())} days have none; give a filled LE or "
                "reference ET"
            )
