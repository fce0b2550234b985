"""In-situ spectral corrections through the whole chain, against planted fluxes and attenuation."""

import logging

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.errors import MomentsError
from fluxkit.schema.variables import mask
from fluxkit.site.models import Site
from fluxkit.synthetic import defects
from fluxkit.tower.ensemble_spectra import ensemble_spectra
from tests.tower import mast

FC = 0.4  #: cut-off frequency of the carbon dioxide channel [Hz]
TAU = 1.0 / (2.0 * np.pi * FC)
PERIODS = 12


def site_for(method: str, **cutoff: object) -> Site:
    decide = {
        "high_frequency": method,
        "separation": "none",
        "cutoff": {"min_spectra": 5, "humidity": (0.0, 0.0, 5.0), "max_instationarity": 0.0} | cutoff,
    }
    return mast.make_site(path="ratio", decide=decide)


@pytest.fixture(scope="module")
def moments() -> xr.Dataset:
    """Twelve noons whose carbon dioxide passed a slow and noisy channel."""
    periods = []
    for seed in range(PERIODS):
        data = mast.seen(mast.air(seed), path="ratio")
        slow = defects.low_pass(data["co2"], mast.RATE, TAU)
        periods.append(data | {"co2": defects.add_noise(slow, 3.0, seed)})
    return fk.condense(mast.dataset(*periods), site_for("ibrom-2007"))


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    """Flux of each period by sensors without fault, restored for averaging alone."""
    periods = [mast.seen(mast.air(seed), path="ratio") for seed in range(PERIODS)]
    site = mast.make_site(path="ratio", decide={"high_frequency": "none", "low_frequency": "none"})
    found = fk.decide(fk.condense(mast.dataset(*periods), site), site)
    return found["FC"].values


def test_cutoff_and_flux_come_back(moments: xr.Dataset, truth: np.ndarray) -> None:
    """The season's cut-off within a few per cent, the flux within 2 %; uncorrected it lacks a fifth."""
    site = site_for("ibrom-2007")
    found = fk.decide(moments, site)
    np.testing.assert_allclose(found["CO2_CUTOFF"], FC, rtol=0.08)
    assert not np.any(found["LOSS_FLAG"].values & mask("LOSS_FLAG", "cutoff_missing"))
    ratio = found["FC"].values / found["H_SCF"].values / truth
    assert np.mean(found["FC_UNCORR"].values / truth) < 0.85
    assert np.mean(ratio) == pytest.approx(1.0, abs=0.02)


def test_own_cospectra(moments: xr.Dataset, truth: np.ndarray) -> None:
    found = fk.decide(moments, site_for("fratini-2012"))
    ratio = found["FC"].values / found["H_SCF"].values / truth
    assert np.mean(ratio) == pytest.approx(1.0, abs=0.015)
    assert np.std(ratio) < 0.02


def test_small_fluxes_take_the_model(moments: xr.Dataset) -> None:
    """Where fluxes are below the thresholds both methods are the same."""
    small = {name: {"h": 1e4, "co2": 1e4} for name in ("unstable", "stable")}
    given = small | {
        "frequencies": {"co2": [FC]},
        "factor": {"unstable": (0.01, 0.001), "stable": (0.02, 0.001)},
    }
    model, own = (fk.decide(moments, site_for(method, **given)) for method in ("ibrom-2007", "fratini-2012"))
    np.testing.assert_allclose(own["FC_SCF"], model["FC_SCF"], rtol=1e-12)
    U = model["WS"].values
    np.testing.assert_allclose(model["FC_SCF"] / model["H_SCF"], 1.0 + 0.01 * U / (0.001 + FC), rtol=1e-9)


def test_a_constant_lag_asks_for_more(moments: xr.Dataset) -> None:
    """At the physical lag the sensor's delay is not made up for, and the factor must be larger."""
    fitted = {"frequencies": {"co2": [FC]}}
    free = site_for("fratini-2012", **fitted)
    fixed = Site(**(free.model_dump(exclude_unset=True)))
    decide = free.model_dump(exclude_unset=True)["decide"] | {"lag": "constant"}
    fixed = Site(**(free.model_dump(exclude_unset=True) | {"decide": decide}))
    at_peak, at_lag = fk.decide(moments, free), fk.decide(moments, fixed)
    assert np.all(at_lag["FC_SCF"] > at_peak["FC_SCF"])
    np.testing.assert_allclose(np.mean(at_lag["FC"]), np.mean(at_peak["FC"]), rtol=0.02)


