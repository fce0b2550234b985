"""A fit's curve is the one that was fitted."""

import numpy as np
import pytest

from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.fits.courses import course, unit_courses
from fluxkit.chamber.fits.fits import fit_all
from fluxkit.chamber.fits.models import MODELS

T = np.arange(0.0, 121.0)


@pytest.mark.parametrize("kappa", [0.02, -0.006, 1e-4])
def test_it_leaves_the_residuals_of_the_fit(kappa: float) -> None:
    wobble = 3e-7 * np.sin(12.9898 * T)
    c = 4e-4 + 2e-7 * -np.expm1(-kappa * T) / kappa + wobble
    start = np.array([4e-4])
    fits = fit_all(Batch.of([T], [c]), MODELS, start=start, start_se=np.array([1e-8]))
    for model, fit in fits.items():
        if np.isnan(fit.c0[0]):
            assert model == "three-point"  # which tells no beginning
            continue
        drawn = course(
            model, T, c0=fit.c0[0], slope=fit.slope[0], shape=fit.shape[0], extra=fit.extra[0], t0=fit.t0[0]
        )
        assert np.sum((drawn - c) ** 2) == pytest.approx(fit.rss[0], rel=1e-6), model


@pytest.mark.parametrize("model", ["linear", "robust", "quadratic", "hm", "licor", "three-point"])
def test_its_slope_is_taken_where_it_says(model: str) -> None:
    near = np.array([-1e-3, 0.0, 1e-3]) + 7.0
    drawn = course(model, near, c0=400.0, slope=0.3, shape=0.01, t0=7.0)
    assert drawn[1] == 400.0
    assert (drawn[2] - drawn[0]) / 2e-3 == pytest.approx(0.3, rel=1e-4)


def test_unit_courses_rise_with_slope_one_and_level_off_as_the_exponential() -> None:
    x = np.linspace(0.0, 1.0, 11)
    k = np.array([-2.0, 0.0, 5.0])
    found = unit_courses("hm", k, x)
    np.testing.assert_allclose(found[1], x, atol=1e-14)
    np.testing.assert_allclose(found[[0, 2]], -np.expm1(-k[[0, 2], None] * x) / k[[0, 2], None], rtol=1e-12)


def test_a_missing_fit_has_no_curve() -> None:
    assert np.isnan(course("hm", T, c0=np.nan, slope=np.nan, shape=np.nan)).all()
    with pytest.raises(KeyError):
        course("cubic", T, c0=0.0, slope=0.0, shape=0.0)
