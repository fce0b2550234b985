"""One period to its moments, against numpy."""

import numpy as np
import pytest

from fluxkit.synthetic.turbulence import PlantedScalar, surrogate
from fluxkit.tower.period_moments import FarLags, Lags, condense_period, frequency_bins, lagged_products

LAGS = {"t_sonic": Lags(0, 0), "co2": Lags(-2, 5)}


def condense(data, bins=25):
    return condense_period(
        data, rate=10.0, scalars=("t_sonic", "co2"), lags=LAGS, max_lag=10, bins=bins
    )  # fmt: skip


def samples(n: int = 1800, missing: float = 0.0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    data = {
        k: m + rng.standard_normal(n) for k, m in (("u", 3.0), ("v", 1.0), ("w", 0.1), ("t_sonic", 293.0))
    }
    data["co2"] = 1e-4 * (160.0 + rng.standard_normal(n) + data["w"])
    data["t_air"] = data["t_sonic"] - 1.0
    for x in data.values():
        x[rng.random(n) < missing] = np.nan
    return data


@pytest.mark.parametrize(
    ("n", "rate", "bins"), [(18000, 10.0, 50), (18001, 10.0, 50), (600, 20.0, 7), (37, 1.0, 30)]
)
def test_bins_hold_every_frequency_once(n, rate, bins):
    edges, frequency = frequency_bins(n, rate, bins)
    assert edges[0] == 1  # without the mean
    assert edges[-1] == n // 2 + 1
    assert np.all(np.diff(edges) >= 0)
    natural = np.arange(n // 2 + 1) * rate / n
    for k in range(bins):
        inside = natural[edges[k] : edges[k + 1]]
        np.testing.assert_allclose(frequency[k], inside.mean() if inside.size else np.nan)


def test_parseval():
    """Sum over bins of density times width is the covariance of the tapered series."""
    t = surrogate(
        18000,
        10.0,
        ustar=0.4,
        scalars={"t_sonic": PlantedScalar(0.5, 0.1), "co2": PlantedScalar(1e-6, -2e-7)},
        seed=1,
    )
    data = t.data | {"t_air": t.data["t_sonic"]}
    record = condense(data, bins=50)
    edges, _ = frequency_bins(18000, 10.0, 50)
    width, taper = np.diff(edges) * 10.0 / 18000, 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(18000) / 18000)
    names = ("u", "v", "w", "t_sonic", "co2")
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i:]]
    for (a, b), density in zip(pairs, record["cospectra"], strict=True):
        total = np.nansum(density * width)
        x, y = taper * data[a], taper * data[b]
        expected = np.sum((x - x.mean()) * (y - y.mean())) / np.sum(taper**2)
        assert total == pytest.approx(expected, abs=1e-4 * data[a].std() * data[b].std())


def test_white_noise_has_a_flat_spectrum():
    data = samples(18000)
    record = condense(data)
    w = record["cospectra"][9]  # u.u u.v u.w u.t u.c v.v v.w v.t v.c w.w
    assert np.nanmean(w[15:]) == pytest.approx(data["w"].var() * 2 / 10.0, rel=0.03)


def test_plain_statistics():
    data = samples(missing=0.05)
    record = condense(data)
    for i, x in enumerate(data.values()):
        assert record["valid"][i] == np.isfinite(x).sum()
        np.testing.assert_allclose(record["mean"][i], np.nanmean(x))
        assert (record["minimum"][i], record["maximum"][i]) == (np.nanmin(x), np.nanmax(x))
        lower = np.nanquantile(x, [0.01, 0.25, 0.5, 0.75, 0.99], method="lower")
        np.testing.assert_allclose(record["quantiles"][i], lower)
    speed = np.sqrt(data["u"] ** 2 + data["v"] ** 2 + data["w"] ** 2)
    assert record["wind_speed_max"] == np.nanmax(speed)


def test_wind_counts_only_whole_samples():
    data = samples(missing=0.1)
    record = condense(data)
    whole = np.isfinite(data["u"] + data["v"] + data["w"])
    assert record["wind_sums"][:, 0].sum() == whole.sum()
    np.testing.assert_allclose(record["wind_mean"], [data[k][whole].mean() for k in ("u", "v", "w")])


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_correlation_functions(missing):
    data = samples(missing=missing)
    record = condense(data)
    whole = np.isfinite(data["u"] + data["v"] + data["w"])
    w = np.where(whole, data["w"], np.nan)
    w, x = w - np.nanmean(w), data["co2"] - np.nanmean(data["co2"])
    n = w.size
    for j, h in enumerate(range(-12, 16)):
        i = np.arange(max(0, -h), min(n, n - h))
        expected = np.nanmean(w[i] * x[i + h])
        np.testing.assert_allclose(record["co2_wind_correlation"][2, j], expected, rtol=1e-4, atol=1e-10)
    for h in range(11):
        np.testing.assert_allclose(
            record["co2_correlation"][h], np.nanmean(x[: n - h] * x[h:]), rtol=1e-4, atol=1e-13
        )
        np.testing.assert_allclose(
            record["wind_correlation"][2, 2, h], np.nanmean(w[: n - h] * w[h:]), rtol=1e-4, atol=1e-7
        )


@pytest.mark.parametrize(
    ("n", "reach"), [(50, 20), (50, 70), (1023, 20), (1024, 1), (2047, 20), (5000, 20), (4999, 130)]
)
def test_lagged_products_are_sums(n, reach):
    rng = np.random.default_rng(n)
    x = rng.standard_normal((2, n))
    got = lagged_products(x, [(0, 1), (1, 1)], reach)
    assert got.shape == (2, 2 * reach + 1)
    for j, h in enumerate(range(-reach, reach + 1)):
        i = np.arange(max(0, -h), min(n, n - h))
        np.testing.assert_allclose(got[:, j], [x[0, i] @ x[1, i + h], x[1, i] @ x[1, i + h]], atol=1e-9)


def test_a_lost_scalar_leaves_the_others():
    data = samples()
    data["co2"] = np.full(1800, np.nan)
    record = condense(data)
    assert record["co2_sums"][:, 0].sum() == 0
    np.testing.assert_array_equal(record["t_sonic_pairs"], condense(samples())["t_sonic_pairs"])
    assert np.isnan(record["mean"][4])


def test_far_products_turn_with_the_wind():
    """The quadratic form of a turned wind is that of the turned covariances; gaps cost no size."""
    data = samples(missing=0.05)
    far = FarLags(300, 400, 10)
    keep = {"rate": 10.0, "scalars": ("co2",), "lags": {"co2": Lags(0, 0)}, "max_lag": 5, "bins": 6}
    plain = condense_period(data, far=far, **keep)["co2_far"]
    c, s = np.cos(0.7), np.sin(0.7)
    turned = data | {"u": c * data["u"] + s * data["v"], "v": c * data["v"] - s * data["u"]}
    matrix = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    expected = matrix @ plain @ matrix.T
    np.testing.assert_allclose(condense_period(turned, far=far, **keep)["co2_far"], expected, rtol=1e-4)
    sigma = np.nanstd(data["co2"]) * np.nanstd(data["w"])
    assert np.sqrt(plain[2, 2]) == pytest.approx(sigma / np.sqrt(1800 - 350), rel=0.4)
    assert "co2_far" not in condense_period(data, far=FarLags(900, 1000, 10), **keep)
