"""Runs of small sites: each method alone, wrong input of every kind, settings that make no sense."""

import csv
import json

import numpy as np
import pytest
import xarray as xr

from fluxkit.budget.processing.run import load, run
from fluxkit.budget.reading.half_hours import read_half_hour_table
from fluxkit.errors import ConfigError, NoInputError, ReadError

HEAD = '[budget]\nid = "X"\nlatitude = 47.0\nlongitude = 8.0\n'


def go(folder, text, **files):
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    (folder / "budget.toml").write_text(HEAD + text, encoding="utf-8")
    return run(folder / "budget.toml", folder / "out")


def rows(results):
    return {row.label: row.term for row in results.budget.rows}


def reasons(results):
    return " | ".join(problem.reason for problem in results.budget.problems)


ANNUAL = """year,variable,value,lower,upper,unit
2020,NEE,-200,-280,-120,g C m-2
2021,NEE,-3.0,-3.8,-2.2,Mg C ha-1
2020,GPP_NT,1400,1300,1500,g C m-2
2021,GPP_NT,1500,1400,1600,g C m-2
2020,GPP_DT,1450,1300,1600,g C m-2
2021,GPP_DT,1550,1400,1700,g C m-2
"""


def test_the_tower_alone_with_units_by_row(tmp_path):
    results = go(tmp_path, '[tower]\nannual = "a.csv"\npartitioning = "day"\n', a=ANNUAL)
    found = rows(results)
    assert found["NEP (−NEE)"].value == 250.0
    assert found["GPP"].value == 1500.0
    assert "has no RECO_DT" in reasons(results)
    assert any("no carbon use efficiency is chosen" in words for words in results.budget.missing)


def test_a_missing_year_is_named_and_the_others_are_used(tmp_path):
    text = 'years = [2020, 2021, 2022]\n[tower]\nannual = "a.csv"\n'
    results = go(tmp_path, text, a=ANNUAL)
    assert "no NEE of 2022" in reasons(results)
    assert rows(results)["NEP (−NEE)"].years == (2020, 2021)


def test_lateral_terms_with_dry_matter_and_wrong_rows(tmp_path):
    lateral = """year,term,value,standard_error,unit,carbon_fraction
2020,harvest,1.0,0.1,t DM ha-1,0.5
2021,harvest,3.0,0.1,t DM ha-1,0.5
2020,harvets,1.0,0.1,g C m-2,
2020,DOC,-4,1,g C m-2,
2020,imports,20,5,g C m-2,
"""
    text = '[tower]\nannual = "a.csv"\n[lateral]\nfile = "l.csv"\n'
    results = go(tmp_path, text, a=ANNUAL, l=lateral)
    # Harvest is 50 and 150, imports are 20 and none.
    assert rows(results)["NECB"].value == pytest.approx(250 - 100 + 10)
    found = reasons(results)
    assert "unknown lateral term 'harvets'" in found
    assert "DOC is -4" in found
    assert "imports is not given for 2021" in found


def test_dry_matter_without_a_fraction_costs_the_balance_and_not_the_tower(tmp_path):
    lateral = "year,term,value,standard_error,unit\n2020,harvest,1.0,0.1,t DM ha-1\n"
    text = '[tower]\nannual = "a.csv"\n[lateral]\nfile = "l.csv"\n'
    results = go(tmp_path, text, a=ANNUAL, l=lateral)
    assert "NECB" not in rows(results)
    assert "NEP (−NEE)" in rows(results)
    assert "is dry matter: give carbon_fraction" in reasons(results)


PLOTS = """plot,date,area,volume
A,2010-06-01,600,100
B,2010-06-01,600,150
C,2010-06-01,600,200
A,2015-06-01,600,130
B,2015-06-01,600,175
C,2015-06-01,600,235
D,2015-06-01,,100
E,2015-06-01,600,-5
F,,600,90
"""


def inventory(text):
    return f'[[inventories]]\nname = "trees"\nplots = "p.csv"\narea_unit = "m2"\n{text}\n'


