"""Files for upload: by the rules, and nothing in them that would be dropped."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from fluxkit.submissions.checking import check_file
from fluxkit.submissions.tables import SubmissionError, write_submission
from tests import made_day


def written(folder: Path, fluxes: xr.Dataset, **options: object) -> tuple[Path, dict[str, str]]:
    return write_submission(fluxes, folder, **({"site": "US-Xyz", "utc_offset_h": 1.0} | options))  # type: ignore[arg-type]


def test_whole_years_of_local_standard_time(tmp_path: Path) -> None:
    fluxes = made_day.fluxes(3)
    path, left_out = written(tmp_path, fluxes)
    assert path.name == "US-Xyz_HH_202501010000_202601010000.csv"
    table = pd.read_csv(path)
    assert len(table) == 17520
    there = table[table["FC"] != -9999]
    assert there["TIMESTAMP_START"].iloc[0] == 202506120000
    values = fluxes["FC"].values
    np.testing.assert_allclose(there["FC"], values[np.isfinite(values)], rtol=1e-6)
    assert {"FC_UNCORR", "LOSS_FLAG", "NEE_SSITC_TEST"} <= set(left_out)
    assert "FC_SSITC_TEST" in table


def test_no_column_would_be_dropped(tmp_path: Path) -> None:
    path, _ = written(tmp_path, made_day.fluxes(10))
    found = check_file(path, latitude=51.1, longitude=10.9, utc_offset_h=1.0)
    assert [one for one in found if one.level == "rejected"] == []
    assert not any("taken for filled" in one.says for one in found)


def test_hours_and_positions(tmp_path: Path) -> None:
    fluxes = made_day.fluxes(2).isel(time=slice(None, None, 2))
    fluxes["TS"] = fluxes["TA"]
    path, _ = written(tmp_path, fluxes, positions={"TS": "1_2_1"})
    assert path.name.startswith("US-Xyz_HR_")
    assert "TS_1_2_1" in pd.read_csv(path, nrows=1)


def test_a_year_without_data_between_is_there(tmp_path: Path) -> None:
    fluxes = made_day.fluxes(1)
    later = fluxes.assign_coords(time=fluxes["time"] + np.timedelta64(730, "D"))
    path, _ = written(tmp_path, xr.concat([fluxes, later], "time"))
    assert path.name.endswith("202501010000_202801010000.csv")
    assert len(pd.read_csv(path)) == 17520 * 3


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"site": "Finse"}, "code of a site"),
        ({"site": "../etc"}, "code of a site"),
        ({"network": "ozflux"}, "one of ameriflux, fluxnet, europe, icos"),
        ({"utc_offset_h": 1.1}, "whole steps"),
        ({"positions": {"SWC": "1_1_1"}}, "have no SWC"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, options: dict[str, object], says: str) -> None:
    with pytest.raises(SubmissionError, match=says):
        written(tmp_path, made_day.fluxes(), **options)
    assert list(tmp_path.iterdir()) == []


def test_ten_minutes_and_nothing_are_refused(tmp_path: Path) -> None:
    fluxes = made_day.fluxes()
    ten = fluxes.assign_coords(time=fluxes["time"].values[0] + np.arange(48) * np.timedelta64(10, "m"))
    with pytest.raises(SubmissionError, match="10 min are not taken"):
        written(tmp_path, ten)
    with pytest.raises(SubmissionError, match="two periods"):
        written(tmp_path, fluxes.isel(time=slice(0, 1)))
    with pytest.raises(SubmissionError, match="nothing to submit"):
        written(tmp_path, fluxes[["LOSS_FLAG"]])
