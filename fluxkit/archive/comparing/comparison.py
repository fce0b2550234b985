"""Compare our fluxes with those of another program, and find the decision that explains the difference."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from pydantic import ValidationError

from fluxkit.archive.comparing.attribution import FLUXES, attribute
from fluxkit.archive.deciding.context import profile_of
from fluxkit.archive.folder.contents import RUN
from fluxkit.archive.folder.summaries import FOLDER
from fluxkit.archive.job import Job
from fluxkit.archive.record import RunRecord, stored
from fluxkit.archive.run import read_run_fluxes
from fluxkit.errors import ConfigError, MomentsError, NoInputError
from fluxkit.export.atomic import write_text
from fluxkit.export.csv_text import csv_text
from fluxkit.locations import location
from fluxkit.raw.tables.biomet import open_biomet
from fluxkit.raw.tables.half_hours import read_half_hours
from fluxkit.report.agreement import Agreement, Effect, agreement, best_shift, opposite
from fluxkit.report.comparison import write_comparison
from fluxkit.schema import variables
from fluxkit.site.models import Site

logger = logging.getLogger(__name__)

Array = npt.NDArray[np.float64]

#: Variables by which a shift of time is noticed.
_CLOCKS = ("T_SONIC", "TA", "H", "USTAR", "WS")
#: Longest shift that is looked for. [h]
_LONGEST_SHIFT = 15
#: Others may count momentum that goes down as positive.
_SIGNED = ("TAU", "TAU_UNCORR", "TSTAR")


@dataclass(frozen=True)
class ProgramComparison:
    """Result of a comparison."""

    agreements: dict[str, Agreement]  #: by variable, in the order of the vocabulary
    effects: list[list[Effect]]  #: of each step of the search for a decision; empty without moments
    notes: tuple[str, ...]  #: what was left out or assumed, in sentences
    paths: dict[str, Path]  #: files written


@dataclass(frozen=True)
class _Ours:
    fluxes: xr.Dataset
    folder: Path  #: where it lies
    job: Job | None  #: of the run that made them


def compare(
    ours: str | Path,
    theirs: str | Path,
    *,
    out: str | Path | None = None,
    config: str | Path | None = None,
    utc_offset_h: float | None = None,
    max_class: int = 2,
    steps: int = 1,
) -> ProgramComparison:
    r"""Compare half-hourly results, and find the decision that explains a difference.

    Parameters
    ----------
    ours : path
        Results folder, its ``<SITE>_fluxes.nc``, or a half-hourly CSV.
    theirs : path
        EddyPro's full output or FLUXNET file, or another FLUXNET CSV; gzip and zip too.
    out : path, optional
        Folder to write to; default: ``comparison`` in the folder of ours.
    config : path, optional
        The site's TOML file, which paths of slow data are relative to.
    utc_offset_h : float, optional
        Hours that their times are ahead of UTC; default: local standard time of ours. [h]
    max_class : int, default 2
        Highest quality class, in ours and theirs, of the fluxes to compare.
    steps : int, default 1
        Number of decisions to change one after the other; 0 for none.

    Returns
    -------
    Comparison

    Raises
    ------
    ConfigError
        The file or folder does not exist.
    ReadError
        A table cannot be read.
    NoInputError
        They have no period or no variable in common.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import fluxkit as fk
    >>> folder = Path(tempfile.mkdtemp())
    >>> clock = ["202407011000", "202407011030", "202407011100", "202407011130"]
    >>> head = "TIMESTAMP_START,TIMESTAMP_END,FC\n"
    >>> for name, scale in (("ours", 1.0), ("theirs", 1.1)):
    ...     rows = [f"{clock[k]},{clock[k + 1]},{scale * (-8.0 - k)}\n" for k in range(3)]
    ...     _ = (folder / f"{name}.csv").write_text(head + "".join(rows))
    >>> found = fk.compare(folder / "ours.csv", folder / "theirs.csv", out=folder / "out", utc_offset_h=0.0)
    >>> round(found.agreements["FC"].slope, 3)
    0.909
    """
    mine = _ours(location(ours), config, utc_offset_h)
    offset = utc_offset_h
    if offset is None:
        offset = float(mine.fluxes.attrs.get("utc_offset_h", 0.0))
    if not location(theirs).is_file():
        raise ConfigError(str(theirs), ["no such file"])
    seconds = _seconds(mine.fluxes)
    read = read_half_hours(theirs, utc_offset_h=offset, seconds=seconds)
    notes = list(read.notes)
    x, y = _aligned(mine.fluxes, read.data, str(ours), str(theirs), notes)
    y = _same_signs(x, y, notes)
    x, y = (_plausible(data, whose, notes) for data, whose in ((x, "ours"), (y, "theirs")))
    if max_class < 2:
        x, y = _good(x, y, max_class)
    shared = [
        name for name in variables.names(variables.further_gases(x.variables)) if name in x and name in y
    ]
    found = {name: _agreement(name, x, y) for name in shared}
    found = {name: a for name, a in found.items() if a.n}
    if not found:
        raise NoInputError(f"{ours} and {theirs} have no variable with values in common")
    notes += _clock_words(x, y, seconds)
    effects = _effects(mine, y, steps, notes)
    folder = location(out) if out is not None else mine.folder / "comparison"
    paths = {"table": folder / "comparison.csv", "page": folder / "comparison.html"}
    write_text(paths["table"], agreement_table(found))
    if effects:
        paths["decisions"] = folder / "decisions.csv"
        write_text(paths["decisions"], effect_table(effects))
    write_comparison(paths["page"], x, y, found, effects, notes, names=(str(ours), str(theirs)))
    return ProgramComparison(found, effects, tuple(notes), paths)


def agreement_table(found: dict[str, Agreement]) -> str:
    """Return the statistics as CSV."""
    names = [field.name for field in fields(Agreement)]
    rows = [
        [name, variables.entry(name).units, *(_cell(getattr(a, key)) for key in names)]
        for name, a in found.items()
    ]
    return csv_text([["variable", "units", *names], *rows])


def effect_table(effects: Sequence[Sequence[Effect]]) -> str:
    """Return the decisions' effects as CSV."""
    head = ["step", "decision", "change", *(f"{w}_{n}" for n in FLUXES for w in ("rmse", "before"))]
    rows = [
        [
            str(step),
            e.decision,
            _cell(e.change),
            *(_cell(table.get(n, np.nan)) for n in FLUXES for table in (e.rmse, e.before)),
        ]
        for step, found in enumerate(effects, 1)
        for e in found
    ]
    return csv_text([head, *rows])


