"""One task: the raw files of a day to its moments."""

import logging
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fluxkit.archive.assemble import Assembler, Period
from fluxkit.archive.inputs import Input
from fluxkit.archive.parts import SETTINGS, Rejected, Summary, condense_settings, part_path, write_summary
from fluxkit.archive.periods import Periods
from fluxkit.archive.plan import Day, Source
from fluxkit.errors import FluxkitError, ReadError
from fluxkit.export.moments_file import write_moments
from fluxkit.raw.layout import Layout
from fluxkit.raw.reading import layout_of, read
from fluxkit.raw.samples import Problem, Samples
from fluxkit.site.models import Site
from fluxkit.tower.chain import Condenser

logger = logging.getLogger(__name__)

Tick = Callable[[int], None]


class Reader:
    """Reads the files of a day, remembering what could not be used.

    Parameters
    ----------
    layout : Layout
        How the files are laid out.
    """

    def __init__(self, layout: Layout) -> None:
        self.problems: list[Problem] = []
        self.inputs: dict[str, Input] = {}
        self._layout = layout

    def __call__(self, source: Source) -> Samples | None:
        """Return the samples of a file, None when nothing of it is usable."""
        name = str(source.path)
        try:
            samples = read(source.path, self._layout)
        except ReadError as error:
            self.problems.append(Problem(name, error.line, "file", error.detail))
            self.inputs[name] = Input.of(source.path, "quarantined")
            return None
        self.problems += samples.problems
        lost = any(problem.lost != "nothing" for problem in samples.problems)
        self.inputs[name] = Input.of(source.path, "partly" if lost else "used")
        return samples


def run_day(day: Day, site: Site, condenser: Condenser, out: Path, tick: Tick | None = None) -> Summary:
    """Condense a day and write its moments; a fault of the program is caught and told.

    Parameters
    ----------
    day : Day
        Periods and files.
    site : Site
        The configuration.
    condenser : Condenser
        Of this site.
    out : pathlib.Path
        Results folder.
    tick : callable, optional
        Called with 1 after each period.

    Returns
    -------
    Summary
        What was read, written, and lost.

    Raises
    ------
    FluxkitError
        The results cannot be written, or the configuration does not suit.
    """
    date = str(day.date)
    try:
        return condense_day(day, site, condenser, out, tick)
    except FluxkitError:
        raise
    except OSError as error:
        raise FluxkitError(f"{part_path(out, date)}: cannot be written: {error.strerror or error}") from error
    except Exception as error:  # noqa: BLE001  (the task boundary: one day's fault must not stop the others)
        part_path(out, date).unlink(missing_ok=True)
        what = f"bug: {type(error).__name__}: {error}; the day is lost, please report it with the log"
        problem = Problem(date, None, "period", what)
        return Summary(date, len(day.periods), 0, problems=(problem,), bug=traceback.format_exc())


def condense_day(day: Day, site: Site, condenser: Condenser, out: Path, tick: Tick | None = None) -> Summary:
    """Condense a day and write its moments; parameters as for `run_day`, nothing is caught."""
    grid = Periods.of(site)
    reader = Reader(layout_of(site))
    assembler = Assembler(grid, day.periods, size=condenser.size, rate=site.raw.rate)
    starts, records, rejected = [], [], []
    filled = 0
    for period in assembler.periods(day.sources, reader):
        record = condenser.condense(period.data, period.records)
        reasons = record.pop("reasons", [])
        rejected += _rejected(period, grid.start(period.number), reasons)
        starts.append(grid.start(period.number))
        records.append(record)
        filled += period.records > 0
        if tick is not None:
            tick(1)
    moments = condenser.dataset(starts, records)
    moments.attrs[SETTINGS] = condense_settings(site)
    date = str(day.date)
    summary = Summary(
        date,
        len(day.periods),
        filled,
        inputs=tuple(reader.inputs.values()),
        problems=(*reader.problems, *assembler.problems),
        rejected=tuple(rejected),
    )
    write_summary(summary, out)
    write_moments(moments, part_path(out, date))
    return summary


def _rejected(period: Period, start: np.datetime64, reasons: list[str]) -> list[Rejected]:
    """Return why a period is not all there; without a file no words are needed."""
    if not period.files:
        return []
    stamp = str(np.datetime_as_string(start, unit="m"))
    files = "; ".join(dict.fromkeys(period.files))
    return [Rejected(stamp, Problem(files, None, "period", f"{stamp}Z: {reason}")) for reason in reasons]
