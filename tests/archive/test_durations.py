import pytest

from fluxkit.archive.durations import in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.3, "less than 1 s"),
        (59.6, "60 s"),
        (99.4, "99 s"),
        (99.6, "2 min"),
        (5940, "99 min"),
        (6000, "1 h 40 min"),
        (7199, "2 h"),
        (172_799, "48 h"),
        (180_000, "2 days 2 h"),
        (259_200, "3 days"),
    ],
)
def test_two_units_at_most(seconds, words):
    assert in_words(seconds) == words
