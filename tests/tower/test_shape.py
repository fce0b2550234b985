"""Skewness and kurtosis against scipy, after any rotation."""

import numpy as np
from scipy import stats

from fluxkit.tower.period_moments import Lags, condense_period
from fluxkit.tower.rotations.rotation import double_rotation
from fluxkit.tower.shape import skewness_and_kurtosis


def test_rotated_shapes_are_those_of_rotated_samples():
    rng = np.random.default_rng(0)
    skewed = rng.gamma(2.0, 1.0, (3, 3000))
    mix = np.array([[1.0, 0.2, 0.0], [0.3, 1.0, -0.4], [0.1, 0.0, 0.5]])
    u = mix @ skewed
    u[1, 100:130] = np.nan
    data = dict(zip("uvw", u, strict=True)) | {"t_sonic": rng.exponential(1.0, 3000)}
    record = condense_period(
        data, rate=10.0, scalars=("t_sonic",), lags={"t_sonic": Lags(0, 0)}, max_lag=5, bins=5
    )
    m = {name: np.asarray(x)[None] for name, x in record.items()}
    matrix = double_rotation(m["wind_mean"], np.empty(0), np.empty(0)).matrix
    out = skewness_and_kurtosis(m, ("t_sonic",), matrix)
    rotated = matrix[0] @ u[:, ~np.isnan(u).any(axis=0)]
    for name, x in {"U": rotated[0], "V": rotated[1], "W": rotated[2], "T_SONIC": data["t_sonic"]}.items():
        np.testing.assert_allclose(out[f"{name}_SKW"], stats.skew(x), rtol=1e-10)
        np.testing.assert_allclose(out[f"{name}_KUR"], stats.kurtosis(x, fisher=False), rtol=1e-10)


def test_no_samples_no_shape():
    data = {name: np.full(600, np.nan) for name in ("u", "v", "w", "t_sonic")}
    record = condense_period(
        data, rate=10.0, scalars=("t_sonic",), lags={"t_sonic": Lags(0, 0)}, max_lag=5, bins=5
    )
    out = skewness_and_kurtosis(
        {name: np.asarray(x)[None] for name, x in record.items()}, ("t_sonic",), np.eye(3)[None]
    )
    assert np.isnan(list(out.values())).all()
