"""Files as the programs write them, made here; each reader gives back what was written."""

import numpy as np
import pytest
import xarray as xr

from fluxkit.budget.reading.biome_bgc import read_annual, read_daily
from fluxkit.budget.reading.century import read_century
from fluxkit.budget.reading.declared import read_netcdf_series, read_table_series
from fluxkit.budget.reading.modis import read_modis
from fluxkit.budget.reading.tables import read_table
from fluxkit.errors import ReadError


def day(text):
    return np.datetime64(text, "D")


def test_century_list_by_month(tmp_path):
    """list100's 1991.00 is the end of December 1990."""
    path = tmp_path / "c.lis"
    times = [1990 + month / 12 for month in range(1, 25)]
    lines = [f"{t:10.2f}{10.0 * k:14.4f}{k:12.3f}" for k, t in enumerate(times)]
    path.write_text("      time        cproda      somsc\n\n" + "\n".join(lines) + "\n")
    begin, end, value, problems = read_century(path, "CPRODA")
    assert (begin[0], end[0]) == (day("1990-01-01"), day("1990-02-01"))
    assert (begin[11], end[11]) == (day("1990-12-01"), day("1991-01-01"))
    assert value.tolist() == [10.0 * k for k in range(24)]
    assert problems == []
    with pytest.raises(ReadError, match="did you mean 'cproda'"):
        read_century(path, "cprodb")


def test_century_list_by_year_with_a_repeated_line(tmp_path):
    path = tmp_path / "c.lis"
    path.write_text("time npp\n\n1991.00 400.0\n1992.00 410.0\n1992.00 410.0\n1993.00 NaN\nend of run\n")
    begin, end, value, problems = read_century(path, "npp")
    assert (begin[0], end[0]) == (day("1990-01-01"), day("1991-01-01"))
    assert value[:2].tolist() == [400.0, 410.0]
    assert np.isnan(value[2])
    assert len(problems) == 2


def test_daycent_by_day(tmp_path):
    path = tmp_path / "summary.out"
    path.write_text(
        " time dayofyr   NPP\n  1992.08      31   1.5\n  1992.08      60   2.5\n  1992.98     366   0.5\n"
    )
    begin, end, value, _ = read_century(path, "NPP")
    assert begin.tolist() == [day("1992-01-31").item(), day("1992-02-29").item(), day("1992-12-31").item()]
    assert (end - begin).astype(int).tolist() == [1, 1, 1]
    assert value.tolist() == [1.5, 2.5, 0.5]


BGC = """Annual summary output from Biome-BGC version 4.2
ann PRCP = annual total precipitation (mm/yr)
ann Tavg = annual average air temperature (deg C)
max LAI = annual maximum value of projected leaf area index (m2/m2)
ann ET = annual total evapotranspiration (mm/yr)
ann OF = annual total outflow (mm/yr)
ann NPP = annual total net primary production (gC/m2/yr)
ann NPB = annual total net biome production (gC/m2/yr)

  year  ann PRCP  ann Tavg   max LAI    ann ET    ann OF   ann NPP   ann NBP
  2001     812.0       8.1       4.2     450.3     360.1     512.4      61.7
  2002     744.2       8.6       4.1     461.0     280.9     498.0      44.1
"""


def test_biome_bgc_by_year(tmp_path):
    path = tmp_path / "x_ann.txt"
    path.write_text(BGC)
    begin, end, value, problems = read_annual(path, "NPP")
    assert value.tolist() == [512.4, 498.0]
    assert (begin[1], end[1]) == (day("2002-01-01"), day("2003-01-01"))
    assert read_annual(path, "NBP")[2].tolist() == [61.7, 44.1]
    assert problems == []
    with pytest.raises(ReadError, match="no 'GPP' in its legend"):
        read_annual(path, "GPP")
    path.write_text("nothing of the kind\n1 2 3\n")
    with pytest.raises(ReadError, match="no annual summary"):
        read_annual(path, "NPP")


def test_biome_bgc_by_day_has_no_leap_days(tmp_path):
    path = tmp_path / "x.dayout.ascii"
    np.savetxt(path, np.column_stack([np.arange(730) * 1e-5, np.ones(730)]), fmt="%.6e")
    begin, _, value, problems = read_daily(path, 1, 2004)
    assert value[100] == pytest.approx(100e-5)
    assert begin[58] == day("2004-02-28")
    assert begin[59] == day("2004-03-01")
    assert begin[364] == day("2004-12-31")
    assert begin[365] == day("2005-01-01")
    assert problems == []
    with pytest.raises(ReadError, match="no column 3"):
        read_daily(path, 3, 2004)


def test_modis_as_modistools_writes_it(tmp_path):
    rows = ["band,units,scale,latitude,longitude,site,product,calendar_date,pixel,value"]
    for date, values in {
        "2020-12-18": (300, 340),
        "2020-12-26": (32766, 200),
        "2021-01-01": (32761, 32766),
    }.items():
        rows += [
            f"Gpp_500m,kg C/m^2,0.0001,47.1,8.4,CH-Cha,MOD17A2H,{date},{k + 1},{v}"
            for k, v in enumerate(values)
        ]
    rows.append("Psn_QC_500m,class,Not Available,47.1,8.4,CH-Cha,MOD17A2H,2020-12-18,1,8")
    path = tmp_path / "m.csv"
    path.write_text("\n".join(rows))
    begin, end, value, problems, place = read_modis(path, "Gpp")
    assert value[0] == pytest.approx(0.032)
    assert value[1] == pytest.approx(0.020)  # the other pixel is a fill value
    assert np.isnan(value[2])
    assert (end - begin).astype(int).tolist() == [8, 6, 8]  # the year's last composite is short
    assert place == pytest.approx((47.1, 8.4))
    assert "1 of 3 composites" in problems[0]


