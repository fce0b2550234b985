"""Spectral factors of a whole site, method by method."""

from typing import get_args

import numpy as np
import pandas as pd
import pytest

from fluxkit.physics import attenuation, transfer
from fluxkit.site.sections.methods import Decide
from fluxkit.synthetic import defects
from fluxkit.synthetic.turbulence import PlantedScalar, surrogate
from fluxkit.tower import settings
from fluxkit.tower.lags.prewhitening import bootstrapped_lags
from fluxkit.tower.spectral import phase_exact
from fluxkit.tower.spectral import spectral_correction as sc
from fluxkit.tower.spectral.spectral_conditions import SpectralConditions
from fluxkit.tower.spectral.spectral_factors import IN_SITU, METHODS, refined, spectral_factors
from tests.tower import mast

U = np.array([1.0, 2.5, 5.0, 2.5])
ZETA = np.array([-0.3, -0.05, 0.1, 0.8])


def conditions(**changes) -> SpectralConditions:
    arrays = {"U": U, "T": np.full(4, 293.0), "zeta": ZETA, "wind_direction": np.full(4, 180.0)}
    return SpectralConditions(**(arrays | changes))


def factors(path="open", given=None, **decide):
    plan = settings.make_plan(mast.make_site(path=path, decide=decide))
    return spectral_factors(conditions() if given is None else given, plan)


def every(found):
    return [found.momentum, found.heat, *found.gas.values()]


def test_the_settings_name_what_is_there():
    named = set(get_args(Decide.model_fields["high_frequency"].annotation))
    words = "enter a method in decide.high_frequency (site/sections/methods.py) and in METHODS of this module"
    assert named == set(METHODS), words


class Unread(dict):
    """What only a method by the site's own spectra may look at."""

    def __getitem__(self, key):
        raise AssertionError(
            "enter the method in IN_SITU (tower/spectral/spectral_factors.py): it reads spectra"
        )

    get = __contains__ = __iter__ = __getitem__


@pytest.mark.parametrize("method", sorted(METHODS.keys() - IN_SITU))
def test_a_method_that_reads_the_sites_spectra_asks_for_them(method):
    factors(given=conditions(cutoff=Unread(), own=Unread(), models=Unread()), high_frequency=method)


@pytest.mark.parametrize("method", sorted(METHODS))
@pytest.mark.parametrize("path", ["open", "ratio"])
@pytest.mark.parametrize("arithmetic", ["fluxkit", "eddypro-6"])
def test_every_method_gives_factors_of_one_or_more(method, path, arithmetic):
    found = factors(path, high_frequency=method, arithmetic=arithmetic)
    for factor in every(found):
        assert factor.shape == U.shape
        assert np.all(factor >= 1.0)
        assert np.all(factor < 4.0)


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"none"}))
def test_methods_agree_within_what_they_differ_in(method):
    ours, other = factors(high_frequency="peltola-2021"), factors(high_frequency=method)
    for a, b in zip(every(ours), every(other), strict=True):
        np.testing.assert_allclose(a[1:3], b[1:3], rtol=0.12)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_a_missing_wind_is_a_missing_factor(method):
    none = conditions(U=np.array([np.nan, 2.0, 2.0, 2.0]), zeta=np.array([-0.1, np.nan, -0.1, 0.1]))
    off = {"low_frequency": "none"} if method == "none" else {}
    for factor in every(factors(given=none, high_frequency=method, **off)):
        assert np.isnan(factor[:2]).all() or method == "none"
        assert np.isfinite(factor[2:]).all()


def test_nothing_to_restore():
    for factor in every(factors(high_frequency="none", low_frequency="none")):
        assert np.all(factor == 1.0)


@pytest.mark.parametrize("method", ["moncrieff-1997", "massman-2000", "horst-1997", "peltola-2021"])
def test_averaging_adds_to_what_instruments_took(method):
    both = factors(high_frequency=method)
    alone = factors(high_frequency=method, low_frequency="none")
    for a, b in zip(every(both), every(alone), strict=True):
        assert np.all(a > b)


