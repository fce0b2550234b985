"""The folder of moments: one file a day, beside it what the day's task did."""

import dataclasses
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import xarray as xr

from fluxkit.archive.inputs import Input
from fluxkit.errors import MomentsError
from fluxkit.export.atomic import write_text
from fluxkit.export.moments_file import read_moments
from fluxkit.raw.samples import Problem
from fluxkit.site.models import Site
from fluxkit.tower.moments import MOMENTS_VERSION
from fluxkit.tower.settings import make_plan

FOLDER = "moments"
#: Attribute of a day's moments: the settings they were condensed with.
SETTINGS = "condense_settings"
#: Settings that have no part in condensing: where files are, and what is decided later.
_LATER = {
    "raw": {"files"},
    "station": {
        "id",
        "name",
        "latitude",
        "longitude",
        "canopy_height",
        "displacement_height",
        "roughness_length",
    },
    "instruments": {"height", "north_offset"},
}


@dataclass(frozen=True)
class Rejected:
    """A period that gave no flux, or not all of them."""

    start: str  #: UTC, ISO 8601
    problem: Problem


@dataclass(frozen=True)
class Summary:
    """What one day's task did."""

    date: str
    periods: int
    filled: int  #: periods with records
    inputs: tuple[Input, ...] = ()
    problems: tuple[Problem, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    bug: str = ""  #: traceback, if the task failed through a fault of the program

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what `to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        data["inputs"] = tuple(Input(**entry) for entry in data["inputs"])
        data["problems"] = tuple(Problem(**entry) for entry in data["problems"])
        data["rejected"] = tuple(Rejected(r["start"], Problem(**r["problem"])) for r in data["rejected"])
        return cls(**data)

    def to_json(self) -> str:
        """Return the summary as text, the same for the same summary."""
        return json.dumps(dataclasses.asdict(self), indent=1, sort_keys=True) + "\n"


def part_path(out: Path, date: str) -> Path:
    """Moments of a day: ``moments/2024/2024-07-01.nc``."""
    return out / FOLDER / date[:4] / f"{date}.nc"


def write_summary(summary: Summary, out: Path) -> None:
    """Write a summary beside the day's moments."""
    write_text(part_path(out, summary.date).with_suffix(".json"), summary.to_json())


def read_summaries(out: Path) -> list[Summary]:
    """Return the summaries of all days of a folder that have moments, in order.

    Raises
    ------
    MomentsError
        There are no moments, or a summary is missing or damaged.
    """
    summaries = []
    for path in sorted((out / FOLDER).glob("[0-9]*/[0-9]*.nc")):
        beside = path.with_suffix(".json")
        try:
            summaries.append(Summary.from_json(beside.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MomentsError(
                f"{beside}: missing or damaged ({error}); remove {path.name} and condense again"
            ) from error
    if not summaries:
        raise MomentsError(
            f"{out / FOLDER}: no moments here; run `fluxkit condense` (or `run`) with -o {out} first"
        )
    return summaries


def condense_settings(site: Site) -> str:
    """Return, as JSON, the settings of a site that a day's moments depend on."""
    sections = {"station", "instruments", "raw", "columns", "calibration", "condition", "condense"}
    data = site.model_dump(mode="json", include=sections)
    data["arithmetic"] = site.decide.arithmetic
    # Of lag windows only how far they reach matters, and a decision may look at less than was kept.
    for column in data["columns"].values():
        for key in ("lag", "lag_from"):
            column.pop(key, None)
    data["lags"] = {name: list(lags) for name, lags in make_plan(site).lags.items()}
    for section, keys in _LATER.items():
        for table in data[section] if isinstance(data[section], list) else [data[section]]:
            for key in keys:
                table.pop(key, None)
    return json.dumps(data, sort_keys=True)


class Parts:
    """The moments of days, read one after the other each time they are iterated: no more than one is held.

    Parameters
    ----------
    out : pathlib.Path
        Results folder.
    dates : iterable of str
        Days in order, each with moments.
    site : Site
        The configuration that the moments must agree with.
    only : collection of str, optional
        Variables to read; all when not given.

    Raises
    ------
    MomentsError
        On iterating: a part is missing, damaged, of another version, or was made with other settings.
    """

    def __init__(
        self, out: Path, dates: Iterable[str], site: Site, only: Collection[str] | None = None
    ) -> None:
        self._out, self._dates, self._only = out, list(dates), only
        self._wanted = condense_settings(site)

    def __iter__(self) -> Iterator[xr.Dataset]:
        for date in self._dates:
            path = part_path(self._out, date)
            part = read_moments(path, MOMENTS_VERSION, self._only)
            require_settings(path, str(part.attrs.get(SETTINGS, "{}")), self._wanted)
            yield part


def require_settings(path: Path, found: str, wanted: str) -> None:
    """Refuse moments that other settings made, by name; lags may have been kept of more than is wanted."""
    if found == wanted:
        return
    held, needed = json.loads(found), json.loads(wanted)
    lags, reach = held.pop("lags", {}), needed.pop("lags", {})
    odd = sorted(_differences(held, needed))
    for scalar, (first, last) in reach.items():
        if scalar not in lags or first < lags[scalar][0] or last > lags[scalar][1]:
            odd.append(f"columns.{scalar}.lag")
    if not odd:
        return
    raise MomentsError(
        f"{path}: condensed with other settings ({', '.join(odd[:5])}); condense again, or use another folder"
    )


def _differences(a: Any, b: Any, place: str = "") -> Iterable[str]:
    if isinstance(a, dict) and isinstance(b, dict):
        for key in a.keys() | b.keys():
            yield from _differences(a.get(key), b.get(key), f"{place}.{key}" if place else key)
    elif a != b:
        yield place
