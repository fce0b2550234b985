"""The analyser files of a campaign: found, read, what is wrong with them set aside."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fluxkit.archive.inputs import Input, Status
from fluxkit.chamber.analysers.reading import open_analyser
from fluxkit.chamber.campaign.models import Analyser, Plots
from fluxkit.chamber.closures.records import AnalyserRecord, merge_series
from fluxkit.errors import ReadError
from fluxkit.raw.samples import Problem
from fluxkit.raw.series import Series
from fluxkit.site.files import resolve_patterns

logger = logging.getLogger(__name__)

#: Called with files done and in all.
Progress = Callable[[int, int], None]


@dataclass
class ChamberInputs:
    """What was read of a campaign."""

    series: dict[str, list[Series]] = field(default_factory=dict)  #: analyser -> its files
    files: list[Input] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    without_zone: set[str] = field(default_factory=set)  #: analysers whose files name no zone

    def records(self, plots: Plots) -> list[AnalyserRecord]:
        """Join the files of each analyser, in the order of the configuration."""
        found = []
        for analyser in plots.analysers:
            mine = self.series.get(analyser.name, [])
            if not mine:
                continue
            record = merge_series(analyser.name, mine, clock_offset_s=analyser.clock_offset_s)
            record.precision.update(analyser.precision)
            if record.repeated:
                reason = f"{record.repeated} rows stand in more than one file of {analyser.name!r}: used once"
                self.problems.append(Problem(mine[0].path, None, "nothing", reason))
            found.append(record)
        return found


def read_inputs(plots: Plots, base: Path, *, progress: Progress | None = None) -> ChamberInputs:
    """Read all analyser files that a configuration names.

    A file that cannot be used is listed in ``problems``; the others are read.

    Parameters
    ----------
    plots : Plots
        Configuration.
    base : pathlib.Path
        What patterns are relative to.
    progress : callable, optional
        Called with the number of files done, and of all.
    """
    found = ChamberInputs()
    paths = [
        (analyser, path) for analyser in plots.analysers for path in resolve_patterns(analyser.files, base)
    ]
    for done, (analyser, path) in enumerate(paths):
        if progress is not None:
            progress(done, len(paths))
        _read(found, analyser, path, plots.campaign.utc_offset_h)
    if progress is not None:
        progress(len(paths), len(paths))
    return found


def _read(found: ChamberInputs, analyser: Analyser, path: Path, offset: float) -> None:
    try:
        series = _series(found, analyser, path, offset)
    except ReadError as error:
        logger.warning("%s is left out: %s", path, error.detail)
        found.problems.append(Problem(str(path), error.line, "file", error.detail))
        found.files.append(Input.of(path, "quarantined"))
        return
    found.series.setdefault(analyser.name, []).append(series)
    found.problems += series.problems
    lost = any(problem.lost != "nothing" for problem in series.problems)
    status: Status = "partly" if lost else "used"
    found.files.append(Input.of(path, status))


def _series(found: ChamberInputs, analyser: Analyser, path: Path, offset: float) -> Series:
    """Read a file; the campaign's offset is for files that name no zone of their own."""
    if analyser.utc_offset_h is not None:
        return _opened(analyser, path, analyser.utc_offset_h)
    if analyser.name in found.without_zone:
        return _opened(analyser, path, offset)
    try:
        return _opened(analyser, path, None)
    except ReadError:
        series = _opened(analyser, path, offset)
        found.without_zone.add(analyser.name)
        return series


def _opened(analyser: Analyser, path: Path, offset: float | None) -> Series:
    return open_analyser(
        path,
        format=analyser.format,
        utc_offset_h=offset,
        day_first=analyser.day_first,
        year=analyser.year,
        trust_zone=analyser.trust_zone,
        keep_rejected=analyser.keep_rejected,
        columns={name: (str(entry.column), entry.unit) for name, entry in analyser.columns.items()},
        time_column=analyser.time_column,
        header_rows=analyser.header_rows,
        names=analyser.names,
        decimal=analyser.decimal,
        interval_s=analyser.interval_s,
        series_column=analyser.series_column,
    )


def span(records: list[AnalyserRecord]) -> tuple[np.datetime64, np.datetime64] | None:
    """Return the first and last time of all records, None when there is none."""
    filled = [record.time for record in records if record.time.size]
    if not filled:
        return None
    return min(time[0] for time in filled), max(time[-1] for time in filled)
