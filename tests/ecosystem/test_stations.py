"""Many stations along a dimension: the numbers of each alone, in any number of processes."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.halfhours import HalfHoursError
from fluxkit.ecosystem.processing.stations import _worked_by_worker
from fluxkit.errors import FluxkitError
from tests.ecosystem.made_forest import forest, with_gaps

PLACES = {
    "XX-One": ("2019-05-01", 50.0, 0.0),
    "XX-Two": ("2019-05-20", 40.0, -8.0),
    "XX-Far": ("2019-05-03", 60.0, 1.0),
}


def stations() -> dict[str, xr.Dataset]:
    """Three of different times, clocks and variables."""
    found = {}
    for seed, (name, (first, latitude, offset)) in enumerate(PLACES.items()):
        ds = with_gaps(forest(first, 40, latitude=latitude, seed=seed), seed=seed)
        ds = ds.assign_coords(time=ds["time"] - np.timedelta64(round(offset * 3600), "s"))
        found[name] = ds.assign_attrs(utc_offset_h=offset)
    found["XX-Two"] = found["XX-Two"].drop_vars("VPD")
    found["XX-One"]["NEE"][: 5 * 48] = np.nan  # what is missing at the begin is of the station all the same
    return found


def filled(ds: xr.Dataset) -> xr.Dataset:
    """What is made of each."""
    o = fk.ecosystem.fill(fk.ecosystem.filter_ustar(ds, 0.2), "NEE", method="mds")
    p = fk.ecosystem.partition(o, method="night", variant="reddyproc")
    return p[["NEE_F", "NEE_F_QC", "RECO_NT", "GPP_NT"]].assign(offset=p.attrs["utc_offset_h"])


def hard(ds: xr.Dataset) -> xr.Dataset:
    """Fail where there is no VPD."""
    if "VPD" not in ds:
        raise FluxkitError("no VPD")
    return ds[["TA"]]


def compare(many: xr.Dataset) -> None:
    """Hold each to the station alone, to the last bit."""
    assert many["problem"].values.tolist() == [""] * 3
    for name, ds in stations().items():
        alone, one = filled(ds.assign_attrs(site=name)), many.sel(station=name)
        there = one.sel(time=alone["time"])
        for key in ("NEE_F", "NEE_F_QC", "RECO_NT", "GPP_NT"):
            np.testing.assert_array_equal(there[key].values, alone[key].values)
        assert float(one["offset"]) == PLACES[name][2]
        assert int(one["NEE_F"].notnull().sum()) == int(alone["NEE_F"].notnull().sum())


def test_stations_of_a_dimension_are_those_alone() -> None:
    compare(fk.ecosystem.each_station(fk.ecosystem.join_stations(stations()), filled))


def test_a_worker_of_a_scheduler_keeps_its_memory_and_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """dask's nanny has malloc give back what arrays leave; with or without, and where there is no glibc."""
    name, ds = next(iter(stations().items()))
    part = fk.ecosystem.join_stations({name: ds}).isel(station=0)
    alone = filled(ds.assign_attrs(site=name))
    for asked in ("", "65536", "no number"):
        monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", asked)
        found = _worked_by_worker(part, name, filled)
        assert isinstance(found, xr.Dataset)
        np.testing.assert_array_equal(found["NEE_F"].values, alone["NEE_F"].values)
    monkeypatch.setattr("ctypes.CDLL", lambda name: object())
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")
    assert isinstance(_worked_by_worker(part, name, filled), xr.Dataset)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["processes", "client", "from a file"])
def test_two_processes_give_the_same_numbers(how: str, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    together = fk.ecosystem.join_stations(stations())
    if how == "client":
        with (
            distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
            distributed.Client(cluster) as client,
        ):
            compare(fk.ecosystem.each_station(together, filled, client=client))
        return
    if how == "from a file":
        together.to_netcdf(tmp_path / "stations.nc")
        together = xr.open_dataset(tmp_path / "stations.nc", chunks={"station": 1})
    for workers in (2, 4):  # of which one or three are started, more than there are stations
        compare(fk.ecosystem.each_station(together, filled, workers=workers))
    together.close()


def test_a_station_that_fails_costs_itself_alone() -> None:
    made = fk.ecosystem.each_station(fk.ecosystem.join_stations(stations()), hard)
    assert made["problem"].values.tolist() == ["", "no VPD", ""]
    assert made["TA"].sel(station="XX-Two").isnull().all()
    assert made["TA"].sel(station="XX-Far").notnull().any()


def test_what_cannot_be_joined_is_said() -> None:
    some = stations()
    hours = {"XX-H": forest("2019-05-01", 10, 60)}
    with pytest.raises(HalfHoursError, match="XX-H 60 min"):
        fk.ecosystem.join_stations(some | hours)
    shifted = some["XX-One"].assign_coords(time=some["XX-One"]["time"] + np.timedelta64(7, "m"))
    with pytest.raises(HalfHoursError, match="XX-Two begin at other minutes"):
        fk.ecosystem.join_stations({"XX-Two": some["XX-Two"], "XX-One": shifted})
    with pytest.raises(HalfHoursError, match="join_stations makes one"):
        fk.ecosystem.each_station(some["XX-One"], hard)
    with pytest.raises(HalfHoursError, match="XX-Two: no VPD"):
        fk.ecosystem.each_station(fk.ecosystem.join_stations({"XX-Two": some["XX-Two"]}), hard)
