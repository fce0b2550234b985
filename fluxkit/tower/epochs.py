"""Stretches of time between the changes of a station: each with a plan of its own."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.tower.plan import Plan
from fluxkit.tower.tree import Mask, select_periods

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]


def epochs_of(time: Times, plan: Plan) -> Iterator[tuple[Mask, Plan]]:
    """Yield the periods of each stretch that has any, and the plan that holds then.

    Parameters
    ----------
    time : (time,) array of datetime64
        Start of the periods, UTC: a change holds for periods that begin with it or later.
    plan : Plan
    """
    starts = np.array([start for start, _ in plan.epochs], "datetime64[ns]")
    which = np.searchsorted(starts, time.astype("datetime64[ns]"), side="right")
    for k, now in enumerate((plan, *(later for _, later in plan.epochs))):
        here = which == k
        if here.any():
            yield here, now


def plan_value(time: Times, plan: Plan, of: Callable[[Plan], float]) -> Array | float:
    """Return a number of the plan: one, or (time,) where something changes."""
    if not plan.epochs:
        return of(plan)
    out = np.full(time.shape, np.nan)
    for here, now in epochs_of(time, plan):
        out[here] = of(now)
    return out


def height_at(time: Times, plan: Plan) -> Array | float:
    """Return the measurement height above displacement. [m]"""
    return plan_value(time, plan, lambda now: now.height)


def wind_direction_at(u: Array, v: Array, time: Times, plan: Plan) -> Array:
    """Direction the wind comes from, clockwise from north, of components in the sonic's axes. [deg]"""
    offset = plan_value(time, plan, lambda now: now.wind_direction_offset)
    return np.asarray(np.mod(180.0 - np.degrees(np.arctan2(v, u)) + offset, 360.0))


def per_epoch(
    time: Times, plan: Plan, make: Callable[..., Mapping[str, Array]], *given: Any
) -> dict[str, Array]:
    """Make arrays over time stretch by stretch.

    Parameters
    ----------
    time : (time,) array of datetime64
    plan : Plan
    make : callable
        Arguments as ``given``, cut to the stretch, then its plan -> name: (time,) arrays.
    *given
        Arrays with time first, and mappings, named tuples and dataclasses of them.

    Returns
    -------
    dict
        Name -> (time,), NaN in a stretch that does not give it.
    """
    if not plan.epochs:
        return dict(make(*given, plan))
    out: dict[str, Array] = {}
    for here, now in epochs_of(time, plan):
        for name, values in make(*(select_periods(x, here) for x in given), now).items():
            out.setdefault(name, np.full((time.size, *values.shape[1:]), np.nan))[here] = values
    return out
