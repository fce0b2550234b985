"""Stretches of time with other files, columns or instruments: declared, merged, checked."""

import numpy as np
import pytest

from fluxkit.errors import ConfigError
from fluxkit.site.toml.dumping import dump
from fluxkit.site.toml.loading import loads
from fluxkit.site.variants import epochs, variants, with_change
from tests.tower.mast import make_site

CHANGES = """
[[changes]]
start = 2024-05-02T10:30:00
station.canopy_height = 0.5
instruments.g.northward_separation = 0.3

[[changes]]
start = 2024-06-01T00:00:00+02:00
raw = { rate = 20, format = "tob3" }
columns.co2.gain = 1.1
columns.ch4 = { column = "CH4", unit = "mol m-3", instrument = "m" }
columns.t_air = false
instruments.m = { kind = "gas_analyser", model = "li-7700" }

[[changes]]
start = 2024-07-01
instruments.g = { model = "li-7200", tube_length = 1, tube_diameter = 0.005, tube_flow = 15 }
columns.co2 = { unit = "mol mol-1", quantity = "mixing_ratio", gain = false }
columns.h2o = { unit = "mol mol-1", quantity = "mixing_ratio" }

[[changes]]
start = 2024-08-01
instruments.g.tube_flow = 12
instruments.s.height = 5.0
"""


def toml(changes: str = CHANGES, **sections) -> str:
    return dump(make_site(**sections)) + changes


def test_the_effective_site_of_each_stretch():
    first, second, third = variants(loads(toml()))
    assert [v.start for v in (first, second, third)] == [
        None,
        np.datetime64("2024-05-31T22:00", "ns"),
        np.datetime64("2024-07-01", "ns"),
    ]
    assert (first.end, second.end, third.end) == (second.start, third.start, None)
    assert (first.site.raw.rate, second.site.raw.rate, second.site.raw.format) == (10, 20, "tob3")
    assert third.site.raw == second.site.raw
    assert first.site.gases == ("co2", "h2o")
    assert second.site.gases == third.site.gases == ("co2", "h2o", "ch4")
    assert "t_air" in first.site.columns
    assert "t_air" not in second.site.columns
    assert [v.site.columns["co2"].gain for v in (first, second, third)] == [1.0, 1.1, 1.0]
    assert second.site.columns["co2"].lag == first.site.columns["co2"].lag
    assert [v.site.analyser("co2").model for v in (first, second, third)] == ["li-7500", "li-7500", "li-7200"]


def test_another_instrument_stands_where_the_one_before_it_stood():
    *_, third = variants(loads(toml()))
    assert third.site.analyser("co2").northward_separation == 0.3
    assert third.site.analyser("co2").tube_flow == 15
    (_, canopy), (_, later) = epochs(third.site)
    assert canopy.station.canopy_height == later.station.canopy_height == 0.5
    assert (canopy.analyser("co2").tube_flow, later.analyser("co2").tube_flow) == (15, 12)
    assert later.sonic.height == 5.0


def test_what_moves_belongs_to_the_instrument_that_is_there():
    first, *_ = variants(loads(toml()))
    assert [change.start.month for change in first.site.changes] == [5, 8]
    moved, last = epochs(first.site)
    assert moved[1].analyser("co2").northward_separation == 0.3
    assert last[1].analyser("co2").tube_flow is None  # of the one that replaces it


def test_heights_alone_make_no_variant():
    site = loads(toml(CHANGES.split("\n\n")[0]))
    assert variants(site) == variants(site)[:1]
    assert variants(site)[0].site is site


def test_a_change_to_what_is_there_already_makes_none():
    site = loads(toml("\n[[changes]]\nstart = 2024-05-02\nraw.rate = 10\n"))
    assert len(variants(site)) == 1


def test_written_and_read_again():
    site = loads(toml())
    assert loads(dump(site)) == site


def test_a_calibration_counts_where_its_column_is():
    calibration = "\n[[calibration]]\nvariable = 'ch4'\nstart = 2024-06-02\nend = 2024-06-03\ngain = 1.02\n"
    first, second, _ = variants(loads(toml(CHANGES + calibration)))
    assert first.site.calibration == []
    assert [entry.variable for entry in second.site.calibration] == ["ch4"]


def test_a_variant_of_a_preset_keeps_what_the_user_decided():
    site = make_site(preset="eddypro-6", condition={"precision": "float64"})
    changed = with_change(site, raw={"rate": 20.0})
    assert changed.condition == site.condition
    assert changed.decide == site.decide
    assert changed.raw.rate == 20.0


def test_what_is_as_it_would_be_anyway_does_not_follow_into_another_format():
    binary = with_change(make_site(), raw={"format": "binary", "number_types": ["int16"] * 6})
    assert binary.raw.header_rows == 0
    assert with_change(binary, raw={"format": "toa5", "number_types": False}).raw.types == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rate = 20,", "rate = -20,", "changes[2].raw.rate: found -20; allowed: a number above 0"),
        ("rate = 20,", "rats = 20,", "changes[2].raw.rats: unknown key 'rats'; did you mean 'rate'"),
        ("columns.co2.gain", "columns.co2.gian", "columns.co2.gian: unknown key 'gian'; did you mean 'gain'"),
        ('"CH4", unit = "mol m-3"', '"CH4"', "changes[2].columns.ch4.unit: missing; give a text"),
        ('"CH4", unit = "mol m-3"', '"CH4", unit = "mole"', "changes[2].columns.ch4.unit: unknown unit"),
        ("columns.t_air = false", "columns.w = false", "changes[2].columns.w: missing; eddy cov"),
        ("columns.t_air = false", "columns.n2o = false", "is not measured before either; did you mean"),
        ("columns.t_air = false", "columns.t_air = true", "changes[2].columns.t_air"),
        ("tube_length = 1, ", "", "changes[3].instruments.g: li-7200 is a closed-path analyser"),
        ("tube_length = 1", "height = 1", "changes[3].instruments.g.height: not a key of this gas_analyser"),
        ('kind = "gas_analyser", model = "li-7700"', "path_length = 1", "a new one needs kind and model"),
        (
            'kind = "gas_analyser", model = "li-7700"',
            'kind = "gas_analyser"',
            "another kind of instrument needs",
        ),
        ('"li-7700"', '"li-77000"', "changes[2].instruments.m"),
        ('instrument = "m"', 'instrument = "n"', "changes[2].columns.ch4.instrument: no instrument"),
    ],
)
def test_what_cannot_be_is_said_with_its_line(old, new, words):
    text = toml()
    assert old in text
    with pytest.raises(ConfigError) as caught:
        loads(text.replace(old, new))
    assert words in str(caught.value)
    assert "line " in str(caught.value)
