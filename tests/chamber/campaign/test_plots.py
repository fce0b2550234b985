import io
import json
import zipfile
from math import nan

import pytest
from typer.testing import CliRunner

from fluxkit.chamber.analysers.reading import look_at
from fluxkit.chamber.campaign.loading import load, loads
from fluxkit.chamber.campaign.quantity import si
from fluxkit.chamber.campaign.template import plots_template
from fluxkit.chamber.synthetic.plots import make_campaign
from fluxkit.cli.main import app
from fluxkit.errors import ConfigError
from tests.chamber.analysers import specimens

GOOD = """
[campaign]
id = "Bog"
utc_offset_h = 2
[[analysers]]
name = "ugga"
files = "raw/*.txt"
precision = {co2 = "0.2 ppm", ch4 = "1.4 ppb"}
[sheet]
files = "sheet.csv"
start = "start"
length_s = 180
time_format = "%Y-%m-%d %H:%M:%S"
columns = {area = {column = "Area", unit = "cm2"}}
[chamber]
area = "324 cm2"
volume = "6.17 L"
collar_height = "3.5 cm"
t_air = "15 degC"
[chambers.tall]
height = "1.2 m"
"""


def told(text):
    with pytest.raises(ConfigError) as caught:
        loads(text)
    return str(caught.value)


def test_quantities_become_si():
    plots = loads(GOOD)
    assert plots.chamber.area == pytest.approx(0.0324)
    assert plots.chamber.volume == pytest.approx(6.17e-3)
    assert plots.chamber.collar_height == pytest.approx(0.035)
    assert plots.chamber.t_air == pytest.approx(288.15)
    assert plots.chambers["tall"].height == pytest.approx(1.2)
    assert plots.analysers[0].precision == pytest.approx({"co2": 2e-7, "ch4": 1.4e-9})


@pytest.mark.parametrize("text", ["324", "cm2", "", "3 2 cm2", 324.0, None, "1e3e3 m2"])
def test_a_quantity_needs_number_and_unit(text):
    with pytest.raises(ValueError, match="unit"):
        si(text, "area")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"324 cm2"', "0.0324", "chamber.area: found 0.0324; allowed: a text with number and unit"),
        ('"324 cm2"', '"324 cm"', "'cm' is not a unit of area"),
        ("utc_offset_h = 2", "", "campaign.utc_offset_h: missing"),
        ("collar_height", "colar_height", "did you mean 'collar_height'"),
        ("length_s = 180", "", "how long is a closure?"),
        ("length_s = 180", 'length_s = 180\nend = "stop"', "needs one of end, length, length_s"),
        ('unit = "cm2"', 'unit = "L"', "'L' is not a unit of area"),
        ("columns = {area", "columns = {aera", "unknown number 'aera'"),
        ('height = "1.2 m"', 'height = "1.2 m"\nvolume = "3 L"', "chambers.tall: give volume or height"),
        ("[sheet]", "[shet]", "unknown key 'shet'; did you mean 'sheet'"),
        ('name = "ugga"', "", "analysers[1].name: missing"),
        ('name = "ugga"', 'name = "ugga"\nday_frist = true', "analysers.ugga.day_frist"),
    ],
)
def test_what_is_wrong_is_told_with_its_key(old, new, words):
    assert old in GOOD
    assert words in told(GOOD.replace(old, new, 1))


def test_choices_are_told_with_the_nearest():
    sentence = told(GOOD + '[window]\nmethod = "plato"\n[fits]\nchoice = "goflox"\n')
    assert (
        "line 23: window.method: found 'plato'; did you mean 'plateau'? allowed: one of 'fixed'" in sentence
    )
    assert "fits.choice: unknown rule or model 'goflox'" in sentence


def test_a_rule_needs_its_fits():
    assert "needs licor among the models" in told(GOOD + '[fits]\nchoice = "licor"\n')


