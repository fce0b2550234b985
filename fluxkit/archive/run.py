"""Process an archive: all steps, or one step at a time."""

import csv
import dataclasses
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from fluxkit.archive.condensing.counting import Progress
from fluxkit.archive.condensing.work import Work, tidy, without_raw_files, work_of
from fluxkit.archive.deciding.context import day_before, with_land_cover
from fluxkit.archive.deciding.evidence import evidence_of
from fluxkit.archive.deciding.groups import join_fluxes, with_first
from fluxkit.archive.deciding.reductions import Reductions
from fluxkit.archive.doubted import with_doubts
from fluxkit.archive.doubts import doubts_of_archive
from fluxkit.archive.folder.contents import QUARANTINE, REPORT, RUN, stored
from fluxkit.archive.folder.lock import locked
from fluxkit.archive.folder.summaries import Summary, date_of
from fluxkit.archive.job import Job
from fluxkit.archive.planning.index import Index
from fluxkit.archive.products import note_products, read_before, remove_superseded
from fluxkit.archive.record import RunRecord
from fluxkit.archive.shards import Shard
from fluxkit.archive.spectra_files import write_spectra
from fluxkit.archive.table_doubts import BEFORE, Beside, doubts_of_plan, tables_beside
from fluxkit.archive.times import Instant, phase
from fluxkit.errors import FluxkitError, MomentsError, NoInputError
from fluxkit.export import netcdf
from fluxkit.export.csv_text import as_given
from fluxkit.export.fluxnet import write_csvs
from fluxkit.export.netcdf import write_fluxes
from fluxkit.export.records import QUARANTINE_COLUMNS, write_quarantine, write_run
from fluxkit.interruption import GivingWay, give_way
from fluxkit.raw.samples import Problem
from fluxkit.report.evidence import Evidence
from fluxkit.report.flux_losses import DECIDED, FluxLosses, flux_losses, told_losses
from fluxkit.schema import provenance
from fluxkit.schema.variables import mask
from fluxkit.site.checks.warnings import warnings
from fluxkit.site.models import Site
from fluxkit.tower import chain
from fluxkit.tower.minutes import minutes

if TYPE_CHECKING:
    from distributed import Client

logger = logging.getLogger(__name__)

#: Attributes of the fluxes that the log repeats.
TOLD = ("time_lags", "partition")


@dataclass(frozen=True)
class Results:
    """Results of a run."""

    fluxes: xr.Dataset  #: over ``time``, the start of the averaging period in UTC
    problems: list[Problem]  #: what could not be used
    paths: dict[str, Path]  #: files written: fluxes, csv, run, quarantine, report
    bugs: int  #: days lost through faults of the program


def run(
    config: str | Path | Site,
    out: str | Path,
    *,
    start: Instant | None = None,
    end: Instant | None = None,
    workers: int | None = 1,
    client: "Client | None" = None,
    progress: Progress | None = None,
    anew: bool = False,
) -> Results:
    """Process an archive of raw files: condense, decide, export, report.

    Days whose moments are in the results folder already, made from the same files with the
    same settings and version, are not condensed again.

    Parameters
    ----------
    config : str, pathlib.Path or Site
        Path of a site's TOML file, or a `Site`, whose ``raw.files`` are then relative to
        the working folder.
    out : str or pathlib.Path
        Results folder, created if missing.
    start, end : str, datetime or numpy.datetime64, optional
        Only periods between these, in UTC.
    workers : int or None, default 1
        Processes; None: as many as there are processors if there are days enough. The results
        do not depend on it.
    client : distributed.Client, optional
        Client of a dask scheduler whose workers condense, instead of processes of this machine.
        They must see raw files and results folder under the same paths.
    progress : callable, optional
        Called with the number of averaging periods that are condensed, and of all that are to be.
    anew : bool, default False
        Condense every day, even those that are already done.

    Returns
    -------
    Results
        Fluxes, problems and the files written.

    Raises
    ------
    ConfigError
        The configuration is wrong.
    NoInputError
        No file can be used.
    LockedError
        Another run works in the folder.

    Examples
    --------
    >>> import tempfile
    >>> import fluxkit as fk
    >>> results = fk.run("data_samples/closed_path/site.toml", tempfile.mkdtemp())
    >>> results.fluxes.sizes["time"], sorted(results.paths)[:2]
    (2, ['csv', 'fluxes'])
    """
    job = Job.of(config, out, start, end)
    return run_job(job, workers=workers, client=client, progress=progress, anew=anew)


