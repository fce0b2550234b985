"""A zarr store in the shape of the ICOS Carbon Portal: xarray and zarr itself open it."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.errors import WriteError
from fluxkit.exchange.icos_shape import VARIANTS, shaped
from tests.exchange.made import ABOUT, half_hours

zarr = pytest.importorskip("zarr")


def product(n: int = 96) -> xr.Dataset:
    """Return columns of a FLUXNET product, each with a number of its own."""
    time = np.datetime64("2020-05-31T23:00", "ns") + np.arange(n) * np.timedelta64(30, "m")
    names = [f"NEE_{t}_{v}" for t in ("CUT", "VUT") for v in ("REF", "USTAR50", "MEAN", "05", "95")]
    names += [f"{f}_{p}_VUT_{v}" for f in ("GPP", "RECO") for p in ("NT", "DT") for v in ("REF", "50")]
    names += ["LE_CORR_25", "LE_CORR", "LE_CORR_75", "TS_F_MDS_1", "TS_F_MDS_2", "SWC_F_MDS_1", "TA_F"]
    columns = {name: ("time", k + np.arange(n) / 1000.0) for k, name in enumerate(names)}
    columns["NEE_VUT_REF_QC"] = ("time", (np.arange(n) % 4).astype(float))
    columns["NEE_VUT_REF_RANDUNC"] = ("time", np.full(n, 0.5))
    return xr.Dataset(columns, {"time": time}, ABOUT)


def test_each_column_is_where_its_labels_say() -> None:
    ds = product()
    found = shaped(ds)
    assert found["NEE"].dims == ("time", "ustar_threshold", "nee_variant")
    assert found["GPP"].dims == ("time", "partition_method", "ustar_threshold", "nee_variant")
    assert tuple(found["nee_variant"].values) == VARIANTS
    at = {"ustar_threshold": "CUT", "nee_variant": "p05"}
    np.testing.assert_array_equal(found["NEE"].sel(at), ds["NEE_CUT_05"])
    at = {"partition_method": "DT", "ustar_threshold": "VUT", "nee_variant": "p50"}
    np.testing.assert_array_equal(found["RECO"].sel(at), ds["RECO_DT_VUT_50"])
    np.testing.assert_array_equal(found["LE_CORR"].sel(corr_pct="p50"), ds["LE_CORR"])
    np.testing.assert_array_equal(found["TS"].sel(soil_layer=2), ds["TS_F_MDS_2"])
    assert np.isnan(found["SWC"].sel(soil_layer=2)).all()
    assert np.isnan(found["NEE_QC"].sel(ustar_threshold="CUT")).all()
    assert found["TA_F"].dims == ("time",)


def test_no_number_is_lost_or_made() -> None:
    ds = product()
    found = shaped(ds)
    before = np.sort(np.concatenate([ds[name].values for name in ds]))
    after = np.concatenate([found[name].values.ravel() for name in found])
    np.testing.assert_array_equal(np.sort(after[np.isfinite(after)]), before)


def test_xarray_and_zarr_read_it(tmp_path: Path) -> None:
    ds = product()
    path, _ = fk.exchange.write_zarr(ds, tmp_path)
    back = xr.open_zarr(path, group="XX-Mad")
    np.testing.assert_array_equal(back["time"], ds["time"])
    picked = back["NEE"].sel(ustar_threshold="VUT", nee_variant="REF")
    np.testing.assert_allclose(picked, ds["NEE_VUT_REF"], rtol=1e-6)
    np.testing.assert_array_equal(
        back["NEE_QC"].sel(ustar_threshold="VUT", nee_variant="REF"), ds["NEE_VUT_REF_QC"]
    )
    assert back.attrs["Conventions"] == "CF-1.12"
    group = zarr.open_group(path, mode="r", path="XX-Mad")
    assert group["NEE_QC"].dtype == np.uint8
    assert group.metadata.zarr_format == 2
    assert group["NEE"].shape == (96, 2, 11)


def test_a_runs_variables_stay_as_they_are(tmp_path: Path) -> None:
    ds = half_hours(1)
    path, _ = fk.exchange.write_zarr(ds, tmp_path)
    back = xr.open_zarr(path, group="XX-Mad")
    np.testing.assert_allclose(back["FC"], ds["FC"], rtol=1e-6)


def test_a_store_is_replaced_whole(tmp_path: Path) -> None:
    fk.exchange.write_zarr(product(), tmp_path)
    later = product(48)
    path, _ = fk.exchange.write_zarr(later, tmp_path)
    assert xr.open_zarr(path, group="XX-Mad").sizes["time"] == 48
    assert [p.name for p in tmp_path.iterdir()] == ["XX-Mad.zarr"]


def test_a_failure_leaves_the_old_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = fk.exchange.write_zarr(product(), tmp_path)

    def full(*args: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_zarr", full)
    with pytest.raises(WriteError, match="disk is full"):
        fk.exchange.write_zarr(product(48), tmp_path)
    assert xr.open_zarr(path, group="XX-Mad").sizes["time"] == 96
    assert [p.name for p in tmp_path.iterdir()] == ["XX-Mad.zarr"]
