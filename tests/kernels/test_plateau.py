"""Moving point test: copies of records, planted plateaus, and each reason for which there is none."""

import numpy as np
import pytest

from fluxkit.kernels import plateau

COUNTS = np.array([70, 0, 10, 5, 0])
LIMITS = np.array([0.5, 1.0, 0.2, 1e-8])


def found(ta, ustar, nee, copies=None, *, shifting=True, steps=2, factor=0.95, counts=COUNTS, classes=3):
    order = np.argsort(ta, kind="stable")
    copies = np.ones((1, ta.size), np.int64) if copies is None else copies
    out = np.empty((copies.shape[0], classes))
    why = np.empty(out.shape, np.int64)
    plateau.plateaus(
        ta[order], ustar[order], nee[order], np.argsort(ustar[order], kind="stable"),
        np.ascontiguousarray(copies[:, order]), shifting, steps, factor, counts, LIMITS, out, why,
    )  # fmt: skip
    return out, why


def night(seed, n=600, digits=3):
    rng = np.random.default_rng(seed)
    ustar = np.round(rng.weibull(1.5, n) * 0.25, digits)
    return np.round(rng.normal(10.0, 5.0, n), 1), ustar, 4.0 * np.minimum(ustar / 0.2, 1.0)


@pytest.mark.parametrize("shifting", [True, False])
def test_a_planted_plateau_is_found(shifting):
    out, why = found(*night(1), shifting=shifting)
    assert not why.any()
    np.testing.assert_allclose(out, 0.2, atol=0.03)


@pytest.mark.parametrize("shifting", [True, False])
@pytest.mark.parametrize("steps", [1, 2, 3, -1, -2])
@pytest.mark.parametrize("digits", [3, 1])
def test_copies_are_records(shifting, steps, digits):
    """A resample is what its records are, written out."""
    rng = np.random.default_rng(2)
    ta, ustar, nee = night(3, digits=digits)
    nee = nee + rng.normal(0.0, 0.5, nee.size)
    copies = rng.poisson(1.0, (2, ta.size))
    out, why = found(ta, ustar, nee, copies, shifting=shifting, steps=steps, factor=1.0)
    for b in range(2):
        written = np.repeat(np.arange(ta.size), copies[b])
        alone, reasons = found(
            ta[written], ustar[written], nee[written], shifting=shifting, steps=steps, factor=1.0
        )
        np.testing.assert_allclose(out[b], alone[0], rtol=1e-12)
        np.testing.assert_array_equal(why[b], reasons[0])


@pytest.mark.parametrize("shifting", [True, False])
def test_why_there_is_none(shifting):
    ta, ustar, nee = night(4)
    assert (found(ta[:60], ustar[:60], nee[:60], shifting=shifting)[1] == plateau.FEW).all()
    assert (found(ustar * 10.0, ustar, nee, shifting=shifting)[1] == plateau.CORRELATED).all()
    assert (found(ta, ustar + 0.3, nee, shifting=shifting)[1] == plateau.TURBULENT).all()
    rising = found(ta, ustar, ustar**2, shifting=shifting, counts=np.array([70, 0, 10, 5, 1]))[1]
    assert (rising == plateau.NO_PLATEAU).all()


@pytest.mark.parametrize("shifting", [True, False])
def test_one_temperature_is_one_class(shifting):
    ta, ustar, nee = night(5)
    out, why = found(np.full_like(ta, 3.0), ustar, nee, shifting=shifting)
    assert np.isfinite(out).sum() == 1
    assert (why == plateau.FEW).sum() == 2


@pytest.mark.parametrize("shifting", [True, False])
def test_few_values_of_ustar(shifting):
    """Bins that would be empty."""
    ta, ustar, nee = night(6, digits=1)
    out, why = found(ta, ustar, nee, shifting=shifting)
    assert (np.isfinite(out) | (why > 0)).all()
