"""Files of spectra."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr

from fluxkit.export.spectra import write_ensembles, write_period_spectra


def part(start: int, n: int) -> xr.Dataset:
    time = np.datetime64("2024-07-01", "ns") + np.arange(start, start + n) * np.timedelta64(1800, "s")
    f = np.array([0.1, np.nan, 1.0])
    values = np.arange(3.0 * n).reshape(n, 3) + start
    values[:, 1] = np.nan
    return xr.Dataset(
        {"COSP_W_CO2": (("time", "frequency"), values, {"units": "1"})}, {"time": time, "frequency": f}
    )


def test_periods_are_appended_part_by_part(tmp_path: Path) -> None:
    path = tmp_path / "XX-Tst_period_spectra.nc"
    write_period_spectra((part(k, 2) for k in (0, 2)), path)
    with xr.open_dataset(path) as found:
        assert found.sizes == {"time": 4, "frequency": 2}
        np.testing.assert_array_equal(np.diff(found["time"].values), np.timedelta64(1800, "s"))
        np.testing.assert_array_equal(found["COSP_W_CO2"].values[2], [2.0, 4.0])
        assert "W and CO2" in found["COSP_W_CO2"].attrs["long_name"]
    with pytest.raises(ValueError, match="no averaging period"):
        write_period_spectra([], path)
    with netCDF4.Dataset(path) as file:  # the old file is still whole
        assert file.dimensions["time"].size == 4


def test_ensembles_come_back(tmp_path: Path) -> None:
    path = tmp_path / "e.nc"
    given = xr.Dataset(
        {"SPEC_CO2": (("month", "frequency"), [[1.0, np.nan]])}, {"month": ["01"], "frequency": [0.1, 1.0]}
    )
    write_ensembles(given, path)
    with xr.open_dataset(path) as found:
        xr.testing.assert_equal(found.load(), given)
        assert "class" in found.attrs["title"]
