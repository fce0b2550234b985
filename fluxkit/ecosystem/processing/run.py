"""From a file of half hours, or a results folder, to years: every step, and what each could not do."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.archive.anew import Moments, recorded_site
from fluxkit.archive.folder.contents import RUN, stored
from fluxkit.ecosystem.filling.drivers import fill_drivers
from fluxkit.ecosystem.filling.gaps import fill, unrefused
from fluxkit.ecosystem.filling.gaps import learnt as filler_skill
from fluxkit.ecosystem.filling.registry import filler
from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.page.figures import Yearly
from fluxkit.ecosystem.page.page import Years, write_page
from fluxkit.ecosystem.page.skill import names_of_lengths, rmse_by_length
from fluxkit.ecosystem.partitioning import partition
from fluxkit.ecosystem.processing import settings as configuration
from fluxkit.ecosystem.processing.from_raw import fluxes_of, is_station
from fluxkit.ecosystem.processing.preparing import FEWEST, prepare
from fluxkit.ecosystem.processing.record import record, write_record
from fluxkit.ecosystem.processing.settings import Settings
from fluxkit.ecosystem.product.annual import annual_rows, write_annual
from fluxkit.ecosystem.product.derived import derive, not_derived
from fluxkit.ecosystem.product.writing import write_dataset, write_product
from fluxkit.ecosystem.product.years import years_with_data
from fluxkit.ecosystem.quality.checks import check
from fluxkit.ecosystem.quality.screening import FLUXES, emptied, screen
from fluxkit.ecosystem.reading.reading import read
from fluxkit.ecosystem.reading.results import with_schemes
from fluxkit.ecosystem.uncertainty.annual import annual
from fluxkit.ecosystem.uncertainty.decisions import decisions, in_words
from fluxkit.ecosystem.uncertainty.members import members_of
from fluxkit.ecosystem.uncertainty.random_error import random_error
from fluxkit.ecosystem.uncertainty.schemes import SCHEMES, filter_schemes, rows_of
from fluxkit.ecosystem.ustar.evening import filter_evening
from fluxkit.ecosystem.ustar.filtering import filter_ustar
from fluxkit.ecosystem.ustar.seasons import Seasons
from fluxkit.ecosystem.ustar.thresholds import ustar_thresholds
from fluxkit.errors import FluxkitError
from fluxkit.examine.doubt import Doubt
from fluxkit.locations import location
from fluxkit.schema import provenance
from fluxkit.site.toml.loading import load

logger = logging.getLogger(__name__)
Array = npt.NDArray[np.float64]

#: What a step may raise where its input is odd; each costs that step alone.
_EXPECTED = (FluxkitError, ValueError, ArithmeticError, KeyError, np.linalg.LinAlgError)
#: Drivers that are filled.
_DRIVERS = ("SW_IN", "TA", "VPD", "LW_IN", "PA")
#: Those that a reanalysis fills as well.
_OF_REANALYSIS = ("P", "WS")
#: Name of the members' dimension, and of fluxes that have it.
MEMBERS, OF_MEMBERS = "ustar_percentile", "_USTAR"


@dataclass
class Results:
    """What a run made."""

    data: xr.Dataset
    thresholds: xr.Dataset | None = None
    decisions: xr.Dataset | None = None  #: how far each decision on raw data moves the years
    annual: list[dict[str, Any]] = field(default_factory=list)
    sums: xr.Dataset | None = None  #: with the classes of uncertainty
    skill: dict[str, Array] = field(
        default_factory=dict
    )  #: filler -> RMSE by length of artificial gaps of NEE
    doubts: list[Doubt] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  #: what was assumed, set right or could not be done
    paths: dict[str, Path] = field(default_factory=dict)


@dataclass
class _Course:
    """The steps of a run, with progress and what failed."""

    results: Results
    total: int
    progress: Callable[[int, int], None]
    done: int = 0
    filling: dict[str, Any] = field(default_factory=dict)  #: keywords that NEE is filled with

    @property
    def data(self) -> xr.Dataset:
        return self.results.data

    def step(self, what: str, work: Callable[[xr.Dataset], xr.Dataset | None]) -> bool:
        """Do a step; what it raises of odd input is said, and costs that step alone."""
        try:
            made = work(self.data)
        except _EXPECTED as error:
            kind = "" if isinstance(error, FluxkitError) else f"{type(error).__name__}: "
            self.say(f"{what} could not be done: {kind}{error}")
            if kind:
                logger.error("%s", what, exc_info=error)
            made = None
            well = False
        else:
            well = True
        if made is not None:
            self.results.data = made
        self.done += 1
        self.progress(self.done, self.total)
        return well

    def say(self, sentence: str) -> None:
        """Take note of a sentence, and log it."""
        if sentence not in self.results.said:
            self.results.said.append(sentence)
            logger.warning("%s", sentence)


def run(
    source: str | PathLike[str],
    out: str | PathLike[str],
    *,
    latitude: float | None = None,
    longitude: float | None = None,
    utc_offset_h: float | None = None,
    site: str | None = None,
    config: str | PathLike[str] | Settings | None = None,
    workers: int | None = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Results:
    """Go from half hours to years, and write what was found.

    Parameters
    ----------
    source : path
        Anything that `fluxkit.ecosystem.read` reads; or the configuration of a station (``site.toml``), whose
        raw files become fluxes first, in the folder ``fluxes`` below ``out``.
    out : path
        Folder for ``<SITE>_ecosystem.nc``, ``<SITE>_annual.csv``, the FLUXNET product, ``ecosystem.html``,
        ``run.json``.
    latitude, longitude, utc_offset_h, site : optional
        Where the file does not say them.
    config : path or Settings, optional
        See `fluxkit.ecosystem.processing.settings.Settings`.
    workers : int or None, default 1
        Processes for raw files; None: as many as there are processors.
    progress : callable, optional
        Of steps done and all steps.

    Returns
    -------
    Results

    Raises
    ------
    ReadError
        Nothing can be read.
    ConfigError
        The configuration is wrong.
    WriteError
        A file cannot be written.

    Examples
    --------
    >>> import fluxkit as fk
    >>> results = fk.ecosystem.run("DE-Tha_HH.csv.gz", "out", latitude=50.96, longitude=13.57,
    ...                            utc_offset_h=1)  # doctest: +SKIP
    >>> results.annual[0]["variable"]  # doctest: +SKIP
    'NEE'
    """
    started = provenance.utc_now()
    how = config if isinstance(config, Settings) else configuration.load(config)
    for name in how.uncertainty.fillers:
        filler(name)  # a wrong name is said before an hour's work
    station = Path(source) if is_station(Path(source)) else how.raw.config
    if is_station(Path(source)):
        source = fluxes_of(location(Path(source)), location(Path(out)), workers=workers, progress=progress)
    ds = read(Path(source), latitude, longitude, utc_offset_h, site, columns=how.read.columns or None)
    course = _Course(Results(ds), 12, progress or (lambda done, total: None))
    results = course.results
    results.said += str(ds.attrs.get("notes", "")).splitlines()
    course.step("checks", lambda ds: results.doubts.extend(check(ds)))
    prepared, said = prepare(ds)
    results.data = prepared
    for sentence in said:
        course.say(sentence)
    if how.raw.schemes:
        course.step(
            "schemes of raw data", lambda ds: _decided(ds, location(Path(source)), how.raw.schemes, station)
        )
    else:
        course.done += 1
    course.step("screening", lambda ds: screen(ds, **how.screen.model_dump()))
    for sentence in emptied(course.data):
        course.say(sentence)
    course.step("filling of drivers", lambda ds: _drivers(course, ds, how))
    has_exchange = "NEE" in course.data and bool(course.data["NEE"].notnull().any())
    course.step("the u* filter", lambda ds: _filtered(course, ds, how) if has_exchange else None)
    course.step("filling", lambda ds: _filled(course, ds, how))
    for method, variant in (("night", how.partition.night), ("day", how.partition.day)):
        if has_exchange and variant != "none":
            part = partial(_parted, course, method=method, variant=variant, how=how)
            course.step(f"the {method}-time method", part)
        else:
            course.done += 1
    course.step("random errors", _random)
    course.step("annual sums", lambda ds: _summed(course, ds, how))
    if how.product.derived:
        course.step("derived quantities", derive)
        for sentence in not_derived(course.data):
            course.say(sentence)
    _write(course, location(Path(out)), how)
    asked = {"latitude": latitude, "longitude": longitude, "utc_offset_h": utc_offset_h, "site": site}
    about = record(source, how, asked, results.data.attrs, location(Path(out))) | {"started": started}
    code = str(results.data.attrs.get("site", "site"))
    results.paths["run"] = write_record(about, location(Path(out)), results.paths, code)
    return results


def _decided(
    ds: xr.Dataset, source: Path, schemes: dict[str, list[Any]], station: str | Path | None
) -> xr.Dataset:
    """Decide anew on the moments of a results folder, by all combinations of what is listed."""
    folder = source if source.is_dir() else source.parent
    recorded = recorded_site(stored(folder / RUN))
    site = load(recorded.model_dump() | {"schemes": schemes})
    moments = Moments.of(folder, site, station)
    return with_schemes(ds, moments.decide(lambda own: own))


def _drivers(course: _Course, ds: xr.Dataset, how: Settings) -> xr.Dataset:
    """Fill the drivers: by similar conditions, and by a neighbour or a reanalysis that serves."""
    sources: dict[str, Any] = {}
    for key, path in (("neighbour", how.fill.neighbour), ("era5", how.fill.era5)):
        if path is None:
            continue
        try:
            source: Any = _neighbour(path, ds) if key == "neighbour" else path
            fill_drivers(ds, names=_DRIVERS, **{key: source})
            sources[key] = source
        except FluxkitError as error:
            course.say(f"gaps of drivers are filled without fill.{key}: {error}")
    names = [*_DRIVERS, *(_OF_REANALYSIS if "era5" in sources else ())]
    out = fill_drivers(ds, names=[name for name in names if name in ds or sources], **sources)
    for sentence in str(out.attrs.get("notes", "")).splitlines():
        course.say(sentence)
    return out


def _neighbour(path: str, ds: xr.Dataset) -> xr.Dataset:
    """Read a station near by, which has the clock and about the place of the site."""
    latitude, longitude, offset = (ds.attrs.get(key) for key in ("latitude", "longitude", "utc_offset_h"))
    return read(Path(path), latitude, longitude, offset, "neighbour")


def _filtered(course: _Course, ds: xr.Dataset, how: Settings) -> xr.Dataset:
    """Take out records of low turbulence: by one threshold, and by those of each percentile as members."""
    ustar = how.ustar
    filters: dict[str, Any] = {"variant": ustar.filter_variant, "turbulence": ustar.turbulence}
    already = ds.attrs.get("ustar_filter") == "already filtered" or any(
        doubt.check == "already_filtered" for doubt in course.results.doubts
    )
    if already or ustar.method == "none":
        course.say(
            "NEE is filtered for low turbulence already: no threshold is looked for"
            if already
            else "nothing is taken out for low turbulence: method none"
        )
        cut = _cut(course, ds, "already-filtered" if already else "none", {})
        return cut.assign_attrs(ustar_filter="already filtered" if already else "none")
    if ustar.threshold is not None:
        course.results.thresholds = _as_thresholds(ds, ustar.threshold)
        return _told(course, _cut(course, ds, ustar.threshold, filters), "both")
    told = ustar.seasons
    seasons: Seasons | None = _numbered(told) if isinstance(told, dict) else told
    if ustar.method == "evening-maximum":
        cut = filter_evening(ds, seasons="months" if seasons is None else seasons)
        schemes = rows_of(cut)
        return _told(course, cut if schemes is None else cut.assign({SCHEMES: schemes}), "both")
    if ustar.thresholds:
        given = _numbered(ustar.thresholds)
        each = filter_ustar(ds, given, **filters)["NEE"]
        many = "percentile" in each.dims
        one = _middle(given) if many else given
        course.results.thresholds = _as_thresholds(ds, one)
        main = _cut(course, ds, one, filters)
        return _told(course, _with_members(main, {"VUT": each} if many else {}), "both" if many else "VUT")
    found = ustar_thresholds(
        ds,
        method=ustar.method,
        variant=ustar.variant,
        bootstraps=ustar.bootstraps,
        seed=ustar.seed,
        seasons=seasons,
        turbulence=ustar.turbulence,
    )
    course.results.thresholds = found
    if not bool(found["threshold"].notnull().any()):
        reasons = "; ".join(dict.fromkeys(str(r) for r in found["reason"].values if str(r)))
        course.say(f"no threshold of {ustar.turbulence} could be found: nothing is taken out ({reasons})")
        return _cut(course, ds, "none", {}).assign_attrs(ustar_filter="none: no threshold could be found")
    main = _cut(course, ds, found, filters | {"use": {"VUT": "threshold", "CUT": "single"}[ustar.pool]})
    members = {}
    for name, use in (("VUT", "vut"), ("CUT", "cut")):
        if use in found and bool(found[use].notnull().any()):
            members[name] = filter_ustar(ds, found, use=use, **filters)["NEE"]
    return _told(course, _with_members(main, members), ustar.pool)


def _cut(course: _Course, ds: xr.Dataset, thresholds: Any, filters: dict[str, Any]) -> xr.Dataset:
    """Filter NEE, and that of each scheme of raw processing by a threshold of its own."""
    cut = filter_ustar(ds, thresholds, **filters)
    schemes = filter_schemes(ds, thresholds, **filters)
    if schemes is None:
        return cut
    values, said = schemes
    course.say(said)
    return cut.assign({SCHEMES: values})


def _told(course: _Course, cut: xr.Dataset, pool: str) -> xr.Dataset:
    """Say what was taken out; ``pool``: of each year (VUT), of all years (CUT), or both as one was given."""
    said = str(cut["NEE"].attrs.get("ustar_filter", ""))
    course.results.said.append(said)
    return cut.assign(NEE_UNFILTERED=course.data["NEE"]).assign_attrs(ustar_filter=said, ustar_pool=pool)


def _with_members(main: xr.Dataset, members: dict[str, xr.DataArray]) -> xr.Dataset:
    """Add NEE of each member of the thresholds' ensemble, over variant and percentile."""
    if not members:
        return main
    together = xr.concat(
        [nee.transpose("percentile", "time") for nee in members.values()], dim="variant"
    ).assign_coords(variant=list(members))
    together = together.rename(percentile=MEMBERS).drop_vars("year", errors="ignore")
    return main.assign({f"NEE{OF_MEMBERS}": together})


