"""Made closures obey the equation they are made from, and differ from it as asked."""

import numpy as np
import pytest

from fluxkit.chamber.synthetic.closures import make_closures


def residuals(made, count):
    return (made.c - made.clean).reshape(count, -1)


def test_equal_seeds_give_equal_closures():
    one, two = (make_closures(5, rho=0.5, bubble_rate=0.01, bubble_size=1e-7, seed=3) for _ in range(2))
    assert np.array_equal(one.c, two.c)
    assert not np.array_equal(one.c, make_closures(5, rho=0.5, seed=4).c)


def test_shapes_and_parts():
    made = make_closures(3, duration=90.0, interval=2.0)
    assert made.offsets.tolist() == [0, 46, 92, 138]
    assert [len(x) for x in made.values] == [46, 46, 46]
    assert made.times[1].tolist() == np.arange(0.0, 91.0, 2.0).tolist()


@pytest.mark.parametrize("kappa", [0.0, 1e-9, 0.01, -0.01])
def test_the_clean_course_obeys_its_equation(kappa):
    """dc/dt = slope - kappa (c - start), by differences over a thousandth of a second."""
    made = make_closures(1, slope=1e-7, feedback=kappa, duration=60.0, interval=1e-3, noise=0.0)
    rate = (made.clean[2:] - made.clean[:-2]) / 2e-3
    expected = 1e-7 - kappa * (made.clean[1:-1] - 400e-6)
    worst = np.max(np.abs(rate / expected - 1))
    print(f"\nkappa {kappa}: {worst:.1e}")
    # Differences of doubles of 4e-4 over 2 ms: 5e-20 / 2e-3 of 1e-7.
    assert worst < 1e-8 * np.exp(60 * abs(kappa)) + 1e-8
    assert made.clean[0] == 400e-6


def test_feedback_and_leak_add_up_and_slopes_are_per_closure():
    made = make_closures(
        3, slope=np.array([1e-7, 2e-7, -1e-7]), feedback=0.002, leak=np.array([0, 1, 2]) * 1e-3
    )
    assert made.kappa == pytest.approx([0.002, 0.003, 0.004])
    rise = [values[-1] - values[0] for values in np.split(made.clean, made.offsets[1:-1])]
    assert rise == pytest.approx(made.slope * -np.expm1(-made.kappa * 180) / made.kappa)


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_noise_has_the_size_and_correlation_asked_for(rho):
    made = make_closures(400, rho=rho, noise=3e-7, seed=1)
    e = residuals(made, 400)
    assert e.std() == pytest.approx(3e-7, rel=0.02)
    assert np.mean(e[:, 1:] * e[:, :-1]) / np.mean(e**2) == pytest.approx(rho, abs=0.02)
    assert e[:, 0].std() == pytest.approx(3e-7, rel=0.1)


def test_quantised_values_are_multiples():
    made = make_closures(2, quantum=1e-6, seed=2)
    steps = made.c / 1e-6
    assert np.max(np.abs(steps - np.round(steps))) < 1e-6
    assert np.max(np.abs(made.c - made.clean)) < 0.5e-6 + 5 * 2e-7


def test_lost_samples_are_nan_in_the_share_asked_for():
    made = make_closures(100, lost=0.2, seed=3)
    assert np.isnan(made.c).mean() == pytest.approx(0.2, abs=0.02)
    assert np.isfinite(made.clean).all()


def test_bubbles_are_what_the_end_has_more_than_diffusion():
    plain = make_closures(50, noise=0.0)
    bubbled = make_closures(50, noise=0.0, bubble_rate=0.02, bubble_size=1e-6, seed=5)
    more = (bubbled.clean - plain.clean).reshape(50, -1)
    assert more[:, -1] == pytest.approx(bubbled.bubbled, abs=1e-15)
    assert np.all(np.diff(more, axis=1) > -1e-15)
    assert bubbled.bubbles.mean() == pytest.approx(0.02 * 180, rel=0.2)
    assert bubbled.bubbled.sum() / bubbled.bubbles.sum() == pytest.approx(1e-6, rel=0.25)


def test_bubbles_leak_away_with_the_rest():
    keywords = {"noise": 0.0, "bubble_rate": 0.02, "bubble_size": 1e-6, "seed": 5, "slope": 0.0}
    kept, leaked = (make_closures(50, leak=leak, **keywords) for leak in (0.0, 0.01))
    some = kept.bubbles > 0
    assert np.all(leaked.bubbled[some] < kept.bubbled[some])


def test_mixing_delays_a_steady_rise_by_its_time():
    made = make_closures(1, slope=1e-7, mixing=5.0, noise=0.0)
    sharp = make_closures(1, slope=1e-7, noise=0.0)
    # A filter of whole samples that sees the sample of now: half a sample less, to second order.
    delay = (sharp.clean[-1] - made.clean[-1]) / 1e-7
    assert delay == pytest.approx(1 / np.expm1(1 / 5.0), rel=1e-6)
    assert made.clean[0] == sharp.clean[0]
