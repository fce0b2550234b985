"""Gases left wet in a cell: terms of covariances against the conversion sample by sample."""

from functools import cache

import numpy as np
import pytest
import xarray as xr
from pydantic import ValidationError

import fluxkit as fk
from fluxkit.errors import MomentsError
from fluxkit.schema.variables import mask
from fluxkit.site.checks.warnings import warnings
from fluxkit.site.models import Site
from fluxkit.synthetic import mixture
from tests.tower import mast

WET, DELAY = {"condition": {"mixing_ratio": "none"}}, 4
CELL = {"t_cell": "K", "p_cell": "Pa"}
FLUXES = ("FC", "FH2O", "LE", "H")


def site(*, cell=("t_cell", "p_cell"), wet=True, quantity="density", without=(), **sections) -> Site:
    given = mast.make_site(path="ratio", decide=mast.SPECTRA_OFF).model_dump(exclude_unset=True)
    columns = {k: v for k, v in given["columns"].items() if k not in without}
    for gas in {"co2", "h2o"} & columns.keys():
        unit = "mol m-3" if quantity == "density" else "mol mol-1"
        columns[gas] = columns[gas] | {"unit": unit, "quantity": quantity}
    columns |= {name: {"column": name, "unit": CELL[name], "instrument": "g"} for name in cell}
    condition = {"despiking": "none"} | (WET["condition"] if wet else {})
    decide = given["decide"] | sections.pop("decide", {})
    changed = {"columns": columns, "condition": condition, "condense": {"period": 10.0}, "decide": decide}
    return Site.model_validate(given | changed | sections)


@cache
def raw() -> xr.Dataset:
    """Air that reaches a cell some samples late, whose temperature and pressure follow the outer air's."""
    a = mast.air(n=6000)
    seen = mast.seen(a, path="ratio")
    T = 303.0 + 0.3 * (a.t - a.t.mean())
    P = 95e3 - 60.0 * (a.t - a.t.mean())
    inside = {"t_cell": T, "p_cell": P}
    inside |= {gas: mixture.molar_density(seen[gas], T, P, a.h2o) for gas in ("co2", "h2o")}
    return mast.dataset(seen | {name: np.roll(x, DELAY) for name, x in inside.items()})


def data_for(s: Site) -> xr.Dataset:
    found = raw()
    if s.columns["co2"].quantity == "mole_fraction":
        Va = 8.314462618 * found["t_cell"] / found["p_cell"]
        found = found.assign({gas: found[gas] * Va for gas in ("co2", "h2o")})
    return found


@cache
def fluxes(**kwargs) -> xr.Dataset:
    s = site(**kwargs)
    data = data_for(s)
    return fk.decide(fk.condense(data, s), s)


def value(out: xr.Dataset, name: str) -> float:
    return float(out[name][0])


@pytest.mark.parametrize("quantity", ["density", "mole_fraction"])
def test_terms_make_what_samples_make(quantity):
    """First order: what is left is products of fluctuations, 4e-4 of what there was to correct."""
    dry, terms = fluxes(wet=False), fluxes(quantity=quantity)
    for name in FLUXES:
        assert value(terms, name) == pytest.approx(value(dry, name), rel=2e-4)
    for name in ("CO2_MIXING_RATIO", "H2O_MIXING_RATIO", "RH"):
        assert value(terms, name) == pytest.approx(value(dry, name), rel=1e-4)
    assert value(terms, "CO2_TLAG_USED") == pytest.approx(DELAY / mast.RATE)
    assert value(terms, "FC_RANDUNC_HF") == pytest.approx(value(dry, "FC_RANDUNC_HF"), rel=0.3)
    assert not int(value(terms, "LOSS_FLAG")) & mask("LOSS_FLAG", "cell_state_assumed")


def test_what_the_terms_are_worth():
    dry = value(fluxes(wet=False), "FC")
    s = site(decide={"density": "none"})
    assert abs(value(fk.decide(fk.condense(raw(), s), s), "FC") / dry - 1.0) > 0.1
    no_vapour = value(fluxes(without=("h2o",)), "FC")
    no_cell = value(fluxes(cell=()), "FC")
    assert abs(no_vapour / dry - 1.0) > 0.05
    assert abs(no_cell / dry - 1.0) > 0.05


def test_two_ways_lead_to_the_same_terms():
    s = site()
    direct = fk.decide(raw(), s, path="direct")
    for name in FLUXES:
        assert value(direct, name) == pytest.approx(value(fluxes(), name), rel=1e-6)


def test_a_cell_without_its_state_is_flagged_and_said():
    out = fluxes(cell=("p_cell",))
    assert int(value(out, "LOSS_FLAG")) & mask("LOSS_FLAG", "cell_state_assumed")
    sentences = list(warnings(site(cell=("p_cell",))))
    assert len(sentences) == 2
    assert sentences[0].startswith("columns.co2: t_cell of its cell not recorded")
    (sentence,) = (s for s in warnings(site(without=("h2o",))))
    assert "dilution by vapour stays in the flux" in sentence
    assert not list(warnings(site()))


def test_moments_without_the_terms_are_refused():
    s = site(wet=False)
    with pytest.raises(MomentsError, match="hold no covariances with t_cell"):
        fk.decide(fk.condense(raw(), s), site())


@pytest.mark.parametrize("preset", ["fluxkit", "eddypro-6"])
def test_a_mixing_ratio_is_never_corrected_for_density(preset):
    """Half of a known station's fluxes were once: nothing that a setting can do may change them."""
    seen = mast.dataset(mast.seen(mast.air(n=6000), path="ratio"))
    found = []
    for density in ("webb-1980", "none"):
        for mixing_ratio in ("ibrom-2007", "none"):
            s = site(cell=(), quantity="mixing_ratio", preset=preset, decide={"density": density})
            s = Site.model_validate(
                s.model_dump(exclude_unset=True)
                | {"condition": {"despiking": "none", "mixing_ratio": mixing_ratio}}
            )
            out = fk.decide(fk.condense(seen, s), s)
            found.append([value(out, name) for name in FLUXES])
    np.testing.assert_array_equal(found, np.broadcast_to(found[0], (4, 4)))


def test_a_density_without_its_cell_is_refused():
    with pytest.raises(ValidationError, match="densities of a closed path become mixing ratios"):
        site(wet=False, cell=())


def test_schemes_with_and_without_the_terms_share_moments():
    s = site(schemes={"density": ["webb-1980", "none"]})
    out = fk.decide(fk.condense(raw(), s), s)
    with_terms, without = out["FC_SCHEMES"].values[:, 0]
    assert with_terms == value(fluxes(), "FC")
    assert abs(without / with_terms - 1.0) > 0.1
