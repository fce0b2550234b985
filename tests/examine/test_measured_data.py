"""Faults planted in the configurations of measured data; what is not altered raises no doubt."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from fluxkit.archive.run import run
from fluxkit.cli.main import app
from tests.examine.test_seeded_faults import checked, exchanged, replaced

SITES = Path(__file__).parents[1] / "sites"
FINSE_BIOMET = """
[biomet]
files = "{folder}/biomet_data.csv"
time_columns = ["TIMESTAMP"]
time_is = "end"
[biomet.columns]
t_air = {{ column = "TA_2_1_1_1_1", unit = "degC" }}
sw_in = {{ column = "SWIN_6_10_1_1_1", unit = "W m-2" }}
"""

pytestmark = pytest.mark.reference


def text_of(name: str, shared: Path) -> str:
    """The configuration kept beside the tests, its files looked for in the shared folder."""
    text = (SITES / f"{name}.toml").read_text()
    return text.replace('"data/', f'"{shared.as_posix()}/data/')


def doubts(told: list[str]) -> list[str]:
    """Leave out what a configuration leaves open about its instruments, and what headers say."""
    return [line for line in told if not line.startswith(("! instruments.", "! headers"))]


@pytest.mark.parametrize(
    "name", ["ameriflux_gold", "finse", "de-hoh", "fluxpart", "synthetic_a", "synthetic_b"]
)
def test_no_false_alarm(name: str, shared: Path, tmp_path: Path) -> None:
    code, told = checked(tmp_path, text_of(name, shared), "--strict")
    assert (code, doubts(told)) == (0, [])
    if name not in ("ameriflux_gold", "finse"):  # which are run below
        assert run(tmp_path / "other.toml", tmp_path / "out").fluxes.attrs["doubts"] == []


@pytest.mark.parametrize(
    "case", ["stamps_cut", "rate_3.33", "dates_dmy", "dst_autumn", "dst_spring", "units_lie"]
)
def test_no_false_alarm_in_what_others_read_wrongly(case: str, shared: Path) -> None:
    result = CliRunner().invoke(
        app, ["check", str(shared / "cases" / "tower" / case / "site.toml"), "--strict"]
    )
    assert result.exit_code == 0, result.output


def test_a_speed_of_sound_is_no_temperature_in_kelvin(shared: Path, tmp_path: Path) -> None:
    raw = sorted((shared / "data" / "ec_raw" / "thuenen_ghg_li7200").glob("*.ghg"))[0]
    config = tmp_path / "site.toml"
    assert CliRunner().invoke(app, ["init", str(raw), "-o", str(config)]).exit_code == 0
    result = CliRunner().invoke(app, ["check", str(config), "--strict"])
    assert result.exit_code == 0, result.output


def swapped_positions(one: str, other: str) -> Callable[[str], str]:
    """Exchange the positions of two columns of the gold file."""

    def change(text: str) -> str:
        found = {name: re.search(rf"^{name} = {{ column = (\d)", text, re.M) for name in (one, other)}
        a, b = (match.group(1) for match in found.values() if match)
        text = re.sub(rf"^({one} = {{ column = )\d", rf"\g<1>{b}", text, flags=re.M)
        return re.sub(rf"^({other} = {{ column = )\d", rf"\g<1>{a}", text, flags=re.M)

    return change


GOLD: dict[str, tuple[Callable[[str], str], str]] = {
    "u and w": (swapped_positions("u", "w"), "columns.w"),
    "forgotten gain of co2": (replaced("gain = 3.0, offset = 10.0, ", ""), "columns.co2"),
    "forgotten gain of h2o": (replaced("gain = 200.0, ", ""), "columns.h2o"),
    "degC given as K": (replaced('column = 4, unit = "degC"', 'column = 4, unit = "K"'), "columns.t_sonic"),
    "mmol given as mg": (
        replaced('unit = "mmol m-3", gain = 3.0', 'unit = "mg m-3", gain = 3.0'),
        "'mmol m-3' instead of 'mg m-3'",
    ),
    "canopy of 25 m over a sonic at 2 m": (
        replaced("canopy_height = 0.25", "canopy_height = 25.0"),
        "displacement height of 16.8 m",
    ),
}


@pytest.mark.parametrize("fault", GOLD)
def test_gold_file(fault: str, shared: Path, tmp_path: Path) -> None:
    change, words = GOLD[fault]
    code, told = checked(tmp_path, change(text_of("ameriflux_gold", shared)), "--strict")
    assert any(words in line for line in doubts(told)), told
    assert code == 2


FINSE: dict[str, tuple[Callable[[str], str], str]] = {
    "u and w": (lambda text: exchanged(text, "u_m/s", "w_m/s"), "columns.w"),
    "mmol given as umol": (replaced('"H2O_ppt", unit = "mmol', '"H2O_ppt", unit = "umol'), "'mmol mol-1'"),
    "stamps": (replaced('file_time = "records"', 'file_time = "records"\nsample_time_is = "end"'), "its end"),
}


@pytest.mark.parametrize("fault", FINSE)
def test_finse(fault: str, shared: Path, tmp_path: Path) -> None:
    change, words = FINSE[fault]
    code, told = checked(tmp_path, change(text_of("finse", shared)), "--strict")
    assert any(words in line for line in told), told
    assert code == 2


def test_the_sign_of_w_at_finse(shared: Path, tmp_path: Path) -> None:
    """One half hour does not show it for sure; an archive does."""
    config = tmp_path / "site.toml"
    change = replaced('"w_m/s", unit = "m s-1"', '"w_m/s", unit = "m s-1", gain = -1.0')
    config.write_text(change(text_of("finse", shared)))
    told = run(config, tmp_path / "out").fluxes.attrs["doubts"]
    assert len(told) == 1
    assert "columns.w: momentum goes upwards in 100 % of the windy periods" in told[0]
    assert "heat flux is negative" in told[0]


def test_the_clock_of_the_slow_measurements_of_finse(shared: Path, tmp_path: Path) -> None:
    """It is two hours off by the sun, and one by the temperature of the sonic."""
    folder = (shared / "data" / "ec_raw" / "finse_10hz").as_posix()
    config = tmp_path / "site.toml"
    config.write_text(text_of("finse", shared) + FINSE_BIOMET.format(folder=folder))
    told = run(config, tmp_path / "out").fluxes.attrs["doubts"]
    assert len(told) == 2
    assert "2.1 h ahead of the sun" in told[0]
    assert "(by -2 h)" in told[0]
    assert "1.1 h ahead of the sonic's" in told[1]
    assert "(by -1 h)" in told[1]
    code, printed = checked(tmp_path, config.read_text(), "--strict")
    assert (code, doubts(printed)) == (2, [f"! {told[0]}"])


def test_gases_of_the_gold_file_that_are_swapped(shared: Path, tmp_path: Path) -> None:
    """Both are volts with gains of their own, so that means tell nothing; fluxes by day do, and one file."""
    config = tmp_path / "site.toml"
    config.write_text(swapped_positions("co2", "h2o")(text_of("ameriflux_gold", shared)))
    code, printed = checked(tmp_path, config.read_text(), "--strict")
    assert (code, len(doubts(printed))) == (2, 1)
    assert "they seem swapped" in doubts(printed)[0]
    told = run(config, tmp_path / "out").fluxes.attrs["doubts"]
    assert [sentence.split(":")[0] for sentence in told] == ["columns.co2, columns.h2o"]


def substituted(pattern: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        found, count = re.subn(pattern, new, text, flags=re.M)
        assert count == 1
        return found

    return change


@pytest.mark.slow
@pytest.mark.parametrize("station", ["ameriflux_gold", "finse"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text, ""),
        (substituted(r'^(w = .*unit = "m s-1")', r"\1, offset = 0.3"), "columns.w:"),
        (substituted(r'^(w = .*unit = "m s-1")', r"\1, gain = -1.0"), "columns.w:"),
        (substituted(r'^(v = .*unit = "m s-1")', r"\1, gain = -1.0"), "columns.u, columns.v:"),
        (substituted("^longitude = .*", "longitude = 120.0"), "raw.utc_offset_h: | columns.t_sonic:"),
        (substituted("^canopy_height = .*", "canopy_height = 25.0"), "station.canopy_height"),
    ],
    ids=["well", "offset of w", "sign of w", "sign of v", "longitude", "canopy"],
)
def test_what_a_run_names(
    station: str, change: Callable[[str], str], words: str, shared: Path, tmp_path: Path
) -> None:
    config = tmp_path / "site.toml"
    config.write_text(change(text_of(station, shared)))
    told = run(config, tmp_path / "out").fluxes.attrs["doubts"]
    expected = tuple(words.split(" | "))
    assert [sentence.startswith(expected) for sentence in told] == [True] * bool(words), told


def test_the_wind_direction_of_finse_by_another_program(shared: Path, tmp_path: Path) -> None:
    """Its table has the angle of the same sonic's wind, counted against the clock."""
    config, folder = tmp_path / "site.toml", shared / "data" / "ec_raw" / "finse_10hz"
    text = text_of("finse", shared)
    table = f'''
[biomet]
files = "{folder.as_posix()}/reddy_output_30min.csv"
time_is = "start"
[biomet.columns]
wind_direction = {{ column = "wd_mean", unit = "deg", gain = -1.0 }}
'''
    config.write_text(text + table)
    well = run(config, tmp_path / "out").fluxes
    off = np.angle(np.exp(1j * np.radians(well["WD"] - well["WD_SLOW"])).mean().item(), deg=True)
    for turned, count in ((-round(off), 0), (180 - round(off), 1)):
        north = f"north_offset = {turned}.0"
        config.write_text(text.replace("north_offset = 0.0", north) + table)
        told = run(config, tmp_path / "out").fluxes.attrs["doubts"]
        assert [sentence.split(":")[0] for sentence in told] == ["instruments.sonic.north_offset"] * count
        assert all("180 degrees off" in sentence for sentence in told)
    config.write_text(text + table.replace(", gain = -1.0", ""))
    (told,) = run(config, tmp_path / "out").fluxes.attrs["doubts"]
    assert "left-handed" in told


