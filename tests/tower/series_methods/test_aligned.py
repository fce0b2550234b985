"""Series aligned and dried: what perfect sensors report becomes the air again."""

import numpy as np
import pytest

from fluxkit.kernels import direct
from fluxkit.tower.lags.lag_windows import SearchWindow
from fluxkit.tower.period_moments import Lags, condense_period
from fluxkit.tower.series_methods.aligned import AlignedGas, align_series
from tests.tower.mast import RATE, air, seen

LAGS = {"t_sonic": Lags(0, 0), "co2": Lags(-5, 15), "h2o": Lags(-5, 15)}
QUANTITIES = {"open": "density", "ratio": "mixing_ratio", "fraction": "mole_fraction"}


def aligned(path: str, delay: int = 0):
    a = air(1)
    samples = {k: x for k, x in seen(a, path=path).items() if k not in ("t_air", "p_air")}
    for gas in ("co2", "h2o"):
        samples[gas] = direct.align(samples[gas], -delay)
    record = condense_period(
        samples, rate=RATE, scalars=("t_sonic", "co2", "h2o"), lags=LAGS, max_lag=20, bins=20
    )
    gases = {
        g: AlignedGas(QUANTITIES[path], path == "open", SearchWindow(0, -5, 15), -5) for g in ("co2", "h2o")
    }
    pairs = {g: record[f"{g}_pairs"] for g in gases}
    return a, align_series(samples, pairs, gases, pressure=float(np.mean(a.p)))


@pytest.mark.parametrize("path", ["open", "ratio", "fraction"])
def test_the_air_comes_back(path):
    a, got = aligned(path, delay=4)
    assert got.lags == {"co2": 4, "h2o": 4}
    here = slice(10, -10)
    w = direct.covariance(got.wind[2], got.wind[2], False)
    assert w == pytest.approx(np.var(a.w), rel=5e-3)  # the mean of w, not the planted axes, sets the angles
    assert abs(np.nanmean(got.wind[2])) < 1e-12
    np.testing.assert_allclose(got.temperature[here], a.t[here], rtol=2e-4)
    np.testing.assert_allclose(got.ratios["h2o"][here], a.h2o[here], rtol=2e-3)
    for gas in ("co2", "h2o"):
        x, y = got.ratios[gas][here], getattr(a, gas)[here]
        assert np.corrcoef(x, y)[0, 1] > 0.999


def test_gaps_stay_gaps():
    a, _ = aligned("ratio")
    samples = {k: x.copy() for k, x in seen(a, path="ratio").items() if k not in ("t_air", "p_air")}
    samples["v"][100:110] = np.nan
    samples["co2"][50] = np.nan
    record = condense_period(
        samples, rate=RATE, scalars=("t_sonic", "co2", "h2o"), lags=LAGS, max_lag=20, bins=20
    )
    gases = {g: AlignedGas("mixing_ratio", False, SearchWindow(0, -5, 15), -5) for g in ("co2", "h2o")}
    got = align_series(samples, {g: record[f"{g}_pairs"] for g in gases}, gases, pressure=98000.0)
    assert np.isnan(got.wind[:, 100:110]).all()
    assert np.isnan(got.ratios["co2"]).sum() == 1