def _filled(course: _Course, ds: xr.Dataset, how: Settings) -> xr.Dataset:
    keywords = {key: value for key, value in _filling(how).items() if value is not None}
    learnt = keywords
    if "NEE" in ds and bool(ds["NEE"].notnull().any()):
        try:
            rows = [ds[name] for name in (f"NEE{OF_MEMBERS}", SCHEMES) if name in ds]
            learnt = keywords | filler_skill(ds, "NEE", others=rows, **keywords)
            course.results.skill = rmse_by_length(learnt.get("skill"))
        except _EXPECTED as error:
            course.say(f"NEE: what its filler is worth could not be found beforehand: {error}")
    course.filling = learnt
    for name in FLUXES:
        if name not in ds or not bool(ds[name].notnull().any()):
            continue
        own = keywords if name in ("FCH4", "FN2O") else learnt if name == "NEE" else {"method": "mds"}
        try:
            ds = fill(ds, name, **own)
            comment = str(ds[f"{name}_F"].attrs.get("comment", ""))
            if ";" in comment:
                course.say(f"{name}: {comment}")
        except _EXPECTED as error:
            course.say(f"{name} could not be filled: {error}")
    members = f"NEE{OF_MEMBERS}"
    if members in ds:
        made = fill(ds.assign(NEE=ds[members]), "NEE", **(learnt | unrefused("NEE", keywords)))
        there = ds["NEE_F"].notnull() if "NEE_F" in ds else True
        ds = ds.assign({f"NEE_F{OF_MEMBERS}{end}": made[f"NEE_F{end}"].where(there) for end in ("", "_QC")})
    return ds.assign_attrs(filling=how.fill.method or "the better of mds and boosting by length of gap")


