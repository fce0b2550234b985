"""Noise found in turbulence with planted noise."""

import numpy as np
import pytest

from fluxkit.physics import transfer
from fluxkit.synthetic.turbulence import PlantedScalar, surrogate
from fluxkit.tower.uncertainty.noise import Shapes, StructureShapes, inertial, noise_lenschow_2000


def autocovariance(x: np.ndarray, H: int = 10) -> np.ndarray:
    x = x - x.mean()
    return np.array([np.mean(x[: x.size - h] * x[h:]) for h in range(H + 1)])[None]


RATE, FINE, HEIGHT, U, PATH = 10.0, 100.0, 3.0, 3.5, 0.125


def behind(tau: float):
    return lambda f, U: transfer.first_order_response(f, tau) * transfer.line_average_scalar(f, PATH, U)


def seen(tau: float, seed: int, zeta: float = -0.2) -> np.ndarray:
    """Turbulence behind a slow sensor, sampled ten times slower than it was made, so that it is aliased."""
    made = surrogate(
        180_000, FINE, ustar=0.35, scalars={"x": PlantedScalar(1.0, 0.2)}, height=HEIGHT, wind_speed=U,
        zeta=zeta,
        quadrature="random", seed=seed,
    )  # fmt: skip
    x = np.asarray(made.data["x"])
    f = np.fft.rfftfreq(x.size, 1.0 / FINE)[1:]
    spectrum = np.fft.rfft(x)
    spectrum[1:] *= transfer.line_average_scalar(f, PATH, np.array(U)) / (1.0 + 2j * np.pi * f * tau)
    return np.fft.irfft(spectrum, x.size)[:: round(FINE / RATE)]


@pytest.mark.parametrize("tau", [0.02, 0.1])
@pytest.mark.parametrize("share", [0.05, 0.1, 0.2, 0.4, 0.5])
def test_planted_noise(tau: float, share: float) -> None:
    shapes = StructureShapes(behind(tau), rate=RATE, height=HEIGHT).at(np.array([U]))
    found = []
    for seed in range(4):
        x = seen(tau, seed)
        noise = share * x.std()
        noisy = x + noise * np.random.default_rng(50 + seed).standard_normal(x.size)
        found.append(noise_lenschow_2000(autocovariance(noisy), shapes)[0] / noise)
    assert 0.85 < np.mean(found) < 1.15
    assert 0.75 < min(found) < max(found) < 1.25


def test_the_bare_power_law_is_blind_behind_a_slow_sensor() -> None:
    x = seen(0.1, 0)
    noisy = x + 0.2 * x.std() * np.random.default_rng(0).standard_normal(x.size)
    assert noise_lenschow_2000(autocovariance(noisy))[0] == 0.0


def test_clean_turbulence_has_next_to_none() -> None:
    shapes = StructureShapes(behind(0.1), rate=RATE, height=HEIGHT).at(np.array([U]))
    x = seen(0.1, 1)
    assert noise_lenschow_2000(autocovariance(x), shapes)[0] < 0.03 * x.std()


def test_a_sensor_faster_than_described_shows_no_noise() -> None:
    """Seen by a perfect sensor (sampled as it was made), described as one of 0.1 s."""
    x = np.asarray(
        surrogate(
            18000, RATE, ustar=0.35, scalars={"x": PlantedScalar(1.0, 0.2)}, height=HEIGHT, wind_speed=U,
            zeta=-0.2,
            quadrature="random", seed=2,
        ).data["x"]
    )  # fmt: skip
    shapes = StructureShapes(behind(0.1), rate=RATE, height=HEIGHT).at(np.array([U]))
    assert noise_lenschow_2000(autocovariance(x), shapes)[0] < 0.03 * x.std()
    assert noise_lenschow_2000(autocovariance(x), Shapes(shapes.own))[0] > 0.15 * x.std()


def test_an_exact_power_law() -> None:
    h = np.arange(11.0)
    c = 4.0 - 0.1 * h ** (2.0 / 3.0) + 0.09 * (h == 0)
    np.testing.assert_allclose(noise_lenschow_2000(np.stack([c, 1e-12 * c])), [0.3, 0.3e-6])
    line = 4.0 - 0.1 * h + 0.09 * (h == 0)
    np.testing.assert_allclose(noise_lenschow_2000(line[None], Shapes(inertial(1.0))), 0.3)
    assert np.isnan(noise_lenschow_2000(c[None] * np.nan)[0])


def test_the_shape_that_fits_is_taken_period_by_period() -> None:
    h = np.arange(11.0)
    both = np.stack([4.0 - 0.1 * h**p + 0.09 * (h == 0) for p in (2.0 / 3.0, 1.0)])
    shapes = np.concatenate([inertial(), inertial(1.0)])
    np.testing.assert_allclose(noise_lenschow_2000(both, Shapes(shapes)), 0.3)
    np.testing.assert_allclose(noise_lenschow_2000(both, Shapes(np.stack([shapes, shapes[::-1]]))), 0.3)


def test_shapes_between_speeds_and_where_there_is_no_wind_known() -> None:
    shapes = StructureShapes(behind(0.1), rate=RATE, height=HEIGHT)
    found = shapes.at(np.array([2.0, 2.1, np.nan, 0.0, 90.0])).own
    assert np.isnan(found[2]).all()
    kept = np.delete(found, 2, axis=0)
    assert np.all(np.diff(kept, axis=-1) > 0)
    np.testing.assert_allclose(found[0], found[1], rtol=0.05)
