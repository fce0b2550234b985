"""Tables of half hours of every layout to one dataset."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.reading.quantities import QUANTITIES
from fluxkit.ecosystem.reading.units import by_values, of_header, vapour_pressure_deficit
from fluxkit.errors import ReadError
from tests.ecosystem import tables
from tests.ecosystem.tables import LAYOUTS, series, write

PLACE = {"latitude": tables.LATITUDE, "longitude": tables.LONGITUDE, "utc_offset_h": tables.OFFSET}


def read(path: Path, data: bytes, **options: object) -> xr.Dataset:
    return fk.ecosystem.read(write(path, data), **(PLACE | options))  # type: ignore[arg-type]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_values_at_the_same_time(layout: str, tmp_path: Path) -> None:
    local, table = series()
    ds = read(tmp_path / "DE-Abc_HH.csv", LAYOUTS[layout](local, table))
    assert ds.sizes["time"] == local.size
    assert ds["time"].values[0] == np.datetime64("2019-06-02T23:00", "ns")
    assert ds.attrs["site"] == "DE-Abc"
    for name in ("NEE", "TA", "VPD", "USTAR", "LE", "H"):
        np.testing.assert_allclose(ds[name].values, table[name], rtol=1e-6, atol=1e-6, err_msg=name)
        assert ds[name].attrs["units"] == QUANTITIES[name].unit


def test_a_broken_year_is_filled_up_to_whole_local_days(tmp_path: Path) -> None:
    local, table = series(days=3)
    part = slice(13, 100)
    data = tables.fluxnet(local[part], {name: x[part] for name, x in table.items()})
    ds = read(tmp_path / "a.csv", data)
    assert ds.sizes["time"] == 3 * 48
    assert ds["time"].values[0] == np.datetime64("2019-06-02T23:00", "ns")
    assert np.isnan(ds["TA"].values[:13]).all()
    np.testing.assert_allclose(ds["H"].values[13:100], table["H"][13:100])


def test_records_out_of_order_twice_or_missing_are_said(tmp_path: Path) -> None:
    local, table = series()
    order = np.r_[10:100, 0:10, 100:150, 149, 160 : local.size]
    ds = read(tmp_path / "a.csv", tables.fluxnet(local[order], {n: x[order] for n, x in table.items()}))
    np.testing.assert_allclose(ds["H"].values[:150], table["H"][:150])
    assert np.isnan(ds["H"].values[150:160]).all()
    notes = ds.attrs["notes"]
    assert "not in order of time" in notes
    assert "1 records have the time of another" in notes
    assert "10 of 192 records are not in the file" in notes


def test_a_record_that_lost_a_cell_is_left_out_not_shifted(tmp_path: Path) -> None:
    local, table = series()
    lines = tables.fluxnet(local, table).split(b"\n")
    lines[20] = lines[20].replace(b",", b"", 1)
    lines[-2] = lines[-2][:40]
    ds = read(tmp_path / "a.csv", b"\n".join(lines))
    assert np.isnan(ds["H"].values[[19, -1]]).all()
    np.testing.assert_allclose(np.delete(ds["H"].values, [19, -1]), np.delete(table["H"], [19, -1]))
    assert "2 records do not have" in ds.attrs["notes"]


def test_hours_stay_hours(tmp_path: Path) -> None:
    local, table = series(minutes=60)
    ds = read(tmp_path / "a.csv", tables.fluxnet(local, table, 60))
    assert fk.ecosystem.HalfHours.of(ds).per_day == 24
    np.testing.assert_allclose(ds["NEE"].values, table["NEE"])


def test_quarters_become_half_hours_by_the_rule(tmp_path: Path) -> None:
    local, table = series(minutes=15)
    table["P"] = np.ones(local.size)
    table["P"][3] = np.nan
    table["FC_SSITC_TEST"] = np.zeros(local.size)
    table["FC_SSITC_TEST"][4] = 2.0
    table["WD"] = np.tile([350.0, 20.0], local.size // 2)
    table["NEE"][[8, 10, 11]] = np.nan
    ds = read(tmp_path / "a.csv", tables.fluxnet(local, table, 15))
    assert fk.ecosystem.HalfHours.of(ds).per_day == 48
    pairs = {name: x.reshape(-1, 2) for name, x in table.items()}
    assert ds["P"].values[0] == 2.0
    assert np.isnan(ds["P"].values[1])
    assert ds["FC_SSITC_TEST"].values[2] == 2.0
    assert ds["NEE"].values[4] == pairs["NEE"][4, 1]
    assert np.isnan(ds["NEE"].values[5])
    np.testing.assert_allclose(ds["WD"].values, 5.0)
    np.testing.assert_allclose(ds["H"].values, pairs["H"].mean(axis=1))
    np.testing.assert_allclose(ds["USTAR"].values, np.sqrt((pairs["USTAR"] ** 2).mean(axis=1)))
    assert "15 min became half hours" in ds.attrs["notes"]


def test_a_choice_between_columns_is_said_and_can_be_made(tmp_path: Path) -> None:
    local, table = series()
    data = tables.base(local, table)
    ds = read(tmp_path / "a.csv", data)
    assert "TA: TA_1_1_1 is taken of TA_1_1_1, TA_1_2_1" in ds.attrs["notes"]
    other = fk.ecosystem.read(tmp_path / "a.csv", **PLACE, columns={"TA": "TA_1_2_1"})
    np.testing.assert_allclose(other["TA"].values, table["TA"] - 1.0)
    with pytest.raises(ReadError, match="did you mean TA_1_2_1"):
        fk.ecosystem.read(tmp_path / "a.csv", columns={"TA": "TA_1_2_2"})


def test_a_record_that_lost_a_cell_is_left_out_of_quoted_cells_too(tmp_path: Path) -> None:
    local, table = series()
    lines = [
        [f'"{cell}"' for cell in line.split(",")] for line in tables.fluxnet(local, table).decode().split()
    ]
    del lines[20][5]
    ds = read(tmp_path / "a.csv", "\n".join(map(",".join, lines)).encode())
    assert np.isnan(ds["H"].values[19])
    np.testing.assert_allclose(np.delete(ds["TA"].values, 19), np.delete(table["TA"], 19))
    assert "1 records do not have" in ds.attrs["notes"]


def test_one_record_is_as_long_as_its_stamps_say(tmp_path: Path) -> None:
    local, table = series()
    ds = read(tmp_path / "a.csv", tables.fluxnet(local[9:10], {name: x[9:10] for name, x in table.items()}))
    assert ds.sizes["time"] == 48
    assert ds["H"].values[9] == table["H"][9]


@pytest.mark.parametrize(("zone", "ahead"), [("Z", 0.0), ("-08:00", -8.0), ("+0530", 5.5)])
def test_stamps_that_say_their_zone_are_moved_to_the_local_clock(
    zone: str, ahead: float, tmp_path: Path
) -> None:
    local, table = series()
    stamps = local + np.timedelta64(round((ahead - tables.OFFSET) * 60), "m")
    ds = read(tmp_path / "a.csv", tables.iso(stamps, table, zone=zone))
    np.testing.assert_allclose(ds["H"].values, table["H"])
    assert ds["time"].values[0] == local[0] - np.timedelta64(1, "h")
    assert f"the stamps say UTC{ahead:+g} h" in ds.attrs["notes"]
    own = fk.ecosystem.read(tmp_path / "a.csv", latitude=50.0, longitude=13.0)
    assert own.attrs["utc_offset_h"] == (ahead or 1.0)


def test_stamps_of_summer_time_that_say_so_make_an_even_axis(tmp_path: Path) -> None:
    local, table = series(first="2019-03-29")  # the clocks went on at 02:00 of 31 March
    summer = local >= np.datetime64("2019-03-31T02:00")
    parts = [
        tables.iso(local[~summer], {n: x[~summer] for n, x in table.items()}, zone="+01:00"),
        tables.iso(
            local[summer] + np.timedelta64(1, "h"), {n: x[summer] for n, x in table.items()}, zone="+02:00"
        ),
    ]
    ds = read(tmp_path / "a.csv", parts[0] + parts[1].partition(b"\n")[2])
    np.testing.assert_allclose(ds["H"].values, table["H"])


def test_a_clock_of_summer_time_is_told_by_its_hours(tmp_path: Path) -> None:
    local, table = series()
    late = (local >= np.datetime64("2019-06-04T02:00")) & (local < np.datetime64("2019-06-05T03:00"))
    stamps = np.where(late, local + np.timedelta64(1, "h"), local)
    said = "the clock follows summer time"
    assert said in read(tmp_path / "a.csv", tables.fluxnet(stamps, table)).attrs["notes"]
    lost = np.delete(local, [50, 51])
    part = {name: np.delete(x, [50, 51]) for name, x in table.items()}
    assert said not in read(tmp_path / "a.csv", tables.fluxnet(lost, part)).attrs["notes"]


def test_filled_columns_that_do_not_say_where_are_not_read_but_told(tmp_path: Path) -> None:
    local, table = series()
    named = {"NEE_PI_F": table["NEE"], "TA_PI_F_1_1_1": table["TA"], "TA": table["TA"], "H": table["H"]}
    ds = read(tmp_path / "a.csv", tables.fluxnet(local, named))
    assert "NEE" not in ds
    assert "NEE: NEE_PI_F is filled and does not say where" in ds.attrs["notes"]
    assert "TA_PI_F" not in ds.attrs["notes"]


def test_what_the_stamps_of_a_table_mark_is_said(tmp_path: Path) -> None:
    notes = read(tmp_path / "a.csv", tables.iso(*series())).attrs["notes"]
    assert "TIMESTAMP: taken for the begin of a record" in notes
    notes = read(tmp_path / "b.csv", tables.reddyproc(*series())).attrs["notes"]
    assert "Year, DoY, Hour: taken for the END of a record" in notes


def test_icos_fluxes_and_meteo_of_a_folder_are_one_table(tmp_path: Path) -> None:
    local, table = series()
    later = slice(48, None)  # the fluxes begin a day after the meteo
    fluxes = tables.fluxnet(local[later], {name: table[name][later] for name in ("NEE", "USTAR")})
    (tmp_path / "ICOSETC_DE-Abc_FLUXES_L2.csv").write_bytes(fluxes)
    meteo = tables.zipped({"ICOSETC_DE-Abc_METEO_L2.csv": tables.fluxnet(local, {"TA": table["TA"]})})
    (tmp_path / "ICOSETC_DE-Abc_METEO_L2.zip").write_bytes(meteo)
    ds = fk.ecosystem.read(tmp_path, **PLACE, columns={"TA": "TA"}, keep=["USTAR"])
    assert ds.sizes["time"] == local.size
    assert ds.attrs["site"] == "DE-Abc"
    np.testing.assert_allclose(ds["NEE"].values[later], table["NEE"][later])
    assert np.isnan(ds["NEE"].values[:48]).all()
    np.testing.assert_allclose(ds["TA"].values, table["TA"])
    with pytest.raises(ReadError, match="did you mean TA"):
        fk.ecosystem.read(tmp_path, **PLACE, columns={"TA": "TAA"})


def test_a_folder_of_tables_is_no_results_folder_and_names_them(tmp_path: Path) -> None:
    data = tables.fluxnet(*series())
    for name in ("DE-Abc_FLUXES_L2.csv", "DE-Xyz_METEO_L2.csv"):  # of two sites: not one table
        (tmp_path / name).write_bytes(data)
    with pytest.raises(ReadError, match=r"give the file, one of DE-Abc_FLUXES_L2\.csv, DE-Xyz_METEO_L2\.csv"):
        fk.ecosystem.read(tmp_path)
    hours = tables.fluxnet(*series(minutes=60), 60)
    (tmp_path / "DE-Xyz_METEO_L2.csv").replace(tmp_path / "DE-Abc_METEO_L2.csv").write_bytes(hours)
    with pytest.raises(ReadError, match=r"steps of \[1800, 3600\] s"):
        fk.ecosystem.read(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"), [("latitude", 95.0), ("longitude", 400.0), ("utc_offset_h", np.nan)]
)
def test_a_place_that_is_not_on_earth_is_refused(name: str, value: float, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=f"{name} = {value:g}: expected -"):
        read(tmp_path / "a.csv", tables.fluxnet(*series()), **{name: value})


def test_the_place_of_a_description_in_the_same_zip_is_used(tmp_path: Path) -> None:
    about = b"SITE_ID,GROUP_ID,VARIABLE,DATAVALUE\nDE-Abc,1,LOCATION_LAT,51.5\nDE-Abc,1,LOCATION_LONG,13.6\n"
    parts = {
        "ICOSETC_DE-Abc_FLUXNET_HH_L2.csv": tables.product(*series()),
        "ICOSETC_DE-Abc_SITEINFO_L2.csv": about,
    }
    path = write(tmp_path / "a.zip", tables.zipped(parts))
    assert fk.ecosystem.read(path).attrs["latitude"] == 51.5
    assert fk.ecosystem.read(path, latitude=10.0).attrs["latitude"] == 10.0


@pytest.mark.parametrize("column", ["NEE_uStar_orig", "NEE_CUT_50", "NEE_U16"])
def test_a_column_whose_name_says_that_it_is_filtered_counts_so(column: str, tmp_path: Path) -> None:
    local, table = series()
    data = tables.fluxnet(local, {column: table["NEE"], "USTAR": table["USTAR"]})
    known = {} if column == "NEE_uStar_orig" else {"columns": {"NEE": column}}  # REddyProc's is known by name
    ds = read(tmp_path / "a.csv", data, **known)
    assert ds.attrs["ustar_filter"] == "already filtered"
    plain = read(tmp_path / "b.csv", tables.fluxnet(local, {"NEE": table["NEE"], "USTAR": table["USTAR"]}))
    assert "ustar_filter" not in plain.attrs


@pytest.mark.filterwarnings("error")
def test_words_far_down_a_long_table_are_counted(tmp_path: Path) -> None:
    local, table = series(400)
    lines = tables.fluxnet(local, {name: table[name] for name in ("NEE", "H")}).split(b"\n")
    lines[17001] = lines[17001].rpartition(b",")[0] + b",#REF!"
    ds = read(tmp_path / "a.csv", b"\n".join(lines))
    assert "H: 1 cells are no numbers" in ds.attrs["notes"]
    np.testing.assert_allclose(np.delete(ds["H"].values, 17000), np.delete(table["H"], 17000))


def test_a_wide_table_takes_little_more_than_its_own_bytes(tmp_path: Path) -> None:
    """The 240 columns that no quantity needs are never there as numbers."""
    local, table = series(40)
    wide = tables.eddypro_fluxnet(local, table)
    path = write(tmp_path / "DE-Abc_fluxnet.csv", wide)
    fk.ecosystem.read(path)
    tracemalloc.start()
    ds = fk.ecosystem.read(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not [name for name in ds if str(name).startswith("CUSTOM")]
    assert most < 2.5 * len(wide)


@pytest.mark.parametrize(
    ("classes", "flags", "says"),
    [
        ([1, 3, 4, 6, 7, 9], [0, 0, 1, 1, 2, 2], "Foken's nine"),
        ([0, 1, 2, 3, 0, 0], [0, 2, 2, 2, 0, 0], "what is not 0 was filled"),
        ([0, 1, 2, 9, 0, 0], [0, 1, 2, 2, 0, 0], "they count as 2"),
        ([0, 1, 2, 1, 0, 0], [0, 1, 2, 1, 0, 0], ""),
    ],
)
def test_flags_of_other_classes(classes: list[int], flags: list[int], says: str, tmp_path: Path) -> None:
    local, table = series()
    named = {"NEE": table["NEE"], "NEE_QC": np.resize(np.array(classes, float), local.size)}
    ds = read(tmp_path / "a.csv", tables.fluxnet(local, named))
    assert ds["FC_QC"].values[:6].tolist() == flags
    assert says in ds.attrs["notes"]


def test_a_flag_of_a_filter_and_a_flux_beside_nee_are_told(tmp_path: Path) -> None:
    local, table = series()
    named = {
        "NEE_PI": table["NEE"],
        "FC": table["NEE"],
        "USTAR": table["USTAR"],
        "USTAR_FLAG": table["USTAR"],
    }
    notes = read(tmp_path / "a.csv", tables.fluxnet(local, named)).attrs["notes"]
    assert "USTAR_FLAG tells of a u* filter" in notes
    assert "columns={'NEE': 'FC'} takes the flux itself" in notes


def test_a_run_from_its_own_file_begins_before_its_filter(tmp_path: Path) -> None:
    local, table = series()
    cut = np.where(table["USTAR"] < 0.2, np.nan, table["NEE"])
    names = {"NEE": cut, "NEE_UNFILTERED": table["NEE"], "USTAR": table["USTAR"]}
    utc = (local - np.timedelta64(1, "h")).astype("datetime64[ns]")
    ds = xr.Dataset({name: ("time", x) for name, x in names.items()}, {"time": utc}, {"utc_offset_h": 1.0})
    ds.to_netcdf(tmp_path / "DE-Abc_ecosystem.nc")
    found = fk.ecosystem.read(tmp_path, latitude=50.0, longitude=13.0)
    np.testing.assert_allclose(found["NEE"].values, table["NEE"])
    assert "NEE is NEE_UNFILTERED" in found.attrs["notes"]
    ds = ds.drop_vars("NEE_UNFILTERED").assign_attrs(ustar_filter="already filtered")
    ds.to_netcdf(tmp_path / "again.nc")
    assert fk.ecosystem.read(tmp_path / "again.nc").attrs["ustar_filter"] == "already filtered"


@pytest.mark.parametrize("units", ["", "months since 2019-01-01", "hours since once", "hours since"])
def test_times_of_a_netcdf_that_cannot_be_read_are_said(units: str, tmp_path: Path) -> None:
    ds = xr.Dataset({"NEE": ("time", np.zeros(48))}, {"time": ("time", np.arange(48.0), {})})
    ds["time"].attrs |= {"units": units} if units else {}
    ds.to_netcdf(tmp_path / "a.nc")
    with pytest.raises(ReadError, match="its times"):
        fk.ecosystem.read(tmp_path / "a.nc")


@pytest.mark.parametrize(
    ("units", "step"), [("hours since 2019-06-03 00:00:00", 0.5), ("days since 2019-06-03", 1 / 48)]
)
def test_times_of_a_netcdf_in_any_unit(units: str, step: float, tmp_path: Path) -> None:
    time = ("time", step * np.arange(96), {"units": units})
    xr.Dataset({"NEE": ("time", np.arange(96.0))}, {"time": time}).to_netcdf(tmp_path / "a.nc")
    ds = fk.ecosystem.read(tmp_path / "a.nc")
    np.testing.assert_array_equal(ds["NEE"].values, np.arange(96.0))
    assert ds["time"].values[1] == np.datetime64("2019-06-03T00:30", "ns")


def test_an_empty_first_position_gives_way(tmp_path: Path) -> None:
    local, table = series()
    named = {"NEE": table["NEE"], "TA_1_1_1": np.full(local.size, np.nan), "TA_2_1_1": table["TA"]}
    ds = read(tmp_path / "a.csv", tables.fluxnet(local, named))
    assert ds["TA"].attrs["column"] == "TA_2_1_1"


@pytest.mark.parametrize(
    ("name", "scale", "shift", "unit"),
    [
        ("PA", 10.0, 0.0, "hPa"),
        ("PA", 1000.0, 0.0, "Pa"),
        ("VPD", 0.1, 0.0, "kPa"),
        ("VPD", 100.0, 0.0, "Pa"),
        ("TA", 1.0, 273.15, "K"),
        ("TA", 1.8, 32.0, "degF"),
        ("RH", 0.01, 0.0, "1"),
    ],
)
def test_values_in_another_unit_than_their_name_says_are_converted_and_said(
    name: str, scale: float, shift: float, unit: str, tmp_path: Path
) -> None:
    local, table = series()
    other = table | {name: scale * table[name] + shift}
    ds = read(tmp_path / "a.csv", tables.fluxnet(local, other))
    np.testing.assert_allclose(ds[name].values, table[name], atol=1e-4)
    assert f"{name}: the values of {name} are in {unit}" in ds.attrs["notes"]


@pytest.mark.parametrize(("scale", "unit"), [(0.1, "kPa"), (100.0, "Pa"), (1.0, "")])
def test_a_deficit_is_told_by_temperature_alone(scale: float, unit: str) -> None:
    _, table = series(40)
    by, found = by_values("VPD", scale * table["VPD"], TA=table["TA"])
    assert found == unit
    assert by.scale == pytest.approx(1.0 / scale)


def test_a_temperature_in_fahrenheit_makes_no_deficit_one_in_kilopascals() -> None:
    _, table = series(40)
    cold = table["TA"] - 8.0  # 25 to 55 degrees Fahrenheit: no value tells the unit
    VPD = vapour_pressure_deficit(cold, table["RH"])
    by, unit = by_values("TA", 1.8 * cold + 32.0, RH=table["RH"], VPD=VPD)
    assert unit == "degF"
    np.testing.assert_allclose(by.scale * (1.8 * cold + 32.0) + by.shift, cold)
    assert by_values("TA", cold, RH=table["RH"], VPD=0.1 * VPD)[1] == ""


def test_values_in_their_unit_are_left_alone() -> None:
    _, table = series()
    for name in ("TA", "PA", "RH", "VPD"):
        assert by_values(name, table[name], TA=table["TA"], RH=table["RH"]) == ((1.0, 0.0), "")


@pytest.mark.parametrize(
    ("text", "name", "scale"),
    [
        ("umolm-2s-1", "NEE", 1.0),
        ("umol_m-2_s-1", "NEE", 1.0),
        ("[µmol+1s-1m-2]", "FCH4", 1000.0),
        ("Wm-2", "LE", 1.0),
        ("ms-1", "USTAR", 1.0),
        ("kPa", "VPD", 10.0),
        ("[Pa]", "PA", 0.001),
    ],
)
def test_units_of_headers(text: str, name: str, scale: float) -> None:
    found = of_header(text, name)
    assert found is not None
    assert found.scale == pytest.approx(scale)


def test_the_clock_is_taken_from_the_longitude_with_a_word(tmp_path: Path) -> None:
    local, table = series()
    path = write(tmp_path / "a.csv", tables.fluxnet(local, table))
    ds = fk.ecosystem.read(path, latitude=50.0, longitude=-121.6)
    assert ds.attrs["utc_offset_h"] == -8.0
    assert "from the longitude of -121.6 alone" in ds.attrs["notes"]
    nowhere = fk.ecosystem.read(path)
    assert "not UTC" in nowhere.attrs["notes"]
    assert nowhere["time"].values[0] == local[0]


def test_the_place_of_eddypros_own_file_is_used(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", tables.eddypro_fluxnet(*series()))
    ds = fk.ecosystem.read(path)
    assert ds.attrs["latitude"] == pytest.approx(tables.LATITUDE)
    assert ds.attrs["utc_offset_h"] == 1.0


def test_the_measured_records_of_a_product_count_as_filtered(tmp_path: Path) -> None:
    ds = read(tmp_path / "a.csv", tables.product(*series()))
    assert ds.attrs["ustar_filter"] == "already filtered"
    assert np.isnan(ds["NEE"].values[[5, 50]]).all()


def test_a_network_zip_gives_its_half_hourly_table(tmp_path: Path) -> None:
    local, table = series()
    data = tables.product(local, table)
    parts = {
        "AMF_DE-Abc_FLUXNET_FLUXMET_DD_2019-2019_v1.3_r1.csv": b"TIMESTAMP,TA_F\n20190603,1\n",
        "AMF_DE-Abc_FLUXNET_FLUXMET_HH_2019-2019_v1.3_r1.csv": data,
        "AMF_DE-Abc_FLUXNET_ERA5_HH_1981-2021_v1.3_r1.csv": data,
        "AMF_DE-Abc_FLUXNET_BIF_HH_2019.csv": b"a,b\n",
    }
    ds = read(tmp_path / "AMF_DE-Abc_FLUXNET_2019-2019_v1.3_r1.zip", tables.zipped(parts))
    np.testing.assert_allclose(ds["TA"].values, table["TA"])
    two = {"b.csv": data, "c.csv": data}
    with pytest.raises(ReadError, match=r"found b\.csv, c\.csv"):
        read(tmp_path / "two.zip", tables.zipped(two))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"a,b,c\n1,2,3\n", "no line of column names"),
        (b"TIMESTAMP_START,NEE\n", "no records"),
        (b"TIMESTAMP_START,NEE\n3/6/2019 00:00,1\n", "no time can be read"),
        (b"TIMESTAMP_START,NEE\n999906030000,1\n999906030030,1\n", "no time can be read"),
        (b"Year,DoY,Hour,NEE\n1,2,3,4\n99,9,9,1\n", "as a year, a day of it and an hour"),
        (b"TIMESTAMP_START,NEE\n201906030000,1\n", "only one record"),
        (b"TIMESTAMP_START,NEE\n201906030000,1\n201906030020,1\n201906030040,1\n", "a.csv: .* 1200 s apart"),
        (b"TIMESTAMP_START,X\n201906030000,1\n201906030030,1\n", "none of its 2 columns"),
        (b"TIMESTAMP_START,NEE\n201906030000,1\n201906030007,1\n201906030014,1\n", "420 s apart"),
    ],
)
def test_what_cannot_be_read_is_said(data: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=says):
        read(tmp_path / "a.csv", data)


def test_results_of_fluxkit_are_read_from_their_folder(tmp_path: Path) -> None:
    local, table = series()
    utc = local - np.timedelta64(1, "h")
    ds = xr.Dataset(
        {name: ("time", x) for name, x in table.items()},
        coords={"time": utc.astype("datetime64[ns]"), "lat": 50.0, "lon": 13.5},
        attrs={"utc_offset_h": 1.0},
    )
    ds["NEE_SCHEMES"] = (("scheme", "time"), np.stack([table["NEE"], table["NEE"] + 1.0]))
    ds["station_name"] = "DE-Abc"
    ds.to_netcdf(tmp_path / "DE-Abc_fluxes.nc")
    for place in (tmp_path, tmp_path / "DE-Abc_fluxes.nc"):
        found = fk.ecosystem.read(place)
        np.testing.assert_allclose(found["NEE"].values, table["NEE"])
        assert found.attrs["site"] == "DE-Abc"
        assert found.attrs["latitude"] == 50.0
        assert found["time"].values[0] == utc[0]
        assert found["NEE_SCHEMES"].shape == (2, local.size)


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("CH-CHA_2015_HH.csv.gz", 365),
        ("CH-DAV_2013-2019_HH.csv.gz", 2556),
        ("DE-Tha_1998_HH.csv.gz", 365),
        ("DE-Tha_1998_hourly_HR.csv.gz", 365),
        ("US-Tw3_2014-2016_HH.csv.gz", 1096),
        ("truth_FR-LBr_1998-1999_HH.csv.gz", 731),
        ("eddypro_fluxnet_output/CH-AWS_fluxnet.csv.gz", 31),
        ("eddypro_fluxnet_output/CH-FRU_2023_fluxnet.csv.gz", 2),
        ("eddypro_fluxnet_output/CH-FRU_2024_full_output.csv.gz", 10),
        ("eddypro_fluxnet_output/CH-Cha_FLUXNET2015_FULLSET_HH_sample.csv.gz", 3),
        ("eddypro_full_output_harwood/harwood.csv.gz", 35),
        ("eddypro_full_output_namors/NAMORS_EC_2005-2019_v2.head.txt.gz", 20),
    ],
)
def test_measured_tables(shared: Path, name: str, days: int) -> None:
    ds = fk.ecosystem.read(shared / "data" / "halfhourly" / name, longitude=10.0)
    at = fk.ecosystem.HalfHours.of(ds)
    assert ds.sizes["time"] == days * at.per_day
    assert at.local_start[0] == at.local_start[0].astype("datetime64[D]")
    if "PA" in ds and ds["PA"].notnull().any():
        assert 50.0 < float(ds["PA"].median()) < 105.0
    if ds["TA"].notnull().any():
        assert -30.0 < float(ds["TA"].median()) < 30.0


def test_a_wrong_stamp_makes_no_centuries_of_gaps(tmp_path: Path) -> None:
    local, table = series()
    data = tables.fluxnet(local, table).replace(b"\n201906031200,", b"\n209906031200,")
    ds = read(tmp_path / "a.csv", data)
    assert ds.sizes["time"] == 4 * 48
    assert "1 records are more than a year from all others" in ds.attrs["notes"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_damage_costs_one_sentence(layout: str, tmp_path: Path) -> None:
    whole = LAYOUTS[layout](*series(2))
    random = np.random.default_rng(7)
    for _ in range(12):
        data = bytearray(whole)
        for _ in range(3):
            place = int(random.integers(0, len(data)))
            if random.random() < 0.5:
                data[place : place + 1] = random.bytes(3)
            else:
                del data[place : place + int(random.integers(1, 90))]
        try:
            ds = read(tmp_path / "a.csv", bytes(data))
        except ReadError:
            continue
        assert fk.ecosystem.HalfHours.of(ds).per_day in (24, 48)
