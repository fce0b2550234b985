"""The demo's site, with and without chambers: what was planted is in the interval of every row."""

import csv

import pytest

from fluxkit.budget.processing.run import run
from fluxkit.budget.synthetic.site import make_site


def planted(folder):
    with (folder / "truth.csv").open(encoding="utf-8") as file:
        return {row["row"]: float(row["planted_g_C_m2_a"]) for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    return folder, run(make_site(folder, chambers=False), folder / "out")


def recovered(folder, results):
    truth = planted(folder)
    found = {row.label: row.term for row in results.budget.rows if row.label in truth}
    for label, term in found.items():
        low, high = term.interval()
        print(f"{label}: {low:.0f} to {high:.0f}, planted {truth[label]:.0f}")
    lost = [
        label for label, term in found.items() if not term.interval()[0] <= truth[label] <= term.interval()[1]
    ]
    return found, lost


def test_every_method_recovers_what_was_planted(site):
    found, lost = recovered(*site)
    assert lost == []
    assert {"NEP (−NEE)", "NECB", "NPP = CUE × GPP", "change of trees", "change of soil", "all stock changes",
            "NPP by MIAMI", "GPP of MOD17-like, corrected"} <= set(found)  # fmt: skip


@pytest.mark.slow
def test_the_whole_site_with_its_campaign_recovers_what_was_planted(tmp_path):
    results = run(make_site(tmp_path), tmp_path / "out")
    found, lost = recovered(tmp_path, results)
    assert lost == []
    assert set(found) == set(planted(tmp_path))
    nights = [words for words in results.budget.sentences if "Night-time Reco" in words]
    assert "in 30 periods" in nights[0]


def test_what_is_wrong_with_the_files_is_named_and_the_rest_done(site):
    _, results = site
    reasons = " | ".join(problem.reason for problem in results.budget.problems)
    assert "plot P33 has no area" in reasons
    assert "plot P34 has a negative volume (-12)" in reasons
    assert "is of XX-Els, not of demo: left out" in reasons
    lines = {p.line for p in results.budget.problems if "P33" in p.reason}
    assert lines == {66}
    assert not any("XX-Els" in row.label for row in results.budget.rows)


def test_what_is_missing_is_said(site):
    missing = " | ".join(site[1].budget.missing)
    assert "DIC" in missing
    assert "chambers: no soil respiration is given" in missing
    assert "grazing" not in missing  # said to be absent


def test_the_satellite_is_compared_and_its_early_years_corrected(site):
    _, results = site
    by = {(found.name, found.period): found for found in results.budget.comparisons}
    assert by["MOD17-like", "month"].line.slope == pytest.approx(0.65, abs=0.04)
    assert min(results.corrected["MOD17-like"]) == 2012
    assert len(results.corrected["MOD17-like"]) == 12


def test_equal_seeds_give_equal_files(tmp_path):
    for name in ("a", "b"):
        make_site(tmp_path / name, chambers=False)
    for path in sorted((tmp_path / "a").rglob("*.*")):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()
