"""The record of a run: inputs, problems, settings, versions."""

import dataclasses
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from fluxkit.archive.inputs import Input, merged
from fluxkit.archive.job import Job
from fluxkit.archive.parts import FOLDER, Summary, read_summaries
from fluxkit.archive.plan import Plan
from fluxkit.errors import MomentsError
from fluxkit.export.atomic import write_text
from fluxkit.raw.samples import Problem
from fluxkit.schema import provenance

#: What planning left out, in the form of a day's summary.
PLANNING = "planning.json"


@dataclass(frozen=True)
class Record:
    """What became of the files of an archive."""

    job: Job
    started: str
    days: tuple[Summary, ...]
    planning: Summary  #: files that no day saw

    @classmethod
    def of(cls, job: Job, started: str, days: Sequence[Summary], plan: Plan) -> Self:
        """Return the record of days that were just condensed, and keep what planning left out."""
        planning = Summary("", 0, 0, inputs=plan.inputs, problems=plan.problems)
        write_text(job.out / FOLDER / PLANNING, planning.to_json())
        return cls(job, started, tuple(days), planning)

    @classmethod
    def read(cls, job: Job) -> Self:
        """Return the record of the moments in a results folder.

        Raises
        ------
        MomentsError
            There are none, or their summaries are damaged.
        """
        days = tuple(read_summaries(job.out))
        path = job.out / FOLDER / PLANNING
        try:
            planning = Summary.from_json(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MomentsError(f"{path}: missing or damaged ({error}); condense again") from error
        return cls(job, provenance.utc_now(), days, planning)

    @property
    def dates(self) -> list[str]:
        """Days that have moments."""
        return [day.date for day in self.days if not day.bug]

    @property
    def bugs(self) -> int:
        """Days that failed through a fault of the program."""
        return sum(bool(day.bug) for day in self.days)

    def inputs(self) -> list[Input]:
        """Return every input file once, by path."""
        found = merged([*self.planning.inputs, *(entry for day in self.days for entry in day.inputs)])
        return [dataclasses.replace(entry, path=self._posix(entry.path)) for entry in found]

    def problems(self) -> list[Problem]:
        """Return everything that could not be used, each once, by path and line."""
        found = list(self.planning.problems)
        for day in self.days:
            found += day.problems
            found += [r.problem for r in day.rejected if self.wanted(np.datetime64(r.start, "ns"))]
        shown = {
            dataclasses.replace(
                problem, path=self._posix(problem.path), reason=self.job.shown(problem.reason)
            )
            for problem in found
        }
        return sorted(shown, key=lambda p: (p.path, p.line or 0, p.lost, p.reason))

    def wanted(self, start: np.datetime64) -> bool:
        """Tell whether a period that begins then is within the limits of the job."""
        job = self.job
        length = np.timedelta64(round(job.site.condense.period * 60e9), "ns")
        early = job.start is not None and start < job.start
        late = job.end is not None and start + length > job.end
        return not (early or late)

    def counts(self) -> dict[str, Any]:
        """Return numbers of files by status, and of periods."""
        status = Counter(entry.status for entry in self.inputs())
        return {
            "files": {name: status[name] for name in ("used", "partly", "quarantined")},
            "days": len(self.days),
            "periods": sum(day.periods for day in self.days),
            "periods_with_data": sum(day.filled for day in self.days),
            "bugs": self.bugs,
        }

    def about(self) -> dict[str, Any]:
        """Return what ``run.json`` and the attributes of the products say, but for the end of the run."""
        settings = self.job.site.model_dump(mode="json")
        versions = provenance.versions()
        return {
            "fluxkit": versions["fluxkit"],
            "versions": versions,
            "started": self.started,
            "config": Path(self.job.config).name,
            "settings": settings,
            "settings_sha256": provenance.settings_sha256(settings),
            "start": self.job.start,
            "end": self.job.end,
            "counts": self.counts(),
            "inputs": [dataclasses.asdict(entry) for entry in self.inputs()],
            "bugs": [{"date": day.date, "traceback": day.bug} for day in self.days if day.bug],
        }

    def _posix(self, path: str) -> str:
        return self.job.shown(path).replace("\\", "/")


def stored(path: Path) -> dict[str, Any]:
    """Return the record that a run has written.

    Raises
    ------
    MomentsError
        It is missing or damaged.
    """
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MomentsError(f"{path}: missing or damaged ({error}); run `fluxkit decide` first") from error
    return found
