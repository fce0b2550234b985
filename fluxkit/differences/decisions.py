"""What each decision does to the sums: those of B, one at a time, on the moments of A."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.archive.anew import Moments, recorded_site
from fluxkit.differences.sides import Pair
from fluxkit.differences.sums import Amount
from fluxkit.errors import ConfigError, FluxkitError, MomentsError
from fluxkit.locations import location
from fluxkit.site.models import Site

logger = logging.getLogger(__name__)

ALL = "all of them"
REST = "the rest: files, versions, settings before [decide]"


@dataclass(frozen=True)
class Tried:
    """What one decision of B does to the sums of A."""

    decision: str  #: "decide.rotation = 'triple'", `ALL` or `REST`
    amounts: Mapping[str, float]  #: flux -> change of its sum [its unit]
    share: float  #: largest change as a share of the flux' sum of sizes [1]


def try_decisions(
    pair: Pair, fluxes: Iterable[str], *, config: str | Path | None = None, told: Callable[[str], None]
) -> list[Tried]:
    """Decide on the moments of A with the decisions of B, one after the other.

    Parameters
    ----------
    pair : Pair
        Of results folders.
    fluxes : iterable of str
        Whose sums to follow.
    config : path, optional
        The configuration of A, which relative paths of slow data start from.
    told : callable
        Given a sentence where nothing can be tried, or not all.

    Returns
    -------
    list of Tried
        What changes the sums most first, then `ALL` and `REST`. Empty where no decision differs.
    """
    sites = _sites(pair, told)
    if sites is None:
        return []
    mine, other = sites
    keys = [k for k in type(mine.decide).model_fields if getattr(mine.decide, k) != getattr(other.decide, k)]
    if not keys:
        return []
    try:
        moments = Moments.of(pair.a.folder, mine, config)
    except FluxkitError as error:
        told(f"decisions were not tried: {error}" + ("" if config else "; give --config SITE.toml"))
        return []
    decide = _decider(moments, pair)
    amounts = _Amounts.of(pair, list(fluxes))
    before = amounts.of_data(decide({}))
    found = []
    for key in keys:
        logger.info("deciding with %s of %s", key, pair.b.label)
        value = getattr(other.decide, key)
        found.append(
            amounts.tried(f"decide.{key} = {_words(value)}", before, amounts.of_data(decide({key: value})))
        )
    found.sort(key=lambda each: -each.share)
    everything = amounts.of_data(decide({key: getattr(other.decide, key) for key in keys}))
    return [
        *found,
        amounts.tried(ALL, before, everything),
        amounts.tried(REST, everything, amounts.of_data(pair.b.data)),
    ]


def _sites(pair: Pair, told: Callable[[str], None]) -> tuple[Site, Site] | None:
    for side in (pair.a, pair.b):
        if not side.record:
            told(f"decisions were not compared: {side.label} has no run.json beside it")
            return None
    try:
        return recorded_site(pair.a.record), recorded_site(pair.b.record)
    except MomentsError as error:
        told(f"decisions were not tried: {error}")
        return None


def _decider(moments: Moments, pair: Pair) -> Callable[[Mapping[str, Any]], xr.Dataset]:
    """Return a function that decides anew with some keys of [decide] changed."""
    wanted = pair.a.data["time"].values

    def decide(changes: Mapping[str, Any]) -> xr.Dataset:
        def changed(site: Site) -> Site:
            decisions = site.decide.model_copy(update=dict(changes))
            return site.model_copy(update={"decide": decisions})

        found = moments.decide(changed)
        return found.isel(time=np.isin(found["time"].values, wanted))

    return decide


@dataclass(frozen=True)
class _Amounts:
    """Sums of fluxes, and what they are measured by."""

    scales: Mapping[str, float]
    sizes: Mapping[str, float]

    @classmethod
    def of(cls, pair: Pair, fluxes: list[str]) -> "_Amounts":
        scales, sizes = {}, {}
        for name in fluxes:
            amount = Amount.of(name, str(pair.attributes(name).get("units", "")))
            if amount is not None:
                scales[name] = amount.scale * pair.seconds
                sizes[name] = scales[name] * float(np.nansum(np.abs(pair.values(name)[0])))
        return cls(scales, sizes)

    def of_data(self, data: xr.Dataset) -> dict[str, float]:
        return {
            name: scale * float(np.nansum(data[name].values))
            for name, scale in self.scales.items()
            if name in data
        }

    def tried(self, words: str, before: Mapping[str, float], after: Mapping[str, float]) -> Tried:
        amounts = {name: after[name] - before[name] for name in before if name in after}
        shares = [abs(x) / self.sizes[name] for name, x in amounts.items() if self.sizes[name] > 0.0]
        return Tried(words, amounts, max(shares, default=0.0))


def _words(value: Any) -> str:
    if hasattr(value, "model_dump"):
        return str(value.model_dump(mode="json", exclude_defaults=True))
    return repr(value)


def require_config(config: str | Path | None) -> None:
    """Refuse a configuration that is not there.

    Raises
    ------
    ConfigError
    """
    if config is not None and not location(config).is_file():
        raise ConfigError(str(config), ["no such file"])
