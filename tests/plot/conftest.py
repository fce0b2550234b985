"""Datasets that the figures are drawn from, made once."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.chamber.synthetic.plots import make_campaign
from fluxkit.schema import variables
from fluxkit.site.models import Site

SAMPLES = Path(__file__).resolve().parents[2] / "data_samples"


@pytest.fixture(autouse=True)
def closed_figures():
    import matplotlib as mpl

    mpl.use("Agg")
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


@pytest.fixture(scope="session")
def fluxes() -> xr.Dataset:
    """Forty days of a tower's results, with a gap, another clock and figures of their own."""
    n = 48 * 40
    rng = np.random.default_rng(3)
    hour = (np.arange(n) + 0.5) % 48 / 2
    sun = np.maximum(0.0, np.sin((hour - 6) / 12 * np.pi))
    nee = 4.0 - 18.0 * sun + rng.normal(0, 1.2, n)
    data = {
        "NEE": nee,
        "LE": 250.0 * sun + rng.normal(0, 12, n),
        "H": 140.0 * sun - 20.0 + rng.normal(0, 10, n),
        "NETRAD": 520.0 * sun - 50.0 + rng.normal(0, 10, n),
        "G": 40.0 * sun - 10.0,
        "NEE_RANDUNC_HF": 0.4 + 0.08 * np.abs(nee),
        "NEE_QC": rng.choice([0.0, 1.0, 2.0], n, p=[0.7, 0.2, 0.1]),
        "WS": rng.gamma(4.0, 0.8, n),
        "WD": (230.0 + rng.normal(0, 60, n)) % 360.0,
        "RH": 55.0 + 35.0 * np.cos((hour - 5) / 12 * np.pi),
        "CO2_TLAG_USED": np.round(rng.normal(0.3, 0.05, n), 1),
        "CO2_TLAG_NOMINAL": np.full(n, 0.3),
        "FETCH_90": rng.lognormal(5.0, 0.3, n),
        "FETCH_50": rng.lognormal(3.6, 0.3, n),
        "FETCH_MAX": rng.lognormal(2.6, 0.3, n),
    }
    data["H2O_TLAG_USED"] = np.round(0.2 + 0.6 * (data["RH"] / 100) ** 4 + rng.normal(0, 0.05, n), 1)
    for name in ("NEE", "LE", "H"):
        data[name][rng.random(n) < 0.15] = np.nan
    data["NEE_QC"][np.isnan(data["NEE"])] = np.nan
    rows = nee + np.array([[-0.8], [0.1], [0.9]])
    time = np.datetime64("2023-06-10T23:00", "ns") + np.arange(n) * np.timedelta64(30, "m")
    units = {name: variables.describe(name) for name in data}
    ds = xr.Dataset(
        {name: ("time", values, units[name]) for name, values in data.items()}
        | {
            "NEE_SCHEMES": (("scheme", "time"), rows),
            "NEE_CONSENSUS": ("time", rows.mean(axis=0), {"units": "umol m-2 s-1"}),
            "NEE_SPREAD": ("time", rows.std(axis=0), {"units": "umol m-2 s-1"}),
        },
        {"time": time},
        {"utc_offset_h": 1.0, "averaging_period_s": 1800.0},
    )
    return ds.isel(time=np.r_[0:400, 500:n])


@pytest.fixture(scope="session")
def year() -> xr.Dataset:
    """A year of half hours, filled in a way of its own."""
    from fluxkit.synthetic.half_hours import known_budget

    ds = known_budget(2, years=1)
    quality = np.where(np.isfinite(ds["NEE"]), 0.0, np.where(np.arange(ds.sizes["time"]) % 3 == 0, 2.0, 1.0))
    quality[4000:4100] = 3.0
    return ds.assign(
        NEE_F=ds["NEE"].fillna(ds["NEE_TRUE"]).assign_attrs(units="umol m-2 s-1"),
        NEE_F_QC=("time", quality),
        NEE_F_SD=("time", np.full(quality.size, 2.0)),
    )


@pytest.fixture(scope="session")
def site() -> Site:
    return fk.load(SAMPLES / "closed_path" / "site.toml")


@pytest.fixture(scope="session")
def moments(site) -> xr.Dataset:
    return fk.condense(fk.open_raw(SAMPLES / "closed_path" / "raw", site), site)


@pytest.fixture(scope="session")
def few(moments, site) -> xr.Dataset:
    """Fluxes of four half hours, decided."""
    return fk.decide(moments, site)


@pytest.fixture(scope="session")
def averages(moments, few, site) -> xr.Dataset:
    return fk.ensemble_spectra(moments, few, site)


@pytest.fixture(scope="session")
def campaign(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plots")
    return fk.chamber.run(make_campaign(folder, plots=2), folder / "out")
