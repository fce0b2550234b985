from pathlib import Path

import numpy as np

from fluxkit.archive.forecast.gaps import gaps_between_files
from fluxkit.archive.planning.plan import Source


def files(*starts, minutes=60):
    """Files whose end is not known: it is told too late, as planning does."""
    times = [np.datetime64(start, "ns") for start in starts]
    return [Source(Path(str(t)), t, t + np.timedelta64(minutes, "m")) for t in times]


def half_hours(first, number):
    return [np.datetime64(first, "m") + np.timedelta64(30 * k, "m") for k in range(number)]


def test_missing_files_are_found_and_the_end_is_no_gap():
    found = gaps_between_files(
        files(*half_hours("2024-07-01T00:00", 10), *half_hours("2024-07-01T08:00", 10)), 1800.0
    )
    assert [(gap.start, gap.end, gap.seconds) for gap in found] == [
        ("2024-07-01T05:00Z", "2024-07-01T08:00Z", 10_800.0)
    ]
    assert str(found[0]) == "2024-07-01T05:00Z to 2024-07-01T08:00Z, 3 h"


def test_a_late_first_record_is_no_gap():
    times = half_hours("2024-07-01T00:00", 12)
    times[5] += np.timedelta64(9, "m")
    assert gaps_between_files(files(*times), 1800.0) == []


def test_files_of_another_length_are_no_gaps():
    days = [np.datetime64("2024-07-03T00:00", "m") + np.timedelta64(k, "D") for k in range(40)]
    assert gaps_between_files(files(*half_hours("2024-07-01T00:00", 96), *days, minutes=3000), 1800.0) == []


def test_too_few_files_tell_no_spacing():
    assert gaps_between_files(files("2024-07-01T00:00", "2024-07-09T00:00"), 1800.0) == []
