"""Schemes of raw processing as members, and which of their decisions moves the year."""

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.ecosystem.uncertainty.decisions import in_words
from fluxkit.ecosystem.uncertainty.members import members_of
from fluxkit.ecosystem.uncertainty.schemes import filter_schemes, schemes_of
from fluxkit.synthetic.half_hours import Site, known_budget
from tests.ecosystem.made_forest import forest

G = 12.011e-6 * 1800.0


def with_schemes(made):
    """Rotation shifts by 0.3, detrending by 0.05 umol m-2 s-1."""
    names = [f"{rotation}+{trend}" for rotation in ("double", "planar-fit") for trend in ("block", "linear")]
    shift = np.array([[0.0], [0.05], [0.3], [0.35]])
    schemes = made.NEE.values + shift
    return made.assign_coords(scheme=names).assign(NEE_SCHEMES=(("scheme", "time"), schemes))


def test_what_is_planted_in_the_schemes_comes_back_through_filter_filling_and_nights():
    made = with_schemes(known_budget(5, years=1, site=Site(long_gaps=())))
    e = fk.ecosystem.ensemble(made, 0.2, filling={"method": "mds"}, day=(), pairs=0)
    assert (e.factor == "scheme").sum() == 4
    found = fk.ecosystem.decisions(e)
    assert found.decision.values.tolist() == ["double | planar-fit", "block | linear"]
    year = 17520 * G
    moves = found.moves.sel(variable="NEE").squeeze().values
    np.testing.assert_allclose(moves, [0.3 * year, 0.05 * year], rtol=0.02)
    assert found.highest.sel(variable="NEE").squeeze().values.tolist() == ["planar-fit", "linear"]
    part = fk.ecosystem.annual(e).parts.sel(part="scheme", variable="NEE").item()
    assert part == pytest.approx(np.std([0.0, 0.05, 0.3, 0.35], ddof=1) * year, rel=0.02)


def test_half_hours_that_went_through_the_rooms_are_asked_too():
    made = with_schemes(known_budget(5, years=1, site=Site(long_gaps=())))
    o = fk.ecosystem.fill(fk.ecosystem.filter_ustar(made, 0.2), "NEE", method="mds")
    members = members_of(o, pairs=0)
    said = in_words(fk.ecosystem.decisions(members))
    assert len(said) == 1
    assert "double | planar-fit moves NEE most, by " in said[0]
    moves = float(said[0].split("by ")[1].split()[0])
    assert moves == pytest.approx(0.3 * 17520 * G, rel=0.05)


def test_each_scheme_has_a_threshold_of_its_own():
    """The second scheme has a u* that is larger by a third, and so is the u* at which its flux is whole."""
    made = forest(days=2 * 365)
    ustar = np.stack([made.USTAR.values, made.USTAR.values * 4.0 / 3.0])
    made = made.assign_coords(scheme=["double", "none"]).assign(
        NEE_SCHEMES=(("scheme", "time"), np.stack([made.NEE.values, 1.1 * made.NEE.values])),
        USTAR_SCHEMES=(("scheme", "time"), ustar),
    )
    thresholds = fk.ecosystem.ustar_thresholds(made, factor=0.97)
    rows, said = filter_schemes(made, thresholds)
    assert f"{float(thresholds.single):.3g} to {float(thresholds.single) * 4.0 / 3.0:.3g} m s-1" in said
    plain = fk.ecosystem.filter_ustar(made, thresholds).NEE.notnull()
    for label in ("double", "none"):  # the same half hours: with one threshold for both they would differ
        assert bool((rows.sel(scheme=label).notnull() == plain).all())
    low = made.assign(NEE=made.NEE_SCHEMES.sel(scheme="none"), USTAR=made.USTAR_SCHEMES.sel(scheme="none"))
    assert int(fk.ecosystem.filter_ustar(low, thresholds).NEE.notnull().sum()) > int(plain.sum()) + 1000


def test_storage_of_the_table_is_added_to_schemes_of_the_flux_and_what_was_screened_stays_out():
    made = forest(days=30)
    storage = 0.4 * np.cos(np.arange(made.sizes["time"]) / 7.0)
    storage[100:120] = np.nan  # NEE is FC alone there
    made = made.assign(FC=made.NEE - np.nan_to_num(storage), SC=("time", storage))
    made["NEE"][200:210] = np.nan
    flux = made.FC.values + np.array([[0.0], [0.5]])
    made = made.assign_coords(scheme=["a", "b"]).assign(FC_SCHEMES=(("scheme", "time"), flux))
    same, other = (table.NEE for _, table in schemes_of(made))
    np.testing.assert_allclose(same, made.NEE, atol=1e-12)
    np.testing.assert_allclose(other, made.NEE + 0.5, atol=1e-12)


def test_a_scheme_with_open_gaps_is_no_answer():
    made = with_schemes(known_budget(5, years=1, site=Site(long_gaps=())))
    e = fk.ecosystem.ensemble(made, 0.2, filling={"method": "mds"}, night=(), day=(), pairs=0)
    place = int(np.flatnonzero(e.factor.values == "scheme")[2])
    e["NEE"][place, 1000] = np.nan
    said = in_words(fk.ecosystem.decisions(e))
    assert len(said) == 1
    assert "cannot be told, since gaps of a scheme stay open" in said[0]


def test_no_schemes_no_decisions():
    made = known_budget(5, years=1)
    e = fk.ecosystem.ensemble(made, 0.2, filling={"method": "mds"}, day=(), pairs=0)
    assert fk.ecosystem.decisions(e).sizes["decision"] == 0