def run_job(
    job: Job,
    *,
    workers: int | None = 1,
    client: "Client | None" = None,
    progress: Progress | None = None,
    anew: bool = False,
) -> Results:
    """Process the archive of a job; parameters and errors as of `run`."""
    with locked(job.out):
        beside = tables_beside(job)  # what is missing there ends the run before it is long
        record = condense_archive(
            job, workers=workers, client=client, progress=progress, anew=anew, beside=beside
        )
        return results_of(record, beside)


def results_of(record: RunRecord, beside: Beside | None = None) -> Results:
    """Decide on the days of a record, and write all results; the folder must be locked."""
    job, before = record.job, read_before(record.job.out)
    with phase(f"deciding {len(record.names)} days"):
        fluxes, evidence = decide_archive(record, beside)
    give_way()  # what follows stays in step: all of it is written, or none
    with phase("writing fluxes, table and report"):
        written, paths = write_results(fluxes, record)
        # Made of what a file of them holds, so that each step gives the same when it is run alone.
        paths |= write_csvs(written, job.out, job.site)
        paths["report"] = _write_report(job, written, evidence)
        remove_superseded(job.out, before, stored(job.out / RUN), set(paths.values()))
        kept = {name: note for name, note in before.get("products", {}).items() if (job.out / name).is_file()}
        note_products(job.out, job.fluxes, (path for path in paths.values() if path.name != RUN), known=kept)
    losses = flux_losses(fluxes)
    for sentence in told_losses(each for each in losses if each.few):
        logger.warning("%s", sentence)
    problems = [*record.problems(), *taken(losses, job.fluxes)]
    return Results(fluxes, problems, paths, record.bugs)


def condense_archive(
    job: Job,
    *,
    workers: int | None = 1,
    client: "Client | None" = None,
    progress: Progress | None = None,
    anew: bool = False,
    shard: Shard | None = None,
    beside: Beside | None = None,
) -> RunRecord:
    """Write the moments of each day of a job that are not there yet; the folder must be locked.

    Parameters
    ----------
    job : Job
        What is wanted.
    workers, client, progress, anew
        As for `run`.
    shard : Shard, optional
        Only its days; the record is of these, and may be empty.
    beside : Beside, optional
        Tables beside the raw files: that they are of another time is told before anything is condensed.

    Raises
    ------
    NoInputError
        No file can be used; ``run.json`` and ``quarantine.csv`` give the reasons.
    FluxkitError
        No day could be done.
    """
    started = provenance.utc_now()
    index = Index.of(job.out)
    work = work_of(job, index, anew=anew, shard=shard)
    index.save()
    tidy(job, work, shard)
    _print_work(job, work)
    for doubt in doubts_of_plan(job.site, work.plan, beside):
        logger.warning("%s", doubt.sentence)
    done: list[Summary] = []
    if work.todo:
        from fluxkit.archive.condensing.pool import condense_days  # all that reads and conditions samples

        done = condense_days(
            work.todo, job, workers=workers, client=client, progress=progress, alone=shard is None
        )
    days = sorted([*work.kept, *done], key=lambda day: day.name)
    record = RunRecord.of(job, started, days, work.plan)
    if shard is None:
        _require_results(record)
    return record


def _require_results(record: RunRecord) -> None:
    """Stop if no day is done or no file is used."""
    inputs = record.inputs()
    if not record.names:
        raise FluxkitError("every day failed because of a bug; please report this with the log")
    if all(entry.status == "quarantined" for entry in inputs):
        _write_records(record, {"doubts": record.suspicions()})
        first = record.problems()[0]
        raise NoInputError(
            f"none of {len(inputs)} files can be used, see {record.job.out / QUARANTINE}; "
            f"{first.path}: {first.reason}"
        )


