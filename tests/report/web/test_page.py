"""The page layer: one file, no address, every text escaped, its script held to its own rules."""

import base64
import dataclasses
import hashlib
import json
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from fluxkit.report.web.packing import unpacked
from fluxkit.report.web.page import HERE, SCRIPTS, WebPage, render_page
from fluxkit.report.web.parts import Fingerprint, Lines, Section, Series
from tests.report.test_page import Checker
from tests.report.web.made_page import made_page

FOLDER = Path(str(resources.files(HERE)))
#: Of uPlot 1.6.32 as released.
VENDORED = {
    "uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
}


@pytest.fixture(scope="module")
def page() -> str:
    return render_page(made_page())


def test_it_is_well_formed_and_asks_no_address(page: str) -> None:
    checker = Checker()
    checker.feed(page)
    assert checker.faults == []
    assert checker.open == []
    assert not re.search(r"\b(src|href)=[\"'](?!#)", page)
    assert "<link" not in page
    assert "default-src &#39;none&#39;" in page


def test_texts_of_users_are_escaped(page: str) -> None:
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "\u2028" not in page
    assert page.count("<script") == 6  # data, uPlot and four of ours


def test_the_policy_names_the_hash_of_every_script(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    for text in re.findall(r"<script>(.*?)</script>", page, flags=re.S):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"sha256-{digest}" in policy.group(1).replace("&#39;", "'")
    assert "unsafe-eval" not in policy.group(1)


def test_data_are_those_that_were_given(page: str) -> None:
    made = made_page()
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, flags=re.S).group(1))  # type: ignore[union-attr]
    assert set(data["columns"]) == set(made.columns)
    for name, column in made.columns.items():
        back = unpacked(data["columns"][name])
        known = column.values[np.isfinite(column.values)]
        step = np.ptp(known) / 65534 if known.size else 0.0
        np.testing.assert_allclose(back, column.values, rtol=0, atol=0.51 * step + 1e-12, equal_nan=True)


def test_what_does_not_fit_is_said() -> None:
    made = made_page(days=2)
    with pytest.raises(ValueError, match="no column GPP"):
        render_page(dataclasses.replace(made, sections=[Section("x", [Lines([Series("GPP")], "GPP")])]))
    with pytest.raises(ValueError, match="need a clock"):
        render_page(dataclasses.replace(made, clock=None))
    with pytest.raises(ValueError, match="for 48 records"):
        render_page(dataclasses.replace(made, clock=dataclasses.replace(made.clock, count=48)))  # type: ignore[type-var]
    with pytest.raises(ValueError, match="palette"):
        Fingerprint("NEE", "rainbow")


def test_a_page_without_time_has_no_toolbar() -> None:
    page = render_page(WebPage("Only words", [Section("Words", [], "None over time.")]))
    assert 'id="bar"' not in page


def test_our_script_is_small_and_what_is_not_ours_is_as_released() -> None:
    assert sum((FOLDER / name).stat().st_size for name in SCRIPTS) < 60_000
    for name, digest in VENDORED.items():
        assert hashlib.sha256((FOLDER / "vendor" / name).read_bytes()).hexdigest() == digest
    assert "MIT License" in (FOLDER / "vendor" / "LICENSE").read_text()


def test_our_script_reaches_for_nothing_outside() -> None:
    for name in SCRIPTS:
        text = (FOLDER / name).read_text(encoding="utf-8")
        found = re.findall(
            r"\b(fetch|XMLHttpRequest|WebSocket|eval|Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write)\b\s*[(=]",
            text,
        )
        assert found == []
        assert set(re.findall(r"https?://[^\"'\s]+", text)) <= {"http://www.w3.org/2000/svg"}


def test_our_script_passes_its_lint() -> None:
    rules = ["-D", "correctness", "-D", "suspicious", "-A", "no-unused-vars", "--deny-warnings"]
    files = [str(FOLDER / name) for name in SCRIPTS]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("oxlint")), *rules, *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
