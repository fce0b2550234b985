"""A browser of the system, without a network, for pages that are to be looked at as people do."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

#: Names under which systems keep Chromium.
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
LOOKS = {
    "light": {"viewport": {"width": 1300, "height": 900}},
    "dark": {"viewport": {"width": 1300, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}},
}


def chromium() -> str:
    """Return where it is; the test is skipped where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"none of {', '.join(NAMES)} is installed: the page is not opened")
    return found


@contextmanager
def opened(file: Path, look: str = "light") -> Iterator[tuple[Page, list[str]]]:
    """Open a page offline; gives it and a growing list of what its console said and what it asked for."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        context = browser.new_context(offline=True, **LOOKS[look])  # type: ignore[arg-type]
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on(
            "request",
            lambda request: None if request.url.startswith(("file:", "blob:")) else said.append(request.url),
        )
        page.goto(file.as_uri())
        try:
            yield page, said
        finally:
            browser.close()


def scrolled_through(page: Page) -> None:
    """Bring each figure into view and wait until all are drawn."""
    for figure in page.locator("figure.drawn").all():
        figure.scroll_into_view_if_needed()
    expect(page.locator("figure.drawn .plot:not([data-ready])")).to_have_count(0, timeout=20_000)
