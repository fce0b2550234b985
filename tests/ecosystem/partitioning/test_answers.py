"""What is missing is answered in words, and the rest is done."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.partitioning import METHODS, PartitioningError
from tests.ecosystem.partitioning.truths import site

BOTH = [("night", "NT"), ("day", "DT")]


def ratio(p: xr.Dataset, name: str, ds: xr.Dataset) -> float:
    return float(p[name].sum() / ds[name[:-3] + "_TRUE"].sum())


@pytest.mark.parametrize(("method", "end"), BOTH)
@pytest.mark.parametrize("minutes", [15, 30, 60])
def test_records_of_any_length(method: str, end: str, minutes: int) -> None:
    ds = site(1, minutes=minutes)
    assert abs(ratio(fk.ecosystem.partition(ds, method=method), f"RECO_{end}", ds) - 1) < 0.06


@pytest.mark.parametrize(
    ("missing", "says"),
    [("VPD", "no VPD"), ("SW_IN", "no SW_IN"), ("place", "Latitude and longitude are unknown")],
)
@pytest.mark.parametrize(("method", "end"), BOTH)
def test_without_a_driver(missing: str, says: str, method: str, end: str) -> None:
    ds = site(2)
    less = ds.drop_attrs() if missing == "place" else ds.drop_vars(missing)
    p = fk.ecosystem.partition(less, method=method)
    assert says in p[f"RECO_{end}"].attrs["comment"]
    assert abs(ratio(p, f"RECO_{end}", ds) - 1) < 0.06
    assert abs(ratio(p, f"GPP_{end}", ds) - 1) < 0.06


def test_a_logger_without_radiation_at_night_has_uptake_of_zero_then() -> None:
    ds = site(2)
    dark = ds["SW_IN"] <= 0
    p = fk.ecosystem.partition(ds.assign(SW_IN=ds["SW_IN"].where(~dark)), method="day")
    np.testing.assert_array_equal(p["GPP_DT"], fk.ecosystem.partition(ds, method="day")["GPP_DT"])


def test_without_nights_days_are_parted_and_nights_say_why() -> None:
    ds = site(3)
    ds["NEE"] = ds["NEE"].where(ds["SW_IN"] > 10)
    night = fk.ecosystem.partition(ds, method="night")
    assert night["RECO_NT"].isnull().all()
    assert "0 records of measured NEE at night" in night["RECO_NT"].attrs["comment"]
    day = fk.ecosystem.partition(night, method="day")
    assert "intercept of the light response curves" in day["RECO_DT"].attrs["comment"]
    assert abs(ratio(day, "GPP_DT", ds) - 1) < 0.3
    assert float((day["RECO_DT_SD"] / day["RECO_DT"]).min()) > 0.3


def test_without_days_nights_are_parted() -> None:
    ds = site(3)
    ds["NEE"] = ds["NEE"].where(ds["SW_IN"] <= 0)
    night = fk.ecosystem.partition(ds, method="night")
    assert abs(ratio(night, "RECO_NT", ds) - 1) < 0.06
    day = fk.ecosystem.partition(night, method="day")
    assert day["GPP_DT"].isnull().all()
    assert "no measured NEE by day" in day["RECO_DT"].attrs["comment"]


def test_without_a_response_to_temperature() -> None:
    ds = site(4)
    ds["TA"] = ds["TA"] * 0 + 10
    p = fk.ecosystem.partition(ds, method="night")
    assert "no response to temperature" in p["RECO_NT"].attrs["comment"]
    assert set(p["REASON_NT"].to_numpy()) == {"nights differ by less than 4 K"}
    assert p["RECO_NT"].notnull().all()


@pytest.mark.parametrize(
    ("method", "names"),
    [
        ("night", ("E0_NT", "E0_NT_RECORD", "RREF_NT_RECORD")),
        ("day", ("BETA_DT", "ALPHA_DT", "K_DT", "THETA_DT", "RREF_DT", "E0_DT", "SCALE_DT")),
    ],
)
def test_parameters_have_errors_in_their_units(method: str, names: tuple[str, ...]) -> None:
    p = fk.ecosystem.partition(site(3, measured=True), method=method)
    for name in names:
        short, _, rest = name.partition("_")
        error = p[f"{short}_SE_{rest}"]
        assert error.dims == p[name].dims
        assert error.attrs["units"] == p[name].attrs["units"]
        assert np.isfinite(error).mean() > 0.7
        assert (error.dropna(error.dims[0]) >= 0).all()


def test_a_polar_summer_is_said() -> None:
    ds = site(5, latitude=78.0)
    p = fk.ecosystem.partition(ds, method="night")
    assert "days from nights with measured NEE" in p["RECO_NT"].attrs["comment"]
    summer = p["RECO_NT_QC"].sel(time=slice("2021-06-10", "2021-07-05"))
    assert (summer == 2).all()


def test_an_outage_sums_up_to_what_was_filled() -> None:
    """Uptake that grows in an outage of a month: curves around it know nothing of that, a filler does."""
    ds = site(9)
    out = np.zeros(ds.sizes["time"], bool)
    out[150 * 48 : 180 * 48] = True
    more = ds["NEE"].where(~out, ds["RECO_TRUE"] - 1.6 * ds["GPP_TRUE"])
    gap = ds.assign(NEE=ds["NEE"].where(~out))
    filled = gap.assign(NEE_F=more, NEE_F_QC=("time", out.astype(float)))
    found = [float(fk.ecosystem.partition(x, method="day")["GPP_DT"][out].sum()) for x in (gap, filled)]
    assert found[1] / found[0] == pytest.approx(1.6, rel=0.15)


def test_nights_hold_less_between_night_and_day_where_air_drives() -> None:
    """The same numbers as air's and as soil's temperature: what damps the day's wave is between the two."""
    ds = site(6)
    air = fk.ecosystem.partition(ds)["E0_NT_RECORD"][0]
    soil = fk.ecosystem.partition(ds.rename(TA="TS"), temperature="TS")["E0_NT_RECORD"][0]
    assert float(air / soil) == pytest.approx(0.8)


