"""The page: self-contained, escaped, complete, well-formed."""

import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from fluxkit.report.page import put_page, render, write_report
from tests import made_day

VOID = {"meta", "br", "img", "link", "hr", "input"}


class Checker(HTMLParser):
    """Counts tags, and notices those that are not closed in order, and names used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.names: list[str] = []
        self.count: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count[tag] = self.count.get(tag, 0) + 1
        self.names += [value or "" for key, value in attrs if key == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count[tag] = self.count.get(tag, 0) + 1
        self.names += [value or "" for key, value in attrs if key == "id"]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


@pytest.fixture(scope="module")
def page() -> str:
    return render(made_day.fluxes(), made_day.spectra(), made_day.site(), made_day.run(), made_day.problems())


def test_it_is_well_formed(page: str) -> None:
    checker = Checker()
    checker.feed(page)
    assert checker.faults == []
    assert checker.open == []
    assert len(checker.names) == len(set(checker.names))
    assert checker.count["svg"] == 6
    assert checker.count["svg"] == checker.count["figure"]


def test_it_needs_no_network_and_no_script(page: str) -> None:
    assert "<script" not in page
    assert "<link" not in page
    assert set(re.findall(r"https?://[^\"'\s<]+", page)) <= {
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/2000/svg",
    }


def test_words_of_figures_begin_inside_them(page: str) -> None:
    pictures = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    for picture in pictures:
        found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture)
        assert found is not None
        width, height = float(found[1]), float(found[2])
        places = re.findall(r'<text [^>]*?x="([-\d.]+)" y="([-\d.]+)"', picture)
        places += re.findall(r'<text [^>]*?transform="translate\(([-\d.]+) ([-\d.]+)\)', picture)
        assert len(places) == picture.count("<text")
        assert all(0 < float(x) < width and 0 < float(y) < height for x, y in places)
    assert {"NEE", "(µmol m⁻² s⁻¹)", "(kPa)", "frequency (Hz)"} <= set(
        re.findall(r"<text[^>]*>([^<]+)<", page)
    )


def test_each_figure_has_words_for_those_who_cannot_see_it(page: str) -> None:
    words = re.findall(r'<figure role="img" aria-label="([^"]+)"', page)
    assert len(words) == 6
    assert "NEE between" in words[0]
    assert "45 of 48 periods have NEE" in words[0]
    assert "3 too few records" in words[1]


def test_headline_and_tables(page: str) -> None:
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "2025-06-12 00:00 to 2025-06-13 00:00, local standard time (UTC+1)" in text
    assert "51.1000° N" in text
    assert "temperature assumed: 48 of 48 periods" in text
    assert "the file ends in the middle of a record" in text
    assert "Finkelstein &amp; Sims 2001" in text
    assert "numba 0.68.1" in text
    assert "0f0f0f0f0f0f " in text
    assert "0f0f0f0f0f0f0" not in text


def test_texts_from_outside_are_escaped(page: str) -> None:
    assert "6 &lt;u, v, w, t_sonic, co2, h2o&gt;" in page
    site = made_day.site()
    evil = site.station.model_copy(update={"name": "<script>alert(1)</script>"})
    made = render(made_day.fluxes(), None, site.model_copy(update={"station": evil}), made_day.run(), [])
    assert "<script>" not in made
    assert "Every input could be read to its end." in made


def test_long_tables_are_cut_with_a_word(page: str) -> None:
    problems = [{"path": f"f{k}", "line": k, "lost": "line", "reason": "r"} for k in range(350)]
    run = made_day.run() | {
        "inputs": [{"path": f"g{k}", "sha256": None, "status": "read"} for k in range(301)]
    }
    made = render(made_day.fluxes()[["H"]], None, made_day.site(), run, problems)
    assert "50 more are in quarantine.csv" in made
    assert "1 more are in run.json" in made
    assert "301 files" in made


def test_what_changed_in_the_files_is_told() -> None:
    told = [f"2024-07-0{k}T00:00Z raw/{k}.dat: 10 -> 20 Hz" for k in (1, 2)]
    made = render(made_day.fluxes()[["H"]], None, made_day.site(), made_day.run() | {"layouts": told}, [])
    assert "What changed in the files" in made
    assert made.count("10 -&gt; 20 Hz") == 2


def test_a_poor_dataset_gives_a_page(page: str) -> None:
    made = render(made_day.fluxes()[["H"]], None, made_day.site(), {}, [])
    assert made.count("<svg") == 2


def test_no_period_is_said() -> None:
    with pytest.raises(ValueError, match="no averaging period"):
        render(made_day.fluxes().isel(time=slice(0, 0)), None, made_day.site(), {}, [])


def test_it_is_written_whole(tmp_path: Path) -> None:
    fluxes = made_day.fluxes()[["H"]]
    write_report(tmp_path / "deep" / "report.html", fluxes, None, made_day.site(), {}, [])
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["report.html"]
    assert (tmp_path / "deep" / "report.html").read_text(encoding="utf-8").endswith("</html>")


@pytest.mark.slow
def test_a_year_gives_a_page_of_bearable_size(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    fluxes = made_day.fluxes(365)
    write_report(path, fluxes, made_day.spectra(30), made_day.site(), made_day.run(), [])
    assert path.stat().st_size < 5e6


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_a_link_that_waits_beside_the_page_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    (tmp_path / ".report.html.part").symlink_to(other)
    (tmp_path / "report.html").symlink_to(other)
    put_page("<p>a page</p>", tmp_path / "report.html")
    assert other.read_text() == "mine"
    assert (tmp_path / "report.html").read_text() == "<p>a page</p>"
    assert not (tmp_path / "report.html").is_symlink()


def test_what_looks_wrong_is_on_the_page() -> None:
    told = ["columns.co2 (column 'CO2'): its mean is 707 g m-3, which no air has"]
    made = render(made_day.fluxes()[["H"]], None, made_day.site(), made_day.run() | {"doubts": told}, [])
    assert "What looks wrong" in made
    assert "its mean is 707 g m-3" in made
    assert "What looks wrong" not in render(
        made_day.fluxes()[["H"]], None, made_day.site(), made_day.run() | {"doubts": []}, []
    )
