"""Fits recover what was planted, and survive bad points."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import least_squares

from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.closures.points import FLAGS, usable_points
from fluxkit.chamber.fits import fits
from fluxkit.chamber.fits.models import MODELS
from fluxkit.chamber.synthetic.closures import make_closures

DURATION = 180.0


def planted(count=400, **keywords):
    made = make_closures(count, **{"seed": 3, **keywords})
    return Batch(made.t, made.c, made.offsets), made


def covered(fit, truth):
    return np.mean((fit.slope_low <= truth) & (truth <= fit.slope_high))


@pytest.mark.parametrize("bend", [0.0, 0.3, 1.0, 2.0, -0.7])
def test_exponentials_without_noise_are_exact(bend):
    batch, made = planted(3, noise=0.0, slope=1e-7, feedback=bend / DURATION)
    fit = fits.fit_hm(batch)
    assert fit.slope == pytest.approx(made.slope, rel=1e-8)
    assert fit.shape == pytest.approx(made.kappa, rel=1e-6, abs=1e-9)
    assert fit.c0 == pytest.approx(400e-6, rel=1e-12)


@pytest.mark.parametrize(
    ("bend", "rho"), [(0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (1.0, 0.5), (1.3, 0.0), (0.5, 0.7)]
)
def test_exponentials_cover_the_truth(bend, rho):
    batch, made = planted(1500, feedback=bend / DURATION, rho=rho)
    fit = fits.fit_hm(batch)
    share, bias = covered(fit, made.slope), np.mean(fit.slope / made.slope) - 1
    print(
        f"\nbend {bend}, rho {rho}: coverage {share:.3f}, bias {bias:+.3%}, mean rho found "
        f"{fit.rho.mean():.3f}"
    )
    assert 0.93 <= share <= 0.97
    assert abs(bias) < 0.01


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("model", ["linear", "robust"])
def test_lines_cover_the_truth(model, rho):
    batch, made = planted(1500, rho=rho)
    fit = fits.fit_all(batch, [model])[model]
    share = covered(fit, made.slope)
    plain = np.mean(np.abs(fit.slope - made.slope) < 1.96 * fit.slope_se_white)
    print(f"\n{model}, rho {rho}: coverage {share:.3f}; taken as independent {plain:.3f}")
    assert 0.925 <= share <= 0.97
    if rho >= 0.5:
        assert plain < 0.8


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "keywords", [{"feedback": 1 / 180, "quantum": 5e-7}, {"feedback": 0.7 / 180, "leak": 0.5 / 180}]
)
def test_many_exponentials_cover_the_truth(keywords, seed):
    batch, made = planted(5000, **keywords, seed=seed)
    fit = fits.fit_hm(batch)
    share, bias = covered(fit, made.slope), np.mean(fit.slope / made.slope) - 1
    print(f"\n{keywords}: coverage {share:.4f}, bias {bias:+.3%}")
    assert 0.94 <= share <= 0.965
    assert abs(bias) < 0.01


@pytest.mark.parametrize("noise", [2e-7, 2e-6])
def test_intervals_are_those_of_the_profile(noise):
    """Limits of the slope against a search with the slope held."""
    batch, _ = planted(12, feedback=1.5 / DURATION, noise=noise, seed=8)
    fit = fits.fit_hm(batch, curvature=(-10.0, 30.0))
    assert np.all(fit.status == 0)
    for k in range(len(batch)):
        t, c = batch.part(k)
        found = []
        for held in (fit.slope_low[k], fit.slope_high[k]):

            def residuals(p, t=t, c=c, held=held):
                kappa = p[1] / DURATION
                return (c - p[0] * 1e-6 - held * (-np.expm1(-kappa * t) / kappa)) * 1e6

            best = least_squares(residuals, [400.0, 1.5], xtol=1e-14, ftol=1e-14, gtol=1e-14)
            found.append(2 * best.cost / (fit.rss[k] * 1e12) - 1)
        wider = (fit.slope_se[k] / fit.slope_se_white[k]) ** 2
        wanted = wider * stats.t.ppf(0.975, fit.n_eff[k] - 3) ** 2 / (fit.n[k] - 3)
        assert found == pytest.approx([wanted, wanted], rel=2e-3)


def test_the_error_of_the_exponential_is_that_of_the_linearised_problem():
    batch, _ = planted(1, feedback=1.0 / DURATION, seed=5)
    fit = fits.fit_hm(batch)
    t, c = batch.part(0)

    def residuals(p):
        return (c - p[0] * 1e-6 - p[1] * 1e-7 * -np.expm1(-p[2] * t / DURATION) / (p[2] / DURATION)) * 1e6

    best = least_squares(residuals, [400, 1, 1.0], xtol=1e-15, ftol=1e-15, gtol=1e-15)
    covariance = np.linalg.inv(best.jac.T @ best.jac) * 2 * best.cost / (t.size - 3)
    assert fit.slope[0] == pytest.approx(best.x[1] * 1e-7, rel=1e-6)
    assert fit.slope_se_white[0] == pytest.approx(np.sqrt(covariance[1, 1]) * 1e-7, rel=1e-4)
    assert fit.shape_se[0] == pytest.approx(np.sqrt(covariance[2, 2]) / DURATION, rel=1e-4)


def test_a_known_start_moves_the_slope_to_where_the_curve_meets_it():
    """Dead band cut off: time begins 20 s late, the start is that at closing."""
    made = make_closures(2, noise=0.0, feedback=1.2 / DURATION, slope=1e-7)
    batch = Batch.of([t[20:] - 15.0 for t in made.times], [c[20:] for c in made.values])
    fit = fits.fit_licor(batch, start=np.full(2, 400e-6))
    assert fit.t0 == pytest.approx([-15.0, -15.0], abs=1e-6)
    assert fit.slope == pytest.approx(made.slope, rel=1e-7)
    never = fits.fit_licor(batch, start=np.full(2, 1.0))
    assert np.all(never.status & fits.STATUS["no_crossing"] > 0)


def test_an_exponential_and_a_line_together():
    t = np.arange(0.0, 181.0)
    c = 400e-6 + 2e-8 * t + 5e-6 * -np.expm1(-t / 40.0)
    fit = fits.fit_zhao(Batch.of([t], [c]))
    assert fit.slope[0] == pytest.approx(2e-8 + 5e-6 / 40, rel=1e-6)
    assert fit.shape[0] == pytest.approx(1 / 40, rel=1e-6)
    assert fit.extra[0] == pytest.approx(2e-8, rel=1e-5)
    moved = fits.fit_zhao(Batch.of([t[10:] - 10], [c[10:]]), start=np.array([400e-6]))
    assert moved.t0[0] == pytest.approx(-10.0, abs=1e-4)
    assert moved.slope[0] == pytest.approx(2e-8 + 5e-6 / 40, rel=1e-5)


def test_diffusion_from_below():
    from scipy.special import erfcx

    t = np.arange(0.0, 601.0, 5.0)
    tau = 900.0
    c = 2e-6 + 3e-9 * tau * (2 * np.sqrt(t / np.pi / tau) + erfcx(np.sqrt(t / tau)) - 1)
    fit = fits.fit_ndfe(Batch.of([t], [c]))
    assert fit.slope[0] == pytest.approx(3e-9, rel=1e-6)
    assert fit.shape[0] == pytest.approx(1 / tau, rel=1e-6)


def test_three_points_of_an_exponential_are_exact():
    t = np.array([0.0, 600.0, 1200.0])
    fit = fits.fit_three_point(
        Batch.of([t, t], [2e-6 - 1e-6 * np.expm1(-t / 800), 2e-6 + 1e-6 * np.expm1(t / 800)])
    )
    assert fit.slope[0] == pytest.approx(1e-6 / 800, rel=1e-9)
    assert np.isnan(fit.slope[1])


@given(st.integers(0, 10_000), st.floats(1e-9, 1e3), st.floats(-1e3, 1e3), st.floats(0.1, 100.0))
def test_units_and_zero_do_not_matter(seed, scale, shift, stretch):
    batch, _ = planted(1, feedback=0.8 / DURATION, seed=seed, duration=60.0)
    plain = fits.fit_hm(batch)
    other = fits.fit_hm(Batch(batch.t * stretch, (batch.c * 1e6 + shift) * scale, batch.offsets))
    assert other.slope[0] == pytest.approx(plain.slope[0] * 1e6 * scale / stretch, rel=1e-5, abs=1e-9 * scale)
    assert other.rss[0] == pytest.approx(plain.rss[0] * (1e6 * scale) ** 2, rel=1e-7)


@given(st.lists(st.tuples(st.integers(0, 20), st.floats(-1e3, 1e3, width=32)), min_size=4, max_size=30))
def test_a_curve_is_never_worse_than_its_straight_limit(points):
    t, c = (np.array(values, float) for values in zip(*sorted(points), strict=True))
    found = fits.fit_all(Batch.of([t], [c]), ("linear", "quadratic", "hm", "ndfe", "zhao"))
    slack = 1 + 1e-9
    tiny = 1e-20 * np.sum(c * c)
    for curve, straight in (
        ("hm", "linear"),
        ("ndfe", "linear"),
        ("quadratic", "linear"),
        ("zhao", "quadratic"),
    ):
        if np.isfinite(found[curve].rss[0]):
            assert found[curve].rss[0] <= found[straight].rss[0] * slack + tiny


def test_bad_closures_stop_none():
    good = np.arange(60.0)
    rise = 400e-6 + 1e-7 * good + 1e-7 * np.sin(good)
    late = np.where(good == 10, 5.0, good)
    holes = np.where(good % 2 == 0, np.nan, rise)
    cases = [
        (good, rise), (good[:0], rise[:0]), (good[:2], rise[:2]), (np.zeros(9), rise[:9]),
        (good, np.full(60, 4e-4)),
        (late, rise), (good, holes), (np.repeat(good[:30], 2), rise), (good, np.full(60, np.nan)),
        (good[:1], rise[:1]),
    ]  # fmt: skip
    batch = Batch.of(*zip(*cases, strict=True))
    start = np.full(len(batch), 400e-6)
    found = fits.fit_all(batch, MODELS, start=start)
    for model, fit in found.items():
        few = (fit.status & (fits.STATUS["too_few_points"] | fits.STATUS["no_time"])) > 0
        assert np.all(few[[1, 3, 8, 9]]), model
        assert np.all(np.isnan(fit.slope[few])), model
        if model != "three-point":
            assert np.all(np.isfinite(fit.slope[[0, 4, 5, 6, 7]])), model
            assert fit.slope[4] == 0.0
            assert fit.status[4] & fits.STATUS["constant"]
    alone = fits.fit_hm(Batch.of([good], [rise]))
    assert found["hm"].slope[0] == alone.slope[0]
    points = usable_points(batch)
    assert points.lost.tolist() == [0, 0, 0, 0, 0, 0, 30, 0, 60, 0]
    assert points.flags[5] == FLAGS["unsorted_times"] | FLAGS["repeated_times"]
    assert points.flags[7] == FLAGS["repeated_times"]
    assert points.flags[6] == FLAGS["lost_values"]
    assert points.flags[4] & FLAGS["quantised"]


def test_order_of_points_does_not_matter():
    batch, _ = planted(2, feedback=1 / DURATION)
    rng = np.random.default_rng(0)
    parts = [batch.part(k) for k in range(2)]
    orders = [rng.permutation(t.size) for t, _ in parts]
    mixed = Batch.of(
        [t[o] for (t, _), o in zip(parts, orders, strict=True)],
        [c[o] for (_, c), o in zip(parts, orders, strict=True)],
    )
    assert np.array_equal(fits.fit_hm(mixed).slope, fits.fit_hm(batch).slope)


def test_an_unknown_model_is_named():
    with pytest.raises(ValueError, match=r"cubic.*known: linear"):
        fits.fit_all(planted(1)[0], ["cubic"])
    with pytest.raises(ValueError, match="give start"):
        fits.fit_all(planted(1)[0], ["licor"])


def test_times_before_the_start_are_taken_as_they_are():
    """A window that begins at -60 s: curves still have their slope at t = 0."""
    t = np.arange(-60.0, 61.0)
    kappa = 0.8 / 60
    batch = Batch.of(
        [t, t - 60.0], [4e-4 - 1e-5 * np.expm1(-kappa * t), 4e-4 - 1e-5 * np.expm1(-kappa * (t - 60.0))]
    )
    found = fits.fit_all(batch, ("quadratic", "hm", "ndfe"))
    assert found["hm"].slope == pytest.approx([1e-5 * kappa, 1e-5 * kappa], rel=1e-7)
    assert found["hm"].shape == pytest.approx([kappa, kappa], rel=1e-6)
    assert np.all(np.isnan(found["ndfe"].slope))
    assert np.all(found["ndfe"].status == fits.STATUS["before_start"])
