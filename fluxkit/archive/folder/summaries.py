"""Summary of each day: a small file next to its moments, written last, with their checksum."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from fluxkit.archive.inputs import Input
from fluxkit.archive.stretches import Stretch
from fluxkit.errors import MomentsError
from fluxkit.export.atomic import write_text
from fluxkit.raw.samples import Problem
from fluxkit.schema.provenance import file_sha256

FOLDER = "moments"


@dataclass(frozen=True)
class Rejected:
    """A period that gave no flux, or not all of them."""

    start: str  #: UTC, ISO 8601
    problem: Problem


@dataclass(frozen=True)
class Summary:
    """What one task did."""

    name: str  #: of the task: its UTC date, ``2024-07-01``, or ``2024-07-01_02`` for the second of a day
    periods: int
    filled: int  #: periods with records
    inputs: tuple[Input, ...] = ()
    problems: tuple[Problem, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    bug: str = ""  #: traceback, if the task failed because of a bug in fluxkit
    moments: str = ""  #: SHA-256 of the file of moments
    key: Mapping[str, str] = field(default_factory=dict)  #: what the moments follow from, see ``resume``
    stretch: Stretch = field(default_factory=Stretch)  #: how its site follows from the configuration
    tally: Mapping[str, Any] = field(default_factory=dict)  #: sums of what conditioning met, over its periods
    layouts: tuple[str, ...] = ()  #: of planning: what changes in the files from one to the next

    @property
    def date(self) -> np.datetime64:
        """UTC day."""
        return date_of(self.name)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what `to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        data["inputs"] = tuple(Input(**entry) for entry in data["inputs"])
        data["problems"] = tuple(Problem(**entry) for entry in data["problems"])
        data["rejected"] = tuple(Rejected(r["start"], Problem(**r["problem"])) for r in data["rejected"])
        data["stretch"] = Stretch(**data.get("stretch", {}))
        data["layouts"] = tuple(data.get("layouts", ()))
        return cls(**data)

    def to_json(self) -> str:
        """Return the summary as text, the same for the same summary."""
        return json.dumps(dataclasses.asdict(self), indent=1, sort_keys=True) + "\n"


def date_of(name: str) -> np.datetime64:
    """UTC day of a task."""
    return np.datetime64(name[:10], "D")


def part_path(out: Path, name: str) -> Path:
    """Moments of a task: ``moments/2024/2024-07-01.nc``."""
    return out / FOLDER / name[:4] / f"{name}.nc"


def summary_path(out: Path, name: str) -> Path:
    """Summary of a task, next to its moments."""
    return part_path(out, name).with_suffix(".json")


def write_summary(summary: Summary, out: Path) -> None:
    """Write a summary; the moments that it vouches for must be there already."""
    write_text(summary_path(out, summary.name), summary.to_json())


def read_summary(out: Path, name: str) -> Summary:
    """Return the summary of a task.

    Raises
    ------
    MomentsError
        It is missing or damaged.
    """
    path = summary_path(out, name)
    try:
        return Summary.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MomentsError(f"{path}: missing or damaged ({error}); condense again") from error


def names_in(out: Path) -> list[str]:
    """Return the names of the tasks that have moments in a results folder, in order of time."""
    return sorted(path.stem for path in (out / FOLDER).glob("[0-9]*/[0-9]*.nc"))


def read_summaries(out: Path) -> list[Summary]:
    """Return the summaries of all tasks of a folder that have moments, in order.

    Raises
    ------
    MomentsError
        There are no moments, or a summary is missing or damaged.
    """
    summaries = [read_summary(out, name) for name in names_in(out)]
    if not summaries:
        raise MomentsError(
            f"{out / FOLDER}: no moments here; run `fluxkit condense` (or `run`) with -o {out} first"
        )
    return summaries


def require_vouched(summary: Summary, out: Path) -> None:
    """Refuse moments that are not those that a summary vouches for.

    Raises
    ------
    MomentsError
        They are missing, damaged, or were altered since they were written.
    """
    path = part_path(out, summary.name)
    try:
        found = file_sha256(path)
    except OSError as error:
        raise MomentsError(f"{path}: cannot be read ({error.strerror or error}); condense again") from error
    if found != summary.moments:
        raise MomentsError(
            f"{path}: damaged or altered since it was written (its SHA-256 is not that in {path.stem}.json); "
            "run `fluxkit condense` (or `run`) again, which makes this day again"
        )
