import pytest

from fluxkit.site.sections.strict import did_you_mean, nearest


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("latitud", "latitude"),
        ("LATITUDE", "latitude"),
        ("longitud", "longitude"),
        ("colour", None),
        ("", None),
    ],
)
def test_nearest(word, expected):
    assert nearest(word, ["latitude", "longitude", "altitude"]) == expected


def test_sentence_is_empty_without_a_candidate():
    assert did_you_mean("xyz", ["latitude"]) == ""
    assert did_you_mean("Altitude", ["altitude"]) == "; did you mean 'altitude'?"