def test_the_three_methods_on_one_table(tmp_path):
    gain = 30.0 / 5.0  # m3 ha-1 a-1
    for method, text, per_volume in (
        ("expansion-factor", "bcef = 0.7\nroot_shoot = 0.25", 0.7 * 1.25 * 0.47),
        ("continuous-function", "a = 0.6\nb = 20.0", 0.6 * 0.47),
        ("volume-expansion", "delta = 1.8\nrho = 0.5\ngamma = 0.5", 1.8 * 0.5 * 0.5),
    ):
        results = go(tmp_path, inventory(f'method = "{method}"\n{text}'), p=PLOTS)
        assert rows(results)["change of trees"].value == pytest.approx(100 * gain * per_volume, rel=1e-3)
        found = reasons(results)
        assert "plot D has no area" in found
        assert "plot E has a negative volume" in found
        assert "plot F has no date" in found


def test_a_plot_in_the_wrong_unit_of_area_is_doubted(tmp_path):
    text = inventory('method = "expansion-factor"\nbcef = 0.7\nroot_shoot = 0.25').replace('"m2"', '"hm2"')
    results = go(tmp_path, text, p=PLOTS)
    assert "have an area of 600 ha: is area_unit" in reasons(results)


def test_coefficients_of_the_tables_are_looked_up_and_jumps_are_said(tmp_path):
    text = inventory(
        'method = "expansion-factor"\nzone = "temperate"\nforest_type = "pines"\nroot_type = "conifers"'
    )
    results = go(tmp_path, text, p=PLOTS)
    assert "plots pass a bound of the tables" in reasons(results)


def test_pools_in_the_wrong_unit_are_asked(tmp_path):
    with pytest.raises(ConfigError, match=r"carbon \(C\), dry matter \(DM\) or CO2"):
        go(tmp_path, '[[pools]]\nfile = "p.csv"\nunit = "t ha-1"\n', p="pool,plot,date,value\n")
    with pytest.raises(ConfigError, match="is dry matter: give carbon_fraction"):
        go(tmp_path, '[[pools]]\nfile = "p.csv"\nunit = "t DM hm-2"\n', p="pool,plot,date,value\n")


def test_a_stock_that_no_ecosystem_has_is_doubted(tmp_path):
    table = (
        "pool,plot,date,value\nlitter,A,2010,500\nlitter,B,2010,520\nlitter,A,2011,700\nlitter,B,2011,730\n"
    )
    results = go(tmp_path, '[[pools]]\nfile = "p.csv"\nunit = "Mg C ha-1"\n', p=table)
    assert "more than any ecosystem has" in reasons(results)


def test_soil_by_depth_and_by_mass(tmp_path):
    lines = ["profile,date,top,bottom,bulk_density,carbon,rock"]
    for profile in ("A", "B", "C"):
        lines += [f"{profile},2010,0,20,1.0,3.0,0", f"{profile},2010,20,40,1.2,1.0,0"]
        # Loosened since: the same soil lies 5 cm deeper.
        lines += [f"{profile},2015,0,25,0.8,3.0,0", f"{profile},2015,25,45,1.2,1.0,0"]
    lines.append("D,2015,0,20,1100,3.0,0")
    table = "\n".join(lines) + "\n"
    results = go(tmp_path, '[soil]\nhorizons = "s.csv"\noutcrop = 0.5\nreference_mass = 3000.0\n', s=table)
    stocks = {row.label: row.term.value for row in results.budget.stocks}
    assert stocks["soil 2010"] == pytest.approx(100 * 0.5 * 70.0)
    assert rows(results)["change of soil"].value == pytest.approx(0.0, abs=1e-9)
    assert "profile D: bulk density 1100" in reasons(results)


