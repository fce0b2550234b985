"""One change point of all nights: planted thresholds, least squares by hand, no false alarms."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.ustar.pooled_nights import _change_point
from fluxkit.synthetic.half_hours import Site, known_budget
from tests.ecosystem.made_forest import forest


@pytest.mark.parametrize(
    ("seed", "site"),
    [
        (11, Site(threshold=0.15)),
        (12, Site(threshold=0.35, deciduous=0.8)),
        (13, Site(threshold=0.2, latitude=-37.0, longitude=146.0, utc_offset_h=10.0)),
    ],
)
def test_planted_thresholds_are_found_within_a_twentieth(seed: int, site: Site) -> None:
    """The loss is a root of the distance to the threshold there, neither a line nor a step."""
    t = fk.ecosystem.ustar_thresholds(known_budget(seed, years=1, site=site), bootstraps=20)
    assert t.attrs["method"] == "pooled-nights"
    assert abs(t["threshold"].item() - site.threshold) < 0.05
    low, high = t["quantiles"].sel(percentile=[5.0, 95.0]).values[:, 0]
    assert low < t["threshold"].item() < high < low + 0.05


def stepped(made: xr.Dataset, limit: float, share: float) -> xr.Dataset:
    """Lose a share of the night's flux below a limit, nothing above it."""
    noise = made["NEE"] - made["NEE_TRUE"] + made["NEE_LOST"]
    low = (made["USTAR"] < limit) & (made["SW_IN"] < 10.0)
    return made.assign(NEE=made["NEE_TRUE"] * (1.0 - share * low) + noise)


def test_a_step_is_found_where_it_is() -> None:
    made = known_budget(14, years=1)
    found = fk.ecosystem.ustar_thresholds(stepped(made, 0.3, 0.4))["threshold"].item()
    assert abs(found - 0.3) < 0.02


def test_without_a_loss_there_is_none() -> None:
    """Noise of a dozen seeds raises no alarm, and the reason is said."""
    made = known_budget(15, years=1)
    lossless = made["NEE"] + made["NEE_LOST"]
    random = np.random.default_rng(3)
    for _ in range(12):
        noise = random.laplace(0.0, 0.5, made.sizes["time"])
        t = fk.ecosystem.ustar_thresholds(made.assign(NEE=lossless + noise))
        assert np.isnan(t["threshold"].item())
        assert t["reason"].item() == "the flux does not fall with u*"


@pytest.mark.parametrize("step", [False, True])
def test_it_is_the_best_of_all_least_squares(step: bool) -> None:
    """Every trial fitted by itself, line and step, gives the same threshold."""
    random = np.random.default_rng(5)
    n = 400
    ustar = np.sort(random.weibull(1.6, n) * 0.4)
    expected = random.uniform(1.0, 5.0, n)
    copies = random.integers(1, 3, n).astype(np.float64)
    lost = 0.5 * (ustar < 0.3) if step else 0.7 * np.maximum(1.0 - ustar / 0.3, 0.0)
    nee = expected * (1.0 - lost) + random.normal(0.0, 0.4, n)
    found, why = _change_point(nee, expected, ustar, copies)
    root = np.sqrt(copies) / (np.median(expected) + expected)
    best = (np.inf, np.nan)
    for place in np.unique(np.linspace(0.03 * n, 0.9 * n, 150).astype(int)):
        at = ustar[place]
        for z in (np.maximum(1.0 - ustar / at, 0.0), (ustar < at).astype(float)):
            design = np.stack([expected, expected * z], axis=1) * root[:, None]
            _, left, _, _ = np.linalg.lstsq(design, nee * root, rcond=None)
            best = min(best, (float(left[0]), at))
    assert why == ""
    assert found == pytest.approx(best[1])
    assert abs(found - 0.3) < 0.06


def test_units_of_the_flux_do_not_matter() -> None:
    made = known_budget(16, years=1, site=replace(Site(), threshold=0.25))
    found = [
        fk.ecosystem.ustar_thresholds(made.assign(NEE=factor * made["NEE"]))["threshold"].item()
        for factor in (1.0, 0.012)
    ]
    assert found[0] == found[1]


def test_a_year_does_not_depend_on_others() -> None:
    both = forest(days=730, noise=0.3)
    alone = both.sel(time=slice(None, "2019-11-30"))
    t, one = (fk.ecosystem.ustar_thresholds(ds, bootstraps=5, seed=4) for ds in (both, alone))
    np.testing.assert_array_equal(
        t["bootstrap_threshold"].sel(year=2019), one["bootstrap_threshold"].sel(year=2019)
    )


def test_equal_u_star_tells_nothing() -> None:
    ds = forest(noise=0.3)
    t = fk.ecosystem.ustar_thresholds(ds.assign(USTAR=xr.full_like(ds["USTAR"], 0.15)), bootstraps=3)
    assert np.isnan(t["threshold"].item())
    assert t["reason"].item() == "no plateau"
