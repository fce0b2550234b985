import shutil
from pathlib import Path

import numpy as np
import pytest

from fluxkit.archive.planning import index
from fluxkit.archive.planning import sources as planning
from fluxkit.archive.planning.further_sources import Beside
from fluxkit.archive.planning.plan import plan_archive
from fluxkit.errors import NoInputError
from fluxkit.site.models import Site
from tests.small_station import NAMES, STAMPS, make_site


def names(day):
    return [source.path.name for source in day.sources]


def first_and_last(day, minutes=30):
    starts = (np.array([day.periods[0], day.periods[-1]]) * minutes).astype("M8[m]")
    return [str(start) for start in starts]


def test_files_are_ordered_by_the_time_of_their_names(folder, write):
    for name in ("s_202407010030.csv", "s_202407010000.csv", "s_202406302330.csv"):
        write(name)
    plan = plan_archive(make_site(file_minutes=30, **NAMES), folder)
    assert [str(day.date) for day in plan.days] == ["2024-06-30", "2024-07-01"]
    assert names(plan.days[1]) == ["s_202407010000.csv", "s_202407010030.csv"]
    assert first_and_last(plan.days[0]) == ["2024-06-30T23:30", "2024-06-30T23:30"]
    assert plan.periods == 3


def test_the_order_of_the_listing_is_of_no_consequence(folder, write, monkeypatch):
    for hour in range(5):
        write(f"s_20240701{hour:02d}00.csv")
    site = make_site(file_minutes=60, **NAMES)
    expected = plan_archive(site, folder)
    listed = index.resolve_files(site, folder)
    monkeypatch.setattr(index, "resolve_files", lambda *_: listed[::-1])
    assert plan_archive(site, folder) == expected


def test_a_folder_is_listed_once_whatever_number_of_changes_names_it(folder, write, monkeypatch):
    for day in range(1, 6):
        write(f"s_2024070{day}0000.csv")
    inner, listed = index.resolve_files, []

    def counted(site, base):
        listed.append(site)
        return inner(site, base)

    monkeypatch.setattr(index, "resolve_files", counted)
    changes = [{"start": f"2024-07-0{day}", "raw": {"missing": [f"-{day}"]}} for day in (2, 3, 4)]
    site = make_site(file_minutes=30, **NAMES)
    site = Site.model_validate(site.model_dump(exclude_unset=True) | {"changes": changes})
    assert len(plan_archive(site, folder).days) == 5
    assert len(listed) == 1


def test_a_file_over_midnight_belongs_to_both_days(folder, write):
    write("s_202407012300.csv")
    plan = plan_archive(make_site(file_minutes=120, **NAMES), folder)
    assert [str(day.date) for day in plan.days] == ["2024-07-01", "2024-07-02"]
    assert names(plan.days[0]) == names(plan.days[1]) == ["s_202407012300.csv"]
    assert first_and_last(plan.days[1]) == ["2024-07-02T00:00", "2024-07-02T00:30"]


def test_times_of_names_are_moved_to_utc(folder, write):
    write("s_202407010000.csv")
    plan = plan_archive(make_site(file_minutes=30, utc_offset_h=1.0, **NAMES), folder)
    assert first_and_last(plan.days[0])[0] == "2024-06-30T23:00"


def test_a_name_that_does_not_match_is_left_out_with_its_reason(folder, write):
    write("s_202407010000.csv")
    write("notes.csv")
    plan = plan_archive(make_site(file_minutes=30, **NAMES), folder)
    (problem,) = plan.problems
    assert problem.path.endswith("notes.csv")
    assert problem.lost == "file"
    assert "does not match raw.name_pattern = 's_%Y%m%d%H%M.csv'" in problem.reason
    assert [(entry.status, len(entry.sha256)) for entry in plan.inputs] == [("quarantined", 64)]


def test_a_copy_of_a_file_is_used_once(folder, write):
    path = write("s_202407010000.csv")
    (folder / "raw" / "again").mkdir()
    shutil.copy(path, folder / "raw" / "again" / path.name)
    plan = plan_archive(make_site(file_minutes=30, **NAMES | {"files": "raw/**/*.csv"}), folder)
    assert len(plan.days[0].sources) == 1
    assert "holds the same bytes as" in plan.problems[0].reason


def test_two_files_of_one_time_that_differ_are_both_kept(folder, write):
    write("s_202407010000.csv", value=1.0)
    (folder / "raw" / "b").mkdir()
    write("b/s_202407010000.csv", value=2.0)
    plan = plan_archive(make_site(file_minutes=30, **NAMES | {"files": "raw/**/*.csv"}), folder)
    assert len(plan.days[0].sources) == 2
    assert plan.problems == ()


def test_limits_choose_days(folder, write):
    for day in (1, 2, 3):
        write(f"s_2024070{day}1200.csv")
    site = make_site(file_minutes=30, **NAMES)
    start, end = np.datetime64("2024-07-02T00:00"), np.datetime64("2024-07-03T12:00")
    plan = plan_archive(site, folder, start=start, end=end)
    assert [str(day.date) for day in plan.days] == ["2024-07-02"]
    with pytest.raises(NoInputError, match="the files cover 2024-07-01T12:00:00"):
        plan_archive(site, folder, start=np.datetime64("2025-01-01"))


