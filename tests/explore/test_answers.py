"""Questions of the page, answered."""

import json
import time

import numpy as np
import pytest

from fluxkit.errors import ConfigError
from fluxkit.explore.page import render
from fluxkit.explore.whole import WholeArchive
from fluxkit.report.web.packing import unpacked
from tests.waiting import wait_until


def whole(explorer, **asked):
    wait_until(lambda: explorer.year(asked)["done"])
    return explorer.year(asked)


def test_a_month_is_compared_with_what_the_file_says(explorer):
    answer = explorer.month({"chosen": {"low_frequency": "none"}, "month": "2024-06"})
    json.dumps(answer, allow_nan=False)
    columns = answer["data"]["columns"]
    new, old, difference = (unpacked(columns[name]) for name in ("LE", "LE_OLD", "LE_DIFFERENCE"))
    np.testing.assert_allclose(new - old, difference, atol=2e-2)
    assert np.nanmax(np.abs(difference)) > 0.1
    row = next(row for row in answer["sums"] if row["flux"] == "LE")
    assert row["difference"] == pytest.approx(row["new"] - row["old"])
    assert row["unit"] == "MJ m⁻²"
    assert answer["states"]["toml"] == '[decide]\nlow_frequency = "none"'


def test_the_year_sums_up_what_the_month_does(explorer):
    asked = {"chosen": {"low_frequency": "none"}}
    months = [explorer.month(asked | {"month": month}) for month in explorer.months]
    found = whole(explorer, month="2024-06", **asked)
    assert found["year"] == "2024"
    for flux in ("NEE", "LE", "H"):
        each = [row["new"] for month in months for row in month["sums"] if row["flux"] == flux]
        total = next(row for row in found["sums"] if row["flux"] == flux)
        if None not in each:
            assert total["new"] == pytest.approx(sum(each))
        assert total["possible"] == 52


def test_a_policy_changes_what_is_kept_and_not_what_is_measured(explorer):
    answer = explorer.month({"chosen": {"policy.lag_at_default": "remove"}, "month": "2024-06"})
    new, old = (unpacked(answer["data"]["columns"][name]) for name in ("NEE", "NEE_OLD"))
    there = np.isfinite(new)
    np.testing.assert_allclose(new[there], old[there], atol=1e-2)
    assert there.sum() <= np.isfinite(old).sum()


def test_another_state_can_be_what_is_compared_with(explorer):
    given = {"rotation": "triple"}
    answer = explorer.month({"before": given, "chosen": given, "month": "2024-07"})
    assert all(row["difference"] == 0.0 for row in answer["sums"] if row["new"] is not None)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"month": "2023-01"}, "month: found '2023-01'"),
        ({}, "month: found None"),
        ({"month": ["2024-06"]}, "month: found"),
        ({"month": "2024-06", "chosen": []}, "give a table of choices"),
        ({"month": "2024-06", "chosen": {"rotation": "up"}}, "rotation"),
        ({"month": "2024-06", "path": "/etc"}, "path: not among"),
    ],
)
def test_odd_questions_are_answered_in_words(explorer, asked, said):
    with pytest.raises(ConfigError) as error:
        explorer.month(asked)
    assert said in str(error.value)


def test_writing_needs_the_difference_to_be_seen(copied):
    from fluxkit.archive.job import Job
    from fluxkit.explore.answers import Explorer

    explorer = Explorer(Job.of(copied, copied.parent / "out"), copied)
    before = copied.read_text(encoding="utf-8")
    asked = {"chosen": {"rotation": "triple"}}
    with pytest.raises(ConfigError, match="look at the difference first"):
        explorer.write(asked | {"sha256": ""})
    shown = explorer.difference(asked)
    with pytest.raises(ConfigError, match="look again"):
        explorer.write({"chosen": {"rotation": "none"}, "sha256": shown["sha256"]})
    with pytest.raises(ConfigError, match="changed since"):
        explorer.write(asked | {"sha256": "0" * 64})
    assert copied.read_text(encoding="utf-8") == before
    written = explorer.write(asked | {"sha256": shown["sha256"]})
    assert 'rotation = "triple"' in copied.read_text(encoding="utf-8")
    assert next(c for c in written["controls"] if c["key"] == "rotation")["value"] == "triple"
    assert explorer.month({"chosen": {}, "month": "2024-06"})["states"]["toml"].startswith(
        "# nothing differs"
    )
    explorer.end()


