"""Bubbles: sudden rises of concentration, separated from the diffusion between them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.closures.points import ClosurePoints, usable_points
from fluxkit.kernels.closure import steps as kernel

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Penalty of a step over noise variance times the logarithm of the number of points. Twice what the
#: Bayesian criterion asks for place and height: a missed small bubble stays in diffusion, where its
#: flux is counted too, an invented one does harm.
WEIGHT = 4.0
#: Cost of a point that belongs to no level, over noise variance: points of a bubble that mixes.
SKIP = 9.0
#: Points that a stretch between bubbles has at least.
SHORTEST = 5
#: Steps that follow one another within this time are one bubble, mixing into the chamber. [s]
MERGE = 20.0


@dataclass(frozen=True)
class Bubbles:
    """Bubbles of all closures, and the diffusion without them."""

    closure: Integers  #: (bubble,) which closure
    time: Array  #: (bubble,) when it came [s]
    height: Array  #: (bubble,) rise of the mole fraction [mol mol-1]
    count: Integers  #: (closure,) how many
    rise: Array  #: (closure,) of all together [mol mol-1]
    falls: Integers  #: (closure,) sudden falls: leaks, or a rise that bends more than a parabola
    slope: Array  #: (closure,) diffusive rise at t = 0 [mol mol-1 s-1]
    slope_se: Array  #: (closure,) [mol mol-1 s-1]; as if bubbles were known: small ones are not
    bend: Array  #: (closure,) its quadratic term [mol mol-1 s-2]
    sigma: Array  #: (closure,) noise of the analyser [mol mol-1]
    duration: Array  #: (closure,) last time minus first [s]

    @property
    def ebullition(self) -> Array:
        """Mean rise by bubbles, shape (closure,). [mol mol-1 s-1]"""
        return np.where(self.duration > 0, self.rise / np.where(self.duration > 0, self.duration, 1), np.nan)


def find_bubbles(
    batch: Batch, *, curved: bool = False, weight: float = WEIGHT, skip: float = SKIP,
    shortest: int = SHORTEST, merge: float = MERGE, least: Array | float = 0.0,
) -> Bubbles:  # fmt: skip
    """Separate bubbles from diffusion by change points.

    Concentration is a smooth rise, common to the whole closure, plus a level that changes at a few
    instants; points that mix from one level to the next belong to none. For a given rise, instants are
    found exactly (dynamic programming with pruning); rise and instants are found in turn, from several
    beginnings.

    Parameters
    ----------
    batch : Batch
    curved : bool
        Whether the smooth rise may be a parabola instead of a line.
    weight : float
        Penalty of a step over noise variance times the logarithm of the number of points. [1]
    skip : float
        Cost of a point between two levels, while a bubble mixes into the chamber, over noise variance. [1]
    shortest : int
        Points that a stretch between steps has at least.
    merge : float
        Steps closer to each other than this are one bubble. [s]
    least : float or ndarray, shape (closure,)
        Smaller steps are not counted as bubbles. [mol mol-1]

    Returns
    -------
    Bubbles

    References
    ----------
    .. [1] Killick, R., Fearnhead, P., Eckley, I. A., "Optimal detection of changepoints with a linear
       computational cost", J. Am. Stat. Assoc. 107, 1590-1598, 2012.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> from fluxkit.chamber.closures.batch import Batch
    >>> t = np.arange(0.0, 300.0)
    >>> noise = np.random.default_rng(1).normal(0.0, 1e-9, t.size)
    >>> ch4 = 2e-6 + 1e-9 * t + np.where(t > 150.0, 3e-7, 0.0) + noise  # one bubble after 150 s
    >>> found = fk.chamber.find_bubbles(Batch.of([t], [ch4]))
    >>> found.count.tolist(), round(1e6 * float(found.rise[0]), 2)
    ([1], 0.3)
    """
    points = _distinct(usable_points(batch))
    order = 2 if curved else 1
    rows, stretches = kernel.steps(
        points.t, points.c, points.offsets, order, weight, skip, max(int(shortest), 2)
    )
    owner, time, height = _merged(*_heights(points, rows, stretches), merge)
    limit = np.broadcast_to(np.asarray(least, np.float64), (len(batch),))
    up = height > limit[owner]
    down = height < -limit[owner]
    size = len(batch)
    last = np.maximum(points.offsets[1:] - 1, 0)
    span = np.full(size, np.nan)
    filled = np.diff(points.offsets) > 0
    span[filled] = points.t[last[filled]] - points.t[points.offsets[:-1][filled]]
    return Bubbles(
        closure=owner[up],
        time=time[up],
        height=height[up],
        count=np.bincount(owner[up], minlength=size).astype(np.int64),
        rise=np.bincount(owner[up], height[up], minlength=size).astype(np.float64),
        falls=np.bincount(owner[down], minlength=size).astype(np.int64),
        slope=rows[:, kernel.SLOPE],
        slope_se=rows[:, kernel.SLOPE_SE],
        bend=rows[:, kernel.BEND],
        sigma=rows[:, kernel.SIGMA],
        duration=span,
    )


def without_bubbles(batch: Batch, bubbles: Bubbles) -> Batch:
    """Return the batch with what bubbles brought taken off after each, so that any fit can follow.

    Parameters
    ----------
    batch : Batch
    bubbles : Bubbles
        Of the same closures.
    """
    c = batch.c.copy()
    for k, time, height in zip(bubbles.closure, bubbles.time, bubbles.height, strict=True):
        inside = slice(batch.offsets[k], batch.offsets[k + 1])
        c[inside] -= np.where(batch.t[inside] >= time, height, 0.0)
    return Batch(batch.t, c, batch.offsets)


def _distinct(points: ClosurePoints) -> ClosurePoints:
    """Points of equal time averaged: a step needs times that rise."""
    owner = np.repeat(np.arange(points.offsets.size - 1), np.diff(points.offsets))
    new = np.ones(points.t.size, np.bool_)
    new[1:] = (np.diff(points.t) > 0) | (np.diff(owner) > 0)
    if new.all():
        return points
    group = np.cumsum(new) - 1
    counts = np.bincount(group)
    c = np.bincount(group, points.c) / counts
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owner[new], minlength=points.offsets.size - 1))])
    return ClosurePoints(points.t[new], c, offsets.astype(np.int64), points.flags, points.lost)


def _heights(points: ClosurePoints, rows: Array, stretches: Integers) -> tuple[Integers, Array, Array]:
    """Closure, time and height of each step: difference of the levels of the stretches beside it."""
    first = points.offsets[stretches[:, 0]]
    level = np.empty(len(stretches))
    for j, (k, begin, end) in enumerate(stretches):
        t = points.t[first[j] + begin : first[j] + end]
        smooth = rows[k, kernel.SLOPE] * t + rows[k, kernel.BEND] * t * t
        level[j] = np.mean(points.c[first[j] + begin : first[j] + end] - smooth)
    after = np.flatnonzero(np.diff(stretches[:, 0]) == 0) + 1
    # A bubble is there when the stretch before it ends; what follows may still be mixing.
    time = points.t[first[after] + stretches[after - 1, 2]]
    return stretches[after, 0], time, level[after] - level[after - 1]


def _merged(owner: Integers, time: Array, height: Array, within: float) -> tuple[Integers, Array, Array]:
    if owner.size == 0:
        return owner, time, height
    new = np.ones(owner.size, np.bool_)
    new[1:] = (np.diff(owner) > 0) | (np.diff(time) > within)
    group = np.cumsum(new) - 1
    return owner[new], time[new], np.bincount(group, height).astype(np.float64)
