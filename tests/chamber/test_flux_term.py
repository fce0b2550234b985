"""From slopes to fluxes: amounts, limits of detection, errors."""

import numpy as np
import pytest

from fluxkit.chamber import fits
from fluxkit.chamber.batch import Batch
from fluxkit.chamber.detection import (
    detection_from_blanks,
    detection_limit,
    detection_of_line,
    zero_flux,
)
from fluxkit.chamber.flux_term import dry_air_ratio, flux_term, sealed_amount, vented_time
from fluxkit.chamber.uncertainty import RelativeErrors, flux_error
from fluxkit.constants import SI
from fluxkit.synthetic.closures import make_closures


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


def test_limits_of_detection_by_name():
    assert detection_limit(1e-7, 100.0, 25.0, method="christiansen-2015") == pytest.approx(1e-9)
    assert detection_limit(1e-7, 100.0, 25.0, method="nickerson-2016") == pytest.approx(2e-10)
    with pytest.raises(ValueError, match="known: christiansen-2015"):
        detection_limit(1e-7, 100.0, 25.0, method="parkin")


def test_noise_alone_exceeds_the_limit_in_one_of_twenty():
    made = make_closures(4000, slope=0.0, noise=1e-7, duration=60.0, seed=9)
    batch = Batch(made.t, made.c, made.offsets)
    fit = fits.fit_linear(batch)
    share = np.mean(np.abs(fit.slope) > detection_of_line(batch, 1e-7))
    false = np.mean(zero_flux(fit.slope, fit.slope_se_white, fit.n - 2) < 0.05)
    blanks = detection_from_blanks(fit.slope[:500])
    print(
        f"\nabove the limit {share:.3f}, p < 0.05 {false:.3f}, above that of 500 blanks "
        f"{np.mean(np.abs(fit.slope) > blanks):.3f}"
    )
    assert share == pytest.approx(0.05, abs=0.012)
    assert false == pytest.approx(0.05, abs=0.012)
    assert np.mean(np.abs(fit.slope) > blanks) == pytest.approx(0.05, abs=0.015)
    with pytest.raises(ValueError, match="2 blank closures"):
        detection_from_blanks(np.array([1.0, np.nan, 2.0]))


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
