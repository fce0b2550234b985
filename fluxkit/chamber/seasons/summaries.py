"""Means of plots, treatments, days and campaigns, and the table for models of mixed effects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy import stats

from fluxkit.chamber.seasons.response import Array
from fluxkit.chamber.seasons.seasonal import campaigns

Texts = npt.NDArray[np.str_]

WEIGHTS = ("robust", "equal", "inverse-variance", "random-effects")
LEVEL = 0.95
#: Parts that are left out in turn for the error of a pseudo-median.
MOST_PARTS = 40
#: Values of which all pairs are made; of more each is paired with so many others.
MOST_PAIRED = 200


@dataclass(frozen=True)
class Mean:
    """A mean of fluxes and what is known about it; all in the unit of the fluxes."""

    n: int
    mean: float
    se: float  #: of the mean
    within: float  #: measurement: root of the mean squared standard error of one flux
    between: float  #: among fluxes beyond what measurement explains, standard deviation
    df: float  #: degrees of freedom behind the error of the mean

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Return limits of confidence of the mean, by Student's t."""
        if not np.isfinite(self.se) or not self.df > 0:
            return np.nan, np.nan
        reach = float(stats.t.ppf(0.5 + level / 2, self.df)) * self.se
        return self.mean - reach, self.mean + reach


def mean_of(flux: Array, se: Array | None = None, *, weights: str = "robust") -> Mean:
    """Average fluxes.

    Parameters
    ----------
    flux : ndarray, shape (n,)
        Missing ones are left out.
    se : ndarray, shape (n,), optional
        Standard errors of the single fluxes. Where some have one, fluxes without are left out: too few points
        tell nothing of how well they were measured.
    weights : {"robust", "equal", "random-effects", "inverse-variance"}
        The median of the means of all pairs, which a single broken closure hardly moves; the plain mean;
        1 / (se^2 + between^2); or 1 / se^2, which holds where all fluxes measure one and the same thing. The
        last two favour closures in which a line was fitted where others saw a curve: those are low, and sure
        of it. They are for errors that do not come from a choice among models.

    Returns
    -------
    Mean
        The error of a random-effects mean is at least that of scatter around it (Hartung and Knapp), so that
        few fluxes that happen to agree make no certainty.

    Raises
    ------
    ValueError
        Unknown weights.

    References
    ----------
    .. [1] DerSimonian & Laird, "Meta-analysis in clinical trials", Controlled Clinical Trials 7, 1986.
    .. [2] Hodges & Lehmann, "Estimates of location based on rank tests", Annals of Mathematical Statistics
       34, 1963.
    .. [3] Hartung & Knapp, "A refined method for the meta-analysis of controlled clinical trials with binary
       outcome", Statistics in Medicine 20, 2001.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> mean = fk.chamber.mean_of(np.array([1.0, 1.4, 1.2]), np.array([0.1, 0.1, 0.2]))
    >>> round(mean.mean, 2), round(mean.se, 2)
    (1.2, 0.12)
    """
    if weights not in WEIGHTS:
        raise ValueError(f"summaries: unknown weights {weights!r}; known: {', '.join(WEIGHTS)}")
    kept = np.isfinite(flux)
    if se is not None and (measured := _measured(se)).any():
        kept &= measured
    y = np.asarray(flux, np.float64)[kept]
    if y.size == 0:
        return Mean(0, np.nan, np.nan, np.nan, np.nan, 0.0)
    error = np.asarray(se, np.float64)[kept] if se is not None and _measured(se).any() else None
    within = float(np.sqrt(np.mean(error**2))) if error is not None else np.nan
    between = _between(y, error)
    if y.size == 1:
        return Mean(1, float(y[0]), within, within, np.nan, np.inf if np.isfinite(within) else 0.0)
    if weights == "robust":
        part = np.arange(y.size) % MOST_PARTS
        errors = jackknife(np.array([pseudo_median(y[part != k]) for k in np.unique(part)]))
        return Mean(y.size, pseudo_median(y), errors, within, between, y.size - 1)
    if weights == "equal" or error is None:
        return Mean(
            y.size, float(y.mean()), float(y.std(ddof=1) / np.sqrt(y.size)), within, between, y.size - 1
        )
    w = 1 / (error**2 + (between**2 if weights == "random-effects" else 0.0))
    mean = float(np.sum(w * y) / np.sum(w))
    formal = float(1 / np.sqrt(np.sum(w)))
    if weights == "inverse-variance":
        return Mean(y.size, mean, formal, within, between, np.inf)
    scatter = float(np.sqrt(np.sum(w * (y - mean) ** 2) / ((y.size - 1) * np.sum(w))))
    return Mean(y.size, mean, max(formal, scatter), within, between, y.size - 1)


