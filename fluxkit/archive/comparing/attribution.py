"""Find the decision that explains a difference: recompute the fluxes with one decision changed at a time."""

from collections.abc import Iterable
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
    site = site.model_copy(update={"schemes": {}})
    done: list[list[Effect]] = []
    for _ in range(steps):
        others = alternatives(site, in_situ=theirs.sizes["time"] >= _ENOUGH)
        each = chain.decide_each(parts, {AS_IT_IS: site, **others}, biomet=biomet, profile=profile)
        effects = [effect(name, each[name], each[AS_IT_IS], theirs) for name in others]
        done.append(sorted(effects, key=lambda e: (not np.isfinite(e.change), e.change)))
        best = done[-1][0] if effects else None
        if best is None or not best.change < -0.01:
            break
        site = others[best.decision]
    return done


def effect(decision: str, otherwise: xr.Dataset, as_it_is: xr.Dataset, theirs: xr.Dataset) -> Effect:
    """Compare fluxes with theirs, for the present and for changed decisions."""
    rmse, before = {}, {}
    theirs = theirs.reindex(time=as_it_is["time"])
    for name in FLUXES:
        if name not in theirs or name not in as_it_is or name not in otherwise:
            continue
        new, old = (_difference(x[name].values, theirs[name].values) for x in (otherwise, as_it_is))
        both = np.isfinite(new) & np.isfinite(old)
        if both.any():
            rmse[name], before[name] = (float(np.sqrt(np.mean(x[both] ** 2))) for x in (new, old))
    ratios = [rmse[name] / before[name] for name in rmse if before[name] > 0]
    return Effect(decision, rmse, before, float(np.mean(ratios)) - 1.0 if ratios else np.nan)


def _difference(ours: Array, theirs: Array) -> Array:
    """Ours minus theirs; a sign that is a convention explains nothing."""
    return -ours - theirs if opposite(ours, theirs) else ours - theirs