def test_the_lag_method_chooses_the_factor():
    """Slow water vapour: found at the peak it has lost less than at the physical lag."""
    found = {
        lag: factors(high_frequency="peltola-2021", lag=lag).gas["h2o"]
        for lag in ("constant", "covariance-maximum")
    }
    assert np.all(found["constant"] > 1.01 * found["covariance-maximum"])
    other = {lag: factors(high_frequency="moncrieff-1997", lag=lag).gas["h2o"] for lag in found}
    np.testing.assert_array_equal(other["constant"], other["covariance-maximum"])


def test_where_nothing_is_left_nothing_is_made_up():
    """Downwind as far as it is high, in stable air: no factor at a fixed lag, but one at the peak."""
    site = {"instruments": [mast.SONIC, mast.OPEN | {"northward_separation": 3.0}]}
    found = {}
    for lag in ("constant", "covariance-maximum"):
        decide = {"high_frequency": "peltola-2021", "lag": lag}
        plan = settings.make_plan(mast.make_site(decide=decide, **site))
        found[lag] = spectral_factors(conditions(), plan).gas["co2"]
    assert np.isnan(found["constant"][3])
    assert np.all(found["covariance-maximum"] < 2.0)


def test_where_an_expected_lag_stands_in_the_factor_is_that_of_a_constant_lag():
    stands_in = np.array([True, False, True, False])
    lag = "covariance-maximum-default"
    mixed = factors(given=conditions(at_default={"co2": stands_in}), high_frequency="peltola-2021", lag=lag)
    peak = factors(high_frequency="peltola-2021", lag=lag)
    fixed = factors(high_frequency="peltola-2021", lag="constant")
    np.testing.assert_allclose(mixed.gas["co2"][stands_in], fixed.gas["co2"][stands_in], rtol=1e-12)
    np.testing.assert_allclose(mixed.gas["co2"][~stands_in], peak.gas["co2"][~stands_in], rtol=1e-12)


def test_wind_along_the_separation_loses_less_than_wind_across():
    """The analyser stands 0.15 m north of the sonic."""
    along, across = (conditions(wind_direction=np.full(4, d)) for d in (180.0, 90.0))
    for method in ("peltola-2021", "massman-2000"):
        a = factors(given=along, high_frequency=method, lag="covariance-maximum").gas["co2"]
        b = factors(given=across, high_frequency=method, lag="covariance-maximum").gas["co2"]
        assert np.all(a < b)
    a, b = (factors(given=c, high_frequency="moncrieff-1997").gas["co2"] for c in (along, across))
    np.testing.assert_array_equal(a, b)


def test_horst_takes_a_fitted_cut_off():
    """As the reference program does: the cut-off or the response alone."""
    tau = np.array([0.2, 0.4, 0.2, 0.4])
    given = conditions(cutoff={"h2o": 1.0 / (2 * np.pi * tau)})
    alone = {"high_frequency": "horst-1997", "low_frequency": "none", "arithmetic": "eddypro-6"}
    found = factors(given=given, **alone).gas["h2o"]
    np.testing.assert_allclose(found, 1.0 / attenuation.left_horst_1997(tau, U, ZETA, 3.0), rtol=1e-12)
    response = factors(**alone).gas["h2o"]
    np.testing.assert_allclose(response, 1.0 / attenuation.left_horst_1997(0.1, U, ZETA, 3.0), rtol=1e-12)


@pytest.mark.parametrize("path", ["open", "ratio"])
def test_horst_counts_paths_and_separation_like_the_others(path):
    """Beside the response all methods see the same: sensors 0.3 m apart lose as much more with each."""
    near, far = (
        mast.make_site(
            path=path,
            instruments=[mast.SONIC, (mast.OPEN if path == "open" else mast.CLOSED) | separation],
            decide={"high_frequency": "moncrieff-1997"},
        )
        for separation in ({"northward_separation": 0.0}, {"northward_separation": 0.3})
    )
    plans = [settings.make_plan(site) for site in (near, far)]
    cutoff = {"h2o": np.array([1.0, np.nan, 1.0, np.nan])}
    for given in (conditions(), conditions(cutoff=cutoff)):
        by = {
            method: METHODS[method](given, plans[1]).gas["h2o"] / METHODS[method](given, plans[0]).gas["h2o"]
            for method in ("moncrieff-1997", "horst-1997")
        }
        assert np.all(by["horst-1997"] > 1.03)
        # Very stable air (the last) has lost so much that a product of both is not the integral.
        np.testing.assert_allclose(by["horst-1997"][:3], by["moncrieff-1997"][:3], rtol=0.05)


