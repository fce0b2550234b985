"""What the tower knows of its errors, in the sums of years: independent ones, and those of all records."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.uncertainty.annual import known_by_tower
from tests.ecosystem.made_forest import forest, with_gaps

G = 12.011e-6 * 1800.0
#: A planted error of the analyser's gain, and of the spectral correction by night.
GAIN, BY_NIGHT = 0.04, 0.1


def year_with(**of_raw_data: np.ndarray) -> xr.Dataset:
    made = with_gaps(forest(noise=0.2))
    errors = {name: ("time", x, {"units": "umol m-2 s-1"}) for name, x in of_raw_data.items()}
    return fk.ecosystem.fill_drivers(made).assign(errors)


def summed(ds: xr.Dataset) -> xr.Dataset:
    members = fk.ecosystem.ensemble(ds, 0.2, filling={"method": "mds"}, pairs=0)
    return fk.ecosystem.annual(members)


@pytest.fixture(scope="module")
def plain() -> xr.Dataset:
    return summed(year_with())


def test_a_gain_is_off_in_all_records_alike(plain: xr.Dataset) -> None:
    """All of a gain's error stays in each sum, through filling and partitioning, whatever the records."""
    ds = year_with()
    y = summed(ds.assign(FC_UNC_CALIBRATION=GAIN * np.abs(ds.NEE)))
    part = y.parts.sel(part="calibration").squeeze()
    for name in ("NEE", "GPP_NT", "RECO_NT", "GPP_DT", "RECO_DT"):
        wanted = GAIN * abs(float(plain.value.sel(variable=name).squeeze()))
        assert float(part.sel(variable=name)) == pytest.approx(wanted, rel=0.01), name
    assert bool((y.systematic.sel(variable="NEE") > plain.systematic.sel(variable="NEE")).all())
    np.testing.assert_array_equal(y.value, plain.value)


def test_what_is_off_by_night_alone_is_respiration_and_uptake_alike() -> None:
    ds = year_with()
    night = ds.SW_IN < 10.0
    y = summed(ds.assign(FC_UNC_SPECTRAL=(BY_NIGHT * np.abs(ds.NEE)).where(night, 0.0)))
    part = y.parts.sel(part="spectral correction").squeeze()
    wanted = BY_NIGHT * float(y.value.sel(variable="RECO_NT").squeeze())
    assert float(part.sel(variable="RECO_NT")) == pytest.approx(wanted, rel=0.02)
    assert float(part.sel(variable="NEE")) < 0.7 * wanted


def test_errors_of_single_half_hours_add_in_quadrature() -> None:
    one = np.ones(365 * 48)
    y = summed(year_with(FC_RANDUNC_HF=0.5 * one, FC_UNC_LAG=0.1 * one))
    cut = fk.ecosystem.filter_ustar(with_gaps(forest(noise=0.2)), 0.2)
    n = int(cut.NEE.notnull().sum())
    parts = y.parts.sel(variable="NEE").squeeze()
    assert float(parts.sel(part="noise")) == pytest.approx(0.5 * np.sqrt(n) * G, rel=1e-9)
    assert float(parts.sel(part="lag")) == pytest.approx(0.1 * np.sqrt(n) * G, rel=1e-9)


def test_a_tower_that_knows_few_errors_is_not_asked(plain: xr.Dataset) -> None:
    few = np.where(np.arange(365 * 48) % 5 == 0, 0.5, np.nan)
    y = summed(year_with(FC_RANDUNC_HF=few))
    o = fk.ecosystem.fill(year_with(FC_RANDUNC_HF=few), "NEE", method="mds")
    assert "is that of like conditions: " in known_by_tower(o, "NEE")[1]
    all_know = fk.ecosystem.fill(year_with(FC_RANDUNC_HF=np.ones(365 * 48)), "NEE", method="mds")
    assert "is FC_RANDUNC_HF of the tower: " in known_by_tower(all_know, "NEE")[1]
    assert y.parts.sel(part="noise", variable="NEE") == plain.parts.sel(part="noise", variable="NEE")


def test_the_noise_of_a_sum_is_what_sums_of_draws_scatter_by() -> None:
    """Errors are drawn anew 200 times on the records that are measured; nothing else differs."""
    rng = np.random.default_rng(3)
    quiet = forest(noise=0.0)
    sd = 0.3 + 0.1 * np.abs(quiet.truth.values)
    there = rng.random(sd.size) < 0.6
    sums = [np.sum(rng.laplace(0.0, sd / np.sqrt(2.0))[there]) * G for _ in range(200)]
    filled: dict[str, object] = {"NEE_F": quiet.truth, "NEE_F_QC": ("time", np.where(there, 0.0, 1.0))}
    filled |= {name: quiet.truth * 0.0 for name in ("NEE_F_SD", "NEE_F_ALL")}
    filled["FC_RANDUNC_HF"] = ("time", sd)
    y = fk.ecosystem.annual(quiet.assign(filled))
    assert float(y.parts.sel(part="noise", variable="NEE").squeeze()) == pytest.approx(np.std(sums), rel=0.12)


def test_a_gain_of_methane_is_off_in_its_sum() -> None:
    ds = year_with()
    rng = np.random.default_rng(1)
    methane = 20.0 + 2.0 * ds.TA + rng.normal(0.0, 4.0, ds.sizes["time"])
    ds = ds.assign(FCH4=methane.where(rng.random(ds.sizes["time"]) < 0.7).assign_attrs(units="nmol m-2 s-1"))
    ds = ds.assign(FCH4_UNC_CALIBRATION=GAIN * np.abs(ds.FCH4))
    y = fk.ecosystem.annual(fk.ecosystem.fill(ds.drop_vars("NEE"), "FCH4", method="mds"))
    wanted = GAIN * float(y.value.sel(variable="FCH4").squeeze())
    assert float(y.parts.sel(part="calibration", variable="FCH4").squeeze()) == pytest.approx(
        wanted, rel=1e-6
    )
