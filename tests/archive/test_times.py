from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from fluxkit.archive.times import in_words, parse_instant
from fluxkit.errors import ConfigError

NOON = np.datetime64("2024-07-01T12:00", "ns")


@pytest.mark.parametrize(
    "given",
    [
        "2024-07-01T12:00",
        "2024-07-01 12:00:00",
        "2024-07-01T12:00Z",
        "2024-07-01T13:00+01:00",
        datetime(2024, 7, 1, 12, tzinfo=UTC),
        datetime(2024, 7, 1, 7, tzinfo=timezone(timedelta(hours=-5))),
        np.datetime64("2024-07-01T12", "h"),
    ],
)
def test_times_are_utc_unless_they_say_otherwise(given):
    assert parse_instant(given, "start") == NOON
    assert parse_instant(given, "start").dtype == NOON.dtype


def test_a_date_is_its_first_instant():
    assert parse_instant("2024-07-01", "start") == np.datetime64("2024-07-01T00:00")
    assert parse_instant(None, "end") is None


def test_what_is_no_time_is_told():
    with pytest.raises(ConfigError, match=r"end: found '1\.7\.2024'; allowed: 2024-07-01"):
        parse_instant("1.7.2024", "end")


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
