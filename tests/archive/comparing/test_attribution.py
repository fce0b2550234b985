"""The decision that explains a difference is found."""

import numpy as np
import pytest
import xarray as xr

from fluxkit.archive.comparing.attribution import FLUXES, alternatives, attribute, effect
from fluxkit.tower import chain
from fluxkit.tower.schemes import with_decisions
from tests.tower.mast import air, dataset, make_site, seen


@pytest.fixture(scope="module")
def moments():
    raw = dataset(*(seen(air(k, n=3000), yaw=40.0 + 50.0 * k, pitch=2.0) for k in range(4)))
    return chain.condense(raw, make_site(condense={"period": 5.0}))


@pytest.fixture(scope="module")
def site():
    return make_site(condense={"period": 5.0})


@pytest.mark.parametrize("other", [{"rotation": "none"}, {"density": "none"}, {"detrending": "linear"}])
def test_one_decision_is_found(moments, site, other):
    theirs = chain.decide(moments, with_decisions(site, other))
    ((key, value),) = other.items()
    (step,) = attribute([moments], site, theirs)
    assert step[0].decision == f"{key} = {value!r}"
    assert step[0].change == -1.0
    assert max(step[0].rmse.values()) == 0.0
    assert len({e.decision for e in step}) == len(step)


def test_two_decisions_are_found_one_after_the_other(moments, site):
    theirs = chain.decide(moments, with_decisions(site, {"rotation": "none", "low_frequency": "none"}))
    steps = attribute([moments], site, theirs, steps=3)
    assert [step[0].decision for step in steps[:2]] == ["rotation = 'none'", "low_frequency = 'none'"]
    assert steps[1][0].change == -1.0


def test_each_is_what_its_decisions_give_alone(moments, site):
    sites = {"a": site, "b": with_decisions(site, {"rotation": "none"})}
    each = chain.decide_each([moments], sites)
    for name, alone in sites.items():
        expected = chain.decide(moments, alone)
        for flux in FLUXES:
            np.testing.assert_array_equal(each[name][flux], expected[flux])


def test_only_what_the_moments_allow_is_tried(site):
    names = alternatives(site)
    assert "lag = 'vitale-2024'" not in names
    assert "detrending = 'running-mean'" not in names
    assert "separation = 'none'" in names
    own = make_site(condense={"period": 5.0}, decide={"high_frequency": "moncrieff-1997"})
    assert "separation = 'none'" not in alternatives(own)  # a model of its own
    assert "preset = 'eddypro-6' ([decide] alone)" in names
    assert "preset = 'fluxkit' ([decide] alone)" not in names
    kept = make_site(condense={"period": 5.0, "high_pass": "running-mean"})
    assert "detrending = 'running-mean'" in alternatives(kept)


def test_a_sign_that_is_a_convention_explains_nothing():
    time = {"time": np.arange(3).astype("datetime64[h]").astype("datetime64[ns]")}
    ours = xr.Dataset({"TAU": ("time", [-0.1, -0.2, np.nan])}, time)
    found = effect("x", -ours, ours, ours)
    assert found.rmse == {"TAU": 0.0}
    assert np.isnan(found.change)
