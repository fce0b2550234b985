"""What LI-COR's archive tells of its station."""

import zipfile

import pytest

from fluxkit.cli.configure import init
from fluxkit.raw.inspection import inspect
from fluxkit.raw.reading import layout_of, read
from fluxkit.site.eddypro.ghg import known
from fluxkit.site.loading import load

FILE = "data/ec_raw/thuenen_ghg_li7200/2016-12-11T200000_AIU-1359.ghg"


def test_a_begun_configuration_is_complete(shared, tmp_path):
    init(shared / FILE, tmp_path / "site.toml")
    site = load(tmp_path / "site.toml")
    station, (sonic, analyser) = site.station, site.instruments
    assert (station.latitude, station.altitude, station.utc_offset_h) == (51.0997467, 156.7, 1.0)
    assert (sonic.model, sonic.height, sonic.north_offset, sonic.wind_reference) == (
        "hs-50",
        3.8,
        -76.0,
        "spar",
    )
    assert (analyser.model, analyser.tube_length, analyser.tube_flow) == ("li-7200", 0.711, 3.687)
    assert analyser.eastward_separation == 0.1
    co2 = site.columns["co2"]
    assert (co2.column, co2.quantity, co2.lag.max) == ("CO2 dry(umol/mol)", "mixing_ratio", 0.516006)
    samples = read(shared / FILE, layout_of(site))
    assert samples.data["co2"][0] == pytest.approx(391.357e-6)
    assert "displacement_height = 0.4: must be above 0" in (tmp_path / "site.toml").read_text()


def test_what_is_wrong_is_remarked_and_the_rest_is_kept(shared):
    with zipfile.ZipFile(shared / FILE) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".metadata"))
        text = archive.read(name).decode()
    found = known(text.replace("latitude=51.0997467", "latitude=?"), "x.ghg", [])
    assert found.station == {}
    assert any("latitude" in remark for remark in found.remarks)
    assert found.columns["co2"]["column"] == 25
    assert known("no ini", "x.ghg", []).remarks
    assert known("", "x.ghg", []).columns == {}


def test_zone_and_metadata_come_with_the_file(shared):
    found = inspect(shared / FILE)
    assert found.zone == "Europe/Berlin"
    assert found.metadata.startswith(";GHG_METADATA")
