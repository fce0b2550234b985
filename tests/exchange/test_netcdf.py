"""The netCDF of a run: read by a library that is not the one that wrote it."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fluxkit.export.netcdf import write_fluxes
from tests import made_day
from tests.exchange.made import half_hours


def test_h5netcdf_reads_a_runs_file(tmp_path: Path) -> None:
    pytest.importorskip("h5netcdf")
    pytest.importorskip("h5py")  # what it reads with
    ds = half_hours(1)
    write_fluxes(ds, tmp_path / "XX-Mad_fluxes.nc", made_day.site(), made_day.run())
    with xr.open_dataset(tmp_path / "XX-Mad_fluxes.nc", engine="h5netcdf") as back:
        np.testing.assert_array_equal(back["time"], ds["time"])
        np.testing.assert_array_equal(back["FC"], ds["FC"])
        assert back["FC"].attrs["units"] == "umol m-2 s-1"
        assert back.attrs["Conventions"].startswith("CF-1.11")
        assert back["lat"].item() == 51.1
