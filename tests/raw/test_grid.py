from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fluxkit.errors import ReadError
from fluxkit.raw.clock import Clock
from fluxkit.raw.grid import place_records, spread
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
    per_stamp = (len(slots) - 1) / len(gaps)
    # Stamps far apart that several records share may be those of a coarse clock: the nearer rate counts.
    assume(abs(np.log(usual)) < abs(np.log(usual / per_stamp)) or per_stamp <= 1.1)
    if usual >= 1.5:
        with pytest.raises(ReadError, match="Hz"):
            place_records(source, layout, None, log)
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


def test_a_record_whose_stamp_cannot_be_read_is_missing():
    source = clock(range(50))
    source.stamps[[0, 10, 11, 49]] = NAT
    found, slots, problems, reasons = lay(source)
    assert slots == [-1, *range(9), -1, -1, *range(11, 48), -1]
    assert found.start == START + np.timedelta64(100, "ms")
    assert problems == [("line", 2), ("line", 14)]
    assert "4 of 50 time stamps cannot be read: their records were left out" in reasons[0]


def test_records_between_the_few_that_are_stamped_are_counted():
    source = clock(range(60))
    source.stamps[np.arange(60) % 10 != 0] = NAT
    found, slots, _, reasons = lay(source)
    assert (found.start, slots) == (START, list(range(60)))
    assert "54 of 60 time stamps cannot be read: their records were counted" in reasons[0]


# ---- records that are there twice ----


@pytest.mark.parametrize("rate", [10.0, 20.0, 12.5])
def test_each_record_twice(rate):
    k = np.repeat(np.arange(100), 2)
    ns = START.astype(np.int64) + np.rint(k * 1e9 / rate).astype(np.int64)
    found, slots, _, reasons = lay(Clock(200, np.arange(200), ns, 7.0 + k), replace(BASE, rate=rate))
    assert slots == [x for k in range(100) for x in (k, -1)]
    assert (found.size, len(reasons)) == (100, 1)
    assert "100 records repeat a time stamp and record number" in reasons[0]
    # Without record numbers the rate tells what equal stamps are.
    _, same, _, _ = lay(Clock(200, np.arange(200), ns), replace(BASE, rate=rate))
    assert same == slots


@pytest.mark.parametrize("counted", [True, False])
def test_blocks_that_are_there_twice(counted):
    order = [*range(40), *range(20, 60), *range(10), *range(60, 100)]
    source = clock(order, counts=[500 + k for k in order] if counted else None)
    found, slots, _, _ = lay(source)
    first = [order.index(k) == i for i, k in enumerate(order)]
    assert slots == [k if new else -1 for k, new in zip(order, first, strict=True)]
    assert (found.start, found.size) == (START, 100)


# ---- blocks in another order than that of time ----


@pytest.mark.parametrize("file_time", ["records", "name"])
@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("offset_h", [0.0, 1.0])
def test_a_later_block_comes_first(file_time, counted, offset_h):
    order = [*range(70, 100), *range(30), *range(40, 70)]
    source = clock(order, counts=[7 + k for k in order] if counted else None)
    layout = replace(BASE, file_time=file_time, utc_offset_h=offset_h, file_minutes=1.0)
    start = START - np.timedelta64(round(offset_h), "h")
    found, slots, problems, reasons = lay(source, layout, start if file_time == "name" else None)
    assert (found.start, found.size, slots) == (start, 100, order)
    assert "10 records are missing in 1 gaps" in reasons[1]
    assert "put in order of time" in reasons[0]
    assert problems[0] == ("nothing", 32)


def test_a_clock_that_was_set_back_fills_no_time_twice():
    order = [*range(50), *range(30, 80)]
    _, slots, _, reasons = lay(clock(order, counts=range(100)))
    assert slots == [*range(50), *[-1] * 20, *range(50, 80)]
    assert "the clock went back: 20 records" in reasons[0]


# ---- stamps coarser than the records ----


@pytest.mark.parametrize(
    ("rate", "resolution"),
    [
        (20.0, 0.1),
        (12.5, 0.1),
        (20.833, 0.1),
        (10.0, 1.0),
        (20.0, 1.0),
        (7.8125, 1.0),
        (3.33, 1.0),
        (50.0, 0.1),
    ],
)
@pytest.mark.parametrize("end", [False, True])
@pytest.mark.parametrize("skipped", [0, 1, 7])
@pytest.mark.parametrize("counted", [False, True])
def test_stamps_of_few_decimals(rate, resolution, end, skipped, counted):
    k = np.arange(skipped, skipped + 400)
    k = k[(k < 150) | (k >= 150 + 4 * int(np.ceil(rate * resolution)))]  # a gap
    ns = np.rint((k + end) * 1e9 / rate).astype(np.int64)
    cut = START.astype(np.int64) + (ns + 1000) // int(resolution * 1e9) * int(resolution * 1e9)
    layout = replace(BASE, rate=rate, sample_time_is="end" if end else "start")
    found, slots, _, reasons = lay(Clock(k.size, k, cut, 3.0 + k if counted else None), layout)
    begin = (found.start - START).astype(np.int64) * rate / 1e9
    placed = np.array(slots)
    assert (placed >= 0).sum() >= k.size - 1
    # Within what a stamp leaves open; nearly all to half a slot where nothing is lost.
    off = np.abs(placed + begin - k)[placed >= 0]
    assert off.max() <= rate * resolution
    assert np.mean(off < 1.0) > (0.9 if skipped == 0 or counted else 0.5)
    assert "coarser than the sampling interval" in reasons[0]
    assert any("are missing in" in reason for reason in reasons)


def test_coarse_stamps_of_records_that_are_there_twice():
    k = np.repeat(np.arange(200), 2)
    cut = START.astype(np.int64) + k // 2 * STEP
    _, slots, _, _ = lay(Clock(400, np.arange(400), cut, 1.0 * k), replace(BASE, rate=20.0))
    assert slots == [x for k in range(200) for x in (k, -1)]


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


@pytest.mark.parametrize(("records", "rate", "refused"), [(22_500, 10.0, True), (18_000, 12.5, False)])
def test_a_count_that_fits_another_rate_is_told(records, rate, refused):
    layout = replace(BASE, file_time="name", file_minutes=30.0, rate=rate)
    told = f"{records} records in 30 minutes are {records / 1800:g} Hz, but raw.rate = {rate:g} Hz"
    if refused:  # more records than there is time for
        with pytest.raises(ReadError) as caught:
            lay(Clock(records, np.arange(records)), layout, START)
        assert told in str(caught.value)
        return
    _, _, problems, reasons = lay(Clock(records, np.arange(records)), layout, START)
    assert (problems, told in reasons[0]) == ([("nothing", None)], True)


def test_no_readable_stamp():
    with pytest.raises(ReadError, match="no stamp can be read"):
        lay(Clock(3, np.arange(3), np.full(3, NAT)))
