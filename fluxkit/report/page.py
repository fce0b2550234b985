"""One self-contained HTML page about a run: no network, no script needed."""

import os
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import xarray as xr

from fluxkit.locations import location, on_store
from fluxkit.report import figures, source_area, style, summaries
from fluxkit.report.losses import Losses, account_of_losses, percent
from fluxkit.report.svg.drawing import Drawing
from fluxkit.schema import papers, provenance, variables
from fluxkit.site.models import Site
from fluxkit.tower.climatology import footprint_climatology, has_footprints
from fluxkit.writing import writing

#: Footprints that the map of source areas is made of, and the most parcels that all, and one, are cut into.
FOOTPRINTS, FOOTPRINT_PARCELS, PARCELS_EACH = 1500, 1_500_000, 12_000
#: Longer tables are cut, with a line that says where the rest is.
MAX_ROWS = 300


@dataclass(frozen=True)
class Picture:
    """A figure as the page shows it."""

    title: str
    svg: str
    alt: str  #: what a person who cannot see it would want to know
    caption: str


def write_report(
    path: Path | str,
    fluxes: xr.Dataset,
    spectra: xr.Dataset | None,
    site: Site,
    run: Mapping[str, Any],
    problems: Sequence[Mapping[str, Any]],
) -> None:
    """Write the page.

    Parameters
    ----------
    path : Path or str
        File to make, ``.html``.
    fluxes : xr.Dataset
        Dimension ``time`` (start of the period, UTC), variables of the vocabulary in its units.
    spectra : xr.Dataset or None
        Dimensions ``time`` and ``frequency`` [Hz]: COSP_* as f Co(f) / covariance, SPEC_* as
        f S(f) / variance [1].
    site : Site
        The station and the settings.
    run : mapping
        ``fluxkit``, ``started``, ``settings``, ``inputs`` (each with path, sha256, status), ``versions``.
    problems : sequence of mappings
        What could not be used: path, line, lost, reason.

    Raises
    ------
    ValueError
        When the dataset has no period or no flux.
    """
    put_page(render(fluxes, spectra, site, run, problems), location(path))


def put_page(page: str, target: Path) -> None:
    """Write a page, whole or not at all."""
    page = page.encode("utf-8", "backslashreplace").decode("utf-8")  # names of files may be no text
    if on_store(target):
        target.write_text(page)
        return
    # Renaming shows the page whole or not at all. It can be made again at any time: no fsync. The part is
    # a new file of a name that nobody can foresee: a link that waits there would be followed.
    part = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("x", encoding="utf-8", newline="\n") as file:
                file.write(page)
            part.replace(target)
        except OSError:
            part.unlink(missing_ok=True)
            raise


def render(
    fluxes: xr.Dataset,
    spectra: xr.Dataset | None,
    site: Site,
    run: Mapping[str, Any],
    problems: Sequence[Mapping[str, Any]],
) -> str:
    """Return the page as text; parameters as for ``write_report``."""
    if fluxes.sizes.get("time", 0) == 0:
        raise ValueError("report: no averaging period to show; the fluxes have an empty time dimension")
    losses = account_of_losses(fluxes, site.condense.period)
    inputs, layouts = list(run.get("inputs", [])), list(run.get("layouts", []))
    return page_template("template.html.jinja").render(
        css=own_text("page.css"),
        site=site,
        period=_period(fluxes, site),
        zone=style.zone(site.station.utc_offset_h),
        losses=losses,
        percent=percent,
        tiles=_tiles(losses),
        pictures=_pictures(fluxes, spectra, site, losses),
        problems=problems[:MAX_ROWS],
        more_problems=max(len(problems) - MAX_ROWS, 0),
        doubts=run.get("doubts", []),
        layouts=layouts[:MAX_ROWS],
        more_layouts=max(len(layouts) - MAX_ROWS, 0),
        settings=_settings(site),
        versions=run.get("versions") or provenance.versions(),
        run=run,
        inputs=inputs[:MAX_ROWS],
        more_inputs=max(len(inputs) - MAX_ROWS, 0),
    )


@cache
def page_template(name: str, package: str = "fluxkit.report") -> jinja2.Template:
    """Return a template of a package; it escapes the values it is given."""
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(own_text(name, package))