def _parted(course: _Course, ds: xr.Dataset, *, method: str, variant: str, how: Settings) -> xr.Dataset:
    end = {"night": "NT", "day": "DT"}[method]
    out = partition(ds, method=method, variant=variant)
    comment = str(out[f"RECO_{end}"].attrs.get("comment", "")).strip()
    if comment:
        course.say(f"{method}-time method: {comment}")
    filled = f"NEE_F{OF_MEMBERS}"
    if filled in ds and how.partition.members in ("both", method):
        out = out.assign(_members_parted(ds, method, variant, end))
    kinds = [*str(ds.attrs.get("partitioning", "")).split(", "), f"{method} ({variant})"]
    return out.assign_attrs(partitioning=", ".join(kind for kind in kinds if kind))


def _members_parted(ds: xr.Dataset, method: str, variant: str, end: str) -> dict[str, xr.DataArray]:
    """Part every member; one that cannot be parted is missing."""
    stacked = ds[[f"NEE_F{OF_MEMBERS}", f"NEE_F{OF_MEMBERS}_QC", f"NEE{OF_MEMBERS}"]]
    found: dict[str, list[np.ndarray[Any, Any]]] = {"RECO": [], "GPP": []}
    shape = [ds.sizes[dim] for dim in ("variant", MEMBERS)]
    for k in np.ndindex(*shape):
        one = stacked.isel(variant=k[0], **{MEMBERS: k[1]})
        member = ds.drop_vars(list(stacked)).assign(
            NEE=one[f"NEE{OF_MEMBERS}"].variable,
            NEE_F=one[f"NEE_F{OF_MEMBERS}"].variable,
            NEE_F_QC=one[f"NEE_F{OF_MEMBERS}_QC"].variable,
        )
        member = member.drop_vars(["NEE_F_SD"], errors="ignore")
        try:
            made = partition(member, method=method, variant=variant)
            values = [made[f"{name}_{end}"].values for name in found]
        except _EXPECTED:
            values = [np.full(ds.sizes["time"], np.nan)] * 2
        for name, x in zip(found, values, strict=True):
            found[name].append(x)
    dims = ("variant", MEMBERS, "time")
    return {
        f"{name}_{end}{OF_MEMBERS}": xr.DataArray(
            np.stack(rows).reshape(*shape, -1), dims=dims, attrs={"units": "umol m-2 s-1"}
        )
        for name, rows in found.items()
    }


