"""The made budget: it balances, a tower loses what was planted, and a seed is a seed."""

import numpy as np
import xarray as xr

from fluxkit.synthetic.half_hours import Site, known_budget


def test_truth_balances_and_is_whole():
    made = known_budget(1, years=1)
    np.testing.assert_allclose(made.NEE_TRUE, made.RECO_TRUE - made.GPP_TRUE, atol=1e-12)
    assert np.isfinite(made[["NEE_TRUE", "GPP_TRUE", "RECO_TRUE", "USTAR"]].NEE_TRUE).all()
    assert (made.GPP_TRUE >= 0.0).all()
    assert float(made.GPP_TRUE.where(made.SW_IN == 0.0).max()) == 0.0


def test_loss_is_at_night_below_the_threshold():
    made = known_budget(1, years=1, site=Site(threshold=0.3))
    night = made.SW_IN == 0.0
    error = made.NEE - made.NEE_TRUE
    calm = error.where(night & (made.USTAR < 0.15)).mean()
    windy = error.where(night & (made.USTAR > 0.3)).mean()
    assert calm < -0.5
    assert abs(windy) < 0.05


def test_a_seed_is_a_seed():
    xr.testing.assert_identical(known_budget(4, years=1), known_budget(4, years=1))
    assert not known_budget(4, years=1).NEE_TRUE.equals(known_budget(5, years=1).NEE_TRUE)
