"""Planted fluxes come back: without bias, and within the interval that is told, as often as it says."""

import numpy as np
import pytest

from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.fits import fits
from fluxkit.chamber.fits.bubbles import find_bubbles
from fluxkit.chamber.fits.choice import choose_fits
from fluxkit.chamber.synthetic.closures import make_closures

#: What analysers and chambers do; each changes `PLAIN`.
PLAIN = {"slope": 1e-7, "noise": 2e-7, "start": 400e-6, "duration": 180.0}
CASES = {
    "straight": {},
    "leak": {"leak": 1 / 180},
    "feedback and leak": {"feedback": 0.6 / 180, "leak": 0.5 / 180},
    "autocorrelated": {"rho": 0.6},
    "leak, autocorrelated": {"leak": 1 / 180, "rho": 0.6},
    "quantised": {"quantum": 2e-7},
    "leak, quantised": {"leak": 1 / 180, "quantum": 5e-7},
    "lost samples": {"leak": 1 / 180, "lost": 0.2},
    "uptake": {"slope": -1e-7, "leak": 1 / 180},
    "steepening": {"feedback": -0.5 / 180},
    "a long closure": {"leak": 1 / 600, "duration": 600.0, "rho": 0.3},
    "all together": {"leak": 0.7 / 180, "rho": 0.5, "quantum": 2e-7, "lost": 0.05},
}


def told(count, seed, **keywords):
    """Chosen fits of closures, and what was planted."""
    made = make_closures(count, seed=seed, **(PLAIN | keywords))
    found = fits.fit_all(Batch(made.t, made.c, made.offsets), ("linear", "robust", "hm"))
    return choose_fits(found), made


def covered_and_biased(chosen, made):
    inside = (chosen.slope_low <= made.slope) & (made.slope <= chosen.slope_high)
    return inside.mean(), np.mean(chosen.slope / made.slope) - 1


@pytest.mark.parametrize("case", CASES)
def test_intervals_hold_the_truth(case):
    chosen, made = told(1500, 21, **CASES[case])
    share, bias = covered_and_biased(chosen, made)
    print(f"\n{case}: g {np.median(chosen.g):.2f}, coverage {share:.3f}, bias {bias:+.3%}")
    assert np.median(chosen.g) < 2
    assert abs(bias) < 0.01
    # Of 1500 intervals of 95 % the share has a standard error of 0.006.
    assert 0.93 <= share <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_intervals_hold_the_truth_in_ten_thousands(case):
    chosen, made = told(10000, 1, **CASES[case])
    share, bias = covered_and_biased(chosen, made)
    print(f"\n{case}: coverage {share:.4f}, bias {bias:+.3%}")
    assert abs(bias) < 0.01
    assert 0.93 <= share <= 0.97


def test_coarse_steps_make_intervals_wide_never_narrow():
    """Saw teeth of a rise in steps of five times the noise average out faster than noise that lasts."""
    chosen, made = told(1000, 21, quantum=1e-6, slope=2e-7)
    share, bias = covered_and_biased(chosen, made)
    print(f"\ncoverage {share:.3f}, bias {bias:+.3%}")
    assert abs(bias) < 0.01
    assert 0.94 < share < 0.99


@pytest.mark.parametrize("slope", [0.0, 2e-10, -2e-10])
def test_a_flux_too_small_to_see_keeps_its_interval(slope):
    """Noise that looks like saturation steepens a curve more than the opposite flattens it."""
    chosen, made = told(2000, 5, slope=slope, rho=0.3)
    inside = np.mean((chosen.slope_low <= slope) & (slope <= chosen.slope_high))
    off = np.mean(chosen.slope - made.slope) / np.median(chosen.slope_se)
    print(f"\nslope {slope}: coverage {inside:.3f}, mean off by {off:+.3f} of one error")
    assert abs(off) < (0.1 if slope == 0 else 0.3)
    assert off * slope >= 0
    assert 0.93 <= inside <= 0.97


def behind(made, deadband, origin):
    """Points behind a dead band, time counted from `origin`."""
    late = made.t >= deadband
    counts = np.add.reduceat(late, made.offsets[:-1])
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return choose_fits(fits.fit_all(Batch(made.t[late] - origin, made.c[late], offsets), ("linear", "hm")))


@pytest.mark.parametrize("deadband", [15.0, 30.0])
def test_a_dead_band_hides_what_the_flux_was_at_closing(deadband):
    """The slope where the window begins is smaller by exp(-kappa dead band); carried back it is true."""
    kappa = 1 / 300
    made = make_closures(2000, seed=8, leak=kappa, **PLAIN)
    share, bias = covered_and_biased(behind(made, deadband, 0.0), made)
    blind, shift = covered_and_biased(behind(made, deadband, deadband), made)
    expected = np.expm1(-kappa * deadband)
    print(f"\ndead band {deadband:g} s: at closing coverage {share:.3f}, bias {bias:+.2%}; "
          f"at the window's begin {blind:.3f}, {shift:+.2%}, expected {expected:+.2%}")  # fmt: skip
    assert abs(bias) < 0.01
    assert 0.93 <= share <= 0.97
    assert shift == pytest.approx(expected, abs=0.003)
    assert blind < 0.5


def test_air_that_mixes_slowly_delays_the_rise_and_a_clock_that_knows_it_sets_it_right():
    kappa, mixing = 1 / 300, 5.0
    made = make_closures(2000, seed=9, leak=kappa, mixing=mixing, **PLAIN)
    delay = 1 / np.expm1(1 / mixing)  # of a filter that sees the sample of now
    found = {
        "all points": behind(made, 0.0, 0.0),
        "behind 20 s": behind(made, 20.0, 0.0),
        "and the delay": behind(made, 20.0, delay),
    }
    told_of = {name: covered_and_biased(chosen, made) for name, chosen in found.items()}
    for name, (share, bias) in told_of.items():
        print(f"\n{name}: coverage {share:.3f}, bias {bias:+.2%}")
    assert told_of["all points"][0] < 0.9
    assert told_of["behind 20 s"][1] == pytest.approx(np.expm1(kappa * delay), abs=0.003)
    assert abs(told_of["and the delay"][1]) < 0.003
    assert 0.93 <= told_of["and the delay"][0] <= 0.97


@pytest.mark.parametrize("size", [2e-8, 1e-7])
def test_bubbles_leave_the_diffusion_unbiased(size):
    """Methane over a lake: a bubble every two minutes on a diffusive rise."""
    made = make_closures(
        300, slope=1e-9, noise=1e-9, start=2e-6, bubble_rate=1 / 120, bubble_size=size, seed=12
    )
    batch = Batch(made.t, made.c, made.offsets)
    found = find_bubbles(batch)
    share = np.mean(np.abs(found.slope - made.slope) < 1.97 * found.slope_se)
    total = fits.fit_linear(batch).slope
    print(f"\nsize {size}: coverage {share:.3f}, bias {np.mean(found.slope / made.slope) - 1:+.2%}, "
          f"of lines {np.mean(total / made.slope) - 1:+.1%}")  # fmt: skip
    assert abs(np.mean(found.slope / made.slope) - 1) < 0.01
    # Bubbles that hardly rise above the noise stay in diffusion; its error does not know of them.
    assert share > 0.88
    assert np.mean(total / made.slope) > 1.1
