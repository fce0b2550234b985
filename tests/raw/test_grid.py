from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fluxkit.errors import ReadError
from fluxkit.raw.grid import Clock, place_records, spread
from fluxkit.raw.layout import Layout
from fluxkit.raw.samples import ProblemLog

START = np.datetime64("2020-01-01T12:00", "ns")
NAT = np.iinfo(np.int64).min
BASE = Layout("delimited", 10.0, (), "records", 0.0)
STEP = 100_000_000


def stamps(slots, start=START):
    return start.astype(np.int64) + np.asarray(slots, np.int64) * STEP


def clock(slots=None, counts=None, n=None):
    n = n or len(slots if slots is not None else counts)
    return Clock(
        n,
        np.arange(2, n + 2),
        None if slots is None else stamps(slots),
        None if counts is None else np.array(counts, float),
    )


def lay(clock, layout=BASE, start=None):
    log = ProblemLog("file.csv")
    found = place_records(clock, layout, start, log)
    slots = np.arange(clock.records)[: found.size] if found.slot is None else found.slot
    return found, slots.tolist(), [(p.lost, p.line) for p in log.told()], [p.reason for p in log.told()]


@st.composite
def damaged(draw):
    n = draw(st.integers(2, 80))
    kept = sorted(draw(st.sets(st.integers(0, n - 1), min_size=2)))
    return [slot for slot in kept for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3])))]


@given(damaged(), st.booleans(), st.sampled_from([10.0, 20.0, 30.0, 12.5]))
def test_values_land_in_their_slots(slots, end, rate):
    gaps = np.diff(sorted(set(slots)))
    usual = np.median(gaps)
    assume(usual != 1.5)  # how stamps are rounded decides there
    ns = START.astype(np.int64) + np.array([round((s + end) * 1e9 / rate) for s in slots])
    layout = replace(BASE, rate=rate, sample_time_is="end" if end else "start")
    source = Clock(len(slots), np.arange(len(slots)), ns)
    log = ProblemLog("x")
    repeats = len(slots) - len(set(slots))
    if usual >= 1.5 and 2 * repeats <= len(slots) - 1:
        with pytest.raises(ReadError, match="Hz"):
            place_records(source, layout, None, log)
        return
    if 2 * repeats > len(slots) - 1:  # more repeated than new stamps look like a clock of coarse resolution
        assert place_records(source, layout, None, log).size == len(slots)
        return
    found = place_records(source, layout, None, log)
    x = spread(np.array(slots, float), found)
    origin = min(slots)
    present = sorted(set(slots))
    assert abs((found.start - START).astype(np.int64) - origin * 1e9 / rate) <= 1
    np.testing.assert_array_equal(np.flatnonzero(~np.isnan(x)), np.array(present) - origin)
    np.testing.assert_array_equal(x[~np.isnan(x)], present)


@given(st.sets(st.integers(1, 50)))
def test_record_numbers_alone_find_lost_records(lost):
    counts = [c for c in range(60) if c not in lost]
    found, slots, _, _ = lay(clock(counts=[1000 + c for c in counts]), replace(BASE, file_time="name"), START)
    assert slots == counts
    assert found.start == START


def test_record_numbers_that_start_again():
    _, slots, problems, _ = lay(clock(counts=[7, 8, 10, 0, 1]), replace(BASE, file_time="name"), START)
    assert slots == [0, 1, 3, 4, 5]
    assert ("nothing", 5) in problems


def test_order_is_all_there_is():
    found, slots, problems, _ = lay(Clock(5, np.arange(5)), replace(BASE, file_time="name"), START)
    assert (found.slot, found.size, slots, problems) == (None, 5, [0, 1, 2, 3, 4], [])


def test_gap_is_told_with_its_line_and_length():
    _, _, problems, reasons = lay(clock([0, 1, 2, 23, 24]))
    assert problems == [("line", 5)]
    assert reasons == ["20 records are missing in 1 gaps, the longest of 2 s before this line"]


def test_clock_set_forward_while_records_count_on():
    _, _, _, reasons = lay(clock([0, 1, 2, 23, 24], counts=[5, 6, 7, 8, 9]))
    assert "RECORD counts on across it: the clock was set" in reasons[0]


def test_clock_set_back():
    _, slots, problems, reasons = lay(clock([*range(50), *range(30, 80)]))
    assert slots == [*range(50), *[-1] * 20, *range(50, 80)]
    assert problems == [("line", 52)]
    assert "the clock went back: 20 records" in reasons[0]


def test_misprinted_stamp_is_counted():
    slots = list(range(100))
    slots[40] = 3_000_000
    _, found, problems, reasons = lay(clock(slots))
    assert found == list(range(100))
    assert problems == [("nothing", 42)]
    assert "do not fit between their neighbours" in reasons[0]


