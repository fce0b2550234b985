"""Every mistake a user makes in a site file is told with line, key, what was found and what is allowed."""

import json
import re

import pytest

from fluxkit.errors import ConfigError
from fluxkit.site.toml.loading import json_schema, load, loads

GOOD = """\
preset = "fluxkit"

[station]
id = "XX-Abc"
latitude = 60.5
longitude = 7.5
altitude = 1200.0
utc_offset_h = 1.0
canopy_height = 0.3

[[instruments]]
kind = "sonic"
id = "sonic"
model = "csat3"
height = 4.4

[[instruments]]
kind = "gas_analyser"
id = "irga"
model = "li-7500"

[raw]
files = "raw/*.csv"
format = "delimited"
rate = 10.0
file_time = "records"

[columns]
u = { column = "Ux", unit = "m s-1", instrument = "sonic" }
v = { column = "Uy", unit = "m s-1", instrument = "sonic" }
w = { column = "Uz", unit = "m s-1", instrument = "sonic" }
t_sonic = { column = "Ts", unit = "degC", instrument = "sonic" }
co2 = { column = "CO2", unit = "mmol m-3", instrument = "irga" }

[condition]
despiking = "none"

[condense]
period = 30.0
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loads(text, source="site.toml")
    assert str(caught.value).startswith("site.toml: ")
    return caught.value.problems


def changed(old: str, new: str) -> list[str]:
    assert old in GOOD
    return problems(GOOD.replace(old, new, 1))


def test_good_file_loads():
    site = loads(GOOD)
    assert site.station.latitude == 60.5
    assert site.condition.despiking == "none"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "latitude = 60.5",
            "latitud = 60.5",
            [
                r"line 3: station\.latitude: missing; give a number from -90 to 90 \(degrees north\)",
                r"line 5: station\.latitud: unknown key 'latitud'; did you mean 'latitude'\? known: .*",
            ],
        ),
        (
            "latitude = 60.5",
            "latitude = 160.5",
            [r"line 5: station\.latitude: found 160\.5; allowed: a number from -90 to 90 \(degrees north\)"],
        ),
        (
            "height = 4.4\n",
            "",
            [r"line 11: instruments\.sonic\.height: missing; give a number above 0 \(.*above ground, .*"],
        ),
        (
            '"csat3"',
            '"CSAT-3"',
            [r"line 14: instruments\.sonic\.model: unknown model 'CSAT-3'; did you mean 'csat3'\? known: .*"],
        ),
        (
            '"li-7500"',
            '"li-7200"',
            [r"line 17: instruments\.irga: li-7200 is a closed-path analyser: give tube_length, .* .*"],
        ),
        (
            'kind = "sonic"',
            'kind = "anemometer"',
            [r"line 12: instruments\.sonic\.kind: found 'anemometer'; allowed: 'sonic' or 'gas_analyser'"],
        ),
        (
            'kind = "sonic"\n',
            "",
            [r"line 11: instruments\.sonic\.kind: missing; give 'sonic' or 'gas_analyser'"],
        ),
        (
            '"mmol m-3"',
            '"mmolm-3"',
            [r"line 33: columns\.co2\.unit: unknown unit 'mmolm-3'; did you mean 'mmol m-3'\? known: m .*"],
        ),
        (
            '"mmol m-3"',
            '"ppt"',
            [r"line 33: columns\.co2\.unit: unknown unit 'ppt' \('ppt' may mean thousand or trillion.*"],
        ),
        (
            '"mmol m-3"',
            '"ppm"',
            [r"line 33: columns\.co2\.quantity: ppm is a fraction of .* give 'mole_fraction' or .*"],
        ),
        (
            '"mmol m-3"',
            '"m s-1"',
            [r"line 33: columns\.co2\.unit: 'm s-1' is not a unit of mass density or molar density or .*"],
        ),
        (
            'unit = "mmol m-3", instrument = "irga"',
            'unit = "mmol m-3"',
            [r"line 33: columns\.co2\.instrument: a gas needs the id of a gas analyser"],
        ),
        (
            "co2 = {",
            "c02 = {",
            [r"line 33: columns\.c02: unknown variable 'c02' \(if .*\); did you mean 'co2'\? known: u, .*"],
        ),
        ('u = { column = "Ux"', 'u = { colum = "Ux"', None),
        (
            'preset = "fluxkit"',
            'preset = "eddypro"',
            [r"line 1: preset: found 'eddypro'; did you mean 'eddypro-6'\? allowed: one of 'fluxkit', .*"],
        ),
        (
            'despiking = "none"',
            'despiking = "vickers-mahrt"',
            [r"line 36: condition\.despiking: found 'vickers-mahrt'; did you mean 'vickers-mahrt-1997'\? .*"],
        ),
        (
            'despiking = "none"',
            "limits = { u = 30.0 }",
            [r"line 36: condition\.limits\.u: found 30\.0; allowed: two numbers, \[low, high\] \(.*\)"],
        ),
        (
            "period = 30.0",
            "period = 7",
            [r"line 39: condense\.period: found 7\.0 minutes; it must divide the day into equal parts"],
        ),
        (
            "rate = 10.0",
            "rate = true",
            [r"line 25: raw\.rate: found true; allowed: a number above 0 \(.*Hz\)"],
        ),
        (
            "rate = 10.0",
            'rate = "10"',
            [r"line 25: raw\.rate: found the text '10'; allowed: a number above 0 .*, without quotes"],
        ),
        (
            "rate = 10.0",
            'rate = "fast"',
            [r"line 25: raw\.rate: found 'fast'; allowed: a number above 0 .*"],
        ),
        (
            'file_time = "records"',
            'file_time = "name"',
            [
                r"line 22: raw\.name_pattern: missing; file_time = 'name' needs it",
                r"line 22: raw\.name_time_is: missing; file_time = 'name' needs it",
            ],
        ),
        (
            'file_time = "records"',
            'file_time = "name"\nname_pattern = "G%j%H%M"\nname_time_is = "end"\nyear = 2003',
            [r"line 22: raw\.file_minutes: missing; name_time_is = 'end' needs it"],
        ),
        (
            'files = "raw/*.csv"',
            "files = 3",
            [r"line 23: raw\.files: found 3; allowed: a text in quotes or a list \(pattern.*"],
        ),
        (
            'u = { column = "Ux", unit = "m s-1", instrument = "sonic" }',
            "u = 3",
            [r"line 29: columns\.u: found 3; allowed: a table with the keys column, unit, instrument.*"],
        ),
        (
            'id = "XX-Abc"',
            'id = "XX Abc"',
            [r"line 4: station\.id: found 'XX Abc'; use letters, digits, - and _.*"],
        ),
    ],
)
def test_mistake(old, new, expected):
    found = changed(old, new)
    if expected is None:
        assert any("columns.u.column: missing" in problem for problem in found)
        assert any("unknown key 'colum'; did you mean 'column'?" in problem for problem in found)
        return
    assert len(found) == len(expected), found
    for problem, pattern in zip(found, expected, strict=True):
        assert re.fullmatch(pattern, problem), problem


def test_no_message_shows_the_machinery():
    text = GOOD.replace("60.5", '"x"').replace('"csat3"', "5").replace("rate = 10.0", "rte = 1")
    for word in ("pydantic", "Input should", "type=", "loc", "Value error", "https://"):
        assert word not in "\n".join(problems(text))


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file():
    text = GOOD.replace("latitude = 60.5", "latitude = 95").replace("height = 4.4", "height = -1")
    found = problems(text.replace("period = 30.0", "periode = 30.0"))
    lines = [int(re.match(r"line (\d+)", problem)[1]) for problem in found]
    assert lines == sorted(lines)
    assert len(found) == 3


def test_several_inconsistencies_are_separate_problems():
    text = GOOD.replace('instrument = "irga"', 'instrument = "irgb"').replace('"degC"', '"kPa"')
    assert [p.partition(": ")[2].partition(":")[0] for p in problems(text)] == [
        "columns.t_sonic.unit",
        "columns.co2.instrument",
    ]


def test_two_instruments_with_one_id():
    assert any("two instruments have the same id" in p for p in changed('id = "irga"', 'id = "sonic"'))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[station]\nid = 'x\n", 'line 2: not valid TOML: expected "\'"; found "id = \'x"'),
        ("a = 1\na = 2\n", "line 2: not valid TOML: cannot overwrite a value; found 'a = 2'"),
    ],
)
def test_toml_syntax(text, expected):
    assert problems(text) == [expected]


def test_empty_file_names_the_tables_that_are_missing():
    assert [p.partition(":")[0] for p in problems("")] == ["station", "instruments", "raw", "columns"]


def test_preset_of_a_wrong_type():
    assert any(p.startswith("line 1: preset: found ['fluxkit']") for p in changed('"fluxkit"', '["fluxkit"]'))


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match=r"absent\.toml: no such file; `fluxkit init` writes one"):
        load(tmp_path / "absent.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)
    path = tmp_path / "latin.toml"
    path.write_bytes(GOOD.replace("XX-Abc", "XX-\u00e9").encode("latin-1"))
    with pytest.raises(ConfigError, match="not UTF-8 text"):
        load(path)


def test_byte_order_mark_is_harmless(tmp_path):
    path = tmp_path / "site.toml"
    path.write_text(GOOD, encoding="utf-8-sig")
    assert load(path) == loads(GOOD)


def test_preset_fills_only_what_is_not_written():
    site = loads(GOOD.replace('"fluxkit"', '"eddypro-6"'))
    assert site.decide.arithmetic == "eddypro-6"
    assert site.condition.despiking == "none"


def test_json_schema_is_json_and_describes_the_station():
    schema = json.loads(json.dumps(json_schema()))
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert schema["title"] == "fluxkit site"
    assert schema["$defs"]["Station"]["properties"]["latitude"]["maximum"] == 90
    assert schema["additionalProperties"] is False