def test_modis_as_appeears_writes_it(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "ID,Latitude,Longitude,Date,MODIS_Tile,MOD17A3HGF_061_Npp_500m,MOD17A3HGF_061_Npp_QC_500m\n"
        "x,47.1,8.4,2020-01-01,h18v04,0.512,12\nx,47.1,8.4,2021-01-01,h18v04,3.2766,255\n"
    )
    begin, end, value, _, _ = read_modis(path, "Npp")
    assert value[0] == 0.512
    assert np.isnan(value[1])
    assert (begin[0], end[0]) == (day("2020-01-01"), day("2021-01-01"))
    with pytest.raises(ReadError, match="no band 'Gpp'"):
        read_modis(path, "Gpp")


def test_mod13_index(tmp_path):
    path = tmp_path / "n.csv"
    path.write_text(
        "ID,Date,MOD13Q1_061__250m_16_days_NDVI,MOD13Q1_061__250m_16_days_VI_Quality\nx,2020-06-09,0.81,1\n"
    )
    begin, end, value, _, place = read_modis(path, "NDVI")
    assert value.tolist() == [0.81]
    assert (end - begin).astype(int).tolist() == [16]
    assert place is None


@pytest.mark.parametrize(
    ("head", "stamps", "first", "last"),
    [
        ("date", ["2020-01-31", "2020-02-01"], "2020-01-31", "2020-02-01"),
        ("TIMESTAMP", ["20200131", "20200201"], "2020-01-31", "2020-02-01"),
        ("month", ["2020-02", "2020-03"], "2020-02-01", "2020-03-01"),
        ("TIMESTAMP", ["202002", "202003"], "2020-02-01", "2020-03-01"),
        ("year", ["2020", "2021"], "2020-01-01", "2021-01-01"),
    ],
)
def test_dates_of_tables(tmp_path, head, stamps, first, last):
    path = tmp_path / "t.csv"
    path.write_text(f"{head};GPP\n{stamps[0]};1.5\n{stamps[1]};-9999\n")
    begin, end, value, _, sites = read_table_series(path, "GPP")
    assert (begin[0], end[0]) == (day(first), day(last))
    assert value[0] == 1.5
    assert np.isnan(value[1])
    assert sites == set()


def test_year_and_month_and_repeated_dates_and_sites(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("site,year,month,NPP\nA,2020,3,2\nA,2020,2,1\nA,2020,3,9\n")
    begin, _, value, problems, sites = read_table_series(path, "NPP")
    assert begin.tolist() == [day("2020-02-01").item(), day("2020-03-01").item()]
    assert value.tolist() == [1.0, 2.0]
    assert "1 dates occur twice" in problems[0]
    assert sites == {"A"}
    path.write_text("date,NPP\nsoon,2\n")
    with pytest.raises(ReadError, match=r":2: 'soon' is no date"):
        read_table_series(path, "NPP")


def test_the_nearest_cell_of_a_netcdf_grid(tmp_path):
    time = np.array(["2020-01-15", "2020-02-15", "2020-03-15"], "M8[ns]")
    lat, lon = np.array([45.0, 47.0]), np.array([8.0, 352.0])
    data = np.arange(12.0).reshape(3, 2, 2)
    ds = xr.Dataset(
        {"gpp": (("time", "lat", "lon"), data, {"units": "kg C m-2 s-1"})},
        {"time": time, "lat": lat, "lon": lon},
    )
    path = tmp_path / "j.nc"
    ds.to_netcdf(path)
    begin, end, value, _, unit, cell = read_netcdf_series(path, "gpp", (46.5, -7.0))
    assert value.tolist() == [3.0, 7.0, 11.0]
    assert cell == (47.0, -8.0)
    assert unit == "kg C m-2 s-1"
    assert (begin[1], end[1]) == (day("2020-02-01"), day("2020-03-01"))
    with pytest.raises(ReadError, match="holds many cells"):
        read_netcdf_series(path, "gpp")
    with pytest.raises(ReadError, match="no variable 'npp'; it has gpp"):
        read_netcdf_series(path, "npp")


def test_tables_name_lines_and_columns(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("plot,volume\nA,12\nB,twelve\n")
    table = read_table(path)
    with pytest.raises(ReadError, match=r":3: 'twelve' in column volume"):
        table.numbers("volume")
    with pytest.raises(ReadError, match="did you mean 'volume'"):
        table.numbers("volumes")
    with pytest.raises(ReadError, match="cannot be read"):
        read_table(tmp_path / "absent.csv")
    path.write_text("plot,date\nA,2015-07-02\nB,2015\n")
    assert read_table(path).years("date") == pytest.approx([2015 + 182 / 365, 2015.5])
