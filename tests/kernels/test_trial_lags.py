"""Covariances at trial lags: a sum of waves, of each period by itself."""

import numpy as np

from fluxkit.kernels.trial_lags import at_trial_lags

RNG = np.random.default_rng(0)
CROSS = RNG.normal(size=(17, 129)) + 1j * RNG.normal(size=(17, 129))
SIGN = np.where(RNG.random(17) < 0.5, -1.0, 1.0)
ANGLES = RNG.uniform(0.0, 6.0, (129, 64))
WAVES = np.cos(ANGLES), np.sin(ANGLES)


def test_it_is_the_real_part_of_the_shifted_cross_spectrum():
    expected = (CROSS[:, :, None] * np.exp(1j * SIGN[:, None, None] * ANGLES)).real.sum(axis=1)
    np.testing.assert_allclose(at_trial_lags(CROSS, SIGN, *WAVES), expected, rtol=0, atol=1e-12)


def test_a_missing_period_is_missing_and_leaves_the_others():
    cross = CROSS.copy()
    cross[3, 5] = np.nan
    found, whole = at_trial_lags(cross, SIGN, *WAVES), at_trial_lags(CROSS, SIGN, *WAVES)
    assert np.isnan(found[3]).all()
    rest = np.delete(np.arange(17), 3)
    np.testing.assert_array_equal(found[rest], whole[rest])
    assert at_trial_lags(CROSS[:0], SIGN[:0], *WAVES).shape == (0, 64)


def test_nodes_are_summed_one_after_the_other_on_any_processor():
    """Written out in single steps, as the language rounds them: no fused or re-ordered sums."""
    c, s = WAVES
    for t, j in ((0, 0), (7, 63), (16, 20)):
        total = 0.0
        for k in range(129):
            real, imag = float(CROSS[t, k].real), float(SIGN[t] * CROSS[t, k].imag)
            total += real * float(c[k, j]) - imag * float(s[k, j])
        assert at_trial_lags(CROSS, SIGN, *WAVES)[t, j] == total
