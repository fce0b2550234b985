"""The decision that explains a difference is found."""

import numpy as np
import pytest
import xarray as xr

from fluxkit.archive.comparing.attribution import FLUXES, alternatives, attribute, effect, untried
from fluxkit.report.verdict import verdicts
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


def of(**fluxes):
    n = len(next(iter(fluxes.values())))
    time = {"time": np.arange(n).astype("datetime64[h]").astype("datetime64[ns]")}
    return xr.Dataset({name: ("time", values) for name, values in fluxes.items()}, time)


def test_a_flux_that_agrees_does_not_vote():
    theirs = of(FC=[10.0, 10.0], H=[100.0, 100.0])
    ours = of(FC=[11.0, 11.0], H=[100.001, 100.001])
    other = of(FC=[10.5, 10.5], H=[100.09, 100.09])  # H: ninety times further off, and still the same
    found = effect("x", other, ours, theirs)
    assert found.change == pytest.approx(-0.5)
    assert (found.differs("FC"), found.differs("H")) == (True, False)
    assert found.size == {"FC": 10.0, "H": 100.0}
    # what is left below a thousandth is nothing
    assert effect("x", of(FC=[10.009, 10.009]), ours, theirs).change == -1.0
    assert np.isnan(effect("x", ours, theirs, theirs).change)


@pytest.mark.parametrize("other", [{"rotation": "none"}, {"density": "none"}])
def test_one_sentence_a_flux_tells_what_explains_it(moments, site, other):
    theirs = chain.decide(moments, with_decisions(site, other))
    told = dict(s.split(": ", 1) for s in verdicts(attribute([moments], site, theirs)))
    assert set(told) == set(FLUXES)
    ((key, value),) = other.items()
    assert told["FC"] == f"{key} = {value!r} explains 100 % of the difference"
    if key == "density":
        assert told["TAU"].startswith("agrees as it is (root mean square difference 0 %")


def test_two_decisions_explain_together(moments, site):
    theirs = chain.decide(moments, with_decisions(site, {"rotation": "none", "low_frequency": "none"}))
    told = dict(s.split(": ", 1) for s in verdicts(attribute([moments], site, theirs, steps=3)))
    assert told["H"] == "rotation = 'none' and low_frequency = 'none' explain 100 % of the difference"


def test_noise_is_explained_by_nothing(moments, site):
    theirs = chain.decide(moments, site)
    spread = 1.0 + 0.5 * np.array([1.0, -1.0, 1.0, -1.0])
    theirs = theirs.assign({name: theirs[name] * spread for name in FLUXES})
    for sentence in verdicts(attribute([moments], site, theirs)):
        assert "none of these explains the difference (45 % of its size)" in sentence


def test_what_cannot_be_tried_is_named_with_what_to_switch_on(site):
    told = "\n".join(untried(site))
    assert "high_frequency = 'ibrom-2007' or 'fratini-2012' or 'horst-1997'" in told
    assert "detrending = 'running-mean': set high_pass = \"running-mean\" in [condense]" in told
    assert "lag = 'vitale-2024': set prewhitening = true in [condense]" in told
    assert "samples (despiking = 'vickers-mahrt-1997' or" in told
    assert "'mauder-2013'" in told
    assert "high_frequency" not in "\n".join(untried(site, in_situ=True))
    kept = make_site(condense={"period": 5.0, "high_pass": "running-mean"})
    assert "'running-mean'" not in "\n".join(untried(kept))
    names = set(alternatives(site, in_situ=True))
    tried = {name for name in alternatives(kept) if "running-mean" in name}
    assert tried
    assert not tried & names


def test_moments_of_another_programs_way_are_enough():
    """They hold no correlations of scalars, on which errors of ours rest."""
    theirs_way = make_site(condense={"period": 5.0}, decide={"arithmetic": "eddypro-6"})
    raw = dataset(*(seen(air(k, n=3000), yaw=40.0 + 50.0 * k, pitch=2.0) for k in range(4)))
    moments = chain.condense(raw, theirs_way)
    assert "t_sonic_h2o_correlation" not in moments
    theirs = chain.decide(moments, with_decisions(theirs_way, {"detrending": "linear"}))
    (step,) = attribute([moments], theirs_way, theirs)
    assert step[0].decision == "detrending = 'linear'"
    assert "arithmetic = 'fluxkit'" in {e.decision for e in step}
