"""The explorer in a browser: every control, undo, copies, writing, looks; nothing complains."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright has no wheel for this system")

from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright

from fluxkit.archive.job import Job
from fluxkit.explore.answers import QUESTIONS, Explorer
from fluxkit.explore.page import render
from fluxkit.explore.server import Server
from tests.browser import LOOKS, chromium, scrolled_through

pytestmark = pytest.mark.slow


@pytest.fixture
def address(copied: Path) -> Iterator[str]:
    explorer = Explorer(Job.of(copied, copied.parent / "out"), copied)
    questions = {f"/{name}": getattr(explorer, name) for name in QUESTIONS}
    server = Server(lambda: render(explorer, f"settings of {copied}"), questions)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.address
    server.shutdown()
    server.server_close()
    explorer.end()


@contextmanager
def opened(address: str, look: str = "light") -> Iterator[tuple[Page, list[str]]]:
    """Open the page; gives it and a growing list of what its console said and what it asked of others."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        context = browser.new_context(**LOOKS[look])  # type: ignore[arg-type]
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        own = address.partition("?")[0]
        page.on(
            "request", lambda r: None if r.url.startswith((own, "blob:", "data:")) else said.append(r.url)
        )
        page.goto(address)
        try:
            yield page, said
        finally:
            browser.close()


def shown(page: Page, part: str) -> None:
    """Wait until a state is drawn, and the whole archive with it."""
    page.locator(f"body[data-shown*='{part}'][data-whole*='{part}']").wait_for(timeout=120_000)


def set_to(page: Page, key: str, value: str) -> None:
    box = page.locator(f"[data-key='{key}']")
    if box.evaluate("e => e.tagName") == "SELECT":
        box.select_option(value)
    else:
        box.fill(value)
        box.blur()


