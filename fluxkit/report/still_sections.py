"""Sections of a tower's page that are drawn beforehand."""

import numpy as np
import xarray as xr

from fluxkit.report import source_area, summaries
from fluxkit.report.ensembles import ensemble_sections
from fluxkit.report.evidence import Evidence
from fluxkit.report.losses import Losses, percent
from fluxkit.report.planes import planes_section
from fluxkit.report.web.parts import Figure, Section, Table
from fluxkit.report.web.still import still
from fluxkit.site.models import Site
from fluxkit.tower.climatology import footprint_climatology, has_footprints

#: Footprints that the map of source areas is made of, and the most parcels that all, and one, are cut into.
FOOTPRINTS, FOOTPRINT_PARCELS, PARCELS_EACH = 1500, 1_500_000, 12_000
#: Periods whose spectra the medians are made of.
MOST_SPECTRA = 2880


def still_sections(fluxes: xr.Dataset, evidence: Evidence, site: Site, losses: Losses) -> list[Section]:
    """Return the sections in reading order: what was lost comes first."""
    spectra = _some(evidence.spectra)
    words = (
        "From all averaging periods to the best values; a period with several reasons is counted under the "
        "first. Values of every class stay in the data; those that the policy of flags would remove have "
        f"{losses.subject}_QC = 2 and their reasons in {losses.subject}_QC_REASON."
    )
    rows = [[reason, str(count), percent(count, losses.expected)] for reason, count in losses.removed.items()]
    counted = Table(["reason", "periods", "share"], rows, (1, 2)) if rows else None
    parts = [still(summaries.losses_figure(losses), "losses", _loss_words(losses), counted)]
    sections = [Section("What was lost, and why", parts, words)]
    if spectra is not None and any(str(name).startswith(("COSP_", "SPEC_")) for name in spectra):
        caption = (
            "Median over all periods with the central half shaded. In the inertial subrange f Co(f) falls "
            "with frequency to the power −4/3, f S(f) to −2/3 (Kaimal et al. 1972); a steeper fall is "
            "attenuation, a rise is noise."
        )
        alt = f"Median cospectra of {', '.join(str(name) for name in spectra)} against frequency."
        drawn = summaries.cospectra_figure(spectra)
        table = summaries.cospectra_table(drawn)
        sections.append(Section("Cospectra", [still(drawn, "cospectra", alt, table)], caption))
    several = len(evidence.ensembles) > 1
    for number, ensembles in enumerate(evidence.ensembles, start=1):
        sections += ensemble_sections(ensembles, site, number if several else 0)
    sections += planes_section(evidence.planes)
    return sections + _source_areas(fluxes, site)


def _some(spectra: xr.Dataset | None) -> xr.Dataset | None:
    """Return spectra of periods spread over a long record: their medians tell what all would."""
    if spectra is None:
        return None
    return spectra.isel(time=slice(None, None, -(-spectra.sizes["time"] // MOST_SPECTRA)))


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
    drawn = source_area.source_area_figure(climatology, fluxes)
    rows = [
        [f"{100 * share:g} %", f"{area / 1e4:.3g}"]
        for share, area in zip(
            climatology["contour_share"].values, climatology["source_area"].values, strict=True
        )
    ]
    table = Table(["share of the flux", "smallest area (ha)"], rows, (0, 1))
    parts: list[Figure] = [
        still(drawn, "source_area", f"Source areas: {sizes}.", table),
        *_land_cover(fluxes),
    ]
    return [Section("Where the fluxes come from", parts, caption)]


def _land_cover(fluxes: xr.Dataset) -> list[Figure]:
    """Return how much of the flux came from each class of land cover, if there is a map."""
    if "FOOTPRINT_SHARE" not in fluxes:
        return []
    shares = fluxes["FOOTPRINT_SHARE"].transpose(..., "time")
    (kind,) = (dim for dim in shares.dims if dim != "time")
    rows = []
    for name, values in zip(fluxes[kind].values, shares.values, strict=True):
        known = values[np.isfinite(values)]
        if known.size:
            spread = (np.mean(known), *np.percentile(known, [10, 90]))
            rows.append([str(name), *(f"{100 * share:.1f}" for share in spread), str(known.size)])
    head = ["land cover", "mean share (%)", "10th percentile (%)", "90th percentile (%)", "periods"]
    return [Table(head, rows, range(1, 5), title="Shares of land cover")] if rows else []


def _loss_words(losses: Losses) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in losses.removed.items()) or "none lost"
    quality = losses.quality.get(losses.subject, {})
    classes = ", ".join(f"{count} of class {code}" for code, count in quality.items() if code != "untested")
    judged = ", ".join(f"{count} for {reason}" for reason, count in losses.judged.items())
    policy = f" The policy of flags would remove {judged}." if judged else ""
    return f"Of {losses.expected} periods {losses.valid} have {losses.subject}: {reasons}. {classes}.{policy}"
