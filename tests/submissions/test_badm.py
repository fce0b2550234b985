"""BADM both ways: a configuration comes back from its own BIF, and files of others are read."""

import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from fluxkit.cli.main import main
from fluxkit.errors import ReadError
from fluxkit.site.models import Site
from fluxkit.site.toml.loading import loads
from fluxkit.submissions.badm import badm_of
from fluxkit.submissions.badm_words import MODELS, known_model
from fluxkit.submissions.bif import Group, read_bif, write_bif
from fluxkit.submissions.station_facts import station_of
from tests import made_day

CHANGES = """
[[changes]]
start = 2025-07-01T00:00:00
station.canopy_height = 0.9
instruments.sonic.height = 4.5

[[changes]]
start = 2026-02-01T12:00:00
instruments.irga.model = "li-7500ds"
instruments.irga.bandwidth = 10.0
"""


def site(changes: bool = True) -> Site:
    text = (Path(__file__).parents[2] / "data_samples/open_path/site.toml").read_text(encoding="utf-8")
    return loads(text + CHANGES if changes else text)


def ended(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)


def test_pandas_reads_the_five_columns(tmp_path: Path) -> None:
    groups, said = badm_of(site())
    write_bif("XX-Dem", groups, tmp_path / "bif.csv")
    table = pd.read_csv(tmp_path / "bif.csv", dtype=str)
    assert list(table) == ["SITE_ID", "GROUP_ID", "VARIABLE_GROUP", "VARIABLE", "DATAVALUE"]
    wide = table.set_index(["GROUP_ID", "VARIABLE"])["DATAVALUE"].unstack()  # noqa: PD010
    sonics = wide[wide["INSTOM_MODEL"] == "SA-Campbell CSAT-3"]
    assert sorted(sonics["INSTOM_HEIGHT"].astype(float)) == [3.0, 4.5]
    assert sorted(wide["HEIGHTC"].dropna()) == ["0.3", "0.9"]
    gone = wide[wide["INSTOM_TYPE"] == "Removal"].iloc[0]
    assert (gone["INSTOM_MODEL"], gone["INSTOM_DATE"]) == ("GA_OP-LI-COR LI-7500A", "202602011200")
    assert wide.loc[wide["VAR_INFO_VARNAME"] == "USTAR", "VAR_INFO_HEIGHT"].item() == "3"
    assert any("serial numbers" in sentence for sentence in said)


def test_a_configuration_comes_back_from_its_own_bif(tmp_path: Path) -> None:
    before = site()
    write_bif("XX-Dem", badm_of(before)[0], tmp_path / "bif.csv")
    facts = station_of(read_bif(tmp_path / "bif.csv"), None, "bif.csv")
    station = before.station
    assert facts.station == {
        "id": "XX-Dem", "name": station.name, "latitude": station.latitude, "longitude": station.longitude,
        "altitude": station.altitude, "utc_offset_h": station.utc_offset_h, "canopy_height": 0.3,
    }  # fmt: skip
    sonic, irga = facts.instruments
    assert (sonic["id"], sonic["model"], sonic["height"], sonic["north_offset"]) == (
        "sonic",
        "csat3",
        3.0,
        200.0,
    )
    assert (irga["id"], irga["model"], irga["vertical_separation"]) == ("irga", "li-7500a", 0.0)
    assert [(f"{start:%Y-%m-%d}", keys) for start, keys in facts.changes] == [
        ("2025-07-01", {"station.canopy_height": 0.9}),
        ("2025-07-01", {"instruments.sonic.height": 4.5}),
        ("2026-02-01", {"instruments.irga.model": "li-7500ds"}),
    ]


def test_the_text_is_a_configuration_but_for_the_files(tmp_path: Path) -> None:
    write_bif("XX-Dem", badm_of(site())[0], tmp_path / "bif.csv")
    text = station_of(read_bif(tmp_path / "bif.csv"), None, "bif.csv").toml
    assert 'model = "csat3"' in text
    head, _, rest = text.partition("[raw]")
    changes = rest[rest.index("[[changes]]") :]
    made = site(changes=False)
    original = (Path(__file__).parents[2] / "data_samples/open_path/site.toml").read_text(encoding="utf-8")
    joined = head + "[raw]" + original.partition("[raw]")[2] + "\n" + changes.replace(
        'irga.model = "li-7500ds"', 'irga.model = "li-7500ds"\ninstruments.irga.bandwidth = 10.0'
    )  # fmt: skip
    back = loads(joined.replace("# bandwidth = 10.0", "bandwidth = 5.0"))
    assert back.sonic.height == made.sonic.height
    assert back.changes[0].station.canopy_height == 0.9
    assert len(back.changes) == 2


