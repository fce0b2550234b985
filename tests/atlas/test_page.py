"""The atlas: what is read, joined, shown and withheld."""

import json
import re

import numpy as np
import pytest
import xarray as xr

from fluxkit.atlas.figures import grid
from fluxkit.atlas.page import atlas, render
from fluxkit.atlas.stations import Station, read_stations
from fluxkit.cli.main import main
from fluxkit.errors import NoInputError, ReadError
from fluxkit.report.web.packing import unpacked
from tests.atlas.conftest import half_hours, write_table


def made(site="XX-One", first=2019, years=2, **values):
    start = half_hours(first, years)
    rng = np.random.default_rng(1)
    given = values or {"NEE": rng.normal(size=start.size), "TA": rng.normal(10, 5, start.size)}
    return Station(
        site, start[0], 1800.0, {n: np.broadcast_to(x, start.shape).copy() for n, x in given.items()}
    )


def data_of(page):
    return json.loads(re.search(r'id="data">(.*?)</script>', page, flags=re.S).group(1))


def test_one_page_holds_all_and_asks_for_nothing():
    page = render([made()])
    for title in ("Year by month", "Normals", "Trends", "Fingerprints", "Course of the day", "Inputs"):
        assert f">{title}</h2>" in page
    assert "withheld: 2 whole years; a trend needs 10" in page
    assert "mean of 2 years" in page
    assert not re.search(r"\b(src|href)=[\"'](?!#)", page)
    assert set(data_of(page)["columns"]) == {"NEE XX-One", "TA XX-One"}


def test_ten_years_have_a_trend():
    start = half_hours(2005, 10)
    year = start.astype("datetime64[Y]").astype(int) + 1970
    page = render([made(first=2005, years=10, TA=0.05 * (year - 2005.0))])
    assert "period average of 10 years" in page
    row = re.search(r"<td>TA \(°C\)</td>(.*?)</tr>", page, flags=re.S).group(1)
    assert ">0.50<" in row
    assert "withheld" not in row


def test_stations_stand_side_by_side_each_by_its_own_clock():
    page = render([made("AA-One", 2019, 1), made("BB-Two", 2020, 2, NEE=2.0)])
    data = data_of(page)
    assert data["clock"]["count"] == half_hours(2019, 3).size
    two = unpacked(data["columns"]["NEE BB-Two"])
    assert np.isnan(two[:17520]).all()
    np.testing.assert_allclose(two[17520:], 2.0)
    assert "AA-One 2019" in page
    assert "BB-Two 2021" in page


def test_years_of_one_site_are_joined(tmp_path):
    sources = []
    for year in (2019, 2020, 2021):
        start = half_hours(year, 1)
        sources.append(
            write_table(tmp_path / f"XX-Abc_{year}.csv", start, NEE=np.full(start.size, year - 2000.0))
        )
    late = half_hours(2020, 1)[-48:]
    sources.append(write_table(tmp_path / "XX-Abc_again.csv", late, NEE=np.full(48, -1.0)))
    (station,) = read_stations(sources)
    assert station.site == "XX-Abc"
    assert station.values["NEE"].size == half_hours(2019, 3).size
    assert station.values["NEE"][[0, 17520, -1]].tolist() == [19.0, 20.0, 21.0]
    assert station.values["NEE"][station.times == late[0]] == -1.0
    assert any("48 records are in" in note for note in station.notes)


def test_what_an_ecosystem_has_filled_is_taken(tmp_path):
    time = half_hours(2020, 1).astype("datetime64[ns]")
    nee = np.ones(time.size)
    nee[::3] = np.nan
    variables = {"NEE": nee, "NEE_F": np.full(time.size, 2.0), "GPP_NT": np.full(time.size, 5.0)}
    ds = xr.Dataset({n: ("time", x, {"units": "umol m-2 s-1"}) for n, x in variables.items()}, {"time": time})
    ds = ds.assign_attrs(site="XX-Eco", latitude=50.0, longitude=9.0, utc_offset_h=1.0)
    ds.to_netcdf(tmp_path / "XX-Eco_ecosystem.nc")
    (station,) = read_stations([tmp_path / "XX-Eco_ecosystem.nc"])
    assert list(station.values) == ["NEE", "GPP"]
    assert np.isfinite(station.values["NEE"]).sum() == time.size
    assert np.nanmin(station.values["NEE"]) == np.nanmax(station.values["NEE"]) == 2.0
    assert "gaps are filled in NEE, GPP" in station.notes


def test_sums_are_rates_of_a_day_and_angles_have_no_mean(tmp_path):
    start = half_hours(2020, 1)
    path = write_table(
        tmp_path / "XX-Abc.csv", start, P=np.full(start.size, 0.1), WD=np.full(start.size, 359.0)
    )
    (station,) = read_stations([path], ["P", "WD"])
    np.testing.assert_allclose(station.values["P"], 4.8)
    assert "WD" not in station.values
    assert any("angle" in note for note in station.notes)


def test_what_cannot_be_shown_is_said(tmp_path):
    path = write_table(tmp_path / "XX-Abc.csv", half_hours(2020, 1), NEE=np.ones(17568))
    with pytest.raises(NoInputError, match="has any of CH4"):
        read_stations([path], ["CH4"])
    with pytest.raises(ReadError):
        read_stations([tmp_path / "none.csv"])
    hours = made("BB-Two")
    hours.step_s = 3600.0
    with pytest.raises(NoInputError, match="several lengths"):
        render([made(), hours])


def test_a_variable_without_values_in_a_month_is_pale_and_all_else_is_written():
    start = half_hours(2020, 1)
    values = np.where(start < np.datetime64("2020-03-01"), np.nan, 12.34)
    page = render([made(first=2020, years=1, TA=values)])
    svg = re.search(r"<svg.*?</svg>", page, flags=re.S).group(0)
    assert svg.count("var(--line)") == 3  # two months and the year
    assert svg.count(">12.3<") == 10


def test_texts_of_users_are_escaped():
    page = render([made("<script>alert(1)</script>\u202e")])
    assert "<script>alert" not in page
    assert "\u202e" not in page
    from fluxkit.atlas.climate import months_of

    start = half_hours(2020, 1)
    assert "<b>" not in grid([("<b>", months_of(np.ones(start.size), start, 1800.0))], "<b>")


def test_the_command_writes_a_file_or_into_a_folder(tmp_path, capsys):
    start = half_hours(2020, 1)
    path = write_table(tmp_path / "XX-Abc.csv", start, NEE=np.ones(start.size), TA=np.ones(start.size))
    for out, wanted in (
        (tmp_path / "x.html", tmp_path / "x.html"),
        (tmp_path / "out", tmp_path / "out/atlas.html"),
    ):
        with pytest.raises(SystemExit) as end:
            main(["atlas", str(path), "-o", str(out), "--variable", "TA"])
        assert not end.value.code
        assert wanted.is_file()
        assert str(wanted) in capsys.readouterr().out
    assert set(data_of(wanted.read_text(encoding="utf-8"))["columns"]) == {"TA XX-Abc"}
    assert atlas([path], tmp_path / "y.html") == tmp_path / "y.html"


def test_three_years_of_seven_variables_are_small(shared):
    """US-Tw3: fluxatlas 0.3.1 makes 1.3 MB of it."""
    path = shared / "data" / "halfhourly" / "US-Tw3_2014-2016_HH.csv.gz"
    page = render(read_stations([path], ["NEE", "LE", "H", "TA", "VPD", "SW_IN", "USTAR"]))
    assert len(page.encode()) < 1_000_000
