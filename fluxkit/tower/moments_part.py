"""One part of the moments: whether it fits the plan, and what fluxes take from it as it is."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import MomentsError
from fluxkit.schema.slots import slots_of
from fluxkit.tower import moments, products, shape
from fluxkit.tower.condition import cleaning, screening
from fluxkit.tower.lags.lag_survey import reliable_by_prewhitening
from fluxkit.tower.plan import Plan
from fluxkit.tower.series_methods import high_pass
from fluxkit.tower.series_methods.high_pass import Filter
from fluxkit.tower.spectral.site_spectra import needs_spectra, with_spectra
from fluxkit.tower.storages.storage import change_within
from fluxkit.tower.turbulence import Turbulence

Array = npt.NDArray[np.float64]


def check_fits(data: xr.Dataset, plan: Plan) -> None:
    """Refuse moments that were not made for the plan.

    Raises
    ------
    MomentsError
        They hold another rate, period or fewer lags; the message says what to do.
    """
    arrays = data.attrs
    rate, seconds = arrays.get("rate"), arrays.get("period_s", 0.0)
    # Numbers of slots are compared, not lengths: rate x period is no whole number with 20.833 or 3.33 Hz.
    if rate != plan.rate or slots_of(seconds, rate) != plan.slots:
        raise MomentsError(
            f"moments were made with {rate} Hz and periods of {seconds:g} s, the configuration says "
            f"{plan.rate:g} Hz and periods of {plan.seconds:g} s: condense again"
        )
    for s in plan.scalars:
        if f"lag_{s}" not in data.coords:
            raise MomentsError(f"moments hold no {s}: condense again with it in [columns]")
        kept, wanted_lags = data.variables[f"lag_{s}"].values, plan.lags[s]
        if wanted_lags.first < kept[0] or wanted_lags.last > kept[-1]:
            raise MomentsError(
                f"moments hold lags {kept[0]} to {kept[-1]} samples of {s}, the configuration needs "
                f"{wanted_lags.first} to {wanted_lags.last}: narrow columns.{s}.lag (and "
                f"decide.time_lag.search), or condense again"
            )
    if plan.condense.partition and "quadrant_sums" not in data:
        raise MomentsError(
            f"condense.partition = {plan.condense.partition} needs sums that these moments do not hold: "
            "condense again with it, or remove it"
        )
    _check_covariances(data, plan)


def _check_covariances(data: xr.Dataset, plan: Plan) -> None:
    """Refuse moments without what a plan takes of scalars together."""
    for a, b in plan.decided_error_pairs:
        if f"{a}_{b}_correlation" not in data:
            raise MomentsError(
                f"moments hold no correlation of {a} with {b}, on which the error of a flux rests: "
                "condense again"
            )
    for name in plan.cell_lags:
        if f"first_lag_{name}" not in data.attrs:
            raise MomentsError(
                f"moments hold no covariances with {name}, which a gas left wet in its cell needs "
                "(condition.mixing_ratio = 'none'): condense again"
            )


def spans_of(data: xr.Dataset, plan: Plan) -> dict[str, int]:
    """First lag that moments hold of each scalar; they may hold more than the configuration needs."""
    spans = {s: int(data.variables[f"lag_{s}"].values[0]) for s in plan.scalars}
    return spans | {name: int(data.attrs[f"first_lag_{name}"]) for name in plan.cell_lags}


def filter_of(data: xr.Dataset, plan: Plan) -> Filter | None:
    """Return the filter that a plan's detrending rests on, if on any; its sums must have been kept."""
    wanted, by = plan.decide.detrending, plan.high_pass
    if wanted not in high_pass.METHODS:
        return None
    held = data.attrs.get("high_pass", "none")
    if by is None or by.method != wanted or by.description != held:
        raise MomentsError(
            f"decide.detrending = {wanted!r} needs sums of series filtered so; these moments hold {held!r}: "
            f"set condense.high_pass = {wanted!r} (and condense.time_constant) and condense again"
        )
    return by


def prewhitened_of(data: xr.Dataset, plan: Plan) -> dict[str, Array]:
    """Reliable lags by pre-whitening and their intervals, NaN where a period has none: gas -> (time, 3)."""
    if "prewhitened_lag" not in data:
        return {}
    lags = dict(zip(plan.scalars, data.variables["prewhitened_lag"].values.swapaxes(0, 1), strict=True))
    return {
        gas: np.where(reliable_by_prewhitening(lags[gas], gas, plan)[:, None], lags[gas], np.nan)
        for gas in plan.gases
    }


def means_of(data: xr.Dataset) -> products.Means:
    """Plain statistics of the part's periods."""
    mean, valid = data.variables["mean"].values, data.variables["valid"].values
    names = [str(v) for v in data.variables["variable"].values]
    return products.Means(
        time=data.variables["time"].values.astype("datetime64[ns]"),
        mean={v: mean[:, i] for i, v in enumerate(names)},
        valid={v: valid[:, i] for i, v in enumerate(names)},
        wind_speed_max=data.variables["wind_speed_max"].values,
        reason=data.variables["reason"].values,
        change={
            s: change_within(data.variables[f"{s}_sums"].values, data.variables["slots"].values)
            for s in map(str, data.variables["scalar"].values)
        },
        quadrants=data.variables["quadrant_sums"].values if "quadrant_sums" in data else np.zeros((0, 0)),
    )


def with_period_spectra(means: products.Means, part: xr.Dataset, plans: list[Plan]) -> products.Means:
    """Add the spectra of each period where a correction rests on them."""
    return with_spectra(means, part, plans[0]) if needs_spectra(plans) else means


def statistics_of(data: xr.Dataset, turbulence: Turbulence, plan: Plan) -> dict[str, Array]:
    """Counts and shapes: records, spikes, skewness and kurtosis."""
    out = {"FILE_RECORDS": data.variables["records"].values.astype(float)}
    out["USED_RECORDS"] = data.variables["wind_sums"].values[:, :, 0].sum(axis=1)
    spikes = data.variables["spikes"].values
    for i, name in enumerate(data.variables["variable"].values):
        if str(name) in ("u", "v", "w", *plan.scalars):
            out[f"{str(name).upper()}_NUM_SPIKES"] = np.where(out["USED_RECORDS"] > 0, spikes[:, i], np.nan)
    if "prewhitened_lag" in data:
        lags = data.variables["prewhitened_lag"].values
        for i, gas in enumerate(plan.scalars[1:], start=1):
            for k, end in enumerate(("", "_LOW", "_HIGH")):
                out[f"{gas.upper()}_TLAG_PWB{end}"] = lags[:, i, k] / plan.rate
    out |= screening.judge_tests(moments.arrays_of(data), means_of(data).mean, plan)
    out |= cleaning.statistics(data.variables["vitale"].values, plan)
    if "diagnostics" in data:
        out |= dict(
            zip(
                map(str, data.variables["diagnostic"].values),
                data.variables["diagnostics"].values.T,
                strict=True,
            )
        )
    return out | shape.skewness_and_kurtosis(moments.arrays_of(data), plan.scalars, turbulence.matrix)