def test_a_sheet_is_needed_where_it_tells_of_closures():
    text = GOOD[: GOOD.index("[sheet]")] + GOOD[GOOD.index("[chamber]") :]
    assert "needs a table [sheet]" in told(text)
    assert loads(text + '[closures]\nsource = "files"\n').sheet is None


def test_two_analysers_of_one_name():
    again = '[[analysers]]\nname = "ugga"\nfiles = "x"\n'
    assert "each needs a name of its own" in told(GOOD + again)


def test_the_template_loads_as_it_is_and_a_missing_file_names_the_command(tmp_path):
    assert loads(plots_template()).closures.source == "sheet"
    with pytest.raises(ConfigError, match="fluxkit init --chamber"):
        load(tmp_path / "plots.toml")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('co2 = "0.2 ppm"', 'c02 = "0.2 ppm"', "analysers.ugga.precision.c02"),
        ('name = "ugga"', 'name = "ugga"\ngases = ["c02"]', "analysers.ugga.gases[1]"),
        (
            'name = "ugga"',
            'name = "ugga"\ncolumns = {c02_wet = {column = 2, unit = "ppm"}}',
            "analysers.ugga.columns.c02_wet",
        ),
        ("[chambers.tall]", '[fits]\nbubbles = ["c02"]\n[chambers.tall]', "fits.bubbles[1]"),
    ],
)
def test_an_unknown_gas_is_refused_and_a_declared_one_taken(old, new, place):
    text = GOOD.replace(old, new, 1)
    sentence = told(text)
    assert f"{place}: unknown gas 'c02" in sentence
    assert "add [gas.c02]); did you mean 'co2'? known: co2, h2o, ch4" in sentence
    assert "c02" in loads(text + "[gas.c02]\n").gas


def test_a_column_that_is_no_mole_fraction_may_have_any_name():
    columns = 'name = "ugga"\ncolumns = {battery = {column = 2, unit = "V"}}'
    assert "battery" in loads(GOOD.replace('name = "ugga"', columns)).analysers[0].columns


def test_a_template_from_a_file_knows_its_format_and_closures(tmp_path):
    (tmp_path / "raw").mkdir()
    for name, source in (("li-7500", "files"), ("picarro", "sheet"), ("healthy-photon", "sheet")):
        path = tmp_path / "raw" / f"{name}.txt"
        path.write_text(specimens.TEXTS[name][1], encoding="utf-8")
        config = tmp_path / f"{name}.toml"
        told = CliRunner().invoke(app, ["init", "--chamber", str(path), "-o", str(config)])
        assert told.exit_code == 0, told.output
        plots = loads(config.read_text(encoding="utf-8"))
        assert plots.analysers[0].format == name
        assert plots.analysers[0].files == "raw/*.txt"
        assert plots.closures.source == source


@pytest.mark.parametrize("place", ["first", "[campaign]", "[[analysers]]", "[window]", "last"])
def test_decisions_may_stand_anywhere(tmp_path, place):
    text = make_campaign(tmp_path, plots=1).read_text(encoding="utf-8")
    line = 'decisions = "decisions.csv"\n'
    if place == "first":
        text = line + text
    elif place == "last":
        text += f"\n{line}"
    else:
        text = text.replace(f"{place}\n", f"{place}\n{line}", 1)
    assert line in text
    assert loads(text).decisions == "decisions.csv"


