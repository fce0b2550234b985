import numpy as np
import pytest

from fluxkit.budget.energy.closure import (
    available_energy,
    closure,
    daily_means,
    quantile_classes,
    residuals_by,
    sectors,
)
from fluxkit.budget.energy.corrections import correct_by_ratio, force_closure
from fluxkit.budget.energy.factors import closure_factors, correct_days, correct_half_hours
from fluxkit.budget.energy.storages import (
    air_storage,
    biomass_storage,
    latent_heat,
    photosynthesis_storage,
    rate,
    soil_storage,
)
from fluxkit.budget.energy.water import evapotranspiration, fill_by_reference

PER_DAY = 48


def station(days=60, share=0.8, seed=0, noise=8.0):
    """Half hours of which turbulence carries a share of the available energy."""
    rng = np.random.default_rng(seed)
    hour = np.tile((np.arange(PER_DAY) + 0.5) / 2, days)
    rn = (
        500
        * np.maximum(np.sin(np.pi * (hour - 6) / 12), -0.12)
        * np.repeat(rng.uniform(0.4, 1, days), PER_DAY)
    )
    g = 0.1 * rn
    flux = share * (rn - g)
    le = 0.65 * flux + noise * rng.standard_normal(rn.size)
    return hour, rn, g, flux - 0.65 * flux + noise * rng.standard_normal(rn.size), le


def test_the_planted_share_is_found():
    _, rn, g, h, le = station()
    found = closure(h, le, available_energy(rn, g))
    assert found.ratio == pytest.approx(0.8, abs=0.01)
    assert found.slope == pytest.approx(0.8, abs=0.01)
    assert found.residual == pytest.approx(0.2 * (rn - g).mean(), abs=1)
    assert "80 % of the available energy" in found.sentence("half hour")
    assert closure(h[:1], le[:1], rn[:1]).n == 1


def test_a_storage_that_was_planted_closes_the_balance():
    """Half of what lacks is heat in the soil above the plate: with it the ratio rises as it must."""
    _, rn, g, h, le = station(noise=0.0)
    lacking = rn - g - h - le
    heat = 1.2e6 + 4.18e6 * 0.3
    t_soil = 12 + np.cumsum(0.5 * lacking) * 1800 / (heat * 0.1)
    stored = soil_storage(t_soil, 0.3, 1.2e6, 0.1, 1800.0)
    np.testing.assert_allclose(stored[1:-1], 0.25 * (lacking[1:-1] + lacking[2:]), atol=1e-6)
    with_it = closure(h, le, available_energy(rn, g, {"soil": stored}))
    assert with_it.ratio == pytest.approx(0.8 / 0.9, abs=2e-3)


def test_storages_by_hand():
    t = np.array([10.0, 10.4, 10.8])
    assert rate(t, 1800.0).tolist() == pytest.approx([0.4 / 1800] * 3)
    assert biomass_storage(t, 15.0, 2800.0, 1800.0)[1] == pytest.approx(15 * 2800 * 0.4 / 1800)
    assert photosynthesis_storage(np.array([25.0]))[0] == pytest.approx(10.55)
    dry = air_storage(t, np.zeros(3), 101.3, 30.0, 1800.0)[1]
    assert dry == pytest.approx(101300 / (287.05 * 283.55) * 1005 * 30 * 0.4 / 1800, rel=1e-3)
    assert latent_heat(20.0) == pytest.approx(2.45378e6)
    gap = rate(np.array([1.0, np.nan, 3.0, 4.0, 5.0]), 1.0)
    assert np.isnan(gap).tolist() == [True, False, True, False, False]


def test_the_bowen_ratio_is_kept_and_the_balance_closed():
    _, rn, g, h, le = station()
    available = available_energy(rn, g)
    made = force_closure(h, le, available)
    good = np.isfinite(made.h)
    np.testing.assert_allclose(made.h[good] + made.le[good], available[good])
    np.testing.assert_allclose(made.h[good] / made.le[good], h[good] / le[good])
    assert not np.isfinite(force_closure(np.array([2.0]), np.array([1.0]), np.array([50.0])).h[0])
    assert not np.isfinite(force_closure(np.array([-20.0]), np.array([-30.0]), np.array([50.0])).h[0])


def test_half_hours_are_corrected_by_quiet_hours_alone():
    """Morning storage would double the factor; it is planted at hours that must not count."""
    hour, rn, g, h, le = station(days=40, noise=0.0)
    morning = (hour > 6) & (hour < 9)
    available = rn - g
    factor = closure_factors(h, le, np.where(morning, 1.3 * available, available))
    made = correct_half_hours(h, le, factor, hour, PER_DAY)
    assert (made.method == 1).all()
    np.testing.assert_allclose(made.factor, 1.25, rtol=1e-9)
    np.testing.assert_allclose(made.le_quartiles, np.repeat(1.25 * le[:, None], 2, axis=1))


