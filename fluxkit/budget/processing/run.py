"""All of a carbon budget: read, compute, write tables and the page."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.archive.folder.lock import locked
from fluxkit.budget.page.page import write_budget_page
from fluxkit.budget.processing.citations import methods
from fluxkit.budget.processing.of_agreement import tell_agreement
from fluxkit.budget.processing.of_chambers import chamber_rows
from fluxkit.budget.processing.of_energy import EnergyTables, energy_of_days, energy_of_half_hours
from fluxkit.budget.processing.of_models import (
    climate_row,
    corrected_rows,
    light_use_series,
    read_series,
    series_rows,
)
from fluxkit.budget.processing.of_plots import inventory_rows, pool_rows, soil_rows, sum_of_changes
from fluxkit.budget.processing.of_tower import (
    annual_series,
    lateral_rows,
    production_row,
    tower_rows,
    tower_series,
    with_production,
)
from fluxkit.budget.reading.half_hours import HalfHourTable, read_half_hour_table
from fluxkit.budget.results import Budget
from fluxkit.budget.series.series import CarbonSeries
from fluxkit.budget.settings import BudgetSettings
from fluxkit.budget.terms import Term
from fluxkit.budget.units import CO2_PER_C
from fluxkit.errors import FluxkitError, NoInputError
from fluxkit.export.atomic import write_text
from fluxkit.export.crate import write_crate
from fluxkit.export.csv_text import csv_text
from fluxkit.export.records import write_quarantine, write_run
from fluxkit.locations import joined, location
from fluxkit.schema import provenance
from fluxkit.site.toml.loading import checked, located, text_of

logger = logging.getLogger(__name__)

QUARANTINE, RUN, PAGE = "quarantine.csv", "run.json", "budget.html"
HEAD = (
    "group", "method", "term", "value", "standard_error", "lower", "upper", "unit", "value_Mg_C_ha",
    "value_t_CO2_ha", "years", "includes", "lacks", "notes", "source",
)  # fmt: skip


@dataclass(frozen=True)
class BudgetResults:
    """What a run has made."""

    budget: Budget
    corrected: dict[str, dict[int, Term]]  #: series -> year -> corrected annual sum
    energy: EnergyTables | None
    paths: dict[str, Path]


def load(path: str | PathLike[str]) -> BudgetSettings:
    """Read and check the configuration of a budget.

    Raises
    ------
    ConfigError
        It does not exist, is not TOML, or something in it is missing, unknown or not allowed.

    Examples
    --------
    >>> import tempfile
    >>> import fluxkit as fk
    >>> from fluxkit.budget.synthetic.site import make_site
    >>> settings = fk.budget.load(make_site(tempfile.mkdtemp(), chambers=False))
    >>> settings.budget.id
    'demo'
    """
    place = located(path)
    return checked(BudgetSettings, text_of(place, "fluxkit demo --budget"), str(place))


def run(config: str | PathLike[str], out: str | PathLike[str]) -> BudgetResults:
    """Make a carbon budget.

    Parameters
    ----------
    config : path
        ``budget.toml``; its paths are relative to it.
    out : path
        Results folder, created if missing: ``<ID>_budget.csv``, ``budget.html`` and more.

    Returns
    -------
    BudgetResults

    Raises
    ------
    ConfigError
        The configuration is wrong.
    NoInputError
        No method could be used; ``quarantine.csv`` gives the reasons.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import fluxkit as fk
    >>> from fluxkit.budget.synthetic.site import make_site
    >>> config = make_site(Path(tempfile.mkdtemp()), chambers=False)
    >>> results = fk.budget.run(config, config.parent / "out")
    >>> sorted(results.paths)[:3]
    ['budget', 'by_year', 'comparison']
    """
    return run_settings(load(config), located(config).parent, location(str(out)))


def run_settings(settings: BudgetSettings, base: Path, folder: Path) -> BudgetResults:
    """Make a budget whose paths are relative to ``base``; the rest as of `run`."""
    started = provenance.utc_now()
    with locked(folder):
        budget = Budget()
        corrected, energy = _methods(settings, base, budget)
        if not budget.rows and not budget.stocks and not budget.closures:
            _write_problems(budget, folder)
            reason = budget.problems[0].reason if budget.problems else "nothing was given"
            raise NoInputError(f"no method could be used, see {folder / QUARANTINE}; {reason}")
        given = settings.model_dump(mode="json")
        about = {
            "kind": "budget",
            "started": started,
            "versions": provenance.versions(),
            "settings": given,
            "settings_sha256": provenance.settings_sha256(given),
            "inputs": _inputs(given, base),
            "methods": methods(settings),
            "missing": budget.missing,
            "sentences": budget.sentences,
        }
        paths = _write(settings, budget, corrected, energy, folder, about)
    for problem in budget.problems:
        if problem.lost in ("method", "value"):
            logger.warning("%s: %s", problem.path, problem.reason)
    return BudgetResults(budget, corrected, energy, paths)


def _methods(
    settings: BudgetSettings, base: Path, budget: Budget
) -> tuple[dict[str, dict[int, Term]], EnergyTables | None]:
    """Do one method after the other; one that cannot be done costs itself."""
    tower: dict[str, Term] = {}
    half_hours: HalfHourTable | None = None
    daily: dict[str, CarbonSeries] = {}
    if settings.tower is not None:
        tower = _attempt(budget, settings.tower.annual, lambda: tower_rows(settings, base, budget)) or {}
        if "NEP" in tower:
            nep = tower["NEP"]
            _attempt(
                budget,
                settings.lateral.file or "[lateral]",
                lambda: lateral_rows(settings, base, budget, nep),
            )
        if "GPP" in tower:
            _attempt(budget, "[npp]", lambda: production_row(settings, budget, tower["GPP"]))
        if settings.tower.half_hours is not None:
            file, of_tower = joined(base, settings.tower.half_hours), settings.tower
            half_hours = _attempt(
                budget, str(file), lambda: read_half_hour_table(file, settings.budget.utc_offset_h)
            )
            if half_hours is not None:
                read = half_hours
                daily = _attempt(budget, str(file), lambda: tower_series(read, of_tower)) or {}
        daily = daily or annual_series(budget, settings.tower)
        daily = _attempt(budget, "[npp]", lambda: with_production(daily, settings)) or daily
    else:
        budget.missing.append("tower: no annual sums are given ([tower])")
    if settings.chambers is not None and half_hours is not None:
        records = half_hours
        _attempt(
            budget,
            str(settings.chambers.fluxes),
            lambda: chamber_rows(settings, base, budget, records, tower.get("NEP")),
        )
    elif settings.chambers is None:
        budget.missing.append("chambers: no soil respiration is given ([chambers])")
    _plots(settings, base, budget)
    corrected = _models(settings, base, budget, daily)
    tell_agreement(budget)
    return corrected, _energy(settings, base, budget, half_hours)


def _attempt(budget: Budget, path: str, method: Callable[[], Any]) -> Any:
    """Return what a method gives, None if it cannot be done: then the reason is a problem."""
    try:
        return method()
    except (FluxkitError, ValueError) as error:
        budget.odd(path, str(error), lost="method")
        return None


def _plots(settings: BudgetSettings, base: Path, budget: Budget) -> None:
    changes: list[Term] = []
    for inventory in settings.inventories:
        change = _attempt(budget, inventory.plots, lambda i=inventory: inventory_rows(i, base, budget))  # type: ignore[misc]
        changes += [change] if change is not None else []
    for pools in settings.pools:
        changes += _attempt(budget, pools.file, lambda p=pools: pool_rows(p, base, budget)) or []  # type: ignore[misc]
    if settings.soil is not None:
        soil = settings.soil
        change = _attempt(budget, soil.horizons, lambda: soil_rows(soil, base, budget))
        changes += [change] if change is not None else []
    sum_of_changes(budget, changes)
    for given, words in (
        (settings.inventories, "inventory: no plots are given ([[inventories]])"),
        (settings.soil, "soil: no horizons are given ([soil])"),
    ):
        if not given:
            budget.missing.append(words)


def _models(
    settings: BudgetSettings, base: Path, budget: Budget, daily: dict[str, CarbonSeries]
) -> dict[str, dict[int, Term]]:
    if settings.climate is not None:
        climate = settings.climate
        _attempt(budget, climate.file, lambda: climate_row(climate, base, budget))
    if settings.light_use is not None:
        light = settings.light_use
        series = _attempt(budget, light.file, lambda: light_use_series(light, base))
        if series is not None:
            _attempt(budget, light.file, lambda: series_rows(series, budget, settings, daily, light.file))
    corrected = {}
    for file in settings.series:
        found = _attempt(budget, file.file, lambda f=file: read_series(f, base, settings))  # type: ignore[misc]
        if found is None:
            continue
        _attempt(budget, file.file, lambda s=found, f=file: series_rows(s, budget, settings, daily, f.file))  # type: ignore[misc]
        if file.correct:
            years = _attempt(
                budget,
                file.file,
                lambda s=found, f=file: corrected_rows(s, f, budget, settings, daily, base),  # type: ignore[misc]
            )
            corrected[file.name] = years or {}
    return corrected


def _energy(
    settings: BudgetSettings, base: Path, budget: Budget, half_hours: HalfHourTable | None
) -> EnergyTables | None:
    energy = settings.energy
    if energy is None:
        return None
    if energy.half_hours is not None:
        file = joined(base, energy.half_hours)
        offset = settings.budget.utc_offset_h
        half_hours = _attempt(budget, str(file), lambda: read_half_hour_table(file, offset))
    if energy.half_hours is None and energy.daily is not None:
        made: EnergyTables | None = _attempt(
            budget, energy.daily, lambda: energy_of_days(base, settings, budget)
        )
        return made
    if half_hours is None:
        return None
    records = half_hours
    found: EnergyTables | None = _attempt(
        budget, records.path, lambda: energy_of_half_hours(records, settings, budget)
    )
    return found


def _write(
    settings: BudgetSettings,
    budget: Budget,
    corrected: dict[str, dict[int, Term]],
    energy: EnergyTables | None,
    out: Path,
    about: dict[str, Any],
) -> dict[str, Path]:
    name = settings.budget.id
    paths = {
        "budget": out / f"{name}_budget.csv",
        "by_year": out / f"{name}_budget_by_year.csv",
        "comparison": out / f"{name}_budget_comparison.csv",
        "page": out / PAGE,
        "quarantine": out / QUARANTINE,
        "run": out / RUN,
    }
    rows = [_cells(row.group, row.method, row.label, row.term, "g C m-2 a-1") for row in budget.rows]
    rows += [_cells("stock", "inventory", row.label, row.term, "g C m-2") for row in budget.stocks]
    write_text(paths["budget"], csv_text([HEAD, *rows]))
    years = [_cells("year", term.source, term.name, term, "g C m-2 a-1") for term in budget.by_year]
    years += [
        _cells("year", f"{series}, corrected", term.name, term, "g C m-2 a-1")
        for series, terms in corrected.items()
        for term in terms.values()
    ]
    write_text(paths["by_year"], csv_text([HEAD, *years]))
    write_text(paths["comparison"], csv_text(_comparison_rows(budget)))
    if energy is not None:
        if energy.start is not None:
            paths["energy_half_hours"] = out / f"{name}_energy_HH.csv"
            _write_columns(
                paths["energy_half_hours"], energy.start, energy.half_hours, "TIMESTAMP_START", "m"
            )
        paths["energy_days"] = out / f"{name}_energy_DD.csv"
        _write_columns(paths["energy_days"], energy.date, energy.daily, "TIMESTAMP", "D")
    write_budget_page(paths["page"], settings, budget)
    _write_problems(budget, out)
    products = {p.name: {"sha256": provenance.file_sha256(p)} for p in paths.values() if p != paths["run"]}
    told = about | {"products": products, "finished": provenance.utc_now()}
    write_run(told, paths["run"])
    write_crate(out, told, title=f"Carbon budget of {settings.budget.name or name}")
    return paths


def _inputs(given: Any, base: Path) -> list[dict[str, Any]]:
    """Return the files that settings name, each once, with its checksum."""
    files = {text: joined(base, text) for text in _texts(given)}
    return [
        {"path": text, "bytes": file.stat().st_size, "sha256": provenance.file_sha256(file), "status": "used"}
        for text, file in sorted(files.items())
        if file.is_file()
    ]


def _texts(given: Any) -> Iterator[str]:
    if isinstance(given, dict):
        for value in given.values():
            yield from _texts(value)
    elif isinstance(given, list):
        for value in given:
            yield from _texts(value)
    elif isinstance(given, str) and given and len(given) < 4096 and "\0" not in given:
        yield given


def _cells(group: str, method: str, label: str, term: Term, unit: str) -> list[object]:
    low, high = term.interval()
    mega = term.value / 100.0
    numbers = (term.value, term.standard_error, low, high)
    return [
        group, method, label, *(_number(x) for x in numbers), unit, _number(mega), _number(mega * CO2_PER_C),
        " ".join(map(str, term.years)), "; ".join(term.includes), "; ".join(term.lacks),
        "; ".join(term.notes), term.source,
    ]  # fmt: skip


def _number(value: float) -> str:
    return f"{value:.6g}" if np.isfinite(value) else "-9999"


def _comparison_rows(budget: Budget) -> list[list[object]]:
    head: list[object] = [
        "series", "variable", "period", "n", "slope", "slope_lower", "slope_upper", "intercept", "r2", "bias",
        "bias_lower", "bias_upper", "rmse", "unit",
    ]  # fmt: skip
    rows = [head]
    for found in budget.comparisons:
        line = found.line
        if line is None:
            continue
        low, high = line.interval()
        numbers = (
            line.slope,
            low,
            high,
            line.intercept,
            line.r2,
            found.bias,
            *found.bias_interval(),
            found.rmse,
        )
        rows.append(
            [found.name, found.variable, found.period, found.n, *(_number(x) for x in numbers), "g C m-2 d-1"]
        )
    return rows


def _write_columns(
    path: Path,
    times: npt.NDArray[np.datetime64],
    columns: dict[str, npt.NDArray[np.float64]],
    name: str,
    unit: str,
) -> None:
    texts = np.datetime_as_string(times.astype(f"M8[{unit}]")).tolist()
    stamps = [text.replace("-", "").replace("T", "").replace(":", "") for text in texts]
    table = np.column_stack(list(columns.values()))
    table[~np.isfinite(table)] = -9999.0
    lines = [",".join((name, *columns))]
    lines += [
        f"{stamp}," + ",".join(f"{x:.6g}" for x in row) for stamp, row in zip(stamps, table, strict=True)
    ]
    write_text(path, "\n".join(lines) + "\n")


def _write_problems(budget: Budget, out: Path) -> None:
    problems = [{"path": p.path, "line": p.line, "lost": p.lost, "reason": p.reason} for p in budget.problems]
    write_quarantine(problems, out / QUARANTINE)
