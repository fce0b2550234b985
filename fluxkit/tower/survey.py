"""Survey: what is learnt from all periods before any flux is made.

Planar fits, classes of time lags and cut-off frequencies need the season; moments are small
enough to be read twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import MomentsError
from fluxkit.tower import moments, settings
from fluxkit.tower.density.closed_path import dried
from fluxkit.tower.epochs import wind_direction_at
from fluxkit.tower.fluxes import choices_of, gas_covariances, mean_air, shape_of
from fluxkit.tower.lags import lag_survey
from fluxkit.tower.lags.seasonal_lags import SeasonalLag
from fluxkit.tower.moments_part import check_fits, means_of, spans_of
from fluxkit.tower.plan import Plan
from fluxkit.tower.rotations import planar_fit
from fluxkit.tower.rotations.planar_fit import Planes
from fluxkit.tower.season import Season
from fluxkit.tower.tree import concatenate
from fluxkit.tower.turbulence import from_moments

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

PLANAR = ("wilczak-2001", "van-dijk-2004")


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
    season = _learn_planes(parts, plans)
    lags: dict[str, Mapping[str, SeasonalLag]] = {}
    for plan in plans:
        shape = shape_of(plan)
        if plan.decide.lag in lag_survey.SEASONAL and shape not in lags:
            course = _prewhitened if plan.decide.lag == "vitale-2024" else _searched
            lags[shape] = course(again(parts), plan, season)
    return replace(season, lags=lags)


def _learn_planes(parts: Iterable[xr.Dataset], plans: Sequence[Plan]) -> Season:
    season = Season()
    rotations = {plan.decide.rotation for plan in plans} & set(PLANAR)
    if rotations:
        winds = _gather(again(parts), own_samples=plans[0].conventions.plane_wind == "own")
        season = replace(
            season,
            planes={rotation: _planes(winds, rotation, plans[0]) for rotation in rotations},
            moved=planar_fit.find_move(winds.wind, winds.time, settings.fitting(plans[0], biased=True)),
        )
    return season


def winds_and_planes(parts: Iterable[xr.Dataset], plan: Plan) -> tuple[Times, Array, Planes]:
    """Return times and mean winds in the sonic's axes [m s-1] of all parts, and the planes of a planar fit.

    Parameters
    ----------
    parts : iterable of xarray.Dataset
        Moments in order of time.
    plan : Plan
        Whose ``decide.rotation`` is one of `PLANAR`.
    """
    winds = _gather(again(parts), own_samples=plan.conventions.plane_wind == "own")
    return winds.time, winds.wind, _planes(winds, plan.decide.rotation, plan)


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
    """Gather mean winds; with own_samples each component's over its own samples."""

    def mean_wind(part: xr.Dataset) -> Array:
        found = part["mean"].sel(variable=["u", "v", "w"]) if own_samples else part["wind_mean"]
        return np.asarray(found.values)

    time, wind = zip(*((p["time"].values, mean_wind(p)) for p in parts), strict=True)
    return _Winds(np.concatenate(time).astype("datetime64[ns]"), np.concatenate(wind))


def _planes(winds: _Winds, rotation: str, plan: Plan) -> Planes:
    fitting = settings.fitting(plan, biased=rotation == "wilczak-2001")
    given = plan.decide.planar_fit.coefficients
    if given:
        return planar_fit.given_planes(given, fitting)
    direction = wind_direction_at(winds.wind[:, 0], winds.wind[:, 1], winds.time, plan)
    return planar_fit.fit_planes(winds.wind, winds.time, direction, fitting)


def _searched(parts: Iterable[xr.Dataset], plan: Plan, season: Season) -> Mapping[str, SeasonalLag]:
    """Windows of lags from those that a first pass finds."""
    seen = []
    for part in parts:
        check_fits(part, plan)
        means = means_of(part)
        arrays, spans = moments.arrays_of(part), spans_of(part, plan)
        choices = lag_survey.searching(choices_of(plan, season, means.time), plan)
        seen.append((from_moments(arrays, means.time, plan.scalars, spans, choices), means))
    if not seen:
        return {}
    turbulence, means = (concatenate(pieces) for pieces in zip(*seen, strict=True))
    turbulence, _ = dried(turbulence, means, plan)
    air, _ = mean_air(turbulence, means, plan)
    gases = gas_covariances(turbulence, plan)
    return lag_survey.humidity_lags(turbulence, means.time, air, gases, plan)


def _prewhitened(parts: Iterable[xr.Dataset], plan: Plan, season: Season) -> Mapping[str, SeasonalLag]:
    """Lags found when the samples were condensed; not reliable ones are replaced."""
    times, found = [], []
    for part in parts:
        check_fits(part, plan)
        nothing = np.full((part["time"].size, len(plan.scalars), 3), np.nan)
        found.append(part["prewhitened_lag"].values if "prewhitened_lag" in part else nothing)
        times.append(part["time"].values.astype("datetime64[ns]"))
    if not times:
        return {}
    time = np.concatenate(times)
    lags = dict(zip(plan.scalars, np.concatenate(found).swapaxes(0, 1), strict=True))
    return lag_survey.prewhitened_lags(time, {gas: lags[gas] for gas in plan.gases}, plan)
