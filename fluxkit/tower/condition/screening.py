"""Quality tests of a station's samples: measured when a period is condensed, judged when fluxes are decided.

The tests themselves are in ``fluxkit.tower.condition.vickers_mahrt``.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit import kernels
from fluxkit.physics.air import pressure_at
from fluxkit.tower.condition import conditioning, vickers_mahrt
from fluxkit.tower.condition.vickers_mahrt import STATISTICS, WIND_STATISTICS, Thresholds
from fluxkit.tower.plan import Plan

Array = npt.NDArray[np.float64]

WIND = ("u", "v", "w")
STEP = 100  #: by which windows of the discontinuity test move [samples]

#: A missing value where the tests see it as a number; of a gas in that program's units: [SI]
GAP = -9999.0
GAP_DENSITY, GAP_PER_MILLE, GAP_PPM = GAP * 1e-3, GAP * 1e-3, GAP * 1e-6


def signals(plan: Plan) -> tuple[str, ...]:
    """Return the variables that are tested: wind, sonic temperature, gases."""
    return (*WIND, *plan.scalars)


# ---- when a period is condensed ----


def measure_tests(samples: Mapping[str, Array], plan: Plan) -> dict[str, Array]:
    """Measure what the tests judge.

    Parameters
    ----------
    samples : mapping of (N,) arrays
        Despiked, before absolute limits, as in the files: u, v, w, the scalars. [SI]
    plan : Plan

    Returns
    -------
    dict of arrays
        "vickers_mahrt" (signal, statistic) and "vickers_mahrt_wind" (2,), see
        ``fluxkit.tower.condition.vickers_mahrt``; empty when no test is on.
    """
    tests = plan.condition.tests
    if not tests:
        return {}
    limited = {name: samples[name] for name in signals(plan)}
    for name in (*WIND, "t_sonic"):
        limited[name] = np.array(limited[name])
    beyond = conditioning.limit_sonic(limited, plan.sonic_limits)
    beyond["v"] = beyond.get("u", 0)
    table = np.full((len(limited), len(STATISTICS)), np.nan)
    tested = {name: _with_gaps(x, name, plan) for name, x in limited.items()}
    for i, (name, x) in enumerate(tested.items()):
        whole = limited[name] is samples[name]  # no limits were set to it
        found = _of_signal(x if whole else _with_gaps(samples[name], name, plan), x, plan)
        found["beyond_limits"] = _beyond(samples, name, beyond, plan)
        if name in plan.windows and "time-lag" in tests:
            found |= _lags(tested["w"], x, name, plan)
        table[i] = [found.get(key, np.nan) for key in STATISTICS]
    u, v, w = (tested[name] for name in WIND)
    angles = plan.condition.vickers_mahrt.attack_angle
    return {
        "vickers_mahrt": table,
        "vickers_mahrt_wind": vickers_mahrt.wind_statistics(u, v, w, angles=angles),
    }


def _of_signal(raw: Array, limited: Array, plan: Plan) -> dict[str, float]:
    tests, how = plan.condition.tests, plan.condition.vickers_mahrt
    conventions = plan.conventions
    found: dict[str, float] = {}
    if {"amplitude-resolution", "drop-outs"} & set(tests):
        found |= vickers_mahrt.amplitude_resolution(
            raw,
            window=plan.share_of_period(15),
            bins=how.bins,
            spread=how.spread,
            percentile=how.percentile,
            stay=2 if conventions.drop_out_stay == "two-samples" else max(2, round(how.stay * plan.rate)),
        )
    if "skewness-kurtosis" in tests:
        found |= vickers_mahrt.shape_about_line(limited)
    if "discontinuities" in tests:
        found |= vickers_mahrt.discontinuities(limited, window=plan.share_of_period(6), step=STEP)
    return found


def _with_gaps(x: Array, name: str, plan: Plan) -> Array:
    """Return the samples; what is missing is a number where the tests see it as one."""
    if not plan.conventions.test_gap_is_value or kernels.screen.valid(x) == x.size:
        return x
    number = GAP
    if name in plan.windows:
        density = plan.gas[name].given == "density"
        number = GAP_DENSITY if density else GAP_PER_MILLE if name == "h2o" else GAP_PPM
    return np.where(np.isnan(x), number, x)


def _lags(w: Array, x: Array, gas: str, plan: Plan) -> dict[str, float]:
    window = plan.windows[gas]
    first, last = window.first, window.last
    how = plan.conventions
    if not how.lag_test_of_automatic_windows and not plan.gas[gas].lag_given:
        first = last = 0  # as if windows were found after the test
    given = plan.condition.vickers_mahrt.default_lag
    nominal = 0.0 if how.lag_test_default == "zero" else window.nominal / plan.rate
    default = round(given.get(gas, nominal) * plan.rate)
    found = vickers_mahrt.lag_covariances(w, x, first=first, last=last, default=default)
    if how.lag_test_beyond_window == "zero" and not first <= default <= last:
        found["covariance_default"] = 0.0  # the search never comes by the default lag
    return found


def _beyond(samples: Mapping[str, Array], name: str, counts: Mapping[str, int], plan: Plan) -> float:
    """Samples beyond the absolute limits; a missing one that is seen as a number is."""
    x = samples[name]
    if name not in plan.windows:
        beyond = counts.get(name, 0)
    else:
        limits = plan.gas[name].limits
        if limits is None:
            return 0.0
        beyond = int(kernels.screen.beyond(x, _per_mole(samples, name, plan), *limits))
    if plan.conventions.test_gap_is_value:
        beyond += x.size - kernels.screen.valid(x)
    return float(beyond)


def _per_mole(samples: Mapping[str, Array], gas: str, plan: Plan) -> float:
    """What turns the samples of a gas into a fraction for the limits. [m3 mol-1] or [1]"""
    if plan.gas[gas].given != "density":
        return 1.0
    scale = plan.conventions.vapour_limit_scale if gas == "h2o" else 1.0
    if plan.conventions.test_molar_volume is not None:
        return plan.conventions.test_molar_volume * scale
    closed = plan.gas[gas].analyser.closed and plan.has_cell_state
    temperatures = ("t_cell",) if closed else ("t_air", "t_sonic")
    means = (_mean(samples[name]) for name in temperatures if name in samples)
    T = next((mean for mean in means if np.isfinite(mean)), np.nan)
    name = "p_cell" if closed else "p_air"
    P = _mean(samples[name]) if name in samples else np.nan
    P = P if np.isfinite(P) else pressure_at(plan.station.altitude)
    return float(plan.constants.R * T / P) * scale


def _mean(x: Array) -> float:
    return float(kernels.screen.mean_and_count(x)[0])


# ---- when fluxes are decided ----


def judge_tests(
    statistics: Mapping[str, npt.NDArray[Any]], means: Mapping[str, Array], plan: Plan
) -> dict[str, Array]:
    """Compare what was measured with the thresholds.

    Parameters
    ----------
    statistics : mapping
        "vickers_mahrt" (time, signal, statistic), "vickers_mahrt_wind" (time, 2), "spikes" and "valid"
        (time, variable) in the order of ``plan.variables``.
    means : mapping of (time,) arrays
        Variable -> mean. [SI]
    plan : Plan

    Returns
    -------
    dict of (time,) arrays
        <VARIABLE>_VM97_TEST, bits; VM97_AOA_HF, VM97_NSHW_HF, 0 or 1; NaN where not tested.
    """
    tests = [name.replace("-", "_") for name in plan.condition.tests]
    if not tests:
        return {}
    out: dict[str, Array] = {}
    table = np.asarray(statistics["vickers_mahrt"], dtype=np.float64)
    valid = np.asarray(statistics["valid"], dtype=np.float64)
    share = np.asarray(statistics["spikes"]) / np.where(valid > 0, valid, np.nan)
    for i, name in enumerate(signals(plan)):
        out[f"{name.upper()}_VM97_TEST"] = vickers_mahrt.flags(
            dict(zip(STATISTICS, table[:, i].T, strict=True)),
            share[:, plan.variables.index(name)],
            _thresholds(name, plan),
            tests=tests,
            per_mole=_mean_per_mole(name, means, plan),
            drop_outs_in_whole_numbers=plan.conventions.drop_outs_in_whole_numbers,
            falls_only=plan.conventions.discontinuities == "falls",
            signed_lags=plan.conventions.lag_test_signed,
        )
    limits = plan.decide.vickers_mahrt
    wind = dict(zip(WIND_STATISTICS, np.asarray(statistics["vickers_mahrt_wind"]).T, strict=True))
    for test, name, key, limit in (
        ("attack_angle", "VM97_AOA_HF", "steep", limits.steep),
        ("steadiness", "VM97_NSHW_HF", "unsteadiness", limits.unsteadiness),
    ):
        if test in tests:
            out[name] = np.where(np.isnan(wind[key]), np.nan, wind[key] >= limit)
    return out


def _thresholds(name: str, plan: Plan) -> Thresholds:
    limits = plan.decide.vickers_mahrt
    unit = 1.0 if name not in plan.windows else 1e-3 if name == "h2o" else 1e-6
    return Thresholds(
        spikes=limits.spikes,
        empty_bins=limits.empty_bins,
        stuck_central=limits.stuck_central,
        stuck_extreme=limits.stuck_extreme,
        skewness=(limits.skewness_hard, limits.skewness_soft),
        kurtosis=(limits.kurtosis_hard, limits.kurtosis_soft),
        step=(limits.step_hard.get(name, np.inf) * unit, limits.step_soft.get(name, np.inf) * unit),
        variance_step=(limits.variance_step_hard, limits.variance_step_soft),
        lag=(limits.lag_hard, limits.lag_soft),
    )


def _mean_per_mole(name: str, means: Mapping[str, Array], plan: Plan) -> Array | float:
    """What turns steps of a signal into the unit of its threshold: the molar volume, for densities."""
    if name not in plan.windows or plan.gas[name].given != "density":
        return 1.0
    if plan.conventions.test_molar_volume is not None:
        return plan.conventions.test_molar_volume
    closed = plan.gas[name].analyser.closed and plan.has_cell_state
    T = means["t_cell"] if closed else means.get("t_air", means["t_sonic"])
    T = np.where(np.isnan(T), means["t_sonic"], T)
    P = means.get("p_cell" if closed else "p_air", np.full(T.shape, np.nan))
    return np.asarray(plan.constants.R * T / np.where(np.isnan(P), pressure_at(plan.station.altitude), P))
