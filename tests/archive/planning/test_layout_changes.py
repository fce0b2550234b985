"""How files that differ from the configuration are read, and which are refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fluxkit.archive.planning.layouts import Rule, Sighted, find_layouts
from fluxkit.raw.signature import Signature
from tests.tower.mast import make_site

NAMES = ("TIMESTAMP", "RECORD", "Ux", "Uy", "Uz", "Ts", "CO2", "H2O", "T", "P")
UNITS = ("TS", "RN", "m/s", "m/s", "m/s", "C", "mmol/m^3", "mmol/m^3", "C", "kPa")
USUAL = Signature("toa5", NAMES, UNITS, len(NAMES), 10.0)
COLUMNS = {
    name: {"column": source, "unit": unit}
    for name, source, unit in (
        ("u", "Ux", "m s-1"), ("v", "Uy", "m s-1"), ("w", "Uz", "m s-1"), ("t_sonic", "Ts", "degC"),
        ("t_air", "T", "degC"), ("p_air", "P", "kPa"),
    )
}  # fmt: skip
GASES = {
    gas: {"column": gas.upper(), "unit": "mmol m-3", "quantity": "density", "instrument": "g"}
    for gas in ("co2", "h2o")
}
RAW = {"files": "*", "format": "toa5", "rate": 10.0, "file_time": "records"}


def site(**more):
    return make_site(columns=COLUMNS | GASES | more.pop("columns", {}), raw=RAW | more.pop("raw", {}), **more)


def look(signatures, own=None):
    own = own or site()
    start = np.datetime64("2021-05-04T12:00", "ns")
    files = [
        Sighted(Path(f"raw/{k}.dat"), start + np.timedelta64(30 * k, "m"), s)
        for k, s in enumerate(signatures)
    ]
    return find_layouts(files, Rule(own, [s for s in signatures if s is not None]))


def sites(found):
    return [adapted.site for _, adapted in found.files]


def lacking(*names):
    kept = [k for k, name in enumerate(NAMES) if name not in names]
    names, units = tuple(NAMES[k] for k in kept), tuple(UNITS[k] for k in kept)
    return replace(USUAL, names=names, units=units, width=len(names))


def test_files_as_configured_share_the_configuration():
    own = site()
    found = look([USUAL, USUAL], own)
    assert all(s is own for s in sites(found))
    assert found.told == ()
    assert found.refused == ()


def test_another_rate_and_format_are_taken_and_told():
    binary = Signature("tob3", NAMES[2:], UNITS[2:], 8, 20.0)
    found = look([USUAL, binary, binary])
    assert [(s.raw.format, s.raw.rate) for s in sites(found)] == [("toa5", 10), ("tob3", 20), ("tob3", 20)]
    assert sites(found)[1] is sites(found)[2]
    assert found.told == ("2021-05-04T12:30Z raw/1.dat: format toa5 -> tob3; 10 -> 20 Hz",)
    assert found.files[1][1].raw == {"format": "tob3", "rate": 20.0}


def test_a_missing_gas_is_left_out_where_it_is_missing():
    found = look([USUAL, lacking("CO2"), USUAL])
    assert [s.gases for s in sites(found)] == [("co2", "h2o"), ("h2o",), ("co2", "h2o")]
    assert found.told == (
        "2021-05-04T12:30Z raw/1.dat: no co2: column 'CO2' is missing; columns - CO2",
        "2021-05-04T13:00Z raw/2.dat: co2 is there again: column 'CO2'; columns + CO2",
    )


def test_what_belongs_to_a_missing_gas_goes_with_it():
    signal = {"column": "RSSI", "unit": "1", "instrument": "g"}
    ch4 = GASES["co2"] | {"column": "CH4", "lag_from": "co2"}
    own = site(columns={"signal_co2": signal, "ch4": ch4}, condition={"signal_limits": {"co2": [0.5, 1.0]}})
    more = replace(USUAL, names=(*NAMES, "RSSI", "CH4"), units=(), width=12)
    less = replace(more, names=tuple(n for n in more.names if n != "CO2"), width=11)
    found = look([more, less], own)
    (last,) = sites(found)[1:]
    assert "signal_co2" not in last.columns
    assert last.columns["ch4"].lag_from is None
    assert found.refused == ()


def test_a_slow_sensor_may_be_missing():
    found = look([USUAL, lacking("T", "P")])
    assert {"t_air", "p_air"}.isdisjoint(sites(found)[1].columns)


def test_files_without_wind_are_left_to_their_reader():
    found = look([USUAL, lacking("Uz"), USUAL])
    assert sites(found)[1] is sites(found)[0]
    assert len(found.files) == 3


def test_moved_and_added_columns_are_told_and_read_by_name():
    moved = replace(USUAL, names=NAMES[::-1], units=UNITS[::-1])
    more = replace(moved, names=(*moved.names, "X"), units=(*moved.units, ""), width=11)
    found = look([USUAL, moved, more])
    assert len({id(s) for s in sites(found)}) == 1
    assert [words.split(": ", 1)[1] for words in found.told] == ["columns in another order", "columns + X"]


def test_positions_do_not_survive_another_number_of_columns():
    own = site(columns={"u": {"column": 3, "unit": "m s-1"}})
    found = look([USUAL, lacking("P"), USUAL], own)
    assert len(found.files) == 2
    ((path, reason),) = found.refused
    assert path == Path("raw/1.dat")
    assert reason.startswith("has 9 columns, most files 10; columns are given by position (u)")
    assert reason.endswith("declare it in [[changes]]")


def test_positions_say_nothing_of_another_format():
    own = site(columns={"u": {"column": 3, "unit": "m s-1"}})
    ((_, reason),) = look([USUAL, replace(USUAL, format="tob3")], own).refused
    assert reason.startswith("is tob3, but raw.format = 'toa5', and columns are given by position (u)")


def test_a_unit_of_the_same_kind_is_converted_another_is_refused():
    hecto = replace(USUAL, units=(*UNITS[:-1], "hPa"))
    ppm = replace(USUAL, units=tuple("umol/mol" if u == "mmol/m^3" else u for u in UNITS))
    found = look([USUAL, hecto, ppm])
    assert [s.columns["p_air"].unit for s in sites(found)] == ["kPa", "hPa"]
    assert "unit of p_air kPa -> hPa" in found.told[0]
    assert "column 'CO2' (for co2) is in umol/mol, in other files in mmol m-3" in found.refused[0][1]


def test_a_header_that_never_agrees_with_the_configuration_is_not_believed():
    odd = replace(USUAL, units=(*UNITS[:-1], "hPa"))
    assert [s.columns["p_air"].unit for s in sites(look([odd, odd]))] == ["kPa", "kPa"]


def test_files_that_tell_no_rate_are_read_as_their_neighbours():
    fast, silent = replace(USUAL, rate=20.0), replace(USUAL, rate=None)
    found = look([silent, fast, silent, None, USUAL, silent])
    assert [s.raw.rate for s in sites(found)] == [20, 20, 20, 20, 10, 10]


def test_a_table_of_means_is_no_change_of_rate():
    found = look([USUAL, replace(USUAL, rate=1 / 1800)])
    assert [s.raw.rate for s in sites(found)] == [10, 10]


def test_a_change_that_makes_no_valid_site_is_refused_with_the_reason():
    second = GASES["co2"] | {"column": "CO2b"}
    more = replace(USUAL, names=(*NAMES, "CO2b"), units=(), width=11)
    less = replace(more, names=tuple(n for n in more.names if n != "CO2"), width=10)
    found = look([more, less], site(columns={"co2_2": second}))
    ((_, reason),) = found.refused
    assert "no co2: column 'CO2' is missing" in reason
    assert "means a second co2" in reason


@pytest.mark.parametrize("count", [1, 3])
def test_the_odd_file_is_the_one_that_is_told(count):
    odd = replace(USUAL, rate=20.0)
    found = look([USUAL, USUAL, *[odd] * count, USUAL, USUAL])
    assert [words.split(": ", 1)[1] for words in found.told] == ["10 -> 20 Hz", "20 -> 10 Hz"]
