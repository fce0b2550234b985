"""What is taken out for low turbulence, and what is said of it."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.ustar.seasons import UstarError

NIGHT, DAY = 0.0, 300.0


def records(ustar, light, nee=None) -> xr.Dataset:
    time = np.datetime64("2019-12-31T22:00", "ns") + np.arange(len(ustar)) * np.timedelta64(30, "m")
    nee = np.arange(len(ustar)) + 1.0 if nee is None else nee
    return xr.Dataset(
        {"NEE": ("time", nee), "USTAR": ("time", ustar), "SW_IN": ("time", light)}, {"time": time}
    )


def test_by_night_strictly_below():
    ds = records([0.1, 0.2, 0.3, np.nan, 0.1, 0.1], [NIGHT, NIGHT, NIGHT, NIGHT, DAY, np.nan])
    cut = fk.ecosystem.filter_ustar(ds, 0.2, variant="reddyproc")
    assert cut.NEE_USTAR_FLAG.values.tolist() == [1, 0, 0, 4, 0, 1]
    np.testing.assert_array_equal(cut.NEE, [np.nan, 2, 3, np.nan, 5, np.nan])
    assert "3 of 6 records (50 %)" in cut.NEE.ustar_filter


def test_oneflux_by_day_and_the_record_after():
    ds = records([0.1, 0.2, 0.3, np.nan, 0.5, 0.5, 0.1], [NIGHT, NIGHT, DAY, DAY, DAY, DAY, DAY])
    cut = fk.ecosystem.filter_ustar(ds, 0.2, variant="oneflux")
    assert cut.NEE_USTAR_FLAG.values.tolist() == [1, 2, 0, 4, 2, 0, 1]


def test_thresholds_by_year_and_percentile():
    ds = records([0.15] * 8, [NIGHT] * 8)  # four records of each year
    cut = fk.ecosystem.filter_ustar(ds, {2019: 0.1, 2020: 0.2})
    assert cut.NEE.isnull().values.tolist() == [False] * 4 + [True] * 4
    cut = fk.ecosystem.filter_ustar(ds, {5: 0.1, 50: 0.2})
    assert cut.NEE.dims == ("percentile", "time")
    assert cut.NEE.isnull().all("time").values.tolist() == [False, True]
    assert "0 to 8 of 8 records" in cut.NEE.ustar_filter
    cut = fk.ecosystem.filter_ustar(ds, {2019: {5: 0.1, 95: 0.2}, 2020: {5: 0.2, 95: 0.2}})
    assert cut.NEE.isnull().sum("time").values.tolist() == [4, 8]


def test_years_without_a_threshold_of_their_own():
    ds = records([0.15] * 8, [NIGHT] * 8)  # four records of each year
    cut = fk.ecosystem.filter_ustar(ds, {2020: 0.2, 2021: 0.1, 2022: 0.18})
    assert cut.NEE.isnull().all()  # a stray end of 2019 takes the median of those given
    year = records([0.15] * 2000, [NIGHT] * 2000)
    with pytest.raises(UstarError, match="no threshold for 2020"):
        fk.ecosystem.filter_ustar(year, {2019: 0.2})


def test_without_radiation_the_sun_tells_night():
    ds = records([0.1] * 48, [NIGHT] * 48).drop_vars("SW_IN").assign_attrs(latitude=0.0, longitude=0.0)
    cut = fk.ecosystem.filter_ustar(ds, 0.2)
    assert 22 <= int(cut.NEE.isnull().sum()) <= 26
    assert "night by the sun" in cut.NEE.ustar_filter
    nowhere = fk.ecosystem.filter_ustar(ds.drop_attrs(), 0.2)
    assert nowhere.NEE.isnull().all()
    assert "all records taken for night" in nowhere.NEE.ustar_filter


def test_no_threshold_is_no_filter():
    ds = records([0.1] * 48, [NIGHT] * 48)
    cut = fk.ecosystem.filter_ustar(ds, fk.ecosystem.ustar_thresholds(ds))
    np.testing.assert_array_equal(cut.NEE, ds.NEE)
    assert cut.NEE.ustar_filter == "not filtered for low turbulence: no threshold"
    assert (cut.NEE_USTAR_FLAG == 3).all()


def test_words_are_legal_and_told():
    ds = records([0.1, 0.3], [NIGHT, NIGHT])
    for word, says in (("none", "as was asked for"), ("already-filtered", "before it was read")):
        cut = fk.ecosystem.filter_ustar(ds, word)
        np.testing.assert_array_equal(cut.NEE, ds.NEE)
        assert says in cut.NEE.ustar_filter
        assert not cut.NEE_USTAR_FLAG.any()
    with pytest.raises(UstarError, match="already-filtered"):
        fk.ecosystem.filter_ustar(ds, "perhaps")


def test_without_ustar_nothing_is_taken():
    ds = records([0.1, 0.3], [NIGHT, NIGHT]).drop_vars("USTAR")
    cut = fk.ecosystem.filter_ustar(ds, 0.2)
    np.testing.assert_array_equal(cut.NEE, ds.NEE)
    assert "USTAR is missing" in cut.NEE.ustar_filter


def test_what_is_not_there_is_said():
    ds = records([0.1, 0.3], [NIGHT, NIGHT])
    with pytest.raises(UstarError, match="reddyproc"):
        fk.ecosystem.filter_ustar(ds, 0.2, variant="magic")
    with pytest.raises(UstarError, match="FCH4"):
        fk.ecosystem.filter_ustar(ds, 0.2, flux="FCH4")
    t = fk.ecosystem.ustar_thresholds(ds)
    with pytest.raises(UstarError, match="bootstraps"):
        fk.ecosystem.filter_ustar(ds, t, use="quantiles")
    with pytest.raises(UstarError, match="another period"):
        fk.ecosystem.filter_ustar(ds.assign_coords(time=ds.time + np.timedelta64(1000, "D")), t)