def half_hours(path, years=(2021,), seed=0):
    rng = np.random.default_rng(seed)
    start = np.arange(f"{years[0]}-01-01", f"{years[-1] + 1}-01-01", 60, dtype="M8[m]")
    hour = np.arange(start.size)
    sun = np.maximum(np.sin(2 * np.pi * (hour % 24 - 6) / 24), 0)
    gpp = 15 * sun
    columns = {
        "NEE_F": 4 - gpp, "GPP_NT": gpp, "H": 100 * sun, "LE": 150 * sun, "NETRAD": 310 * sun - 5,
        "G": 20 * sun, "TA_F": 10 + 5 * sun, "WD": rng.uniform(0, 360, hour.size),
        "USTAR": rng.uniform(0.05, 0.6, hour.size),
    }  # fmt: skip
    stamps = [str(s).replace("-", "").replace("T", "").replace(":", "") for s in start]
    with path.open("w") as file:
        file.write(",".join(("TIMESTAMP_START", *columns)) + "\n")
        for stamp, row in zip(stamps, np.column_stack(list(columns.values())), strict=True):
            file.write(stamp + "," + ",".join(f"{x:.4f}" for x in row) + "\n")
    return float(gpp.sum() * 3600 * 12.011e-6)


ENERGY = '[energy]\nh = "H"\nle = "LE"\nrn = "NETRAD"\ng = "G"\ncorrections = ["bowen-ratio", "ratio"]\n'


def test_energy_of_half_hours_adds_columns_and_changes_none(tmp_path):
    half_hours(tmp_path / "h.csv")
    results = go(tmp_path, f'[tower]\nannual = "a.csv"\nhalf_hours = "h.csv"\n{ENERGY}', a=ANNUAL)
    with results.paths["energy_half_hours"].open() as file:
        table = list(csv.DictReader(file))
    noon = table[12]
    assert noon["TIMESTAMP_START"] == "202101011200"
    assert float(noon["H"]) == pytest.approx(100.0)
    assert float(noon["H_CORR_BR"]) + float(noon["LE_CORR_BR"]) == pytest.approx(
        float(noon["AVAILABLE"]), rel=1e-4
    )
    assert results.budget.closures["half hour"].ratio == pytest.approx(250 / (290 - 5 * np.pi), abs=0.02)
    assert set(results.budget.closures) == {"half hour", "day", "2021"}
    assert results.budget.water[2021] == pytest.approx(150 / np.pi * 86400 * 365 / 2.469e6, rel=0.02)
    assert [one.by for one in results.budget.residuals] == ["hour", "month", "sector of wind", "u* (m s⁻¹)"]


def test_an_unknown_column_is_named_with_the_nearest(tmp_path):
    half_hours(tmp_path / "h.csv")
    text = f'[tower]\nannual = "a.csv"\nhalf_hours = "h.csv"\n{ENERGY.replace("NETRAD", "NETRAT")}'
    results = go(tmp_path, text, a=ANNUAL)
    assert "no column 'NETRAT'; did you mean 'NETRAD'" in reasons(results)
    assert "NEP (−NEE)" in rows(results)


def test_models_beside_the_tower_and_those_of_another_place(tmp_path):
    total = half_hours(tmp_path / "h.csv")
    annual = ANNUAL.replace("2020", "2021").replace("2021,NEE,-3.0", "2022,NEE,-3.0")
    days = np.arange("2021-01-01", "2022-01-01", dtype="M8[D]")
    table = "date,GPP\n" + "".join(f"{day},{0.8 * total / 365:.5f}\n" for day in days)
    far = "ID,Latitude,Longitude,Date,MOD17A2H_061_Gpp_500m\nx,40.0,8.0,2021-01-01,0.02\n"
    text = """[tower]
annual = "a.csv"
half_hours = "h.csv"
[[series]]
name = "model"
file = "m.csv"
variable = "GPP"
column = "GPP"
unit = "g C m-2 d-1"
[[series]]
name = "sat"
file = "f.csv"
format = "modis"
variable = "GPP"
column = "Gpp"
[[series]]
name = "late"
file = "m.csv"
variable = "NPP"
column = "NPP"
unit = "t DM ha-1 a-1"
carbon_fraction = 0.5
"""
    results = go(tmp_path, text, a=annual, m=table, f=far)
    assert rows(results)["GPP of model"].value == pytest.approx(0.8 * total, rel=1e-4)
    found = reasons(results)
    assert "is of 40.00 N, 8.00 E, which is not X" in found
    assert "no column 'NPP'; did you mean 'GPP'" in found


