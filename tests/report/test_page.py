"""The page of a run: self-contained, escaped, complete, well-formed."""

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from fluxkit.report import columns
from fluxkit.report.evidence import Evidence
from fluxkit.report.html import put_page
from fluxkit.report.page import render, write_report
from fluxkit.report.web.packing import unpacked
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
    return render(
        made_day.fluxes(), Evidence(made_day.spectra()), made_day.site(), made_day.run(), made_day.problems()
    )


def content(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, flags=re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found.group(1))
    return data


def headings(page: str) -> list[str]:
    return re.findall(r"<h2>([^<]+)</h2>", page)


def test_it_is_well_formed(page: str) -> None:
    checker = Checker()
    checker.feed(page)
    assert checker.faults == []
    assert checker.open == []
    assert len(checker.names) == len(set(checker.names))
    assert headings(page) == [
        "Fluxes", "What was lost, and why", "Time lags", "Wind", "Air and rotation", "Instruments",
        "Cospectra", "Inputs", "Settings",
    ]  # fmt: skip


def test_it_asks_no_address(page: str) -> None:
    assert "<link" not in page
    assert set(re.findall(r"https?://[^\"'\s<]+", page)) <= {
        "https://github.com/leeoniya/uPlot",  # in the comment that names it
        "http://www.w3.org/2000/svg",
    }


def test_several_days_have_fingerprints_and_courses() -> None:
    page = render(made_day.fluxes(6), None, made_day.site(), made_day.run(), [])
    assert headings(page)[:4] == ["Fingerprints", "Fluxes", "What was lost, and why", "Course of the day"]


def test_it_holds_the_fluxes_on_the_local_clock(page: str) -> None:
    fluxes, data = made_day.fluxes(), content(page)
    assert data["clock"]["start"] == int(np.datetime64("2025-06-12T00:00", "s").astype(np.int64))
    assert data["clock"]["count"] == 48
    for name in ("NEE", "LE", "USTAR", "CO2_TLAG_USED", "LOSS_FLAG"):
        values = fluxes[name].to_numpy().astype(float)
        span = np.nanmax(values) - np.nanmin(values)
        np.testing.assert_allclose(unpacked(data["columns"][name]), values, rtol=0, atol=span / 1e5 + 1e-12)
    assert data["columns"]["LOSS_FLAG"]["bits"][:2] == ["no data", "too few records"]
    assert data["columns"]["NEE_SSITC_TEST"]["codes"] == {"0": "best", "1": "general use", "2": "discard"}


def test_a_gap_between_days_stays_open() -> None:
    fluxes = made_day.fluxes(4).isel(time=[*range(48), *range(144, 192)])
    data = content(render(fluxes, None, made_day.site(), made_day.run(), []))
    nee = unpacked(data["columns"]["NEE"])
    assert nee.size == 192
    assert np.isnan(nee[48:144]).all()
    assert np.array_equal(np.isfinite(nee[144:]), np.isfinite(fluxes["NEE"].values[48:]))


def test_the_verdict_of_all_tests_colours_the_points() -> None:
    fluxes = made_day.fluxes()
    fluxes["NEE_QC"] = fluxes["NEE_SSITC_TEST"]
    series = content(render(fluxes, None, made_day.site(), {}, []))["figures"][0]["series"]
    assert series[0]["quality"] == "NEE_QC"
    assert content(render(made_day.fluxes(), None, made_day.site(), {}, []))["figures"][0]["series"][0][
        "quality"
    ] == ("NEE_SSITC_TEST")


def test_energy_balance_is_told_where_it_can_be() -> None:
    fluxes = made_day.fluxes(10)
    fluxes["NETRAD"] = (fluxes["H"] + fluxes["LE"]) / 0.8
    page = render(fluxes, None, made_day.site(), {}, [])
    assert "Turbulent fluxes are 80 % of NETRAD over " in page
    fluxes["G"] = 0.1 * fluxes["NETRAD"]
    assert "Turbulent fluxes are 89 % of NETRAD − G over " in render(fluxes, None, made_day.site(), {}, [])


def test_schemes_have_their_spread() -> None:
    fluxes = made_day.fluxes()
    fluxes["FC_CONSENSUS"], fluxes["FC_SPREAD"] = fluxes["FC"], 0.1 * abs(fluxes["FC"])
    assert "Schemes" not in headings(render(fluxes, None, made_day.site(), {}, []))  # NEE is shown, not FC
    fluxes = fluxes.drop_vars(["NEE", "NEE_SSITC_TEST", "NEE_RANDUNC_HF"])
    assert "Schemes" in headings(render(fluxes, None, made_day.site(), {}, []))


