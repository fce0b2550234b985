"""From a file of half hours, or a results folder, to years: every step, and what each could not do."""

from collections.abc import Callable
from functools import partial
from os import PathLike
from pathlib import Path

from fluxkit.ecosystem.filling.registry import filler
from fluxkit.ecosystem.processing import settings as configuration
from fluxkit.ecosystem.processing.course import Course, Results
from fluxkit.ecosystem.processing.drivers import with_drivers
from fluxkit.ecosystem.processing.files import write_all
from fluxkit.ecosystem.processing.fluxes import filled, parted
from fluxkit.ecosystem.processing.from_raw import decided, fluxes_of, is_station
from fluxkit.ecosystem.processing.low_turbulence import filtered
from fluxkit.ecosystem.processing.preparing import prepare
from fluxkit.ecosystem.processing.record import record, write_record
from fluxkit.ecosystem.processing.settings import Settings
from fluxkit.ecosystem.processing.sums import summed, with_random_errors
from fluxkit.ecosystem.product.derived import derive, not_derived
from fluxkit.ecosystem.quality.checks import check
from fluxkit.ecosystem.quality.screening import emptied, screen
from fluxkit.ecosystem.reading.reading import read
from fluxkit.locations import location
from fluxkit.schema import provenance


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
    course = Course(Results(ds), 12, progress or (lambda done, total: None))
    results = course.results
    results.said += str(ds.attrs.get("notes", "")).splitlines()
    course.step("checks", lambda ds: results.doubts.extend(check(ds)))
    prepared, said = prepare(ds)
    results.data = prepared
    for sentence in said:
        course.say(sentence)
    if how.raw.schemes:
        course.step(
            "schemes of raw data", lambda ds: decided(ds, location(Path(source)), how.raw.schemes, station)
        )
    else:
        course.done += 1
    course.step("screening", lambda ds: screen(ds, **how.screen.model_dump()))
    for sentence in emptied(course.data):
        course.say(sentence)
    course.step("filling of drivers", lambda ds: with_drivers(course, ds, how))
    has_exchange = "NEE" in course.data and bool(course.data["NEE"].notnull().any())
    course.step("the u* filter", lambda ds: filtered(course, ds, how) if has_exchange else None)
    course.step("filling", lambda ds: filled(course, ds, how))
    for method, variant in (("night", how.partition.night), ("day", how.partition.day)):
        if has_exchange and variant != "none":
            part = partial(parted, course, method=method, variant=variant, how=how)
            course.step(f"the {method}-time method", part)
        else:
            course.done += 1
    course.step("random errors", with_random_errors)
    course.step("annual sums", lambda ds: summed(course, ds, how))
    if how.product.derived:
        course.step("derived quantities", derive)
        for sentence in not_derived(course.data):
            course.say(sentence)
    write_all(course, location(Path(out)), how)
    asked = {"latitude": latitude, "longitude": longitude, "utc_offset_h": utc_offset_h, "site": site}
    about = record(source, how, asked, results.data.attrs, location(Path(out))) | {"started": started}
    code = str(results.data.attrs.get("site", "site"))
    results.paths["run"] = write_record(about, location(Path(out)), results.paths, code)
    return results