def operation(
    model: str,
    serial: str,
    date: str,
    height: str = "",
    east: str = "",
    north: str = "",
    doing: str = "Installation",
) -> Group:  # fmt: skip
    values = {"MODEL": model, "SN": serial, "TYPE": doing, "DATE": date, "HEIGHT": height}
    values |= {"EASTWARD_DIST": east, "NORTHWARD_DIST": north}
    return Group("GRP_INSTOM", {f"INSTOM_{name}": value for name, value in values.items() if value})


def test_separations_are_those_of_the_sonic(tmp_path: Path) -> None:
    made = made_day.site().model_dump(mode="json", exclude_none=True)
    groups = [
        operation("SA-Gill HS-50", "H1", "20150101", "35.5", "1", "2"),
        operation("GA_CP-LI-COR LI-7200", "72H-1", "20150101", "35.2", "1.1", "1.8"),
        operation("GA_OP-LI-COR LI-7700", "77-1", "20160101", "35.5"),
        operation("GA_CP-LI-COR LI-7200", "72H-1", "20170301", doing="Removal"),
        operation("GA_CP-LI-COR LI-7200RS", "72H-9", "20170301", "35.2"),
        operation("TEMP-Vaisala", "V", "20150101"),
    ]
    facts = station_of({"CH-Dav": groups}, None, "bif")
    sonic, closed, methane = facts.instruments
    assert (sonic["model"], sonic["height"]) == ("hs-50", 35.5)
    assert [closed[f"{name}_separation"] for name in ("eastward", "northward", "vertical")] == [
        0.1,
        -0.2,
        -0.3,
    ]
    assert (closed["id"], methane["id"], methane["model"]) == ("irga", "irga_2", "li-7700")
    assert facts.changes[0][1] == {"instruments.irga.model": "li-7200rs"}
    assert "LOCATION_LAT is not told" in facts.said
    assert made["station"]["id"] == "XX-Mad"


def workbook(rows: list[list[str]]) -> bytes:
    """Return a small xlsx with texts in the shared table, as programs write them."""
    texts = list(dict.fromkeys(cell for row in rows for cell in row))
    ns = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    shared = "".join(f"<si><t>{text}</t></si>" for text in texts)
    lines = "".join(
        f'<row r="{k}">' + "".join(
            f'<c r="{"ABCDE"[j]}{k}" t="s"><v>{texts.index(cell)}</v></c>'
            for j, cell in enumerate(row) if cell
        ) + "</row>"
        for k, row in enumerate(rows, start=1)
    )  # fmt: skip
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("xl/sharedStrings.xml", f"<sst {ns}>{shared}</sst>")
        archive.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet {ns}><sheetData>{lines}</sheetData></worksheet>"
        )
    return data.getvalue()


def test_ameriflux_workbook_is_read(tmp_path: Path) -> None:
    rows = [
        ["SITE_ID", "GROUP_ID", "VARIABLE_GROUP", "VARIABLE", "DATAVALUE"],
        ["US-Xyz", "7", "GRP_LOCATION", "LOCATION_LAT", "44.5"],
        ["US-Xyz", "7", "GRP_LOCATION", "LOCATION_LONG", "-110.25"],
        ["US-Abc", "8", "GRP_LOCATION", "LOCATION_LAT", "1.5"],
    ]
    (tmp_path / "AMF_AA-Net_BIF_20260101.xlsx").write_bytes(workbook(rows))
    sites = read_bif(tmp_path / "AMF_AA-Net_BIF_20260101.xlsx")
    assert sites["US-Xyz"][0].values == {"LOCATION_LAT": "44.5", "LOCATION_LONG": "-110.25"}
    with pytest.raises(ReadError, match="2 stations"):
        station_of(sites, None, "x")
    assert station_of(sites, "US-Abc", "x").station["latitude"] == 1.5


@pytest.mark.parametrize("model", MODELS)
def test_each_model_is_known_by_the_code_that_is_written(model: str) -> None:
    assert known_model(f"SA-{MODELS[model]}") == model


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = "data_samples/open_path/site.toml"
    source = str(Path(__file__).parents[2] / config)
    assert ended(["export", source, "--as", "bif", "-o", str(tmp_path)]) == 0
    out = tmp_path / "site.toml"
    assert ended(["import-badm", str(tmp_path / "XX-Dem_BIF.csv"), "-o", str(out)]) == 0
    assert "FILL IN" in out.read_text(encoding="utf-8")
    assert "magnetic north" in capsys.readouterr().out
    assert ended(["import-badm", str(tmp_path / "XX-Dem_BIF.csv"), "-o", str(out)]) == 2


@pytest.mark.parametrize(
    "data", [b"", b"a,b\n1,2\n", b"PK\x03\x04no", b"SITE_ID,GROUP_ID,VARIABLE_GROUP,VARIABLE,DATAVALUE\n"]
)
def test_what_is_no_bif_is_one_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bif.csv").write_bytes(data)
    with pytest.raises(ReadError) as error:
        read_bif(tmp_path / "bif.csv")
    assert len(str(error.value).splitlines()) == 1
    with pytest.raises(ReadError):
        read_bif(tmp_path / "none.csv")
