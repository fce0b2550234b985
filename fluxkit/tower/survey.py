"""Survey: what is learnt from all periods before any flux is made.

Planar fits, classes of time lags and cut-off frequencies need the season; moments are small
enough to be read twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import MomentsError
from fluxkit.tower import planar_fit, settings
from fluxkit.tower.lag_course import LagCourse
from fluxkit.tower.planar_fit import Move, Planes
from fluxkit.tower.settings import Plan

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

PLANAR = ("wilczak-2001", "van-dijk-2004")


@dataclass(frozen=True)
class Season:
    """What all periods taught; a part is empty where no decision asks for it."""

    planes: Mapping[str, Planes] = field(default_factory=dict)  #: rotation -> its planes
    moved: Move | None = None  #: when the sonic seems to have been moved
    lags: Mapping[str, Mapping[str, LagCourse]] = field(default_factory=dict)  #: by scheme's shape, gas


@dataclass(frozen=True)
class _Winds:
    """Mean winds of all periods."""

    time: Times
    wind: Array  #: (time, 3) [m s-1]


def learn(parts: Iterable[xr.Dataset], plans: Sequence[Plan]) -> Season:
    """Learn from all parts of the moments what the plans' decisions need.

    Parameters
    ----------
    parts : iterable of xarray.Dataset
        Moments in order of time; iterated again for each pass.
    plans : sequence of Plan
        The decisions to be made.

    Returns
    -------
    Season
    """
    season = Season()
    rotations = {plan.site.decide.rotation for plan in plans} & set(PLANAR)
    if rotations:
        winds = _gather(again(parts), own_samples=plans[0].reference)
        season = replace(
            season,
            planes={rotation: _planes(winds, rotation, plans[0]) for rotation in rotations},
            moved=planar_fit.find_move(winds.wind, winds.time, settings.fitting(plans[0], biased=True)),
        )
    return season


def again(parts: Iterable[xr.Dataset]) -> Iterator[xr.Dataset]:
    """Begin to read the parts anew.

    Raises
    ------
    MomentsError
        They can be read only once.
    """
    found = iter(parts)
    if found is parts:
        raise MomentsError(
            "a decision needs all periods before any flux is made, and these moments can be read only once: "
            "give a list of datasets, or one"
        )
    return found


def _gather(parts: Iterator[xr.Dataset], *, own_samples: bool = False) -> _Winds:
    """Gather mean winds; with own_samples each component's over its own samples, as EddyPro 6 takes them."""

    def mean_wind(part: xr.Dataset) -> Array:
        found = part["mean"].sel(variable=["u", "v", "w"]) if own_samples else part["wind_mean"]
        return np.asarray(found.values)

    time, wind = zip(*((p["time"].values, mean_wind(p)) for p in parts), strict=True)
    return _Winds(np.concatenate(time).astype("datetime64[ns]"), np.concatenate(wind))


def _planes(winds: _Winds, rotation: str, plan: Plan) -> Planes:
    fitting = settings.fitting(plan, biased=rotation == "wilczak-2001")
    given = plan.site.decide.planar_fit.coefficients
    if given:
        return planar_fit.given_planes(given, fitting)
    direction = settings.wind_direction(winds.wind[:, 0], winds.wind[:, 1], plan.site)
    return planar_fit.fit_planes(winds.wind, winds.time, direction, fitting)
