"""An analyser's own files beside a sonic's: one day of known fluxes, split in two."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

import fluxkit as fk
from fluxkit.cli.main import app
from fluxkit.errors import ConfigError
from fluxkit.site.toml.loading import load, loads
from fluxkit.synthetic.tower import make_day
from tests.logger_files.binary_files import write_aerodyne
from tests.logger_files.table_files import write_stamped_csv

RATE = 4.0
SONIC = ("Ux", "Uy", "Uz", "Ts", "T_air", "P_air", "diag_csat")
GASES = ("CO2", "H2O")
SOURCE = """
[[sources]]
id = "irga"
files = "gas/*"
format = "delimited"
rate = {rate}
file_time = "records"
time_column = "time"
names_row = 1
sample_time_is = "end"
clock_offset_s = {ahead}

[columns]"""
#: What no gas has a part in, and what one has.
WIND = ("WS", "U_SIGMA", "W_SIGMA", "W_T_SONIC_COV")
ALL = (*WIND, "H", "TAU", "FC", "LE", "FC_RANDUNC_HF", "CO2_TLAG_ACTUAL")


@pytest.fixture(autouse=True)
def no_report(monkeypatch):
    """Most of a short run's time goes into its figures."""
    monkeypatch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.touch())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """One source, two half hours around midnight UTC."""
    folder = tmp_path_factory.mktemp("one")
    make_day(folder, hours=1.0, rate=RATE, start="2024-07-02T00:30", seed=3)
    return folder


@pytest.fixture(scope="module")
def fluxes(whole, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.touch())
        return fk.run(whole / "site.toml", tmp_path_factory.mktemp("out")).fluxes


Change = Callable[[xr.Dataset], xr.Dataset]


def split(whole: Path, folder: Path, *, ahead: float = 0.0, every: int = 1, times: int = 1) -> Path:
    """The sonic's columns half hour by half hour, the gases in files of 40 minutes; returns the settings."""
    (folder / "raw").mkdir(parents=True)
    (folder / "gas").mkdir()
    parts = [xr.open_dataset(path, engine="fluxkit") for path in sorted((whole / "raw").iterdir())]
    for k, part in enumerate(parts):
        columns = {name: part[name].values for name in SONIC}
        write_stamped_csv(folder / "raw" / f"s{k}.csv", columns, part.time.values[0], RATE)
    gases = xr.concat([part[list(GASES)] for part in parts], "time")
    gases = gases.isel(time=slice(every - 1, None, every))
    rate = RATE * times / every
    for k, first in enumerate(range(0, gases.sizes["time"], round(2400 * RATE / every))):
        part = gases.isel(time=slice(first, first + round(2400 * RATE / every)))
        start = part.time.values[0] + np.timedelta64(round(ahead * 1000), "ms")
        values = {name: np.repeat(part[name].values, times) for name in GASES}
        write_stamped_csv(folder / "gas" / f"g{k}.csv", values, start, rate)
    settings = (whole / "site.toml").read_text()
    settings = settings.replace("raw/*.dat", "raw/*.csv").replace(
        'format = "toa5"', 'format = "delimited"\ntime_column = "time"\nnames_row = 1'
    )
    settings = settings.replace("\n[columns]", SOURCE.format(rate=rate, ahead=ahead), 1)
    for name in GASES:
        settings = settings.replace(f'column = "{name}"\n', f'column = "{name}"\nsource = "irga"\n')
    (folder / "site.toml").write_text(settings)
    return folder / "site.toml"


def assert_same(ours: xr.Dataset, theirs: xr.Dataset, names: tuple[str, ...]) -> None:
    for name in names:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)


def test_two_sources_give_the_fluxes_of_one(whole, fluxes, tmp_path):
    ours = fk.run(split(whole, tmp_path), tmp_path / "out").fluxes
    assert np.isfinite(ours.FC.values).all()
    assert_same(ours, fluxes, ALL)


def test_a_clock_that_is_ahead(whole, fluxes, tmp_path):
    config = split(whole, tmp_path, ahead=37.5)
    assert_same(fk.run(config, tmp_path / "out").fluxes, fluxes, ALL)
    config.write_text(config.read_text().replace("clock_offset_s = 37.5", "clock_offset_s = 0.0"))
    off = fk.run(config, tmp_path / "other").fluxes
    assert_same(off, fluxes, WIND)
    assert np.abs(off.FC / fluxes.FC).max() < 0.7


def test_a_slower_source_is_held_and_told(whole, fluxes, tmp_path, caplog):
    config = split(whole, tmp_path, every=2)
    with caplog.at_level(logging.WARNING):
        ours = fk.run(config, tmp_path / "out").fluxes
    assert "source 'irga' has 2 samples per second, [raw] 4" in caplog.text
    assert_same(ours, fluxes, WIND)
    ratio = (ours.FC / fluxes.FC).values
    print("flux of every second sample, held:", ratio)
    assert ((ratio > 0.8) & (ratio < 1.1)).all()


