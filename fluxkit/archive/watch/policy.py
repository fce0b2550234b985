"""What is kept while files come and go: days whose files grow or are gone, and days that failed."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fluxkit.archive.condensing.resume import Standing
from fluxkit.archive.condensing.work import Work, without_raw_files
from fluxkit.archive.folder.parts import CondenseSettings, require_settings
from fluxkit.archive.folder.summaries import (
    Summary,
    date_of,
    names_in,
    part_path,
    read_summary,
    require_vouched,
)
from fluxkit.archive.inputs import Input
from fluxkit.archive.job import Job
from fluxkit.archive.planning.plan import Day
from fluxkit.errors import MomentsError
from fluxkit.locations import fingerprint
from fluxkit.schema.provenance import file_sha256
from fluxkit.tower.moments import MOMENTS_VERSION

logger = logging.getLogger(__name__)


class Keeping:
    """Decides which days of a growing folder need not, or must not, be condensed now."""

    def __init__(self) -> None:
        self._failed: dict[str, tuple[dict[Path, str], Summary]] = {}

    def failed(self, days: Sequence[Day], summaries: Sequence[Summary], files: Mapping[Path, str]) -> None:
        """Remember days that failed through faults: with the same files they would fail again."""
        known = {day.name: day for day in days}
        for summary in summaries:
            self._failed.pop(summary.name, None)
            if summary.bug:
                sources = known[summary.name].files
                self._failed[summary.name] = {s.path: files.get(s.path, "") for s in sources}, summary

    def forget(self) -> None:
        """Try everything again: the settings are others."""
        self._failed.clear()

    def kept(self, work: Work, job: Job, files: Mapping[Path, str], growing: Collection[Path]) -> Work:
        """Return the work without the days that are to stay as they are.

        Parameters
        ----------
        work : Work
            The plan, and how far it is.
        job : Job
            What it is about.
        files : mapping
            Files at rest -> fingerprint.
        growing : collection of pathlib.Path
            Files that are still written to.
        """
        standings = tuple(self._of(entry, job, files, growing) for entry in work.standings)
        return replace(work, standings=standings)

    def _of(
        self, entry: Standing, job: Job, files: Mapping[Path, str], growing: Collection[Path]
    ) -> Standing:
        day = entry.day
        if entry.summary is not None:
            return entry
        if day.name in self._failed:
            seen, summary = self._failed[day.name]
            if seen == {source.path: files.get(source.path, "") for source in day.files}:
                return Standing(day, summary)
        if entry.reason != "raw files":
            return entry
        summary = read_summary(job.out, day.name)
        gone = _gone(day, summary, job)
        if not gone and not any(source.path in growing for source in day.files):
            return entry
        try:
            require_vouched(summary, job.out)
        except MomentsError as error:
            logger.warning("%s", error)
            return entry
        if gone:
            logger.warning(
                "%s: %d raw files are gone, first %s; the moments made from them are kept, "
                "`fluxkit run` makes the day again from the remaining files",
                day.name,
                len(gone),
                gone[0],
            )
        return Standing(day, summary)


def _gone(day: Day, summary: Summary, job: Job) -> list[str]:
    """Return the files that a day has lost if that is all that happened to it, else nothing.

    Folders of loggers are often emptied in the order of time: that must not take a day's fluxes away
    bit by bit. A file with another name, or other bytes, is a reason to condense again.
    """
    now = {job.shown(str(source.path)): source.path for source in day.files}
    before = {entry.path: entry for entry in summary.inputs}
    if not now.keys() < before.keys():
        return []
    gone = sorted(name for name in before if name not in now and before[name].status != "quarantined")
    same = all(_same(before[name], path) for name, path in now.items())
    return gone if same else []


def _same(known: Input, path: Path) -> bool:
    try:
        return known.fingerprint == fingerprint(path) or known.sha256 == file_sha256(path)
    except OSError:
        return False


def without_files(job: Job, work: Work) -> list[Summary]:
    """Return the summaries of days that have usable moments but no raw files any more."""
    planned = {day.date for day in work.plan.days}
    found = []
    for name in without_raw_files(job, work):
        if date_of(name) in planned:
            continue  # the day is cut otherwise now
        try:
            summary = read_summary(job.out, name)
            require_usable(summary, job)
        except MomentsError as error:
            logger.warning("%s is left out: its raw files are gone, and %s", name, error)
            continue
        found.append(summary)
    return found


def require_usable(summary: Summary, job: Job) -> None:
    """Refuse moments that are not whole, or that other settings or another version made.

    Raises
    ------
    MomentsError
        So it is.
    """
    require_vouched(summary, job.out)
    path = part_path(job.out, summary.name)
    if not summary.key.get("version", "").endswith(f"moments {MOMENTS_VERSION}"):
        raise MomentsError(f"{path}: made by another version ({summary.key.get('version', 'unknown')})")
    wanted = CondenseSettings(summary.stretch.site(job.site)).of_day(summary.date)
    require_settings(path, summary.key.get("settings", "{}"), wanted)


def known_inputs(out: Path) -> set[str]:
    """Return the raw files that moments of a results folder were made of, as they are shown."""
    found: set[str] = set()
    for name in names_in(out):
        try:
            found.update(entry.path for entry in read_summary(out, name).inputs)
        except MomentsError:  # the day is made again, and tells
            continue
    return found
