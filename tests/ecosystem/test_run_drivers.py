"""A run with a neighbour and a reanalysis for gaps of drivers; what does not serve costs nothing else."""

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.ecosystem.processing.settings import Fill, Partition, Settings, Uncertainty, Ustar
from tests.ecosystem import tables
from tests.ecosystem.filling.test_drivers import era5_of

PLACE = {"latitude": tables.LATITUDE, "longitude": tables.LONGITUDE, "utc_offset_h": tables.OFFSET}


def made(tmp_path, change=None, name="DE-Abc_HH.csv"):
    where = (tables.LATITUDE, tables.LONGITUDE)
    local, table = tables.series(30, minutes=30, first="2019-05-01", place=where)
    for key in ("NEE", "LE", "H"):
        table[key][::7] = np.nan
    if change is not None:
        change(table)
    return tables.write(tmp_path / name, tables.fluxnet(local, table, 30))


def outage(table):
    for name in ("TA", "SW_IN", "VPD", "PPFD_IN", "RH"):
        if name in table:
            table[name][600:900] = np.nan


def run(tmp_path, path, **fill):
    how = Settings(
        ustar=Ustar(bootstraps=0),
        fill=Fill(method="mds", **fill),
        partition=Partition(day="none", members="none"),
        uncertainty=Uncertainty(pairs=0),
    )
    return fk.ecosystem.run(path, tmp_path / "out", config=how, **PLACE)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    whole = fk.ecosystem.read(made(folder), **PLACE)
    rain = whole.TA.values * 0.0 if "P" not in whole else whole.P.values
    grid = era5_of(whole.assign(P=("time", rain))).isel(latitude=[0])
    place = {"latitude": [tables.LATITUDE], "longitude": [tables.LONGITUDE]}
    grid = grid.assign(strd=grid.ssrd * 0.0 + 300.0 * 3600.0)
    grid.assign_coords(place).to_netcdf(folder / "era5.nc")
    (folder / "broken.nc").write_text("no netCDF")
    return folder


def test_both_serve_and_the_neighbour_goes_first(tmp_path, sources):
    path = made(tmp_path, outage)
    both = run(tmp_path, path, era5=str(sources / "era5.nc"), neighbour=str(sources / "DE-Abc_HH.csv"))
    assert {2} <= set(np.unique(both.data.TA_F_METHOD)) <= {0, 1, 2}
    assert {3} <= set(np.unique(both.data.LW_IN_F_METHOD)) <= {0, 1, 3}


def test_what_cannot_be_read_is_said_and_the_rest_is_done(tmp_path, sources):
    path = made(tmp_path, outage)
    done = run(tmp_path, path, era5=str(sources / "broken.nc"), neighbour=str(sources / "absent.csv"))
    said = "\n".join(done.said)
    assert "gaps of drivers are filled without fill.era5: the reanalysis" in said
    assert "gaps of drivers are filled without fill.neighbour: " in said
    assert np.isfinite(done.data.TA_F).all()
    assert np.isfinite(done.data.NEE_F).all()
    alone = run(tmp_path, path)
    np.testing.assert_array_equal(done.data.NEE_F, alone.data.NEE_F)
