"""Every page in a browser, offline: what it promises holds in each look, whatever is clicked."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("playwright", reason="playwright has no wheel for this system")

from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from fluxkit.budget.page.page import render_budget
from fluxkit.chamber.campaign.decision_table import parse_decisions
from fluxkit.chamber.page.page import render as render_chamber
from fluxkit.ecosystem.page.page import render as render_ecosystem
from fluxkit.report.evidence import Evidence, LagFunction
from fluxkit.report.page import render as render_tower
from tests import made_day
from tests.browser import LOOKS, opened, scrolled_through
from tests.budget.page.test_page import SETTINGS
from tests.budget.page.test_page import made as made_budget
from tests.chamber.page import made_campaign
from tests.ecosystem.page.test_page import found_years, halfhours

pytestmark = pytest.mark.slow

PAGES = ("tower", "chamber", "ecosystem", "budget")


def tower_page(days: int = 8) -> str:
    """A tower's page with spectra and lag functions of its half hours."""
    fluxes = made_day.fluxes(days)
    fluxes["NETRAD"] = (fluxes["H"] + fluxes["LE"]) / 0.8
    spectra = made_day.spectra(days)
    rng = np.random.default_rng(1)
    lags = np.arange(-20.0, 21.0) / 10.0
    peak = 0.3 * np.exp(-((lags - 0.2) ** 2)) + rng.normal(0, 0.02, (spectra.sizes["time"], lags.size))
    evidence = Evidence(spectra, {"co2": LagFunction(lags, peak), "h2o": LagFunction(lags, -peak)})
    return render_tower(fluxes, evidence, made_day.site(), made_day.run(), made_day.problems())


