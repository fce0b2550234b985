"""Covariances at far lags against plain sums."""

import numpy as np
import pytest

from fluxkit.kernels.far import far_covariances


@pytest.mark.parametrize("step", [1, 7])
def test_against_plain_sums(step: int) -> None:
    rng = np.random.default_rng(1)
    u, x = rng.standard_normal((3, 3000)), rng.standard_normal(3000)
    found = far_covariances(u.astype(np.float32), x.astype(np.float32), 200, 242, step)
    later = [u[:, :-h] @ x[h:] / (3000 - h) for h in range(200, 243, step)]
    earlier = [u[:, h:] @ x[:-h] / (3000 - h) for h in range(200, 243, step)]
    np.testing.assert_allclose(found, np.array(earlier + later), atol=3e-7)


def test_a_known_delay_is_seen_at_its_lag_only() -> None:
    rng = np.random.default_rng(2)
    w = rng.standard_normal(20000).astype(np.float32)
    found = far_covariances(np.stack([w, 0 * w, -w]), np.roll(w, 150), 100, 200, 10)
    assert np.argmax(np.abs(found[:, 0])) == 11 + 5
    np.testing.assert_allclose(found[16], [1.0, 0.0, -1.0], atol=0.03)
    assert np.abs(np.delete(found[:, 0], 16)).max() < 0.03