@pytest.mark.parametrize("look", LOOKS)
def test_it_looks_as_it_should(address: str, look: str) -> None:
    with opened(address, look) as (page, said):
        set_to(page, "rotation", "triple")
        shown(page, "triple")
        scrolled_through(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        small = page.evaluate(
            "[...document.querySelectorAll('body *')].filter(e => e.textContent.trim() && !e.children.length"
            " && e.getClientRects().length && parseFloat(getComputedStyle(e).fontSize) < 12)"
            ".map(e => e.tagName + e.textContent)"
        )
        assert small == []
        assert said == []


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_screen_reader_meets_nothing_serious(address: str, look: str) -> None:
    with opened(address, look) as (page, _):
        set_to(page, "rotation", "triple")
        shown(page, "triple")
        for summary in page.locator("details > summary").all():
            if summary.is_visible():
                summary.click()
        scrolled_through(page)
        for state in ("the page", "the dialog"):
            if state == "the dialog":
                page.get_by_role("button", name="Write to site.toml").click()
                page.locator("#writing[open]").wait_for()
            found = Axe().run(page)["violations"]
            serious = [v for v in found if v["impact"] in ("serious", "critical")]
            assert serious == [], (state, [(v["id"], v["nodes"][0]["html"]) for v in serious])


@pytest.mark.timeout(1800)
def test_every_control_can_be_used(address: str) -> None:
    """Each is changed to something else and put back; what the moments do not allow is said in words."""
    with opened(address) as (page, said):
        scrolled_through(page)
        for details in page.locator("details.set > summary").all():
            details.click()
        keys = page.locator("#form [data-key]").evaluate_all("boxes => boxes.map(box => box.dataset.key)")
        assert len(keys) > 100
        for key in keys:
            box = page.locator(f"[data-key='{key}']")
            kind = box.evaluate("e => e.tagName === 'SELECT' ? 'choice' : e.type")
            before = page.locator("body").evaluate("e => e.dataset.shown || ''")
            if kind == "choice":
                old, options = box.evaluate("e => [e.value, [...e.options].map(o => o.value)]")
                box.select_option(next(option for option in options if option != old))
            elif kind == "checkbox":
                box.click()
            else:
                box.fill(str(box.input_value() or "1") + "1")
                box.blur()
            page.locator("#took:not(:text('Deciding'))").wait_for()
            after = page.locator("body").evaluate("e => e.dataset.shown || ''")
            refused = page.locator("#problems").is_visible()
            assert refused or (key in after and after != before), key
            page.locator("#undo").click()
            page.locator("#took:not(:text('Deciding'))").wait_for()
            expect(page.locator("#problems")).to_be_hidden()
        said[:] = [words for words in said if "422" not in words]  # the browser notes each refusal
        assert said == []


def test_states_are_undone_redone_compared_and_copied(address: str) -> None:
    with opened(address) as (page, said):
        scrolled_through(page)
        expect(page.locator("#undo")).to_be_disabled()
        set_to(page, "rotation", "triple")
        shown(page, "triple")
        set_to(page, "low_frequency", "none")
        shown(page, "low_frequency")
        expect(page.locator("#sums-year tr")).to_have_count(3)
        changed = page.locator("#sums-month tr").first.inner_text()
        page.locator("#copies summary").click()
        page.get_by_role("button", name="Copy TOML").click()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == '[decide]\nrotation = "triple"\nlow_frequency = "none"'
        for name in ("Copy Command", "Copy Python"):
            page.get_by_role("button", name=name).click()
        page.locator("h1").click()
        page.keyboard.press("Control+z")
        page.locator('body[data-shown=\'{"rotation":"triple"}\']').wait_for()
        page.keyboard.press("Control+Shift+Z")
        shown(page, "low_frequency")
        assert page.locator("#sums-month tr").first.inner_text() == changed
        page.locator("#compare").click()
        expect(page.locator("#sums-month tr").first).to_contain_text("\t0\t")
        page.locator("#reset").click()
        page.locator("body[data-shown='{}']").wait_for()
        expect(page.locator("[data-key=rotation]")).to_have_value("double")
        assert said == []


def test_months_are_chosen(address: str) -> None:
    with opened(address) as (page, said):
        scrolled_through(page)
        before = page.locator("#shown").inner_text()
        page.locator("#month-after").click()
        expect(page.locator("#month")).to_have_value("2024-07")
        expect(page.locator("#shown")).not_to_have_text(before)
        page.locator("#month").select_option("2024-06")
        expect(page.locator("#shown")).to_have_text(before)
        assert said == []


def test_bad_values_are_answered_in_words(address: str) -> None:
    with opened(address) as (page, _):
        set_to(page, "planar_fit.sectors", "[90, 90]")
        expect(page.locator("#problems")).to_contain_text("widths add up to 180 degrees")
        expect(page.locator("[data-key='planar_fit.sectors']")).to_have_attribute("aria-invalid", "true")
        set_to(page, "ustar.threshold", "a lot")
        expect(page.locator("#problems")).to_contain_text("allowed: a number from 0 to 3")
        page.locator("#find-ustar").click()
        expect(page.locator("#found-ustar")).not_to_have_text("looking …", timeout=30_000)
        page.locator("#undo").click()
        page.locator("#undo").click()
        expect(page.locator("#problems")).to_be_hidden()


def test_writing_shows_the_difference_first(address: str, copied: Path) -> None:
    before = copied.read_text(encoding="utf-8")
    with opened(address) as (page, said):
        set_to(page, "rotation", "triple")
        shown(page, "triple")
        page.locator("#write").click()
        expect(page.locator("#difference .added").last).to_have_text('+rotation = "triple"\n')
        page.locator("#cancel").click()
        assert copied.read_text(encoding="utf-8") == before
        page.locator("#write").click()
        page.locator("#confirm").click()
        expect(page.locator("#differs")).to_contain_text("written:")
        expect(page.locator("[data-key=rotation]")).to_have_value("triple")
        expect(page.locator("#undo")).to_be_disabled()
        assert 'rotation = "triple"' in copied.read_text(encoding="utf-8")
        assert said == []


def test_a_page_without_the_token_can_ask_nothing(address: str) -> None:
    with opened(address) as (page, said):
        page.goto(address.partition("?")[0])
        assert "no token" in page.locator("body").inner_text()
        said.clear()
