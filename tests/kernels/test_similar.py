"""Similar conditions against a search that is written down as the method is told."""

import numpy as np
import pytest

from fluxkit.kernels.similar import similar_conditions

PER_DAY = 8
TOLERANCES = np.array([20.0, 50.0, 5.0, 2.5])
STEPS = np.array([[1, 2], [1, 4], [2, 2], [3, 0], [3, 1], [1, 6], [2, 4], [3, 3], [3, 5]])


def made(seed, n=20 * PER_DAY):
    rng = np.random.default_rng(seed)
    light = np.maximum(0.0, 400.0 * np.sin(2 * np.pi * np.arange(n) / PER_DAY)) * rng.uniform(0.3, 1.0, n)
    drivers = np.stack([light, rng.uniform(0.0, 20.0, n), rng.normal(10.0, 5.0, n)])
    values = 3.0 - 0.02 * light + rng.normal(size=n)
    values[rng.random(n) < 0.5] = np.nan
    values[60:100] = np.nan
    drivers[:, rng.random(n) < 0.2] = np.nan
    drivers[1, rng.random(n) < 0.2] = np.nan
    return values, drivers


def told(values, drivers, i, short, reach, day, dark, itself):
    """One record, window by window."""
    n = values.size
    limit = np.array([max(min(50.0, drivers[0, i]), 20.0), 5.0, 2.5])
    for kind, days in STEPS:
        among = np.zeros(n, bool)
        if kind == 3:
            for d in range(-days, days + 1):
                center = i + d * PER_DAY
                among[max(center - reach, 0) : max(center + reach + 1, 0)] = True
        else:
            span = days * PER_DAY - short
            among[max(i - span, 0) : i + span + 1] = True
            if drivers[0, i] < dark:
                among &= drivers[0] < dark
            for driver in range(3 if kind == 1 else 1):
                with np.errstate(invalid="ignore"):
                    among &= np.abs(drivers[driver] - drivers[driver, i]) < limit[driver]
        among &= ~np.isnan(values)
        if not itself:
            among[i] = False
        x = values[among]
        if x.size >= 2:
            mean = x.mean()
            less = drivers[0][among] <= drivers[0, i]
            if kind < 3 and drivers[0, i] >= day and less.any() and not less.all():
                mean = 0.5 * (x[less].mean() + x[~less].mean())
            return mean, x.std(ddof=1), x.size, kind, days
    return np.nan, np.nan, 0, 0, 0


@pytest.mark.parametrize(("short", "reach", "day", "dark"), [(0, 2, np.inf, -np.inf), (1, 1, 10.0, 10.0)])
@pytest.mark.parametrize("itself", [True, False])
def test_as_told(short, reach, day, dark, itself):
    values, drivers = made(short)
    n = values.size
    numbers, counts = np.empty((2, n)), np.empty((3, n), np.int64)
    similar_conditions(
        values,
        *drivers,
        np.ones(n, bool),
        PER_DAY,
        STEPS,
        short,
        reach,
        TOLERANCES,
        day,
        dark,
        itself,
        numbers,
        counts,
    )
    expected = np.array([told(values, drivers, i, short, reach, day, dark, itself) for i in range(n)]).T
    np.testing.assert_allclose(numbers, expected[:2], rtol=1e-12)
    np.testing.assert_array_equal(counts, expected[2:])
    assert set(np.unique(counts[1])) >= {1, 2, 3}


def test_only_what_is_wanted():
    values, drivers = made(3)
    wanted = np.zeros(values.size, bool)
    wanted[70] = True
    numbers, counts = np.empty((2, values.size)), np.empty((3, values.size), np.int64)
    similar_conditions(
        values, *drivers, wanted, PER_DAY, STEPS, 0, 2, TOLERANCES, np.inf, -np.inf, True, numbers, counts
    )
    assert np.flatnonzero(np.isfinite(numbers[0])).tolist() == [70]
    similar_conditions(
        np.full_like(values, np.nan), *drivers, ~wanted, PER_DAY, STEPS, 0, 2, TOLERANCES, np.inf, -np.inf,
        True, numbers, counts,
    )  # fmt: skip
    assert np.isnan(numbers).all()
    assert not counts.any()