def _random(ds: xr.Dataset) -> xr.Dataset:
    """Add the random error of measured records, the method that found it and its number of values."""
    at = HalfHours.of(ds)
    drivers = {name: ds[name].values.astype(np.float64) for name in ("SW_IN", "TA", "VPD") if name in ds}
    for name in FLUXES:
        if f"{name}_F_QC" not in ds or ds[f"{name}_F"].dims != ("time",):
            continue
        measured = np.where(ds[f"{name}_F_QC"].values == 0, ds[f"{name}_F"].values, np.nan)
        error, method, number = random_error(measured, drivers, at)
        there = np.isfinite(error)
        units = {"units": str(ds[name].attrs.get("units", "1"))}
        ds = ds.assign({f"{name}_RANDUNC": ("time", error, units | {"long_name": f"random error of {name}"})})
        for end, fact in (("METHOD", method), ("N", number)):
            values = np.where(there, fact.astype(np.float64), np.nan)
            ds = ds.assign({f"{name}_RANDUNC_{end}": ("time", values, {"units": "1"})})
    return ds


def _summed(course: _Course, ds: xr.Dataset, how: Settings) -> xr.Dataset:
    """Sum up years, with an interval by thresholds, halves of the data, noise and gaps."""
    members = ds
    if "NEE_F" in ds:
        known = how.uncertainty
        others = [("night", variant) for variant in known.night] + [("day", variant) for variant in known.day]
        members = members_of(
            ds,
            kind=how.ustar.pool,
            filling=course.filling,
            fillers=known.fillers,
            partitioners=others,
            draws=known.draws,
            pairs=known.pairs,
            seed=known.seed,
        )
        course.results.decisions = decisions(members)
        for sentence in in_words(course.results.decisions):
            course.say(sentence)
    sums = annual(members)
    rows, said = annual_rows(sums, ds, least=FEWEST)
    course.results.annual = rows
    course.results.sums = sums
    for sentence in said:
        course.say(sentence)
    kept = ("value", "lower", "upper", "random", "systematic", "ensemble")
    units = {"units": "g m-2", "comment": "of carbon, of N2O of nitrogen"}
    out = {f"ANNUAL_{name.upper()}": sums[name].assign_attrs(units) for name in kept}
    out["ANNUAL_PARTS"] = sums["parts"].assign_attrs(units, long_name="standard deviation by source")
    moves = course.results.decisions
    if moves is not None and moves.sizes["decision"]:
        told = "range of the sums between the choices of a decision on raw data"
        out["ANNUAL_DECISION_MOVES"] = moves["moves"].assign_attrs(units, long_name=told)
    return ds.assign(out)


