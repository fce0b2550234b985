"""Gradient boosting: predictions from drivers, their course, the season, and the passing of time."""

from collections.abc import Sequence

import numpy as np

from fluxkit.ecosystem.filling.artificial import days_of_gap
from fluxkit.ecosystem.filling.calibration import FOLDS, Skill, calibrate
from fluxkit.ecosystem.filling.drivers import without_gaps
from fluxkit.ecosystem.filling.features import features
from fluxkit.ecosystem.filling.registry import Array, Filled, FillingError, register_filler
from fluxkit.ecosystem.halfhours import HalfHours

#: Number of this model in `_METHOD`; MDS has 1 to 3.
BOOSTING = 4
#: Measured records below which nothing is learnt.
FEWEST = 200
#: Trees, their leaves at most, and how far each step goes.
ITERATIONS, LEAVES, RATE = 35, 20, 0.17
#: Classes of a driver between which trees divide: more cost time and tell no more.
BINS = 63
#: Gaps up to which a prediction has quality 1, and 2. [d]
_GOOD_D, _FAIR_D = 5.0, 20.0


def learn(
    values: Array,
    drivers: dict[str, Array],
    at: HalfHours,
    *,
    folds: int = FOLDS,
    iterations: int = ITERATIONS,
    seed: int = 0,
    others: Sequence[Array] = (),
) -> Skill:
    """Try boosting on artificial gaps with the lengths and hours of the series' own."""
    table = table_of(drivers, at)
    return calibrate(
        lambda series: learn_and_predict(table, series, iterations),
        values,
        at,
        folds=folds,
        seed=seed,
        others=others,
    )


@register_filler("boosting", learn=learn)
def fill_boosting(
    values: Array,
    drivers: dict[str, Array],
    at: HalfHours,
    *,
    skill: Skill | None = None,
    folds: int = FOLDS,
    refuse: bool = True,
    iterations: int = ITERATIONS,
    seed: int = 0,
) -> Filled:
    """Fill by gradient boosting of regression trees.

    Trees learn the mean of the flux (squared error) from the drivers, the mean of radiation over 3 h and
    of temperature over 6 h, rain of the last week and month where there is some, the hour, the season on
    a circle, and the time since the begin. The model is tried on artificial gaps with the lengths and
    hours of the series' own; intervals and the longest gap that it may fill are from there.

    Parameters
    ----------
    values : (n,) array
        Of any flux, NaN where missing.
    drivers : dict of (n,) arrays
        By name, any number; gaps of ``SW_IN``, ``TA`` and ``VPD`` are filled first, those of others are
        left to the trees.
    at : HalfHours
    skill : Skill, optional
        What artificial gaps have shown before, as for other u* scenarios of the same series; tried anew
        unless given.
    folds : int
        How often it is tried at most; 0 for no intervals and no refusal.
    refuse : bool
        Leave gaps open that are longer than what the model has shown skill for.
    iterations : int
        Trees.
    seed : int
        Of artificial gaps.

    Returns
    -------
    Filled
        Method 4; the window is the whole series. Quality 1 for gaps of up to 5 days, 2 of up to 20, 3 for
        longer ones. The same numbers whatever the number of threads.

    Raises
    ------
    FillingError
        There are no drivers.

    References
    ----------
    .. [1] Friedman, Ann. Stat. 29, 1189-1232, 2001, algorithm 2; as scikit-learn's histogram gradient
       boosting has it.
    .. [2] Kim et al., Glob. Change Biol. 26, 1499-1518, 2020: machine learning for gaps of methane.
    .. [3] Zhu et al., Agric. For. Meteorol. 314, 108777, 2022: long gaps of NEE.
    """
    n = values.size
    known = int(np.isfinite(values).sum())
    if not learnable(np.zeros(FEWEST), drivers):
        raise FillingError("gradient boosting needs one driver at least; method='mds' does without")
    if not learnable(values, drivers):
        return _nothing(n, f"{known} records are measured, gradient boosting needs {FEWEST}")
    predicted = learn_and_predict(table_of(drivers, at), values, iterations)
    if skill is None and folds:
        skill = learn(values, drivers, at, folds=folds, iterations=iterations, seed=seed)
    missing = np.isnan(values)
    days = days_of_gap(values, at)
    why = ""
    intervals = None
    sd = np.full(n, float(np.std((values - predicted)[~missing])))
    if skill is not None:
        if skill.blocks.any():
            intervals = skill.intervals(predicted, values, at)
            sd = skill.usual_error(predicted)
        if refuse and folds:
            refused = days > skill.longest
            predicted = np.where(refused, np.nan, predicted)
            why = too_long_for(skill, "gradient boosting")
    whole = np.ones(n, np.int64)
    return Filled(
        value=predicted,
        quality=np.select([days <= _GOOD_D, days <= _FAIR_D], [whole, 2 * whole], 3),
        method=np.where(np.isfinite(predicted), BOOSTING, 0),
        window=np.full(n, n / at.per_day),
        n=whole * known,
        sd=sd,
        open_because=why,
        intervals=intervals,
    )


def learnable(values: Array, drivers: dict[str, Array]) -> bool:
    """Tell whether there is something to learn from."""
    return np.isfinite(values).sum() >= FEWEST and any(
        np.isfinite(driver).any() for driver in drivers.values()
    )


def table_of(drivers: dict[str, Array], at: HalfHours) -> Array:
    """Return what the trees see of each record."""
    return features(without_gaps(drivers, at), at)[0]


def learn_and_predict(table: Array, values: Array, iterations: int) -> Array:
    """Learn from where there are values, and predict all records."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    there = np.isfinite(values)
    table = table[:, np.isfinite(table[there]).any(axis=0)]  # a driver that was never measured tells nothing
    model = HistGradientBoostingRegressor(
        learning_rate=RATE,
        max_iter=iterations,
        max_leaf_nodes=LEAVES,
        max_bins=BINS,
        min_samples_leaf=40,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=0,
    )
    with threadpool_limits(1, user_api="openmp"):  # sums in another order would have other last digits
        return np.asarray(model.fit(table[there], values[there]).predict(table), np.float64)


def too_long_for(skill: Skill, filler: str) -> str:
    """Say why longer gaps stay open than artificial gaps had skill for."""
    shown = f"of up to {skill.longest:.3g} days alone" if skill.longest else "of no length"
    return (
        f"{filler} was better than the mean course of the day in artificial gaps {shown}; "
        "more years, or refuse=False, would fill them"
    )


def _nothing(n: int, why: str) -> Filled:
    missing, zero = np.full(n, np.nan), np.zeros(n, np.int64)
    return Filled(missing, zero, zero, missing, zero, missing, open_because=why)