def test_summer_time_in_the_slow_measurements_of_finse(shared: Path, tmp_path: Path) -> None:
    """Its table as the sun has it, and with an hour put in on a day of its month."""
    table = pd.read_csv(shared / "data" / "ec_raw" / "finse_10hz" / "biomet_data.csv")
    time = pd.to_datetime(table["TIMESTAMP"])
    section = FINSE_BIOMET.format(folder=".").replace("[biomet]\n", "[biomet]\nutc_offset_h = -1.0\n")
    for day, count in (("2018-08-30", 0), ("2018-07-16", 1)):
        summer = pd.to_timedelta((time >= day).astype(int), unit="h")
        changed = table.assign(TIMESTAMP=(time + summer).dt.strftime("%Y-%m-%d %H:%M:%S"))
        changed.to_csv(tmp_path / "biomet_data.csv", index=False)
        told = doubts(checked(tmp_path, text_of("finse", shared) + section)[1])
        assert len(told) == count
        assert all("jumps by +1.0 h" in line for line in told)


def test_a_table_of_averages_of_finse_is_no_raw_data(shared: Path, tmp_path: Path) -> None:
    text = text_of("finse", shared).replace("raw/*.csv.gz", "biomet_data.csv").replace("time_column = 1", "")
    text = text.replace("time_column", "")
    for name in ("u_m/s", "v_m/s", "w_m/s", "T_degC", "CO2_ppm", "H2O_ppt"):
        text = text.replace(name, "TA_2_1_1_1_1")
    _, told = checked(tmp_path, text.replace("names_row = 1", 'names_row = 1\ntime_column = "TIMESTAMP"'))
    assert any("1800 s apart" in line and "[biomet]" in line for line in told), told


