"""Sections of a tower's page: what is drawn over time, and the drawings that are not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.report import figures, source_area, style, summaries
from fluxkit.report.columns import Records
from fluxkit.report.losses import Losses, percent
from fluxkit.report.web.parts import (
    Column,
    Diurnal,
    Figure,
    Fingerprint,
    Lines,
    Section,
    Series,
    Static,
    Table,
)
from fluxkit.schema import variables
from fluxkit.site.models import Site
from fluxkit.tower.climatology import footprint_climatology, has_footprints

Array = npt.NDArray[np.float64]

#: Footprints that the map of source areas is made of, and the most parcels that all, and one, are cut into.
FOOTPRINTS, FOOTPRINT_PARCELS, PARCELS_EACH = 1500, 1_500_000, 12_000
#: Fewer days than this have no fingerprint, and no mean course of the day. [d]
FINGERPRINT_DAYS, COURSE_DAYS = 3, 5


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


def over_time(records: Records, losses: Losses) -> list[Told]:
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
    others = (_energy(records), _lags(records), _wind(records), _air(records), _schemes(records, shown))
    return told + [more for more in others if more is not None]


def quality_of(fluxes: xr.Dataset, name: str) -> str:
    """Return the variable that holds the class of a flux: the verdict of all tests where there is one."""
    return next((flag for flag in (f"{name}_QC", f"{name}_SSITC_TEST") if flag in fluxes), "")


def _fingerprints(records: Records, shown: list[str]) -> Told:
    parts: list[Figure] = [Fingerprint(name) for name in shown[:3]]
    quality = quality_of(records.fluxes, shown[0])
    if quality:
        parts.insert(1, Fingerprint(quality, "classes"))
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
        quality = quality_of(records.fluxes, name)
        kind = "points" if quality else "line"
        parts.append(Lines([Series(name, kind=kind, quality=quality, band=band)], style.label(name)))
    caption = (
        f"Fluxes through time, positive upward; {losses.valid} of {losses.expected} periods have "
        f"{losses.subject}. The colour of a point is its class; a band shows one random error."
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
    still = Static(drawn.svg("closure"), f"H + LE against {less}: ratio of sums {ratio:.2f}.")
    return Told(Section("Energy balance", [lines, still], caption), made)


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
    parts.append(Static(drawn.svg("lags"), alt))
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
    parts: list[Figure] = [Static(drawn.svg("rose"), _range_words(fluxes, ("WS", "WD", "USTAR")))]
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
    caption = "Consensus of all schemes of [schemes] and their spread."
    return Told(Section("Schemes", parts, caption), made) if parts else None


def still(fluxes: xr.Dataset, spectra: xr.Dataset | None, site: Site, losses: Losses) -> list[Section]:
    """Return the sections that are drawn beforehand."""
    words = (
        "From all averaging periods to the best values; a period with several reasons is counted under the "
        "first. Values of every class stay in the data; those that the policy of flags would remove have "
        f"{losses.subject}_QC = 2 and their reasons in {losses.subject}_QC_REASON."
    )
    lost = Static(summaries.losses_figure(losses).svg("losses"), _loss_words(losses))
    rows = [[reason, str(count), percent(count, losses.expected)] for reason, count in losses.removed.items()]
    parts: list[Figure] = [lost]
    if rows:
        parts.append(Table(["reason", "periods", "share"], rows, (1, 2), folded="Numbers"))
    sections = [Section("What was lost, and why", parts, words)]
    if spectra is not None and any(str(name).startswith(("COSP_", "SPEC_")) for name in spectra):
        caption = (
            "Median over all periods with the central half shaded. In the inertial subrange f Co(f) falls "
            "with frequency to the power −4/3, f S(f) to −2/3 (Kaimal et al. 1972); a steeper fall is "
            "attenuation, a rise is noise."
        )
        alt = f"Median cospectra of {', '.join(str(name) for name in spectra)} against frequency."
        drawn = summaries.cospectra_figure(spectra).svg("cospectra")
        sections.append(Section("Cospectra", [Static(drawn, alt)], caption))
    return sections + _source_areas(fluxes, site)


def _source_areas(fluxes: xr.Dataset, site: Site) -> list[Section]:
    """Return where the fluxes come from; of a long record, from periods spread over it."""
    some = fluxes.isel(time=slice(None, None, -(-fluxes.sizes["time"] // FOOTPRINTS)))
    if site.decide.footprint == "none" or not has_footprints(some, site):
        return []
    parcels = min(FOOTPRINT_PARCELS, PARCELS_EACH * some.sizes["time"])
    climatology = footprint_climatology(some, site, shares=source_area.SHARES, parcels=parcels)
    areas = zip(climatology["contour_share"].values, climatology["source_area"].values, strict=True)
    sizes = ", ".join(f"{100 * share:g} % from {area / 1e4:.2g} ha" for share, area in areas)
    of = climatology.attrs
    caption = (
        f"Left: smallest areas that shares of the flux come from, mean of {of['periods_used']} footprints of "
        f"{of['model']}; the cross is the tower. {of.get('comment', '')} "
        "Right: distance upwind of the largest contribution, and within which half and 90 % of it arise."
    )
    drawn = source_area.source_area_figure(climatology, fluxes).svg("source_area")
    return [Section("Where the fluxes come from", [Static(drawn, f"Source areas: {sizes}.")], caption)]


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


def _loss_words(losses: Losses) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in losses.removed.items()) or "none lost"
    quality = losses.quality.get(losses.subject, {})
    classes = ", ".join(f"{count} of class {code}" for code, count in quality.items() if code != "untested")
    judged = ", ".join(f"{count} for {reason}" for reason, count in losses.judged.items())
    policy = f" The policy of flags would remove {judged}." if judged else ""
    return f"Of {losses.expected} periods {losses.valid} have {losses.subject}: {reasons}. {classes}.{policy}"
