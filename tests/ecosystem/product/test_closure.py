"""Closure of the energy balance and long-wave radiation of clouds, against what was planted."""

import numpy as np
import pytest

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.product.aggregating import aggregated, half_hourly
from fluxkit.ecosystem.product.closure import closure_factors
from fluxkit.ecosystem.product.longwave import longwave_of_the_sky
from fluxkit.ecosystem.product.sources import sources_of
from fluxkit.ecosystem.product.tables import Table
from tests.ecosystem.product.test_product import filled


def year(days: int = 730) -> tuple[HalfHours, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return fluxes that miss a share of the available energy, more of it in summer."""
    start = np.datetime64("2019-01-01", "ns") + np.arange(days * 48) * np.timedelta64(30, "m")
    rng = np.random.default_rng(3)
    x = np.arange(start.size)
    sun = np.maximum(np.sin((x % 48 - 12) / 24 * np.pi), -0.1)
    LE, H = 150.0 * sun + rng.normal(0.0, 5.0, x.size), 100.0 * sun + rng.normal(0.0, 5.0, x.size)
    lacking = 1.25 + 0.15 * np.sin(2.0 * np.pi * (x / 48 - 100) / 365)
    G = 10.0 * sun
    NETRAD = lacking * (LE + H) * rng.normal(1.0, 0.05, x.size) + G
    return HalfHours(start, 1800.0), NETRAD, G, H, LE


def test_the_planted_share_is_found_day_by_day() -> None:
    at, NETRAD, G, H, LE = year()
    found = closure_factors(NETRAD, G, H, LE, at)
    day = np.arange(at.start.size) // 48
    truth = 1.25 + 0.15 * np.sin(2.0 * np.pi * (day - 100) / 365)
    inner = (day > 15) & (day < 714)
    assert np.abs(found.factor - truth)[inner].max() < 0.03
    assert (found.method == 1.0).all()
    assert ((found.low <= found.factor) & (found.factor <= found.high)).all()


def test_without_radiation_other_days_then_other_years_stand_in() -> None:
    at, NETRAD, G, H, LE = year()
    day = np.arange(at.start.size) // 48
    NETRAD[(day >= 400) & (day < 450)] = np.nan
    found = closure_factors(NETRAD, G, H, LE, at)
    assert set(found.method[(day >= 416) & (day < 420)]) == {2.0}  # 5 days off there are medians
    assert set(found.method[(day >= 422) & (day < 428)]) == {3.0}
    of_last_year = found.factor[(day >= 422 - 365 - 5) & (day <= 422 - 365 + 5)]
    assert found.factor[day == 422][0] == pytest.approx(of_last_year.mean())
    assert np.isnan(found.low[day == 422]).all()
    assert (found.number[day == 422] == 11.0).all()


def test_hours_when_storage_changes_are_not_asked() -> None:
    at, NETRAD, G, H, LE = year(60)
    end = at.hour + 0.25
    morning = (end >= 5.0) & (end < 10.0)
    spoilt = np.where(morning, NETRAD * 1.2, NETRAD)
    same = closure_factors(spoilt, G, H, LE, at).factor / closure_factors(NETRAD, G, H, LE, at).factor
    assert np.abs(same - 1.0).max() < 0.01  # but for what outliers are


def test_nothing_measured_is_no_factor() -> None:
    at, NETRAD, G, H, LE = year(30)
    found = closure_factors(NETRAD * np.nan, G, H, LE, at)
    for x in (found.factor, found.low, found.number, found.method, found.measured):
        assert np.isnan(x).all()


def test_the_product_has_corrected_fluxes_and_how_they_came() -> None:
    ds = filled()
    LE, H = ds["LE_F"].values, ds["H_F"].values
    ds["G"] = ("time", 0.1 * H)
    ds["NETRAD"] = ("time", 1.2 * (LE + H) + 0.1 * H)
    for name in ("LE", "H"):
        ds[f"{name}_RANDUNC"] = ("time", np.where(np.isfinite(ds[name].values), 10.0, np.nan))
    sources = sources_of(ds)
    fine = half_hourly(sources)
    np.testing.assert_allclose(fine["LE_CORR"], 1.2 * LE, rtol=0.02)
    assert ((fine["LE_CORR_25"] <= fine["LE_CORR"]) & (fine["LE_CORR"] <= fine["LE_CORR_75"])).all()
    spread = (fine["H_CORR_75"] - fine["H_CORR_25"]) / 1.349
    np.testing.assert_allclose(fine["H_CORR_JOINTUNC"], np.hypot(fine["H_RANDUNC"], spread))
    for resolution in ("DD", "WW", "MM", "YY"):
        made = aggregated(sources, resolution, fine)
        np.testing.assert_allclose(made["LE_CORR"], 1.2 * made["LE_F_MDS"], rtol=0.02)
        assert (made["EBC_CF_METHOD"] == 1.0).all()
        number = made["EBC_CF_N"]
        assert (number > 1.0).all() if resolution == "DD" else ((number > 0.5) & (number <= 1.0)).all()
        absent = Table(sources, resolution, fine).absent
        assert not [n for n in absent if n.startswith(("LE_CORR", "EBC", "LW_IN_JSB")) and "ERA" not in n]


@pytest.mark.parametrize(("share", "cover"), [(0.9, 0.0), (0.95, 0.0), (0.7, 0.5), (0.5, 1.0), (0.1, 1.0)])
def test_long_wave_radiation_by_hand(share: float, cover: float) -> None:
    TA, VPD = 15.0, 7.0
    none = np.zeros(48, np.int64)
    top = np.where(np.arange(48) % 48 < 24, 1000.0, 0.0)  # nights have the clouds of their day
    found = longwave_of_the_sky(np.full(48, TA), np.full(48, VPD), share * top, top, none, none)
    e = 611.0 * np.exp(17.27 * 15.0 / 252.15) - 700.0
    clear = 1.24 * (e / 100.0 / 288.15) ** (1.0 / 7.0) * 5.67e-8 * 288.15**4  # Brutsaert, e in hPa
    np.testing.assert_allclose(found, clear * (1.0 + 0.22 * cover**2), rtol=0.005)


def test_the_reanalysis_is_brought_to_the_radiation_of_clouds() -> None:
    ds = filled(60)
    base = sources_of(ds).columns
    poor = np.arange(ds.sizes["time"]) % 5 == 0
    ds["TA_F_QC"] = ("time", np.where(poor, 3.0, 0.0))
    ds["LW_IN_ERA"] = ("time", 0.5 * base["LW_IN_JSB"] + 20.0)
    columns = sources_of(ds).columns
    good = np.isfinite(base["LW_IN_JSB"]) & (base["LW_IN_JSB_QC"] == 0.0) & ~poor
    assert good.any()
    np.testing.assert_allclose(columns["LW_IN_JSB_ERA"][good], base["LW_IN_JSB"][good], rtol=1e-6)
    filled_in = columns["LW_IN_JSB_F_QC"] == 2.0
    assert filled_in[poor].all()
    np.testing.assert_array_equal(columns["LW_IN_JSB_F"][filled_in], columns["LW_IN_JSB_ERA"][filled_in])
    np.testing.assert_array_equal(columns["LW_IN_JSB_F"][good], columns["LW_IN_JSB"][good])