def test_days_borrow_factors_from_neighbours_and_other_years():
    n = 800
    day, year = np.arange(n) % 365, 2020 + np.arange(n) // 365
    h, le = np.full(n, 30.0), np.full(n, 60.0)
    factor = np.full(n, 1.2)
    factor[365 + 100 : 365 + 160] = np.nan  # a long gap in the second year
    made = correct_days(h, le, factor, year, day)
    middle = 365 + 130
    assert made.method[365 + 104] == 2 or made.method[365 + 104] == 1
    assert made.method[middle] == 3
    np.testing.assert_allclose(made.le, 72.0)
    assert np.isnan(made.le_quartiles[middle]).all()
    assert 5 <= made.number[50] <= 15
    alone = correct_days(h, le, np.full(n, np.nan), year, day)
    assert (alone.method == 0).all()
    assert np.isnan(alone.le).all()


def test_quartiles_of_the_factors_bracket_the_median_also_of_negative_fluxes():
    rng = np.random.default_rng(1)
    h, le = np.full(60, -20.0), np.full(60, 70.0)
    made = correct_days(h, le, 1.2 + 0.1 * rng.standard_normal(60), np.full(60, 2020), np.arange(60))
    for flux, quartiles in ((made.h, made.h_quartiles), (made.le, made.le_quartiles)):
        assert np.all((quartiles[:, 0] <= flux) & (flux <= quartiles[:, 1]))


def test_outlying_factors_are_left_out():
    a = np.full(100, 200.0)
    h, le = np.linspace(50, 60, 100), np.full(100, 110.0)
    h[7] = -105.0
    kept = closure_factors(h, le, a)
    assert np.isnan(kept[7])
    assert np.isfinite(kept).sum() == 99


def test_the_ratio_correction_does_not_know_where_the_record_begins():
    """A day in the middle has the same factor whatever comes 30 days before; the first days have one too."""
    rng = np.random.default_rng(4)
    date = np.arange("2019-01-01", "2021-01-01", dtype="M8[D]")
    available = 120 + 60 * np.sin(np.arange(date.size) / 58) + 5 * rng.standard_normal(date.size)
    share = 0.8 + 0.05 * rng.standard_normal(date.size)
    made = correct_by_ratio(date, 0.3 * share * available, 0.7 * share * available, available)
    assert np.isfinite(made.factor).all()
    closed = closure(made.h, made.le, available)
    assert closed.ratio == pytest.approx(1.0, abs=0.01)
    fluxes = 0.3 * share * available, 0.7 * share * available, available
    part = correct_by_ratio(date[100:], *(x[100:] for x in fluxes))
    np.testing.assert_allclose(part.factor[40:], made.factor[140:])
    with pytest.raises(ValueError, match="do not follow"):
        correct_by_ratio(date[[0, 2]], available[:2], available[:2], available[:2])
    with pytest.raises(ValueError, match="unknown variant"):
        correct_by_ratio(date, available, available, available, variant="qaqc")


def test_residuals_by_hour_month_sector_and_ustar():
    hour, rn, g, h, le = station(noise=0.0)
    available = rn - g
    found = residuals_by(h, le, available, hour.astype(int), tuple(map(str, range(24))), "hour")
    assert found.residual[12] > 40 > found.residual[2]
    np.testing.assert_allclose(found.ratio, 0.8)
    wd = np.array([350.0, 5.0, 44.0, 46.0, 181.0, np.nan])
    classes, names = sectors(wd)
    assert classes.tolist() == [0, 0, 1, 1, 4, -1]
    assert names[2] == "90°"
    classes, names = quantile_classes(np.arange(100.0), 4)
    assert np.bincount(classes).tolist() == [25, 25, 25, 25]
    assert len(names) == 4


def test_days_need_half_of_their_half_hours():
    values = np.arange(96.0)
    use = np.ones(96, bool)
    use[:25] = False
    made = daily_means(values, np.arange(96) // 48, use, 48)
    assert np.isnan(made[0])
    assert made[1] == pytest.approx(71.5)


def test_water_by_hand_and_filled_by_reference():
    assert evapotranspiration(np.array([245.378]), 20.0)[0] == pytest.approx(8.64)
    rng = np.random.default_rng(2)
    reference = 5 + 2 * np.sin(np.arange(200) / 30)
    truth = 0.7 * reference
    et = np.where(rng.uniform(size=200) < 0.3, np.nan, truth + 0.05 * rng.standard_normal(200))
    made = fill_by_reference(et, reference)
    np.testing.assert_allclose(made.et[made.filled], truth[made.filled], atol=0.1)
    first = np.flatnonzero(np.isfinite(made.fraction))[0]  # days before the first fraction stay empty
    assert made.filled.sum() == np.isnan(et[first:]).sum()
    assert not fill_by_reference(np.full(5, np.nan), np.ones(5)).filled.any()
