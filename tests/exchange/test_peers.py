"""Programs of the field that read what we write, where they are installed; docs/exports.md tells versions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import fluxkit as fk
from tests.exchange.made import half_hours


def test_diive_reads_full_output(tmp_path: Path) -> None:
    reader = pytest.importorskip("diive.core.io.filereader")
    ds = half_hours(3)
    path, _ = fk.exchange.write_eddypro(ds, tmp_path)
    table, _ = reader.ReadFileType(
        filetype="EDDYPRO-FULL-OUTPUT-CSV-30MIN", filepath=str(path), output_middle_timestamp=True
    ).get_filedata()
    middle = pd.DatetimeIndex(ds["time"].values) + pd.Timedelta("1h15min")
    assert list(table.index) == list(middle)
    np.testing.assert_allclose(table["co2_flux"], ds["FC"].values, rtol=1e-6)
    np.testing.assert_allclose(table["air_temperature"] - 273.15, ds["TA"].values, atol=1e-4)


def test_hesseflux_fills_gaps_of_a_european_file(tmp_path: Path) -> None:
    hesseflux = pytest.importorskip("hesseflux")
    if int(pd.__version__.split(".")[0]) > 2:
        pytest.skip("hesseflux 5.0 writes to arrays that pandas 3 gives for reading alone")
    ds = half_hours(20)
    path, _ = fk.submissions.write_submission(ds, tmp_path, site="XX-Mad", utc_offset_h=1.0, network="europe")
    table = pd.read_csv(path, na_values=-9999)
    table.index = pd.to_datetime(table.pop("TIMESTAMP_END").astype(str), format="%Y%m%d%H%M")
    names = {"FC_1_1_1": "FC", "SW_IN_1_1_1": "SW_IN", "TA_1_1_1": "TA", "VPD_PI_1_1_1": "VPD"}
    table = table[list(names)].dropna(how="all").rename(columns=names)
    np.testing.assert_allclose(table["FC"].dropna(), ds["FC"].dropna("time"), rtol=1e-6)
    table["TA"] += 273.15
    flag = table.isna().to_numpy(np.int64) * 2
    filled, _ = hesseflux.gapfill(
        table.fillna(-9999.0).to_numpy(copy=True), flag=flag, date=table.index.to_numpy(), undef=-9999.0,
        colhead=list(table.columns), timeformat="%Y-%m-%dT%H:%M:%S",
    )  # fmt: skip
    assert (filled[:, 0] != -9999.0).mean() > 0.99