def test_unreadable_stamps_are_counted():
    source = clock(range(50))
    source.stamps[[0, 10, 11, 49]] = NAT
    found, slots, problems, _ = lay(source)
    assert slots == list(range(50))
    assert found.start == START
    assert problems == [("nothing", 2)]


def test_clock_of_another_decade_before_it_was_set():
    years = 24 * 365 * 24 * 36_000
    found, slots, problems, reasons = lay(clock([*range(-years, -years + 20), *range(7, 107)]))
    assert slots == [-1] * 20 + list(range(100))
    assert found.start == START + np.timedelta64(700, "ms")
    assert problems == [("line", 22)]
    assert "jumps by more than a day" in reasons[0]


def test_start_is_a_whole_slot_of_the_day():
    source = clock(range(30))
    found, *_ = lay(replace_stamps(source, source.stamps + 33_000_000))
    assert found.start == START


def replace_stamps(source, changed):
    return Clock(source.records, source.lines, changed, source.counts)


def test_zone_and_end_stamps():
    layout = replace(BASE, utc_offset_h=-8.0, sample_time_is="end")
    found, *_ = lay(clock(range(1, 31)), layout)
    assert found.start == START + np.timedelta64(8, "h")


def test_samples_lost_before_the_first_record_of_a_named_file():
    found, slots, problems, _ = lay(
        clock(range(5, 50)), replace(BASE, file_time="name", file_minutes=30.0), START
    )
    assert slots == list(range(5, 50))
    assert found.start == START
    assert problems == [("line", 2)]


def test_name_wins_over_a_clock_that_disagrees():
    layout = replace(BASE, file_time="name", file_minutes=0.1)
    found, slots, problems, reasons = lay(clock(range(36_000, 36_050)), layout, START)
    assert slots == list(range(50))
    assert found.start == START
    assert problems == [("nothing", None)]
    assert "the name's time was used" in reasons[0]


def test_records_behind_the_end_of_a_named_file_are_left_out():
    layout = replace(BASE, file_time="name", file_minutes=0.1)
    found, _, problems, _ = lay(Clock(63, np.arange(1, 64)), layout, START)
    assert found.size == 60
    assert problems == [("line", 61)]
    assert spread(np.arange(63.0), found).tolist() == list(range(60))


def test_coarse_stamps_only_tell_the_start():
    source = clock(range(100))
    whole = source.stamps // 10**9 * 10**9
    _, slots, problems, reasons = lay(replace_stamps(source, whole))
    assert slots == list(range(100))
    assert problems == [("nothing", None)]
    assert "coarser than the sampling interval" in reasons[0]


def test_jittery_stamps_lose_next_to_nothing():
    rng = np.random.default_rng(2)
    source = clock(range(2000))
    jitter = rng.integers(-70_000_000, 70_000_000, 2000)
    _, slots, _, _ = lay(replace_stamps(source, np.sort(source.stamps + jitter)))
    assert slots.count(-1) <= 5
    assert np.max(np.abs(np.array(slots) - np.arange(2000))[np.array(slots) >= 0]) <= 2


def test_stamps_of_another_clock_keep_the_order_of_records():
    # A computer asks ten times a second an instrument that stamps every 0.092 s.
    source = clock(range(2000))
    seen = np.floor(np.arange(2000) / 0.92) * 0.92
    _, slots, _, reasons = lay(
        replace_stamps(source, START.astype(np.int64) + (seen * STEP).astype(np.int64))
    )
    assert slots == list(range(2000))
    assert "jitter" in reasons[0]


@pytest.mark.parametrize(("factor", "told"), [(2, "0.2 s apart (5 Hz)"), (0.5, "0.05 s apart (20 Hz)")])
def test_wrong_rate_by_stamps(factor, told):
    source = Clock(50, np.arange(50), START.astype(np.int64) + np.arange(50) * int(factor * STEP))
    with pytest.raises(ReadError) as caught:
        lay(source)
    assert told in str(caught.value)
    assert "raw.rate = 10 Hz" in str(caught.value)


@pytest.mark.parametrize(
    ("records", "wrong"), [(36_000, True), (9_000, True), (28_000, True), (18_002, False), (5_431, False)]
)
def test_wrong_rate_by_count(records, wrong):
    layout = replace(BASE, file_time="name", file_minutes=30.0)
    source = Clock(records, np.arange(records))
    if wrong:
        with pytest.raises(ReadError, match=r"records in 30 minutes are .* Hz, but raw.rate = 10 Hz"):
            lay(source, layout, START)
    else:
        lay(source, layout, START)


def test_no_readable_stamp():
    with pytest.raises(ReadError, match="no stamp can be read"):
        lay(Clock(3, np.arange(3), np.full(3, NAT)))