def test_a_long_record_carries_what_it_shows_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "MOST_VALUES", 48 * 20)
    page = render(made_day.fluxes(), None, made_day.site(), made_day.run(), [])
    names = set(content(page)["columns"])
    assert {"NEE", "NEE_LOW", "WS"} <= names
    assert "MO_LENGTH" not in names
    assert "They are in the netCDF files." in page


def test_words_of_drawings_begin_inside_them(page: str) -> None:
    pictures = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    for picture in pictures:
        found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture)
        assert found is not None
        width, height = float(found[1]), float(found[2])
        places = re.findall(r'<text [^>]*?x="([-\d.]+)" y="([-\d.]+)"', picture)
        places += re.findall(r'<text [^>]*?transform="translate\(([-\d.]+) ([-\d.]+)\)', picture)
        assert len(places) == picture.count("<text")
        assert all(0 < float(x) < width and 0 < float(y) < height for x, y in places)


def test_each_figure_has_words_for_those_who_cannot_see_it(page: str) -> None:
    still = re.findall(r'<figure><div role="img" aria-label="([^"]+)"', page)
    drawn = re.findall(r'<div class="plot" role="img" aria-label="([^"]+)"', page)
    assert len(still) == 4
    assert len(drawn) == len(content(page)["figures"])
    assert "3 too few records" in still[0]
    assert "NEE from" in drawn[0]
    assert "45 of 48 periods have NEE" in page


def test_headline_and_tables(page: str) -> None:
    unscripted = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    text = " ".join(re.sub(r"<[^>]+>", " ", unscripted).split())
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
    evil = site.station.model_copy(update={"name": "<script>alert(1)</script>\u202e"})
    made = render(made_day.fluxes(), None, site.model_copy(update={"station": evil}), made_day.run(), [])
    assert "<script>alert" not in made
    assert "\u202e" not in made
    assert "Every input could be read to its end." in made


def test_long_tables_are_cut_with_a_word() -> None:
    problems = [{"path": f"f{k}", "line": k, "lost": "line", "reason": "r"} for k in range(350)]
    run = made_day.run() | {
        "inputs": [{"path": f"g{k}", "sha256": None, "status": "read"} for k in range(301)]
    }
    made = render(made_day.fluxes()[["H"]], None, made_day.site(), run, problems)
    assert "50 more are in quarantine.csv" in made
    assert "1 more are in run.json" in made
    assert "301 files" in made


def test_what_changed_and_what_is_wrong_is_told() -> None:
    told = [f"2024-07-0{k}T00:00Z raw/{k}.dat: 10 -> 20 Hz" for k in (1, 2)]
    wrong = ["columns.co2 (column 'CO2'): its mean is 707 g m-3, which no air has"]
    run = made_day.run() | {"layouts": told, "doubts": wrong}
    made = render(made_day.fluxes()[["H"]], None, made_day.site(), run, [])
    assert "What changed in the files" in made
    assert made.count("10 -&gt; 20 Hz") == 2
    assert "What looks wrong" in made
    assert "its mean is 707 g m-3" in made
    plain = render(made_day.fluxes()[["H"]], None, made_day.site(), made_day.run() | {"doubts": []}, [])
    assert "No check of the files and the fluxes found anything wrong." in plain


def test_a_poor_dataset_gives_a_page() -> None:
    made = render(made_day.fluxes()[["H"]], None, made_day.site(), {}, [])
    assert made.count("<svg") == 1
    assert headings(made) == ["Fluxes", "What was lost, and why", "Inputs", "Settings"]
    empty = made_day.fluxes()
    for name in empty.data_vars:
        if empty[name].dtype == "f8":
            empty[name] = xr.full_like(empty[name], np.nan)
    render(empty.isel(time=slice(0, 1)), None, made_day.site(), {}, [])


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
    write_report(path, fluxes, Evidence(made_day.spectra(30)), made_day.site(), made_day.run(), [])
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


def test_a_page_without_room_for_all_half_hours_says_how_many_it_keeps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    evidence = Evidence(made_day.spectra(20))
    fluxes = made_day.fluxes(20)
    whole = render(fluxes, evidence, made_day.site(), {}, [])
    kept = content(whole)["opened"][0]["records"]
    assert unpacked(kept).size == 20 * 48
    assert "There is room" not in whole
    monkeypatch.setattr("fluxkit.report.page.MOST_BYTES", 0)
    monkeypatch.setattr("fluxkit.report.page.LEAST_CURVES", 40_000)
    thin = render(fluxes, evidence, made_day.site(), {}, [])
    records = unpacked(content(thin)["opened"][0]["records"])
    assert 20 * 4 < records.size < 20 * 48 / 2
    assert np.unique(records // 48).size == 20  # each day keeps some
    share = re.search(r"There is room for those of (\d+) % of the half hours", thin)
    assert share
    assert records.size / (20 * 48) == pytest.approx(int(share.group(1)) / 100, abs=0.01)
