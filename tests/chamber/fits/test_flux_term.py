"""From slopes to fluxes: amounts and errors."""

import numpy as np
import pytest

from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.fits import fits
from fluxkit.chamber.fits.flux_term import dry_air_ratio, flux_term, sealed_amount, vented_time
from fluxkit.chamber.fits.uncertainty import RelativeErrors, flux_error
from fluxkit.constants import SI


def test_a_cubic_metre_of_standard_air():
    assert flux_term(1.0, 1.0, 101325.0, 273.15) == pytest.approx(44.6150, abs=1e-3)
    assert flux_term(1.0, 2.0, 101325.0, 273.15, 0.02) == pytest.approx(44.6150 / 2 * 0.98, abs=1e-3)
    assert flux_term(1.0, 1.0, 1.0, 1.0, gas_constant=8.314) == pytest.approx(1 / 8.314)


def warming(vented):
    """A chamber that warms and moistens while 2 umol m-2 s-1 come in."""
    t = np.linspace(0.0, 300.0, 3001)
    p, temperature, water = 1e5, 288.15 + 0.03 * t, 0.008 + 2e-5 * t
    volume, area = 0.03, 0.07
    dry = volume * p * (1 - water) / (SI.R * temperature)
    flux = 2e-6
    if vented:
        # What leaves takes its mole fraction along.
        rate = flux * area / dry
        c = 400e-6 + np.concatenate([[0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1]) * np.diff(t))])
    else:
        c = (400e-6 * dry[0] + flux * area * t) / dry
    offsets = np.array([0, t.size])
    ratio = dry_air_ratio(np.full(t.size, p), temperature, water, offsets)
    return t, c, ratio, offsets, flux_term(volume, area, p, temperature[0], water[0]), flux


def test_sealed_chambers_keep_their_amount():
    t, c, ratio, offsets, term, flux = warming(vented=False)
    fit = fits.fit_linear(Batch(t, sealed_amount(c, ratio), offsets))
    assert fit.slope[0] * term == pytest.approx(flux, rel=1e-9)
    assert abs(fits.fit_linear(Batch(t, c, offsets)).slope[0] * term / flux - 1) > 0.1


def test_vented_chambers_lose_dry_air():
    t, c, ratio, offsets, term, flux = warming(vented=True)
    fit = fits.fit_linear(Batch(vented_time(t, ratio, offsets), c, offsets))
    assert fit.slope[0] * term == pytest.approx(flux, rel=1e-6)
    assert abs(fits.fit_linear(Batch(t, c, offsets)).slope[0] * term / flux - 1) > 0.01


def test_errors_of_the_chamber_add_in_quadrature():
    slope, se, term = np.array([1e-7, -1e-7, 0.0]), np.full(3, 1e-9), np.full(3, 8.0)
    found = flux_error(slope, se, term, relative=RelativeErrors(volume=0.03, area=0.04))
    assert found.se_term == pytest.approx([0.05 * 8e-7, 0.05 * 8e-7, 0.0])
    assert found.se == pytest.approx(np.hypot(8e-9, found.se_term))
    assert np.all(found.low < found.flux)
    assert np.all(found.flux < found.high)
    rng = np.random.default_rng(1)
    drawn = (1e-7 + 1e-9 * rng.normal(size=100_000)) * 8.0 * (1 + 0.03 * rng.normal(size=100_000))
    drawn /= 1 + 0.04 * rng.normal(size=100_000)
    assert np.std(drawn) == pytest.approx(found.se[0], rel=0.01)