def _cell(value: float) -> str:
    return "" if not np.isfinite(value) else f"{value:.7g}"


# ---- reading ----


def _ours(path: Path, config: str | Path | None, utc_offset_h: float | None) -> _Ours:
    if path.is_dir():
        found = sorted(path.glob("*_fluxes.nc"))
        if len(found) != 1:
            names = ", ".join(p.name for p in found) or "none"
            raise ConfigError(
                str(path), [f"expected one <SITE>_fluxes.nc here, found {names}; give the file"]
            )
        path = found[0]
    if not path.is_file():
        raise ConfigError(str(path), ["no such file or folder; give the results folder of a run"])
    if path.suffix == ".nc":
        return _Ours(read_run_fluxes(path), path.parent, _job(path.parent, config))
    table = read_half_hours(path, utc_offset_h=utc_offset_h or 0.0)
    return _Ours(table.data, path.parent, None)


def _job(folder: Path, config: str | Path | None) -> Job | None:
    """Return the job that made a results folder, from the record of its run; None without one."""
    if not (folder / RUN).is_file() or not (folder / FOLDER).is_dir():
        return None
    try:
        site = Site.model_validate(stored(folder / RUN)["settings"])
    except (KeyError, ValidationError) as error:
        raise MomentsError(f"{folder / RUN}: has no valid settings ({error}); run `fluxkit run`") from error
    base = Path() if config is None else location(config).parent
    return Job(site, "" if config is None else str(config), base, folder)


def _seconds(fluxes: xr.Dataset) -> int:
    given = fluxes.attrs.get("averaging_period_s")
    if given is not None:
        return round(float(given))
    steps = np.diff(np.unique(fluxes["time"].values)).astype("timedelta64[s]").astype(np.int64)
    return int(np.median(steps)) if steps.size else 1800


# ---- making them comparable ----


def _aligned(
    ours: xr.Dataset, theirs: xr.Dataset, one: str, other: str, notes: list[str]
) -> tuple[xr.Dataset, xr.Dataset]:
    """Return both over the periods that both have."""
    ours = ours[[name for name in ours.data_vars if ours[name].dims == ("time",)]]
    common = np.intersect1d(ours["time"].values, theirs["time"].values)
    if not common.size:
        spans = [_span(data) for data in (ours, theirs)]
        raise NoInputError(
            f"no period in common: {one} has {spans[0]}, {other} has {spans[1]} (start, UTC); "
            "check the averaging period and --utc-offset"
        )
    notes.insert(
        0,
        f"{common.size} periods in common, of {ours.sizes['time']} of ours and {theirs.sizes['time']} of "
        f"theirs, {_span(ours.sel(time=common))} (UTC)",
    )
    return ours.sel(time=common), theirs.sel(time=common)


def _span(data: xr.Dataset) -> str:
    first, last = (np.datetime_as_string(data["time"].values[k], unit="m") for k in (0, -1))
    return f"{first} to {last}"


