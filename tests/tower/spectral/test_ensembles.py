"""Averages of spectra over classes."""

import numpy as np
import pytest

from fluxkit.tower.spectral import ensembles


def test_parts_in_turn_give_what_the_whole_gives() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((20, 8))
    x[3, 2], x[7] = np.nan, np.nan
    members = rng.integers(-1, 3, 20)
    whole, parts = ensembles.Ensemble(3), ensembles.Ensemble(3)
    whole.add({"a": x}, members)
    for here in (slice(0, 7), slice(7, 20)):
        parts.add({"a": x[here]}, members[here])
    np.testing.assert_allclose(whole.mean("a"), parts.mean("a"), rtol=1e-13)
    np.testing.assert_allclose(whole.mean("a")[1], np.nanmean(x[members == 1], axis=0), rtol=1e-13)
    seven = int(np.sum((members == members[3]) & ~np.isnan(x[:, 0])))
    assert whole.spectra_in("a")[members[3]] == seven if members[3] >= 0 else True


def test_an_empty_class_is_missing() -> None:
    found = ensembles.Ensemble(2)
    found.add({"a": np.ones((3, 4))}, np.array([0, 0, -1]))
    assert np.isnan(found.mean("a")[1]).all()
    assert found.spectra_in("a").tolist() == [2.0, 0.0]


def test_classes() -> None:
    rh = np.array([0.04, 0.05, 0.1, 0.449, 0.45, 0.9499, 0.95, np.nan])
    assert ensembles.humidity_class(rh).tolist() == [-1, 0, 0, 3, 4, 8, -1, -1]
    zeta = np.array([-2.0, -0.3, -0.01, 0.05, 0.3, 2.0, np.nan])
    assert ensembles.stability_class(zeta).tolist() == [0, 1, 2, 3, 4, 5, -1]


def test_normalised_integrates_to_one() -> None:
    f, width = np.array([0.1, 0.3, np.nan]), np.array([0.1, 0.3, 0.0])
    out = ensembles.normalised(np.array([[2.0, 1.0, np.nan]]), f, width)
    assert np.nansum(out / f * width) == pytest.approx(1.0)