SECOND = """
[biomet]
files = "slow.csv"
time_is = "end"
[biomet.columns]
t_air = { column = "TA", unit = "degC" }
wind_direction = { column = "WD", unit = "deg" }
wind_speed = { column = "WS", unit = "m s-1" }
"""


def write_second_sensor(fluxes: xr.Dataset, path: Path, late_min: int) -> None:
    """Write what another sensor beside the sonic would have told, by a clock that is late; local time."""
    rng = np.random.default_rng(0)
    stamps = fluxes["local_time"].values + np.timedelta64(30 + late_min, "m")
    air = fluxes["T_SONIC"].values - 1.0 + rng.normal(0.0, 0.2, stamps.size)
    direction = (fluxes["WD"].values + rng.normal(0.0, 8.0, stamps.size)) % 360.0
    rows = zip(stamps, air, direction, fluxes["WS"].values, strict=True)
    lines = [f"{str(t)[:16].replace('T', ' ')},{a:.2f},{d:.0f},{s:.2f}" for t, a, d, s in rows]
    path.write_text("\n".join(["time,TA,WD,WS", *lines]) + "\n")


@pytest.mark.slow
def test_a_second_sensor_beside_the_gold_file(shared: Path, tmp_path: Path) -> None:
    """Clocks, azimuth, handedness and the unit of the wind, of columns that have no names."""
    config, text = tmp_path / "site.toml", text_of("ameriflux_gold", shared)
    config.write_text(text)
    fluxes = run(config, tmp_path / "out").fluxes
    faults: list[tuple[int, Callable[[str], str], str]] = [
        (0, lambda text: text, ""),
        (60, lambda text: text, "biomet.utc_offset_h: its air temperature is 1 h behind"),
        (30, lambda text: text, "biomet.utc_offset_h: its air temperature is 0."),
        (0, substituted("^north_offset = 240.0", "north_offset = 60.0"), "instruments.sonic.north_offset:"),
        (0, swapped_positions("u", "v"), "columns.v: wind direction turns the other way"),
        (
            0,
            lambda text: text.replace('"m s-1"', '"m s-1", gain = 3.6'),
            "columns.u, columns.v: the wind is 3.6",
        ),
    ]
    for late_min, change, words in faults:
        write_second_sensor(fluxes, tmp_path / "slow.csv", late_min)
        config.write_text(change(text) + SECOND)
        told = run(config, tmp_path / "out").fluxes.attrs["doubts"]
        assert [sentence.startswith(words) for sentence in told] == [True] * bool(words), told
