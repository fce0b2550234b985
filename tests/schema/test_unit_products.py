"""Units of half-hourly files, taken apart."""

import pytest

from fluxkit.schema.unit_products import conversion


@pytest.mark.parametrize(
    ("found", "wanted", "scale", "shift"),
    [
        ("[Âµmol+1s-1m-2]", "umol m-2 s-1", 1.0, 0.0),
        ("[µmol+1s-1m-2]", "nmol m-2 s-1", 1e3, 0.0),
        ("[mmol+1s-1m-2]", "mmol m-2 s-1", 1.0, 0.0),
        ("[mm+1hour-1]", "mm h-1", 1.0, 0.0),
        ("[K]", "degC", 1.0, -273.15),
        ("[Pa]", "kPa", 1e-3, 0.0),
        ("[Pa]", "hPa", 1e-2, 0.0),
        ("[kg+1kg-1]", "kg kg-1", 1.0, 0.0),
        ("[mmol+1mol_a-1]", "mmol mol-1", 1.0, 0.0),
        ("[deg_from_north]", "degree", 1.0, 0.0),
        ("[#]", "1", 1.0, 0.0),
        ("[W+1m-2]", "W m-2", 1.0, 0.0),
        ("umolCO2 m-2 s-1", "umol m-2 s-1", 1.0, 0.0),
        ("%", "1", 1e-2, 0.0),
    ],
)
def test_spellings(found, wanted, scale, shift):
    made = conversion(found, wanted)
    assert made.scale == pytest.approx(scale, rel=1e-15)
    assert made.shift == shift


@pytest.mark.parametrize(
    ("found", "wanted"), [("[W+1m-2]", "kg m-1 s-2"), ("[furlong]", "m"), ("[Pa]", "degC")]
)
def test_what_does_not_fit_is_refused(found, wanted):
    with pytest.raises(ValueError, match=r"unit|does not measure the same quantity"):
        conversion(found, wanted)


def test_there_and_back():
    there, back = conversion("[K]", "degC"), conversion("degC", "K")
    assert there.shift == -back.shift
