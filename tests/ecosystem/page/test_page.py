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
from fluxkit.ecosystem.page.page import Years, night, render, write_page
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
    head = ("year", "variable", "random", "systematic", "ensemble")
    return Years(
        annual, [["2020", "NEE", "5", "10", "20"]], head, thresholds,
        {"mds": np.array([2.0, 3.0])}, ["day", "30 d"], [EVIL], [("u*", EVIL)],
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