def _same_signs(x: xr.Dataset, y: xr.Dataset, notes: list[str]) -> xr.Dataset:
    """Change the sign of their momentum flux where the convention differs."""
    for name in _SIGNED:
        if name in x and name in y and opposite(x[name].values, y[name].values):
            y = y.assign({name: -y[name]})
            notes.append(f"{name}: theirs has the opposite sign, it was turned round")
    return y


def _plausible(data: xr.Dataset, whose: str, notes: list[str]) -> xr.Dataset:
    """Leave out values beyond the plausible range, which would dominate a regression."""
    vocabulary = set(variables.names(variables.further_gases(data.variables)))
    for name in list(data.data_vars):
        known = variables.entry(str(name)) if name in vocabulary else None
        if known is None or known.range is None or known.is_flag:
            continue
        low, high = known.range
        values = data[name].values.astype(np.float64)
        with np.errstate(invalid="ignore"):
            odd = (values < low) | (values > high)
        if odd.any():
            data = data.assign({name: ("time", np.where(odd, np.nan, values))})
            message = f"{whose}: {int(odd.sum())} values of {name} beyond {low:g} to {high:g} {known.units}"
            notes.append(f"{message} left out")
    return data


def _good(x: xr.Dataset, y: xr.Dataset, max_class: int) -> tuple[xr.Dataset, xr.Dataset]:
    """Leave out fluxes of worse classes in either."""
    for name in [name.removesuffix("_SSITC_TEST") for name in map(str, x) if name.endswith("_SSITC_TEST")]:
        if name not in x or name not in y:
            continue
        bad = np.zeros(x.sizes["time"], dtype=bool)
        for data in (x, y):
            if f"{name}_SSITC_TEST" in data:
                with np.errstate(invalid="ignore"):
                    bad |= data[f"{name}_SSITC_TEST"].values > max_class
        x = x.assign({name: x[name].where(~bad)})
    return x, y


def _agreement(name: str, x: xr.Dataset, y: xr.Dataset) -> Agreement:
    circular = variables.entry(name).units == "degree" and name in ("WD", "ROT_YAW")
    a, b = (data[name].values.astype(np.float64) for data in (x, y))
    return agreement(a, b, circular=circular)


def _clock_words(x: xr.Dataset, y: xr.Dataset, seconds: int) -> list[str]:
    """Warn if their times seem to be shifted."""
    name = next((name for name in _CLOCKS if name in x and name in y), None)
    if name is None or x.sizes["time"] < 24:
        return []
    step = np.timedelta64(seconds, "s").astype("timedelta64[ns]")
    grid = np.arange(x["time"].values[0], x["time"].values[-1] + step, step)
    a, b = (data[name].reindex(time=grid).values.astype(np.float64) for data in (x, y))
    shift = best_shift(a, b, min(round(_LONGEST_SHIFT * 3600 / seconds), grid.size // 3))
    if not shift:
        return []
    hours = shift * seconds / 3600.0
    return [
        f"{name} agrees far better with theirs {abs(hours):g} h {'later' if hours > 0 else 'earlier'}: "
        "is --utc-offset right, and is their time the end of the period?"
    ]


# ---- decisions ----


def _effects(mine: _Ours, theirs: xr.Dataset, steps: int, notes: list[str]) -> list[list[Effect]]:
    if not steps:
        return []
    if mine.job is None:
        notes.append(
            "decisions were not tried: give the results folder of a run, with run.json and the folder moments"
        )
        return []
    if not any(name in theirs for name in FLUXES):
        notes.append("decisions were not tried: theirs has no flux")
        return []
    job = mine.job
    first, last = (str(theirs["time"].values[k].astype("datetime64[D]")) for k in (0, -1))
    groups = RunRecord.read(job).groups()
    group = max(groups, key=lambda group: len(group.sites))
    names = [name for name in group.sites if first <= name[:10] <= last]
    if len(groups) > 1:
        notes.append("decisions were tried on the longest stretch with the same rate, gases and instruments")
    try:
        slow, levels = open_biomet(job.site, job.base), profile_of(job)
    except NoInputError as error:
        notes.append(f"decisions were not tried: {error}; give --config SITE.toml")
        return []
    parts = group.parts(job.out, names=names)
    return attribute(parts, group.site, theirs, biomet=slow, profile=levels, steps=steps)


def summary(found: dict[str, Agreement]) -> list[tuple[str, ...]]:
    """Return the rows of the table that a terminal shows."""
    rows = []
    for name, a in found.items():
        values: tuple[Any, ...] = (a.slope, a.orthogonal_slope, a.intercept, a.r2, a.bias, a.rmse)
        relative, equal = (f"{100 * v:.3g} %" if np.isfinite(v) else "" for v in (a.median_relative, a.equal))
        rows.append(
            (
                name,
                variables.entry(name).units,
                str(a.n),
                *(f"{v:.4g}" if np.isfinite(v) else "" for v in values),
                relative,
                equal,
            )
        )
    return rows