def test_soil_temperature_by_option() -> None:
    ds = site(6).rename(TA="TS")
    with pytest.raises(PartitioningError, match="temperature='TS'"):
        fk.ecosystem.partition(ds)
    assert fk.ecosystem.partition(ds, temperature="TS")["RECO_NT"].notnull().all()


def test_an_unknown_variant_is_refused_with_the_known_ones() -> None:
    with pytest.raises(PartitioningError, match="night reddyproc"):
        fk.ecosystem.partition(site(0, days=20), method="night", variant="eddypro")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("method", "variant"), list(METHODS))
@pytest.mark.parametrize("kind", ["empty", "two days", "zero", "sinks at night", "cold"])
def test_nothing_fails_without_a_word(method: str, variant: str, kind: str) -> None:
    ds = site(7, days=2 if kind == "two days" else 60)
    if kind == "empty":
        ds["NEE"] = ds["NEE"] * np.nan
    if kind == "zero":
        ds["NEE"] = ds["NEE"] * 0
    if kind == "sinks at night":
        ds["NEE"] = -ds["NEE"]
    if kind == "cold":
        ds["TA"] = ds["TA"] - 70
    p = fk.ecosystem.partition(ds, method=method, variant=variant)
    end = "NT" if method == "night" else "DT"
    assert p[f"RECO_{end}"].notnull().any() or p[f"RECO_{end}"].attrs["comment"]


@pytest.mark.parametrize(("method", "end"), BOTH)
def test_net_exchange_in_other_units_gives_fluxes_in_them(method: str, end: str) -> None:
    """Twice the flux is twice the respiration: nothing in a window's fit knows how much is much."""
    ds = site(8, measured=True)
    twice = ds.copy()
    for name in ("NEE", "NEE_F", "NEE_F_SD"):
        twice[name] = 2 * ds[name]
    one, other = (fk.ecosystem.partition(x, method=method)[f"RECO_{end}"] for x in (ds, twice))
    np.testing.assert_allclose(other, 2 * one, rtol=1e-3)
