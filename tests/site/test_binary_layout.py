"""Keys of raw files that are no text."""

import pytest
from pydantic import ValidationError

from fluxkit.site.column_names import recognise
from fluxkit.site.sections.reading import Raw

BASE = {
    "files": "*.bin",
    "rate": 10.0,
    "file_time": "name",
    "name_pattern": "%Y%m%d%H.bin",
    "name_time_is": "start",
}


def test_binary_records_have_no_header_unless_told():
    raw = Raw.model_validate(BASE | {"format": "binary", "number_types": ["int16", "float32"]})
    assert (raw.header_rows, raw.types, raw.byte_order) == (0, ("int16", "float32"), "little")
    assert Raw.model_validate(raw.model_dump()) == raw
    assert Raw.model_validate(BASE | {"format": "delimited"}).header_rows == 1
    one = Raw.model_validate(
        BASE | {"format": "binary", "number_types": "int16", "record_bytes": 8, "header_rows": 2}
    )
    assert (one.header_rows, one.types) == (2, ("int16",))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "number_types: missing"),
        ({"number_types": "int16"}, "record_bytes: missing"),
        ({"number_types": ["int12"]}, "number_types"),
        ({"number_types": ["int16"], "byte_order": "middle"}, "byte_order"),
        ({"number_types": ["int16"], "header_bytes": -1}, "header_bytes"),
    ],
)
def test_what_is_refused(keys, message):
    with pytest.raises(ValidationError, match=message):
        Raw.model_validate(BASE | {"format": "binary"} | keys)


@pytest.mark.parametrize(
    ("name", "unit", "variable"),
    [
        ("sos", "m s-1", "t_sonic"),
        ("U_[R350-B]", "", "u"),
        ("T_SONIC_[HS50-A]", "", "t_sonic"),
        ("CH4_DRY_[QCL-C2]", "", "ch4"),
        ("CO2_[ppm]", "", "co2"),
    ],
)
def test_names_of_these_formats_are_recognised(name, unit, variable):
    found = recognise(name, unit)
    assert found is not None
    assert found.variable == variable


def test_an_instrument_alone_says_nothing():
    assert recognise("INC_XY_[R350-B]", "") is None
