"""Files of any length, stamps at either end, clocks that jump: no record counts twice, none goes untold."""

import re
from functools import partial

import numpy as np
import pytest

from fluxkit.archive.condensing.assemble import Assembler
from fluxkit.archive.planning.plan import plan_archive
from fluxkit.errors import ReadError
from fluxkit.raw.reading import layout_of, read
from fluxkit.tower.periods import Periods
from tests.small_station import STAMPS, make_site

START = np.datetime64("2024-07-01T22:00:00", "s")
_COUNT = re.compile(r"(\d+) (?:of|records|samples)")


def write(folder, name, seconds, first=0):
    """A file of one record per second: stamps after START, and a running number in column v."""
    rows = ["time,u,v,w,t_sonic"]
    for k, second in enumerate(seconds):
        stamp = str(START + np.timedelta64(int(second), "s")).replace("T", " ")
        rows.append(f"{stamp},1.0,{first + k},0.5,20")
    (folder / "raw" / f"{name}.csv").write_text("\n".join(rows) + "\n")
    return first + len(rows) - 1


def reading(layout, told, source):
    try:
        samples = read(source.path, layout)
    except ReadError as error:
        told.append(str(error))
        return None
    told.extend(problem.reason for problem in samples.problems)
    return samples


def used(folder, site):
    """Numbers of the records in all periods, by time, and what was told."""
    plan = plan_archive(site, folder)
    layout, told, numbers, records = layout_of(site), [], {}, 0
    for day in plan.days:
        assembler = Assembler(Periods.of(day.site), day.periods, size=1800, rate=1.0)
        for period in assembler.periods(day.sources, partial(reading, layout, told)):
            begin = Periods.of(site).start(period.number)
            records += period.records
            for k, value in enumerate(period.data.get("v", [])):
                if np.isfinite(value):
                    numbers[begin + np.timedelta64(k, "s")] = int(value)
        told += [problem.reason for problem in assembler.problems]
    return numbers, told, records


@pytest.mark.parametrize("minutes", [1, 7, 30, 60, 240])
def test_files_of_any_length_give_the_same(folder, minutes):
    total = 4 * 3600
    for first in range(0, total, 60 * minutes):
        last = min(first + 60 * minutes, total)
        write(folder, f"{first:05d}", range(first, last), first)
    numbers, told, records = used(folder, make_site(**STAMPS))
    assert sorted(numbers.values()) == list(range(total))
    assert all(numbers[START.astype("M8[ns]") + np.timedelta64(k, "s")] == k for k in (0, 1799, 1800, 7200))
    assert told == []
    assert records == total


def test_stamps_at_the_end_belong_to_the_interval_before(folder):
    write(folder, "a", range(1, 3601))
    numbers, told, _ = used(folder, make_site(**STAMPS, sample_time_is="end"))
    assert numbers[START.astype("M8[ns]")] == 0
    assert len(numbers) == 3600
    assert told == []


def case(name):
    """Stamps of two files, and how many records fall on times that others have."""
    a, b = np.arange(1800), np.arange(1800, 3600)
    return {
        # A minute may also be a lost piece: the record before it may be made of two.
        "forward inside": (a, np.where(b < 2400, b, b + 60), 1),
        "forward between": (a, b + 60, 0),
        "backward inside": (a, np.where(b < 2400, b, b - 60), 60),
        "backward between": (a, b - 60, 60),
        "overlap": (a, np.arange(1500, 3600), 300),
        "half a copy": (a, np.arange(0, 900), 900),
        "repeated": (a, np.sort(np.concatenate([b, b[::3]])), 600),
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        "forward inside", "forward between", "backward inside", "backward between", "overlap",
        "half a copy", "repeated",
    ],
)  # fmt: skip
def test_a_clock_that_jumps_loses_only_what_is_told(folder, name):
    a, b, twice = case(name)
    middle = write(folder, "a", a)
    total = write(folder, "b", b, middle)
    numbers, told, records = used(folder, make_site(**STAMPS))
    assert len(set(numbers.values())) == len(numbers)  # none is used twice
    assert len(numbers) == total - twice
    assert bool(told) == (name != "forward between")
    left_out = [reason for reason in told if "left out" in reason]
    assert sum(int(_COUNT.search(reason)[1]) for reason in left_out) == twice
    assert records == pytest.approx(total - twice, abs=1)
