"""The made campaign: what was planted is found, and what a reviewer decides is done."""

import re

import numpy as np
import pandas as pd
import pytest

from fluxkit.chamber.processing.run import run
from fluxkit.chamber.synthetic.plots import SHEET_SLOW, make_campaign


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("campaign")
    make_campaign(target, plots=4)
    return target


@pytest.fixture(scope="module")
def results(folder):
    return run(folder / "plots.toml", folder / "out", report=True)


@pytest.fixture(scope="module")
def truth(folder):
    return pd.read_csv(folder / "truth.csv", dtype={"closure": str}, keep_default_na=False)


def planted(truth, fluxes, gas):
    some = truth[truth.gas == gas].set_index("closure").loc[fluxes["closure"].to_numpy().astype(str)]
    return some.flux_umol_m2_s.to_numpy(), some.remark.to_numpy()


def test_equal_seeds_give_equal_files(folder, tmp_path):
    make_campaign(tmp_path, plots=4)
    names = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.*"))
    assert len(names) == 7
    for name in names:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.parametrize("gas", ["co2", "ch4"])
def test_planted_fluxes_are_found(results, truth, gas):
    fluxes = results.fluxes.sel(gas=gas)
    flux, remark = planted(truth, fluxes, gas)
    good = remark == ""
    away = (fluxes["flux"].to_numpy() - flux)[good]
    z = away / fluxes["flux_se"].to_numpy()[good]
    inside = (fluxes["flux_low"].to_numpy() <= flux) & (flux <= fluxes["flux_high"].to_numpy())
    share = inside[good].mean()
    bias = np.median(away / flux[good])
    print(
        f"{gas}: bias {100 * bias:+.2f} %, spread {z.std():.2f} s.e., 95 % interval holds {100 * share:.0f} %"
    )
    assert good.sum() >= 65
    assert abs(bias) < 0.01
    assert 0.7 < z.std() < 1.5
    assert share > 0.95 - 3 * np.sqrt(0.95 * 0.05 / good.sum())


def test_the_slow_clock_is_found_and_set_right(results):
    assert results.fluxes.attrs["clock_offset_found_s"] == pytest.approx(SHEET_SLOW, abs=2)
    assert results.fluxes.attrs["clock_offset_applied_s"] != 0


def test_the_open_lid_is_flagged_and_the_lost_file_told(results, truth):
    flags = results.fluxes["flags"].sel(gas="co2")
    _, remark = planted(truth, results.fluxes, "co2")
    names = dict(zip(flags.flag_meanings.split(), flags.flag_masks, strict=True))
    bits = int(flags.to_numpy()[remark == "lid open"][0])
    assert bits & (names["not_significant"] | names["below_detection"] | names["large_curvature"])
    assert any("lost" in problem.path for problem in results.problems)


def test_decisions_are_replayed(folder, results, truth):
    _, remark = planted(truth, results.fluxes, "co2")
    ids = results.fluxes["closure"].to_numpy().astype(str)
    bad = ids[remark == "lid open"][0]
    (folder / "decisions.csv").write_text(
        "closure,start,gas,action,window_start,window_end,model,reason\n"
        f"{bad},,,discard,,,,lid open\n{ids[0]},,co2,,30,120,linear,\nnobody,,,keep,,,,\n"
    )
    text = (folder / "plots.toml").read_text(encoding="utf-8")
    (folder / "again.toml").write_text('decisions = "decisions.csv"\n' + text, encoding="utf-8")
    again = run(folder / "again.toml", folder / "again", report=True)
    one = again.fluxes.sel(gas="co2")
    np.testing.assert_array_equal(ids[one["discarded"].to_numpy()], [bad])
    assert (float(one["window_start"][0]), float(one["window_end"][0])) == (30.0, 120.0)
    assert str(one["model"].to_numpy()[0]) == "linear"
    np.testing.assert_array_equal(one["flux"][1:], results.fluxes["flux"].sel(gas="co2")[1:])
    assert any("'nobody'" in problem.reason for problem in again.problems)
    page = (folder / "again" / "report.html").read_text(encoding="utf-8")
    assert re.search(r'"reason":"lid open"', page)


def test_bubbles_are_told_from_diffusion(results, truth):
    fluxes = results.fluxes.sel(gas="ch4")
    flux, remark = planted(truth, fluxes, "ch4")
    bubbled = np.char.find(remark.astype(str), "bubble") >= 0
    assert bubbled.sum() >= 4
    away = fluxes["flux"].to_numpy()[bubbled] / flux[bubbled] - 1.0
    print(f"flux between bubbles: worst {100 * np.abs(away).max():.2f} %")
    assert np.abs(away).max() < 0.01
    np.testing.assert_array_equal(fluxes["bubbles"].to_numpy()[bubbled], 1)
    assert (fluxes["bubbles"].to_numpy()[~bubbled] == 0).all()
    assert (fluxes["ebullition"].to_numpy()[bubbled] > 0).all()
    assert np.isnan(results.fluxes["bubbles"].sel(gas="co2")).all()  # none were looked for
