"""The review page: self-contained and escaped; its curves are those of the fits, its decisions replay."""

import base64
import json
import re
import zlib

import numpy as np
import pytest

from fluxkit.chamber.campaign.decision_table import parse_decisions
from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.decisions import apply
from fluxkit.chamber.fits.fits import fit_all, fit_hm, starting_concentration
from fluxkit.chamber.fits.models import MODELS
from fluxkit.chamber.page.page import render, write_chamber_report
from fluxkit.chamber.page.panels import review_of
from fluxkit.report.web.reviews import review_data
from tests.chamber.page import made_campaign
from tests.report.test_page import Checker
from tests.report.web.script import Script

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


def test_it_is_well_formed_and_asks_no_address(page):
    checker = Checker()
    checker.feed(page)
    assert checker.faults == []
    assert checker.open == []
    assert len(checker.names) == len(set(checker.names))
    assert checker.count["script"] == 5  # data, and four of ours: nothing here is over time
    assert "<link" not in page
    assert not re.search(r"\b(src|href)=[\"'](?!#)", page)
    assert "default-src &#39;none&#39;" in page


def test_what_it_was_given_is_escaped(page):
    assert "Plots &lt;of&gt; test" in page
    assert "cut &lt; off" in page
    assert page.count("</script>") == 5  # none of those in treatment
    assert content(page)["review"]["closures"][0]["treatment"] == "dry </script>"


def integers(data):
    raw = zlib.decompress(base64.b64decode(data["words"]))
    low, high = np.frombuffer(raw, np.uint8).reshape(2, -1).astype(int)
    return low + 256 * high


def test_readings_come_back_from_their_packing(campaign, page):
    _, readings = campaign
    data = content(page)["review"]
    words = integers(data)
    for panel in data["panels"]:
        gas = data["gases"][panel["g"]]
        t, c = readings[gas["name"]].part(panel["k"])
        assert panel["n"] == t.size
        shown = 1e6 * c * (1.0 if gas["name"] == "co2" else 1e3)
        for (at, low, step), given in ((panel["t"], t), (panel["c"], shown)):
            back = low + step * words[at : at + panel["n"]]
            # Half a step of an integer, and ten digits of what it counts from.
            atol = 2e-10 * np.abs(given).max(initial=0.0) + np.ptp(given) / 65535 if t.size else 0.0
            np.testing.assert_allclose(back, given, atol=atol)


def test_numbers_are_those_of_the_dataset(campaign, page):
    fluxes, _ = campaign
    data = content(page)["review"]
    assert [gas["flux_unit"] for gas in data["gases"]] == ["µmol m⁻² s⁻¹", "nmol m⁻² s⁻¹"]
    for panel in data["panels"]:
        flux = float(fluxes["flux"][panel["k"], panel["g"]]) * (1.0, 1e3)[panel["g"]]
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
    text = json.dumps(review_data(review_of("big", fluxes, readings)))
    print(f"{len(text) / 1e6:.1f} MB for 2000 closures of 2 gases and 121 readings")
    assert len(text) < 4e6


#: Panels as the page's script has them.
PANELS = """
const review = ARGS[0], words = reviewing.integers(Uint8Array.from(ARGS[1]));
const panels = review.panels.map((p, index) => (
  { ...p, index, closure: review.closures[p.k], gas: review.gases[p.g] }));
const by = (k, g) => panels.find(p => p.k === k && p.g === g);
"""


@pytest.fixture(scope="module")
def script():
    return Script("reviewing.js")


def on_stage(script, review, statements):
    """Run statements of the page's script on a review, and return what they return."""
    data = review_data(review)
    raw = list(zlib.decompress(base64.b64decode(data.pop("words"))))
    return script.run(PANELS + statements, data, raw)


def test_each_curve_is_that_of_its_fit(script):
    fluxes, readings = made_campaign.campaign(2, tuple(MODELS))
    left = on_stage(
        script,
        review_of("test", fluxes, readings),
        """
        const p = panels[0], { t, c } = reviewing.points(words, p), found = {};
        const line = (x, y, at) => {
          const found = x.findIndex(v => v >= at - 1e-9), k = found < 0 ? x.length - 1 : Math.max(1, found);
          return y[k - 1] + (y[k] - y[k - 1]) * (at - x[k - 1]) / (x[k] - x[k - 1]);
        };
        for (const f of p.fits) if (f.n) {
          const { x, y } = reviewing.course(words, p, f);
          found[f.model] = t.reduce((sum, second, i) => sum + (c[i] - line(x, y, second)) ** 2, 0);
        }
        return found;""",
    )
    assert set(left) == set(MODELS) - {"three-point"}  # which tells no beginning
    start, start_se = starting_concentration(readings["co2"])
    fits = fit_all(readings["co2"], MODELS, start=start, start_se=start_se)
    for model, squares in left.items():
        assert squares == pytest.approx(1e12 * fits[model].rss[0], rel=2e-3), model


