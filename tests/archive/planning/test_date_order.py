"""Day or month first: what any file of an archive proves holds for all; a guess is told once."""

import logging

import numpy as np
import pytest

from fluxkit.archive.planning.plan import plan_archive
from fluxkit.archive.run import run
from fluxkit.errors import ReadError
from fluxkit.raw.reading import layout_of, open_raw, read
from fluxkit.site.toml.dumping import dump
from tests.small_station import STAMPS, make_site

FORMS = {"/": "%d/%m/%Y", "-": "%d-%m-%Y", "us": "%m/%d/%Y", "us-": "%m-%d-%Y"}


def write(folder, name, day, form="/", n=5, then=None):
    """A file of one record per second from 10:00 of a day of July, and of another day behind it."""
    rows = ["time,u,v,w,t_sonic"]
    for date in (day, then) if then else (day,):
        start = np.datetime64(f"2024-07-{date:02d}T10:00", "s")
        for k in range(n):
            stamp = (start + np.timedelta64(k, "s")).item().strftime(FORMS[form] + " %H:%M:%S")
            rows.append(f"{stamp},1.0,{k},0.5,20")
    path = folder / "raw" / name
    path.write_text("\n".join(rows) + "\n")
    return path


def planned(folder, **raw):
    plan = plan_archive(make_site(**STAMPS | raw), folder)
    return plan, [(s.path.name, str(s.start)[:10]) for day in plan.days for s in day.sources]


@pytest.mark.parametrize(("form", "first"), [("/", True), ("us", False), ("-", True), ("us-", False)])
@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_one_file_decides_for_all_whichever_is_read_first(folder, form, first, names, caplog):
    write(folder, f"{names[0]}.csv", 11, form)
    write(folder, f"{names[1]}.csv", 13, form)
    plan, found = planned(folder)
    assert sorted(found) == sorted([(f"{names[0]}.csv", "2024-07-11"), (f"{names[1]}.csv", "2024-07-13")])
    assert {day.site.raw.day_first for day in plan.days} == {first}
    assert plan.layouts == ()
    assert not plan.problems
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


@pytest.mark.parametrize(("form", "month", "key"), [("/", "11", "month"), ("-", "07", "day")])
def test_without_proof_one_warning_says_what_was_taken(folder, form, month, key, caplog):
    for k in range(6):
        write(folder, f"{k}.csv", 5 + k, form)
    plan, found = planned(folder)
    assert found[-1][1][5:7] == ("10" if form == "/" else month)
    (told,) = plan.layouts
    assert f"the {key} is taken to be first; set raw.day_first = true if it is the day, else false" in told
    assert len([r for r in caplog.records if "day_first" in r.getMessage()]) == 1


@pytest.mark.parametrize(("day_first", "date"), [(True, "2024-07-11"), (False, "2024-11-07")])
def test_the_key_decides(folder, day_first, date):
    write(folder, "a.csv", 11)
    plan, found = planned(folder, day_first=day_first)
    assert found == [("a.csv", date)]
    assert plan.layouts == ()


def test_a_day_behind_the_head_of_a_file_proves_it_too(folder):
    write(folder, "a.csv", 12, n=2000, then=13)
    write(folder, "b.csv", 11)
    plan, found = planned(folder)
    assert sorted(set(found)) == [("a.csv", "2024-07-12"), ("b.csv", "2024-07-11")]
    assert plan.layouts == ()


def test_files_that_contradict_each_other_are_told(folder):
    write(folder, "a.csv", 13)
    write(folder, "b.csv", 14)
    write(folder, "c.csv", 15, "us")
    write(folder, "d.csv", 11)
    plan, found = planned(folder)
    assert [name for name, _ in found] == ["d.csv", "a.csv", "b.csv"]
    (told,) = plan.layouts
    assert "dates have the day first in 2 files (a 13 in " in told
    assert "the month in 1 (a 15 in " in told
    (problem,) = plan.problems
    assert problem.path.endswith("c.csv")
    assert "dates have the month first: a 15 in the second place" in problem.reason


def test_a_wrong_key_is_refused_where_the_dates_show_it(folder):
    path = write(folder, "a.csv", 12, then=13)
    with pytest.raises(ReadError, match=r"a 13 in that place can be no month, but .* set raw\.day_first"):
        read(path, layout_of(make_site(**STAMPS, day_first=False)))


def test_a_file_by_itself_is_read_by_its_own_proof_or_says_its_guess(folder, caplog):
    proved = open_raw(write(folder, "a.csv", 12, then=13), make_site(**STAMPS))
    assert str(proved["time"].values[0])[:10] == "2024-07-12"
    assert not any("read with" in problem for problem in proved.attrs["problems"])
    guessed = open_raw(write(folder, "b.csv", 11), make_site(**STAMPS))
    assert any("11/07/2024 is read with the month first" in problem for problem in guessed.attrs["problems"])
    assert "set raw.day_first = true or false" in caplog.text


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_gives_the_same_with_any_workers(folder, workers):
    write(folder, "a.csv", 11, n=120)
    write(folder, "b.csv", 13, n=120)
    site = make_site(**STAMPS, period=1.0)
    (folder / "site.toml").write_text(dump(site))
    run(folder / "site.toml", folder / "out", workers=workers)
    assert sorted(path.stem for path in (folder / "out" / "moments").glob("*/*.nc")) == [
        "2024-07-11",
        "2024-07-13",
    ]


def test_each_further_source_has_its_own_order(folder):
    (folder / "laser").mkdir()
    write(folder, "a.csv", 13)
    for day in (11, 13):
        path = folder / "laser" / f"{day}.csv"
        path.write_text(f"when,n2o\n07/{day}/2024 10:00:00,330\n07/{day}/2024 10:00:01,331\n")
    base = make_site(**STAMPS).model_dump()
    base["instruments"] = [
        *base["instruments"],
        {
            "kind": "gas_analyser",
            "id": "laser",
            "model": "generic-closed",
            "path_length": 0.1,
            "path_horizontal": 0.1,
            "tube_length": 1.0,
            "tube_diameter": 0.005,
            "tube_flow": 10.0,
            "response_time": 0.1,
        },
    ]
    base["sources"] = [
        {
            "id": "laser",
            "files": "laser/*.csv",
            "format": "delimited",
            "rate": 1.0,
            "names_row": 1,
            "file_time": "records",
            "time_column": "when",
        }
    ]
    base["columns"]["n2o"] = {
        "column": "n2o",
        "unit": "nmol mol-1",
        "quantity": "mixing_ratio",
        "instrument": "laser",
        "source": "laser",
    }
    site = type(make_site(**STAMPS)).model_validate(base)
    plan = plan_archive(site, folder)
    (day,) = plan.days
    assert day.site.raw.day_first is True
    assert day.site.sources[0].day_first is False
    assert [source.path.name for beside in day.beside for source in beside.sources] == ["13.csv"]