def _numbered(table: dict[str, Any]) -> dict[Any, Any]:
    """Return a table with years or percentiles as numbers."""
    keys = (int(key) if float(key).is_integer() else float(key) for key in table)
    return {
        key: _numbered(part) if isinstance(part, dict) else part
        for key, part in zip(keys, table.values(), strict=True)
    }


def _middle(thresholds: dict[Any, Any]) -> Any:
    """Return the threshold nearest to the middle of the percentiles: one, or one of each year."""
    if all(isinstance(part, dict) for part in thresholds.values()):
        return {year: _middle(part) for year, part in thresholds.items()}
    return thresholds[min(thresholds, key=lambda p: abs(p - 50.0))]


def _as_thresholds(ds: xr.Dataset, given: dict[int, float] | float) -> xr.Dataset:
    """Return thresholds that were given as those that were found: one for each year."""
    years = np.unique(HalfHours.of(ds).year)
    values = [given.get(int(year), np.nan) if isinstance(given, dict) else given for year in years]
    return xr.Dataset({"threshold": ("year", np.array(values, np.float64))}, {"year": years})


def _filling(how: Settings) -> dict[str, Any]:
    """Return the keywords of filling that the settings have."""
    return {"method": how.fill.method, "variant": how.fill.variant, "long_gaps": how.fill.long_gaps}