def chamber_page() -> str:
    fluxes, readings = made_campaign.campaign(12)
    decisions = parse_decisions(
        "closure,start,gas,action,window_start,window_end,model,reason\nc2,,,discard,,,,fan\n", "d.csv"
    )
    return render_chamber(
        fluxes, readings, title="Made-up plots", campaign="made", run=made_campaign.run(), decisions=decisions
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {
        "tower": tower_page(),
        "chamber": chamber_page(),
        "ecosystem": render_ecosystem(halfhours(), found_years()),
        "budget": render_budget(SETTINGS, made_budget()),
    }
    folder = tmp_path_factory.mktemp("pages")
    for name, page in made.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


def ready(page: Page) -> None:
    """Wait until all is drawn."""
    scrolled_through(page)
    if page.locator("#cards").count():
        page.wait_for_selector("html[data-reviewed]")
        page.locator("#end").scroll_into_view_if_needed()


SMALL = """[...document.querySelectorAll('body *')].filter(e => {
  if (!e.textContent.trim() || e.children.length || !e.getClientRects().length) return false;
  const svg = e.closest('svg'), box = svg && svg.viewBox.baseVal;
  const scale = box && box.width ? svg.getBoundingClientRect().width / box.width : 1;
  return parseFloat(getComputedStyle(e).fontSize) * scale < 11.95;
}).map(e => e.tagName + ' ' + e.textContent)"""


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_it_is_drawn_and_no_one_complains(files: dict[str, Path], name: str, look: str) -> None:
    with opened(files[name], look) as (page, said):
        ready(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            "wider than the window"
        )
        if look != "phone":  # a drawing is as wide as the phone, or scrolls
            assert page.evaluate(SMALL) == []
        assert page.evaluate("performance.getEntriesByType('resource').length") == 0
        assert said == []


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_screen_reader_meets_nothing_serious(files: dict[str, Path], name: str, look: str) -> None:
    with opened(files[name], look) as (page, _):
        ready(page)
        shut = [each for each in page.locator("main details summary").all() if each.is_visible()]
        for summary in shut[:3]:
            summary.click()
        if name == "chamber":
            page.locator(".card").first.click()
            page.locator("#one-numbers summary").click()
        if name == "tower":
            open_half_hour(page)
        found = Axe().run(page)["violations"]
        serious = [v for v in found if v["impact"] in ("serious", "critical")]
        assert serious == [], [(v["id"], v["nodes"][0]["html"]) for v in serious]


@pytest.mark.parametrize("name", PAGES)
def test_there_are_numbers_behind_each_figure(files: dict[str, Path], name: str) -> None:
    with opened(files[name]) as (page, said):
        ready(page)
        figures = page.locator("main figure").all()
        assert figures
        for figure in figures:
            behind = figure.locator("details")
            if behind.count():
                behind.locator("summary").click()
                expect(behind.locator("table").first).to_be_visible()
            else:  # the table stands open below
                assert figure.evaluate("e => !!e.nextElementSibling.querySelector('table')")
        assert said == []


@pytest.mark.parametrize("name", PAGES)
def test_every_button_and_key_is_answered(files: dict[str, Path], name: str) -> None:
    with opened(files[name]) as (page, said):
        ready(page)
        for key in ("y", "m", "w", "d", ",", ".", "a", "Tab", "Enter", "Escape"):
            page.keyboard.press(key)
        for button in page.locator("#bar button, .controls select").all():
            if button.evaluate("e => e.tagName") == "SELECT":
                for value in button.evaluate("e => [...e.options].map(o => o.value)"):
                    button.select_option(value)
                button.select_option(index=0)
            else:
                button.click()
        assert said == []


@pytest.mark.parametrize("name", PAGES)
def test_it_prints(files: dict[str, Path], name: str, tmp_path: Path) -> None:
    with opened(files[name], "dark") as (page, said):
        ready(page)
        page.emulate_media(media="print", color_scheme="light")
        assert page.locator("#bar, .controls").first.is_hidden()
        page.pdf(path=str(tmp_path / "page.pdf"))
        assert (tmp_path / "page.pdf").stat().st_size > 20_000
        assert said == []


def open_half_hour(page: Page) -> None:
    canvas = page.locator("canvas[role=application]").first
    canvas.focus()
    for key in ("ArrowUp", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#record")).to_be_visible()


def test_a_half_hour_opens_with_its_curves(files: dict[str, Path]) -> None:
    with opened(files["tower"]) as (page, said):
        ready(page)
        open_half_hour(page)
        curves = page.locator("#record-curves figure")
        expect(curves).to_have_count(3)
        assert "Cospectra with w" in curves.nth(0).inner_text()
        assert "Lag function of CO₂, H₂O" in curves.nth(2).inner_text()
        assert page.locator("#record-curves svg path").count() >= 4
        curves.nth(2).locator("summary").click()
        table = curves.nth(2).locator("table")
        assert table.locator("tbody tr").count() == 41
        page.keyboard.press("ArrowRight")
        expect(curves).to_have_count(3)
        assert said == []


def test_closures_are_reviewed(files: dict[str, Path], tmp_path: Path) -> None:
    with opened(files["chamber"]) as (page, said):
        ready(page)
        assert page.locator(".card").count() == 24
        expect(page.locator("#decided")).to_have_text("2")  # of an earlier review, both gases
        page.locator("#gas").select_option("co2")
        expect(page.locator("#count")).to_have_text("12 of 24")
        page.locator("#find").fill("c3")
        page.locator(".card").first.click()
        before = page.locator("#one-flux").inner_text()
        page.locator("#one-start").fill("30")
        page.locator("#one-start").press("Tab")
        expect(page.locator("#one-flux")).to_contain_text("preview")
        assert page.locator("#one-flux").inner_text() != before
        box = page.locator("#one-canvas").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] - 16, box["y"] + 80)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 80)
        page.mouse.up()
        assert float(page.locator("#one-end").input_value()) < 100
        page.locator("#one-title").click()
        page.keyboard.press("d")
        expect(page.locator("#act-discard")).to_have_attribute("aria-pressed", "true")
        page.locator("#one-reason").fill("=the fan")
        page.locator("#one-reason").press("Tab")
        page.locator("#one-close").click()
        with page.expect_download() as saved:
            page.locator("#export").click()
        saved.value.save_as(tmp_path / "decisions.csv")
        text = (tmp_path / "decisions.csv").read_text(encoding="utf-8")
        made = {(d.closure, d.gas): d for d in parse_decisions(text, "decisions.csv")}
        assert made["c3", "co2"].window_start == 30
        assert made["c3", "ch4"].action == "discard"
        assert made["c3", "co2"].reason == "=the fan"
        page.reload()
        page.wait_for_selector("html[data-reviewed]")
        expect(page.locator("#decided")).to_have_text("4")  # the browser has kept them
        page.locator("#show").select_option("discarded")
        expect(page.locator("#count")).to_have_text("4 of 24")
        page.locator("#import").set_input_files(tmp_path / "decisions.csv")
        expect(page.locator("#decided")).to_have_text("4")
        assert said == []


def test_a_year_is_drawn_in_less_than_three_seconds(tmp_path: Path) -> None:
    """Of work of the browser; a machine that does something else besides takes longer by the clock."""
    path = tmp_path / "year.html"
    evidence = Evidence(made_day.spectra(365))
    made = render_tower(made_day.fluxes(365), evidence, made_day.site(), {}, [])
    path.write_text(made, encoding="utf-8")
    print(f"{path.stat().st_size / 1e6:.1f} MB")
    assert path.stat().st_size <= 15_300_000
    with opened(path) as (page, said):
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        page.reload()
        page.wait_for_selector("figure.drawn .plot[data-ready]")
        page.keyboard.press("m")
        page.keyboard.press(".")
        page.wait_for_timeout(100)
        found = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
        print({name: round(found[name], 2) for name in ("TaskDuration", "ScriptDuration", "LayoutDuration")})
        assert found["TaskDuration"] < 3.0
        assert said == []