def test_too_few_spectra_are_told_and_flagged(moments: xr.Dataset, caplog: pytest.LogCaptureFixture) -> None:
    """The analytic correction stands in."""
    with caplog.at_level(logging.WARNING):
        found = fk.decide(moments, site_for("ibrom-2007", min_spectra=PERIODS + 1))
    assert "co2: no cut-off frequency from its spectra (12 in months 1-12" in caplog.text
    assert np.all(found["LOSS_FLAG"].values & mask("LOSS_FLAG", "cutoff_missing"))
    apart = {"separation": site_for("ibrom-2007").decide.separation}
    analytic = fk.decide(
        moments, mast.make_site(path="ratio", decide=apart | {"high_frequency": "peltola-2021"})
    )
    np.testing.assert_allclose(found["FC_SCF"], analytic["FC_SCF"], rtol=1e-9)


def test_both_paths_and_parts_agree(moments: xr.Dataset) -> None:
    site = site_for("fratini-2012")
    whole = fk.decide(moments, site)
    parts = fk.decide([moments.isel(time=slice(0, 5)), moments.isel(time=slice(5, None))], site)
    xr.testing.assert_allclose(whole, parts, rtol=1e-9)
    site = site_for("fratini-2012", frequencies={"co2": [FC]}, factor={"stable": (0.02, 0.001)})
    raw = mast.dataset(*(mast.seen(mast.air(seed), path="ratio") for seed in range(2)))
    direct, algebra = fk.decide(raw, site, path="direct"), fk.decide(fk.condense(raw, site), site)
    np.testing.assert_allclose(direct["FC_SCF"], algebra["FC_SCF"], rtol=1e-9)


def test_separation_makes_fluxes_larger(moments: xr.Dataset) -> None:
    """Across the wind, and more with the streamwise part."""
    fluxes = []
    for separation in ("none", "horst-lenschow-2009", "horst-lenschow-2009-full"):
        site = site_for("ibrom-2007")
        decide = site.model_dump(exclude_unset=True)["decide"] | {"separation": separation}
        fluxes.append(
            np.abs(
                fk.decide(moments, Site(**(site.model_dump(exclude_unset=True) | {"decide": decide})))["FC"]
            )
        )
    assert np.all(fluxes[0] < fluxes[1])
    assert np.all(fluxes[1] < fluxes[2])


def test_ensembles_hold_every_period_once(moments: xr.Dataset) -> None:
    site = site_for("ibrom-2007")
    fluxes = fk.decide(moments, site)
    whole = ensemble_spectra(moments, fluxes, site)
    parts = ensemble_spectra([moments.isel(time=slice(k, k + 4)) for k in (0, 4, 8)], fluxes, site)
    xr.testing.assert_allclose(whole, parts)
    assert whole["COSP_W_T_SONIC_COUNT"].values.sum() == PERIODS
    assert whole["CO2_BY_MONTH_COUNT"].sel(month="07") == PERIODS
    assert whole["CO2_CUTOFF_BY_MONTH"].sel(month="07") == pytest.approx(FC, rel=0.08)
    ogive = whole["OGIVE_W_CO2"].sel(stability="-0.5 to -0.1").dropna("frequency")
    assert ogive.values[0] == pytest.approx(1.0, abs=1e-6)
    assert ogive.values[-1] < 0.05


def test_ensembles_need_fluxes_of_the_same_periods(moments: xr.Dataset) -> None:
    site = site_for("ibrom-2007")
    fluxes = fk.decide(moments, site)
    later = fluxes.assign_coords(time=fluxes["time"] + np.timedelta64(365, "D"))
    with pytest.raises(MomentsError, match="among the fluxes"):
        ensemble_spectra(moments, later, site)
