"""Which days are already done: their moments come from the same files, settings and version."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from fluxkit.archive.folder.parts import CondenseSettings, require_settings
from fluxkit.archive.folder.summaries import Summary, part_path, read_summary, summary_path
from fluxkit.archive.inputs import Input
from fluxkit.archive.job import Job
from fluxkit.archive.planning.plan import Day
from fluxkit.errors import MomentsError
from fluxkit.locations import fingerprint
from fluxkit.schema.provenance import file_sha256, settings_sha256, versions
from fluxkit.tower.moments import MOMENTS_VERSION

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Standing:
    """Whether a task is done."""

    day: Day
    summary: Summary | None  #: of the moments that are there and serve; None if it is to be done
    reason: str = ""  #: why it is to be done: new, raw files, settings, version, altered
    touched: bool = False  #: files have other times of change but the bytes of before


def key_of(day: Day, inputs: Mapping[str, str], settings: str) -> dict[str, str]:
    """Return what the moments of a task follow from.

    Parameters
    ----------
    day : Day
        The task.
    inputs : mapping
        Path as shown -> SHA-256 of its raw files.
    settings : str
        `CondenseSettings.of_day`.
    """
    own = (source for source in day.sources if source.cut or source.first_hour is not None)
    cuts = {str(s.path): f"{s.start} to {s.end if s.cut else ''}" for s in own}
    return {
        "version": f"{versions()['fluxkit']}, moments {MOMENTS_VERSION}",
        "periods": f"{day.periods.start} to {day.periods.stop}",
        "files": settings_sha256(dict(inputs) | ({"cuts": cuts} if cuts else {})),
        "settings": settings,
    }


def standing(day: Day, job: Job, settings: CondenseSettings) -> Standing:
    """Whether the moments of a task exist, are complete, and are what condensing would give.

    Files whose size and time of change are the same count as unchanged; others are
    compared by their checksums.
    """
    try:
        summary = read_summary(job.out, day.name)
    except MomentsError as error:
        return Standing(day, None, _reason_without_summary(day, job, error))
    if summary.bug:
        return Standing(day, None, "failed before")
    known = {entry.path: entry for entry in summary.inputs}
    files = {job.shown(str(source.path)): source.path for source in day.files}
    now = {name: _same(known.get(name), path) for name, path in files.items()}
    wanted = key_of(day, {name: entry.sha256 for name, entry in now.items()}, settings.of_day(day.date))
    reason = _difference(summary.key, wanted) or _altered(summary, job.out)
    if reason:
        return Standing(day, None, reason)
    inputs = tuple(now[entry.path] for entry in summary.inputs)
    return Standing(day, replace(summary, inputs=inputs), touched=inputs != summary.inputs)


def _reason_without_summary(day: Day, job: Job, error: MomentsError) -> str:
    if summary_path(job.out, day.name).exists():
        logger.warning("%s", error)
        return "altered"
    return "new"


def _same(known: Input | None, path: Path) -> Input:
    """Return the entry of a file as it is now, reading it only if it seems to have changed."""
    try:
        seen = fingerprint(path)
        if known is not None and known.sha256 and known.fingerprint == seen:
            return known
        status = "used" if known is None else known.status
        return Input(
            str(path) if known is None else known.path, file_sha256(path), path.stat().st_size, status, seen
        )
    except OSError:  # the reader tells it
        return Input(str(path), "", 0, "quarantined")


def _difference(found: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    if found.get("version") != wanted["version"]:
        return "version"
    if found.get("files") != wanted["files"] or found.get("periods") != wanted["periods"]:
        return "raw files"
    try:
        require_settings(Path(), found.get("settings", "{}"), wanted["settings"])
    except MomentsError:
        return "settings"
    return ""


def _altered(summary: Summary, out: Path) -> str:
    """Whether moments differ from what was written."""
    path = part_path(out, summary.name)
    try:
        if file_sha256(path) == summary.moments:
            return ""
    except OSError as error:
        logger.warning("%s cannot be read and is made again: %s", path, error.strerror or error)
        return "altered"
    logger.warning("%s was changed after it was written, and is made again", path)
    return "altered"
