"""Cut-off frequencies of gas channels with known attenuation and noise."""

import itertools

import numpy as np
import pytest

from fluxkit.tower.period_moments import frequency_bins
from fluxkit.tower.spectral import cutoff

RATE, N, BINS = 10.0, 18000, 50
EDGES, F = frequency_bins(N, RATE, BINS)
COUNT = np.diff(EDGES).astype(float)


def ensemble(fc: float, noise: float, periods: int = 30, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Mean spectra f S / variance of a gas and of temperature: temperature degraded, white noise added.

    noise: its standard deviation over the signal's.
    """
    rng = np.random.default_rng(seed)
    f = np.fft.rfftfreq(N, 1.0 / RATE)[1:]
    shape = np.sqrt(1.0 / (0.02 + f) ** (5.0 / 3.0))
    gas, temperature = np.zeros(BINS), np.zeros(BINS)
    for _ in range(periods):
        T = shape * (rng.standard_normal(f.size) + 1j * rng.standard_normal(f.size))
        x = T / (1.0 + 1j * f / fc)
        level = noise * np.sqrt(np.mean(np.abs(x) ** 2))
        x = x + level * (rng.standard_normal(f.size) + 1j * rng.standard_normal(f.size)) / np.sqrt(2.0)
        for series, out in ((x, gas), (T, temperature)):
            power = np.concatenate([[0.0], np.abs(series) ** 2])
            binned = np.array([power[a:b].mean() if b > a else np.nan for a, b in itertools.pairwise(EDGES)])
            out += F * binned / (np.nansum(binned * COUNT) * RATE / N) / periods
    return gas, temperature


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("fc", [0.1, 0.5, 2.0])
def test_attenuation_and_noise_together(fc: float, noise: float) -> None:
    """Recovered whatever the noise, and with it a correction factor within 1 %."""
    gas, temperature = ensemble(fc, noise)
    found = cutoff.fit_aslan_2021(F, gas, temperature, COUNT * 30)
    assert found.frequency == pytest.approx(fc, rel=0.05)
    assert found.noise == pytest.approx(noise**2 / (1.0 + noise**2), abs=0.01)
    excess = 0.02 * 3.0  # Ibrom's A times a wind speed: a factor of 1.6 at 0.1 Hz
    assert 1.0 + excess / found.frequency == pytest.approx(1.0 + excess / fc, rel=0.01)


def test_noise_line_underestimates_without_noise() -> None:
    """What Aslan et al. found of the older method: turbulence at high frequencies is taken for noise."""
    gas, temperature = ensemble(2.0, 0.0)
    plain = cutoff.fit_ibrom_2007(F, gas, temperature, COUNT, noise_from=None)
    line = cutoff.fit_ibrom_2007(F, gas, temperature, COUNT, noise_from=1.0)
    assert plain.frequency == pytest.approx(2.0, rel=0.03)
    assert line.frequency < 0.7 * plain.frequency


def test_noise_line_helps_where_there_is_noise() -> None:
    gas, temperature = ensemble(0.3, 0.5)
    plain = cutoff.fit_ibrom_2007(F, gas, temperature, COUNT, noise_from=None)
    line = cutoff.fit_ibrom_2007(F, gas, temperature, COUNT, noise_from=1.0)
    assert line.frequency == pytest.approx(0.3, rel=0.1)
    assert line.noise == pytest.approx(0.2, abs=0.02)
    assert np.isnan(plain.frequency) or abs(plain.frequency / 0.3 - 1.0) > 0.3


@pytest.mark.parametrize("fit", [cutoff.fit_aslan_2021, cutoff.fit_ibrom_2007])
def test_scale_of_the_gas_does_not_matter_and_empty_bins_are_left_out(fit) -> None:  # type: ignore[no-untyped-def]
    gas, temperature = ensemble(0.5, 0.1, periods=5)
    one, other = fit(F, gas, temperature, COUNT), fit(F, 3.0 * gas, temperature, COUNT)
    assert other.frequency == pytest.approx(one.frequency, rel=1e-9)
    assert other.scale == pytest.approx(3.0 * one.scale, rel=1e-9)
    gas[20] = np.nan
    assert np.isfinite(fit(F, gas, temperature, COUNT).frequency)
    assert np.isnan(fit(F, np.full_like(gas, np.nan), temperature, COUNT).frequency)


def test_no_attenuation_gives_no_cutoff() -> None:
    """A channel as fast as the sonic: the lowest misfit is at the end of the trials, nothing is claimed."""
    temperature = F ** (-2.0 / 3.0)
    assert np.isnan(cutoff.fit_ibrom_2007(F, temperature, temperature, COUNT, noise_from=None).frequency)


def test_humidity_is_recovered_and_held_beyond_what_was_seen() -> None:
    rh = np.arange(9) * 0.1 + 0.1
    truth = np.exp(-3.0 * rh**2 + 1.0 * rh - 0.5)
    seen = np.where((rh > 0.25) & (rh < 0.85), truth, np.nan)
    fit = cutoff.fit_humidity(rh, seen, np.full(9, 20.0))
    assert fit is not None
    assert (fit.a, fit.b, fit.c) == pytest.approx((-3.0, 1.0, -0.5), abs=1e-9)
    np.testing.assert_allclose(fit.at(np.array([0.0, 0.3, 0.8, 1.0])), truth[[2, 2, 7, 7]], rtol=1e-9)
    assert fit.beyond(np.array([0.15, 0.25, 0.85, 0.95])).tolist() == [True, False, False, True]
    assert cutoff.fit_humidity(rh, np.where(rh < 0.35, truth, np.nan), np.full(9, 20.0)) is None


def test_classes_of_humidity_are_joined_by_lines_and_held_beyond() -> None:
    rh = np.array([0.31, np.nan, 0.52, 0.88, 0.93])
    cutoffs = np.array([1.0, np.nan, 0.25, 0.05, np.nan])
    found = cutoff.join_classes(rh, cutoffs)
    assert found is not None
    assert (found.driest, found.wettest) == (0.31, 0.88)
    np.testing.assert_allclose(found.at(np.array([0.1, 0.31, 0.415, 0.88, 1.0])), [1.0, 1.0, 0.5, 0.05, 0.05])
    assert found.beyond(np.array([0.2, 0.22, 0.97, 0.99])).tolist() == [True, False, False, True]
    one = cutoff.join_classes(rh[:1], cutoffs[:1])
    assert one is not None
    assert one.at(np.array([0.0, 1.0])).tolist() == [1.0, 1.0]
    assert cutoff.join_classes(rh, np.full(5, np.nan)) is None


def test_constant_of_classes() -> None:
    """The open path of the comparison: the mean of its classes."""
    values = np.array([np.nan, np.nan, 0.78919, 0.74638, 0.88904, 0.75204, 0.73614, 0.78859, 0.84619])
    fit = cutoff.constant_cutoff(values, np.array([0, 0, 8, 5, 2, 3, 5, 3, 2.0]), plain=True)
    assert fit is not None
    assert fit.c == pytest.approx(-0.232549, abs=2e-6)
    assert cutoff.constant_cutoff(np.full(3, np.nan), np.zeros(3)) is None
