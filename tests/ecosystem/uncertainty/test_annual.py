"""Annual sums: each class in its own way, and the truth inside the interval."""

import numpy as np
import pytest
import xarray as xr
from scipy.signal import lfilter

import fluxkit as fk
from fluxkit.ecosystem.uncertainty.members import members_of
from fluxkit.synthetic.half_hours import Site, known_budget
from tests.ecosystem.made_forest import forest, with_gaps

DAY = 48
G = 12.011e-6 * 1800.0


def filled_year(**more):
    """A year of ones, the second and the third quarter of which are one gap each, with a day between."""
    n = 365 * DAY
    time = np.datetime64("2021-01-01", "ns") + np.arange(n) * np.timedelta64(30, "m")
    quality = np.zeros(n)
    quality[100 * DAY : 110 * DAY] = 1
    quality[111 * DAY : 131 * DAY] = 1
    one = np.ones(n)
    columns = {
        "NEE_F": one, "NEE_F_QC": quality, "NEE_F_SD": 2.0 * one, "NEE_F_ALL": one,
        "NEE_RANDUNC": 2.0 * one, "NEE_F_GAP_SD": 0.5 * one, "NEE_F_COMMON_SD": 0.1 * one, **more,
    }  # fmt: skip
    return xr.Dataset({key: ("time", value) for key, value in columns.items()}, {"time": time})


def part(y, name, variable="NEE"):
    return float(y.parts.sel(part=name, variable=variable).squeeze())


def test_each_class_in_its_own_way():
    y = fk.ecosystem.annual(filled_year(), systematic={"calibration": 0.05})
    n, long, short = 365 * DAY, 20 * DAY, 10 * DAY
    assert float(y.value.squeeze()) == pytest.approx(n * G)
    assert part(y, "noise") == pytest.approx(2.0 * np.sqrt(n - long - short) * G)
    assert part(y, "gaps") == pytest.approx(0.5 * np.hypot(long, short) * G)
    assert part(y, "filling") == pytest.approx(0.1 * (long + short) * G)
    assert part(y, "calibration") == pytest.approx(0.05 * n * G)
    assert float(y.systematic.squeeze()) == pytest.approx(
        np.sqrt(part(y, "gaps") ** 2 + part(y, "filling") ** 2 + part(y, "calibration") ** 2)
    )
    assert float(y.ensemble.squeeze()) == 0.0


def test_members_are_summed_first():
    """Members apart by a constant: sums are apart by as much times the records, whatever the noise."""
    base = filled_year()
    members = base.NEE_F.values + np.array([[0.0], [-0.2], [0.2]])
    p = base.assign(NEE=(("member", "time"), members)).assign_coords(
        factor=("member", ["reference", "ustar", "ustar"]), label=("member", list("abc")),
        weight=("member", [1.0, 1.0, 1.0]), pair=("member", [-1, -1, -1]),
    )  # fmt: skip
    y = fk.ecosystem.annual(p)
    assert float(y.ensemble.squeeze()) == pytest.approx(0.2 * np.sqrt(2.0) * 365 * DAY * G)
    assert float(y.upper.squeeze() - y.lower.squeeze()) > 2.0 * 2.0 * float(y.ensemble.squeeze())
    assert "gap" in y.reddyproc.attrs["comment"]
    assert "quadrature" in y.oneflux.attrs["comment"]


@pytest.mark.parametrize(("kind", "apart"), [("VUT", 0.2), ("CUT", 0.1)])
def test_members_of_thresholds_that_were_kept_are_those_of_one_kind(kind, apart):
    base = filled_year()
    kept = base.NEE_F.values + np.array([0.2, 0.1])[:, None, None] * np.array([-1.0, 1.0])[:, None]
    ds = base.assign(NEE_F_USTAR=(("variant", "ustar_percentile", "time"), kept))
    members = members_of(ds.assign_coords(variant=["VUT", "CUT"], ustar_percentile=[16.0, 84.0]), kind=kind)
    assert members["factor"].values.tolist() == ["reference", "ustar", "ustar"]
    np.testing.assert_allclose(members["NEE"].mean("time"), [1.0, 1.0 - apart, 1.0 + apart])


def test_a_year_with_open_gaps_has_no_sum():
    base = filled_year()
    y = fk.ecosystem.annual(base.assign(NEE_F=base.NEE_F.where(np.arange(365 * DAY) != 700)))
    assert np.isnan(y.value.squeeze())
    assert np.isnan(y.upper.squeeze())