def decide_archive(record: RunRecord, beside: Beside | None = None) -> tuple[xr.Dataset, Evidence]:
    """Make fluxes of all days of a record at once.

    Parameters
    ----------
    record : RunRecord
        What became of the files.
    beside : Beside, optional
        Tables beside the raw files, if they have been read.

    Returns
    -------
    fluxes : xr.Dataset
        Over ``time``, within the limits of the job.
    evidence : Evidence
        What the page shows besides.

    Raises
    ------
    MomentsError
        Moments are missing, were made with other settings, or none is within the limits.
    """
    job = record.job
    beside = beside or tables_beside(job)
    fluxes = join_fluxes(_decided(record, beside))
    keep = np.array([record.wanted(time) for time in fluxes["time"].values], np.bool_)
    keep &= fluxes["time"].values >= date_of(record.names[0])
    if not keep.any():
        raise MomentsError(f"{job.out}: no averaging period between {job.start} and {job.end} (UTC)")
    fluxes = with_land_cover(fluxes.isel(time=keep), job)
    _tell_assumptions(fluxes, job.site)
    for warning in warnings(job.site):
        logger.warning("%s", warning)
    for warning in record.standing_still():
        logger.warning("%s", warning)
    suspicions = record.suspicions()
    doubts = doubts_of_archive(fluxes, job.site, record.groups(), job.out, beside, suspicions)
    for doubt in doubts:
        if doubt.check not in BEFORE:
            logger.warning("%s", doubt.sentence)
    fluxes = with_doubts(fluxes, doubts, job.site)
    fluxes.attrs["doubts"] = [doubt.sentence for doubt in doubts]
    return fluxes, evidence_of(job, record.groups(), fluxes)


def _decided(record: RunRecord, beside: Beside) -> list[xr.Dataset]:
    """Fluxes of each group of days that are decided together."""
    job, groups = record.job, record.groups()
    before = day_before(job, record.names[0])
    if before is not None:
        groups = with_first(groups, *before)
    if len(groups) > 1:
        logger.info(
            "%d groups of days with different rates, gases or instruments: each is processed separately",
            len(groups),
        )
    return [
        chain.decide(
            GivingWay(g.parts(job.out)),
            g.site,
            biomet=beside.biomet,
            profile=beside.profile,
            known=Reductions(job.out, job.site, g, number),
        )
        for number, g in enumerate(groups, start=1)
    ]


def write_results(fluxes: xr.Dataset, record: RunRecord) -> tuple[xr.Dataset, dict[str, Path]]:
    """Write fluxes, what is written beside them, and the records.

    Returns
    -------
    fluxes : xr.Dataset
        As `read_fluxes` gives them.
    paths : dict
        Files written.
    """
    job = record.job
    written = write_fluxes(fluxes, job.fluxes, job.site, record.about())
    told = {name: fluxes.attrs[name] for name in ("partition", "doubts") if name in fluxes.attrs}
    losses = flux_losses(fluxes)
    told["losses"] = [dataclasses.asdict(each) for each in losses]
    beside = _write_minutes(fluxes, record) | write_spectra(fluxes, record)
    return written, {"fluxes": job.fluxes} | beside | _write_records(record, told, taken(losses, job.fluxes))


def export_archive(job: Job) -> dict[str, Path]:
    """Write the FLUXNET CSV of the fluxes in a results folder."""
    paths = write_csvs(read_run_fluxes(job.fluxes), job.out, job.site)
    note_products(job.out, job.fluxes, paths.values())
    return paths


def report_archive(job: Job) -> dict[str, Path]:
    """Write the report on the fluxes and moments in a results folder."""
    fluxes = read_run_fluxes(job.fluxes)
    path = _write_report(job, fluxes, evidence_of(job, RunRecord.read(job).groups(), fluxes))
    note_products(job.out, job.fluxes, [path])
    return {"report": path}


def read_run_fluxes(path: Path) -> xr.Dataset:
    """Read the fluxes that a run has written.

    Raises
    ------
    MomentsError
        The file is missing or damaged.
    """
    try:
        return netcdf.read_fluxes(path)
    except (OSError, ValueError, RuntimeError) as error:
        raise MomentsError(f"{path}: missing or damaged ({error}); run `fluxkit decide` first") from error


def _print_work(job: Job, work: Work) -> None:
    if work.kept:
        reasons = ", ".join(f"{number} {reason}" for reason, number in sorted(work.reasons.items()))
        logger.info(
            "%d days are already done, %d to do (%s)", len(work.kept), len(work.todo), reasons or "none"
        )
    others = without_raw_files(job, work)
    if others and job.start is None and job.end is None:
        logger.warning(
            "%s to %s: %d days have moments but their raw files are gone, and are left out; "
            "`fluxkit decide` uses all that exist",
            others[0],
            others[-1],
            len(others),
        )


def _verdict(reason: str, site: Site) -> str:
    """Say what an assumption does to the quality of every flux of a station that always makes it."""
    if site.decide.actions.get(reason) != "advise":
        return ""
    return f"; so no flux is better than doubtful (<FLUX>_QC 1), unless decide.policy.{reason} = 'ignore'"