def test_an_annual_table_of_a_leap_year_is_its_sum(tmp_path):
    text = """[[series]]
name = "model"
file = "m.csv"
variable = "NPP"
column = "NPP"
unit = "t DM ha-1 a-1"
carbon_fraction = 0.5
"""
    results = go(tmp_path, text, m="year,NPP\n2020,12.0\n")
    assert rows(results)["NPP of model"].value == pytest.approx(600.0)


def test_miami_from_one_year_warns(tmp_path):
    results = go(
        tmp_path, '[climate]\nfile = "c.csv"\ncarbon_fraction = 0.47\n', c="year,ta,p\n2020,10,800\n"
    )
    assert "10 years and more: 1 given" in reasons(results)


def test_light_use_with_parameters_of_ones_own(tmp_path):
    table = "date,fapar,sw_in,t_min,vpd\n" + "".join(
        f"{day},0.8,200,15,3\n" for day in np.arange("2020-01-01", "2021-01-01", dtype="M8[D]")
    )
    text = '[light_use]\nfile = "l.csv"\nvegetation = "Grass"\n'
    results = go(tmp_path, text, l=table)
    assert rows(results)["GPP of light use"].value == pytest.approx(366 * 0.45 * 0.0864 * 200 * 0.8 * 1.215)


def test_nothing_usable_ends_with_the_reason(tmp_path):
    with pytest.raises(NoInputError, match=r"no method could be used.*cannot be read"):
        go(tmp_path, '[tower]\nannual = "absent.csv"\n')
    assert "cannot be read" in (tmp_path / "out" / "quarantine.csv").read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no method is given"),
        ('[towre]\nannual = "a.csv"\n', "did you mean 'tower'"),
        ('[tower]\nanual = "a.csv"\n', "did you mean 'annual'"),
        ('[tower]\nannual = "a.csv"\n[lateral]\nabsent = ["harvst"]\n', "did you mean 'harvest'"),
        ('[tower]\nannual = "a.csv"\n[npp]\ncue = 0.5\n', "cue_standard_error"),
        (inventory('method = "continuous-function"'), "needs a and b: no default could be read"),
        (inventory('method = "volume-expansion"\ndelta = 1.9'), "needs rho and gamma"),
        (inventory('method = "expansion-factor"'), "needs bcef"),
        ('[chambers]\nfluxes = "c.csv"\nshares = { a = 1.0 }\n', "need tower.half_hours"),
        ('[climate]\nfile = "c.csv"\n', "carbon_fraction"),
        ('[light_use]\nfile = "c.csv"\n', "give vegetation, or efficiency"),
        (
            '[[series]]\nname = "m"\nfile = "m.csv"\nvariable = "GPP"\ncolumn = "x"\nunit = "t ha-1 a-1"\n',
            "dry matter",
        ),
        (
            '[[series]]\nname = "m"\nfile = "m.csv"\nvariable = "GPP"\ncolumn = "x"\nunit = "g C m-2"\n',
            "is a stock",
        ),
        ('[energy]\nh = "H"\n', "needs half_hours or daily"),
        ('[energy]\ndaily = "d.csv"\nbiomass = 3.0\n', "biomass_heat go together"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_the_line_and_the_nearest(tmp_path, text, words):
    path = tmp_path / "budget.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        load(path)


def test_the_record_names_products_and_settings(tmp_path):
    results = go(tmp_path, '[tower]\nannual = "a.csv"\n', a=ANNUAL)
    record = json.loads(results.paths["run"].read_text())
    assert record["settings"]["tower"]["partitioning"] == "night"
    assert "budget.html" in record["products"]
    with results.paths["budget"].open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert table[0]["term"] == "NEP (−NEE)"
    assert float(table[0]["value_Mg_C_ha"]) == pytest.approx(2.5)
    assert "leaves" in table[0]["includes"]


def test_a_workbook_of_daily_means_is_closed(tmp_path, shared):
    """FLUXNET2015's US-AR1, whose columns are the defaults."""
    path = shared / "data" / "halfhourly" / "FLX_US-AR1_FLUXNET2015_SUBSET_DD_2009-2012_1-3.xlsx"
    results = go(
        tmp_path, f'[energy]\ndaily = "{path.as_posix()}"\ncorrections = ["fluxnet", "bowen-ratio"]\n'
    )
    assert set(results.budget.closures) == {"day", "2009", "2010", "2011", "2012"}
    assert 1.0 < results.budget.closures["day"].ratio < 1.2
    with results.paths["energy_days"].open() as file:
        table = list(csv.DictReader(file))
    assert len(table) == 1461
    assert table[0]["TIMESTAMP"] == "20090101"
    assert {"LE_CORR", "LE_CORR_25", "LE_CORR_75", "LE_CORR_BR", "ET_CORR"} <= set(table[0])
    assert 400 < results.budget.water[2010] < 900


def test_a_satellite_is_corrected_with_the_footprints_share_in_its_pixel(tmp_path):
    total = half_hours(tmp_path / "h.csv")
    days = np.arange("2020-01-01", "2022-01-01", dtype="M8[D]")
    season = 1 + 0.5 * np.sin(np.arange(days.size) / 58)
    table = "date,GPP\n" + "".join(
        f"{d},{0.5 * total / 365 * s:.5f}\n" for d, s in zip(days, season, strict=True)
    )
    x = np.arange(-500.0, 501.0, 20.0)
    density = np.exp(-(x[:, None] ** 2 + x**2) / (2 * 100.0**2)) / (2 * np.pi * 100.0**2)
    xr.Dataset({"footprint": (("y", "x"), density)}, {"x": x, "y": x}).to_netcdf(tmp_path / "fp.nc")
    text = """[tower]
annual = "a.csv"
half_hours = "h.csv"
[footprint]
file = "fp.nc"
[[series]]
name = "sat"
file = "m.csv"
variable = "GPP"
column = "GPP"
unit = "g C m-2 d-1"
correct = true
pixel = { east = 0.0, north = 0.0, size = 400.0 }
"""
    results = go(tmp_path, text, a=ANNUAL, m=table)
    words = next(text for text in results.budget.sentences if text.startswith("sat corrected"))
    assert "91 % of the footprint lie in its pixel of 400 m" in words
    assert set(results.corrected["sat"]) == {2020, 2021}


def test_half_hours_of_netcdf_are_on_the_local_clock(tmp_path):
    time = np.arange("2020-12-31T23:00", "2021-01-02T23:00", 30, dtype="M8[m]").astype("M8[ns]")
    xr.Dataset({"NEE_F": ("time", np.arange(96.0))}, {"time": time}).to_netcdf(tmp_path / "h.nc")
    table = read_half_hour_table(tmp_path / "h.nc", 1.0)
    assert str(table.start[0]) == "2021-01-01T00:00:00"
    assert table.per_day == 48
    assert table.column("NEE_F")[47] == 47.0
    with pytest.raises(ReadError, match="no column 'NEE'; did you mean 'NEE_F'"):
        table.column("NEE")


def test_gaps_in_a_table_of_half_hours_are_gaps(tmp_path):
    path = tmp_path / "h.csv"
    path.write_text("TIMESTAMP_START,NEE\n202101010000,1\n202101010030,2\n202101010130,3\n")
    table = read_half_hour_table(path, 0.0)
    assert table.column("NEE").tolist()[:2] == [1.0, 2.0]
    assert np.isnan(table.column("NEE")[2])
    path.write_text("TIMESTAMP_START,NEE\n202101010000,1\n202101010007,2\n")
    with pytest.raises(ReadError, match="not evenly spaced"):
        read_half_hour_table(path, 0.0)


def test_a_tower_without_half_hours_is_compared_by_year(tmp_path):
    rng = np.random.default_rng(2)
    gpp = {year: 1400 + 80 * rng.standard_normal() for year in range(2010, 2020)}
    rows_of = [
        f"{y},NEE,-200,-280,-120,g C m-2\n{y},GPP_NT,{g},{g - 90},{g + 90},g C m-2\n" for y, g in gpp.items()
    ]
    model = "year,NPP\n" + "".join(f"{y},{0.8 * 0.5 * g + 20}\n" for y, g in gpp.items())
    text = """[tower]
annual = "a.csv"
[npp]
cue = 0.5
cue_standard_error = 0.1
[[series]]
name = "model"
file = "m.csv"
variable = "NPP"
column = "NPP"
unit = "g C m-2 a-1"
"""
    annual = "year,variable,value,lower,upper,unit\n" + "".join(rows_of)
    results = go(tmp_path, text, a=annual, m=model)
    (found,) = results.budget.comparisons
    assert (found.period, found.n) == ("year", 10)
    assert found.line.slope == pytest.approx(0.8, abs=0.01)


def test_species_of_a_plot_add_up_with_their_own_coefficients(tmp_path):
    table = """plot,species,date,area,volume,bcef,root_shoot
A,pine,2010,0.1,100,0.7,0.2
A,oak,2010,0.1,50,1.0,0.3
B,pine,2010,0.1,120,0.7,0.2
B,pine,2010,0.1,999,0.7,0.2
A,pine,2015,0.1,110,0.7,0.2
A,oak,2015,0.1,60,1.0,0.3
B,pine,2015,0.1,140,0.7,0.2
"""
    results = go(
        tmp_path, inventory('method = "expansion-factor"\nby_row = true').replace('"m2"', '"ha"'), p=table
    )
    stocks = {row.label: row.term.value for row in results.budget.stocks}
    a = 100 * 0.7 * 1.2 + 50 * 1.0 * 1.3
    assert stocks["trees 2010"] == pytest.approx(100 * 0.47 * (a + 120 * 0.7 * 1.2) / 2)
    assert "plot B occurs twice in one inventory" in reasons(results)


def test_types_are_looked_up_row_by_row(tmp_path):
    table = """plot,forest_type,root_type,date,area,volume
A,pines,conifers,2010,0.1,150
B,hardwoods,broadleaf,2010,0.1,150
"""
    text = inventory('method = "expansion-factor"\nzone = "temperate"\nby_row = true').replace('"m2"', '"ha"')
    results = go(tmp_path, text, p=table)
    (row,) = results.budget.stocks
    # Pines: 0.7 and 0.29; hardwoods 1.05, and with 157.5 Mg DM ha-1 0.24.
    both = 150 * 0.7 * 1.29 + 150 * 1.05 * 1.24
    assert row.term.value == pytest.approx(100 * 0.47 * both / 2)
    assert any("one inventory only" in words for words in results.budget.missing)


def test_stems_in_place_of_volumes(tmp_path):
    plots = "plot,date,area\nA,2010,0.05\nB,2010,0.05\nA,2015,0.05\nB,2015,0.05\n"
    stems = "plot,date,diameter\n"
    for year, d in ((2010, 20.0), (2015, 23.0)):
        stems += "".join(f"{plot},{year},{d}\n" for plot in "AB" for _ in range(30))
    stems += "C,2010,30\nA,2010,-4\n"
    text = """[[inventories]]
plots = "p.csv"
stems = "s.csv"
stem_a = 0.1
stem_b = 2.4
method = "allometry"
root_shoot = 0.25
"""
    results = go(tmp_path, text, p=plots, s=stems)
    biomass = [30 * 0.1 * d**2.4 / 0.05 / 1000 for d in (20.0, 23.0)]
    assert rows(results)["change of trees"].value == pytest.approx(
        100 * (biomass[1] - biomass[0]) / 5 * 1.25 * 0.47, rel=1e-6
    )
    assert "a stem of plot C" in reasons(results)
    assert "has the diameter -4" in reasons(results)