def test_without_a_file_nothing_can_be_written(archive):
    from fluxkit.archive.job import Job
    from fluxkit.explore.answers import Explorer

    explorer = Explorer(Job.of(archive, archive.parent / "out"), None)
    with pytest.raises(ConfigError, match="--config"):
        explorer.difference({"chosen": {}})
    explorer.end()


def test_thresholds_that_cannot_be_found_are_said(explorer):
    with pytest.raises(Exception, match=r"ustar|SW_IN|threshold"):
        explorer.ustar({})


def test_texts_of_users_are_escaped(copied):
    from fluxkit.archive.job import Job
    from fluxkit.explore.answers import Explorer

    evil = "</script><img src=x onerror=alert(1)>"
    copied.write_text(copied.read_text(encoding="utf-8").replace("Demo meadow", evil), encoding="utf-8")
    explorer = Explorer(Job.of(copied, copied.parent / "out"), copied)
    page = render(explorer, f"settings of {evil}")
    assert "<img" not in page
    assert "connect-src &#39;self&#39;" in page
    assert 'data-key="planar_fit.sectors"' in page
    explorer.end()


def test_work_that_nobody_wants_any_more_is_given_up():
    done: list[str] = []

    def long(told):
        for k in range(10_000):
            told(k, 10_000, "long")
            done.append("step")
            time.sleep(0.01)
        raise AssertionError("it went on")

    archive = WholeArchive()
    archive.want(("long", long))
    wait_until(lambda: len(done) > 3)
    archive.want(("short", lambda told: "fluxes"))
    wait_until(lambda: archive.standing("short").done)
    assert archive.standing("short").fluxes == "fluxes"
    assert not archive.standing("long").done
    archive.end()


def test_a_fault_is_told_and_the_thread_lives():
    def breaks(told):
        raise ZeroDivisionError("oh")

    archive = WholeArchive()
    archive.want(("a", breaks))
    wait_until(lambda: archive.standing("a").done)
    assert "ZeroDivisionError" in archive.standing("a").failed
    archive.want(("b", lambda told: "fluxes"))
    wait_until(lambda: archive.standing("b").done)
    archive.end()


def test_the_whole_archive_rests_while_a_month_is_decided():
    steps: list[int] = []

    def long(told):
        for k in range(2000):
            told(k, 2000, "long")
            steps.append(k)
        return "fluxes"

    archive = WholeArchive()
    with archive.held():
        archive.want(("long", long))
        with archive.held():
            wait_until(lambda: archive.standing("long").words == "beginning")
        assert steps == []
    wait_until(lambda: archive.standing("long").done)
    assert len(steps) == 2000
    archive.end()


def test_what_deciding_says_is_on_the_page(explorer):
    """A day has fewer than a thousand spectra, which the log says of the in-situ methods alone."""
    chosen = {"high_frequency": "ibrom-2007", "cutoff.min_spectra": 1000}
    insitu = explorer.month({"chosen": chosen, "month": "2024-06"})
    assert any("spectra" in sentence for sentence in insitu["said"])
    chosen = {"high_frequency": "moncrieff-1997", "sorption": "none"}
    theory = explorer.month({"chosen": chosen, "month": "2024-06"})
    assert not any("spectra" in sentence for sentence in theory["said"])


def test_an_ear_hears_its_own_thread_alone():
    import logging
    import threading

    from fluxkit.explore.hearing import hearing

    with hearing() as said:
        other = threading.Thread(target=lambda: logging.getLogger("fluxkit.x").warning("other"))
        other.start()
        other.join()
        logging.getLogger("fluxkit.x").warning("own")
    logging.getLogger("fluxkit.x").warning("after")
    assert list(said) == ["own"]
