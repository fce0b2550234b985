"""Sections of a tower's page that lie over time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.report import figures, style
from fluxkit.report.columns import Records
from fluxkit.report.flux_losses import classes_of
from fluxkit.report.health import health_section
from fluxkit.report.losses import Losses, percent
from fluxkit.report.web.parts import (
    Column,
    Diurnal,
    Figure,
    Fingerprint,
    Lines,
    Section,
    Series,
    Table,
)
from fluxkit.report.web.still import still as still_of
from fluxkit.schema import variables

Array = npt.NDArray[np.float64]

#: Fewer days than this have no fingerprint, and no mean course of the day. [d]
FINGERPRINT_DAYS, COURSE_DAYS = 3, 5
#: Schemes that a table lists.
MOST_SCHEMES = 60


@dataclass(frozen=True)
class Told:
    """A section, and the columns that were made for it."""

    section: Section
    made: Mapping[str, Column]


def shown_fluxes(fluxes: xr.Dataset) -> list[str]:
    """Return the fluxes that the page is about, the first of them its subject."""
    gases = variables.gas_fluxes(variables.further_gases(fluxes.variables))
    others = [name for name in gases if name not in ("FC", "FH2O")]
    candidates = ("NEE" if "NEE" in fluxes else "FC", "LE", "H", *others)
    return [name for name in candidates if name in fluxes]


def over_time(records: Records, losses: Losses, run: Mapping[str, Any]) -> list[Told]:
    """Return the sections that the script draws, those for which there are data, in reading order."""
    fluxes = records.fluxes
    days = records.clock.count / records.clock.per_day
    shown = shown_fluxes(fluxes)
    told = [_fluxes(records, shown, losses)]
    if days >= FINGERPRINT_DAYS:
        told.insert(0, _fingerprints(records, shown))
    if days >= COURSE_DAYS:
        parts = [Diurnal(name) for name in shown[:3]]
        caption = "Mean by month with the standard deviation; all values, whatever their quality."
        told.append(Told(Section("Course of the day", parts, caption), {}))
    others = (
        _energy(records),
        _radiation(records),
        _lags(records),
        _wind(records),
        _air(records),
        _schemes(records, shown),
        None if (instruments := health_section(records.fluxes, run)) is None else Told(instruments, {}),
    )
    return told + [more for more in others if more is not None]


def _fingerprints(records: Records, shown: list[str]) -> Told:
    parts: list[Figure] = []
    for name in shown[:3]:
        parts.append(Fingerprint(name))
        quality = classes_of(records.fluxes, name)
        if quality in records.fluxes:
            parts.append(Fingerprint(quality, "classes"))
    return Told(Section("Fingerprints", parts, "Days to the right, hours upwards; grey is missing."), {})


def _fluxes(records: Records, shown: list[str], losses: Losses) -> Told:
    made: dict[str, Column] = {}
    parts: list[Figure] = []
    for name in shown:
        band = None
        error = f"{name}_RANDUNC_HF"
        if error in records.fluxes:
            value, spread, unit = records.values(name), records.values(error), _unit(name)
            band = f"{name}_LOW", f"{name}_HIGH"
            made[band[0]] = Column(value - spread, f"{name} − random error", unit)
            made[band[1]] = Column(value + spread, f"{name} + random error", unit)
        quality = classes_of(records.fluxes, name)
        quality = quality if quality in records.fluxes else ""
        kind = "points" if quality else "line"
        parts.append(Lines([Series(name, kind=kind, quality=quality, band=band)], style.label(name)))
    caption = (
        f"Fluxes through time, positive upward; {losses.valid} of {losses.expected} periods have "
        f"{losses.subject}. The colour of a point is the verdict of all tests (<FLUX>_QC); a band shows one "
        "random error."
    )
    return Told(Section("Fluxes", parts, caption), made)


def _energy(records: Records) -> Told | None:
    fluxes = records.fluxes
    if not {"NETRAD", "H", "LE"} <= set(map(str, fluxes)):
        return None
    turbulent = records.values("H") + records.values("LE")
    ground = records.values("G") if "G" in fluxes else np.zeros(records.clock.count)
    available = records.values("NETRAD") - ground
    less = "NETRAD − G" if "G" in fluxes else "NETRAD"
    made = {
        "TURBULENT": Column(turbulent, "H + LE", "W m⁻²"),
        "AVAILABLE": Column(available, less, "W m⁻²"),
    }
    both = np.isfinite(turbulent) & np.isfinite(available)
    lines = Lines([Series("AVAILABLE", style.ORANGE), Series("TURBULENT", style.BLUE)], "energy (W m⁻²)")
    if both.sum() < 10 or not available[both].any():
        return Told(Section("Energy balance", [lines], f"Turbulent fluxes beside {less}."), made)
    ratio = turbulent[both].sum() / available[both].sum()
    slope = float(np.sum(turbulent[both] * available[both]) / np.sum(available[both] ** 2))
    drawn = figures.closure_figure(available, turbulent, less)
    caption = (
        f"Turbulent fluxes are {percent(round(1000 * ratio), 1000)} of {less} over {both.sum()} periods that "
        f"have both; regression through the origin {slope:.2f}. Storage is not counted."
    )
    closure = still_of(drawn, "closure", f"H + LE against {less}: ratio of sums {ratio:.2f}.")
    return Told(Section("Energy balance", [lines, closure], caption), made)


#: What a biomet station measures beside: what is drawn together, with colours, and the name of the axis.
_RADIATION: tuple[tuple[tuple[str, ...], str], ...] = (
    (("SW_IN", "SW_OUT", "SW_IN_POT"), "SW (W m⁻²)"),
    (("LW_IN", "LW_OUT"), "LW (W m⁻²)"),
    (("NETRAD",), "NETRAD (W m⁻²)"),
    (("PPFD_IN",), "µmol m⁻² s⁻¹"),
    (("G",), "G (W m⁻²)"),
    (("TS",), "TS (°C)"),
    (("SWC",), "SWC (%)"),
    (("P",), "P (mm)"),
)


def _radiation(records: Records) -> Told | None:
    """Return what was measured of radiation, soil and rain; potential radiation alone is no measurement."""
    colours = (style.ORANGE, style.BLUE, style.GREY)
    parts: list[Figure] = []
    for group, label in _RADIATION:
        there = [name for name in group if name in records.fluxes and np.isfinite(records.values(name)).any()]
        if set(there) - {"SW_IN_POT"}:
            series = [Series(name, colours[group.index(name)]) for name in there]
            parts.append(Lines(series, label, 170))
    caption = (
        "What the slow instruments measured: short-wave and long-wave radiation, in and out, beside that at "
        "the top of the atmosphere (SW_IN_POT); net radiation; photons (PPFD_IN); heat flux, temperature and "
        "water of the soil; precipitation."
    )
    return Told(Section("Radiation and soil", parts, caption), {}) if parts else None


def _lags(records: Records) -> Told | None:
    names = [str(name) for name in records.fluxes if str(name).endswith("_TLAG_USED")]
    gases = sorted(name.removesuffix("_TLAG_USED") for name in names)
    if not gases:
        return None
    parts: list[Figure] = []
    for gas in gases:
        part = {kind: f"{gas}_TLAG_{kind}" for kind in ("MIN", "MAX", "NOMINAL", "ACTUAL", "USED")}
        there = {kind: name for kind, name in part.items() if name in records.fluxes}
        band = (part["MIN"], part["MAX"]) if {"MIN", "MAX"} <= set(there) else None
        series = [Series(there["NOMINAL"], style.GREY)] if "NOMINAL" in there else []
        if "ACTUAL" in there:
            series.append(Series(there["ACTUAL"], style.ORANGE, kind="points"))
        series.append(Series(there["USED"], style.BLUE, kind="points", band=band, band_colour="#9aa3ab"))
        parts.append(Lines(series, f"{gas} delay (s)", 180))
    drawn = figures.lag_shares_figure(records.fluxes, gases)
    alt = _range_words(records.fluxes, [f"{gas}_TLAG_USED" for gas in gases])
    parts.append(still_of(drawn, "lags", alt))
    caption = (
        "Delay of each gas behind the wind: found at the largest covariance, and used; the band is the "
        "window that was searched. Below: how often each delay was found, and delays against humidity."
    )
    return Told(Section("Time lags", parts, caption), {})


def _wind(records: Records) -> Told | None:
    fluxes = records.fluxes
    if "WS" not in fluxes:
        return None
    colours = {"WS": style.BLUE, "WD": style.GREEN, "USTAR": style.RED, "TAU": style.ORANGE}
    drawn = figures.rose_figure(fluxes)
    parts: list[Figure] = [still_of(drawn, "rose", _range_words(fluxes, ("WS", "WD", "USTAR")))]
    for name in (name for name in colours if name in fluxes):
        kind = "points" if name == "WD" else "line"
        parts.append(Lines([Series(name, colours[name], kind=kind)], style.label(name), 170))
    return Told(Section("Wind", parts, "Where the wind comes from; speed, direction, u* and stress."), {})


#: Panels of the air: what is drawn together, and the name of the axis.
_AIR: tuple[tuple[tuple[str, ...], str], ...] = (
    (("TA", "T_SONIC"), "temperature (°C)"),
    (("RH",), "RH (%)"),
    (("PA",), "PA (kPa)"),
    (("ROT_PITCH",), "pitch (°)"),
    (("ROT_ROLL",), "roll (°)"),
    (("ROT_YAW",), "yaw (°)"),
)


def _air(records: Records) -> Told | None:
    parts: list[Figure] = []
    for group, label in _AIR:
        there = [name for name in group if name in records.fluxes]
        if there == ["ROT_ROLL"] and not np.nan_to_num(records.values("ROT_ROLL")).any():
            continue
        kind = "points" if group == ("ROT_YAW",) else "line"
        looks = zip(there, (style.BLUE, style.RED), strict=False)
        series = [Series(name, colour, kind=kind) for name, colour in looks]
        if series:
            parts.append(Lines(series, label, 170))
    caption = "Air temperature, humidity and pressure, and the angles by which the wind was rotated."
    return Told(Section("Air and rotation", parts, caption), {}) if parts else None


def _schemes(records: Records, shown: list[str]) -> Told | None:
    made: dict[str, Column] = {}
    parts: list[Figure] = []
    for name in shown:
        consensus, spread = f"{name}_CONSENSUS", f"{name}_SPREAD"
        if not {consensus, spread} <= set(map(str, records.fluxes)):
            continue
        value, half, unit = records.values(consensus), records.values(spread), _unit(name)
        made[f"{name}_SCHEMES_LOW"] = Column(value - half, f"{consensus} − spread", unit)
        made[f"{name}_SCHEMES_HIGH"] = Column(value + half, f"{consensus} + spread", unit)
        band = f"{name}_SCHEMES_LOW", f"{name}_SCHEMES_HIGH"
        parts.append(Lines([Series(consensus, style.BLUE, band=band)], style.label(name), 170))
    table = _scheme_table(records.fluxes, shown)
    if table is not None:
        parts.append(table)
    caption = "Consensus of all schemes of [schemes] and their spread; in the table means by each scheme."
    return Told(Section("Schemes", parts, caption), made) if parts else None


def _scheme_table(fluxes: xr.Dataset, shown: Sequence[str]) -> Table | None:
    """Return the mean of each flux by each scheme, over the periods for which all schemes have it."""
    known = [name for name in shown if f"{name}_SCHEMES" in fluxes]
    if not known:
        return None
    names = [str(scheme) for scheme in fluxes["scheme"].values]
    columns = []
    for name in known:
        values = fluxes[f"{name}_SCHEMES"].transpose("scheme", "time").values
        both = np.isfinite(values).all(axis=0)
        columns.append(values[:, both].mean(axis=1) if both.any() else np.full(len(names), np.nan))
    rows = [
        [name, *(f"{column[k]:.4g}".replace("-", "−") for column in columns)] for k, name in enumerate(names)
    ]
    more = (
        f"{len(rows) - MOST_SCHEMES} more schemes are in the netCDF file." if len(rows) > MOST_SCHEMES else ""
    )
    head = ["scheme", *(f"mean {style.label(name)}" for name in known)]
    return Table(head, rows[:MOST_SCHEMES], range(1, len(head)), title="Means by scheme", more=more)


def _unit(name: str) -> str:
    return style.units(variables.entry(name).units)


def _range_words(fluxes: xr.Dataset, names: Iterable[str]) -> str:
    """Return the range of each variable as text."""
    parts = []
    for name in names:
        if name not in fluxes:
            continue
        values = fluxes[name].to_numpy().astype(np.float64)
        valid = values[np.isfinite(values)]
        if valid.size:
            units = variables.entry(name).units if variables.is_known(name) else ""
            parts.append(f"{name} between {valid.min():.3g} and {valid.max():.3g} {units}".strip())
        else:
            parts.append(f"{name} without values")
    return ", ".join(parts) + "."