def test_what_is_decided_on_the_page_can_be_replayed(campaign, script):
    fluxes, readings = campaign
    told = on_stage(
        script,
        review_of("test", fluxes, readings, parse_decisions(DECISIONS, "x")),
        """
        const map = new Map();
        for (const d of review.decisions) reviewing.put(map, panels, d);
        for (const gas of ["co2", "ch4"]) {
          reviewing.put(map, panels, { closure: "c0", gas, window_start: 20, window_end: 110 });
          reviewing.put(map, panels, { closure: "c1", gas, action: "discard", reason: 'said "no", twice' });
        }
        reviewing.put(map, panels, { closure: "c3", gas: "co2", model: "linear", reason: "=1+1" });
        const state = p => reviewing.state(words, review, p, map.get(reviewing.key(p)) || {});
        const csv = reviewing.csv(map, panels), s = state(by(0, 0));
        return { csv, again: reviewing.parse(csv), moved: s.moved, main: s.main, linear: state(by(3, 0)).flux,
          gone: state(by(1, 1)).discarded, fits: s.fits.map(f => ({ slope: f.slope, flux: f.flux })) };""",
    )
    decisions = parse_decisions(told["csv"], "decisions.csv", ["linear", "hm"])
    found = apply(decisions, fluxes["closure"].to_numpy(), fluxes["start"].to_numpy(), ["co2", "ch4"])
    assert found.unused == ()
    np.testing.assert_array_equal(found.window_start[0], [20, 20])
    np.testing.assert_array_equal(found.window_end[0], [110, 110])
    np.testing.assert_array_equal(np.argwhere(found.discarded), [[1, 0], [1, 1], [2, 0]])
    assert found.reason[1, 0] == 'said "no", twice'
    assert found.reason[2, 0] == "fan, lid"
    assert found.reason[3, 0] == "=1+1"
    assert found.model[3].tolist() == ["linear", ""]
    assert told["again"][0]["window_start"] == "20"
    assert (told["moved"], told["main"], told["gone"]) == (True, str(fluxes["model"].values[0, 0]), True)
    assert told["linear"] == pytest.approx(float(fluxes["fit_flux"][0, 3, 0]), rel=1e-5)
    same_fit_as_the_package(told["fits"], readings["co2"].part(0))


def same_fit_as_the_package(fits, points):
    """The look at a moved window is the package's own fit, but for the packing of readings and curves."""
    t, c = points
    inside = (t >= 20) & (t <= 110)
    batch = Batch.of([t[inside] - 20], [1e6 * c[inside]])
    line = np.polyfit(t[inside] - 20, 1e6 * c[inside], 1)
    linear, exponential = fits
    assert linear["slope"] == pytest.approx(line[0], rel=1e-4)
    assert linear["flux"] == pytest.approx(line[0] * made_campaign.TERM, rel=1e-4)
    assert exponential["slope"] == pytest.approx(float(fit_hm(batch).slope[0]), rel=1e-3)


def test_strongly_bent_closures_are_looked_at_as_they_are_fitted(script):
    """Steep, levelling and straight: the slope of a look is that of the package's fit."""
    fluxes, readings = made_campaign.campaign(4)
    t = np.arange(121.0)
    for k, kappa in enumerate((0.03, -0.01, 1e-9)):
        rise = 3e-7 * -np.expm1(-kappa * t) / kappa
        wobble = 2e-8 * np.sin(12.9898 * t)
        readings["co2"].c[readings["co2"].offsets[k] : readings["co2"].offsets[k + 1]] = 4e-4 + rise + wobble
    slopes = on_stage(
        script,
        review_of("test", fluxes, readings),
        "return [0, 1, 2].map(k => reviewing.look(words, review, by(k, 0), 0, 120)[1].slope);",
    )
    parts = [readings["co2"].part(k) for k in range(3)]
    fits = fit_hm(Batch.of([t for t, _ in parts], [1e6 * c for _, c in parts]))
    np.testing.assert_allclose(slopes, fits.slope, rtol=2e-3)
