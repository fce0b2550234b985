import numpy as np
import pytest
import xarray as xr
from scipy.signal import lfilter

from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.fits.choice import choose_fits
from fluxkit.chamber.fits.fits import fit_all
from fluxkit.chamber.seasons.summaries import mean_of, model_table, pseudo_median, summarise


def test_equal_weights_are_the_plain_mean():
    y = np.array([1.0, 2.0, 4.0, np.nan])
    found = mean_of(y, weights="equal")
    assert (found.n, found.mean) == (3, pytest.approx(7 / 3))
    assert found.se == pytest.approx(np.std(y[:3], ddof=1) / np.sqrt(3))
    low, high = found.interval()
    assert (high - low) / 2 / found.se == pytest.approx(4.3027, abs=1e-4)  # t of 2 degrees of freedom


def test_inverse_variance_is_the_textbook_mean():
    found = mean_of(np.array([1.0, 3.0]), np.array([1.0, 2.0]), weights="inverse-variance")
    assert found.mean == pytest.approx((1 + 3 / 4) / 1.25)
    assert found.se == pytest.approx(1 / np.sqrt(1.25))


def test_random_effects_part_measurement_from_differences():
    rng = np.random.default_rng(4)
    plots = 10 + 2.0 * rng.standard_normal(4000)
    se = rng.uniform(0.2, 3.0, 4000)
    found = mean_of(plots + se * rng.standard_normal(4000), se, weights="random-effects")
    assert found.between == pytest.approx(2.0, rel=0.05)
    assert found.mean == pytest.approx(10.0, abs=4 * found.se)
    assert found.within == pytest.approx(np.sqrt(np.mean(se**2)))


@pytest.mark.parametrize("between", [0.0, 1.0])
def test_the_interval_holds_the_truth_as_often_as_it_says(between):
    rng, held = np.random.default_rng(9), 0
    for _ in range(600):
        se = rng.uniform(0.3, 1.0, 6)
        y = 5 + between * rng.standard_normal(6) + se * rng.standard_normal(6)
        low, high = mean_of(y, se, weights="random-effects").interval()
        held += low <= 5 <= high
    print(f"between {between}: {held / 6:.1f} % of 95 % intervals hold the truth")
    assert held / 600 > 0.93


def test_a_lone_flux_is_as_sure_as_it_was_measured():
    found = mean_of(np.array([2.0]), np.array([0.5]))
    assert (found.mean, found.se) == (2.0, 0.5)
    assert np.isnan(mean_of(np.array([2.0])).interval()[0])
    assert mean_of(np.array([np.nan])).n == 0
    with pytest.raises(ValueError, match="known: robust"):
        mean_of(np.ones(3), weights="best")


def test_a_broken_closure_hardly_moves_a_mean():
    y = np.array([1.0, 1.2, 0.9, 1.1, 1.0, 153.0])
    assert mean_of(y, np.full(6, 0.1)).mean == pytest.approx(1.05, abs=0.06)
    # Two points of a broken analyser have no error: nothing tells that they were measured well.
    assert mean_of(y, np.array([0.1] * 5 + [np.nan])).n == 5
    for weights in ("equal", "random-effects", "inverse-variance"):
        found = mean_of(y, np.array([0.1] * 5 + [np.nan]), weights=weights)
        assert found.mean == pytest.approx(1.04, abs=0.03)


def test_the_pseudo_median_is_that_of_all_pairs():
    rng = np.random.default_rng(1)
    for size in (1, 2, 3, 6, 7, 399):
        y = rng.standard_normal(size)
        first, second = np.triu_indices(size)
        assert pseudo_median(y) == pytest.approx(np.median((y[first] + y[second]) / 2), abs=1e-12)
    many = mean_of(2.0 + rng.standard_normal(20_000))
    assert many.mean == pytest.approx(2.0, abs=4 * many.se)
    assert many.se == pytest.approx(1 / np.sqrt(20_000), rel=0.4)


def test_two_point_closures_do_not_make_a_mean():
    made = fluxes()
    made["flux"][8, 0], made["flux_se"][8, 0] = 1e4, np.nan
    wet = summarise(made, ["treatment"]).set_index(["gas", "treatment"]).loc[("co2", "wet")]
    assert wet["mean"] == pytest.approx(2.0, abs=0.06)
    assert wet["n_closures"] == 9


