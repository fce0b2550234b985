"""Schemes of raw processing as members, and which of their decisions moves the year."""

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.ecosystem.uncertainty.decisions import in_words
from fluxkit.ecosystem.uncertainty.members import members_of
from fluxkit.synthetic.half_hours import Site, known_budget

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


def test_no_schemes_no_decisions():
    made = known_budget(5, years=1)
    e = fk.ecosystem.ensemble(made, 0.2, filling={"method": "mds"}, day=(), pairs=0)
    assert fk.ecosystem.decisions(e).sizes["decision"] == 0
