import numpy as np
import pytest

from fluxkit.budget.chambers import Closings, soil_respiration
from fluxkit.budget.terms import Term
from fluxkit.budget.tower.npp import npp_by_respiration
from fluxkit.budget.units import M_C

AT = np.arange("2023-01-01", "2024-01-01", 1, dtype="M8[h]").astype("M8[ns]")
HOURS = np.arange(AT.size)
T_SOIL = (
    283.15 - 8 * np.cos(2 * np.pi * (HOURS - 24 * 25) / (24 * 365)) + 1.5 * np.sin(2 * np.pi * HOURS / 24)
)
SHARES = {"gap": 0.3, "stand": 0.7}
LEVEL = {"gap": 1.4, "stand": 2.2, "trenched": 1.3}


def respired(t, level):
    """A logistic response, which is not the form that is fitted."""
    return level * 4.2 / (1 + np.exp(-(t - 290.0) / 5.5))


def planted(kind):
    return float(np.sum(respired(T_SOIL, LEVEL[kind])) * 3600 * M_C * 1e-6)


def campaign(seed, plots=5, spread=0.15):
    rng = np.random.default_rng(seed)
    rows = []
    for kind in LEVEL:
        for k in range(plots):
            factor = np.exp(spread * rng.standard_normal() - spread**2 / 2)
            for day in range(10, 360, 50):
                hour = 24 * day + 9 + k
                flux = factor * respired(T_SOIL[hour], LEVEL[kind]) + 0.05 * rng.standard_normal()
                rows.append((flux, T_SOIL[hour], AT[hour], f"{kind}{k}", kind))
    flux, t, time, plot, kind = (np.array(x) for x in zip(*rows, strict=True))
    return Closings(flux, t, time, plot, kind)


def test_planted_respiration_is_in_its_interval():
    truth = sum(share * planted(kind) for kind, share in SHARES.items())
    hits = np.zeros(2)
    for seed in range(8):
        found = soil_respiration(
            campaign(seed), AT[::12], T_SOIL[::12], SHARES, trenched=["trenched"], replicates=25, seed=seed
        )
        low, high = found.rs.interval()
        hits += low <= truth <= high, found.rh.interval()[0] <= planted("trenched") <= found.rh.interval()[1]
    print(hits / 8)
    assert (hits / 8 >= 0.75).all()


def test_kinds_add_up_by_their_area_and_roots_are_the_rest():
    found = soil_respiration(
        campaign(1), AT[::12], T_SOIL[::12], SHARES, trenched=["trenched"], replicates=10
    )
    parts = found.by_kind
    assert found.rs.value == pytest.approx(0.3 * parts["gap"].value + 0.7 * parts["stand"].value)
    assert found.ra.value == pytest.approx(found.rs.value - found.rh.value)
    assert found.ra.standard_error == pytest.approx(
        np.hypot(found.rs.standard_error, found.rh.standard_error)
    )
    npp = npp_by_respiration(Term("NEP", 300.0, 50.0), found.rh)
    assert npp.value == pytest.approx(300 + found.rh.value)
    assert found.rs.years == (2023,)


def test_without_trenching_there_is_no_rh():
    found = soil_respiration(campaign(1), AT[::12], T_SOIL[::12], SHARES, replicates=10)
    assert found.rh is None
    assert found.ra is None


def test_shares_and_kinds_are_checked():
    with pytest.raises(ValueError, match=r"add up to 0\.9"):
        soil_respiration(campaign(1), AT[::12], T_SOIL[::12], {"gap": 0.2, "stand": 0.7})
    with pytest.raises(ValueError, match="no closure is on plots of the kind 'meadow'; there are gap"):
        soil_respiration(campaign(1), AT[::12], T_SOIL[::12], {"meadow": 1.0}, replicates=5)


def test_one_plot_says_so():
    closings = campaign(1, plots=1)
    found = soil_respiration(closings, AT[::12], T_SOIL[::12], SHARES, replicates=10)
    assert any("one plot of kind gap" in note for note in found.rs.notes)
