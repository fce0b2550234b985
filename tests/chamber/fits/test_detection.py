"""Limits of detection: what noise alone exceeds, by formula, by blanks and by another program."""

import numpy as np
import pytest
from scipy import stats

from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.fits import fits
from fluxkit.chamber.fits.detection import (
    detection_christiansen,
    detection_from_blanks,
    detection_nickerson,
    detection_of_line,
)
from fluxkit.chamber.synthetic.closures import make_closures
from tests.chamber.reference_series import cases, worst


def test_limits_of_detection_from_precision():
    assert detection_christiansen(1e-7, 100.0) == pytest.approx(1e-9)
    assert detection_nickerson(1e-7, 100.0, 25.0) == pytest.approx(2e-10)


def test_noise_alone_exceeds_the_limit_in_one_of_twenty():
    made = make_closures(4000, slope=0.0, noise=1e-7, duration=60.0, seed=9)
    batch = Batch(made.t, made.c, made.offsets)
    fit = fits.fit_linear(batch)
    share = np.mean(np.abs(fit.slope) > detection_of_line(batch, 1e-7))
    probability = 2 * stats.t.sf(np.abs(fit.slope / fit.slope_se_white), fit.n - 2)
    false = np.mean(probability < 0.05)
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


@pytest.mark.reference
def test_limits_equal_goflux(shared):
    known = cases(shared)
    theirs = known.results("ref_goflux")
    precision, term = theirs["prec"].to_numpy(), theirs["flux.term"].to_numpy()
    ours = detection_christiansen(precision, known.batch.ends() + 1.0) * term
    deviation = worst(ours, theirs["MDF"].to_numpy())
    print(f"\nMDF of {len(known.batch)} closures: {deviation:.1e}")
    assert deviation < 1e-9
    below = np.abs(theirs["LM.flux"].to_numpy()) < ours
    assert np.array_equal(below, theirs["LM.flux"].abs().to_numpy() < theirs["MDF"].to_numpy())


def test_more_points_lower_the_limit_as_their_root():
    n = np.array([4.0, 100.0, 400.0])
    assert detection_nickerson(1e-7, 100.0, n) * np.sqrt(n) == pytest.approx(np.full(3, 1e-9))


def test_a_line_sees_what_its_points_allow():
    """Even points over a time T: the standard error is precision sqrt(12 / n) / T for many of them."""
    t = np.linspace(0.0, 300.0, 1001)
    batch = Batch.of([t, t[:1], t[:0], np.zeros(5)], [0 * t, t[:1], t[:0], np.zeros(5)])
    found = detection_of_line(batch, 1e-7)
    assert found[0] == pytest.approx(1.959964 * 1e-7 * np.sqrt(12 / 1001) / 300, rel=2e-3)
    assert np.all(np.isnan(found[1:]))


def test_blanks_with_a_bias_raise_the_limit():
    blanks = np.random.default_rng(2).normal(0.0, 1.0, 200)
    plain, biased = detection_from_blanks(blanks), detection_from_blanks(blanks + 3.0)
    assert plain == pytest.approx(1.97, rel=0.15)
    assert biased == pytest.approx(np.sqrt(10) * plain, rel=0.1)


def test_no_duration_gives_no_finite_limit():
    assert np.isinf(detection_christiansen(1e-7, 0.0))
    assert np.isnan(detection_nickerson(np.nan, 100.0, 10.0))