def test_a_faster_source(whole, fluxes, tmp_path, caplog):
    ours = fk.run(split(whole, tmp_path, times=3), tmp_path / "out").fluxes
    assert "samples per second" not in caplog.text
    assert_same(ours, fluxes, WIND)
    np.testing.assert_allclose(ours.FC, fluxes.FC, rtol=0.1)


def test_missing_and_damaged_files_cost_their_variables(whole, fluxes, tmp_path):
    config = split(whole, tmp_path)
    (tmp_path / "gas" / "g1.csv").write_bytes(b"\x00\x01 no table at all\n" * 40)
    results = fk.run(config, tmp_path / "out")
    ours = results.fluxes
    assert_same(ours, fluxes, WIND)
    np.testing.assert_array_equal(ours.FC[0], fluxes.FC[0])
    assert np.isnan(ours.FC[1])
    assert "g1.csv" in (tmp_path / "out" / "quarantine.csv").read_text()
    for path in (tmp_path / "gas").iterdir():
        path.unlink()
    alone = fk.run(config, tmp_path / "none").fluxes
    assert_same(alone, fluxes, WIND)
    assert np.isnan(alone.FC).all()
    assert (
        "no file of source 'irga' can be used: co2, h2o" in (tmp_path / "none" / "quarantine.csv").read_text()
    )


def test_days_follow_from_all_files(whole, fluxes, tmp_path, caplog):
    config = split(whole, tmp_path)
    late = tmp_path / "gas" / "g1.csv"
    content = late.read_bytes()
    late.unlink()
    fk.run(config, tmp_path / "out")
    late.write_bytes(content)
    with caplog.at_level(logging.INFO):
        ours = fk.run(config, tmp_path / "out").fluxes
    assert_same(ours, fluxes, ALL)
    caplog.clear()
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("moments/*/*.nc")}
    fk.run(config, tmp_path / "out")
    assert {
        path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("moments/*/*.nc")
    } == before
    assert len(before) == 2


def test_another_format_and_irregular_clock(whole, fluxes, tmp_path):
    """Mixing ratios as an Aerodyne laser writes them, stamps that jitter, beside densities of the logger."""
    config = split(whole, tmp_path)
    data = fk.open_raw(sorted((tmp_path / "gas").iterdir())[0], load(config), source="irga")
    assert list(data.data_vars) == ["co2", "h2o"]
    parts = [xr.open_dataset(path, engine="fluxkit") for path in sorted((tmp_path / "gas").iterdir())]
    gas = xr.concat(parts, "time")
    jitter = np.random.default_rng(1).integers(-40, 40, gas.sizes["time"]) * np.timedelta64(1, "ms")
    (tmp_path / "laser").mkdir()
    write_aerodyne(
        tmp_path / "laser" / "240702_000000.str", {"CH4": gas.CO2.values}, gas.time.values + jitter
    )
    text = config.read_text().replace(
        "\n[columns]",
        '\n[[sources]]\nid = "laser"\nfiles = "laser/*.str"\nformat = "aerodyne"\nrate = 4.0\n'
        'file_time = "records"\nsample_time_is = "end"\n\n[columns]',
        1,
    )
    text = text.replace(
        "\n[condense]",
        '\n[columns.ch4]\ncolumn = "CH4"\nunit = "nmol mol-1"\nquantity = "mixing_ratio"\n'
        'instrument = "irga"\nsource = "laser"\n\n[condense]',
        1,
    )
    config.write_text(text)
    ours = fk.run(config, tmp_path / "out").fluxes
    assert_same(ours, fluxes, ALL)
    assert np.isfinite(ours.FCH4.values).all()


def test_settings_are_written_and_read(whole, tmp_path):
    site = load(split(whole, tmp_path, ahead=2.5))
    assert site.sources[0].clock_offset_s == 2.5
    from fluxkit.site.toml.dumping import dump

    assert loads(dump(site)) == site


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('source = "irga"', 'source = "laser"', "no source has the id 'laser'; known: irga"),
        ('id = "irga"\nfiles', 'id = "x"\nfiles', "no source has the id 'irga'"),
        (
            'column = "Uz",',
            'column = "Uz", source = "irga",',
            r"columns\.w\.source: wind and sonic temperature",
        ),
        ('source = "irga"\n', "", "no column has source = 'irga'"),
    ],
)
def test_settings_that_do_not_fit(whole, tmp_path, old, new, message):
    config = split(whole, tmp_path)
    config.write_text(config.read_text().replace(old, new))
    with pytest.raises(ConfigError, match=message):
        load(config)


def test_check_names_a_source_of_which_no_file_can_be_read(whole, tmp_path):
    config = split(whole, tmp_path)
    for path in (tmp_path / "gas").iterdir():
        path.write_text(path.read_text().replace("CO2", "XO2", 1))
    result = CliRunner().invoke(app, ["check", str(config), "--strict"])
    assert result.exit_code == 2
    assert "! sources.irga: none of 2 files that were read can be used" in result.output
