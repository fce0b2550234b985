"""A format that another installed package brings: found by its entry point and used wherever formats are."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

import fluxkit as fk
from fluxkit.cli.main import app
from fluxkit.raw import registry
from fluxkit.raw.layout import Layout, LayoutColumn
from fluxkit.raw.peek import first_time
from fluxkit.raw.reading import read
from fluxkit.raw.registry import identify, known_formats
from fluxkit.raw.signature import signature
from fluxkit.synthetic.tower import make_day

MODULE = '''
"""ACME loggers: a mark, names between commas, a start in microseconds since 1970, records of doubles."""

import numpy as np

from fluxkit.errors import ReadError
from fluxkit.raw.channels import Channel, self_described, fixed_records
from fluxkit.raw.reader import Reader

MARK = b"ACME1 "


def sniff(head):
    return head.startswith(MARK)


def describe(content, log):
    if not sniff(content.data):
        raise ReadError(content.source, "is no file of an ACME logger")
    end = content.data.index(b"\\n")
    start, _, names = content.data[len(MARK) : end].decode().partition(" ")
    record = np.dtype([(name, "<f8") for name in names.split(",")])
    table = fixed_records(content, record, log, skip=end + 1)
    channels = [Channel(name, "", table[name]) for name in record.names]
    return self_described(content, channels, start=np.datetime64(int(start), "us"))


READER = Reader("acme", sniff, describe=describe, marked=True)
'''
METADATA = "Metadata-Version: 2.1\nName: acme-logger\nVersion: 1.0\n"
ENTRY = "[fluxkit.readers]\nacme = acme_logger:READER\n"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """As an installer leaves a package: a module and a .dist-info in a folder of sys.path."""
    folder = tmp_path / "site-packages"
    (folder / "acme_logger-1.0.dist-info").mkdir(parents=True)
    (folder / "acme_logger.py").write_text(MODULE)
    (folder / "acme_logger-1.0.dist-info" / "METADATA").write_text(METADATA)
    (folder / "acme_logger-1.0.dist-info" / "entry_points.txt").write_text(ENTRY)
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    registry._listed.cache_clear()
    yield
    sys.modules.pop("acme_logger", None)
    registry._listed.cache_clear()


def as_acme(path: Path, fields: list[str]) -> Path:
    """Write the columns of a text file as that logger would."""
    data = xr.open_dataset(path, engine="fluxkit")
    start = data.time.values[0] - np.timedelta64(250, "ms")  # stamps end a sample's interval
    head = f"ACME1 {start.astype('M8[us]').astype(int)} {','.join(fields)}\n"
    target = path.with_suffix(".acme")
    target.write_bytes(head.encode() + np.array([data[name] for name in fields]).T.astype("<f8").tobytes())
    return target


def test_in_every_place(installed, tmp_path, monkeypatch):
    monkeypatch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.touch())
    config = make_day(tmp_path, hours=0.5, rate=4, start="2024-07-01T12:00", seed=3)
    fields = ["Ux", "Uy", "Uz", "Ts", "CO2", "H2O", "T_air", "P_air", "diag_csat"]
    (text,) = (tmp_path / "raw").iterdir()
    path = as_acme(text, fields)
    assert identify(path) == "acme"
    assert known_formats()[-1] == "acme"
    told = CliRunner().invoke(app, ["inspect", str(path)])
    assert told.exit_code == 0
    assert "acme" in told.output
    assert "Ux" in told.output
    opened = xr.open_dataset(path, engine="fluxkit")
    np.testing.assert_array_equal(opened["Uz"], xr.open_dataset(text, engine="fluxkit")["Uz"])
    usual = fk.run(config, tmp_path / "usual").fluxes
    settings = config.read_text().replace('"toa5"', '"acme"').replace("raw/*.dat", "raw/*.acme")
    config.write_text(settings)
    assert fk.open_raw(path, fk.load(config)).sizes["time"] == 7200
    ours = fk.run(config, tmp_path / "ours").fluxes
    assert np.isfinite(ours.NEE.values).all()
    for name in ("NEE", "H", "LE", "USTAR"):
        np.testing.assert_array_equal(ours[name], usual[name])


def test_gone_with_the_package(tmp_path):
    path = tmp_path / "x.acme"
    path.write_bytes(b"ACME1 0 a,b\n" + bytes(160))
    with pytest.raises(fk.errors.UnknownFormatError, match="known formats: toa5"):
        identify(path)


TEXT = '''
"""A logger of text: a mark and units in two header lines, semicolons, stamps called Clock."""

from dataclasses import replace

from fluxkit.raw.reader import Reader


def sniff(head):
    return head.startswith(b"Clock;")


def dialect(content, layout):
    return replace(layout, delimiter=";", header_rows=2, names_row=1, time_column="Clock")


READER = Reader("acme-text", sniff, dialect=dialect, marked=True, units_row=2)
'''


def test_text_with_a_dialect(tmp_path, monkeypatch):
    """Recognised, dated by its first record, its layout seen, and read, without a word of ours."""
    folder = tmp_path / "site-packages"
    (folder / "acme_text-1.0.dist-info").mkdir(parents=True)
    (folder / "acme_text.py").write_text(TEXT)
    (folder / "acme_text-1.0.dist-info" / "METADATA").write_text(METADATA)
    (folder / "acme_text-1.0.dist-info" / "entry_points.txt").write_text(
        "[fluxkit.readers]\nacme-text = acme_text:READER\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    registry._listed.cache_clear()
    path = tmp_path / "a.txt"
    rows = [f"2024-07-01 12:00:0{k // 10}.{k % 10};{k};{2 * k}" for k in range(60)]
    path.write_text("\n".join(["Clock;w;c", "s;m s-1;mmol m-3", *rows]) + "\n")
    layout = Layout("acme-text", 10.0, (LayoutColumn("w", "w"), LayoutColumn("co2", "c")), "records", 1.0)
    assert identify(path) == "acme-text"
    assert first_time(path, layout) == np.datetime64("2024-07-01T11:00", "ns")
    seen = signature(path, layout)
    assert (seen.format, seen.units, seen.rate) == ("acme-text", ("s", "m s-1", "mmol m-3"), 10.0)
    samples = read(path, layout)
    np.testing.assert_array_equal(samples.data["co2"], np.arange(60) * 2.0)
    registry._listed.cache_clear()
    sys.modules.pop("acme_text", None)


@pytest.mark.parametrize("fault", ["1 / 0", "raise OSError('no licence')", "import no_such_library"])
@pytest.mark.parametrize("when", ["loading", "looking"])
def test_a_faulty_reader_costs_its_own_format_alone(tmp_path, monkeypatch, caplog, fault, when):
    body = f"{fault}\n" if when == "loading" else ""
    look = f"    {fault}" if when == "looking" else "    return False"
    module = f"from fluxkit.raw.reader import Reader\n{body}def sniff(head):\n{look}\n"
    module += "READER = Reader('odd', sniff)\n"
    folder = tmp_path / "site-packages"
    (folder / "odd-1.0.dist-info").mkdir(parents=True)
    (folder / f"odd_{when}.py").write_text(module)
    (folder / "odd-1.0.dist-info" / "METADATA").write_text(METADATA.replace("acme-logger", "odd"))
    (folder / "odd-1.0.dist-info" / "entry_points.txt").write_text(
        f"[fluxkit.readers]\nodd = odd_{when}:READER\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    registry._listed.cache_clear()
    try:
        config = make_day(tmp_path / "day", hours=0.5, rate=4, seed=3)
        (text,) = (config.parent / "raw").iterdir()
        assert identify(text) == "toa5"
        assert "the reader odd" in caplog.text
    finally:
        sys.modules.pop(f"odd_{when}", None)
        registry._listed.cache_clear()
