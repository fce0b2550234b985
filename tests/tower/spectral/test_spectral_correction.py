"""Correction factors against what a filter took from planted turbulence."""

import numpy as np
import pytest

from fluxkit.physics import transfer
from fluxkit.synthetic.turbulence import PlantedScalar, surrogate
from fluxkit.tower.spectral import spectral_correction as sc

CO2 = 1.381e-5  #: [m2 s-1]

GAS = sc.GasPath(CO2, path=0.125, response=0.1, horizontal_separation=0.2, vertical_separation=-0.05)
SONIC = sc.SonicPath(0.115, 1 / 60)
ONE = np.array([1.0])


def factor(**changes):
    kwargs = {
        "band": sc.band_logarithmic(), "U": np.array([3.0]), "T": np.array([293.0]),
        "zeta": np.array([-0.1]), "height": 3.0, "momentum": False, "low_pass": None, "high_pass": None,
    } | changes  # fmt: skip
    return float(sc.factor(**kwargs)[0])


def low(f, U, T):
    return sc.sonic_low_pass(f, U, SONIC) * sc.gas_low_pass(f, U, T, GAS)


@pytest.mark.parametrize("zeta", [-0.3, 0.2])
@pytest.mark.parametrize("momentum", [False, True])
def test_factor_undoes_a_filter_on_planted_cospectra(zeta, momentum):
    """On the same frequencies and the same model it does so to rounding."""
    t = surrogate(
        6000, 10.0, ustar=0.4, scalars={"x": PlantedScalar(0.5, 0.1)}, height=3.0, wind_speed=3.0, zeta=zeta
    )
    name, U, T = ("u" if momentum else "x"), np.array([[3.0]]), np.array([[293.0]])
    lost = t.covariance(name, lambda f: low(f[None], U, T)[0])
    band = sc.FrequencyBand(t.frequency, np.full(t.frequency.size, 10.0 / 6000))
    f = factor(band=band, zeta=np.array([zeta]), momentum=momentum, low_pass=low)
    assert f > 1.02
    assert f * lost == pytest.approx(t.covariance(name), rel=1e-10)


def test_nothing_lost_nothing_restored():
    assert factor() == 1.0


def test_our_band_holds_the_whole_cospectrum():
    """Half the band changes the factor by less than 0.1 %; the reference's misses what is below 1/5000 Hz."""
    fine = factor(band=sc.band_logarithmic(4000), low_pass=low)
    assert factor(low_pass=low) == pytest.approx(fine, rel=1e-4)
    band = sc.band_bounded()
    assert band.f.min() > 1 / 5000
    assert band.f.max() == pytest.approx(10.0, rel=0.03)
    assert factor(band=band, low_pass=low) == pytest.approx(fine, rel=0.02)


def test_factors_grow_with_what_takes_more():
    def with_gas(**changes):
        gas = sc.GasPath(**(GAS.__dict__ | changes))
        return factor(low_pass=lambda f, U, T: sc.gas_low_pass(f, U, T, gas))

    plain = with_gas()
    assert with_gas(horizontal_separation=0.4) > plain
    assert with_gas(response=0.3) > plain
    assert with_gas(path=0.5) > plain
    tube = {"tube_length": 10.0, "tube_diameter": 0.004, "tube_flow": 12.0 / 60000}
    assert with_gas(**tube) > plain
    assert factor(low_pass=low, zeta=np.array([0.5])) > factor(low_pass=low)
    assert factor(low_pass=low, height=30.0) < factor(low_pass=low)


def test_shorter_periods_lose_more_low_frequencies():
    def with_period(T, removed):
        return factor(high_pass=lambda f: removed(f, T))

    mean_30, mean_10 = (with_period(T, transfer.high_pass_block_average) for T in (1800.0, 600.0))
    line_30 = with_period(1800.0, transfer.high_pass_linear)
    assert 1.0 < mean_30 < mean_10 < 1.2
    assert mean_30 < line_30


def test_no_wind_no_factor():
    assert np.isnan(factor(U=np.array([np.nan]), low_pass=low))


def test_a_year_is_done_in_pieces_that_do_not_show():
    many = np.linspace(-0.5, 0.5, 2500)
    kwargs = {
        "band": sc.band_logarithmic(),
        "height": 3.0,
        "momentum": False,
        "low_pass": low,
        "high_pass": None,
    }
    U, T = np.full(many.size, 3.0), np.full(many.size, 293.0)
    whole = sc.factor(U=U, T=T, zeta=many, **kwargs)
    alone = [sc.factor(U=U[:1], T=T[:1], zeta=many[k : k + 1], **kwargs)[0] for k in (0, 999, 1000, 2499)]
    np.testing.assert_array_equal(whole[[0, 999, 1000, 2499]], alone)
