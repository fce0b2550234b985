"""ecosystem.html: what there is has its section, what is missing leaves none, texts are escaped."""

import dataclasses
import json
import re

import numpy as np
import pytest
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.page.columns import GRAM, cumulated
from fluxkit.ecosystem.page.figures import Yearly
from fluxkit.ecosystem.page.page import Years, render, write_page
from fluxkit.ecosystem.page.relations import night
from fluxkit.ecosystem.page.uncertainty import band
from fluxkit.report.web.packing import unpacked
from tests.report.test_page import Checker
from tests.report.web.made_page import EVIL


def halfhours(days: int = 730) -> xr.Dataset:
    """Two years with what every part of the page shows."""
    n = 48 * days
    rng = np.random.default_rng(2)
    time = np.datetime64("2019-12-31T23:00", "ns") + np.arange(n) * np.timedelta64(30, "m")
    hour = np.arange(n) % 48 / 2
    light = 700.0 * np.maximum(0.0, np.sin((hour - 6) / 12 * np.pi))
    temperature = 10.0 + 8.0 * np.sin(np.arange(n) / n * 4 * np.pi)
    reco, gpp = 2.0 + 0.1 * temperature, 0.02 * light
    nee = reco - gpp + rng.normal(0, 1.0, n)
    measured = np.where(rng.random(n) < 0.4, np.nan, nee)
    ustar = rng.gamma(3.0, 0.1, n)
    flux, units = "umol m-2 s-1", {}
    variables = {
        "NEE": (measured, flux), "NEE_F": (nee, flux), "NEE_F_QC": (np.isnan(measured) * 1.0, "1"),
        "NEE_F_METHOD": (np.isnan(measured) * 2.0, "1"), "RECO_NT": (reco, flux), "GPP_NT": (gpp, flux),
        "SW_IN": (light, "W m-2"), "TA": (temperature, "degC"), "VPD": (temperature / 2, "hPa"),
        "USTAR": (ustar, "m s-1"), "LE": (light / 3, "W m-2"),
    }  # fmt: skip
    ds = xr.Dataset(
        {k: ("time", v, {"units": u, **units}) for k, (v, u) in variables.items()}, {"time": time}
    )
    windows = time[:: 48 * 5]
    ds["E0_NT"] = ("window_nt", np.full(windows.size, 150.0))
    ds["E0_SE_NT"] = ("window_nt", np.full(windows.size, 20.0))
    return ds.assign_coords(window_nt=windows).assign_attrs(
        site=EVIL, latitude=50.0, longitude=11.0, utc_offset_h=1.0
    )


def found_years() -> Years:
    thresholds = xr.Dataset(
        {"threshold": ("year", [0.21, np.nan]), "quantiles": (("percentile", "year"), np.full((3, 2), 0.2))},
        {"year": [2020, 2021], "percentile": [5, 50, 95]},
    )
    annual = [
        Yearly(year, name, v, v - 40, v + 40)
        for year in (2020, 2021)
        for name, v in (("NEE", -20.0), ("GPP_NT", 1500.0))
    ]
    return Years(
        annual, found_sums(), thresholds,
        {"mds": np.array([2.0, 3.0])}, ["day", "30 d"], [EVIL], [("u*", EVIL)],
    )  # fmt: skip


def found_sums() -> xr.Dataset:
    """Sums with a half width of 40, of random 3, systematic 12 and ensemble 4; 13 together."""
    dims, shape = ("year", "variable"), (2, 2)
    value = np.array([[-20.0, 1500.0]] * 2)
    parts = np.stack([np.full(shape, 3.0), np.full(shape, 12.0), np.full(shape, np.nan)])
    return xr.Dataset(
        {
            "value": (dims, value), "lower": (dims, value - 40.0), "upper": (dims, value + 40.0),
            "random": (dims, np.full(shape, 3.0)), "systematic": (dims, np.full(shape, 12.0)),
            "ensemble": (dims, np.full(shape, 4.0)), "parts": (("part", *dims), parts),
            "reddyproc": ("year", [7.0, 7.5], {"comment": "no gaps in it"}),
            "oneflux": ("year", [2.0, np.nan], {"comment": "neither gaps nor neighbours in it"}),
        },
        {"year": [2020, 2021], "variable": ["NEE", "GPP_NT"], "part": ["noise", "gaps", "ustar"]},
    )  # fmt: skip


@pytest.fixture(scope="module")
def page() -> str:
    return render(halfhours(), found_years())


def test_every_part_has_its_section(page: str) -> None:
    checker = Checker()
    checker.feed(page)
    assert checker.faults == []
    assert checker.open == []
    assert re.findall(r"<h2>([^<]+)</h2>", page) == [
        "Years", "Fingerprints", "Sums since January", "Course of the day", "Turbulence at night", "Gaps",
        "Responses", "Parameters", "Through time", "What was done",
    ]  # fmt: skip
    assert "<script>alert" not in page
    assert "none found" in page  # the year without a threshold


def test_the_sums_are_those_of_the_half_hours(page: str) -> None:
    ds = halfhours()
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, flags=re.S).group(1))  # type: ignore[union-attr]
    total = unpacked(data["columns"]["NEE_F_SUM"])
    first = ds["time"].values < np.datetime64("2020-12-31T23:00")  # the year ends on the local clock
    want = float(ds["NEE_F"].values[first].sum()) * GRAM * 1800.0
    assert total[first][-1] == pytest.approx(want, abs=0.05)
    assert total[-1] == pytest.approx(float(ds["NEE_F"].values[~first].sum()) * GRAM * 1800.0, abs=0.05)


