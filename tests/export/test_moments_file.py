"""Daily files of moments: exact round trip, clear refusals."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fluxkit.errors import MomentsError
from fluxkit.export.moments_file import read_moments, write_moments


def moments(periods: int = 48) -> xr.Dataset:
    rng = np.random.default_rng(3)
    start = np.datetime64("2025-06-12") + 30 * np.arange(periods).astype("timedelta64[m]")
    mean = rng.normal(size=(periods, 6, 4))
    mean[-1, 1] = np.nan
    lagged = rng.normal(size=(periods, 6, 3, 201)).astype(np.float32)
    return xr.Dataset(
        {
            "count": (("time", "block"), np.full((periods, 6), 6000, dtype=np.int32), {"units": "1"}),
            "mean": (("time", "block", "signal"), mean, {"long_name": "mean", "factor": 2.5}),
            "lagged": (("time", "block", "wind", "lag"), lagged),
            "valid": (("time",), np.arange(periods) != 2),
            "files": ((), 7),
        },
        coords={
            "time": start.astype("datetime64[ns]"),
            "signal": ["u", "v", "w", "t_sonic"],
            "lag": ("lag", np.arange(-100, 101), {"units": "samples"}),
            "file_start": ("time", start.astype("datetime64[s]")),
        },
        attrs={"moments_version": 1, "rate": 20.0, "gases": ["co2", "h2o"], "closed": True},
    )


def test_everything_comes_back(tmp_path: Path) -> None:
    made = moments()
    write_moments(made, tmp_path / "2025-06-12.nc")
    back = read_moments(tmp_path / "2025-06-12.nc", version=1)
    xr.testing.assert_identical(back.drop_attrs(), made.drop_attrs())
    for name in made.variables:
        assert back[name].dtype.kind == made[name].dtype.kind, name
        assert back[name].attrs == made[name].attrs, name
    assert back["lagged"].dtype == np.float32
    assert back["time"].dtype == np.dtype("datetime64[ns]")
    assert back.attrs == made.attrs
    assert set(back.coords) == set(made.coords)


def test_xarray_reads_it_too(tmp_path: Path) -> None:
    write_moments(moments(2), tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc") as back:
        np.testing.assert_array_equal(back["time"], moments(2)["time"])
        assert back["valid"].dtype == bool


def test_a_dataset_without_version_is_refused(tmp_path: Path) -> None:
    made = moments(2)
    del made.attrs["moments_version"]
    with pytest.raises(MomentsError, match="moments_version"):
        write_moments(made, tmp_path / "a.nc")


def test_another_version_is_refused(tmp_path: Path) -> None:
    write_moments(moments(2), tmp_path / "a.nc")
    with pytest.raises(
        MomentsError, match=r"a\.nc: moments of version 1, but this program reads 2; .*condense again"
    ):
        read_moments(tmp_path / "a.nc", version=2)


def test_what_is_not_moments_is_refused(tmp_path: Path) -> None:
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(tmp_path / "a.nc")
    with pytest.raises(MomentsError, match="not a file of moments"):
        read_moments(tmp_path / "a.nc")
    with pytest.raises(MomentsError, match="run condense first"):
        read_moments(tmp_path / "b.nc")


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    write_moments(moments(4), path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(MomentsError, match="damaged"):
        read_moments(path)


def test_a_type_netcdf_lacks_is_refused(tmp_path: Path) -> None:
    made = moments(2)
    made["phase"] = ("time", np.array([1j, 2j]))
    with pytest.raises(MomentsError, match="phase: values of type complex128"):
        write_moments(made, tmp_path / "a.nc")
    assert list(tmp_path.iterdir()) == []
