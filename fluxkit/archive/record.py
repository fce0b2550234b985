"""The record of a run: inputs, problems, settings, versions."""

import dataclasses
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from fluxkit.archive.deciding.groups import Group, groups_of
from fluxkit.archive.folder.contents import PLANNING
from fluxkit.archive.folder.summaries import (
    FOLDER,
    Summary,
    read_summaries,
    require_vouched,
    tell_odd_files,
)
from fluxkit.archive.inputs import Input, merge_inputs
from fluxkit.archive.job import Job
from fluxkit.archive.planning.plan import ArchivePlan
from fluxkit.archive.suspicions import standing_still, suspicions
from fluxkit.errors import MomentsError
from fluxkit.export.atomic import write_text
from fluxkit.export.discovery import methods_used
from fluxkit.raw.samples import Problem
from fluxkit.schema import provenance
from fluxkit.site.models import Site
from fluxkit.tower.condition.tally import added

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunRecord:
    """What became of the files of an archive."""

    job: Job
    started: str
    days: tuple[Summary, ...]
    planning: Summary  #: files that no day saw

    @classmethod
    def of(cls, job: Job, started: str, days: Sequence[Summary], plan: ArchivePlan) -> Self:
        """Return the record of days that were just condensed, and keep what planning left out."""
        record = cls.planned(job, started, days, plan)
        write_text(job.out / FOLDER / PLANNING, record.planning.to_json())
        return record

    @classmethod
    def planned(cls, job: Job, started: str, days: Sequence[Summary], plan: ArchivePlan) -> Self:
        """Return the record of days; nothing is written."""
        inputs = tuple(dataclasses.replace(entry, path=job.shown(entry.path)) for entry in plan.inputs)
        problems = tuple(job.told(problem) for problem in plan.problems)
        names = " ".join(day.name for day in plan.days)
        layouts = tuple(job.shown(words) for words in plan.layouts)
        planning = Summary("", 0, 0, inputs, problems, key={"days": names}, layouts=layouts)
        return cls(job, started, tuple(days), planning)

    @classmethod
    def read(cls, job: Job) -> Self:
        """Return the record of the moments in a results folder.

        Raises
        ------
        MomentsError
            There are none, or they or their summaries are damaged or were altered.
        """
        tell_odd_files(job.out)
        days = tuple(read_summaries(job.out))
        for day in days:
            require_vouched(day, job.out)
        path = job.out / FOLDER / PLANNING
        try:
            planning = Summary.from_json(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MomentsError(f"{path}: missing or damaged ({error}); condense again") from error
        _tell_missing(planning, days)
        return cls(job, provenance.utc_now(), days, planning)

    @property
    def names(self) -> list[str]:
        """Tasks that have moments."""
        return [day.name for day in self.days if not day.bug]

    def groups(self) -> list[Group]:
        """Return the tasks that have moments, those together that are decided together."""
        return groups_of([day for day in self.days if not day.bug], self.job.site)

    @property
    def bugs(self) -> int:
        """Days that failed because of a bug in fluxkit."""
        return sum(bool(day.bug) for day in self.days)

    def inputs(self) -> list[Input]:
        """Return every input file once, by path."""
        return merge_inputs([*self.planning.inputs, *(entry for day in self.days for entry in day.inputs)])

    def problems(self) -> list[Problem]:
        """Return everything that could not be used, each once, by path and line."""
        found = set(self.planning.problems)
        for day in self.days:
            found.update(day.problems)
            found.update(r.problem for r in day.rejected if self.wanted(np.datetime64(r.start, "ns")))
        return sorted(found, key=lambda p: (p.path, p.line or 0, p.lost, p.reason))

    def suspicions(self) -> list[str]:
        """Return what the samples of the whole archive show to be wrong, a sentence each."""
        return self._of_samples(suspicions)

    def standing_still(self) -> list[str]:
        """Return which signals stood still, a sentence each."""
        return self._of_samples(standing_still)

    def _of_samples(self, asked: Callable[[Mapping[str, Any], Site], list[str]]) -> list[str]:
        found: list[str] = []
        all_ = [day.stretch for day in self.days if day.tally]
        stretches = [stretch for k, stretch in enumerate(all_) if stretch not in all_[:k]]
        for stretch in stretches:  # each with its own units
            tally = added(day.tally for day in self.days if day.stretch == stretch)
            found += asked(tally, stretch.site(self.job.site))
        return list(dict.fromkeys(found))

    def wanted(self, start: np.datetime64) -> bool:
        """Whether a period that begins then is within the limits of the job."""
        job = self.job
        length = np.timedelta64(round(job.site.condense.seconds * 1e9), "ns")
        early = job.start is not None and start < job.start
        late = job.end is not None and start + length > job.end
        return not (early or late)

    def counts(self) -> dict[str, Any]:
        """Return numbers of files by status, and of periods."""
        status = Counter(entry.status for entry in self.inputs())
        return {
            "files": {name: status[name] for name in ("used", "partly", "quarantined")},
            "days": len({day.date for day in self.days}),
            "periods": sum(day.periods for day in self.days),
            "periods_with_data": sum(day.filled for day in self.days),
            "bugs": self.bugs,
        }

    def about(self) -> dict[str, Any]:
        """Return the content of ``run.json`` and of the products' attributes, except the run's end."""
        settings = self.job.site.model_dump(mode="json")
        versions = provenance.versions()
        return {
            "fluxkit": versions["fluxkit"],
            "versions": versions,
            "started": self.started,
            "config": Path(self.job.config).name,
            "settings": settings,
            "settings_sha256": provenance.settings_sha256(settings),
            "methods": methods_used(self.job.site),
            "start": self.job.start,
            "end": self.job.end,
            "counts": self.counts(),
            "layouts": list(self.planning.layouts),
            "inputs": [_told(entry) for entry in self.inputs()],
            "bugs": [{"date": day.name, "traceback": day.bug} for day in self.days if day.bug],
        }


def _told(entry: Input) -> dict[str, Any]:
    """Return the entry of a file in the record: nothing that copying it would change."""
    return {name: value for name, value in vars(entry).items() if name != "fingerprint"}


def _tell_missing(planning: Summary, days: Sequence[Summary]) -> None:
    """Warn of days that were planned but have no moments: a shard has not run, a day was lost."""
    there = {day.name for day in days}
    missing = [name for name in planning.key.get("days", "").split() if name not in there]
    if missing:
        logger.warning(
            "%d of the days of the last plan have no moments (%s to %s) and are left out: "
            "condense again, and all shards if there are several",
            len(missing), missing[0], missing[-1],
        )  # fmt: skip
