"""Profiles from text: units, dry air, times, and what is refused in words."""

from pathlib import Path

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.errors import ConfigError, NoInputError, ReadError
from tests.small_station import STAMPS, make_site

TABLE = """stamp,c1,c2,q1,q2,t1,t2
2024-07-01 00:01,400,410,10,20,15.0,16.0
2024-07-01 00:02,402,-9999,10,20,NAN,16.0
"""
SECTION = {
    "files": "profile*.csv",
    "heights": [1.0, 2.5],
    "time_column": "stamp",
    "time_is": "end",
    "reading_s": 60.0,
    "columns": {
        "co2": {"columns": ["c1", "c2"], "unit": "umol mol-1", "quantity": "mole_fraction"},
        "h2o": {"columns": ["q1", "q2"], "unit": "mmol mol-1", "quantity": "mole_fraction"},
        "t_air": {"columns": ["t1", "t2"], "unit": "degC"},
    },
}


def site_with(**changes):
    base = make_site(utc_offset_h=1.0, **STAMPS).model_dump()
    return type(make_site(**STAMPS)).model_validate(base | {"profile": SECTION | changes})


def opened(folder: Path, text: str = TABLE, **changes):
    (folder / "profile.csv").write_text(text)
    return fk.open_profile(site_with(**changes), folder)


def test_si_dry_and_utc(tmp_path):
    """400 umol mol-1 in air with 10 mmol mol-1 of vapour: 404.04 dry. 00:01 at UTC+1, end of a minute."""
    found = opened(tmp_path)
    assert found["time"].values[0] == np.datetime64("2024-06-30T23:00:30")
    assert found["height"].values.tolist() == [1.0, 2.5]
    np.testing.assert_allclose(
        found["co2"].values, [[400e-6 / 0.99, 410e-6 / 0.98], [402e-6 / 0.99, np.nan]], rtol=1e-12
    )
    np.testing.assert_allclose(found["h2o"].values[0], [0.01 / 0.99, 0.02 / 0.98], rtol=1e-12)
    np.testing.assert_allclose(found["t_air"].values, [[288.15, 289.15], [np.nan, 289.15]])


def test_a_mixing_ratio_stays_as_it_is(tmp_path):
    columns = SECTION["columns"] | {
        "co2": {"columns": ["c1", "c2"], "unit": "umol mol-1", "quantity": "mixing_ratio"}
    }
    np.testing.assert_allclose(opened(tmp_path, columns=columns)["co2"].values[0], [400e-6, 410e-6])


def test_files_are_joined_in_order_of_time_each_reading_once(tmp_path, caplog):
    (tmp_path / "profile_b.csv").write_text(TABLE.replace("2024-07-01", "2024-06-30"))
    (tmp_path / "profile_c.csv").write_text(TABLE)
    found = opened(tmp_path)
    assert found.sizes["time"] == 4
    assert (np.diff(found["time"].values) > np.timedelta64(0)).all()
    assert "2 readings repeat the time of an earlier one" in caplog.text


def test_what_cannot_be_used_is_said(tmp_path):
    with pytest.raises(NoInputError, match=r"no file matches profile.files = profile\*.csv"):
        fk.open_profile(site_with(), tmp_path)
    with pytest.raises(ReadError, match=r"profile.csv:2: 'noon' is not a time.*profile.time_format"):
        opened(tmp_path, TABLE.replace("2024-07-01 00:01", "noon"))
    with pytest.raises(
        ReadError, match=r"profile.csv:3: 'bad' in column c2 is not a number.*profile.missing"
    ):
        opened(tmp_path, TABLE.replace("-9999", "bad"))
    with pytest.raises(ReadError, match="no column 'c2'"):
        opened(tmp_path, TABLE.replace("c2", "c3"))
    with pytest.raises(ConfigError, match=r"needs a section \[profile\]"):
        fk.open_profile(make_site(**STAMPS), tmp_path)
