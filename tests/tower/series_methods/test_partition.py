"""Partition of fluxes: two sources mixed in known shares are told apart."""

import numpy as np
import pytest

from fluxkit.kernels import quadrants
from fluxkit.physics import water_use
from fluxkit.tower.series_methods import partition

N = 200_000


def two_sources(seed=0, *, transpiration=0.7, respiration=0.3, efficiency=-2e-3):
    """w, q, c of separate eddies from leaves and from the ground; the true shares."""
    rng = np.random.default_rng(seed)
    from_leaves = rng.random(N) < 0.5
    w = rng.standard_normal(N)
    strength = w + 0.3 * rng.standard_normal(N)
    leaves = np.where(from_leaves, strength, 0.0) - np.mean(np.where(from_leaves, strength, 0.0))
    ground = np.where(from_leaves, 0.0, strength) - np.mean(np.where(from_leaves, 0.0, strength))
    q = transpiration * leaves + (1 - transpiration) * ground
    c = efficiency * transpiration * leaves - efficiency * respiration * ground
    flux = {"t": np.mean(w * transpiration * leaves), "e": np.mean(w * (1 - transpiration) * ground)}
    flux |= {"p": efficiency * flux["t"], "r": np.mean(-w * efficiency * respiration * ground)}
    return w, q, c, flux["t"] / (flux["t"] + flux["e"]), flux["p"] / (flux["p"] + flux["r"])


def sums(w, q, c, threshold=0.25):
    return quadrants.sums(w, q, c, threshold)[None]


def test_sums_are_those_of_masks():
    rng = np.random.default_rng(1)
    w, q, c = rng.standard_normal((3, 5000)) + 3.0
    w[::50] = np.nan
    q[::70] = np.nan
    s = partition.named_sums(sums(w, q, c))
    ok = ~np.isnan(w + q + c)
    a, b, d = (x[ok] - x[ok].mean() for x in (w, q, c))
    up = a > 0
    strong = up & (np.abs(b * d) > 0.25 * b.std() * d.std())
    expected = {
        "n": ok.sum(), "ww": (a * a).sum(), "qc": (b * d).sum(), "n_up": up.sum(), "w_down": a[a < 0].sum(),
        "n_ground": (up & (b > 0) & (d > 0)).sum(), "wq_plant": (a * b)[up & (b > 0) & (d < 0)].sum(),
        "wc_ground": (a * d)[up & (b > 0) & (d > 0)].sum(), "n_strong": strong.sum(),
        "c_strong_ground": d[strong & (b > 0) & (d > 0)].sum(),
    }  # fmt: skip
    for name, value in expected.items():
        assert s[name][0] == pytest.approx(value, rel=1e-11), name


def test_conditional_eddy_covariance_finds_eddies_of_either_source():
    w, q, c, water, carbon = two_sources()
    found = partition.conditional_eddy_covariance(sums(w, q, c))
    assert found.test[0] == partition.SOLVED
    assert found.water[0] == pytest.approx(water, abs=0.01)
    assert found.carbon[0] == pytest.approx(carbon, rel=0.03)


def test_relaxed_accumulation_counts_what_rises():
    """As published it takes the ground's signal from rising air alone: half of a flux that sinks as well."""
    w, q, c, water, carbon = two_sources()
    found = partition.modified_relaxed_eddy_accumulation(sums(w, q, c, 0.0))
    assert found.test[0] == partition.SOLVED
    assert 1 - found.water[0] == pytest.approx((1 - water) / 2, rel=0.05)
    assert 1 - found.carbon[0] == pytest.approx((1 - carbon) / 2, rel=0.05)


def test_relaxed_accumulation_by_hand():
    """beta = sigma / (1 + 1) of w = +-1; one of two rising samples is of the ground."""
    w = np.array([1.0, 1.0, -1.0, -1.0] * 25)
    q = np.array([1.0, 2.0, -1.0, -2.0] * 25)
    c = np.array([1.0, -4.0, -1.0, 4.0] * 25)
    found = partition.modified_relaxed_eddy_accumulation(sums(w, q, c, 0.0))
    assert found.water[0] == pytest.approx(1 - 0.5 * (1.0 / 2) / 1.5)
    assert found.carbon[0] == pytest.approx(1 - 0.5 * (1.0 / 2) / -1.5)


