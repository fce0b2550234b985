"""What fillers are worth: the same artificial gaps for each of them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.ecosystem.filling.artificial import Block, gaps_of, hidden
from fluxkit.ecosystem.filling.gaps import drivers_of
from fluxkit.ecosystem.filling.registry import Array, Filled, FillingError, predicted
from fluxkit.ecosystem.halfhours import HalfHours

#: Lengths of artificial gaps: single records, half days, days, and so on. [d]
LENGTHS = (0.0, 0.5, 1.0, 12.0, 30.0, 60.0)
#: Half width of the interval of 90 % of a normal distribution, for fillers that give a standard deviation
#: alone.
_NORMAL_90 = 1.6448536269514722


def skill(
    ds: xr.Dataset,
    name: str,
    *,
    methods: Sequence[str] = ("mds", "mds+boosting"),
    lengths: Sequence[float] = LENGTHS,
    scenarios: int = 5,
    share: float = 0.1,
    seed: int = 0,
    settings: dict[str, dict[str, Any]] | None = None,
) -> xr.Dataset:
    """Try fillers on artificial gaps.

    In each scenario gaps of one length hide a tenth of the records (one gap at least) where the series is
    measured; every filler sees the same series with the same gaps and is held to what was measured there.

    Parameters
    ----------
    ds : xr.Dataset
        Half hours.
    name : str
        The flux.
    methods : sequence of str
        Registered fillers, your own among them (:func:`fluxkit.ecosystem.register_filler`).
    lengths : sequence of float
        Of gaps [d]; 0 for single records.
    scenarios : int
        Of each length.
    share : float
        Of the records that is hidden at once.
    seed : int
    settings : dict, optional
        Keywords of a filler, by its name.

    Returns
    -------
    xr.Dataset
        Over ``filler`` and ``length`` [d]: ``rmse``, ``bias`` (mean error), ``sum_error`` (root mean
        square of the error of the sum over all of one scenario's hidden records, per hidden record) in
        the flux's units; ``mean_error`` of each scenario (``scenario``), and by it ``apart``, how much
        larger the size of a filler's error of the sum is than that of the first filler on the same gaps,
        with its standard error ``apart_se`` (scenarios of long gaps share records, so that it is a little
        too small); ``coverage`` of the intervals of 90 %, those of the filler or 1.645 of its
        standard deviation; ``filled``, the share of hidden values that it predicts, and ``n``, their
        number.

    Raises
    ------
    FillingError
        No such variable or filler, or nothing measured.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2020-06-01", "ns") + np.arange(60 * 48) * np.timedelta64(30, "m")
    >>> light = np.maximum(0.0, 800.0 * np.sin((np.arange(60 * 48) % 48 - 12) / 24 * np.pi))
    >>> noise = np.random.default_rng(1).normal(0.0, 1.0, time.size)
    >>> nee = 3.0 - 0.02 * light + noise
    >>> ds = xr.Dataset({"NEE": ("time", nee), "SW_IN": ("time", light)}, {"time": time})
    >>> shown = fk.ecosystem.skill(ds, "NEE", methods=["mds"], lengths=[1.0], scenarios=2)
    >>> bool(0.9 < shown.rmse.item() < 1.2)
    True
    """
    if name not in ds:
        raise FillingError(f"there is no series {name!r}; there are {', '.join(map(str, ds.data_vars))}")
    at = HalfHours.of(ds)
    values = np.array(ds[name].values, np.float64)
    if not np.isfinite(values).any():
        raise FillingError(f"nothing of {name} is measured")
    drivers = {method: drivers_of(ds, name, None, method) for method in methods}
    names = ("rmse", "bias", "sum_error", "coverage", "filled", "n")
    table = {key: np.full((len(methods), len(lengths)), np.nan) for key in names}
    means = np.full((len(methods), len(lengths), scenarios), np.nan)
    for column, days in enumerate(lengths):
        records = max(1, round(days * at.per_day))
        plans = [gaps_of(values, at, records, seed + scenario, share=share) for scenario in range(scenarios)]
        for row, method in enumerate(methods):
            how = (settings or {}).get(method, {})
            tried = partial(_predicted, method, drivers[method], at, how)
            errors = [
                _errors(tried(hidden(values, plan)), values, plan)
                for plan in plans if plan
            ]  # fmt: skip
            means[row, column, : len(errors)] = [
                one.error.mean() if one.error.size else np.nan for one in errors
            ]
            for key, number in _summary([found for found in errors if found.hidden]).items():
                table[key][row, column] = number
    table["apart"], table["apart_se"] = _apart(means)
    unit, none = {"units": ds[name].attrs.get("units", "")}, {"units": "1"}
    told = {
        key: (("filler", "length"), found, none if key in ("coverage", "filled", "n") else unit)
        for key, found in table.items()
    }
    return xr.Dataset(
        {**told, "mean_error": (("filler", "length", "scenario"), means, unit)},
        {"filler": list(methods), "length": ("length", np.asarray(lengths, np.float64), {"units": "d"})},
        {"variable": name, "scenarios": scenarios, "seed": seed},
    )


def _apart(means: Array) -> tuple[Array, Array]:
    """Return the mean difference of absolute errors to the first filler, and its standard error."""
    apart = np.abs(means) - np.abs(means[:1])
    known = np.isfinite(apart)
    n = known.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, apart, 0.0).sum(axis=2) / n
        square = np.where(known, (apart - mean[..., None]) ** 2, 0.0).sum(axis=2)
        return mean, np.sqrt(square / (n - 1.0) / n)


def _predicted(
    method: str, drivers: dict[str, Array], at: HalfHours, how: dict[str, Any], values: Array
) -> Filled:
    return predicted(method, values, drivers, at, **how)


class _Errors:
    """What one filler is off in one scenario."""

    def __init__(self, error: Array, inside: Array, hidden: int) -> None:
        self.error, self.inside, self.hidden = error, inside, hidden


def _errors(filled: Filled, values: Array, plan: list[Block]) -> _Errors:
    there = np.concatenate([np.arange(block.first, block.stop) for block in plan])
    there = there[np.isfinite(values[there])]
    error = filled.value[there] - values[there]
    if filled.intervals is not None:
        lower, upper = filled.intervals.lower[there], filled.intervals.upper[there]
    else:
        reach = _NORMAL_90 * filled.sd[there]
        lower, upper = filled.value[there] - reach, filled.value[there] + reach
    known = np.isfinite(error)
    inside = (values[there] >= lower) & (values[there] <= upper)
    return _Errors(error[known], inside[known & np.isfinite(lower)], there.size)


def _summary(errors: list[_Errors]) -> dict[str, float]:
    hidden_values = sum(one.hidden for one in errors)
    error = np.concatenate([one.error for one in errors]) if errors else np.empty(0)
    if error.size == 0:
        return {"filled": 0.0, "n": float(hidden_values)}
    inside = np.concatenate([one.inside for one in errors])
    means = np.array([one.error.mean() for one in errors if one.error.size])
    return {
        "rmse": float(np.sqrt(np.mean(error**2))),
        "bias": float(error.mean()),
        "sum_error": float(np.sqrt(np.mean(means**2))),
        "coverage": float(inside.mean()) if inside.size else np.nan,
        "filled": error.size / hidden_values,
        "n": float(hidden_values),
    }
