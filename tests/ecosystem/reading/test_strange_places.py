"""What a file says of its site is part of no path, no formula, and moves no cursor."""

import numpy as np
import pytest

from fluxkit.ecosystem.product.descriptions import bif
from fluxkit.ecosystem.reading.places import Place, place_of


@pytest.mark.parametrize(
    ("site", "code"),
    [
        ("DE-Tha", "DE-Tha"),
        ("Le Bray", "Le-Bray"),
        ("../../etc/x", "etc-x"),
        ("=HYPERLINK(1)", "HYPERLINK-1"),
        ("\u202e\x1b[2J", "2J"),
        ("..", "site"),
        ("n" * 1_000_000, "n" * 40),
    ],
)
def test_a_code_leads_nowhere(site: str, code: str) -> None:
    attributes, notes = place_of(Place(50.0, 8.0, 1.0, site))
    assert attributes["site"] == code
    assert [len(note) < 5000 and repr(code) in note for note in notes] == [True] * (site != code)


def test_the_description_holds_no_formula() -> None:
    text = bif({"site": "DE-Abc", "source": "=HYPERLINK(1)\x1b[2J", "latitude": np.float64(-3.5)}, "1")
    assert "PROCESSING_SOURCE,'=HYPERLINK(1)\\x1b[2J" in text
    assert "LOCATION_LAT,-3.5" in text
