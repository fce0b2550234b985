"""From moments or samples to second moments of each scheme: a few hundred numbers per period."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.tower import moments, products, survey
from fluxkit.tower.direct import from_samples
from fluxkit.tower.fluxes import choices_of, shape_of
from fluxkit.tower.moments_part import (
    check_fits,
    filter_of,
    means_of,
    prewhitened_of,
    spans_of,
    statistics_of,
    with_period_spectra,
)
from fluxkit.tower.plan import Plan
from fluxkit.tower.season import Season
from fluxkit.tower.series_methods import filtered
from fluxkit.tower.splitting import split_periods
from fluxkit.tower.station_condenser import Condenser
from fluxkit.tower.turbulence import Turbulence, from_moments

Array = npt.NDArray[np.float64]

#: Turbulence by what shapes it, plain means, statistics of the first scheme.
Reduced = tuple[dict[str, Turbulence], products.Means, dict[str, Array]]


def reduce_part(part: xr.Dataset, plan: Plan, others: Mapping[str, Plan], season: Season) -> Reduced:
    """What decisions make of a part of the moments: a few hundred numbers per period and scheme."""
    for p in (plan, *others.values()):
        check_fits(part, p)
    spans = spans_of(part, plan)
    arrays, means = (
        moments.arrays_of(part),
        with_period_spectra(means_of(part), part, [plan, *others.values()]),
    )
    turbulence: dict[str, Turbulence] = {}
    for p in (plan, *others.values()):
        shape = shape_of(p)
        if shape not in turbulence:
            choices = replace(choices_of(p, season, means.time), prewhitened=prewhitened_of(part, p))
            found = from_moments(arrays, means.time, p.scalars, spans, choices)
            if filter_of(part, p) is not None:
                found = filtered.filtered_from_moments(found, arrays, spans, choices)
            turbulence[shape] = found
    return turbulence, means, statistics_of(part, turbulence[shape_of(plan)], plan)


def reduce_raw(raw: xr.Dataset, condenser: Condenser, plan: Plan, others: Mapping[str, Plan]) -> Reduced:
    """The same by the direct path, plain statistics apart."""
    starts, stretches = split_periods(raw, plan)
    prepared = [condenser.prepare(x, n) for x, n in stretches]
    part = condenser.dataset(starts, [condenser.finish(*p) for p in prepared])
    season = survey.learn([part], [plan, *others.values()])
    means = with_period_spectra(means_of(part), part, [plan, *others.values()])
    samples = [x for x, _ in prepared]
    turbulence: dict[str, Turbulence] = {}
    for p in (plan, *others.values()):
        shape = shape_of(p)
        if shape not in turbulence:
            choices = replace(choices_of(p, season, means.time), prewhitened=prewhitened_of(part, p))
            found = from_samples(samples, means.time, p.scalars, p.lags, choices, p.max_lag)
            by = filter_of(part, p)
            turbulence[shape] = (
                found
                if by is None
                else filtered.filtered_from_samples(found, samples, by, choices, p.max_lag)
            )
    return turbulence, means, statistics_of(part, turbulence[shape_of(plan)], plan)
