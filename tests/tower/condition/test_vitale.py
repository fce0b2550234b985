"""Each statistic answers its own fault, and none the units; evidence is combined as published."""

import numpy as np
import pytest

from fluxkit.kernels import vitale as kernel
from fluxkit.tower.condition import vitale
from fluxkit.tower.condition.vitale import BITS, STATISTICS, EvidenceLimits

RATE, N = 10.0, 18000


@pytest.fixture(scope="module")
def series() -> tuple[np.ndarray, np.ndarray]:
    """Vertical wind and a scalar with correlation 0.6, integral scales 1 s."""
    rng = np.random.default_rng(4)
    a = np.exp(-1.0 / RATE)
    noise = rng.standard_normal((2, N)) * np.sqrt(1 - a * a)
    w, x = np.zeros(N), np.zeros(N)
    for i in range(1, N):
        w[i] = a * w[i - 1] + noise[0, i]
        x[i] = a * x[i - 1] + 0.6 * noise[0, i] + 0.8 * noise[1, i]
    return w, x


def measured(w: np.ndarray, x: np.ndarray, **more) -> dict[str, float]:
    row = vitale.flux_statistics(
        w, x, vitale.of_series(w), vitale.of_series(x), **({"slots": N, "rate": RATE} | more)
    )
    return dict(zip(STATISTICS, row, strict=True))


def evidence_of(found: dict[str, float], turbulence: float = 0.1) -> tuple[set[str], set[str]]:
    arrays = {k: np.array([v]) for k, v in found.items()}
    flags = vitale.evidence(
        arrays, EvidenceLimits(), turbulence=np.array([turbulence]), implausible=np.array([False])
    )
    severe, moderate = ({b for i, b in enumerate(BITS) if int(flag[0]) >> i & 1} for flag in flags)
    return severe, moderate


def test_sound_samples_leave_no_evidence(series):
    assert evidence_of(measured(*series)) == (set(), set())


def test_units_and_zeros_do_not_matter(series):
    w, x = series
    one, other = measured(w, x), measured(w + 3.0, 1e-6 * x + 0.016)
    np.testing.assert_allclose(list(other.values()), list(one.values()), rtol=1e-6)


def test_longest_gap_of_any_scalar(series):
    """Read from a misspelt place, the gap of one gas was once never seen."""
    w, x = series
    x = x.copy()
    x[3000:5000] = np.nan
    found = measured(w, x)
    assert found["LGD"] == 200.0
    assert found["FMR"] == pytest.approx(2000 / N)
    severe, moderate = evidence_of(found)
    assert severe == {"longest_gap"}
    assert moderate >= {"longest_gap", "missing_share"}


def test_a_file_that_ends_early_is_a_gap(series):
    w, x = series
    assert measured(w[:-1000], x[:-1000])["LGD"] == 100.0


def test_repeated_values(series):
    w, x = series
    x = np.repeat(x[::20], 20)
    found = measured(w, x)
    assert found["LSR"] < 0.99
    assert "low_resolution" in evidence_of(found)[0]
    assert vitale.low_resolution(w, series[1]) == 1.0


def test_a_stuck_channel(series):
    w, x = series
    x = x.copy()
    x[2000:6000] = 0.2
    assert "repeated_values" in evidence_of(measured(w, x))[0]


def test_spikes_are_outlying_values_and_differences(series):
    w, x = series
    x = x.copy()
    x[::60] += 20.0
    severe, _ = evidence_of(measured(w, x))
    assert {"outlying_values", "outlying_differences", "autocorrelation"} <= severe


def test_a_few_large_jumps_have_kurtosis(series):
    w, x = series
    x = x + np.where(np.arange(N) > 9000, 40.0, 0.0)
    assert "kurtosis_of_differences" in evidence_of(measured(w, x))[0]


def test_flux_that_comes_in_one_burst(series):
    w, x = series
    x = x.copy()
    x[:3000] += 6.0 * w[:3000]
    found = measured(w, x)
    assert found["M98"] > 3.0
    assert measured(*series)["M98"] < 2.0


def test_nonstationarity_ratio_by_hand():
    blocks = np.array([1.0, 3.0])
    parts = np.array([0.0, 2.0, 2.0, 4.0])  # each block: deviations of 1, two parts
    # within: sqrt(2 / 1) / sqrt(2) = 1; between: sqrt(2)
    assert vitale.nonstationarity_mahrt_1998(blocks, parts) == pytest.approx(np.sqrt(2.0))


def test_the_ratio_follows_the_expected_lag(series):
    w, x = series
    late = x.copy()
    late[:3000] += 6.0 * w[:3000]
    late = np.roll(late, 60)
    assert measured(w, late, lag=60)["M98"] > 3.0
    assert measured(w, late)["M98"] < 2.0


def test_constant_or_missing_channel(series):
    w, _ = series
    for x in (np.full(N, 2.0), np.full(N, np.nan)):
        found = measured(w, x)
        assert np.isnan([found[k] for k in STATISTICS[2:]]).all()


def test_turbulence_is_evidence(series):
    found = measured(*series)
    assert evidence_of(found, 0.5) == (set(), {"undeveloped_turbulence"})
    assert evidence_of(found, 1.5)[0] == {"undeveloped_turbulence"}


def test_combination():
    severe = np.array([0.0, 0.0, 0.0, 0.0, 4.0])
    moderate = np.array([0.0, 0.0, 2.0, 2.0, 4.0])
    outlier = np.array([False, True, False, True, False])
    np.testing.assert_array_equal(vitale.combine(severe, moderate, outlier), [0, 0, 1, 2, 2])


@pytest.mark.parametrize("n", [2, 9, 10, 301, 400])
def test_qn_is_the_order_statistic(n):
    x = np.random.default_rng(n).standard_normal(n)
    distances = np.sort(np.abs(x[:, None] - x)[np.triu_indices(n, 1)])
    h = n // 2 + 1
    small = {2: 0.399, 9: 0.872}.get(n, n / (n + 1.4) if n % 2 else n / (n + 3.8))
    expected = 2.2219 * small * distances[h * (h - 1) // 2 - 1]
    assert kernel.qn(x) == pytest.approx(expected, rel=1e-6)


def test_qn_of_a_normal():
    x = 3.0 * np.random.default_rng(0).standard_normal(40000)
    assert kernel.qn(x) == pytest.approx(3.0, rel=0.02)
    x[:4000] = 1e6
    assert kernel.qn(x) < 4.0
    assert kernel.qn(np.zeros(10)) == 0.0
