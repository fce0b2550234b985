"""Decide on a month at once and on the whole archive beside it, keeping what a choice does not touch."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
import xarray as xr

from fluxkit.archive.deciding.groups import Group, join_fluxes
from fluxkit.archive.doubted import with_doubts
from fluxkit.archive.doubts import doubts_of_archive
from fluxkit.archive.job import Job
from fluxkit.archive.record import RunRecord
from fluxkit.archive.table_doubts import tables_beside
from fluxkit.errors import NoInputError
from fluxkit.explore.moments_store import (
    READING,
    MomentsStore,
    Wanted,
    dates_of,
    key_of,
    months_of,
    wanted_of,
)
from fluxkit.site.models import Site
from fluxkit.tower import chain, survey
from fluxkit.tower.batches import batches
from fluxkit.tower.fluxes import shape_of
from fluxkit.tower.lags.lag_survey import SEASONAL
from fluxkit.tower.plan import Plan
from fluxkit.tower.reducing import Reduced, reduce_part
from fluxkit.tower.season import Season
from fluxkit.tower.settings import make_plan
from fluxkit.tower.tree import concatenate

T = TypeVar("T")

#: Settings of [decide] that come behind second moments and plain means: what was reduced serves all their
#: values. A test holds the reduction to be the same bits whatever they are.
LATER = (
    "density", "self_heating", "heated_surfaces", "humidity", "vapour_neighbour_hours", "high_frequency",
    "sorption", "leaves", "low_frequency", "cutoff", "separation", "budget", "quality", "policy", "storage",
    "footprint",
)  # fmt: skip
#: A correction in situ, for which the spectra of each period are kept.
IN_SITU = {"high_frequency": "ibrom-2007"}
#: An archive of so many days is decided at once, month and whole being one.
SHORT = 40
#: Reductions that are kept: of so many sets of choices.
KEPT = 5

#: Called with days done, days to do, and what is being done; may raise to end the work.
Told = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Decided:
    """Fluxes of some periods."""

    fluxes: xr.Dataset
    exact: bool  #: whether they are those of the whole archive


class Newest(Generic[T]):
    """Things by key, of which the last ones that were used are kept; for several threads."""

    def __init__(self, most: int) -> None:
        self._most, self._things, self._lock = most, OrderedDict[str, T](), threading.Lock()

    def get(self, key: str) -> T | None:
        """Return a thing if it is known."""
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
            return self._things.get(key)

    def put(self, key: str, thing: T) -> T:
        """Keep a thing, and drop the one not used for longest."""
        with self._lock:
            self._things[key] = thing
            while len(self._things) > self._most:
                self._things.popitem(last=False)
        return thing


class Holdings:
    """The moments of an archive with all that decisions on it need.

    Parameters
    ----------
    job : Job
        The station as its file has it, and the results folder.

    Raises
    ------
    MomentsError
        There are no moments, or they are damaged.
    """

    def __init__(self, job: Job) -> None:
        self.job = replace(job, site=_alone(job.site))
        self.record = RunRecord.read(self.job)
        self.names = self.record.names
        if not self.names:
            raise NoInputError(f"{job.out}: no day has moments; run `fluxkit condense` first")
        self._beside = tables_beside(self.job)
        self._store = MomentsStore(self.job.out)
        self._seasons: Newest[Season] = Newest(16)
        self._reduced: Newest[Reduced] = Newest(KEPT)

    @property
    def short(self) -> bool:
        """Whether the whole archive is decided at once."""
        return len(self.names) <= SHORT

    @property
    def months(self) -> list[str]:
        """Months of local standard time that have periods."""
        offset = np.timedelta64(round(self.job.site.station.utc_offset_h * 3600), "s")
        found = set(months_of(self.names[1:-1]))
        for part in self._store.winds([self.names[0], self.names[-1]]):  # cut by the archive's ends
            local = part["time"].values.astype("datetime64[s]") + offset
            found |= set(map(str, np.unique(local.astype("datetime64[M]"))))
        return sorted(found)

    def month(self, site: Site, month: str) -> Decided:
        """Decide on a month with a day on either side.

        Lags and cut-off frequencies that a season teaches are those of these days, unless the whole archive
        has been decided with them; planes of a planar fit are those of all as soon as their winds are known.

        Raises
        ------
        MomentsError
            The moments do not hold what the decisions need.
        """
        if self.short:
            return Decided(in_month(self.whole(site, lambda *_: None), month, site), True)
        names = self._around(month)
        self._store.keep(names)
        found = join_fluxes(list(self._each(_alone(site), names, lambda *_: None)))
        return Decided(in_month(found, month, site), False)

    def whole(self, site: Site, told: Told) -> xr.Dataset:
        """Decide on all periods, as `fluxkit decide` does; schemes and a map of land cover are left out.

        Raises
        ------
        MomentsError
            The moments do not hold what the decisions need.
        """
        site = _alone(site)
        if self.short:
            self._store.keep(self.names)
        fluxes = join_fluxes(list(self._each(site, self.names, told)))
        told(len(self.names), len(self.names), "looking at the whole")
        suspicions = self.record.suspicions()
        groups = self._groups(site)
        with READING:  # of a few days the moments are looked at again
            doubts = doubts_of_archive(fluxes, site, groups, self.job.out, self._beside, suspicions)
        return with_doubts(fluxes, doubts, site)

    def _groups(self, site: Site) -> list[Group]:
        return replace(self.record, job=replace(self.job, site=site)).groups()

    def _around(self, month: str) -> list[str]:
        first = np.datetime64(month, "M")
        dates = dates_of(self.names)
        low, high = ((first + k).astype("datetime64[D]") for k in (0, 1))
        near = (dates >= low - 2) & (dates <= high + 1)
        return [name for name, here in zip(self.names, near, strict=True) if here]

    def _each(self, site: Site, names: Sequence[str], told: Told) -> Iterator[xr.Dataset]:
        """Yield the fluxes of each group of days that are decided together."""
        for number, group in enumerate(self._groups(site)):
            own = [name for name in names if name in group.sites]
            if not own:
                continue
            wanted = wanted_of(group, own)
            season = self._season(number, group, wanted, told)
            plan = make_plan(group.site)
            reduced = self._reduction(number, wanted, plan, season, told)
            told(len(own), len(own), "deciding")
            yield chain.decide(
                [], group.site, biomet=self._beside.biomet, profile=self._beside.profile,
                season=season, known=_giving(reduced),
            )  # fmt: skip

    def _season(self, number: int, group: Group, wanted: Sequence[Wanted], told: Told) -> Season:
        """Return what the season teaches: planes of all days, lags of those wanted unless all are known."""
        decide = group.site.decide
        plan = make_plan(group.site)
        if decide.rotation not in survey.PLANAR and decide.lag not in SEASONAL:
            return Season()
        key = self._season_key(number, plan)
        known = self._seasons.get(key)
        if known is not None:
            return known
        every = len(wanted) == len(group.sites)
        if decide.lag not in SEASONAL:
            if not every and not self._store.has_winds(group.sites):  # to read them all would take too long
                return survey.learn(list(self._store.winds([each.name for each in wanted])), [plan])
            told(0, len(wanted), "fitting planes")
            return self._seasons.put(key, survey.learn(list(self._store.winds(list(group.sites))), [plan]))
        season = survey.learn(_Parts(self._store, wanted, told, "learning lags"), [plan])
        return self._seasons.put(key, season) if every else season

    def _season_key(self, number: int, plan: Plan) -> str:
        return key_of("season", number, shape_of(plan), _windows(plan))

    def _reduction(
        self, number: int, wanted: Sequence[Wanted], plan: Plan, season: Season, told: Told
    ) -> Reduced:
        """Return what is made of the moments before any flux, known or new."""
        before = plan.decide.model_dump(mode="json", exclude=set(LATER))
        days = (wanted[0].name, wanted[-1].name, len(wanted))
        taught = self._seasons.get(self._season_key(number, plan)) is season
        key = key_of("reduced", number, days, before, _windows(plan), taught)
        known = self._reduced.get(key)
        if known is not None:
            return known
        parts = _Parts(self._store, wanted, told, "reading moments")
        beside = {"in situ": _with(plan, IN_SITU)}
        pieces = [reduce_part(part, plan, beside, season) for part in batches(parts)]
        joined: Reduced = tuple(concatenate(each) for each in zip(*pieces, strict=True))
        return self._reduced.put(key, joined)


class _Parts:
    """Days of the store, again at each iteration, told one by one."""

    def __init__(self, store: MomentsStore, wanted: Sequence[Wanted], told: Told, what: str) -> None:
        self._store, self._wanted, self._told, self._what = store, wanted, told, what

    def __iter__(self) -> Iterator[xr.Dataset]:
        for k, each in enumerate(self._wanted):
            self._told(k, len(self._wanted), self._what)
            yield self._store.part(each)


def _alone(site: Site) -> Site:
    """Return a site without schemes: they stand beside the fluxes and change none."""
    return site.model_copy(update={"schemes": {}}) if site.schemes else site


def _with(plan: Plan, decisions: dict[str, str]) -> Plan:
    return replace(plan, decide=plan.decide.model_copy(update=decisions))


def _windows(plan: Plan) -> list[tuple[str, str, str]]:
    return [(gas, str(plan.windows[gas]), str(plan.searches.get(gas))) for gas in sorted(plan.windows)]


def _giving(reduced: Reduced) -> Callable[[object], list[Reduced]]:
    """Return what gives a reduction that is known."""

    def known(_: object) -> list[Reduced]:
        return [reduced]

    return known


def in_month(fluxes: xr.Dataset, month: str, site: Site) -> xr.Dataset:
    """Return the periods of a month of local standard time; none may be left."""
    offset = np.timedelta64(round(site.station.utc_offset_h * 3600), "s")
    local = fluxes["time"].values.astype("datetime64[s]") + offset
    return fluxes.isel(time=local.astype("datetime64[M]") == np.datetime64(month, "M"))