def test_a_fitted_cut_off_holds_path_and_tube_of_the_gas():
    """A cut-off as high as can be leaves what sonic and separation take, which a response does not."""
    given = conditions(cutoff={"h2o": np.full(4, 1e9)})
    site = mast.make_site(path="ratio", decide={"high_frequency": "horst-1997", "low_frequency": "none"})
    plan = settings.make_plan(site)
    found = spectral_factors(given, plan).gas["h2o"]
    low = attenuation.left_horst_1997(plan.gas["h2o"].path.response, U, ZETA, plan.height)
    with_path_and_tube = spectral_factors(conditions(), plan).gas["h2o"] * low
    assert np.all(found > 1.0)
    assert np.all(with_path_and_tube > found + 1e-3)


def test_lines_over_chunks_have_the_chunks_length():
    """Chunks of 5 min take more than lines over 30; the reference program takes the period's length."""
    decide = {"high_frequency": "massman-2000", "detrending": "linear-chunks"}
    condense = {"high_pass": "linear-chunks", "time_constant": 300.0}
    found = {}
    for arithmetic in ("fluxkit", "eddypro-6"):
        site = mast.make_site(decide=decide | {"arithmetic": arithmetic}, condense=condense)
        found[arithmetic] = spectral_factors(conditions(), settings.make_plan(site)).gas["co2"]
        line = mast.make_site(decide=decide | {"detrending": "linear", "arithmetic": arithmetic})
        found[arithmetic, "line"] = spectral_factors(conditions(), settings.make_plan(line)).gas["co2"]
    np.testing.assert_array_equal(found["eddypro-6"], found["eddypro-6", "line"])
    assert np.all(found["fluxkit"] > 1.005 * found["fluxkit", "line"])


def test_reference_without_high_frequencies_restores_gases_alone():
    found = factors(high_frequency="none", arithmetic="eddypro-6")
    assert np.all(found.momentum == 1.0)
    assert np.all(found.heat == 1.0)
    assert np.all(found.gas["co2"] > 1.0)


@pytest.mark.reference
def test_massman_gives_the_reference_programs_factors(shared):
    """LI-7500A and CSAT3 of case A_massman, its wind and stability: equal to 1e-9."""
    folder = shared / "reference" / "eddypro" / "cases" / "A_massman"
    flux, levels = pd.read_csv(folder / "flux.csv"), pd.read_csv(folder / "levels.csv")
    given = SpectralConditions(
        U=flux["wind_speed"].to_numpy(),
        T=flux["air_temperature"].to_numpy(),
        zeta=levels["L0_zL"].to_numpy(),
        wind_direction=flux["wind_dir"].to_numpy(),
    )
    station = mast.STATION | {"canopy_height": 0.5, "displacement_height": None}
    analyser = mast.OPEN | {
        "model": "li-7500a", "northward_separation": 0.1, "eastward_separation": -0.15,
        "vertical_separation": -0.05,
    }  # fmt: skip
    site = mast.make_site(
        station=station,
        instruments=[mast.SONIC | {"height": 4.0}, analyser],
        decide={"high_frequency": "massman-2000", "arithmetic": "eddypro-6"},
    )
    found = spectral_factors(given, settings.make_plan(site))
    np.testing.assert_allclose(found.momentum, flux["Tau_scf"], rtol=1e-9)
    np.testing.assert_allclose(found.heat, flux["H_scf"], rtol=1e-9)
    np.testing.assert_allclose(found.gas["co2"], flux["co2_scf"], rtol=1e-9)
    np.testing.assert_allclose(found.gas["h2o"], flux["LE_scf"], rtol=1e-9)


def test_refined_factors_are_those_made_anew():
    """Only where the air was or became stable, and by more than nothing."""
    plan = settings.make_plan(mast.make_site(decide={"high_frequency": "peltola-2021"}))
    before, now = conditions(), conditions(zeta=np.array([-0.5, 0.05, 0.1, 1.0]))
    found = refined(spectral_factors(before, plan), before, now, plan)
    anew = spectral_factors(now, plan)
    for a, b in zip(every(found), every(anew), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10)
    same = spectral_factors(before, plan)
    assert refined(same, before, before, plan) is same