def _write(course: _Course, out: Path, how: Settings) -> None:
    """Write everything; each file whole or not at all."""
    results = course.results
    for sentence in years_with_data(results.data)[1]:
        course.say(sentence)
    results.data.attrs["notes"] = "\n".join(dict.fromkeys(results.said))
    site = str(results.data.attrs.get("site", "site"))
    results.paths["dataset"] = write_dataset(results.data, out / f"{site}_ecosystem.nc")
    if how.product.zarr:

        def zarr(ds: xr.Dataset) -> None:
            results.paths["zarr"] = write_dataset(ds, out / f"{site}_ecosystem.zarr")

        course.step("zarr", zarr)
    results.paths["annual"] = write_annual(results.annual, out / f"{site}_annual.csv")

    def product(ds: xr.Dataset) -> None:
        results.paths["product"] = write_product(ds, out, hub=how.product.hub, names=how.product.names)

    course.step("the FLUXNET product", product)
    results.paths["page"] = out / "ecosystem.html"
    write_page(results.paths["page"], results.data, _for_page(results))
    course.done = course.total
    course.progress(course.done, course.total)


def _for_page(results: Results) -> Years:
    """Return what the page tells beside the half hours: sums, doubts, skill, what was taken out."""
    screening: dict[str, dict[str, int]] = json.loads(str(results.data.attrs.get("screening", "{}")))
    steps = [
        (f"screening of {name}", ", ".join(f"{step}: {number}" for step, number in counts.items()))
        for name, counts in screening.items()
    ]
    return Years(
        annual=[Yearly(**row) for row in results.annual],
        sums=results.sums,
        decisions=results.decisions,
        thresholds=results.thresholds,
        skill=results.skill,
        skill_lengths=names_of_lengths(),
        notes=[doubt.sentence for doubt in results.doubts],
        steps=steps,
        said=list(dict.fromkeys(results.said)),
    )