def _tell_assumptions(fluxes: xr.Dataset, site: Site) -> None:
    """Warn of what was not measured; the flags in the data show where."""
    words = {
        "pressure_assumed": "no pressure was measured: taken from the altitude (columns.p_air)",
        "temperature_assumed": "no air temperature was measured: taken from the sonic (columns.t_air)",
        "humidity_missing": "no humidity was measured: air taken as dry (columns.h2o)",
        "humidity_of_neighbours": "no vapour was measured: that of neighbouring periods instead "
        "(decide.vapour_neighbour_hours)",
        "self_heating_simplified": "no radiation: the LI-7500's surfaces from air temperature (biomet)",
        "line_uncorrected": "LI-7700 not corrected for its line's shape: no kappa (decide.absorption_line)",
        "cell_state_assumed": "state of a closed cell not measured: that of the air instead (columns.t_cell, "
        "p_cell)",
        "rotation_fell_back": "no plane for the wind's sector: double rotation instead (decide.planar_fit)",
        "storage_from_one_level": "the profile has a gap: storage from one level (decide.storage)",
    }
    for name in TOLD:
        for sentence in str(fluxes.attrs.get(name, "")).split("; "):
            if sentence:
                logger.info("%s", sentence)
    flag = fluxes["LOSS_FLAG"].values.astype(np.int64)
    for bit, sentence in words.items():
        count = int(((flag & mask("LOSS_FLAG", bit)) > 0).sum())
        if count:
            verdict = _verdict(bit, site) if count > flag.size / 2 else ""
            logger.warning("%d of %d periods: %s%s", count, flag.size, sentence, verdict)


def _write_minutes(fluxes: xr.Dataset, record: RunRecord) -> dict[str, Path]:
    """Write fluxes by the minute in addition to those of the averaging periods, if configured."""
    job = record.job
    if job.site.condense.wavelet == "none":
        return {}
    found = []
    for group in record.groups():
        for part in group.parts(job.out, ("wavelet_covariance",)):
            here = np.isin(part["time"].values, fluxes["time"].values)
            if here.any():
                part = part.isel(time=here)
                found.append(minutes(part, fluxes.sel(time=part["time"]), group.site))
    path = job.out / f"{job.site.station.id}_wavelet.nc"
    write_fluxes(join_fluxes(found), path, job.site, record.about(), seconds=60)
    return {"wavelet": path}


def taken(losses: list[FluxLosses], path: Path) -> list[Problem]:
    """Return what deciding took of each flux, as an entry of what was not used."""
    return [
        Problem(
            path.name,
            None,
            "variable",
            f"{each.flux}: {reason} in {count} of {each.periods} periods"
            + (f"; look at {DECIDED[reason]}" if reason in DECIDED else ""),
        )
        for each in losses
        for reason, count in each.by_deciding.items()
    ]


def _write_records(
    record: RunRecord, told: Mapping[str, Any] | None = None, decided: Sequence[Problem] = ()
) -> dict[str, Path]:
    """Write what was not used, and the record of the run with the notes on its fluxes."""
    run_path, quarantine = record.job.out / RUN, record.job.out / QUARANTINE
    problems = [*record.problems(), *decided]
    write_quarantine([dataclasses.asdict(problem) for problem in problems], quarantine)
    write_run(record.about() | dict(told or {}) | {"finished": provenance.utc_now()}, run_path)
    return {"run": run_path, "quarantine": quarantine}


def _write_report(job: Job, fluxes: xr.Dataset, evidence: Evidence) -> Path:
    from fluxkit.report.page import write_report  # figures and templates, which deciding does without

    path = job.out / REPORT
    problems = _read_quarantine(job.out / QUARANTINE)
    write_report(path, fluxes, evidence, job.site, stored(job.out / RUN), problems)
    return path


def _read_quarantine(path: Path) -> list[dict[str, Any]]:
    """Return the rows of what was not used.

    Raises
    ------
    MomentsError
        The list is missing or damaged.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return [
                {key: as_given(row[key]) for key in QUARANTINE_COLUMNS}
                | {"line": int(row["line"]) if row["line"] else None}
                for row in csv.DictReader(stream)
            ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise MomentsError(f"{path}: missing or damaged ({error}); run `fluxkit decide` first") from error
