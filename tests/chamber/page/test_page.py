"""The review page: self-contained, escaped, and its script agrees with the package."""

import base64
import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from fluxkit.chamber.campaign.decision_table import parse_decisions
from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.decisions import apply
from fluxkit.chamber.fits.fits import fit_all, fit_hm, starting_concentration
from fluxkit.chamber.fits.models import MODELS
from fluxkit.chamber.page.page import render, write_chamber_report
from fluxkit.chamber.page.panels import review_data
from fluxkit.report.html import own_text
from tests.chamber.page import made_campaign
from tests.report.test_page import Checker

TITLE = "Plots <of> test"
DECISIONS = 'closure,start,gas,action,window_start,window_end,model,reason\nc2,,co2,discard,,,,"fan, lid"\n'


@pytest.fixture(scope="module")
def campaign():
    return made_campaign.campaign()


@pytest.fixture(scope="module")
def page(campaign):
    fluxes, readings = campaign
    return render(
        fluxes, readings, title=TITLE, campaign="test", run=made_campaign.run(), notes=["clock +3 s"],
        problems=[{"path": "b.data", "line": 3, "lost": "file", "reason": "cut < off"}],
        decisions=parse_decisions(DECISIONS, "decisions.csv"),
    )  # fmt: skip


def content(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page).group(1))


def test_it_is_well_formed_and_needs_no_network(page):
    checker = Checker()
    checker.feed(page)
    assert checker.faults == []
    assert checker.open == []
    assert len(checker.names) == len(set(checker.names))
    assert checker.count["script"] == 2
    assert "<link" not in page
    assert not re.search(r"\b(src|href)=\"https?:", page)
    assert set(re.findall(r"https?://[^\"'\s<]+", page)) <= {
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/2000/svg",
    }


def test_what_it_was_given_is_escaped(page):
    assert "Plots &lt;of&gt; test" in page
    assert "cut &lt; off" in page
    assert page.count("</script>") == 2  # none of those in treatment
    assert content(page)["closures"][0]["treatment"] == "dry </script>"


def test_readings_come_back_from_their_packing(campaign, page):
    _, readings = campaign
    data = content(page)
    words = np.frombuffer(base64.b64decode(data["points"]), "<u2").reshape(-1, 2)
    for panel in data["panels"]:
        gas = data["gases"][panel["g"]]
        t, c = readings[gas["name"]].part(panel["k"])
        own = words[panel["at"] : panel["at"] + panel["n"]]
        assert panel["n"] == t.size
        if t.size:
            shown = 1e6 * c * gas["factor"]
            np.testing.assert_allclose(panel["t0"] + own[:, 0] * panel["dt"], t, atol=2e-3)
            # Half a step of an integer, and ten digits of what it counts from.
            np.testing.assert_allclose(
                panel["c0"] + own[:, 1] * panel["dc"], shown, atol=np.ptp(shown) / 65535
            )


def test_numbers_are_those_of_the_dataset(campaign, page):
    fluxes, _ = campaign
    data = content(page)
    assert [gas["flux_unit"] for gas in data["gases"]] == ["µmol m⁻² s⁻¹", "nmol m⁻² s⁻¹"]
    for panel in data["panels"]:
        flux = float(fluxes["flux"][panel["k"], panel["g"]]) * data["gases"][panel["g"]]["factor"]
        assert panel["flux"] == (None if np.isnan(flux) else pytest.approx(flux, rel=1e-5))
    assert data["panels"][1]["flags"] == [8]
    assert data["decisions"][0]["reason"] == "fan, lid"


def test_tables_tell_means_flags_and_problems(page):
    text = re.sub(r"<[^>]+>", " ", page)
    for words in ("clock +3 s", "overlapping", "b.data", "10 fluxes", "6 closures", "DerSimonian"):
        assert words in re.sub(r"\s+", " ", text)


def test_an_empty_campaign_is_refused(campaign, tmp_path):
    fluxes, readings = campaign
    with pytest.raises(ValueError, match="nothing to show"):
        render(fluxes.isel(closure=slice(0, 0)), readings, title="", campaign="x", run={})
    target = tmp_path / "deep" / "report.html"
    write_chamber_report(target, fluxes, readings, title="", campaign="x", run=made_campaign.run())
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_two_thousand_closures_make_a_page_of_a_few_megabytes():
    fluxes, readings = made_campaign.campaign(2000)
    text = review_data("big", fluxes, readings)
    print(f"{len(text) / 1e6:.1f} MB for 2000 closures of 2 gases and 121 readings")
    assert len(text) < 8e6


