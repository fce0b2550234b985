"""All of a chamber campaign: read, find closures, make fluxes, write."""

import dataclasses
import logging
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.archive.folder.contents import QUARANTINE, REPORT, RUN
from fluxkit.archive.folder.lock import locked
from fluxkit.chamber import chain, flags
from fluxkit.chamber.campaign import decision_table
from fluxkit.chamber.campaign.loading import load
from fluxkit.chamber.campaign.models import Plots
from fluxkit.chamber.closures.records import AnalyserRecord
from fluxkit.chamber.closures.traces import traces
from fluxkit.chamber.decisions import Decision
from fluxkit.chamber.fits.models import DESCRIBED, RULES_DESCRIBED
from fluxkit.chamber.page.page import write_chamber_report
from fluxkit.chamber.processing.closures import FoundClosures, find_closures
from fluxkit.chamber.processing.inputs import ChamberInputs, Progress, read_inputs
from fluxkit.chamber.results.csv import write_chamber_csv
from fluxkit.chamber.results.netcdf import write_chamber
from fluxkit.errors import ConfigError, NoInputError
from fluxkit.export.citation import Method
from fluxkit.export.crate import write_crate
from fluxkit.export.records import write_quarantine, write_run
from fluxkit.locations import joined, location
from fluxkit.raw.samples import Problem
from fluxkit.schema import provenance

logger = logging.getLogger(__name__)

#: Flags that rest on an assumption, and the words that the log has for them.
_ASSUMPTIONS = {
    "pressure_assumed": "no plausible pressure was measured: from altitude, or standard ([chamber] p_air)",
    "temperature_assumed": "no plausible air temperature was measured: 15 degC ([chamber] t_air)",
    "humidity_missing": "no water vapour was measured: air taken as dry",
    "wet": "the analyser's files give no dry mole fraction: that of moist air was fitted",
    "geometry_doubtful": "volume over area is not that of a chamber, see quarantine.csv",
}


@dataclass(frozen=True)
class ChamberResults:
    """Results of a run."""

    fluxes: xr.Dataset  #: over ``closure`` and ``gas``
    records: list[AnalyserRecord]  #: readings of each analyser
    problems: list[Problem]  #: what could not be used, and what is odd
    paths: dict[str, Path]  #: files written: fluxes, csv, run, quarantine


def run(
    config: str | Path | Plots,
    out: str | Path,
    *,
    report: bool = False,
    progress: Progress | None = None,
) -> ChamberResults:
    """Process a chamber campaign from analyser files to fluxes.

    Parameters
    ----------
    config : str, pathlib.Path or Plots
        Path of a ``plots.toml``, or a `Plots`, whose patterns are then relative to the working folder.
    out : str or pathlib.Path
        Results folder, created if missing.
    report : bool, default False
        Also write the page for reviewing closures.
    progress : callable, optional
        Called with the number of files that are read, and of all.

    Returns
    -------
    ChamberResults
        Fluxes, problems and the files written.

    Raises
    ------
    ConfigError
        The configuration is wrong.
    NoInputError
        No file can be used, or there are no closures; ``quarantine.csv`` gives the reasons.
    LockedError
        Another run works in the folder.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import fluxkit as fk
    >>> from fluxkit.chamber.synthetic.plots import make_campaign
    >>> config = make_campaign(Path(tempfile.mkdtemp()), plots=1)
    >>> results = fk.chamber.run(config, config.parent / "out")
    >>> dict(results.fluxes.sizes)
    {'closure': 18, 'gas': 3, 'fit': 3}
    """
    if isinstance(config, Plots):
        return run_plots(config, Path(), location(out), report=report, progress=progress)
    return run_plots(load(config), location(config).parent, location(out), report=report, progress=progress)


def run_plots(
    plots: Plots, base: Path, out: Path, *, report: bool = False, progress: Progress | None = None
) -> ChamberResults:
    """Process a campaign whose patterns are relative to ``base``; the rest as of `run`."""
    started = provenance.utc_now()
    decisions = (
        [] if plots.decisions is None else decision_table.read_decisions(joined(base, plots.decisions))
    )
    with locked(out):
        inputs = read_inputs(plots, base, progress=progress)
        records = inputs.records(plots)
        if not records:
            _fail(plots, inputs, out)
        found = find_closures(plots, base, inputs, records)
        problems = inputs.problems + found.problems
        if not len(found.closures):
            _write_quarantine(problems, out)
            raise NoInputError(f"no closure was found ({plots.closures.source}), see {out / QUARANTINE}")
        fluxes = chain.process(found.closures, records, plots, decisions=decisions)
        _mark_moved(fluxes, found)
        problems += _unused(fluxes, plots)
        _tell_assumptions(fluxes)
        about = _about(plots, base, started, inputs, found, fluxes)
        paths = _write(fluxes, problems, plots, out, about)
        if report:
            paths["report"] = _report(out / REPORT, fluxes, records, plots, about, problems, decisions)
        paths["run"] = _write_record(out, about, paths, plots)
    return ChamberResults(fluxes, records, problems, paths)


def _fail(plots: Plots, inputs: ChamberInputs, out: Path) -> None:
    _write_quarantine(inputs.problems, out)
    if not inputs.files:
        patterns = ", ".join(str(analyser.files) for analyser in plots.analysers)
        raise NoInputError(f"no file matches {patterns} (analysers.files)")
    first = next(problem for problem in inputs.problems if problem.lost == "file")
    raise NoInputError(
        f"none of {len(inputs.files)} files can be used, see {out / QUARANTINE}; {first.path}: {first.reason}"
    )


