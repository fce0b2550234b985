"""What the networks' checks would say: each fault is named, and a sound file is left in peace."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fluxkit.errors import ReadError
from fluxkit.submissions.checking import check_file
from fluxkit.submissions.finding import Finding

PLACE = {"latitude": 50.0, "longitude": 10.0, "utc_offset_h": 1.0}
NAME = "US-Xyz_HR_202301010000_202401010000.csv"


def sound(years: int = 1) -> pd.DataFrame:
    """Whole years of a made station, everything plausible and with gaps."""
    rng = np.random.default_rng(4)
    start = pd.date_range("2023-01-01", f"{2023 + years}-01-01", freq="60min", inclusive="left")
    n = len(start)
    from fluxkit.physics.solar import potential_radiation

    utc = (start + pd.Timedelta("30min") - pd.Timedelta("1h")).to_numpy()
    sun = potential_radiation(utc, 50.0, 10.0)
    cloud = np.repeat(rng.uniform(0.3, 0.95, n // 8 + 1), 8)[:n]
    sw = 0.75 * sun * cloud
    day = start.day_of_year.to_numpy()
    ta = 9 - 10 * np.cos(2 * np.pi * (day - 20) / 365) + 0.008 * sw + np.cumsum(rng.normal(0, 0.1, n)) % 3
    rh = np.clip(90 - 0.05 * sw + rng.normal(0, 3, n), 15, 100)
    ws = np.abs(rng.gamma(3.0, 0.8, n))
    vpd = 6.1078 * (1 - rh / 100) * np.exp(17.08085 * ta / (234.175 + ta))
    table = pd.DataFrame(
        {
            "FC": 2.0 + 0.05 * ta - 12.0 * sw / (sw + 300) + rng.normal(0, 0.8, n),
            "H": 0.25 * sw - 15 + rng.normal(0, 8, n), "LE": 0.3 * sw + 5 + rng.normal(0, 8, n),
            "USTAR": 0.1 * ws + np.abs(rng.normal(0, 0.03, n)), "WS": ws, "CO2": 420 + rng.normal(0, 5, n),
            "TA": ta, "RH": rh, "VPD": vpd, "PA": 98 + rng.normal(0, 0.5, n), "SW_IN": sw,
            "PPFD_IN": 2.05 * sw + np.abs(rng.normal(0, 3, n)), "T_SONIC": ta + 0.5 + rng.normal(0, 0.3, n),
            "G": 0.05 * sw, "NETRAD": 0.6 * sw - 40, "LW_IN": 300 + ta, "P": rng.binomial(1, 0.02, n) * 0.4,
            "SWC": 30 + 5 * np.cos(2 * np.pi * day / 365),
            "TS": 10 - 6 * np.cos(2 * np.pi * (day - 30) / 365),
        }
    )  # fmt: skip
    table = table.mask(rng.random(table.shape) < 0.05)
    stamps = {"TIMESTAMP_START": start, "TIMESTAMP_END": start + pd.Timedelta("60min")}
    for k, (name, times) in enumerate(stamps.items()):
        table.insert(k, name, times.strftime("%Y%m%d%H%M"))
    return table


def findings(folder: Path, table: pd.DataFrame, name: str = NAME, **place: float) -> list[Finding]:
    path = folder / name
    table.to_csv(path, index=False, na_rep="-9999", float_format="%.6g")
    return check_file(path, **(place or PLACE))


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return sound()


def test_a_sound_file_is_left_in_peace(tmp_path: Path, table: pd.DataFrame) -> None:
    assert findings(tmp_path, table) == []


def test_a_clock_that_was_not_told_is_not_guessed(tmp_path: Path, table: pd.DataFrame) -> None:
    assert findings(tmp_path, table, latitude=50.0, longitude=10.0) == []
    wrong = findings(tmp_path, table, latitude=50.0, longitude=10.0, utc_offset_h=0.0)
    assert any("SW_IN" in one.says for one in wrong)


def gain(name: str, factor: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda t: t.assign(**{name: t[name] * factor})


def swapped(t: pd.DataFrame) -> pd.DataFrame:
    return t.assign(SW_IN=t["PPFD_IN"], PPFD_IN=t["SW_IN"])


def shifted(t: pd.DataFrame) -> pd.DataFrame:
    return t.assign(**{name: np.roll(t[name], 3) for name in t.columns[2:]})


def summer_time(t: pd.DataFrame) -> pd.DataFrame:
    start = pd.to_datetime(t["TIMESTAMP_START"], format="%Y%m%d%H%M")
    summer = (start >= "2023-03-26") & (start < "2023-10-29")
    return t.assign(**{name: np.where(summer, np.roll(t[name], 1), t[name]) for name in t.columns[2:]})


def filtered(t: pd.DataFrame) -> pd.DataFrame:
    return t.assign(FC=t["FC"].mask(t["USTAR"] < 0.2))


FAULTS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str, str]] = {
    "QC": (lambda t: t.assign(FC_QC=0), "FC_QC", "rejected"),
    "no such variable": (lambda t: t.assign(co2_flux=t["FC"]), "co2_flux", "rejected"),
    "no end": (lambda t: t.drop(columns="TIMESTAMP_END"), "TIMESTAMP_END", "rejected"),
    "a gap in time": (lambda t: t.drop(index=range(100, 105)), "", "rejected"),
    "twice": (lambda t: pd.concat([t[:50], t[40:]]), "", "rejected"),
    "filled": (lambda t: t.assign(H=t["H"].fillna(0.0)), "H", "error"),
    "filled alone": (lambda t: t.rename(columns={"LE": "LE_F"}), "LE_F", "error"),
    "NaN": (lambda t: t.assign(TA=t["TA"].astype(object).fillna("NaN")), "TA", "error"),
    "-6999": (lambda t: t.assign(TA=t["TA"].fillna(-6999)), "TA", "error"),
    "words": (lambda t: t.assign(G=t["G"].astype(object).fillna("broken")), "G", "rejected"),
    "fraction": (gain("RH", 0.01), "RH", "error"),
    "hPa": (gain("PA", 10.0), "PA", "error"),
    "kelvin": (lambda t: t.assign(TA=t["TA"] + 273.15), "TA", "error"),
    "some far": (lambda t: t.assign(LE=t["LE"].mask(t.index % 300 == 0, 5000.0)), "LE", "error"),
    "swapped": (swapped, "PPFD_IN", "warning"),
    "three hours": (shifted, "SW_IN", "warning"),
    "u* filtered": (filtered, "FC", "warning"),
    "summer time": (summer_time, "SW_IN", "error"),
    "kPa": (gain("VPD", 0.1), "VPD", "error"),
    "another sonic": (lambda t: t.assign(T_SONIC=-t["TA"]), "T_SONIC", "warning"),
    "another wind": (lambda t: t.assign(USTAR=np.roll(t["USTAR"], 4000)), "USTAR", "warning"),
    "two stations": (lambda t: pd.concat([t, t]), "", "rejected"),
    "half a year": (lambda t: t[:4500], "", "warning"),
    "no CO2": (lambda t: t.drop(columns="CO2"), "CO2", "warning"),
    "empty": (lambda t: t.assign(SWC=np.nan), "SWC", "warning"),
}


#: Words of the one sentence that tells a fault.
SAYS = {
    "a gap in time": "5 records are missing, the first after 202301050300",
    "two stations": "8760 records have the time of another one",
    "kPa": "its values are in kPa, not hPa",
    "summer time": "+1.1 h off the sun in summer",
    "u* filtered": "below 0.2 m s-1",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named(tmp_path: Path, table: pd.DataFrame, fault: str) -> None:
    change, column, level = FAULTS[fault]
    found = findings(tmp_path, change(table.copy()))
    told = [one for one in found if one.column == column and one.level == level]
    assert told, found
    assert all(one.do for one in told)
    assert sum(SAYS.get(fault, "") in one.says for one in told) >= 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("fluxes.csv", "four parts"), ("US-Xyz_MM_202301010000_202401010000.csv", "no resolution"),
        ("US-Xyz_HR_20230101_20240101.csv", "no time"), ("Tower_HR_202301010000_202401010000.csv", "no code"),
        ("US-Xyz_HR_202201010000_202301010000.csv", "its rows"),
        ("US-Xyz_HR_202301010000_202401010000.txt", ".csv"),
        ("US-Xyz_HR_202301010000_202401010000_v2.csv", "removed there"),
    ],
)  # fmt: skip
def test_the_files_name_is_checked(tmp_path: Path, table: pd.DataFrame, name: str, says: str) -> None:
    assert any(says in one.says for one in findings(tmp_path, table, name))


def test_years_are_compared(tmp_path: Path) -> None:
    years = sound(3)
    name = "US-Xyz_HR_202301010000_202601010000.csv"
    assert findings(tmp_path, years, name) == []
    second = years["TIMESTAMP_START"].str.startswith("2024")
    turned = years.assign(H=years["H"].mask(second, -years["H"]))
    assert any(one.column == "H" and "2024" in one.says for one in findings(tmp_path, turned, name))


def test_what_is_no_table_is_said(tmp_path: Path) -> None:
    for text in (b"", b"\xff\xfe\x00", b"a,b\n1,2\n1,2,3\n"):
        path = tmp_path / NAME
        path.write_bytes(text)
        with pytest.raises(ReadError):
            check_file(path)
    with pytest.raises(ReadError):
        check_file(tmp_path / "none.csv")
