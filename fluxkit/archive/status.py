"""State of a results folder: what is done, missing, damaged, not used; nothing is written."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fluxkit.archive.folder.contents import PLANNING, QUARANTINE, RUN, unfinished
from fluxkit.archive.folder.lock import at_work
from fluxkit.archive.folder.summaries import (
    FOLDER,
    Summary,
    names_in,
    odd_files,
    part_path,
    read_summary,
)
from fluxkit.archive.inputs import merge_inputs
from fluxkit.archive.products import read_before, stale_products
from fluxkit.errors import MomentsError, NoInputError
from fluxkit.locations import on_store
from fluxkit.report.flux_losses import FluxLosses
from fluxkit.schema.provenance import file_sha256

if TYPE_CHECKING:
    from fluxkit.archive.forecast.forecast import Forecast
    from fluxkit.archive.job import Job

#: Reasons that are told, the most frequent.
REASONS = 10
_NUMBERS = re.compile(r"(?<!\w)\d[\d.,:TZ+-]*")
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT[\d:]+Z: ")


@dataclass(frozen=True)
class Product:
    """A file that a run made of the moments."""

    path: str
    bytes: int
    old: bool  #: moments were written since
    stale: str = ""  #: why it is not of the fluxes that are there, and what to do


@dataclass(frozen=True)
class Reason:
    """Why files or periods were not used; numbers are left out, to count similar reasons together."""

    reason: str
    count: int


@dataclass(frozen=True)
class Status:
    """State of a results folder."""

    folder: str
    start: str  #: first day with moments, UTC
    end: str  #: last
    days: int  #: days, or parts of days, with moments
    missing: tuple[tuple[str, str], ...]  #: first and last of the days without moments between these
    missing_days: int  #: how many these are
    periods: int  #: averaging periods of the days
    filled: int  #: periods with data
    rejected: int  #: periods that gave no flux, or not all of them
    files: dict[str, int]  #: used, partly, quarantined
    reasons: tuple[Reason, ...]  #: why files were not used, or not whole
    rejections: tuple[Reason, ...]  #: why periods gave no flux, or not all
    losses: tuple[FluxLosses, ...]  #: what became of each flux, in the last decision
    listed: str  #: file with the whole list, empty if no run has written one yet
    bugs: tuple[str, ...]  #: days lost through faults of the program, in the last run
    altered: tuple[str, ...]  #: moments that are not as they were written, and what is wrong
    unfinished: tuple[str, ...]  #: temporary files: of a run at work, or of one that was killed
    running: bool | None  #: whether a run works in the folder now; None if that cannot be told
    products: tuple[Product, ...]
    moments_bytes: int  #: moments and their summaries
    products_bytes: int
    odd: tuple[str, ...] = ()  #: files among the moments with names of no task: neither used nor removed
    decided_otherwise: tuple[str, ...] = ()  #: with a configuration: settings that results were made without
    todo: "Forecast | None" = None  #: with a configuration: what a run would do now

    def to_json(self) -> dict[str, Any]:
        """Return the same as values that JSON can hold."""
        return asdict(self) | {"todo": None if self.todo is None else self.todo.to_json()}


def status(out: Path, job: "Job | None" = None) -> Status:
    """Examine a results folder.

    Parameters
    ----------
    out : pathlib.Path
        Results folder.
    job : Job, optional
        With the configuration, the result also shows what the next run would do.

    Raises
    ------
    NoInputError
        The folder has no results yet, and no configuration is given.
    """
    names = names_in(out)
    products = _products(out)
    if not names and not products and job is None:
        raise NoInputError(
            f"{out}: no moments and no results here; `fluxkit run SITE.toml -o {out}` makes them, "
            f"`fluxkit status {out} --config SITE.toml` shows what there is to do"
        )
    summaries, altered = _checked(out, names)
    planning, damaged = _planning(out)
    written = [part_path(out, name).stat() for name in names]
    newest = max((facts.st_mtime for facts in written), default=0.0)
    periods = {entry.start for summary in summaries for entry in summary.rejected}
    inputs = merge_inputs([*planning.inputs, *(entry for summary in summaries for entry in summary.inputs)])
    counts = Counter(entry.status for entry in inputs)
    problems = {problem for summary in (planning, *summaries) for problem in summary.problems}
    rejected = [entry for summary in summaries for entry in summary.rejected]
    missing = _missing(names)
    stale = stale_products(out, [path.name for path, _, _ in products])
    return Status(
        folder=str(out),
        start=names[0][:10] if names else "",
        end=names[-1][:10] if names else "",
        days=len(names),
        missing=tuple((str(first), str(last)) for first, last in missing),
        missing_days=sum(int((last - first).astype(int)) + 1 for first, last in missing),
        periods=sum(summary.periods for summary in summaries),
        filled=sum(summary.filled for summary in summaries),
        rejected=len(periods),
        files={name: counts[name] for name in ("used", "partly", "quarantined")},
        reasons=_frequent(problem.reason for problem in problems),
        rejections=_frequent(_STAMP.sub("", entry.problem.reason) for entry in rejected),
        losses=_losses(out),
        listed=str(out / QUARANTINE) if (out / QUARANTINE).is_file() else "",
        bugs=_bugs(out, names),
        altered=(*altered, *damaged),
        unfinished=tuple(str(path) for path in sorted(unfinished(out))),
        running=at_work(out),
        products=tuple(
            Product(str(path), size, when < newest, stale.get(path.name, "")) for path, size, when in products
        ),
        moments_bytes=sum(facts.st_size for facts in written) + _size_of_summaries(out, names),
        products_bytes=sum(size for _, size, _ in products),
        odd=tuple(str(path) for path in odd_files(out)),
        decided_otherwise=() if job is None else _decided_otherwise(job),
        todo=None if job is None else _todo(job),
    )


def _todo(job: "Job") -> "Forecast":
    from fluxkit.archive.forecast.forecast import (
        forecast,  # what reads raw files takes longer to load than to look
    )

    return forecast(job, measure=False)


def _decided_otherwise(job: "Job") -> tuple[str, ...]:
    """Return the settings in which the configuration differs from the one that results were made with."""
    from fluxkit.archive.folder.parts import differences  # of moments, which are arrays

    made = read_before(job.out).get("settings")
    now = json.loads(json.dumps(job.site.model_dump(mode="json")))
    return () if made is None else tuple(sorted(differences(made, now)))


def _checked(out: Path, names: Sequence[str]) -> tuple[list[Summary], list[str]]:
    """Return the summaries of moments, and what is wrong with the moments they vouch for."""
    with ThreadPoolExecutor(4) as threads:  # checksums leave Python's lock alone
        looked = list(threads.map(lambda name: _look(out, name), names))
    odd = set(odd_files(out))
    summaries = [path for path in (out / FOLDER).glob("[0-9]*/[0-9]*.json") if path not in odd]
    orphans = sorted({path.stem for path in summaries} - set(names))
    lost = [f"{part_path(out, name)}: missing, its summary is there" for name in orphans]
    return [summary for summary, _ in looked if summary is not None], sorted(
        [*(fault for _, fault in looked if fault), *lost]
    )


def _look(out: Path, name: str) -> tuple[Summary | None, str]:
    try:
        summary = read_summary(out, name)
    except MomentsError as error:
        return None, str(error)
    path = part_path(out, name)
    try:
        whole = file_sha256(path) == summary.moments
    except OSError as error:
        return summary, f"{path}: cannot be read: {error.strerror or error}"
    return summary, "" if whole else f"{path}: altered since it was written"


def _planning(out: Path) -> tuple[Summary, list[str]]:
    """Return what planning left out; before the first run that is nothing."""
    path = out / FOLDER / PLANNING
    try:
        return Summary.from_json(path.read_text(encoding="utf-8")), []
    except FileNotFoundError:
        return Summary("", 0, 0), []
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Summary("", 0, 0), [f"{path}: damaged ({error}); the next run writes it anew"]


def _missing(names: Sequence[str]) -> list[tuple[np.datetime64, np.datetime64]]:
    """Return the stretches of days without moments, first and last of each."""
    dates = np.unique(np.array([name[:10] for name in names], "datetime64[D]"))
    one = np.timedelta64(1, "D")
    return [(dates[k] + one, dates[k + 1] - one) for k in np.flatnonzero(np.diff(dates) > one).tolist()]


def _frequent(reasons: Iterable[str]) -> tuple[Reason, ...]:
    """Return the most frequent reasons; those that differ in numbers only are one."""
    counts: Counter[str] = Counter()
    example: dict[str, str] = {}
    for reason in reasons:
        key = _NUMBERS.sub("…", reason)
        example.setdefault(key, reason)
        counts[key] += 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Reason(example[key] if n == 1 else key, n) for key, n in ordered[:REASONS])


def _bugs(out: Path, names: Sequence[str]) -> tuple[str, ...]:
    """Return the days that the last run lost through faults, but for those that were made since."""
    try:
        told = json.loads((out / RUN).read_text(encoding="utf-8")).get("bugs", [])
    except (OSError, ValueError, AttributeError):  # no run has ended here yet, or the record is damaged
        return ()
    return tuple(str(entry["date"]) for entry in told if entry["date"] not in set(names))


def _losses(out: Path) -> tuple[FluxLosses, ...]:
    """Return what the last decision says of each flux."""
    try:
        return tuple(FluxLosses(**entry) for entry in read_before(out).get("losses", []))
    except TypeError:  # the record of another version, or damaged
        return ()


def _products(out: Path) -> list[tuple[Path, int, float]]:
    """Return path, bytes and time of change of the files that runs made, but for moments."""
    if not on_store(out) and not out.is_dir():
        return []
    found = [path for path in sorted(out.iterdir()) if not path.name.startswith(".") and path.is_file()]
    made = [path for path in found if path.suffix in (".nc", ".csv", ".html", ".json", ".svg")]
    return [(path, path.stat().st_size, path.stat().st_mtime) for path in made]


def _size_of_summaries(out: Path, names: Sequence[str]) -> int:
    paths = [part_path(out, name).with_suffix(".json") for name in names]
    return sum(path.stat().st_size for path in paths if path.is_file())
