"""A neighbour station whose steps, clock or units are other ones."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.filling.drivers import NEIGHBOUR
from fluxkit.ecosystem.filling.registry import FillingError
from fluxkit.ecosystem.halfhours import HalfHoursError
from tests.ecosystem.made_forest import forest

DAY = 48


@pytest.fixture(scope="module")
def whole():
    made = forest("2020-05-01", 90)
    rain = np.where(np.random.default_rng(0).random(made.sizes["time"]) < 0.05, 0.4, 0.0)
    return made.assign(P=("time", rain))[["SW_IN", "TA", "VPD", "P"]]


@pytest.fixture(scope="module")
def broken(whole):
    day = np.arange(whole.sizes["time"]) // DAY
    return whole.where((day < 30) | (day >= 60))


def in_steps(ds, minutes, first=0):
    """Return means (of rain sums) over other steps, by interpolation where these are shorter."""
    step = np.timedelta64(minutes, "m")
    time = ds.time.values[0] + np.timedelta64(first, "m") + np.arange(90 * 1440 // minutes - 1) * step
    fine = ds.time.values[0].astype("int64") + (np.arange(90 * 1440) * 60 + 30) * 10**9
    record = np.minimum(np.arange(90 * 1440) // 30, ds.sizes["time"] - 1)
    inside = (fine - time[0].astype("int64")) // (minutes * 60 * 10**9)
    good = (inside >= 0) & (inside < time.size)
    out = {}
    for name in ds.data_vars:
        total = np.bincount(inside[good], ds[name].values[record[good]], minlength=time.size)
        out[name] = ("time", total / (30.0 if name == "P" else minutes), ds[name].attrs)
    return xr.Dataset(out, {"time": time}, ds.attrs)


@pytest.mark.parametrize(
    ("minutes", "first", "limit"),
    [(30, 0, 1e-6), (15, 0, 1e-6), (10, 0, 1e-6), (60, 0, 0.3), (180, 0, 1.0), (30, 15, 0.3)],
)
def test_steps_of_any_length(whole, broken, minutes, first, limit):
    near = in_steps(whole, minutes, first).assign_attrs(whole.attrs)
    out = fk.ecosystem.fill_drivers(broken, neighbour=near.assign(TA=0.8 * near.TA + 3.0), names=[*whole])
    gone = np.isnan(broken.TA.values)
    used = out.TA_F_METHOD.values == NEIGHBOUR
    assert used[gone].mean() > 0.9
    assert np.sqrt(np.mean((out.TA_F.values - whole.TA.values)[used] ** 2)) < limit
    assert out.SW_IN_F.values[gone].mean() == pytest.approx(whole.SW_IN.values[gone].mean(), rel=0.03)
    assert out.P_F.values[gone].sum() == pytest.approx(whole.P.values[gone].sum(), rel=0.1)
    kept = np.isfinite(broken.TA.values)
    np.testing.assert_array_equal(out.TA_F.values[kept], broken.TA.values[kept])


def test_another_unit_without_anything_in_common(whole, broken):
    """No line can be found, so that the header has to tell."""
    near = whole.assign(TA=(whole.TA + 273.15).assign_attrs(units="K")).isel(time=slice(30 * DAY, 60 * DAY))
    out = fk.ecosystem.fill_drivers(broken, neighbour=near)
    used = out.TA_F_METHOD.values == NEIGHBOUR
    np.testing.assert_allclose(out.TA_F.values[used], whole.TA.values[used], atol=1e-9)
    with pytest.raises(FillingError, match="TA of the neighbour station: "):
        fk.ecosystem.fill_drivers(broken, neighbour=near.assign(TA=near.TA.assign_attrs(units="hPa")))


def test_one_that_does_not_serve_is_told(whole, broken):
    later = whole.assign_coords(time=whole.time + np.timedelta64(3650, "D"))
    out = fk.ecosystem.fill_drivers(broken, neighbour=later)
    assert "the neighbour station has nothing at the times of the site" in out.attrs["notes"]
    assert np.isfinite(out.TA_F).all()
    with pytest.raises(FillingError, match="has none of SW_IN, TA, VPD; it has t"):
        fk.ecosystem.fill_drivers(broken, neighbour=whole[["TA"]].rename(TA="t"))
    with pytest.raises(FillingError, match="steps of 24 h; more than three say too little"):
        fk.ecosystem.fill_drivers(broken, neighbour=in_steps(whole, 1440))
    with pytest.raises(HalfHoursError, match="dimension `time`"):
        fk.ecosystem.fill_drivers(broken, neighbour=whole.rename(time="when"))
