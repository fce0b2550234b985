"""Tilt correction: angles, and what no rotation may change."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxkit.synthetic import defects
from fluxkit.tower.rotation import ROTATIONS, double_rotation, no_rotation

speeds = st.floats(-20, 20)


@given(wind=st.tuples(speeds, speeds, speeds))
def test_mean_wind_comes_to_lie_along_u(wind):
    _, matrix = double_rotation(np.array([wind]))
    np.testing.assert_allclose(matrix[0] @ wind, [np.linalg.norm(wind), 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(matrix[0] @ matrix[0].T, np.eye(3), atol=1e-14)
    assert np.linalg.det(matrix[0]) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("wind", "yaw", "pitch"),
    [((1, 0, 0), 0, 0), ((0, 2, 0), 90, 0), ((-1, 0, 0), 180, 0), ((0, -1, 0), 270, 0),
     ((3, 4, 5), 53.130102, 45)],
)  # fmt: skip
def test_angles(wind, yaw, pitch):
    angles, _ = double_rotation(np.array([wind], dtype=float))
    np.testing.assert_allclose(angles, [[yaw, pitch, 0.0]], atol=1e-6)


def test_planted_tilt_is_undone_sample_by_sample():
    rng = np.random.default_rng(0)
    u, v, w = rng.standard_normal((3, 400))
    true = np.stack([u - u.mean() + 4.0, v - v.mean(), w - w.mean()])
    leaning = np.stack(defects.tilt(*true, yaw=212.0, pitch=-3.0))
    angles, matrix = double_rotation(leaning.mean(axis=1)[None])
    np.testing.assert_allclose(angles[0], [212.0, -3.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(matrix[0] @ leaning, true, atol=1e-12)


@pytest.mark.parametrize("name", ROTATIONS)
def test_a_missing_component_loses_the_period(name):
    angles, matrix = ROTATIONS[name](np.array([[1.0, np.nan, 0.0], [1.0, 2.0, 0.5]]))
    assert np.isnan(angles[0]).all()
    assert np.isnan(matrix[0]).all()
    assert np.isfinite(matrix[1]).all()


def test_no_rotation_is_none():
    angles, matrix = no_rotation(np.array([[1.0, 2.0, 3.0]]))
    np.testing.assert_array_equal(angles, 0.0)
    np.testing.assert_array_equal(matrix[0], np.eye(3))