def pseudo_median(y: Array) -> float:
    """Return the median of the means of all pairs, each value with itself too (Hodges and Lehmann)."""
    shifts = range(min(y.size // 2 + 1, MOST_PAIRED))
    pairs = [(y + np.roll(y, shift)) / 2 for shift in shifts]
    if y.size % 2 == 0 and y.size // 2 < MOST_PAIRED:
        pairs[-1] = pairs[-1][: y.size // 2]  # each pair of opposites once
    return float(np.median(np.concatenate(pairs)))


def jackknife(without: Array) -> float:
    """Return the standard error of a number from its values without each of n independent parts."""
    n = without.size
    return float(np.sqrt((n - 1) / n * np.sum((without - without.mean()) ** 2)))


def _measured(se: Array) -> npt.NDArray[np.bool_]:
    error = np.asarray(se, np.float64)
    return np.isfinite(error) & (error > 0)


def _between(y: Array, error: Array | None) -> float:
    """Return the standard deviation among fluxes that their errors do not explain."""
    if y.size < 2:
        return np.nan
    if error is None:
        return float(y.std(ddof=1))
    w = 1 / error**2
    mean = np.sum(w * y) / np.sum(w)
    excess = np.sum(w * (y - mean) ** 2) - (y.size - 1)
    return float(np.sqrt(max(0.0, excess / (np.sum(w) - np.sum(w**2) / np.sum(w)))))


def summarise(
    fluxes: xr.Dataset,
    by: Sequence[str] = ("treatment",),
    *,
    unit: str | None = "plot",
    weights: str = "robust",
    gap_days: float = 2.0,
) -> pd.DataFrame:
    """Average fluxes over groups of closures.

    Closures of one plot are no replicates: with a ``unit`` they are first averaged for each plot of a group;
    plots weigh equally, and the error of the mean is that of its plots.

    Where a curve was taken for some closures of a group and a line for others, noise made the choice, and the
    chosen fluxes are skewed. With "robust" weights the curvature of the group then counts for all of them:
    lines, which are precise, times the median ratio of curve to line.

    Parameters
    ----------
    fluxes : xr.Dataset
        Dimensions ``closure`` and ``gas``: ``flux``, ``flux_se``, and on ``closure`` the names in ``by``. A
        variable ``discarded`` (closure, gas) leaves out.
    by : sequence of str
        Names on ``closure``; "day" and "campaign" are made from the times of the closures.
    unit : str or None
        What is replicated; None averages closures directly.
    weights : str
        Of the closures of one plot (all closures without a ``unit``), as for `mean_of`.
    gap_days : float
        Longest pause within a campaign. [d]

    Returns
    -------
    pd.DataFrame
        One row for each gas and group: names of the group, ``n_plots``, ``n_closures``, ``mean``, ``se``,
        ``low`` and ``high`` (95 % limits), ``within``, ``between``, ``unit`` (of the fluxes).

    Raises
    ------
    KeyError
        The fluxes have no such name; the message has those they have.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> fluxes = xr.Dataset(
    ...     {
    ...         "flux": (("closure", "gas"), [[1.0], [1.2], [2.0], [2.4]]),
    ...         "flux_se": (("closure", "gas"), np.full((4, 1), 0.1)),
    ...         "start": ("closure", np.full(4, "2026-07-01T10", "M8[ns]")),
    ...         "plot": ("closure", ["a", "b", "c", "d"]),
    ...         "treatment": ("closure", ["dry", "dry", "wet", "wet"]),
    ...     },
    ...     {"closure": ["1", "2", "3", "4"], "gas": ["co2"]},
    ... )
    >>> fk.chamber.summarise(fluxes)[["gas", "treatment", "n_plots", "mean"]].round(2)
       gas treatment  n_plots  mean
    0  co2       dry        2   1.1
    1  co2       wet        2   2.2
    """
    table = model_table(fluxes, gap_days=gap_days)
    keys = [*by]
    for name in keys if unit is None else [*keys, unit]:
        if name not in table:
            raise KeyError(
                f"summaries: fluxes have no {name!r} to group by; they have {', '.join(map(str, table))}"
            )
    rows = [
        {"gas": gas} | dict(zip(keys, _tuple(group), strict=True)) | _row(part, unit, weights)
        for gas, of_gas in table.groupby("gas", sort=False)
        for group, part in (of_gas.groupby(keys, sort=True) if keys else [((), of_gas)])
    ]
    return pd.DataFrame(rows)


def _tuple(group: Any) -> tuple[Any, ...]:
    return group if isinstance(group, tuple) else (group,)


def _row(part: pd.DataFrame, unit: str | None, weights: str) -> dict[str, Any]:
    """Return the mean of one group."""
    good = part[np.isfinite(part["flux"])]
    if good["flux_se"].map(_is_error).any():
        good = good[good["flux_se"].map(_is_error)]
    if unit is None:
        mean = mean_of(_numbers(good, "flux"), _numbers(good, "flux_se"), weights=weights)
        within, plots = mean.within, np.nan
    else:
        mean = _of_plots(good, unit, weights)
        errors = _numbers(good, "flux_se")
        within = float(np.sqrt(np.mean(errors**2))) if errors.size else np.nan
        plots = good[unit].nunique()
    low, high = mean.interval()
    return {
        "n_plots": plots, "n_closures": len(good), "mean": mean.mean, "se": mean.se, "low": low, "high": high,
        "within": within, "between": mean.between, "unit": part["unit"].iloc[0] if len(part) else "",
    }  # fmt: skip


def _is_error(se: float) -> bool:
    return bool(np.isfinite(se) and se > 0)


def _of_plots(good: pd.DataFrame, unit: str, weights: str) -> Mean:
    """Return the mean of plots, its error by leaving out each of them."""
    parts = [one for _, one in good.groupby(unit, sort=True)]
    if len(parts) < 2:
        return mean_of(_numbers(good, "flux"), _numbers(good, "flux_se"), weights=weights)
    curved = weights == "robust" and _chosen_by_noise(good)

    name = "line" if curved else "flux"
    levels = np.array(
        [mean_of(_numbers(one, name), _numbers(one, "flux_se"), weights=weights).mean for one in parts]
    )
    if not curved:
        return mean_of(levels, weights="equal")
    ratios = [_numbers(part, "curve") / one for part, one in zip(parts, levels, strict=True)]
    found = levels.mean() * np.median(np.concatenate(ratios))
    without = np.array(
        [
            np.delete(levels, k).mean() * np.median(np.concatenate(ratios[:k] + ratios[k + 1 :]))
            for k in range(levels.size)
        ]
    )
    between = float((levels * found / levels.mean()).std(ddof=1))
    return Mean(levels.size, float(found), jackknife(without), np.nan, between, levels.size - 1)


def _chosen_by_noise(good: pd.DataFrame) -> bool:
    """Whether closures of a group were given lines and curves, and all have both."""
    if "line" not in good or not np.isfinite(good[["line", "curve"]].to_numpy()).all():
        return False
    return {"linear", "hm"} == set(good["model"])


def _numbers(table: pd.DataFrame, name: str) -> Array:
    return table[name].to_numpy(dtype=np.float64)


def model_table(fluxes: xr.Dataset, *, gap_days: float = 2.0) -> pd.DataFrame:
    """Return fluxes as the long table that programs for mixed models read: a row for each closure and gas.

    Parameters
    ----------
    fluxes : xr.Dataset
        As for `summarise`.
    gap_days : float
        Longest pause within a campaign. [d]

    Returns
    -------
    pd.DataFrame
        ``closure``, ``gas``, ``flux``, ``flux_se``, ``weight`` (1 / se^2, mean 1 for each gas), ``unit``,
        ``model`` with the fluxes of ``line`` and ``curve`` where both were fitted, every variable on
        ``closure`` alone, ``day`` (UTC), ``hour`` (UTC), ``campaign`` (numbered from 1).
        Discarded fluxes are left out; missing ones stay.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> fluxes = xr.Dataset(
    ...     {
    ...         "flux": (("closure", "gas"), [[1.0], [1.2]]), "flux_se": (("closure", "gas"), [[0.1], [0.1]]),
    ...         "start": ("closure", np.array(["2026-07-01T10", "2026-07-20T10"], "M8[ns]")),
    ...         "plot": ("closure", ["a", "b"]), "treatment": ("closure", ["dry", "wet"]),
    ...     },
    ...     {"closure": ["1", "2"], "gas": ["co2"]},
    ... )
    >>> fk.chamber.model_table(fluxes)[["closure", "gas", "flux", "treatment", "campaign"]]
      closure  gas  flux treatment  campaign
    0       1  co2   1.0       dry         1
    1       2  co2   1.2       wet         2
    """
    starts = fluxes["start"].to_numpy().astype("M8[ns]")
    columns: dict[str, npt.NDArray[Any]] = {
        str(name): variable.to_numpy()
        for name, variable in fluxes.variables.items()
        if variable.dims == ("closure",)
    }
    columns["day"] = starts.astype("M8[D]").astype(np.str_)
    columns["hour"] = (starts - starts.astype("M8[D]")) / np.timedelta64(1, "h")
    columns["campaign"] = campaigns(starts, gap_days=gap_days) + 1
    units = _units(fluxes)
    parts = []
    for gas in fluxes["gas"].to_numpy():
        one = fluxes.sel(gas=gas)
        error = one["flux_se"].to_numpy() if "flux_se" in one else np.full(starts.size, np.nan)
        with np.errstate(divide="ignore"):
            weight = np.where(error > 0, 1 / error**2, np.nan)
        scale = weight[np.isfinite(weight)].mean() if np.isfinite(weight).any() else 1.0
        frame = {"gas": str(gas), "flux": one["flux"].to_numpy(), "flux_se": error, "weight": weight / scale}
        df = pd.DataFrame(columns | frame | _fits(one) | {"unit": units.get(str(gas), "")})
        if "discarded" in one:
            df = df[~one["discarded"].to_numpy().astype(np.bool_)]
        parts.append(df)
    df = pd.concat(parts, ignore_index=True)
    first = [name for name in ("closure", "gas", "flux", "flux_se", "weight", "unit") if name in df]
    return df[[*first, *(name for name in df if name not in first)]]


def _fits(one: xr.Dataset) -> dict[str, npt.NDArray[Any]]:
    """Return the model chosen and the fluxes of line and curve, where a dataset has them."""
    if "fit_flux" not in one or not {"linear", "hm"} <= set(one["fit"].to_numpy().astype(str)):
        return {}
    fits = one["fit_flux"]
    return {
        "model": one["model"].to_numpy().astype(np.str_),
        "line": fits.sel(fit="linear").to_numpy(),
        "curve": fits.sel(fit="hm").to_numpy(),
    }


def _units(fluxes: xr.Dataset) -> Mapping[str, str]:
    """Return the unit of the flux of each gas."""
    gases = [str(gas) for gas in fluxes["gas"].to_numpy()]
    if "flux_units" in fluxes:
        return dict(zip(gases, fluxes["flux_units"].to_numpy().astype(str).tolist(), strict=True))
    return dict.fromkeys(gases, str(fluxes["flux"].attrs.get("units", "")))
