"""The response of a gas channel, fitted where the flux is: what it costs a flux must be right."""

import numpy as np
import pytest

from fluxkit.tower.spectral import in_situ
from fluxkit.tower.spectral.cutoff import fit_aslan_2021
from fluxkit.tower.spectral.response import fit_flux_weighted
from tests.tower.spectral.test_cutoff import COUNT, EDGES, RATE, F, N

WIDTH = np.diff(EDGES) * RATE / N
PERIODS = 30
#: Spectrum and cospectrum of no surface layer's model: any that fall off will do. [1]
POWER = F / (0.06 + F) ** (5.0 / 3.0)
HEAT = 1.0 / (0.2 + F) ** (7.0 / 3.0)  #: cospectral density

RESPONSES = [(0.1, 0.3), (0.1, 0.6), (0.1, 2.5), (1.0, 0.2), (0.5, 0.5), (0.4, 0.0)]


def seen(taus: tuple[float, float], noise: float, seed: int = 0) -> np.ndarray:
    """Mean f S of a gas with the scatter of 30 spectra; noise: its variance over the signal's."""
    rng = np.random.default_rng(seed)
    left = np.prod([1.0 / (1.0 + (2.0 * np.pi * F * tau) ** 2) for tau in taus], axis=0)
    gas = POWER * left
    there = np.isfinite(F)
    white = noise * np.nansum(gas / F * WIDTH) / np.sum(WIDTH[there])
    counts = np.maximum(COUNT, 1.0) * PERIODS
    return (gas + white * F) * rng.gamma(counts, 1.0 / counts)


def left(taus: tuple[float, float], fc: float | None = None) -> float:
    """Share of the flux that two filters leave at the peak; with fc: that one filter leaves."""
    cross = np.array([HEAT], dtype=complex)
    first, second = (1.0 / (2.0 * np.pi * max(taus)), min(taus)) if fc is None else (fc, 0.0)
    given = in_situ.left_of_cospectrum(
        cross, F, WIDTH, np.array([first]), reading="peak", rate=RATE, second=second
    )
    return float(given[0])


def cutoff_of(gas: np.ndarray, **range_: float) -> float:
    found = fit_flux_weighted(F, gas, POWER, COUNT * PERIODS, HEAT * WIDTH, **range_)
    return in_situ.equivalent_cutoff(HEAT, F, WIDTH, found.slow, found.fast, reading="peak", rate=RATE)


@pytest.mark.parametrize("noise", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("taus", RESPONSES, ids=str)
def test_the_flux_that_is_left_is_within_a_few_percent(taus, noise):
    found = [left(taus, cutoff_of(seen(taus, noise, seed))) / left(taus) for seed in range(5)]
    assert np.mean(found) == pytest.approx(1.0, abs=0.01)
    assert np.all(np.abs(np.array(found) - 1.0) < 0.03)


@pytest.mark.parametrize("taus", [(0.1, 0.3), (1.0, 0.2)], ids=str)
def test_bins_that_carry_no_flux_decide_where_all_weigh_alike(taus):
    """The paper's way, of first order: right with a first-order channel, a tenth and more off with these."""
    gas = seen(taus, 0.0)
    alike = fit_aslan_2021(F, gas, POWER, COUNT * PERIODS)
    assert left(taus) / left(taus, alike.frequency) > 1.08


@pytest.mark.parametrize(("taus", "second"), [((0.5, 0.5), True), ((0.6, 0.0), False)], ids=str)
def test_second_order_is_fitted_where_the_spectra_ask_for_it(taus, second):
    """Both time constants together are found well, how they share is hard to tell."""
    each = [
        fit_flux_weighted(F, seen(taus, 0.1, seed), POWER, COUNT * PERIODS, HEAT * WIDTH)
        for seed in range(20)
    ]
    assert np.median([found.slow + found.fast for found in each]) == pytest.approx(sum(taus), rel=0.03)
    assert np.mean([(found.fast > 0.0) == second for found in each]) >= 0.9


def test_units_and_empty_bins_do_not_matter():
    gas = seen((0.1, 0.3), 0.1)
    given = {"temperature": POWER, "count": COUNT * PERIODS}
    one = fit_flux_weighted(F, gas, **given, flux=HEAT * WIDTH)
    other = fit_flux_weighted(F, 3.0 * gas, **given, flux=7.0 * HEAT * WIDTH)
    assert other.slow == pytest.approx(one.slow, rel=1e-6)
    assert other.scale == pytest.approx(3.0 * one.scale, rel=1e-6)
    gas[20] = np.nan
    assert np.isfinite(fit_flux_weighted(F, gas, **given, flux=HEAT * WIDTH).slow)
    assert np.isnan(fit_flux_weighted(F, np.full_like(gas, np.nan), **given, flux=HEAT * WIDTH).slow)
    assert np.isnan(fit_flux_weighted(F, gas, **given, flux=np.zeros_like(F)).slow)


def test_a_channel_as_fast_as_the_sonic_has_no_response():
    assert np.isnan(fit_flux_weighted(F, POWER, POWER, COUNT * PERIODS, HEAT * WIDTH).slow)


@pytest.mark.parametrize("reading", ["peak", "lag", "power"])
@pytest.mark.parametrize("taus", RESPONSES, ids=str)
def test_the_equivalent_filter_takes_as_much(taus, reading):
    slow, fast = max(taus), min(taus)
    fc = in_situ.equivalent_cutoff(HEAT, F, WIDTH, slow, fast, reading=reading, rate=None)
    assert fc <= 1.0 / (2.0 * np.pi * slow) * (1.0 + 1e-12)
    cross = np.array([HEAT], dtype=complex)
    one = in_situ.left_of_cospectrum(cross, F, WIDTH, np.array([fc]), reading=reading)
    first = np.array([1.0 / (2.0 * np.pi * slow)])
    two = in_situ.left_of_cospectrum(cross, F, WIDTH, first, reading=reading, second=fast)
    np.testing.assert_allclose(one, two, rtol=2e-3)
