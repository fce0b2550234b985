"""The default: like conditions or gradient boosting, whichever does better in gaps of that length."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fluxkit.ecosystem.filling.artificial import LIMITS, days_of_gap
from fluxkit.ecosystem.filling.boosting import FEWEST as FEWEST_RECORDS
from fluxkit.ecosystem.filling.boosting import (
    ITERATIONS,
    fill_boosting,
    learn_and_predict,
    learnable,
    table_of,
    too_long_for,
)
from fluxkit.ecosystem.filling.calibration import FEWEST as FEWEST_BLOCKS
from fluxkit.ecosystem.filling.calibration import FOLDS, Skill, calibrate
from fluxkit.ecosystem.filling.long_gaps import Bools
from fluxkit.ecosystem.filling.mds import fill_mds
from fluxkit.ecosystem.filling.registry import Array, Filled, Intervals, register_filler
from fluxkit.ecosystem.halfhours import HalfHours

#: Gaps within the first window of like conditions, 7 days to either side: the class of lengths below. [d]
_SHORT_D = 5.0
#: Gaps up to which like conditions need not show skill, as REddyProc has it. [d]
_LIKE_D = 60.0
#: Standard errors beyond which a difference between the two is more than chance.
_SURE = 2.0
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
    others: Sequence[Array] = (),
) -> Choice:
    """Try both fillers in the same artificial gaps.

    The boundary is below the shortest class of lengths from which on boosting's root mean square error is
    smaller in every class that was tried, by one per cent at least. Where boosting is clearly better in
    shorter gaps, whose neighbours in time should help like conditions most, a dozen long ones in which it
    is worse by chance, within two standard errors, do not count. `others` are further series whose gaps
    are to be filled by it (:func:`~fluxkit.ecosystem.filling.calibration.calibrate`).

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
        others=others,
    )
    if not learnable(values, drivers):
        return Choice(mds, None, np.inf)
    table = table_of(drivers, at)
    boosting = calibrate(
        lambda series: learn_and_predict(table, series, ITERATIONS),
        values,
        at,
        folds=folds,
        seed=seed,
        others=others,
    )
    return Choice(mds, boosting, _boundary(mds, boosting))


def _boundary(mds: Skill, boosting: Skill) -> float:
    """Return up to which length like conditions are taken [d]."""
    boundary, won = 0.0, False
    for kind in range(LIMITS.size):
        if min(mds.blocks[kind], boosting.blocks[kind]) < FEWEST_BLOCKS:
            continue
        better, error = boosting.better_than(mds, kind)
        better -= 1.0 - (1.0 - _BETTER) ** 2
        if better > 0.0:
            won |= better > _SURE * error
        elif not won or better < -_SURE * error:
            boundary = float(LIMITS[kind])
    return boundary


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

    What has no like conditions goes to boosting too; of what boosting has shown no skill for, days go to
    like conditions.

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
        Leave gaps open that are longer than what boosting has shown skill for; those of up to 5 days, or
        for which like conditions have shown skill, take like conditions.
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
    if choice.mds.blocks.any():
        like = replace(like, intervals=choice.mds.intervals(like.value, values, at))
    days = days_of_gap(values, at)
    if choice.boosting is None:
        few = np.isfinite(values).sum() < FEWEST_RECORDS
        lacking = "too little is measured" if few else "there is no driver"
        said = f"{lacking} for gradient boosting: all gaps are filled from like conditions"
        return replace(like, notes=(*like.notes, said))
    alone = ~np.isfinite(like.value) & (days <= choice.boundary)
    learnt = (days > choice.boundary) | alone
    refused = days > np.where(learnt, choice.boosting.longest, max(_LIKE_D, choice.mds.longest))
    refused &= refuse and folds > 0
    instead = learnt & refused & (days <= max(_SHORT_D, choice.mds.longest)) & np.isfinite(like.value)
    refused &= ~instead
    learnt &= ~instead
    out = replace(like, long_gaps="none")
    if learnt.any():
        boosted = fill_boosting(values, drivers, at, skill=choice.boosting, refuse=False)
        out = _joined(like, boosted, learnt)
    return replace(
        out,
        value=np.where(refused, np.nan, out.value),
        method=np.where(refused, 0, out.method),
        notes=(*like.notes, *_notes(choice, learnt & ~refused & np.isnan(values), alone, days[instead])),
        open_because=_why_open(choice, learnt & refused, refused) or like.open_because,
    )


def _notes(choice: Choice, learnt: Bools, alone: Bools, instead: Array) -> list[str]:
    """Say which gaps boosting fills, and which it should have filled but did not."""
    notes = []
    if choice.boundary and not learnt.any() and not instead.size:
        notes.append(
            "all gaps are filled from like conditions: gradient boosting was no better in artificial gaps of "
            "such lengths"
        )
    if (learnt & alone).any():
        notes.append("what has nothing similar near by is filled by gradient boosting")
    if (learnt & ~alone).any():
        words = f"gaps of more than {choice.boundary:.3g} days" if choice.boundary else "all gaps"
        why = "which was better in artificial gaps of such lengths"
        notes.append(f"{words} are filled by gradient boosting, {why}")
    if instead.size and choice.boosting is not None:
        shown = max(choice.boundary, choice.boosting.longest)
        notes.append(
            f"gradient boosting has shown no skill for gaps of more than {shown:.3g} days; those of up to "
            f"{instead.max():.3g} days are filled from like conditions"
        )
    return notes


def _why_open(choice: Choice, by_boosting: Bools, refused: Bools) -> str:
    """Say why gaps are refused, if some are."""
    if by_boosting.any() and choice.boosting is not None:
        return too_long_for(choice.boosting, "gradient boosting")
    return too_long_for(choice.mds, "filling from like conditions") if refused.any() else ""


def _joined(like: Filled, boosted: Filled, learnt: Bools) -> Filled:
    """Take boosting where it is to be, like conditions elsewhere."""

    def of(name: str) -> Array:
        return np.asarray(np.where(learnt, getattr(boosted, name), getattr(like, name)))

    both = boosted.intervals
    if both is not None and like.intervals is not None:
        ends = {key: np.where(learnt, x, getattr(like.intervals, key)) for key, x in vars(both).items()}
        both = Intervals(**ends)
    return Filled(
        value=of("value"),
        quality=np.where(learnt, boosted.quality, like.quality),
        method=np.where(learnt, boosted.method, like.method),
        window=of("window"),
        n=np.where(learnt, boosted.n, like.n),
        sd=np.where(np.isfinite(like.sd), like.sd, boosted.sd),  # random error: like conditions tell it best
        intervals=both,
    )
