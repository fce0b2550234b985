"""An archive of serial logs: begun by `init`, alone and beside an analyser's own files, damaged or not."""

import numpy as np
import pytest
from typer.testing import CliRunner

from fluxkit.archive.run import run
from fluxkit.cli.main import app
from fluxkit.site.models import Site
from fluxkit.synthetic.writers import Field, time_stamps, write_toa5
from tests.logger_files import serial_files as telegrams

RATE, MINUTES, FILES = 5.0, 5, 3
N = int(RATE * 60 * MINUTES)
START = np.datetime64("2024-07-01T12:00", "ns")
STEP = np.timedelta64(200, "ms")


@pytest.fixture(autouse=True)
def no_report(monkeypatch):
    monkeypatch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.touch())


def series(file):
    rng = np.random.default_rng(file)
    eddy = np.convolve(rng.normal(0, 1, N + 9), np.ones(10) / 10, "valid")
    wind = {"u": 3 + rng.normal(0, 1, N), "v": rng.normal(0, 1, N), "w": 0.5 * eddy}
    wind["t_sonic"] = 20 + 0.6 * eddy + rng.normal(0, 0.1, N)
    return {name: np.round(x, 2) for name, x in wind.items()}, np.round(16.0 - 0.05 * eddy, 4)


def site(form, **more):
    columns = {
        name: {"column": name, "unit": "degC" if name == "t_sonic" else "m s-1", "instrument": "sonic"}
        for name in ("u", "v", "w", "t_sonic")
    }
    columns["co2"] = {"column": "co2", "unit": "mmol m-3", "instrument": "irga", "quantity": "density",
                      "lag": {"nominal": 0, "min": -1, "max": 1}}  # fmt: skip
    raw = {"files": f"{form}/*", "format": form, "rate": RATE, "file_time": "records"}
    if more:
        columns["co2"]["source"] = "irga"
        raw |= {"file_time": "name", "name_pattern": "x_%Y%m%d%H%M.log", "name_time_is": "start"}
    return Site.model_validate(
        {
            "station": {"id": "XX-Tst", "latitude": 50.0, "longitude": 8.0, "altitude": 450.0,
                        "utc_offset_h": 0.0, "canopy_height": 0.2},
            "instruments": [{"kind": "sonic", "id": "sonic", "model": "csat3", "height": 3.0},
                            {"kind": "gas_analyser", "id": "irga", "model": "li-7500a"}],
            "raw": raw,
            "columns": columns,
            "condense": {"period": float(MINUTES), "max_correlation_lag": 1.0},
        } | more
    )  # fmt: skip


def files(folder, maker, *, date=True, stamped=True):
    """The same samples as one table of a logger, and as a sonic's log beside an analyser's table."""
    for name in ("toa5", "serial", "gas"):
        (folder / name).mkdir()
    for file in range(FILES):
        wind, gas = series(file)
        start = START + file * np.timedelta64(MINUTES, "m")
        stamps = time_stamps(start, N, RATE)
        fields = [Field(name, "", 4) for name in (*wind, "co2")]
        write_toa5(folder / "toa5" / f"f{file}.dat", fields, [*wind.values(), gas], stamps)
        write_toa5(folder / "gas" / f"g{file}.dat", fields[-1:], [gas], stamps)
        lines = telegrams.MAKERS[maker](wind)
        if stamped:
            lines = telegrams.stamped(lines, start + np.arange(N) * STEP, date=date)
        for k in (1200, 700, 30):
            lines.insert(k, b"M:e1=     3 e2=     2 e3=    -1 e4=     5 ")
        clock = "".join(filter(str.isdigit, str(start.astype("M8[m]"))))
        telegrams.write(folder / "serial" / f"x_{clock}.log", lines)


@pytest.mark.parametrize(("maker", "date", "stamped"), [("metek", True, False), ("gill", False, True)])
def test_fluxes_of_a_log_beside_an_analyser_are_those_of_one_table(
    tmp_path, monkeypatch, maker, date, stamped
):
    files(tmp_path, maker, date=date, stamped=stamped)
    monkeypatch.chdir(tmp_path)
    whole = run(site("toa5"), tmp_path / "a").fluxes
    source = {"id": "irga", "files": "gas/*", "format": "toa5", "rate": RATE, "file_time": "records"}
    beside = run(site("serial", sources=[source]), tmp_path / "b").fluxes
    assert beside.sizes["time"] == FILES
    for name in ("FC", "H", "USTAR", "WD"):
        assert np.isfinite(whole[name]).all()
        np.testing.assert_allclose(beside[name], whole[name], rtol=1e-9)


@pytest.mark.parametrize("maker", telegrams.MAKERS)
def test_a_configuration_is_begun_from_a_log(tmp_path, maker):
    files(tmp_path, maker, date=False)
    log = next(iter(sorted((tmp_path / "serial").iterdir())))
    found = CliRunner().invoke(app, ["init", str(log), "-o", str(tmp_path / "site.toml")])
    assert found.exit_code == 0, found.output
    text = (tmp_path / "site.toml").read_text()
    for line in (
        'format = "serial"',
        "rate = 5.0",
        'file_time = "name"',
        "x_%Y%m%d%H%M.log",
        "t_sonic",
    ):
        assert line in text
    assert 't_sonic = {column = "t_sonic", unit = "degC"' in text


def test_a_log_read_as_delimited_text_is_told(tmp_path):
    files(tmp_path, "thies", stamped=False)
    text = f"""
        station = {{ id = "XX-Tst", latitude = 50, longitude = 8, altitude = 450, utc_offset_h = 0,
                 canopy_height = 0.2 }}
        instruments = [{{ kind = "sonic", id = "sonic", model = "csat3", height = 3 }}]
        raw = {{ files = "serial/*", format = "delimited", delimiter = ";", header_rows = 0, rate = {RATE},
                 file_time = "name", name_pattern = "x_%Y%m%d%H%M.log", name_time_is = "start" }}
        condense = {{ period = {MINUTES}, max_correlation_lag = 1.0 }}
        [columns]
        u = {{ column = 1, unit = "m s-1", instrument = "sonic" }}
        v = {{ column = 2, unit = "m s-1", instrument = "sonic" }}
        w = {{ column = 3, unit = "m s-1", instrument = "sonic" }}
        t_sonic = {{ column = 4, unit = "degC", instrument = "sonic" }}
        """.replace("},\n                 ", "}, ").replace(",\n                 ", ", ")
    config = tmp_path / "site.toml"
    config.write_text(text, encoding="utf-8")
    found = CliRunner().invoke(app, ["check", str(config)])
    assert found.exit_code == 0, found.output
    assert "raw.format = 'serial' knows its status" in found.output.replace("\n", " ")
    assert f"{series(0)[0]['u'].mean():.6g}" in found.output  # STX before the first number is passed over
