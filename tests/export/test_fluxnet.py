"""The FLUXNET CSV: time, completeness, numbers, bytes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fluxkit.export.fluxnet import write_csv
from fluxkit.schema import variables
from tests import made_day


def test_name_and_columns(tmp_path: Path) -> None:
    path = write_csv(made_day.fluxes(), tmp_path, made_day.site())
    assert path.name == "XX-Mad_HH_202506120000_202506130000.csv"
    header = path.read_text(encoding="ascii").splitlines()[0].split(",")
    assert header[:2] == ["TIMESTAMP_START", "TIMESTAMP_END"]
    assert set(header[2:]) == set(made_day.fluxes().data_vars)
    assert header[2:] == [name for name in variables.names() if name in header]


def test_numbers_come_back(tmp_path: Path) -> None:
    fluxes = made_day.fluxes()
    df = pd.read_csv(write_csv(fluxes, tmp_path, made_day.site()), na_values=["-9999"])
    assert len(df) == 48
    for name in ("NEE", "LE", "RHO", "NEE_SSITC_TEST", "LOSS_FLAG"):
        if name in fluxes:
            np.testing.assert_allclose(df[name], fluxes[name], rtol=1e-6)


def test_local_standard_time_at_both_ends(tmp_path: Path) -> None:
    df = pd.read_csv(write_csv(made_day.fluxes(), tmp_path, made_day.site()), dtype=str)
    assert df["TIMESTAMP_START"].iloc[0] == "202506120000"  # 23:00 UTC the day before
    assert df["TIMESTAMP_END"].iloc[0] == "202506120030"
    assert df["TIMESTAMP_END"].iloc[-1] == "202506130000"


def test_gaps_are_rows_and_missing_is_9999(tmp_path: Path) -> None:
    holed = made_day.fluxes().isel(time=[0, 1, 5, 6])
    lines = write_csv(holed, tmp_path, made_day.site()).read_text().splitlines()
    assert len(lines) == 1 + 7
    assert lines[4].startswith("202506120130,202506120200,-9999,-9999,")
    assert set(lines[4].split(",")[2:]) == {"-9999"}


def test_equal_input_gives_equal_bytes_in_any_order(tmp_path: Path) -> None:
    fluxes = made_day.fluxes()
    shuffled = fluxes.isel(time=np.random.default_rng(1).permutation(48))
    shuffled = shuffled[sorted(shuffled.data_vars)]
    a = write_csv(fluxes, tmp_path / "a", made_day.site())
    b = write_csv(shuffled, tmp_path / "b", made_day.site())
    assert a.read_bytes() == b.read_bytes()


def test_integers_have_no_decimals_and_zero_no_sign(tmp_path: Path) -> None:
    fluxes = made_day.fluxes()[["FC", "NEE_SSITC_TEST", "USED_RECORDS"]]
    fluxes["FC"][0] = -0.0
    first = write_csv(fluxes, tmp_path, made_day.site()).read_text().splitlines()[1].split(",")
    assert first[2] == "0"
    assert all(part.lstrip("-").isdigit() for part in first[2:])


def test_hourly_files_are_hr(tmp_path: Path) -> None:
    site = made_day.site()
    site = site.model_copy(update={"condense": site.condense.model_copy(update={"period": 60.0})})
    hourly = made_day.fluxes().isel(time=slice(0, None, 2))
    assert write_csv(hourly, tmp_path, site).name == "XX-Mad_HR_202506120000_202506130000.csv"


@pytest.mark.parametrize(
    ("shift", "message"),
    [
        (np.timedelta64(10, "m"), "not a whole number of 30 min periods"),
        (np.timedelta64(-30, "m"), "occurs twice"),
    ],
)
def test_irregular_times_are_refused(tmp_path: Path, shift: np.timedelta64, message: str) -> None:
    fluxes = made_day.fluxes().isel(time=slice(0, 4))
    times = fluxes["time"].to_numpy().copy()
    times[3] += shift
    with pytest.raises(ValueError, match=message):
        write_csv(fluxes.assign_coords(time=times), tmp_path, made_day.site())


def test_what_has_more_dimensions_stays_out(tmp_path: Path) -> None:
    fluxes = made_day.fluxes().isel(time=slice(0, 2))
    fluxes["H"] = fluxes["H"].expand_dims(scheme=2, axis=1)
    header = write_csv(fluxes, tmp_path, made_day.site()).read_text().splitlines()[0]
    assert "H" not in header.split(",")
    assert "LE" in header.split(",")


@pytest.mark.parametrize("apply", [False, True])
def test_what_the_policy_removes_is_missing_only_on_demand(tmp_path: Path, apply: bool) -> None:
    fluxes, site = made_day.fluxes(), made_day.site()
    site = site.model_copy(update={"output": site.output.model_copy(update={"apply_policy": apply})})
    quality = np.zeros(48, dtype=np.int8)
    quality[10:14] = 2
    fluxes["FC_QC"] = ("time", quality)
    df = pd.read_csv(write_csv(fluxes, tmp_path, site), na_values=["-9999"])
    expected = fluxes["FC"].where(quality < 2) if apply else fluxes["FC"]
    np.testing.assert_allclose(df["FC"], expected, rtol=1e-6)
    np.testing.assert_allclose(df["LE"], fluxes["LE"], rtol=1e-6)


def test_flags_as_words_stand_beside_the_numbers(tmp_path: Path) -> None:
    site = made_day.site()
    site = site.model_copy(update={"output": site.output.model_copy(update={"flags_as_words": True})})
    fluxes = made_day.fluxes()
    fluxes["FC_QC_REASON"] = ("time", np.zeros(48, dtype=np.int32))
    fluxes["FC_QC_REASON"][0] = variables.mask("FC_QC_REASON", "quality_class")
    holed = fluxes.isel(time=[0, *range(2, 48)])
    df = pd.read_csv(write_csv(holed, tmp_path, site), keep_default_na=False)
    assert list(df.columns[-2:]) == ["LOSS_FLAG_WORDS", "FC_QC_REASON_WORDS"]
    assert list(df["FC_QC_REASON_WORDS"][:3]) == ["quality_class", "-9999", ""]
    for number, words in zip(df["LOSS_FLAG"], df["LOSS_FLAG_WORDS"], strict=True):
        if number != -9999:
            assert sum(variables.mask("LOSS_FLAG", word) for word in words.split("+")) == number
    plain = write_csv(holed, tmp_path / "plain", made_day.site()).read_text().splitlines()
    spelt = write_csv(holed, tmp_path, site).read_text().splitlines()
    assert all(b.startswith(f"{a},") for a, b in zip(plain, spelt, strict=True))
