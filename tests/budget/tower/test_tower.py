import importlib.util
from pathlib import Path

import numpy as np
import pytest

from fluxkit.budget.terms import Term, monte_carlo
from fluxkit.budget.tower.annual import AnnualSums, annual_terms, mean_of_years, missing_years
from fluxkit.budget.tower.necb import LATERAL, net_ecosystem_carbon_balance
from fluxkit.budget.tower.npp import carbon_use, carbon_use_table, npp_by_carbon_use, npp_by_respiration

ROOT = Path(__file__).resolve().parents[3]
YEARS = (2020, 2021, 2022, 2023)


def sums(parts=None):
    nee = np.array([-210.0, -250.0, -180.0, -240.0])
    width = 1.959964 * 40.0
    names = np.array(["NEE"] * 4)
    return AnnualSums(np.array(YEARS), names, nee, nee - width, nee + width, parts or {})


def test_nep_is_minus_nee_with_the_error_of_the_interval():
    terms = annual_terms(sums())
    assert [term.value for term in terms["NEP"].values()] == [210.0, 250.0, 180.0, 240.0]
    assert terms["NEP"][2021].standard_error == pytest.approx(40.0, rel=1e-6)
    assert terms["NEP"][2021].interval() == pytest.approx((250 - 78.4, 250 + 78.4), abs=0.01)


def test_errors_without_classes_do_not_average_out():
    found = mean_of_years(annual_terms(sums())["NEP"])
    assert found.value == 220.0
    assert found.standard_error == pytest.approx(40.0, rel=1e-6)
    assert "does not average out" in found.notes[-1]
    assert found.years == YEARS


def test_random_errors_average_out_and_others_do_not():
    parts = {"random": np.full(4, 24.0), "ustar": np.full(4, 32.0)}
    terms = annual_terms(sums(parts))["NEP"]
    assert terms[2020].standard_error == pytest.approx(40.0)
    found = mean_of_years(terms)
    assert found.standard_error == pytest.approx(np.hypot(24.0 / 2, 32.0))
    assert dict(found.parts) == pytest.approx({"random": 12.0, "ustar": 32.0})
    rng = np.random.default_rng(1)
    drawn = rng.normal(0, 24, (200_000, 4)).mean(axis=1) + rng.normal(0, 32, 200_000)
    assert drawn.std() == pytest.approx(found.standard_error, rel=0.02)


def test_a_missing_year_is_named():
    terms = annual_terms(sums())["NEP"]
    assert missing_years(terms, [2019, 2020, 2024]) == [2019, 2024]
    with pytest.raises(ValueError, match="no year of 2030"):
        mean_of_years(terms, [2030])


def test_necb_by_hand_and_by_draws():
    nep = Term("NEP", 250.0, 40.0, years=(2022,))
    lateral = {
        "harvest": Term("harvest", 180.0, 20.0),
        "CH4-C": Term("CH4-C", 6.0, 2.0),
        "imports": Term("imports", 35.0, 10.0),
    }
    found = net_ecosystem_carbon_balance(nep, lateral, absent=["fire"])
    assert found.necb.value == 250 - 180 - 6 + 35
    assert found.necb.standard_error == pytest.approx(np.sqrt(40**2 + 20**2 + 2**2 + 10**2))
    drawn = monte_carlo(lambda n, h, c, i: n - h - c + i, [nep, *lateral.values()])
    assert drawn.standard_error == pytest.approx(found.necb.standard_error, rel=0.02)
    assert found.missing == ("grazing", "DOC", "DIC", "VOC", "erosion")
    assert found.necb.lacks == found.missing


def test_lateral_terms_that_make_no_sense_are_refused():
    nep = Term("NEP", 250.0, 40.0)
    with pytest.raises(ValueError, match="unknown lateral term 'harvests'"):
        net_ecosystem_carbon_balance(nep, {"harvests": nep})
    with pytest.raises(ValueError, match="harvest is given and said to be absent"):
        net_ecosystem_carbon_balance(nep, {"harvest": nep}, absent=["harvest"])


def test_every_lateral_term_has_a_direction():
    assert {sign for sign, _ in LATERAL.values()} == {1, -1}
    assert [name for name, (sign, _) in LATERAL.items() if sign > 0] == ["imports"]


def test_the_table_of_carbon_use_is_what_its_script_makes(shared):
    spec = importlib.util.spec_from_file_location("carbon_use_script", ROOT / "docs" / "carbon_use.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    made = script.table(shared / "data" / "ecosystem" / "forc_biome_averages.csv")
    assert made == script.TARGET.read_text(encoding="utf-8")


def test_every_carbon_use_has_a_source():
    for entry in carbon_use_table().values():
        assert entry.citation
        assert entry.seen_at
        assert 0 <= entry.low < entry.cue < entry.high <= 1
    # 11.00 : 30.62 of ForC, by hand.
    tropical = carbon_use("Tropical broadleaf MATURE")
    assert tropical.cue == pytest.approx(11 / 30.62, abs=5e-4)
    assert tropical.standard_deviation == pytest.approx(0.359 * np.hypot(6.82 / 30.62, 3.02 / 11), abs=5e-4)
    with pytest.raises(ValueError, match="did you mean 'forest'"):
        carbon_use("forrest")


def test_npp_by_both_ways():
    gpp = Term("GPP", 1500.0, 90.0, years=(2022,))
    share = npp_by_carbon_use(gpp, 0.46, 0.12)
    assert share.value == 690.0
    assert share.standard_error == pytest.approx(
        np.sqrt((1500 * 0.12) ** 2 + (0.46 * 90) ** 2 + (90 * 0.12) ** 2)
    )
    assert "CUE dominates" in share.notes[0]
    balance = npp_by_respiration(Term("NEP", 250.0, 40.0), Term("Rh", 430.0, 30.0))
    assert (balance.value, balance.standard_error) == (680.0, 50.0)
    assert "NEP dominates: 64 %" in balance.notes[0]