def own_text(name: str, package: str = "fluxkit.report") -> str:
    """Return a text file of a package."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def _period(fluxes: xr.Dataset, site: Site) -> tuple[str, str]:
    """Return the begin of the first and the end of the last period in local standard time."""
    begin = style.local_time(fluxes, site.station.utc_offset_h)
    end = begin.max() + np.timedelta64(round(site.condense.seconds), "s")
    first, last = (
        str(np.datetime_as_string(moment, unit="m")).replace("T", " ") for moment in (begin.min(), end)
    )
    return first, last


def _tiles(losses: Losses) -> list[tuple[str, int, str]]:
    """Return (text, number, css class) of the headline."""
    tiles = [("averaging periods", losses.expected, "")]
    quality = losses.quality.get(losses.subject)
    if quality is None:
        tiles.append((f"with {losses.subject}", losses.valid, "best"))
    else:
        tiles += [
            ("best (0)", quality["0"], "best"),
            ("general use (1)", quality["1"], "use"),
            ("discard (2)", quality["2"], "discard"),
        ]
        if quality["untested"]:
            tiles.append(("not tested", quality["untested"], ""))
    return [*tiles, ("lost", losses.lost, "lost")]


def _pictures(fluxes: xr.Dataset, spectra: xr.Dataset | None, site: Site, losses: Losses) -> list[Picture]:
    """Return the figures for which there are data, in reading order."""
    offset, minutes = site.station.utc_offset_h, site.condense.period

    def drawn(draw: Callable[[xr.Dataset, float, float], Drawing]) -> str:
        return draw(fluxes, offset, minutes).svg(draw.__name__)

    names = set(map(str, fluxes))
    pictures = [
        Picture(
            "Fluxes",
            drawn(figures.fluxes_figure),
            _range_words(fluxes, ("NEE" if "NEE" in names else "FC", "LE", "H"), losses),
            "Fluxes through time, positive upward. Colour and shape of the points show the verdict of "
            "all tests (<FLUX>_QC); ticks at the bottom are periods without a value. Where there is "
            "room, a band shows one random error and grey background is night.",
        ),
        Picture(
            "What was lost, and why",
            summaries.losses_figure(losses).svg("losses"),
            _loss_words(losses),
            "From all averaging periods to the best values; a period with several reasons is counted under "
            "the first. Values of every class stay in the data; those that the policy of flags would remove "
            f"have {losses.subject}_QC = 2 and their reasons in {losses.subject}_QC_REASON.",
        ),
    ]
    if any(name.endswith("_TLAG_USED") for name in names):
        caption = "Delay of each gas behind the wind: found at the largest covariance, and used."
        lags = [name for name in sorted(names) if name.endswith("_TLAG_USED")]
        pictures.append(Picture("Time lags", drawn(figures.lags_figure), _range_words(fluxes, lags), caption))
    if spectra is not None and any(str(name).startswith(("COSP_", "SPEC_")) for name in spectra):
        caption = (
            "Median over all periods with the central half shaded. In the inertial subrange f Co(f) falls "
            "with frequency to the power −4/3, f S(f) to −2/3 (Kaimal et al. 1972); a steeper fall is "
            "attenuation, a rise is noise."
        )
        alt = f"Median cospectra of {', '.join(str(name) for name in spectra)} against frequency."
        pictures.append(
            Picture("Cospectra", summaries.cospectra_figure(spectra).svg("cospectra"), alt, caption)
        )
    if "WS" in names:
        alt = _range_words(fluxes, ("WS", "WD", "USTAR"))
        pictures.append(
            Picture("Wind", drawn(figures.wind_figure), alt, "Wind rose, wind speed, direction and u*.")
        )
    pictures += _source_areas(fluxes, site)
    if names & {"TA", "T_SONIC", "RH", "PA", "ROT_PITCH", "ROT_YAW"}:
        alt = _range_words(fluxes, ("TA", "RH", "PA", "ROT_PITCH", "ROT_YAW"))
        caption = "Air temperature, humidity and pressure, and the angles by which the wind was rotated."
        pictures.append(Picture("Air and rotation", drawn(figures.weather_figure), alt, caption))
    return pictures


def _source_areas(fluxes: xr.Dataset, site: Site) -> list[Picture]:
    """Return the figure of where the fluxes come from; of a long record, from periods spread over it."""
    some = fluxes.isel(time=slice(None, None, -(-fluxes.sizes["time"] // FOOTPRINTS)))
    if site.decide.footprint == "none" or not has_footprints(some, site):
        return []
    parcels = min(FOOTPRINT_PARCELS, PARCELS_EACH * some.sizes["time"])
    climatology = footprint_climatology(some, site, shares=source_area.SHARES, parcels=parcels)
    used = climatology.attrs["periods_used"]
    areas = zip(climatology["contour_share"].values, climatology["source_area"].values, strict=True)
    sizes = ", ".join(f"{100 * share:g} % from {area / 1e4:.2g} ha" for share, area in areas)
    caption = (
        f"Left: smallest areas that shares of the flux come from, mean of {used} footprints of "
        f"{climatology.attrs['model']}; the cross is the tower. {climatology.attrs.get('comment', '')} "
        "Right: distance upwind of the largest contribution, and within which half and 90 % of it arise."
    )
    drawn = source_area.source_area_figure(climatology, fluxes).svg("source_area")
    return [Picture("Where the fluxes come from", drawn, f"Source areas: {sizes}.", caption)]


def _range_words(fluxes: xr.Dataset, names: Iterable[str], losses: Losses | None = None) -> str:
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
    counted = f" {losses.valid} of {losses.expected} periods have {losses.subject}." if losses else ""
    return f"Through time: {', '.join(parts)}.{counted}"


def _loss_words(losses: Losses) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in losses.removed.items()) or "none lost"
    quality = losses.quality.get(losses.subject, {})
    classes = ", ".join(f"{count} of class {code}" for code, count in quality.items() if code != "untested")
    judged = ", ".join(f"{count} for {reason}" for reason, count in losses.judged.items())
    policy = f" The policy of flags would remove {judged}." if judged else ""
    return f"Of {losses.expected} periods {losses.valid} have {losses.subject}: {reasons}. {classes}.{policy}"


def _settings(site: Site) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return per section (key, value, paper) of every setting."""
    sections = []
    for name in ("condition", "condense", "decide"):
        rows = []
        for key, value in getattr(site, name).model_dump().items():
            cited = papers.cited([value]) if isinstance(value, str) else []
            rows.append((key, _in_words(value), cited[0] if cited else ""))
        sections.append((name, rows))
    return sections


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_in_words(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return " … ".join(_in_words(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
