"""A slope: flux is lost by drainage from three hours after sunset on, whatever u* is."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.ustar.seasons import UstarError
from tests.ecosystem.made_forest import forest


def slope(drains: bool = True, minutes: int = 30) -> xr.Dataset:
    """Respiration is seen within the first three hours of a night, but for what storage takes at first."""
    ds = forest("2019-03-01", 184, minutes=minutes, noise=0.3)
    night = (ds.SW_IN < 10.0).values
    places = np.arange(night.size)
    since = places - np.maximum.accumulate(np.where(night, 0, places))
    hours = since * minutes / 60.0
    share = np.where(hours < 0.75, 0.8, np.where(hours > 3.0, 0.4, 1.0)) if drains else hours / hours.max()
    noise = np.random.default_rng(3).normal(0.0, 0.5, night.size)
    return ds.assign(NEE=ds.NEE.where(~night, ds.truth * share + noise))


@pytest.mark.parametrize("minutes", [30, 60])
def test_what_stays_is_respiration(minutes):
    ds = slope(minutes=minutes)
    cut = fk.ecosystem.filter_evening(ds)
    night = (ds.SW_IN < 10.0).values
    left = np.isfinite(cut.NEE.values) & night
    assert 0.15 < left.sum() / night.sum() < 0.5
    ratio = cut.NEE.values[left].mean() / ds.truth.values[left].mean()
    assert abs(ratio - 1.0) < 0.06
    np.testing.assert_array_equal(cut.NEE.values[~night], ds.NEE.values[~night])
    assert "h after sunset" in cut.NEE.ustar_filter
    taken = night & ~left
    assert (cut.NEE_EVENING_FLAG.values[taken] == 1).all()
    with_ustar = fk.ecosystem.filter_ustar(ds, fk.ecosystem.ustar_thresholds(ds))
    kept = np.isfinite(with_ustar.NEE.values) & night
    if minutes == 30:  # what the usual filter leaves is too low
        assert with_ustar.NEE.values[kept].mean() / ds.truth.values[kept].mean() < 0.8


def test_no_maximum_is_an_answer():
    ds = slope(drains=False)
    cut = fk.ecosystem.filter_evening(ds)
    np.testing.assert_array_equal(cut.NEE, ds.NEE)
    assert "has none" in cut.NEE.ustar_filter
    empty = fk.ecosystem.filter_evening(ds.assign(NEE=ds.NEE * np.nan))
    assert (empty.NEE_EVENING_FLAG.values[(ds.SW_IN < 10.0).values] == 3).all()


def test_polar_night_has_no_evening():
    ds = forest("2019-12-01", 40, latitude=78.0)
    cut = fk.ecosystem.filter_evening(ds)
    np.testing.assert_array_equal(cut.NEE, ds.NEE)


def test_what_is_not_there_is_said():
    with pytest.raises(UstarError, match="FCH4"):
        fk.ecosystem.filter_evening(forest(days=2), flux="FCH4")
