"""What [[changes]] declare acts at its record, not at the next file: clocks, instruments, columns."""

import numpy as np
import pytest

from fluxkit.archive.condensing.file_reader import FileReader
from fluxkit.archive.condensing.work import work_of
from fluxkit.archive.job import Job
from fluxkit.archive.planning.index import Index
from fluxkit.archive.planning.plan import plan_archive
from fluxkit.archive.run import run
from fluxkit.raw.reading import layout_of, read
from fluxkit.site.toml.dumping import dump
from tests.small_station import NAMES, STAMPS, make_site

AUTUMN, SPRING = np.datetime64("2024-10-27T01:00", "s"), np.datetime64("2024-03-31T01:00", "s")
HOUR = np.timedelta64(3600, "s")


def clock_of(change, before, after):
    """Times in UTC to those of a clock that is set at an instant."""
    return lambda utc: utc + (before if utc < change else after) * HOUR


def write(path, clock, start, n, first=0, without=range(0)):
    rows = ["time,u,v,w,t_sonic"]
    for k in range(n):
        if k not in without:
            stamp = str(clock(start + np.timedelta64(k, "s"))).replace("T", " ")
            rows.append(f"{stamp},1.0,{first + k},0.5,20")
    path.write_text("\n".join(rows) + "\n")


def changed(changes, **raw):
    site = make_site(**STAMPS | raw)
    return type(site).model_validate(site.model_dump() | {"changes": changes})


def at(change, offset):
    return {"start": f"{change}Z", "raw": {"utc_offset_h": offset}}


@pytest.mark.parametrize(("change", "before", "after"), [(AUTUMN, 2, 1), (SPRING, 1, 2)])
@pytest.mark.parametrize("without", [range(0), range(3000, 4200), range(3590, 10000)])
def test_a_clock_that_is_set_inside_a_file(folder, change, before, after, without):
    """An hour before and two behind the change; with a gap around it, and one past the doubled hour."""
    start = change - HOUR
    path = folder / "raw" / "a.csv"
    write(path, clock_of(change, before, after), start, 3 * 3600, without=without)
    site = changed([at(change, after)], utc_offset_h=before)
    samples = read(path, layout_of(site))
    assert samples.start == start
    expected = np.setdiff1d(np.arange(3 * 3600), without)
    np.testing.assert_array_equal(np.flatnonzero(np.isfinite(samples.data["v"])), expected)
    np.testing.assert_array_equal(samples.data["v"][expected], expected)
    told = [problem.reason for problem in samples.problems]
    assert any(
        f"the clock is set from UTC{before:+g} h to UTC{after:+g} h before this line" in x for x in told
    )
    assert not any("went back" in x for x in told)


