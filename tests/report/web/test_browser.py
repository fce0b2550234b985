"""The page in a browser: every view, keys, looks; nothing is asked for and nothing complains."""

from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright has no wheel for this system")

from axe_core_python.sync_playwright import Axe
from playwright.sync_api import expect

from fluxkit.report.web.page import render_page
from tests.browser import LOOKS, opened, scrolled_through
from tests.report.web.made_page import EVIL, made_page

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(render_page(made_page()), encoding="utf-8")
    return path


@pytest.mark.parametrize("look", LOOKS)
def test_every_figure_is_drawn_and_no_one_complains(file: Path, look: str) -> None:
    with opened(file, look) as (page, said):
        scrolled_through(page)
        assert page.locator("figure.drawn canvas").count() >= 5
        wide = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert wide, "the page is wider than the window"
        small = page.evaluate(
            "[...document.querySelectorAll('body *')].filter(e => e.textContent.trim() && !e.children.length"
            " && e.getClientRects().length && parseFloat(getComputedStyle(e).fontSize) < 12"
            " && !e.closest('.still')).map(e => e.tagName + e.textContent)"
        )
        assert small == []
        assert said == []


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_screen_reader_meets_nothing_serious(file: Path, look: str) -> None:
    with opened(file, look) as (page, _):
        scrolled_through(page)
        page.locator("details summary").first.click()
        found = Axe().run(page)["violations"]
        serious = [v for v in found if v["impact"] in ("serious", "critical")]
        assert serious == [], [(v["id"], v["nodes"][0]["html"]) for v in serious]


def test_keys_and_buttons_choose_what_is_shown(file: Path) -> None:
    with opened(file) as (page, said):
        scrolled_through(page)
        page.keyboard.press("d")
        day = page.locator("#shown").inner_text()
        assert day.endswith("local standard time (UTC+1)")
        assert " 00:00 to " in day
        page.locator("#later").click()
        assert page.locator("#shown").inner_text() != day
        page.keyboard.press(",")
        assert page.locator("#shown").inner_text() == day
        page.get_by_role("button", name="all").click()
        assert page.locator("#shown").inner_text().startswith("2019-02-27 00:00")
        assert said == []


def test_a_half_hour_opens_in_words(file: Path) -> None:
    with opened(file) as (page, said):
        scrolled_through(page)
        canvas = page.locator("canvas[role=application]").first
        canvas.focus()
        for key in ("ArrowUp", "ArrowUp", "ArrowRight", "Enter"):
            page.keyboard.press(key)
        dialog = page.locator("#record")
        expect(dialog).to_be_visible()
        expect(page.locator("#record-title")).to_contain_text("2019-02-28 01:00")
        rows = page.locator("#record-rows").inner_text()
        assert "reason " in rows
        assert "\\u202e" in rows  # written out, not acted on
        assert "<script>" in rows
        page.keyboard.press("ArrowRight")
        expect(page.locator("#record-title")).to_contain_text("2019-02-28 01:30")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        assert said == []


def test_keys_alone_lead_to_a_half_hour(file: Path) -> None:
    with opened(file) as (page, said):
        page.keyboard.press("d")
        page.keyboard.press("h")
        expect(page.locator("#record")).to_be_visible()
        page.keyboard.press("Escape")
        page.get_by_role("button", name="half hour").click()
        expect(page.locator("#record")).to_be_visible()
        assert said == []


def test_numbers_stand_behind_each_figure_and_can_be_saved(file: Path, tmp_path: Path) -> None:
    with opened(file) as (page, said):
        scrolled_through(page)
        page.keyboard.press("d")
        for figure in page.locator("figure.drawn").all():
            figure.locator("summary").click()
            figure.locator(".numbers table").wait_for()
        with page.expect_download() as saved:
            page.locator("figure.drawn .numbers button").first.click()
        saved.value.save_as(tmp_path / "numbers.csv")
        lines = (tmp_path / "numbers.csv").read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("begins,")
        assert 20 < len(lines) <= 49
        assert said == []


def test_texts_of_users_run_nothing(file: Path) -> None:
    assert "alert" in EVIL
    with opened(file) as (page, said):
        page.on("dialog", lambda dialog: said.append(dialog.message))
        scrolled_through(page)
        assert page.title().startswith("<script>alert(1)</script>")
        assert said == []


def test_it_prints(file: Path, tmp_path: Path) -> None:
    with opened(file) as (page, said):
        scrolled_through(page)
        page.emulate_media(media="print")
        assert page.locator("#bar").is_hidden()
        page.pdf(path=str(tmp_path / "page.pdf"))
        assert (tmp_path / "page.pdf").stat().st_size > 20_000
        assert said == []