def test_bands_end_in_the_interval_of_the_year(page: str) -> None:
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, flags=re.S).group(1))  # type: ignore[union-attr]
    columns = {name: unpacked(data["columns"][name]) for name in data["columns"] if "_SUM" in name}
    lower, total, upper = (columns[f"NEE_F_SUM{end}"] for end in ("_LOWER", "", "_UPPER"))
    there = np.flatnonzero(np.isfinite(upper))
    at = HalfHours.of(halfhours())
    for year in (2020, 2021):
        here = there[at.year[there] == year]
        assert upper[here[-1]] - lower[here[-1]] == pytest.approx(80.0, abs=0.1)
        half = (upper - total)[here]
        assert half[0] < 5.0
        middle = half[here.size // 2] / half[-1]  # mostly systematic: as filled records, nearly linear
        assert middle == pytest.approx(np.sqrt(9 * 0.5 + 144 * 0.25 + 16 * 0.25) / 13.0, abs=0.02)
    assert "95 % intervals" in page


def test_other_programs_stand_beside_and_why(page: str) -> None:
    text = re.sub(r"<[^>]+>", " ", page)
    assert re.search(r"2020\s+NEE\s+3\.00\s+12\.0\s+4\.00\s+13\.0", text)
    assert re.search(r"here.*REddyProc.*ONEFlux", text)
    assert re.search(r"2020\s+13\.0\s+7\.00\s+2\.00", text)
    assert re.search(r"2021\s+13\.0\s+7\.50\s+–", text)
    assert "REddyProc has no gaps in it." in text


def test_members_tell_how_the_ensemble_grows() -> None:
    ds = halfhours()
    at = HalfHours.of(ds)
    sums = found_sums().assign(random=found_sums()["random"] * 0, systematic=found_sums()["systematic"] * 0)
    late = (at.day_of_year > 300) * 1.0  # thresholds differ in the last days of the year alone
    offsets = np.array([-1.0, 0.0, 1.0])
    ds["NEE_F_USTAR"] = (
        ("variant", "ustar_percentile", "time"),
        (ds["NEE_F"].values + offsets[:, None] * late)[None],
        {},
    )
    ds = ds.assign_coords(variant=["VUT"])
    found = band("NEE", cumulated(ds["NEE_F"].values, at), ds, at, sums)
    assert found is not None
    half = (found[1] - found[0]) / 2.0
    assert np.nanmax(half[(at.year == 2020) & (at.day_of_year <= 300)]) < 1e-9
    assert half[at.year == 2020][-1] == pytest.approx(40.0)
    assert band("FCH4", np.ones(at.start.size), ds, at, sums) is None


def test_a_sum_starts_anew_each_year() -> None:
    ds = halfhours()
    at = HalfHours.of(ds)
    total = cumulated(np.ones(at.start.size), at)
    ends = [int(np.flatnonzero(at.year == year)[-1]) for year in (2020, 2021)]
    grams = [round(total[end] / (GRAM * 1800.0)) for end in ends]
    assert grams == [int((at.year == year).sum()) for year in (2020, 2021)]


def test_what_is_missing_leaves_no_section() -> None:
    ds = halfhours(60)[["NEE"]]
    page = render(ds, Years())
    assert re.findall(r"<h2>([^<]+)</h2>", page) == ["Fingerprints", "Course of the day", "Through time"]


def test_methane_alone_has_its_sum_gaps_and_responses() -> None:
    ds = halfhours(200)[["NEE", "NEE_F", "NEE_F_QC", "TA", "VPD"]]
    names = {name: name.replace("NEE", "FCH4") for name in ("NEE", "NEE_F", "NEE_F_QC")}
    ds = ds.rename(names)
    for name in ("FCH4", "FCH4_F"):
        ds[name] = ds[name].assign_attrs(units="nmol m-2 s-1")
    page = render(ds, Years())
    assert re.findall(r"<h2>([^<]+)</h2>", page) == [
        "Fingerprints", "Sums since January", "Gaps", "Responses", "Through time",
    ]  # fmt: skip
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, flags=re.S).group(1))  # type: ignore[union-attr]
    total = unpacked(data["columns"]["FCH4_F_SUM"])[-1]
    assert total == pytest.approx(float(ds["FCH4_F"].sum()) * 12.011e-9 * 1800.0, abs=1e-3)
    assert "sum of FCH4_F" in page


def test_a_constant_threshold_is_drawn_for_all_years() -> None:
    ds, found = halfhours(), found_years().thresholds
    assert found is not None
    page = render(ds.assign_attrs(ustar_pool="CUT"), Years(thresholds=found.assign(single=0.37)))
    assert "2020: 0.37" in page
    assert "2021: 0.37" in page


def test_night_is_by_radiation_then_by_the_sun_then_by_the_clock() -> None:
    ds = halfhours(10)
    at = HalfHours.of(ds)
    measured = night(ds, at)
    assert np.array_equal(measured, ds["SW_IN"].values < 10.0)
    by_sun = night(ds.drop_vars("SW_IN"), at)
    assert np.array_equal(by_sun, at.potential_radiation < 10.0)
    nowhere = HalfHours.of(ds.drop_vars("SW_IN").assign_attrs(latitude=None))
    by_clock = night(ds.drop_vars("SW_IN"), nowhere)
    assert set(nowhere.hour[~by_clock]) <= set(np.arange(6.25, 20.0, 0.5))


def test_it_is_written_whole(tmp_path) -> None:  # type: ignore[no-untyped-def]
    years = dataclasses.replace(found_years(), annual=())
    write_page(tmp_path / "ecosystem.html", halfhours(30), years)
    assert [path.name for path in tmp_path.iterdir()] == ["ecosystem.html"]