@pytest.mark.parametrize(
    ("bent", "rho", "ratio"),
    [(0.0, 0.0, 5.0), (0.0, 0.6, 5.0), (1.0, 0.0, 3.0), (1.0, 0.6, 50.0), (2.0, 0.0, 5.0), (2.0, 0.6, 10.0)],
)
def test_the_mean_is_the_planted_one_whatever_the_noise_chose(bent, rho, ratio):
    """100 treatments of 4 plots with 6 closures each; rise over noise, curvature and AR(1) are planted."""
    sites, plots, times = 100, 4, 6
    size, rng = sites * plots * times, np.random.default_rng(3)
    t = np.arange(0.0, 182.0, 2.0)
    plot = np.repeat(np.arange(sites * plots), times)
    slope = (1 + 0.2 * rng.standard_normal(sites * plots))[plot] / t[-1]
    kappa = bent / t[-1]
    rise = slope[:, None] * (t if bent == 0 else (1 - np.exp(-kappa * t)) / kappa)
    noise = lfilter([np.sqrt(1 - rho**2)], [1, -rho], rng.standard_normal((size, t.size + 100)), axis=1)
    made = fit_all(Batch.of([t] * size, list(400 + rise + noise[:, 100:] / ratio)), ("linear", "hm"))
    chosen = choose_fits(made, rule="aicc")
    both = np.stack([made["linear"].slope, made["hm"].slope])[:, :, None]
    table = summarise(
        xr.Dataset(
            {
                "flux": (("closure", "gas"), chosen.slope[:, None] * t[-1]),
                "flux_se": (("closure", "gas"), chosen.slope_se[:, None] * t[-1]),
                "model": (("closure", "gas"), chosen.model[:, None]),
                "fit_flux": (("fit", "closure", "gas"), both * t[-1]),
                "start": ("closure", np.full(size, np.datetime64("2026-05-01", "ns"))),
                "plot": ("closure", plot.astype(str)),
                "treatment": ("closure", plot // plots),
            },
            {"closure": np.arange(size), "gas": ["co2"], "fit": ["linear", "hm"]},
        )
    )
    bias = table["mean"].mean() - 1
    held = ((table["low"] <= 1) & (table["high"] >= 1)).mean()
    print(
        f"kappa T {bent}, AR {rho}, rise/noise {ratio}: bias {100 * bias:+.1f} %, covers {100 * held:.0f} %"
    )
    # The mean of 100 treatments is itself uncertain.
    assert abs(bias) < 0.03 + 2 * table["mean"].std() / np.sqrt(sites)
    assert 0.9 <= held <= 1.0


def fluxes() -> xr.Dataset:
    """Two plots of each of two treatments, unevenly often measured."""
    plot = np.array(["a"] * 8 + ["b"] * 2 + ["c"] * 2 + ["d"] * 2)
    treatment = np.where(np.isin(plot, ["a", "b"]), "wet", "dry")
    co2 = np.where(plot == "a", 1.0, 3.0) + np.tile([0.1, -0.1], 7)
    start = np.datetime64("2026-05-01T10:00", "ns") + np.arange(14) * np.timedelta64(86400, "s") * 5
    return xr.Dataset(
        {
            "flux": (("closure", "gas"), np.stack([co2, 10 * co2], axis=1)),
            "flux_se": (("closure", "gas"), np.full((14, 2), 0.1)),
            "start": ("closure", start),
            "plot": ("closure", plot),
            "treatment": ("closure", treatment),
        },
        {"closure": [f"c{k}" for k in range(14)], "gas": ["co2", "ch4"]},
    )


def test_plots_are_replicates_and_closures_are_not():
    table = summarise(fluxes(), ["treatment"]).set_index(["gas", "treatment"])
    wet = table.loc[("co2", "wet")]
    assert wet["mean"] == pytest.approx(2.0, abs=0.01)  # not 1.4, the mean of closures
    assert (wet["n_plots"], wet["n_closures"]) == (2, 10)
    assert wet["se"] == pytest.approx(1.0, rel=0.05)
    assert summarise(fluxes(), ["treatment"], unit=None, weights="equal").set_index(["gas", "treatment"]).loc[
        ("ch4", "wet"), "mean"
    ] == pytest.approx(14.0, abs=0.3)


def test_days_and_campaigns_are_made_from_times():
    assert len(summarise(fluxes(), ["day"])) == 28
    assert len(summarise(fluxes(), ["campaign"], gap_days=6)) == 2
    assert len(summarise(fluxes(), [])) == 2
    with pytest.raises(KeyError, match="no 'block' to group by; they have closure, gas"):
        summarise(fluxes(), ["block"])


def test_discarded_fluxes_are_left_out():
    made = fluxes()
    made["discarded"] = (("closure", "gas"), np.zeros((14, 2), bool))
    made["discarded"][:8, 0] = True
    table = summarise(made, ["treatment"]).set_index(["gas", "treatment"])
    assert table.loc[("co2", "wet"), "mean"] == pytest.approx(3.0)
    assert table.loc[("ch4", "wet"), "n_closures"] == 10


def test_the_table_for_mixed_models_is_long_and_complete():
    table = model_table(fluxes(), gap_days=6)
    assert len(table) == 28
    assert {
        "closure",
        "gas",
        "flux",
        "flux_se",
        "weight",
        "plot",
        "treatment",
        "day",
        "hour",
        "campaign",
    } <= set(table)
    assert table.groupby("gas")["weight"].mean().to_numpy() == pytest.approx([1.0, 1.0])
    assert table["hour"].unique() == pytest.approx([10.0])
