"""What ``condense`` keeps of the series themselves, beyond plain moments, where `[condense]` switches it on.

Unpacks a plan for `high_pass`, `aligned`, `partition` and `wavelet`.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from fluxkit import kernels
from fluxkit.physics.air import pressure_at
from fluxkit.tower.lags import prewhitening
from fluxkit.tower.period_moments import N_BLOCKS, Record, lagged_products, pair_reach
from fluxkit.tower.plan import Plan
from fluxkit.tower.rotations.rotation import double_rotation
from fluxkit.tower.series_methods import high_pass, wavelet
from fluxkit.tower.series_methods.aligned import Aligned, AlignedGas, align_series

Array = npt.NDArray[np.float64]
#: Array of the moments dataset -> its dimensions after time, with their lengths.
Layout = dict[str, tuple[tuple[str, int], ...]]

STEP = 60.0  #: of wavelet covariances [s]


def channels(plan: Plan) -> tuple[str, ...]:
    """Return what wavelet covariances with w are kept of: u, air temperature, dry mixing ratios."""
    return ("u", "t_air", *plan.gases)


def about(plan: Plan) -> dict[str, str]:
    """Return attributes of the moments that say how series were filtered, and what beside gases is kept."""
    kept = {f"first_lag_{name}": str(span.first) for name, span in plan.cell_lags.items()}
    return kept if plan.high_pass is None else kept | {"high_pass": plan.high_pass.description}


def extra_arrays(plan: Plan) -> Layout:
    """Return the arrays that a plan's switches add to the moments, with their dimensions."""
    found: Layout = {
        f"{name}_pairs": (("pair_sum", 14), ("block", N_BLOCKS), (f"lag_{name}", span.size))
        for name, span in plan.cell_lags.items()
    }
    wind, wind_ = ("wind", 3), ("wind_", 3)
    for a, b in plan.error_pairs:
        reach = pair_reach(plan.lags[a], plan.lags[b], plan.max_lag)
        found[f"{a}_{b}_correlation"] = ((f"lag_{a}_{b}", 2 * reach + 1),)
        found[f"{a}_{b}_far"] = (wind, wind_)
    if plan.high_pass is not None:
        lag = ("lag", plan.max_lag + 1)
        found["filtered_wind_sums"] = (("filtered_wind_sum", high_pass.WIND_SUMS),)
        found["filtered_wind_correlation"] = (wind, wind_, lag)
        for s in plan.scalars:
            size = plan.lags[s].size
            found[f"{s}_filtered_sums"] = (("filtered_scalar_sum", high_pass.SCALAR_SUMS),)
            found[f"{s}_filtered_pairs"] = (("filtered_pair_sum", high_pass.PAIR_SUMS), (f"lag_{s}", size))
            found[f"{s}_filtered_correlation"] = (lag,)
            found[f"{s}_filtered_wind_correlation"] = (wind, (f"wide_lag_{s}", size + 2 * plan.max_lag))
    if plan.condense.prewhitening:
        found["prewhitened_lag"] = (("scalar", len(plan.scalars)), ("lag_estimate", 3))
    if plan.condense.partition:
        found["quadrant_sums"] = (("quadrant", len(kernels.quadrants.NAMES)),)
    if plan.condense.wavelet != "none":
        minute = ("minute", round(plan.seconds / STEP))
        found["wavelet_covariance"] = (minute, ("channel", len(channels(plan))))
    return found


def condense_series(samples: Mapping[str, Array], record: Record, plan: Plan) -> Record:
    """Condense what the plan's switches ask for.

    Parameters
    ----------
    samples : mapping of (N,) arrays
        Conditioned samples of one period, NaN where missing. [SI]
    record : dict
        Its plain moments.
    plan : Plan

    Returns
    -------
    dict
        Arrays of `extra_arrays`.
    """
    found: Record = {}
    if plan.high_pass is not None:
        found |= _filtered(samples, plan)
    if plan.condense.prewhitening:
        found["prewhitened_lag"] = _prewhitened(samples, record, plan)
    if plan.condense.partition or plan.condense.wavelet != "none":
        aligned = _aligned(samples, record, plan)
        if plan.condense.partition:
            found["quadrant_sums"] = kernels.quadrants.sums(
                aligned.wind[2],
                aligned.ratios["h2o"],
                aligned.ratios["co2"],
                plan.condense.partition_threshold,
            )
        if plan.condense.wavelet != "none":
            found["wavelet_covariance"] = _wavelet(aligned, plan)
    return found


def _prewhitened(samples: Mapping[str, Array], record: Record, plan: Plan) -> Array:
    """Lag and interval of each scalar, (scalar, 3), with w of this period's own double rotation."""
    wind = np.asarray(record["wind_mean"], dtype=np.float64)[None]
    turn = double_rotation(wind, np.zeros(1, "datetime64[ns]"), np.zeros((1, 3, 3))).matrix[0, 2]
    found = prewhitening.bootstrapped_lags(
        turn[0] * samples["u"] + turn[1] * samples["v"] + turn[2] * samples["w"],
        samples["t_sonic"],
        {gas: samples[gas] for gas in plan.gases},
        {gas: (window.first, window.last) for gas, window in plan.searches.items()},
        rate=plan.rate,
    )
    return np.array([found.get(name, prewhitening.NO_LAG) for name in plan.scalars])


def _filtered(samples: Mapping[str, Array], plan: Plan) -> Record:
    assert plan.high_pass is not None
    wind = np.stack([samples[k] for k in ("u", "v", "w")])
    wind = np.where(np.isnan(wind).any(axis=0), np.nan, wind)
    return high_pass.filtered_sums(
        wind - _mean(wind),
        {s: samples[s] - _mean(samples[s]) for s in plan.scalars},
        {s: (plan.lags[s].first, plan.lags[s].last) for s in plan.scalars},
        plan.high_pass,
        max_lag=plan.max_lag,
        products=lagged_products,
    )


def _mean(x: Array) -> Array:
    """Mean along the last axis of what is there, NaN where nothing is, axis kept."""
    there = ~np.isnan(x)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(there, x, 0.0).sum(axis=-1, keepdims=True) / there.sum(-1, keepdims=True))


def _aligned(samples: Mapping[str, Array], record: Record, plan: Plan) -> Aligned:
    gases = {
        gas: AlignedGas(
            plan.gas[gas].conditioned,
            not plan.gas[gas].analyser.closed,
            plan.windows[gas],
            plan.lags[gas].first,
        )
        for gas in plan.gases
    }
    measured = _mean(samples["p_air"])[0] if "p_air" in samples else np.nan
    pressure = float(measured) if np.isfinite(measured) else pressure_at(plan.station.altitude)
    pairs = {gas: np.asarray(record[f"{gas}_pairs"], dtype=np.float64) for gas in gases}
    return align_series(samples, pairs, gases, pressure=pressure)


def _wavelet(aligned: Aligned, plan: Plan) -> npt.NDArray[np.float32]:
    """Covariances with w by the minute; NaN for a series without samples."""
    series = {"u": aligned.wind[0], "t_air": aligned.temperature} | aligned.ratios
    rows = np.full((1 + len(series), plan.slots), np.nan)
    for row, x in zip(rows, (aligned.wind[2], *(series[c] for c in channels(plan))), strict=True):
        row[: x.size] = x  # a file that ends early makes a shorter period in the reference's way
        row[:] = wavelet.fill_gaps(row)
    longest = plan.condense.wavelet_longest or plan.seconds
    found = wavelet.covariances(rows, rate=plan.rate, steps=round(plan.seconds / STEP), longest=longest)
    return found.T.astype(np.float32)