def _mark_moved(fluxes: xr.Dataset, found: FoundClosures) -> None:
    if found.moved:
        fluxes["flags"] = fluxes["flags"] | flags.bit("clock_moved")
        fluxes["flags"].attrs = flags.attributes()
    clock = found.clock
    if clock is not None:
        fluxes.attrs["clock"] = clock.sentence()
        if np.isfinite(clock.seconds):
            fluxes.attrs["clock_offset_found_s"] = float(clock.seconds)
        fluxes.attrs["clock_offset_applied_s"] = float(found.moved)


def _unused(fluxes: xr.Dataset, plots: Plots) -> list[Problem]:
    sentences = str(fluxes.attrs.pop("decisions_unused", "")).split("; ")
    return [Problem(str(plots.decisions), None, "line", sentence) for sentence in sentences if sentence]


def _tell_assumptions(fluxes: xr.Dataset) -> None:
    bits = fluxes["flags"].values
    for name, words in _ASSUMPTIONS.items():
        count = int(flags.raised(bits, name).any(axis=1).sum()) if bits.size else 0
        if count:
            logger.warning("%d of %d closures: %s", count, bits.shape[0], words)
    if fluxes.attrs.get("air"):
        logger.warning("%s", fluxes.attrs["air"])
    if fluxes.attrs.get("windows"):
        logger.info("%s", fluxes.attrs["windows"])


def _about(
    plots: Plots,
    base: Path,
    started: str,
    inputs: ChamberInputs,
    found: FoundClosures,
    fluxes: xr.Dataset,
) -> dict[str, Any]:
    before = "" if base == Path() else f"{base.as_posix()}/"
    files = [
        dataclasses.replace(entry, path=entry.path.removeprefix(before))
        for entry in sorted(inputs.files + found.files, key=lambda entry: entry.path)
    ]
    status = Counter(entry.status for entry in files)
    versions = provenance.versions()
    settings = plots.model_dump(mode="json")
    about: dict[str, Any] = {
        "kind": "chamber",
        "fluxkit": versions["fluxkit"],
        "versions": versions,
        "started": started,
        "settings": settings,
        "settings_sha256": provenance.settings_sha256(settings),
        "methods": _methods(plots),
        "inputs": [dataclasses.asdict(entry) for entry in files],
        "files": {name: status[name] for name in ("used", "partly", "quarantined")},
        "closures": len(found.closures),
        "fluxes": {
            str(gas): int(np.isfinite(fluxes["flux"].sel(gas=gas)).sum()) for gas in fluxes["gas"].values
        },
        "windows": fluxes.attrs.get("windows", ""),
    }
    if found.clock is not None:
        about["clock"] = _known(dataclasses.asdict(found.clock)) | {
            "applied_s": found.moved,
            "told": found.clock.sentence(),
        }
    return about


def _methods(plots: Plots) -> list[Method]:
    """Return the curves and the rule that fluxes were chosen by, and where each is described."""
    fits = plots.fits
    described = [("fits.models", name, DESCRIBED[name][1]) for name in fits.models]
    described.append(("fits.choice", fits.choice, RULES_DESCRIBED.get(fits.choice, ("", ""))[1]))
    return [Method(key, name, paper) for key, name, paper in described if paper]


def _known(numbers: dict[str, Any]) -> dict[str, Any]:
    """Return numbers with None for what is unknown: JSON has neither NaN nor infinity."""
    return {name: value if np.isfinite(value) else None for name, value in numbers.items()}


def _write(
    fluxes: xr.Dataset, problems: list[Problem], plots: Plots, out: Path, about: dict[str, Any]
) -> dict[str, Path]:
    netcdf = out / f"{plots.campaign.id}_chamber_fluxes.nc"
    table = out / f"{plots.campaign.id}_chamber_fluxes.csv"
    if not fluxes.sizes["gas"]:
        raise ConfigError("analysers.gases", ["none of these gases is in the files"])
    write_chamber(fluxes, netcdf, plots, about)
    write_chamber_csv(fluxes, table)
    _write_quarantine(problems, out)
    return {"fluxes": netcdf, "csv": table, "quarantine": out / QUARANTINE}


def _write_record(out: Path, about: dict[str, Any], paths: dict[str, Path], plots: Plots) -> Path:
    """Write what was done, and the crate of all files; the last, so that it vouches for them."""
    products = {path.name: {"sha256": provenance.file_sha256(path)} for path in paths.values()}
    told = about | {"products": products, "finished": provenance.utc_now()}
    write_run(told, out / RUN)
    write_crate(out, told, title=f"Chamber fluxes of {plots.campaign.name or plots.campaign.id}")
    return out / RUN


def _report(
    path: Path,
    fluxes: xr.Dataset,
    records: list[AnalyserRecord],
    plots: Plots,
    about: dict[str, Any],
    problems: list[Problem],
    decisions: list[Decision],
) -> Path:
    write_chamber_report(
        path,
        fluxes,
        traces(fluxes, records),
        title=plots.campaign.name,
        campaign=plots.campaign.id,
        run=about,
        problems=[dataclasses.asdict(problem) for problem in problems],
        decisions=decisions,
        notes=[str(fluxes.attrs[name]) for name in ("clock", "air", "windows") if fluxes.attrs.get(name)],
        extrapolated=plots.window.extrapolate,
    )
    return path


def _write_quarantine(problems: list[Problem], out: Path) -> None:
    write_quarantine([dataclasses.asdict(problem) for problem in problems], out / QUARANTINE)