def made_moments(*, A=1.25, B=0.6, W=-3e-3, flux=1e-4, X=4e-12, rho=-0.4):
    """Second moments of two sources that obey the similarity assumptions exactly."""
    Z = X / rho**2
    m = {"wq": flux, "wc": B / A * W * flux}
    m["cc"] = X * (2 * B - 1) + Z * (B - 1) ** 2
    m["qq"] = (X * (2 * A - 1) + Z * (A - 1) ** 2) / W**2
    m["qc"] = (X * (A + B - 1) + Z * (A - 1) * (B - 1)) / W
    return {k: np.array([v]) for k, v in m.items()}


@pytest.mark.parametrize(("A", "B", "rho"), [(1.25, 0.6, -0.4), (2.0, 0.2, -0.8), (1.05, -0.5, -0.3)])
def test_flux_variance_similarity_inverts_its_assumptions(A, B, rho):
    m = made_moments(A=A, B=B, rho=rho)
    found = partition.flux_variance_similarity(m, np.array([-3e-3]))
    assert found.test[0] == partition.SOLVED
    assert found.water[0] == pytest.approx(1 / A, rel=1e-9)
    assert found.carbon[0] == pytest.approx(1 / B, rel=1e-9)


def test_flux_variance_similarity_gives_the_published_variance():
    """Scanlon et al. (2019) write the variance of c_p with the moments themselves."""
    m = {k: v[0] for k, v in made_moments().items()}
    W, sq, sc = -3e-3, np.sqrt(m["qq"]), np.sqrt(m["cc"])
    rho = m["qc"] / (sq * sc)
    top = (1 - rho**2) * m["qq"] * m["cc"] * W**2
    top *= m["qq"] * m["wc"] ** 2 - 2 * rho * sq * sc * m["wc"] * m["wq"] + m["cc"] * m["wq"] ** 2
    below = m["cc"] * m["wq"] + m["qq"] * m["wc"] * W - rho * sq * sc * (m["wc"] + m["wq"] * W)
    assert top / below**2 == pytest.approx(4e-12, rel=1e-9)


def test_shares_do_not_depend_on_units():
    w, q, c, *_ = two_sources(3)
    a = partition.conditional_eddy_covariance(sums(w, q, c))
    b = partition.conditional_eddy_covariance(sums(w + 2.0, 18.0 * q + 5.0, 44.0 * c))
    np.testing.assert_allclose([a.water, a.carbon], [b.water, b.carbon], rtol=1e-9)


def test_what_cannot_be_solved_says_why():
    w, q, c, *_ = two_sources()
    few = np.concatenate([sums(w, -np.abs(q) * np.sign(w), c), np.zeros((1, 23))])
    found = partition.conditional_eddy_covariance(few)
    assert found.test.tolist() == [partition.FEW_SAMPLES] * 2
    assert np.isnan(found.water).all()
    m = made_moments()
    assert partition.flux_variance_similarity(m, np.array([np.nan])).test[0] == partition.NO_EFFICIENCY
    m["wq"] = -m["wq"]
    assert partition.flux_variance_similarity(m, np.array([-3e-3])).test[0] == partition.NOT_PHYSICAL


def test_where_carbon_cancels_water_is_still_shared():
    w, q, c, water, _ = two_sources()
    s = sums(w, q, c)
    s[:, quadrants.NAMES.index("wc_ground")] = -0.9 * s[:, quadrants.NAMES.index("wc_plant")]
    found = partition.conditional_eddy_covariance(s)
    assert found.test[0] == partition.CANCELLING
    assert np.isnan(found.carbon[0])
    assert found.water[0] == pytest.approx(water, abs=0.01)


def test_efficiency_of_a_leaf():
    """c_a 400 ppm, c_i / c_a 0.7, deficit 15 mmol/mol: 120 / (1.6 * 15000) of carbon per water."""
    W = water_use.constant_ratio(np.array([4e-4]), np.array([0.015]), np.array([0.030]), ratio=0.7)
    assert W[0] == pytest.approx(-120e-6 / (1.6 * 0.015))
    assert np.isnan(water_use.constant_ratio(np.array([4e-4]), np.array([0.03]), np.array([0.03]), ratio=0.7))


def test_optimal_efficiency_is_of_the_same_size():
    m = made_moments()
    W = water_use.optimal(np.array([4e-4]), np.array([0.01]), np.array([0.03]), m)
    assert -2e-2 < W[0] < -1e-3


def test_profile_to_the_canopy_is_logarithmic():
    got = water_use.canopy_excess(
        np.array([1e-4]), np.array([0.4]), z=3.0, z0=0.05, zeta=np.array([0.0]), kappa=0.4
    )
    assert got[0] == pytest.approx(1e-4 / 0.16 * np.log(300.0))
