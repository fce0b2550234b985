"""Partition and wavelets through the chain: fluxes of plants, of the ground, by the minute."""

import numpy as np
import pytest
import xarray as xr
from pydantic import ValidationError

from fluxkit.errors import MomentsError
from fluxkit.tower import chain
from fluxkit.tower.minutes import minutes
from tests.tower.mast import START, air, dataset, make_site, seen

ALL = {"partition": ["zahn-2022", "thomas-2008", "scanlon-2019"], "wavelet": "torrence-compo-1998"}
OFF = {"high_frequency": "none", "low_frequency": "none"}


@pytest.fixture(scope="module", params=["open", "ratio"])
def made(request) -> tuple[xr.Dataset, xr.Dataset, object]:
    site = make_site(path=request.param, condense=ALL, decide=OFF)
    data = dataset(seen(air(3), path=request.param), seen(air(4, zeta=-1.0), path=request.param))
    moments = chain.condense(data, site)
    return moments, chain.decide(moments, site), site


def test_parts_add_up_to_the_net_flux(made):
    _, fluxes, _ = made
    for mark in ("CEC", "MREA", "FVS"):
        test = fluxes[f"{mark}_TEST"].values
        assert set(test) <= {0, 1, 2, 3, 4}
        solved = test == 0
        for net, (a, b) in {"ET": ("T", "E"), "FC": ("P", "R")}.items():
            parts = fluxes[f"{net}_{a}_{mark}"].values + fluxes[f"{net}_{b}_{mark}"].values
            np.testing.assert_allclose(parts[solved], fluxes[net].values[solved], rtol=1e-9)
            if net == "FC":
                assert np.isnan(parts[~solved]).all()
    assert (fluxes["CEC_TEST"].values == 0).any()


def test_leaves_of_a_summer_noon_use_water_as_leaves_do(made):
    _, fluxes, _ = made
    assert np.all(fluxes["WUE_LEAF"].values > -30.0)  # umol mmol-1
    assert np.all(fluxes["WUE_LEAF"].values < -1.0)


def test_minutes_average_to_the_half_hour(made):
    moments, fluxes, site = made
    found = minutes(moments, fluxes, site)
    assert found.sizes["time"] == 60
    assert found["time"].values[0] == START
    assert found["time"].values[31] - found["time"].values[30] == np.timedelta64(60, "s")
    for name in ("H", "LE", "FC", "TAU_UW"):
        mean = found[name].values.reshape(2, 30).mean(axis=1)
        np.testing.assert_allclose(mean, fluxes[name].values, rtol=0.06), name
        assert found[name].attrs["units"] == fluxes[name].attrs["units"]


def test_a_lost_period_has_neither():
    site = make_site(path="ratio", condense=ALL, decide=OFF)
    lost = seen(air(3), path="ratio")
    lost["w"][:] = np.nan
    moments = chain.condense(dataset(seen(air(3), path="ratio"), lost), site)
    fluxes = chain.decide(moments, site)
    assert np.isnan(fluxes["CEC_TEST"].values).tolist() == [False, True]
    assert np.isnan(minutes(moments, fluxes, site)["FC"].values[30:]).all()


def test_gaps_are_bridged_for_wavelets_and_left_out_of_quadrants():
    site = make_site(path="ratio", condense=ALL, decide=OFF)
    whole = seen(air(3), path="ratio")
    data = {k: x.copy() for k, x in whole.items()}
    data["co2"][500:700] = np.nan
    moments = chain.condense(dataset(data), site)
    assert moments["quadrant_sums"].values[0, 0] == pytest.approx(data["w"].size - 200, abs=20)
    assert np.isfinite(moments["wavelet_covariance"].values).all()


def test_nothing_is_kept_unless_asked_for():
    site = make_site(path="ratio")
    moments = chain.condense(dataset(seen(air(3), path="ratio")), site)
    assert not {"quadrant_sums", "wavelet_covariance", "filtered_wind_sums"} & set(moments)
    with pytest.raises(MomentsError, match=r"set condense\.wavelet"):
        minutes(moments, chain.decide(moments, site), site)


def test_switches_that_cannot_be_served_are_named():
    with pytest.raises(ValidationError, match=r"condense\.partition: needs co2 and h2o .*missing: h2o"):
        make_site(path="ratio", gases=("co2",), condense={"partition": ["zahn-2022"]})
    with pytest.raises(ValidationError, match="whole minutes"):
        make_site(condense={"wavelet": "torrence-compo-1998", "period": 0.5})
    with pytest.raises(ValidationError, match=r"set condense\.high_pass = 'exponential'"):
        make_site(decide={"detrending": "exponential"})
