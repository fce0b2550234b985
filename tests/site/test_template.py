import re
from dataclasses import replace

import pytest

from fluxkit.errors import ConfigError
from fluxkit.site.toml.loading import loads
from fluxkit.site.toml.template import FILL, HeaderColumn, TemplateFacts, site_template

FINSE = TemplateFacts(
    file="raw/2018-07-20T083000.csv.gz",
    format="delimited",
    columns=tuple(HeaderColumn(n) for n in ("", "u_m/s", "v_m/s", "w_m/s", "T_degC", "CO2_ppm", "H2O_ppt")),
    rate=10.0,
    header_rows=1,
    names_row=1,
    time_columns=(1,),
    time_parts=("stamp",),
    has_stamps=True,
    start="2018-07-20 08:30:00",
    file_minutes=30.0,
)
GOLD = TemplateFacts(
    file="G1040000.RAW.gz",
    format="delimited",
    columns=tuple(HeaderColumn(first=v) for v in ("+0.110", "-0.930", "+0.600", "20.82", "2.992", "2.246")),
)
ICOS = TemplateFacts(
    file="DE-HoH_EC_201907301200_v01.csv",
    format="icos",
    columns=tuple(
        HeaderColumn(n) for n in ("U", "V", "W", "T_SONIC", "CO2", "H2O", "SA_DIAG", "GA_DIAG", "X")
    ),
    rate=20.0,
)
TOA5 = TemplateFacts(
    file="TOA5_6843.ts_Above_2012_06_07_1245.dat",
    format="toa5",
    columns=(
        HeaderColumn("TIMESTAMP", "TS"),
        HeaderColumn("RECORD", "RN"),
        *(HeaderColumn(name, "m/s") for name in ("Ux", "Uy", "Uz")),
        HeaderColumn("co2", "mg/m^3"),
        HeaderColumn("Ts", "furlong"),
        HeaderColumn("diag_csat", "m/s"),
    ),
    rate=20.0,
    has_stamps=True,
)


def marked(text: str) -> set[str]:
    """Return the keys of the lines that ask to be filled in, as errors spell them."""
    keys, table, instrument = set(), "", ""
    for line in text.splitlines():
        if found := re.match(r"\[+(\w+)\]+", line):
            table = found[1]
        if found := re.match(r'id = "(\w+)"', line):
            instrument = f".{found[1]}"
        if FILL in line and (found := re.match(r"(?:# )?(\w+) = ", line)):
            inner = re.search(rf"{FILL} (\w+):", line)
            where = table + instrument if table == "instruments" else table
            keys.add(".".join((where, found[1], *([inner[1]] if inner else []))))
    return keys


@pytest.mark.parametrize("facts", [FINSE, GOLD, ICOS, TOA5], ids=["finse", "gold", "icos", "toa5"])
def test_errors_of_the_unfilled_template_name_exactly_the_marked_keys(facts):
    text = site_template(facts)
    with pytest.raises(ConfigError) as caught:
        loads(text)
    named = {re.match(r"line \d+: ([\w.]+): ", problem)[1] for problem in caught.value.problems}
    assert named == marked(text)
    assert len(named) >= 9


def test_finse_from_this_file_alone():
    text = site_template(FINSE)
    for key in (
        "id",
        "latitude",
        "longitude",
        "altitude",
        "utc_offset_h",
        "canopy_height",
        "model",
        "height",
    ):
        text = re.sub(rf"^# ({key} = .*?)# {FILL}.*$", r"\1", text, flags=re.MULTILINE)
    with pytest.raises(ConfigError, match="li-7200 is a closed-path analyser: give tube_length"):
        loads(text)
    text = re.sub(r"^# (tube_\w+ = )", r"\1", text, flags=re.MULTILINE)
    text = re.sub(r"^((?:co2|h2o) = .*?)\}", r'\1, quantity = "mixing_ratio"}', text, flags=re.MULTILINE)
    site = loads(text)
    assert site.raw.files == "raw/*.csv.gz"
    assert (site.raw.file_time, site.raw.time_column, site.raw.names_row) == ("records", 1, 1)
    assert {name: column.unit for name, column in site.columns.items()} == {
        "u": "m s-1",
        "v": "m s-1",
        "w": "m s-1",
        "t_sonic": "degC",
        "co2": "umol mol-1",
        "h2o": "mmol mol-1",
    }
    assert site.analyser("co2").closed


def test_file_without_header_shows_its_first_values():
    text = site_template(GOLD)
    assert 'name_pattern = "G%j%H%M.RAW.gz"' in text
    assert "# not used: column 4: first value 20.82" in text
    assert "# If there is a gas analyser, remove the # of these lines:" in text


def test_icos_units_are_known_and_the_counter_is_not_switched_on():
    text = site_template(ICOS)
    assert 't_sonic = {column = "T_SONIC", unit = "K", instrument = "sonic"}' in text
    assert re.search(r"^# diag_sonic = .*SA_DIAG", text, re.MULTILINE)
    assert re.search(r"^diag_gas = .*GA_DIAG", text, re.MULTILINE)
    assert "# not used: column 9 'X'" in text


def test_unknown_unit_in_the_header_is_asked_for():
    assert re.search(
        rf"^t_sonic = .*unit 'furlong' is not known; {FILL} unit: ", site_template(TOA5), re.MULTILINE
    )


def test_a_name_that_breaks_lines_stays_a_comment():
    facts = TemplateFacts(file="a\nb.csv", format="delimited", columns=(HeaderColumn("x\n[raw]"),), rate=10.0)
    with pytest.raises(ConfigError, match=r"station\.id: missing"):
        loads(site_template(facts))


def test_the_bandwidth_is_asked_for():
    """Where a model is to be filled in, and where metadata give one that has a bandwidth to set."""
    assert "# bandwidth = 10.0" in site_template(FINSE)
    known = tuple({"kind": "gas_analyser", "id": "g", "model": model} for model in ("irgason", "li-7700"))
    found = site_template(replace(FINSE, instruments=known))
    assert found.count("# bandwidth = 10.0") == 1
    given = ({"kind": "gas_analyser", "id": "g", "model": "irgason", "bandwidth": 20.0},)
    assert "# bandwidth" not in site_template(replace(FINSE, instruments=given))