def test_init_takes_geometry_zone_and_place_of_a_file(tmp_path):
    header = {
        "InstrumentModel": "LI-7810", "Date": "2021-07-19 08:50:54", "DeadBand": 5, "Area": 318, "Offset": 8,
        "TotalVolume": 6835.06, "latitude": 38.8745, "longitude": -76.552, "gps_sats": 7,
        "TimeZone": "America/New_York",
    }  # fmt: skip
    data = {
        "timestamp": list(range(1, 61)), "chamber_p": [101.9] * 60, "chamber_t": [25.0] * 60,
        "h2o": [20.0] * 60, "co2": [400.0 + k for k in range(60)],
    }  # fmt: skip
    found = {"name": "X", "datasets": [{"4": {"reps": {"REP_1": {"header": header, "data": data}}}}]}
    path, config = tmp_path / "x.json", tmp_path / "plots.toml"
    path.write_text(json.dumps(found))
    told = CliRunner().invoke(app, ["init", "--chamber", str(path), "-o", str(config)])
    assert told.exit_code == 0, told.output
    text = config.read_text()
    for line in ("utc_offset_h = -4.0", "latitude = 38.8745", "longitude = -76.552", 'area = "318 cm2"',
                 'volume = "6.83506 L"', 'collar_height = "0 cm"', "deadband_s = 5.0"):  # fmt: skip
        assert any(found.startswith(line) for found in text.splitlines()), line
    assert "guessed: closures.source = 'files': the file records its closures" in told.output
    plots = loads(text)  # nothing else must be filled in
    assert (plots.chamber.area, plots.sheet) == (pytest.approx(0.0318), None)


@pytest.mark.parametrize(
    ("place", "told"), [("60.12,24.5", True), ("No Data,No Data", False), ("0,0", False)]
)
def test_the_place_of_receivers_in_tables(tmp_path, place, told):
    names, *rows = specimens.TEXTS["aeris"][1].splitlines()
    assert names.endswith("Latitude,Longitude")
    path = tmp_path / "aeris.txt"
    path.write_text("\n".join([names, *(f"{row.rsplit(',', 2)[0]},{place}" for row in rows)]) + "\n")
    assert look_at(path).position == ((60.12, 24.5) if told else pytest.approx((nan, nan), nan_ok=True))


def test_the_place_of_a_multiplexer(tmp_path):
    form, content = specimens.specimen("li-8250", tmp_path)
    path = tmp_path / "x.82z"
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(path, "w") as new:
        metadata = json.loads(old.read("metadata.json"))
        metadata["CHAMBER"] |= {"LATITUDE": {"VALUE": 38.87}, "LONGITUDE": {"VALUE": -76.55}}
        new.writestr("data.csv", old.read("data.csv"))
        new.writestr("metadata.json", json.dumps(metadata))
    assert look_at(path).position == (38.87, -76.55)
    config = tmp_path / "plots.toml"
    assert CliRunner().invoke(app, ["init", "--chamber", str(path), "-o", str(config)]).exit_code == 0
    plots = loads(config.read_text(encoding="utf-8"))
    assert (plots.analysers[0].format, plots.window.deadband_s) == (form, 5.0)
    assert plots.chamber.area == pytest.approx(0.0318)
    assert (plots.campaign.latitude, plots.campaign.longitude) == (38.87, -76.55)


SHEET = "Plot,Light_Dark,Start,End,Ta,Area\n1,L,12:05:00,12:09:00,33.3,324\n1,D,12:10:00,12:14:00,33.3,324\n"


def test_init_takes_the_columns_of_a_field_sheet(tmp_path):
    path, sheet, config = tmp_path / "raw.txt", tmp_path / "sheet.csv", tmp_path / "plots.toml"
    path.write_text(specimens.TEXTS["healthy-photon"][1], encoding="utf-8")
    sheet.write_text(SHEET, encoding="utf-8")
    told = CliRunner().invoke(app, ["init", "--chamber", str(path), str(sheet), "-o", str(config)])
    assert told.exit_code == 0, told.output
    found = loads(config.read_text(encoding="utf-8")).sheet
    assert (found.files, found.start, found.end, found.plot) == ("sheet.csv", "Start", "End", "Plot")
    assert (found.time_format, found.cover) == ("%H:%M:%S", "Light_Dark")
    assert found.date == str(look_at(path).time[0])[:10]
    assert {name: column.unit for name, column in found.columns.items()} == {"t_air": "degC", "area": "cm2"}
    assert "guessed: sheet.columns.area = column 'Area' in cm2: by its name; confirm the unit" in told.output
