import logging

import pytest

from fluxkit.cli.logs import OncePerMessage, at_least
from fluxkit.cli.progress import Pace, progress


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def paced(clock, marks, total):
    pace = Pace(clock)
    for clock.now, done in marks:
        pace(done, total)
    return pace


def test_compiling_has_no_part_in_the_pace(clock):
    """Half a minute until the first period is done, then twenty a second."""
    pace = paced(clock, [(0, 0), (30, 1), (31, 21), (32, 41)], 17_520)
    assert pace.rate == pytest.approx(20.0)
    assert pace.left == pytest.approx((17_520 - 41) / 20)


def test_days_that_come_whole_count_from_the_beginning(clock):
    pace = paced(clock, [(0, 0), (10, 48)], 96)
    assert pace.rate == pytest.approx(4.8)
    assert pace.left == pytest.approx(10.0)


def test_the_last_minutes_count(clock):
    fast = [(t, 10 * t) for t in range(1001)]
    slow = [(1000 + t, 10_000 + t) for t in range(1, 301)]
    assert paced(clock, [(0, 0), *fast, *slow], 20_000).rate == pytest.approx(1.0, rel=0.05)


def test_nothing_is_told_that_is_not_known(clock):
    assert Pace(clock).rate is None
    assert paced(clock, [(0, 0)], 10).left is None
    assert paced(clock, [(0, 0), (5, 1)], 10).left is None


def test_periods_of_a_day_that_is_done_again_are_taken_back(clock):
    pace = paced(clock, [(0, 0), (1, 10), (2, 20), (3, 5), (4, 15)], 1000)
    assert pace.rate == pytest.approx(10.0)


def test_lines_tell_rate_and_rest_and_the_end_once(capsys, clock, monkeypatch):
    monkeypatch.setattr("fluxkit.cli.progress.time.monotonic", clock)
    with progress() as shown:
        for clock.now, done in [(0, 0), (1, 1), (5, 5), (20, 20), (100, 100), (100, 100)]:
            shown(done, 100)
    lines = [line.partition("INFO    ")[2] for line in capsys.readouterr().err.splitlines()]
    assert lines == [
        "20 of 100 averaging periods, 1.0 per second, 80 s left",
        "100 of 100 averaging periods, 1.0 per second",
    ]


def test_steps_are_told_with_a_bar_too(capsys):
    step = at_least(logging.WARNING, ("fluxkit.archive.times",))
    for name, level, passes in [
        ("fluxkit.archive.times", logging.INFO, True),
        ("fluxkit.archive.planning.plan", logging.INFO, False),
        ("fluxkit.archive.planning.plan", logging.WARNING, True),
    ]:
        assert step(logging.LogRecord(name, level, "", 0, "text", (), None)) is passes


def test_a_message_passes_once():
    once = OncePerMessage(("rounds",))

    def record(name, text):
        return logging.LogRecord(name, logging.INFO, "", 0, text, (), None)

    told = [once.filter(record("plan", text)) for text in ("a", "b", "a")]
    assert told == [True, True, False]
    assert all(once.filter(record("rounds", "a")) for _ in range(2))
