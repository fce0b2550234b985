"""The default: like conditions or gradient boosting, whichever does better in gaps of that length."""

from dataclasses import dataclass, replace

import numpy as np

from fluxkit.ecosystem.filling.artificial import LIMITS, days_of_gap
from fluxkit.ecosystem.filling.boosting import (
    ITERATIONS,
    fill_boosting,
    learn_and_predict,
    learnable,
    table_of,
)
from fluxkit.ecosystem.filling.calibration import FEWEST as FEWEST_BLOCKS
from fluxkit.ecosystem.filling.calibration import FOLDS, Skill, calibrate
from fluxkit.ecosystem.filling.mds import fill_mds
from fluxkit.ecosystem.filling.registry import Array, Filled, Intervals, register_filler
from fluxkit.ecosystem.halfhours import HalfHours

#: Share by which the error of boosting must be smaller for it to be taken.
_BETTER = 0.01


@dataclass(frozen=True)
class Choice:
    """What artificial gaps have shown of both fillers.

    Parameters
    ----------
    mds : Skill
    boosting : Skill or None
        None where nothing could be learnt.
    boundary : float
        Gaps up to here go to like conditions [d].
    """

    mds: Skill
    boosting: Skill | None
    boundary: float


def choose(
    values: Array,
    drivers: dict[str, Array],
    at: HalfHours,
    *,
    variant: str = "fluxkit",
    folds: int = FOLDS,
    seed: int = 0,
) -> Choice:
    """Try both fillers in the same artificial gaps.

    The boundary is below the shortest class of lengths from which on boosting's root mean square error is
    smaller in every class that was tried, by one per cent at least.

    Returns
    -------
    Choice
    """
    mds = calibrate(
        lambda series: fill_mds(series, drivers, at, variant=variant, fill_all=True).value,
        values,
        at,
        folds=folds,
        seed=seed,
    )
    if not learnable(values, drivers):
        return Choice(mds, None, np.inf)
    table = table_of(drivers, at)
    boosting = calibrate(
        lambda series: learn_and_predict(table, series, ITERATIONS), values, at, folds=folds, seed=seed
    )
    boundary = 0.0
    for kind in range(LIMITS.size):
        tried = min(mds.blocks[kind], boosting.blocks[kind]) >= FEWEST_BLOCKS
        if tried and not boosting.rmse[kind] < (1.0 - _BETTER) * mds.rmse[kind]:
            boundary = float(LIMITS[kind])
    return Choice(mds, boosting, boundary)


@register_filler("mds+boosting", learn=choose)
def fill_joined(
    values: Array,
    drivers: dict[str, Array],
    at: HalfHours,
    *,
    variant: str = "fluxkit",
    skill: Choice | None = None,
    folds: int = FOLDS,
    refuse: bool = True,
    seed: int = 0,
) -> Filled:
    """Fill short gaps from like conditions, long ones by gradient boosting; the site says what is short.

    Parameters
    ----------
    values : (n,) array
        NaN where missing.
    drivers : dict of (n,) arrays
    at : HalfHours
    variant : str
        Of :func:`~fluxkit.ecosystem.filling.mds.fill_mds`.
    skill : Choice, optional
        What :func:`choose` has found before, as for other u* scenarios of the same series; found anew
        unless given.
    folds : int
        How often both are tried at most.
    refuse : bool
        Leave gaps open that are longer than what boosting has shown skill for.
    seed : int
        Of artificial gaps.

    Returns
    -------
    Filled
        Methods 1 to 3 as of ``mds``, 4 as of ``boosting``, each with its own intervals; ``sd`` is that
        of like conditions for all.
    """
    like = fill_mds(values, drivers, at, variant=variant)
    if np.isfinite(values).all() or not np.isfinite(values).any():
        return like
    choice = skill or choose(values, drivers, at, variant=variant, folds=folds, seed=seed)
    intervals = choice.mds.intervals(like.value, values, at) if choice.mds.blocks.any() else None
    days = days_of_gap(values, at)
    learnt = days > choice.boundary
    if choice.boosting is None or not (learnt & np.isnan(values)).any():
        said = (
            ()
            if choice.boosting
            else ("too little is measured for gradient boosting: all gaps are filled from like conditions",)
        )
        return replace(like, intervals=intervals, notes=(*like.notes, *said))
    boosted = fill_boosting(values, drivers, at, skill=choice.boosting, refuse=refuse)

    def joined(name: str) -> Array:
        return np.asarray(np.where(learnt, getattr(boosted, name), getattr(like, name)))

    both = boosted.intervals
    if intervals is not None and both is not None:
        both = Intervals(
            np.where(learnt, both.lower, intervals.lower),
            np.where(learnt, both.upper, intervals.upper),
            np.where(learnt, both.gap_sd, intervals.gap_sd),
            np.where(learnt, both.common_sd, intervals.common_sd),
        )
    words = f"gaps of more than {choice.boundary:.3g} days" if choice.boundary else "all gaps"
    reason = f"{words} are filled by gradient boosting, which was better in artificial gaps of such lengths"
    return Filled(
        value=joined("value"),
        quality=np.where(learnt, boosted.quality, like.quality),
        method=np.where(learnt, boosted.method, like.method),
        window=joined("window"),
        n=np.where(learnt, boosted.n, like.n),
        sd=np.where(
            np.isfinite(like.sd), like.sd, boosted.sd
        ),  # random error, which like conditions tell best
        notes=(*like.notes, *boosted.notes, reason),
        intervals=both,
    )