def test_without_files_there_is_no_plan(folder):
    with pytest.raises(
        NoInputError, match=r"no file matches raw\.files = raw/\*\.csv in .*check the pattern"
    ):
        plan_archive(make_site(file_minutes=30, **NAMES), folder)


def test_when_no_file_has_a_time_the_first_reason_is_told(folder, write):
    write("notes.csv")
    with pytest.raises(
        NoInputError, match=r"none of 1 files can be used; .*notes\.csv: the name does not match"
    ):
        plan_archive(make_site(file_minutes=30, **NAMES), folder)


def test_times_come_from_the_first_records(folder, write):
    write("a.csv", 1800, "2024-07-01 12:30:00")
    write("b.csv", 1800, "2024-07-01 12:00:00")
    plan = plan_archive(make_site(**STAMPS), folder)
    assert names(plan.days[0]) == ["b.csv", "a.csv"]
    assert first_and_last(plan.days[0]) == ["2024-07-01T12:00", "2024-07-01T12:30"]


def test_a_file_of_unknown_length_is_read_where_it_may_reach_another_day(folder, write):
    write("a.csv", 60, "2024-07-01 23:00:00")
    write("b.csv", 5400, "2024-07-01 23:15:00")
    plan = plan_archive(make_site(**STAMPS), folder)
    assert [names(day) for day in plan.days] == [["a.csv", "b.csv"], ["b.csv"]]
    assert plan.days[1].sources[0].end == np.datetime64("2024-07-02T00:45:00")


def test_only_files_near_midnight_are_read_for_the_plan(folder, write, monkeypatch):
    for hour in range(20):
        write(f"{hour:02d}.csv", 10, f"2024-07-01 {hour:02d}:00:00")
    read = []
    inner = planning.extent
    monkeypatch.setattr(
        planning, "extent", lambda path, layout: read.append(path.name) or inner(path, layout)
    )
    plan_archive(make_site(**STAMPS), folder)
    assert read == ["18.csv", "19.csv"]


def test_a_file_that_begins_with_rubbish_is_left_out_with_the_readers_reason(folder, write):
    write("a.csv", 5, "2024-07-01 12:30:00")
    (folder / "raw" / "b.csv").write_bytes(b"")
    (folder / "raw" / "c.csv").write_bytes(bytes(range(256)) * 40)
    plan = plan_archive(make_site(**STAMPS), folder)
    assert names(plan.days[0]) == ["a.csv"]
    assert [problem.path[-5:] for problem in plan.problems] == ["b.csv", "c.csv"]
    assert plan.problems[0].reason == "the file is empty"


def test_a_clock_that_was_set_later_does_not_make_days_of_1990(folder, write):
    path = write("a.csv", 600, "2024-07-01 12:00:00")
    lines = path.read_text().splitlines()
    early = ["1990-01-01 00:00:00,1,1,0.5,20", "1990-01-01 00:00:01,1,1,0.5,20"]
    path.write_text("\n".join([lines[0], *early, *lines[1:]]) + "\n")
    plan = plan_archive(make_site(**STAMPS), folder)
    assert [str(day.date) for day in plan.days] == ["2024-07-01"]


def test_many_files_that_are_left_out_for_one_reason_are_one_sentence(folder, write, caplog):
    write("s_202407010000.csv")
    for k in range(50):
        write(f"notes_{k}.csv")
    plan = plan_archive(make_site(file_minutes=30, **NAMES), folder)
    assert len(plan.problems) == len(plan.left_out) == 50
    told = [text for text in caplog.messages if "left out" in text]
    assert len(told) == 2
    assert told[0].startswith(plan.problems[0].path)
    assert told[1] == f"49 more files are left out like {plan.problems[0].path}"


def test_files_that_are_left_out_are_read_when_their_checksums_are_wanted(folder, write, monkeypatch):
    write("s_202407010000.csv")
    write("notes.csv")
    read = []
    monkeypatch.setattr("fluxkit.archive.inputs.file_sha256", lambda path: read.append(path.name) or "0")
    plan = plan_archive(make_site(file_minutes=30, **NAMES), folder)
    assert read == []
    assert [plan.inputs[0].sha256, plan.inputs[0].sha256] == ["0", "0"]
    assert read == ["notes.csv"]


def test_each_file_is_asked_about_once(folder, write, monkeypatch):
    for hour in range(6):
        write(f"f{hour}.csv", start=f"2024-07-01T{hour:02d}:00")
    asked = []
    monkeypatch.setattr(index, "fingerprint", lambda path: asked.append(path.name) or "1-1")
    plan_archive(make_site(**STAMPS), folder)
    assert sorted(asked) == [f"f{hour}.csv" for hour in range(6)]


def test_a_day_finds_its_files_of_a_further_source():
    def at(hours):
        return np.datetime64("2024-07-01", "ns") + np.timedelta64(hours, "h")

    ends = (2, 30, 3, 4)  # a long file reaches behind those that begin after it
    sources = tuple(planning.Source(Path(str(k)), at(k), at(end)) for k, end in enumerate(ends))
    beside = Beside("irga", sources)
    assert [s.path.name for s in beside.within(at(1), at(3)).sources] == ["0", "1", "2"]
    assert [s.path.name for s in beside.within(at(4), at(9)).sources] == ["1"]
    assert Beside("irga", ()).within(at(0), at(1)).sources == ()
