"""Find the decision that explains a difference: recompute the fluxes with one decision changed at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.report.agreement import Effect, opposite
from fluxkit.site.models import PRESETS, Site
from fluxkit.tower import chain
from fluxkit.tower.schemes import with_decisions
from fluxkit.tower.spectral.spectral_factors import IN_SITU

Array = npt.NDArray[np.float64]

#: Decisions that turbulent fluxes depend on, in the order in which they are made.
DECISIONS = (
    "rotation",
    "detrending",
    "lag",
    "density",
    "humidity",
    "self_heating",
    "high_frequency",
    "sorption",
    "low_frequency",
    "separation",
    "arithmetic",
)
#: Values that need something of the moments: value -> setting of [condense], and what it must be.
_KEPT = {
    "vitale-2024": ("prewhitening", True),
    "running-mean": ("high_pass", "running-mean"),
    "exponential": ("high_pass", "exponential"),
    "linear-chunks": ("high_pass", "linear-chunks"),
}
#: Corrections that ask decide.separation what the distance of sensors takes.
APART = (*IN_SITU, "peltola-2021")

FLUXES = ("FC", "LE", "H", "TAU")
#: Periods in common from which on a site's own spectra are worth a try: a week of half hours.
_ENOUGH = 336
AS_IT_IS = "as it is"


def enough(theirs: xr.Dataset) -> bool:
    """Whether there are periods enough for corrections by the site's own spectra."""
    return bool(theirs.sizes["time"] >= _ENOUGH)


def alternatives(site: Site, *, in_situ: bool = False) -> dict[str, Site]:
    """Return sites that differ in one decision each, as far as the moments allow, by ``key = value``.

    Parameters
    ----------
    site : Site
    in_situ : bool, default False
        Whether there are periods enough for corrections by the site's own spectra.

    Returns
    -------
    dict
        Also ``preset = ...``: all settings that another preset has in [decide].
    """
    found: dict[str, Site] = {}
    for key, field in type(site.decide).model_fields.items():
        if key not in DECISIONS or (key == "separation" and site.decide.high_frequency not in APART):
            continue
        for value in get_args(field.annotation):
            if value in IN_SITU and not in_situ:
                continue
            if value != getattr(site.decide, key) and _possible(site, value):
                found[f"{key} = {value!r}"] = with_decisions(site, {key: value})
    for preset in ("fluxkit", "eddypro-6"):
        given = {key: type(site.decide).model_fields[key].default for key in PRESETS["eddypro-6"]["decide"]}
        given |= PRESETS[preset].get("decide", {})
        if any(getattr(site.decide, key) != given[key] for key in DECISIONS if key in given):
            found[f"preset = {preset!r} ([decide] alone)"] = with_decisions(site, given)
    return found


def _possible(site: Site, value: Any) -> bool:
    if value not in _KEPT:
        return True
    key, wanted = _KEPT[value]
    return bool(getattr(site.condense, key) == wanted)


def attribute(
    parts: Iterable[xr.Dataset],
    site: Site,
    theirs: xr.Dataset,
    *,
    biomet: xr.Dataset | None = None,
    profile: xr.Dataset | None = None,
    steps: int = 1,
) -> list[list[Effect]]:
    """Find which decisions bring the fluxes closer to those of another program.

    Parameters
    ----------
    parts : iterable of xarray.Dataset
        Moments, can be read again.
    site : Site
        As decided.
    theirs : xarray.Dataset
        Fluxes over time, the start of the period in UTC, in the vocabulary's units.
    biomet, profile : xarray.Dataset, optional
        As of ``chain.decide``.
    steps : int, default 1
        After each step the best change is adopted, and the next step starts from there.

    Returns
    -------
    list of lists of Effect
        Of each step, the best change first. Fewer steps where nothing brings them nearer.
    """
    # Errors tell nothing here, and moments of another program's way do not hold what ours rest on.
    site = with_decisions(site.model_copy(update={"schemes": {}}), {"random_error": "none"})
    done: list[list[Effect]] = []
    for _ in range(steps):
        others = alternatives(site, in_situ=enough(theirs))
        each = chain.decide_each(parts, {AS_IT_IS: site, **others}, biomet=biomet, profile=profile)
        effects = [effect(name, each[name], each[AS_IT_IS], theirs) for name in others]
        done.append(sorted(effects, key=_nearness))
        best = done[-1][0] if effects else None
        if best is None or not best.change < -0.01:
            break
        site = others[best.decision]
    return done


def _nearness(e: Effect) -> tuple[bool, float, float]:
    """What effects are sorted by: of those that leave nothing that matters, the one that leaves least."""
    left = [e.rmse[name] / e.before[name] for name in e.rmse if e.differs(name)]
    return not np.isfinite(e.change), e.change, sum(left)


def untried(site: Site, *, in_situ: bool = False) -> list[str]:
    """Return sentences on decisions that `alternatives` cannot try, and what to switch on for them.

    Parameters
    ----------
    site, in_situ
        As of `alternatives`.
    """
    found = []
    if not in_situ:
        own = [name for name in IN_SITU if name != site.decide.high_frequency]
        found.append(
            f"not tried: high_frequency = {_either(own)}, by the site's own spectra: "
            f"compare {_ENOUGH} periods (a week) or more"
        )
    for value, (key, wanted) in _KEPT.items():
        if not _possible(site, value):
            name = "lag" if value == "vitale-2024" else "detrending"
            said = str(wanted).lower() if isinstance(wanted, bool) else f'"{wanted}"'
            found.append(
                f"not tried: {name} = {value!r}: set {key} = {said} in [condense] and condense again"
            )
    ways = get_args(type(site.condition).model_fields["despiking"].annotation)
    others = [value for value in ways if value != site.condition.despiking]
    found.append(
        f"not tried: what is done to samples (despiking = {_either(others)}, limits, diagnostics, "
        "corrections of the sonic): change [condition], condense into another folder, and compare that"
    )
    return found


def _either(values: Sequence[Any]) -> str:
    return " or ".join(repr(value) for value in values)


def effect(decision: str, otherwise: xr.Dataset, as_it_is: xr.Dataset, theirs: xr.Dataset) -> Effect:
    """Compare fluxes with theirs, for the present and for changed decisions."""
    rmse, before, size = {}, {}, {}
    theirs = theirs.reindex(time=as_it_is["time"])
    for name in FLUXES:
        if name not in theirs or name not in as_it_is or name not in otherwise:
            continue
        new, old = (_difference(x[name].values, theirs[name].values) for x in (otherwise, as_it_is))
        both = np.isfinite(new) & np.isfinite(old)
        if both.any():
            rmse[name], before[name], size[name] = (
                float(np.sqrt(np.mean(x[both] ** 2))) for x in (new, old, theirs[name].values)
            )
    found = Effect(decision, rmse, before, np.nan, size)
    ratios = [found.ratio(name) for name in rmse if found.differs(name)]
    return replace(found, change=float(np.mean(ratios)) - 1.0) if ratios else found


def _difference(ours: Array, theirs: Array) -> Array:
    """Ours minus theirs; a sign that is a convention explains nothing."""
    return -ours - theirs if opposite(ours, theirs) else ours - theirs