@pytest.mark.parametrize(("change", "before", "after"), [(AUTUMN, 2, 1), (SPRING, 1, 2)])
def test_the_archive_keeps_every_record_once(folder, change, before, after):
    """Half-hour files around the change: no period differs from that of a clock that stayed."""
    clock = clock_of(change, before, after)
    for k in range(-4, 6, 3):  # of 90 minutes: the change is inside the second
        begin = change + k * HOUR // 2
        write(folder / "raw" / f"{k + 4}.csv", clock, begin, 5400, first=1800 * (k + 4))
    site = changed([at(change, after)], utc_offset_h=before, files="raw/*.csv")
    plan = plan_archive(site, folder)
    assert len({id(day.site) for day in plan.days}) == 1
    assert not plan.problems
    starts = sorted({s.start for day in plan.days for s in day.sources})
    assert starts == [change + k * HOUR // 2 for k in range(-4, 6, 3)]
    assert any("raw.utc_offset_h" in sentence for sentence in plan.layouts)


def test_files_of_the_hour_that_comes_twice(folder):
    """Half-hour files, two of which begin at 02:00 and two at 02:30 of one day."""
    clock = clock_of(AUTUMN, 2, 1)
    for k in range(8):
        begin = AUTUMN + (k - 4) * HOUR // 2
        write(folder / "raw" / f"ec_{k + 8}.csv", clock, begin, 1800, first=1800 * k)
    site = changed([at(AUTUMN, 1)], utc_offset_h=2.0)
    plan = plan_archive(site, folder)
    sources = [source for day in plan.days for source in day.sources]
    assert [source.start for source in sources] == [AUTUMN + (k - 4) * HOUR // 2 for k in range(8)]
    assert [source.path.name for source in sources] == [f"ec_{k + 8}.csv" for k in range(8)]
    assert sum("2 files begin at a time that another has too" in sentence for sentence in plan.layouts) == 1
    read_all = [FileReader(layout_of(site))(source) for source in sources]
    np.testing.assert_array_equal(np.concatenate([part.data["v"] for part in read_all]), np.arange(8 * 1800))


def test_names_of_files_follow_the_clock_too():
    from fluxkit.raw.filetime import file_start

    site = make_site(**NAMES, utc_offset_h=2.0)
    site = type(site).model_validate(site.model_dump() | {"changes": [at(AUTUMN, 1.0)]})
    for name, utc in (("0130", "T23:30"), ("0230", "T00:30"), ("0330", "T02:30")):
        day = "26" if utc == "T23:30" else "27"
        assert file_start(f"s_20241027{name}.csv", layout_of(site)) == np.datetime64(f"2024-10-{day}{utc}")


def test_an_offset_that_is_none_is_refused():
    with pytest.raises(ValueError, match="found 99; give hours from -12 to 14, or false"):
        changed([at(AUTUMN, 99)])


def test_an_instrument_that_is_replaced_inside_a_file(folder):
    """A file of a day, and another sonic from 12:00 on: periods before and behind are of their own sites."""
    begin = np.datetime64("2024-07-01T00:00", "s")
    write(folder / "raw" / "a.csv", lambda utc: utc, begin, 86400)
    noon = np.datetime64("2024-07-01T12:00", "s")
    change = {"start": f"{noon}Z", "instruments": {"sonic": {"model": "windmaster"}}}
    site = changed([change])
    plan = plan_archive(site, folder)
    models = [(day.periods, day.site.instruments[0].model, day.sources) for day in plan.days]
    assert [(len(periods), model) for periods, model, _ in models] == [(24, "csat3"), (24, "windmaster")]
    (first,), (second,) = (sources for *_, sources in models)
    assert (first.start, first.end) == (begin, noon)
    assert (second.start, second.end) == (noon, begin + np.timedelta64(1, "D"))
    assert not plan.problems
    assert sum("sonic.model windmaster" in sentence for sentence in plan.layouts) == 1


def test_each_record_of_a_cut_file_is_read_once_by_its_own_site(folder):
    begin = np.datetime64("2024-07-01T10:00", "s")
    write(folder / "raw" / "a.csv", lambda utc: utc, begin, 7200)
    at_ten_past = {"start": "2024-07-01T11:10:00Z", "columns": {"t_sonic": {"gain": 2.0}}}
    plan = plan_archive(changed([at_ten_past]), folder)
    parts = [FileReader(layout_of(day.site))(source) for day in plan.days for source in day.sources]
    assert [(part.start, part.records) for part in parts] == [
        (begin, 4200),
        (begin + np.timedelta64(4200, "s"), 3000),
    ]
    np.testing.assert_array_equal(np.concatenate([part.data["v"] for part in parts]), np.arange(7200))
    assert [part.data["t_sonic"][0] for part in parts] == pytest.approx([293.15, 313.15])
    (problem,) = plan.problems  # of the period from 11:00 on the first site has the lesser half
    assert "the layout of the files changes within the period 2024-07-01T11:00Z" in problem.reason


def test_a_run_that_is_repeated_finds_its_work_done_until_the_change_moves(folder):
    begin = np.datetime64("2024-07-01T10:00", "s")
    write(folder / "raw" / "a.csv", lambda utc: utc, begin, 7200)
    config = folder / "site.toml"
    for minute, made in ((0, 2), (0, 0), (2, 2)):
        at = {"start": f"2024-07-01T11:{minute:02d}:00Z", "columns": {"t_sonic": {"gain": 2.0}}}
        config.write_text(dump(changed([at])))
        assert len(work_of(Job.of(config, folder / "out"), Index()).todo) == made
        run(config, folder / "out")
