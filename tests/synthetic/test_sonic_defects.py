"""Planted errors of sonic heads: what they leave alone, and how large they are."""

import numpy as np
import pytest

from fluxkit.synthetic import sonic_defects as d


def test_paths_are_unit_vectors_that_stand_evenly():
    paths = d.three_paths(50.0)
    np.testing.assert_allclose(np.linalg.norm(paths, axis=1), 1.0)
    np.testing.assert_allclose(paths.sum(axis=0), [0.0, 0.0, 3.0 * np.sin(np.radians(50.0))], atol=1e-15)


def test_wind_along_a_single_path_does_not_cool_it():
    path = np.array([[0.6, 0.0, 0.8]])
    t = np.array([295.0, 295.0])
    out = d.blow_across(t, np.array([3.0, 0.0]), np.array([0.0, 5.0]), np.array([4.0, 0.0]), path)
    np.testing.assert_allclose(out, [295.0, 295.0 - 25.0 / 403.0])


def test_shadows_take_nothing_without_loss_and_never_add():
    rng = np.random.default_rng(0)
    wind = rng.standard_normal((3, 200))
    paths = d.three_paths(60.0)
    np.testing.assert_allclose(d.shadow(*wind, paths, 0.0), wind, atol=1e-12)
    shown = np.array(d.shadow(*wind, paths, 0.16))
    assert np.all(np.abs(paths @ shown) <= np.abs(paths @ wind) + 1e-12)
    np.testing.assert_array_equal(d.shadow(*np.zeros((3, 2)), paths, 0.16), np.zeros((3, 2)))


@pytest.mark.parametrize("method", ["nakai-2006", "nakai-shimoyama-2012"])
def test_a_level_wind_keeps_its_direction(method):
    u, v, _ = d.attack(np.array([3.0]), np.array([2.0]), np.array([0.0]), method)
    assert v[0] / u[0] == pytest.approx(2.0 / 3.0)
    assert np.hypot(u, v)[0] == pytest.approx(np.hypot(3.0, 2.0), rel=0.01)
