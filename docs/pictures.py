"""Pictures of the pages for README and docs, from made-up data: ``python docs/pictures.py``.

Needs Chromium, and what the developers' environment has (playwright, and Pillow by way of matplotlib).
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import xarray as xr
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from fluxkit.archive.run import run as run_tower
from fluxkit.chamber.processing.run import run as run_chamber
from fluxkit.chamber.synthetic.plots import make_campaign
from fluxkit.ecosystem import fill, fill_drivers, filter_ustar, partition, ustar_thresholds
from fluxkit.ecosystem.page.figures import Yearly
from fluxkit.ecosystem.page.page import Years, write_page
from fluxkit.synthetic.half_hours import known_budget
from fluxkit.synthetic.tower import make_demo

IMAGES = Path(__file__).parent / "images"
#: Larger pictures make every clone and every page heavy.
MOST_BYTES = 60_000
WIDTH = 1300


def main() -> None:
    """Make the pages, and look at each."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        made = pages(Path(folder))
        where = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        if where is None:
            sys.exit("no Chromium is installed")
        browser = play.chromium.launch(executable_path=where, args=["--no-sandbox"])
        for name, page, look, anchor in (
            ("page-light", "tower", "light", "body"),
            ("page-dark", "tower", "dark", "#section-1"),
            ("chamber-page", "chamber", "light", "#cards"),
            ("ecosystem-page", "ecosystem", "light", "#section-2"),
        ):
            save(picture(browser, made[page], look, anchor), IMAGES / f"{name}.png")
        browser.close()


def pages(folder: Path) -> dict[str, Path]:
    """Return the pages of the demos, and of a made-up site of two years."""
    tower = run_tower(make_demo(folder / "tower"), folder / "tower" / "out").paths["report"]
    campaign = make_campaign(folder / "chamber")
    chamber = run_chamber(campaign, folder / "chamber" / "out", report=True).paths["report"]
    ecosystem = folder / "ecosystem.html"
    write_page(ecosystem, *two_years())
    return {"tower": tower, "chamber": chamber, "ecosystem": ecosystem}


def two_years() -> tuple[xr.Dataset, Years]:
    """Return half hours of two made-up years that went through the room, and their sums."""
    made = known_budget(1)
    made = made.drop_vars([name for name in made if str(name).endswith(("_TRUE", "_LOST"))])
    thresholds = ustar_thresholds(made)
    filled = fill_drivers(filter_ustar(made, thresholds))
    parted = partition(fill(filled, "NEE"))
    grams = 1800.0 * 12.011e-6
    local = parted["time"].values + np.timedelta64(round(3600 * made.attrs["utc_offset_h"]), "s")
    year = local.astype("datetime64[Y]").astype(int) + 1970
    sums = [
        Yearly(int(y), name, total, np.nan, np.nan)
        for y in np.unique(year)[:2]
        for name in ("NEE_F", "RECO_NT", "GPP_NT")
        if np.isfinite(total := float(grams * parted[name].values[year == y].sum()))
    ]
    return parted, Years(annual=sums, thresholds=thresholds)


def picture(browser: Browser, page: Path, look: str, anchor: str) -> bytes:
    """Return what a reader sees of a page from an element on."""
    shown = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme=look)
    shown.goto(page.as_uri())
    for figure in shown.locator("figure.drawn").all()[:8]:
        figure.scroll_into_view_if_needed()
    shown.evaluate("at => document.querySelector(at).scrollIntoView()", anchor)
    if anchor == "#cards":
        shown.locator(".card").first.click()
    shown.wait_for_timeout(500)
    return shown.screenshot()


def save(png: bytes, path: Path) -> None:
    """Write a picture as wide, and in as many colours, as its size allows."""
    whole = Image.open(io.BytesIO(png)).convert("RGB")
    packed = io.BytesIO()
    for width, colours in ((1000, 128), (1000, 64), (800, 64), (640, 64), (640, 32)):
        size = width, round(width * whole.height / whole.width)
        few = whole.resize(size, Image.Resampling.LANCZOS).quantize(colours, dither=Image.Dither.NONE)
        packed = io.BytesIO()
        few.save(packed, "PNG", optimize=True)
        if packed.tell() <= MOST_BYTES:
            break
    path.write_bytes(packed.getvalue())
    sys.stdout.write(f"{path}: {packed.tell() / 1000:.0f} kB, {width} pixels, {colours} colours\n")


if __name__ == "__main__":
    main()
