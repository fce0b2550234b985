"""What the page asks, answered: a month, the year, the difference to the file, and writing it."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.archive.job import Job
from fluxkit.errors import ConfigError
from fluxkit.explore import states
from fluxkit.explore.choices import USTAR, Control, controls_of, read_choices, site_of, ustar_of
from fluxkit.explore.deciding import Decided, Holdings, Newest, Told, in_month
from fluxkit.explore.figures import ALSO, BESIDE, as_json, columns_of, sections_of
from fluxkit.explore.hearing import hearing
from fluxkit.explore.moments_store import READING
from fluxkit.explore.site_file import Edit, edit_of, write
from fluxkit.explore.sums import Sum, sums_of
from fluxkit.explore.whole import WholeArchive
from fluxkit.report.sections import shown_fluxes
from fluxkit.report.web.page import WebPage, page_data
from fluxkit.site.models import Site

#: How long a question about the whole archive waits for it. [s]
PATIENCE = 1.0
#: Months that are kept decided.
KEPT = 24
#: Attribute of fluxes: what deciding them said in the log.
SAID = "said"
#: What the page may ask: methods of an `Explorer`.
QUESTIONS = ("month", "year", "ustar", "difference", "write")
#: What a question may hold, and the answer when it holds something else.
KEYS = ("before", "chosen", "month", "exact", "sha256")


@dataclass(frozen=True)
class Side:
    """One of the two sets of choices that are compared."""

    chosen: Mapping[str, Any]
    site: Site
    ustar: float | None
    key: str

    @property
    def of_fluxes(self) -> Mapping[str, Any]:
        """The choices that fluxes depend on."""
        return {key: value for key, value in self.chosen.items() if key != USTAR}


class Explorer:
    """The state of an exploration; it changes no file but by `write`.

    Parameters
    ----------
    job : Job
        The station, and the results folder with its moments.
    config : pathlib.Path, optional
        Its configuration, where it may be written.
    """

    def __init__(self, job: Job, config: Path | None) -> None:
        self._holdings = Holdings(job)
        self._config = config
        self._site = job.site
        self.controls: Sequence[Control] = controls_of(job.site)
        self._whole = WholeArchive()
        self._months: Newest[Decided] = Newest(KEPT)
        self._edit: Edit | None = None
        self._one_decides = threading.Lock()
        base = self._side({})
        self._whole.want((base.key, self._decide(base)))

    @property
    def site(self) -> Site:
        """The station as its file has it."""
        return self._site

    @property
    def out(self) -> Path:
        """The results folder."""
        return self._holdings.job.out

    @property
    def months(self) -> list[str]:
        """Months of local standard time with periods."""
        return self._holdings.months

    def month(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Decide on a month before and as chosen; returns columns, sums, and the state as text.

        Raises
        ------
        ConfigError, MomentsError
            A value is not allowed, or the moments do not hold what it needs.
        """
        began = time.perf_counter()
        before, chosen = self._sides(asked)
        month = self._month_of(asked)
        with self._one_decides, self._whole.held():
            old, new = (self._decided(side, month) for side in (before, chosen))
        self._whole.want(*((side.key, self._decide(side)) for side in (before, chosen)))
        return self._compared(before, chosen, old, new) | {
            "month": month,
            "seconds": round(time.perf_counter() - began, 3),
            "states": self._states(chosen),
        }

    def year(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return sums of the year of a month, or how far they are; waits a second for them.

        Raises
        ------
        ConfigError
            As of `month`.
        """
        before, chosen = self._sides(asked)
        month = self._month_of(asked)
        self._whole.want(*((side.key, self._decide(side)) for side in (before, chosen)))
        each = [self._whole.standing(side.key, PATIENCE) for side in (before, chosen)]
        failed = next((standing.failed for standing in each if standing.failed), "")
        if failed:
            return {"done": True, "failed": failed}
        wholes = [standing.fluxes for standing in each]
        if any(fluxes is None for fluxes in wholes):
            behind = next(standing for standing in each if standing.fluxes is None)
            return {"done": False, "part": behind.part, "words": behind.words}
        year = month[:4]
        parts = [_in_year(fluxes, year, self._site) for fluxes in wholes if fluxes is not None]
        found: dict[str, Any] = {
            "done": True,
            "year": year,
            "days": round(parts[0].sizes["time"] * self._site.condense.seconds / 86400.0, 1),
            "sums": _beside(
                *(sums_of(p, self._site, s.ustar) for p, s in zip(parts, (before, chosen), strict=True))
            ),
        }
        if not asked.get("exact"):
            old, new = (
                Decided(in_month(fluxes, month, self._site), True) for fluxes in wholes if fluxes is not None
            )
            found["exactly"] = self._compared(before, chosen, old, new) | {"month": month}
        return found

    def ustar(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return the thresholds of u* that the nights of the results tell, by year. [m s-1]

        Raises
        ------
        ReadError
            There are no results yet.
        ConfigError
            No threshold can be found, and why.
        """
        from fluxkit.ecosystem.reading.reading import read
        from fluxkit.ecosystem.ustar.thresholds import ustar_thresholds

        self._sides(asked)
        with READING:
            half_hours = read(self.out)
        found = ustar_thresholds(half_hours, bootstraps=0)
        years = zip(found["year"].values, found["threshold"].values, strict=True)
        known = [[int(year), round(float(value), 3)] for year, value in years if np.isfinite(value)]
        if not known:
            reasons = "; ".join(dict.fromkeys(str(r) for r in found["reason"].values if str(r)))
            raise ConfigError(USTAR, [f"{USTAR}: no threshold can be found in these nights ({reasons})"])
        return {"thresholds": known}

    def difference(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return what writing the choices to the configuration would change.

        Raises
        ------
        ConfigError
            There is no file, or it cannot be changed by a program.
        """
        if self._config is None:
            raise ConfigError(
                str(self.out), ["the configuration is not known: start again with --config SITE.toml"]
            )
        _, chosen = self._sides(asked)
        self._edit = edit_of(self._config, self._site, chosen.chosen)
        return {"path": str(self._config), "difference": self._edit.difference, "sha256": self._edit.sha256}

    def write(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Write the difference that was shown last.

        Raises
        ------
        ConfigError
            None was shown, or the file or the choices are others by now.
        """
        _, chosen = self._sides(asked)
        edit = self._edit
        if edit is None or self._config is None:
            raise ConfigError("site.toml", ["look at the difference first"])
        if edit_of(self._config, self._site, chosen.chosen).text != edit.text:
            raise ConfigError(str(edit.path), ["the choices or the file are others by now: look again"])
        write(edit, str(asked.get("sha256", "")))
        self._edit = None
        self._site = site_of(self._site, chosen.of_fluxes)
        self.controls = controls_of(self._site)
        base = self._side({})
        said = f"written: {edit.path}; `{states.as_command({}, self._config, self.out)}` makes all results so"
        self._whole.want((base.key, self._decide(base)))
        return {"said": said, "controls": [asdict(control) for control in self.controls]}

    def rest(self) -> None:
        """Leave the whole archive alone until it is asked for again."""
        self._whole.want()

    def end(self) -> None:
        """Give up what is being decided."""
        self._whole.end()

    def page(self, fluxes: tuple[Decided, Decided], sides: tuple[Side, Side]) -> WebPage:
        """Return the figures of a month, as the page layer takes them."""
        old, new = fluxes
        ustar = (sides[0].ustar, sides[1].ustar)
        records, columns = columns_of(old.fluxes, new.fluxes, self._site, ustar)
        station = self._site.station
        return WebPage(
            title=f"{station.name or station.id}: decide otherwise",
            sections=sections_of(columns),
            clock=records.clock,
            columns=columns,
        )

    def first_page(self) -> WebPage:
        """Return the page of the first month as the file decides."""
        base = self._side({})
        with self._one_decides, self._whole.held():
            found = self._decided(base, self.months[0])
        return self.page((found, found), (base, base))

    def _compared(self, before: Side, chosen: Side, old: Decided, new: Decided) -> dict[str, Any]:
        return {
            "data": page_data(self.page((old, new), (before, chosen))),
            "sums": _beside(
                sums_of(old.fluxes, self._site, before.ustar), sums_of(new.fluxes, self._site, chosen.ustar)
            ),
            "exact": old.exact and new.exact,
            "said": list(new.fluxes.attrs.get(SAID, ())),
        }

    def _sides(self, asked: Mapping[str, Any]) -> tuple[Side, Side]:
        odd = sorted(set(asked) - set(KEYS))
        if odd:
            raise ConfigError("question", [f"{name}: not among {', '.join(KEYS)}" for name in odd])
        made = []
        for name in ("before", "chosen"):
            given = asked.get(name, {})
            if not isinstance(given, dict):
                raise ConfigError("question", [f"{name}: found {given!r}; give a table of choices"])
            made.append(self._side(read_choices(given, self.controls)))
        return made[0], made[1]

    def _side(self, chosen: Mapping[str, Any]) -> Side:
        site, ustar, problems = self._site, None, list[str]()
        try:
            site = site_of(self._site, {key: value for key, value in chosen.items() if key != USTAR})
        except ConfigError as error:
            problems += error.problems
        try:
            ustar = ustar_of(chosen)
        except ConfigError as error:
            problems += error.problems
        if problems:
            raise ConfigError("choices", problems)
        return Side(chosen, site, ustar, site.model_dump_json(exclude={"schemes"}))

    def _month_of(self, asked: Mapping[str, Any]) -> str:
        month = asked.get("month")
        if month not in self.months:
            raise ConfigError("question", [f"month: found {month!r}; allowed: {', '.join(self.months)}"])
        return str(month)

    def _decided(self, side: Side, month: str) -> Decided:
        whole = self._whole.standing(side.key)
        if whole.fluxes is not None:
            return Decided(in_month(whole.fluxes, month, side.site), True)
        if self._holdings.short:  # both are one
            fluxes = self._decide(side)(lambda *_: None)
            self._whole.know(side.key, fluxes)
            return Decided(in_month(fluxes, month, side.site), True)
        key = f"{month} {side.key}"
        known = self._months.get(key)
        if known is not None:
            return known
        with hearing() as said:
            found = self._holdings.month(side.site, month)
        return self._months.put(key, replace(found, fluxes=found.fluxes.assign_attrs({SAID: tuple(said)})))

    def _decide(self, side: Side) -> Callable[[Told], xr.Dataset]:
        def decide(told: Told) -> xr.Dataset:
            with hearing() as said:
                fluxes = self._holdings.whole(side.site, told)
            return _slim(fluxes).assign_attrs({SAID: tuple(said)})

        return decide

    def _states(self, side: Side) -> dict[str, str]:
        config = self._config or Path("site.toml")
        tables = tuple(name for name in ("biomet", "profile") if getattr(self._site, name).given)
        return {
            "command": states.as_command(side.chosen, config, self.out),
            "toml": states.as_toml(side.chosen),
            "python": states.as_python(side.chosen, config, self.out, tables),
        }


def _slim(fluxes: xr.Dataset) -> xr.Dataset:
    """Return the variables that the page shows and sums up."""
    wanted = {*shown_fluxes(fluxes), *ALSO, "SW_IN", "SW_IN_POT"}
    return fluxes[[name for name in map(str, fluxes) if name in wanted or name.endswith(BESIDE)]]


def _in_year(fluxes: xr.Dataset, year: str, site: Site) -> xr.Dataset:
    months = [f"{year}-{month:02d}" for month in range(1, 13)]
    found = [part for part in (in_month(fluxes, month, site) for month in months) if part.sizes["time"]]
    return xr.concat(found, "time") if len(found) > 1 else found[0]


def _beside(old: Sequence[Sum], new: Sequence[Sum]) -> list[dict[str, Any]]:
    before = {one.flux: one for one in old}
    rows = []
    for one in new:
        was = before.get(one.flux, replace(one, value=float("nan"), kept=0))
        rows.append(
            {
                "flux": one.flux,
                "unit": one.unit,
                "old": as_json(was.value),
                "new": as_json(one.value),
                "difference": as_json(one.value - was.value),
                "kept_old": was.kept,
                "kept_new": one.kept,
                "possible": one.possible,
            }
        )
    return rows