def test_the_edge_of_a_year_is_no_year():
    base = filled_year()
    early = base.assign_coords(time=base.time - np.timedelta64(1, "h"))
    assert fk.ecosystem.annual(early).year.values.tolist() == [2021]


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_what_no_half_of_the_days_shows_is_in_the_interval(seed):
    """Respiration follows soil that lags by five days: between night and day it does not follow the air."""
    made = forest(seed=seed, noise=0.3)
    soil = lfilter([1.0 / 240.0], [1.0, 1.0 / 240.0 - 1.0], made.TA.values - 10.0) + 10.0
    reco = 2.5 * np.exp(0.07 * (soil - 10.0))
    change = reco - 2.5 * np.exp(0.05 * (made.TA.values - 10.0))
    ds = fk.ecosystem.fill_drivers(with_gaps(made.assign(NEE=made.NEE + change), 0.4))
    truth = float(reco.sum()) * G
    off, half_width = [], []
    for members in ({"draws": 30}, {"draws": 0}):
        e = fk.ecosystem.ensemble(ds, 0.25, filling={"method": "mds"}, day=(), **members)
        y = fk.ecosystem.annual(e).sel(variable="RECO_NT").squeeze()
        off.append(abs(float(y.value) - truth))
        half_width.append(float(y.upper - y.value))
    assert half_width[1] < off[0] < half_width[0]
    assert off[0] == off[1]


def budget_of(seed, site, **keywords):
    made = known_budget(seed, site=site)
    ds = fk.ecosystem.fill_drivers(made)
    thresholds = fk.ecosystem.ustar_thresholds(ds, bootstraps=20, seed=1)
    return made, fk.ecosystem.annual(fk.ecosystem.ensemble(ds, thresholds, **keywords))


def inside(made, y, variables):
    year = fk.ecosystem.HalfHours.of(made).year
    found = []
    for variable in variables:
        truth = made[f"{variable.split('_')[0]}_TRUE"].values
        for one in y.year.values:
            row = y.sel(variable=variable, year=one)
            found.append(bool(row.lower <= np.sum(truth[year == one]) * G <= row.upper))
    return found


def test_truth_of_a_made_site_lies_inside():
    made, y = budget_of(31, Site(long_gaps=(10.0, 20.0)), day=(), pairs=3, filling={"folds": 4})
    assert y.variable.values.tolist() == ["NEE", "GPP_NT", "RECO_NT"]
    assert sum(inside(made, y, y.variable.values)) >= 5
    assert (y.upper - y.lower).max() < 250.0


@pytest.mark.slow
def test_coverage_over_made_sites():
    """Nine in ten of all figures over six sites of different climate and thresholds."""
    sites = [
        Site(),
        Site(deciduous=0.8, capacity=12.0),
        Site(latitude=44.0, longitude=0.0, utc_offset_h=0.0, mean_temperature=13.0, threshold=0.25),
        Site(latitude=61.0, mean_temperature=4.0, seasonal_range=11.0, capacity=7.0, threshold=0.15),
    ]
    found = []
    for seed in range(6):
        made, y = budget_of(200 + seed, sites[seed % 4], day=())
        found += inside(made, y, ("NEE", "GPP_NT", "RECO_NT"))
    assert np.mean(found) >= 0.9


def test_uptake_and_respiration_have_no_interval_without_members():
    """How partitioning errs is told by members alone: without them nothing is claimed, and it is said."""
    ds = known_budget(3, years=1)
    o = fk.ecosystem.fill(fk.ecosystem.fill_drivers(ds), "NEE", method="mds")
    y = fk.ecosystem.annual(fk.ecosystem.partition(o))
    assert np.isfinite(y.sel(variable="NEE").lower).all()
    assert np.isfinite(y.value).all()
    parted = y.sel(variable=["GPP_NT", "RECO_NT"])
    assert np.isnan(parted.lower).all()
    assert np.isnan(parted.upper).all()
    assert "ensemble" in y.attrs["comment"]


def test_members_of_half_hours_are_those_of_the_kind_that_is_asked_for() -> None:
    n = 48 * 20
    time = np.datetime64("2020-06-01", "ns") + np.arange(n) * np.timedelta64(30, "m")
    offsets = np.array([[0.0, 1.0, 2.0], [10.0, 11.0, 12.0]])
    ds = xr.Dataset(
        {
            "NEE_F": ("time", np.zeros(n)),
            "NEE_F_USTAR": (
                ("variant", "ustar_percentile", "time"),
                offsets[..., None] * np.ones(n),
            ),
        },
        {"time": time, "variant": ["VUT", "CUT"], "ustar_percentile": [5.0, 50.0, 95.0]},
    )
    for kind, first in (("VUT", 0.0), ("CUT", 10.0), ("none of them", 0.0)):
        found = members_of(ds, kind=kind, pairs=0)
        chosen = found["NEE"].values[found["factor"].values == "ustar"]
        np.testing.assert_array_equal(chosen[:, 0], first + np.arange(3.0))