@pytest.mark.parametrize(("above", "share"), [(0.3, 0.9391), (-0.3, 0.9919)])
def test_a_sensor_above_loses_more_than_one_below(above, share):
    """Unstable, 0.3 m at 3 m: exp(-2 pi 0.1 x 0.1) = 0.9391 and exp(-2 pi 0.013 x 0.1) = 0.9919."""
    level, raised = (
        settings.make_plan(
            mast.make_site(
                instruments=[mast.SONIC, mast.OPEN | {"vertical_separation": dz}],
                decide={"high_frequency": "peltola-2021"},
            )
        )
        for dz in (0.0, above)
    )
    ratio = (
        spectral_factors(conditions(), level).gas["co2"] / spectral_factors(conditions(), raised).gas["co2"]
    )
    np.testing.assert_allclose(ratio[:2], share, atol=1e-4)


def test_filters_take_low_frequencies():
    """The shorter what is removed, the more; a long filter takes what the period's mean takes."""
    f = np.geomspace(1e-5, 10.0, 200)

    def kept(method, time, **more):
        return sc.high_pass_transfer(method, period=1800.0, time=time, rate=10.0, **more)(f)

    block = kept("block", 1800.0)
    for method in ("running-mean", "exponential", "linear-chunks"):
        short, long = kept(method, 100.0), kept(method, 600.0)
        assert np.sum(short) < np.sum(long)
        assert np.all((short > -1e-12) & (short < 1.6))
    np.testing.assert_allclose(kept("exponential", 1e9), block, atol=1e-6)
    np.testing.assert_allclose(kept("linear-chunks", 1800.0), kept("linear", 1800.0))
    np.testing.assert_array_equal(
        kept("running-mean", 200.0, running_mean_transfer="exponential"), kept("exponential", 200.0)
    )


def test_a_donor_s_lag_is_not_the_gas_s_own():
    """Vapour five times as slow as CO2, taken at CO2's peak, has lost more than at its own."""
    instruments = [
        mast.SONIC,
        mast.OPEN,
        mast.OPEN | {"id": "slow", "response_time": 0.5},
    ]
    column = {
        "column": "h2o",
        "instrument": "slow",
        "lag": mast.LAG,
        "unit": "mol m-3",
        "quantity": "density",
    }
    decide = {"high_frequency": "peltola-2021", "lag": "covariance-maximum"}
    found = {}
    for donor in (None, "co2"):
        site = mast.make_site(
            instruments=instruments, columns={"h2o": column | {"lag_from": donor}}, decide=decide
        )
        found[donor] = spectral_factors(conditions(), settings.make_plan(site)).gas
    np.testing.assert_array_equal(found[None]["co2"], found["co2"]["co2"])
    assert np.all(found["co2"]["h2o"] > 1.005 * found[None]["h2o"])


def test_prewhitened_series_find_the_peak_not_the_physical_delay():
    """A sensor of 0.3 s behind a delay of 0.5 s, 10 Hz, mean of four periods: the peak."""

    def seen(f):
        return np.exp(-1j * np.pi * f) / (1.0 + 2j * np.pi * f * 0.3)

    planted = {
        "ustar": 0.4,
        "scalars": {"T": PlantedScalar(0.5, 0.12), "x": PlantedScalar(0.5, 0.1)},
        "height": 3.0,
    }
    found = []
    for seed in range(4):
        t = surrogate(18000, 10.0, wind_speed=3.0, zeta=-0.2, quadrature="random", seed=seed, **planted)
        x = defects.attenuate(t.data["x"], 10.0, seen)
        lags = bootstrapped_lags(t.data["w"], t.data["T"], {"x": x}, {"x": (0, 30)}, rate=10.0)
        found.append(lags["x"].lag / 10.0)
    air = [np.array([value]) for value in (3.0, 293.0, -0.2, 0.0, 0.0)]
    left = phase_exact.left_at_peak(
        phase_exact.PeriodFlow(*air), height=3.0, gain=lambda f, U, T, y: transfer.first_order(f, 0.3)
    )
    assert np.mean(found) == pytest.approx(0.5 + left.lag[0], abs=0.05)
