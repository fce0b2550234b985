"""Noise found in turbulence with planted noise."""

import numpy as np
import pytest

from fluxkit.synthetic.turbulence import PlantedScalar, surrogate
from fluxkit.tower.uncertainty.noise import noise_lenschow_2000


def autocovariance(x: np.ndarray, H: int = 10) -> np.ndarray:
    x = x - x.mean()
    return np.array([np.mean(x[: x.size - h] * x[h:]) for h in range(H + 1)])[None]


@pytest.fixture(scope="module")
def gas() -> np.ndarray:
    made = surrogate(
        36000, 10.0, ustar=0.3, scalars={"x": PlantedScalar(0.5, 0.1)}, height=3.0, wind_speed=3.0,
        quadrature="random", seed=3,
    )  # fmt: skip
    return np.asarray(made.data["x"])


@pytest.mark.parametrize(("sigma", "within"), [(0.5, 0.02), (0.2, 0.10)])
def test_planted_noise(gas: np.ndarray, sigma: float, within: float) -> None:
    """On a signal of 0.5; the 2/3 law is not yet reached at the first lags, which costs 8 % at 0.2."""
    noisy = gas + sigma * np.random.default_rng(0).standard_normal(gas.size)
    assert noise_lenschow_2000(autocovariance(noisy))[0] == pytest.approx(sigma, rel=within)


def test_clean_turbulence_has_none_but_a_straight_line_sees_some(gas: np.ndarray) -> None:
    assert noise_lenschow_2000(autocovariance(gas))[0] == 0.0
    assert noise_lenschow_2000(autocovariance(gas), power=1.0)[0] > 0.05


def test_an_exact_power_law() -> None:
    h = np.arange(11.0)
    c = 4.0 - 0.1 * h ** (2.0 / 3.0) + 0.09 * (h == 0)
    np.testing.assert_allclose(noise_lenschow_2000(np.stack([c, 1e-12 * c])), [0.3, 0.3e-6])
    assert np.isnan(noise_lenschow_2000(c[None] * np.nan)[0])
