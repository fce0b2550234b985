"""What LI-COR's archive tells of its station."""

import zipfile

import pytest

from fluxkit.cli.configure import init
from fluxkit.errors import ReadError
from fluxkit.raw.formats.bundle import metadata_of
from fluxkit.raw.inspection import inspect
from fluxkit.raw.reading import layout_of, read
from fluxkit.site.eddypro import import_project
from fluxkit.site.eddypro.ghg import translate_metadata
from fluxkit.site.toml.loading import load

FILE = "data/ec_raw/thuenen_ghg_li7200/2016-12-11T200000_AIU-1359.ghg"


def test_a_begun_configuration_is_complete(shared, tmp_path):
    init([shared / FILE], tmp_path / "site.toml")
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
    found = translate_metadata(text.replace("latitude=51.0997467", "latitude=?"), "x.ghg", [])
    assert found.station == {}
    assert any("latitude" in remark for remark in found.remarks)
    assert found.columns["co2"]["column"] == 25
    assert translate_metadata("no ini", "x.ghg", []).remarks
    assert translate_metadata("", "x.ghg", []).columns == {}


def test_zone_and_metadata_come_with_the_file(shared):
    found = inspect(shared / FILE)
    assert found.zone == "Europe/Berlin"
    assert found.metadata.startswith(";GHG_METADATA")


@pytest.mark.parametrize(
    ("code", "name", "verdict"), [(0, "ghg", "same"), (2, "tob1", "near")], ids=["ghg", "tob1"]
)
def test_file_types_of_a_project(shared, tmp_path, code, name, verdict):
    case = shared / "reference/eddypro/cases/A_base"
    for file in (case / "project.eddypro", *case.glob("*.metadata")):
        (tmp_path / file.name).write_text(file.read_text().replace("file_type=1", f"file_type={code}"))
    metadata = next(tmp_path.glob("*.metadata"))
    imported = import_project(tmp_path / "project.eddypro", metadata)
    assert imported.site.raw.format == name
    assert [n.verdict for n in imported.notes if n.key == "project:Project.file_type"] == [verdict]


def test_metadata_of_an_archive_serve_an_import(shared):
    text = metadata_of(shared / FILE)
    assert translate_metadata(text, "x", []).instruments[0]["model"] == "hs-50"
    with pytest.raises(ReadError, match="is not a GHG"):
        metadata_of(shared / "data/ec_raw/real/TOA5_6843.ts_Above_2012_06_07_1245.dat")
