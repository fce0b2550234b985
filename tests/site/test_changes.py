"""What changes at a station: read, checked, written."""

from datetime import UTC, datetime

import pytest

from fluxkit.errors import ConfigError
from fluxkit.site.toml.dumping import dump
from fluxkit.site.toml.loading import loads
from fluxkit.site.variants import epochs
from tests.tower.mast import make_site

CHANGES = """
[[changes]]
start = 2024-05-02T10:30:00
station.canopy_height = 0.5
instruments.s.height = 4.0

[[changes]]
start = 2024-06-01T00:00:00+02:00
instruments.g.northward_separation = 0.3
"""


def toml(changes: str = CHANGES) -> str:
    return dump(make_site()) + changes


def test_values_hold_until_they_change_again():
    site = loads(toml())
    assert site.changes[1].start == datetime(2024, 5, 31, 22, tzinfo=UTC)
    (first, one), (second, two) = epochs(site)
    assert (first, second) == tuple(change.start for change in site.changes)
    assert (one.station.canopy_height, one.sonic.height) == (0.5, 4.0)
    assert one.analyser("co2") == site.analyser("co2")
    assert (two.station.canopy_height, two.sonic.height) == (0.5, 4.0)
    assert two.analyser("co2").northward_separation == 0.3
    assert two.changes == []


def test_a_canopy_takes_its_displacement_along():
    without = "\n".join(line for line in toml().splitlines() if not line.startswith("displacement_height"))
    (_, later), *_ = epochs(loads(without))
    assert later.station.d == pytest.approx(0.67 * 0.5)


def test_written_and_read_again():
    site = loads(toml())
    assert loads(dump(site)) == site


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "instruments.g.",
            "instruments.licor.",
            "no instrument has the id 'licor'; a new one needs kind and model",
        ),
        ("s.height", "s.tube_flow", "s.tube_flow: not a key of this sonic; known: height, north_offset"),
        ("2024-06-01T00:00:00+02:00", "2024-05-01T00:00:00", "is not after the change before it"),
        ("station.canopy_height = 0.5", "station.canopy_hight = 0.5", "did you mean 'canopy_height'"),
        ("station.canopy_height = 0.5", "station.canopy_height = -1", "changes[1].station.canopy_height"),
        ("instruments.g.northward_separation = 0.3", "", "changes nothing"),
    ],
)
def test_what_cannot_be_is_said(old, new, words):
    text = toml()
    assert old in text
    with pytest.raises(ConfigError) as caught:
        loads(text.replace(old, new))
    assert words in str(caught.value)