STAGE = """
const fs = require("fs"), vm = require("vm");
const made = new Map();
function element() {
  return { textContent: "", value: "", hidden: false, checked: true, open: false, children: [],
    dataset: {}, style: {}, addEventListener() {}, append() {}, replaceChildren() {}, setAttribute() {},
    showModal() {}, querySelector: () => element(), getBoundingClientRect: () => ({ width: 0 }), click() {} };
}
const document = { getElementById: id => { if (!made.has(id)) made.set(id, element()); return made.get(id); },
  createElement: element };
document.getElementById("data").textContent = fs.readFileSync(process.argv[2], "utf8");
document.getElementById("show").value = "all";
document.getElementById("sort").value = "time";
const window = { addEventListener() {} };
class IntersectionObserver { observe() {} }
const localStorage = { getItem: () => null, setItem() {} };
vm.runInNewContext(fs.readFileSync(process.argv[3], "utf8"), {
  document, window, IntersectionObserver, localStorage, location: { hash: "" }, atob, URLSearchParams,
  console, Uint8Array, Uint16Array, Float64Array });
const r = window.fluxkitReview, by = (k, g) => r.panels.find(p => p.k === k && p.g === g);
if (process.argv[4] === "drawn") {
  // Of each model, the squares that its course leaves of the readings of one closure.
  const p = r.panels[0], { t, c } = r.points(p);
  const left = f => t.reduce((sum, second, i) => sum + (c[i] - r.curve(f, second)) ** 2, 0);
  const drawn = p.fits.filter(f => f.c0 != null);
  console.log(JSON.stringify(Object.fromEntries(drawn.map(f => [f.model, left(f)]))));
  process.exit();
}
r.open(by(0, 0)); r.change({ window_start: 20, window_end: 110 });
r.open(by(1, 1)); r.change({ action: "discard", reason: 'said "no", twice' });
r.open(by(3, 0)); r.change({ model: "linear" });
const p = by(0, 0), s = r.state(p);
console.log(JSON.stringify({ csv: r.csv(), again: r.parse(r.csv()), fits: s.fits, moved: s.moved,
  linear: r.state(by(3, 0)).flux }));
"""


def on_stage(folder, data, *arguments):
    """Run the page's script on data, and return what it says."""
    (folder / "data.json").write_text(data, encoding="utf-8")
    (folder / "chamber.js").write_text(own_text("page.js", "fluxkit.chamber.page"), encoding="utf-8")
    (folder / "stage.js").write_text(STAGE, encoding="utf-8")
    done = subprocess.run(
        ["node", folder / "stage.js", folder / "data.json", folder / "chamber.js", *arguments],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_every_model_is_drawn():
    script = own_text("page.js", "fluxkit.chamber.page")
    block = script[script.index("const MODELS = {") :].partition("};")[0]
    drawn = re.findall(r'^  "?([a-z-]+)"?: \{ colour', block, re.MULTILINE)
    assert drawn == list(MODELS), "give each model of chamber/fits/models.py a line in MODELS of page/page.js"


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to run the page's script")
def test_each_curve_is_drawn_as_it_was_fitted(tmp_path):
    fluxes, readings = made_campaign.campaign(2, tuple(MODELS))
    left = on_stage(tmp_path, review_data("test", fluxes, readings), "drawn")
    assert set(left) == set(MODELS) - {"three-point"}  # which tells no beginning
    start, start_se = starting_concentration(readings["co2"])
    fits = fit_all(readings["co2"], MODELS, start=start, start_se=start_se)
    for model, squares in left.items():
        assert squares == pytest.approx(1e12 * fits[model].rss[0], rel=1e-3), f"{model} in MODELS of page.js"


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to run the page's script")
def test_what_is_decided_on_the_page_can_be_replayed(campaign, tmp_path):
    fluxes, readings = campaign
    told = on_stage(tmp_path, review_data("test", fluxes, readings, parse_decisions(DECISIONS, "x")))

    decisions = parse_decisions(told["csv"], "decisions.csv", ["linear", "hm"])
    found = apply(decisions, fluxes["closure"].to_numpy(), fluxes["start"].to_numpy(), ["co2", "ch4"])
    assert found.unused == ()
    # Windows and verdicts hold for all gases of a closure, models for one.
    np.testing.assert_array_equal(found.window_start[0], [20, 20])
    np.testing.assert_array_equal(found.window_end[0], [110, 110])
    np.testing.assert_array_equal(np.argwhere(found.discarded), [[1, 0], [1, 1], [2, 0]])
    assert found.reason[1, 0] == 'said "no", twice'
    assert found.reason[2, 0] == "fan, lid"
    assert found.model[3].tolist() == ["linear", ""]
    assert told["again"][0]["window_start"] == "20"

    same_fit_as_the_package(told["fits"], readings["co2"].part(0))
    assert told["linear"] == pytest.approx(float(fluxes["fit_flux"][0, 3, 0]), rel=1e-5)


def same_fit_as_the_package(fits, points):
    """The preview of a moved window is the package's own fit, but for the packing of readings."""
    t, c = points
    inside = (t >= 20) & (t <= 110)
    batch = Batch.of([t[inside] - 20], [1e6 * c[inside]])
    line = np.polyfit(t[inside] - 20, 1e6 * c[inside], 1)
    linear, exponential = fits
    assert linear["slope"] == pytest.approx(line[0], rel=1e-4)
    assert linear["flux"] == pytest.approx(line[0] * made_campaign.TERM, rel=1e-4)
    assert exponential["slope"] == pytest.approx(float(fit_hm(batch).slope[0]), rel=1e-3)


def test_texts_never_become_markup():
    assert "innerHTML" not in own_text("page.js", "fluxkit.chamber.page")
