"""Schemes: several decisions on the same moments, in one pass; and what the season teaches."""

import numpy as np
import pytest

from fluxkit.errors import MomentsError
from fluxkit.site.models import Site
from fluxkit.tower import chain
from fluxkit.tower.rotations.rotation import rotation_matrix
from fluxkit.tower.schemes import consensus, scheme_sites, with_decisions
from tests.tower.mast import SPECTRA_OFF, air, dataset, make_site, seen

SCHEMES = {"rotation": ["double", "none"], "detrending": ["block", "linear"]}


@pytest.fixture(scope="module")
def moments():
    raw = dataset(*(seen(air(k, n=6000), yaw=40.0 + 50.0 * k, pitch=2.0) for k in range(3)))
    site = make_site(condense={"period": 10.0}, decide=SPECTRA_OFF)
    return chain.condense(raw, site)


def site_with(**sections) -> Site:
    return make_site(condense={"period": 10.0}, **({"decide": SPECTRA_OFF} | sections))


def test_each_scheme_is_what_its_decisions_give_alone(moments):
    site = site_with(schemes=SCHEMES)
    both = chain.decide(moments, site)
    assert list(both["scheme"].values) == ["double+block", "double+linear", "none+block", "none+linear"]
    for name, alone in scheme_sites(site).items():
        expected = chain.decide(moments, alone.model_copy(update={"schemes": {}}))
        for flux in ("NEE", "FC", "LE", "H", "TAU", "USTAR"):
            np.testing.assert_array_equal(both[f"{flux}_SCHEMES"].sel(scheme=name), expected[flux])
    np.testing.assert_array_equal(both["FC"], both["FC_SCHEMES"].sel(scheme="double+block"))
    values = both["H_SCHEMES"].values
    np.testing.assert_allclose(both["H_CONSENSUS"], values.mean(axis=0))
    np.testing.assert_allclose(both["H_SPREAD"], np.ptp(values, axis=0) / np.sqrt(12))
    assert both["H_SPREAD"].values.min() > 0


def test_consensus_of_one_is_itself_and_a_gap_stays():
    mean, spread = consensus(np.array([[1.0, np.nan], [1.0, 2.0]]))
    np.testing.assert_array_equal(mean, [1.0, np.nan])
    np.testing.assert_array_equal(spread, [0.0, np.nan])


@pytest.mark.parametrize(
    ("schemes", "words"),
    [
        ({"rotatoin": ["double"]}, "unknown key 'rotatoin'; did you mean 'rotation'"),
        ({"rotation": []}, "an empty list"),
        ({"rotation": ["double", "thrice"]}, "found 'thrice'"),
    ],
)
def test_a_scheme_that_cannot_be_is_refused_in_words(schemes, words):
    with pytest.raises(ValueError, match=words):
        site_with(schemes=schemes)


def test_the_icos_preset_has_its_four_schemes():
    assert list(scheme_sites(make_site(preset="icos"))) == [
        "double+block",
        "double+linear",
        "wilczak-2001+block",
        "wilczak-2001+linear",
    ]


def test_a_planar_fit_needs_parts_that_can_be_read_again(moments):
    site = with_decisions(site_with(), {"rotation": "wilczak-2001"})
    with pytest.raises(MomentsError, match="read only once"):
        chain.decide((part for part in [moments]), site)


def test_too_few_half_hours_for_a_plane_are_told_in_the_data(moments):
    site = with_decisions(site_with(), {"rotation": "wilczak-2001"})
    fluxes = chain.decide([moments.isel(time=[0, 1]), moments.isel(time=[2])], site)
    meaning = dict(
        zip(fluxes["LOSS_FLAG"].flag_meanings.split(), fluxes["LOSS_FLAG"].flag_masks, strict=True)
    )
    assert ((fluxes["LOSS_FLAG"].values & meaning["rotation_fell_back"]) > 0).all()
    np.testing.assert_array_equal(fluxes["FC"], chain.decide(moments, site_with())["FC"])


def test_a_leaning_sonic_is_set_upright_by_its_plane():
    lean = rotation_matrix(np.array([0.0]), np.array([3.0]), np.array([-1.5]))[0]
    upright = [seen(air(k, n=3000), yaw=30.0 * k, pitch=0.0) for k in range(12)]
    leaning = [
        data | dict(zip("uvw", lean @ np.stack([data[c] for c in "uvw"]), strict=True)) for data in upright
    ]
    planar = {"rotation": "wilczak-2001", "planar_fit": {"min_periods": 5}}
    site = make_site(condense={"period": 5.0}, decide=SPECTRA_OFF | planar)
    moments = chain.condense(dataset(*leaning), site)
    fluxes = chain.decide(moments, site)
    assert (fluxes["LOSS_FLAG"].values & 8192 == 0).all()
    double = with_decisions(site, {"rotation": "double"})
    true = chain.decide(chain.condense(dataset(*upright), site), double)
    np.testing.assert_allclose(fluxes["H"], true["H"], rtol=1e-9)
    # A lean across the wind is what double rotation cannot see.
    assert np.abs(chain.decide(moments, double)["H"] / true["H"] - 1.0).max() > 0.01
