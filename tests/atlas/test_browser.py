"""The atlas in a browser: everything is drawn, read aloud, and fits a telephone."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("playwright", reason="playwright has no wheel for this system")

from axe_core_python.sync_playwright import Axe

from fluxkit.atlas.page import render
from fluxkit.atlas.stations import Station
from tests.atlas.conftest import half_hours
from tests.browser import LOOKS, opened, scrolled_through

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    stations = []
    for k, site in enumerate(("XX-One", "XX-Two")):
        start = half_hours(2018 + k, 2)
        day = np.sin(np.arange(start.size) / 48 * 2 * np.pi)
        rng = np.random.default_rng(k)
        nee = np.where(rng.random(start.size) < 0.4, np.nan, -5 * day + rng.normal(size=start.size))
        stations.append(Station(site, start[0], 1800.0, {"NEE": nee, "TA": 10 + 5 * day}))
    path = tmp_path_factory.mktemp("atlas") / "atlas.html"
    path.write_text(render(stations), encoding="utf-8")
    return path


@pytest.mark.parametrize("look", LOOKS)
def test_it_looks_as_it_should(file: Path, look: str) -> None:
    with opened(file, look) as (page, said):
        scrolled_through(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        sizes = page.evaluate(
            "[...document.querySelectorAll('#section-1 svg text')].map(e => e.getBoundingClientRect().height)"
        )
        assert min(sizes) >= 12
        for summary in page.locator("main details > summary").all():
            summary.click()
        assert said == []


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_screen_reader_meets_nothing_serious(file: Path, look: str) -> None:
    with opened(file, look) as (page, _):
        scrolled_through(page)
        found = Axe().run(page)["violations"]
        serious = [v for v in found if v["impact"] in ("serious", "critical")]
        assert serious == [], [(v["id"], v["nodes"][0]["html"]) for v in serious]
