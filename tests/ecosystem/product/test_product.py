"""The FLUXNET product: names, units, aggregates of members, files."""

import csv
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.product import names
from fluxkit.ecosystem.product.aggregating import GRAMS, aggregated, carbon, half_hourly
from fluxkit.ecosystem.product.derived import not_derived
from fluxkit.ecosystem.product.ensembles import ranked
from fluxkit.ecosystem.product.periods import periods
from fluxkit.ecosystem.product.sources import Sources, sources_of
from fluxkit.ecosystem.product.tables import Table
from fluxkit.ecosystem.product.writing import ProductError
from tests.ecosystem.tables import sound


def filled(days: int = 365, members: bool = False) -> xr.Dataset:
    """Return two halves of a year as they come out of the rooms."""
    ds = sound(days, first="2019-01-01")
    n = ds.sizes["time"]
    for name in ("TA", "SW_IN", "VPD", "LE", "H"):
        x = ds[name].values
        ds[f"{name}_F"] = ("time", np.where(np.isfinite(x), x, np.nanmean(x)))
        ds[f"{name}_F_QC"] = ("time", np.where(np.isfinite(x), 0.0, 1.0))
    NEE = np.where(np.isfinite(ds["NEE"].values), ds["NEE"].values, 0.0)
    if members:
        percentiles = np.array([5.0, 16.0, 25.0, 50.0, 75.0, 84.0, 95.0])
        offsets = np.linspace(-0.3, 0.3, 7)
        ds = ds.assign_coords(ustar_percentile=percentiles, variant=["VUT", "CUT"])
        both = NEE + offsets[:, None] + np.array([0.0, 1.0])[:, None, None]
        ds["NEE_F"] = (("variant", "ustar_percentile", "time"), both)
        qc = np.broadcast_to(np.where(np.isfinite(ds["NEE"].values), 0.0, 2.0), both.shape)
        ds["NEE_F_QC"] = (("variant", "ustar_percentile", "time"), qc)
        ds["NEE_RANDUNC"] = ("time", np.where(np.isfinite(ds["NEE"].values), 2.0, np.nan))
        ds["GPP_NT"] = (("variant", "ustar_percentile", "time"), -both)
    else:
        ds["NEE_F"] = ("time", NEE)
        ds["NEE_F_QC"] = ("time", np.where(np.isfinite(ds["NEE"].values), 0.0, 1.0))
        ds["RECO_NT"] = ("time", np.full(n, 3.0))
        ds["GPP_NT"] = ("time", 3.0 - NEE)
    return ds


def coarse(sources: Sources, resolution: names.Resolution) -> dict[str, np.ndarray]:
    return aggregated(sources, resolution, half_hourly(sources))


@pytest.mark.parametrize("resolution", names.RESOLUTIONS)
def test_names_and_units_are_those_of_the_products_own_list(shared: Path, resolution: str) -> None:
    path = shared / "data" / "ecosystem" / f"fluxnet_1.3_variables_{resolution.lower()}.txt"
    rows = [line.split("||") for line in path.read_text("latin-1").splitlines()[1:] if line.strip()]
    theirs = {row[0]: row[1] for row in rows if not row[0].startswith("TIMESTAMP")}
    ours = {column.name: column.unit for column in names.columns(resolution)}
    assert list(ours) == list(theirs)
    for name, unit in ours.items():  # the micro sign is lost in one of the lists
        assert unit.lstrip("u") == theirs[name].lstrip("µï¿½"), name
    stamps = tuple(row[0] for row in rows if row[0].startswith("TIMESTAMP"))
    assert names.stamps(resolution) == stamps


@pytest.mark.parametrize("resolution", names.RESOLUTIONS)
def test_each_column_is_made_or_has_a_reason(resolution: names.Resolution) -> None:
    table = Table(sources_of(filled(members=True)), resolution)
    wanted = [column.name for column in table.wanted]
    assert sorted([*table.made, *table.absent]) == sorted(wanted)
    assert all(table.absent.values())
    assert {"NEE_VUT_REF", "NEE_CUT_50", "NEE_VUT_MEAN", "TA_F", "GPP_NT_VUT_REF"} <= set(table.made)


def test_carbon_of_all_resolutions_is_one_budget() -> None:
    sources = sources_of(filled())
    NEE = half_hourly(sources)["NEE_VUT_REF"]
    total = float(np.sum(NEE) * 12.011e-6 * 1800.0)
    for resolution in ("DD", "WW", "MM", "YY"):
        made = coarse(sources, resolution)["NEE_VUT_REF"]
        days = periods(sources.at, resolution).days
        weight = 1.0 if resolution == "YY" else days
        assert float(np.sum(made * weight)) == pytest.approx(total, rel=1e-12)


def test_weeks_are_fiftytwo_and_months_twelve() -> None:
    at = sources_of(filled()).at
    week = periods(at, "WW")
    assert week.begin.size == 52
    assert week.days[-1] == 8.0
    assert week.stamps[0][:2] == ["20190101", "20190108"]
    assert week.stamps[1][-1] == "20191231"
    assert periods(at, "MM").stamps[0][0] == "201901"
    assert periods(at, "YY").stamps == [["2019"]]


def test_a_gap_that_was_not_filled_has_no_sum() -> None:
    ds = filled()
    ds["NEE_F"][100:150] = np.nan
    sources = sources_of(ds)
    days = coarse(sources, "DD")["NEE_VUT_REF"]
    assert np.isnan(days[2:4]).all()
    assert np.isfinite(days[4:]).all()
    assert np.isnan(coarse(sources, "YY")["NEE_VUT_REF"]).all()
    assert np.isfinite(coarse(sources, "MM")["NEE_VUT_REF"][1:]).all()


def test_members_are_summed_before_percentiles_are_taken() -> None:
    sources = sources_of(filled(members=True))
    year = coarse(sources, "YY")
    members = sources.ensembles["NEE", "VUT"].values.sum(axis=1) * 12.011e-6 * 1800.0
    np.testing.assert_allclose(year["NEE_VUT_05"], members.min())
    np.testing.assert_allclose(year["NEE_VUT_95"], members.max())
    np.testing.assert_allclose(year["NEE_VUT_50"], members[3])
    np.testing.assert_allclose(year["NEE_VUT_MEAN"], members.mean())
    np.testing.assert_allclose(year["NEE_VUT_SE"], members.std(ddof=1) / np.sqrt(7))
    np.testing.assert_allclose(year["NEE_CUT_50"] - year["NEE_VUT_50"], GRAMS * 365.0)


def test_joint_uncertainty_of_a_year_is_not_that_of_days_over_root_n() -> None:
    sources = sources_of(filled(members=True))
    year, day = coarse(sources, "YY"), coarse(sources, "DD")
    spread = (year["NEE_VUT_84"] - year["NEE_VUT_16"]) / 2.0
    np.testing.assert_allclose(year["NEE_VUT_REF_JOINTUNC"], np.hypot(year["NEE_VUT_REF_RANDUNC"], spread))
    quadrature = np.sqrt(np.sum(day["NEE_VUT_REF_JOINTUNC"] ** 2))
    assert year["NEE_VUT_REF_JOINTUNC"][0] > 5.0 * quadrature  # the offset of a threshold adds up


def test_random_errors_of_a_day_by_hand() -> None:
    ds = filled(members=True)
    n = int(np.isfinite(ds["NEE"].values[48:96]).sum())
    found = coarse(sources_of(ds), "DD")["NEE_VUT_REF_RANDUNC"][1]
    assert found == pytest.approx(2.0 / np.sqrt(n) * GRAMS)


def test_precipitation_is_summed_and_temperature_averaged() -> None:
    ds = filled()
    sources = sources_of(ds)
    np.testing.assert_allclose(coarse(sources, "YY")["P_F"], ds["P"].values.sum())
    np.testing.assert_allclose(coarse(sources, "DD")["P_F"][3], ds["P"].values[144:192].sum())
    np.testing.assert_allclose(coarse(sources, "DD")["TA_F"][3], ds["TA_F"].values[144:192].mean())
    assert coarse(sources, "DD")["TA_F_QC"][0] == 1.0


def test_night_and_day_add_up_to_the_day() -> None:
    day = coarse(sources_of(filled()), "DD")
    both = day["TA_F_NIGHT"] * day["NIGHT_D"] + day["TA_F_DAY"] * day["DAY_D"]
    np.testing.assert_allclose(both / 48.0, day["TA_F"])


def test_without_reanalysis_what_was_measured_stays() -> None:
    sources = sources_of(filled())
    np.testing.assert_array_equal(sources.columns["TA_F"], sources.columns["TA_F_MDS"])
    ds = filled()
    ds["TA_ERA"] = ("time", np.full(ds.sizes["time"], 7.0))
    ds["TA_MDS"], ds["TA_MDS_QC"] = ds["TA_F"], ds["TA_F_QC"].copy()
    ds["TA_MDS_QC"][10:20] = 2.0
    with_era = sources_of(ds).columns
    assert (with_era["TA_F"][10:20] == 7.0).all()
    assert (with_era["TA_F_QC"][10:20] == 2.0).all()
    np.testing.assert_array_equal(with_era["TA_F"][20:], ds["TA_F"].values[20:])
    np.testing.assert_array_equal(with_era["TA_F_MDS"], ds["TA_F"].values)


def test_a_reanalysis_stands_beside_what_the_site_fills() -> None:
    ds = sound(40, first="2019-06-01")
    ds["TA"][48 * 10 : 48 * 14] = np.nan
    ds["P"][48 * 3 : 48 * 4] = np.nan
    end = ds["time"].values[1::2] + np.timedelta64(30, "m")
    n = end.size
    era5 = xr.Dataset(
        {
            "t2m": ("time", 290.0 + np.sin(np.arange(n) / 24.0)),
            "tp": ("time", np.full(n, 0.001)),
            "sp": ("time", np.full(n, 97e3)),
        },
        {"time": end},
    )
    with_era = fk.ecosystem.fill_drivers(ds, era5=era5, names=["TA", "P", "PA"])
    columns = sources_of(with_era).columns
    alone = sources_of(fk.ecosystem.fill_drivers(ds, names=["TA"])).columns
    np.testing.assert_array_equal(columns["TA_F_MDS"], alone["TA_F_MDS"])
    np.testing.assert_array_equal(columns["TA_F_MDS_QC"], alone["TA_F_MDS_QC"])
    poor = columns["TA_F_QC"] == 2.0
    assert 0 < poor.sum() <= 48 * 4
    np.testing.assert_array_equal(columns["TA_F"][poor], columns["TA_ERA"][poor])
    lost = np.isnan(columns["P"])
    assert lost.sum() == 48
    assert (columns["P_F_QC"][lost] == 2.0).all()
    assert (columns["P_F"][lost] > 0.0).any()
    if "PA" not in ds:
        assert "PA_F_MDS" not in columns
        assert (columns["PA_F"][1:-1] == 97.0).all()
    table = Table(sources_of(with_era), "HH")
    assert table.absent["VPD_ERA"] == "the reanalysis that was given has none of it"


def test_ranks_are_those_of_each_record() -> None:
    values = np.array([[3.0, 1.0], [1.0, 2.0], [2.0, 3.0], [4.0, 4.0], [5.0, 5.0], [6.0, 6.0], [7.0, 7.0]])
    found = ranked(values, values * 10.0, np.array([5.0, 16.0, 25.0, 50.0, 75.0, 84.0, 95.0]))
    np.testing.assert_array_equal(found["05"][0], [1.0, 1.0])
    np.testing.assert_array_equal(found["16"][1], [20.0, 20.0])
    assert not ranked(values[:3], None, np.array([5.0, 50.0, 95.0]))


def test_members_that_a_record_lacks_have_no_rank_in_it() -> None:
    percentiles = np.linspace(1.25, 98.75, 40)
    values = np.arange(40.0)[:, None] * np.ones(3)
    values[30:, 1] = np.nan  # strict thresholds leave a gap that is too long
    values[6:, 2] = np.nan
    found = ranked(values, None, percentiles)
    for wanted, x in found.items():
        assert x[0][1] == pytest.approx(np.percentile(np.arange(30.0), int(wanted)), abs=1.0)
        assert np.isnan(x[0][2])
    made = carbon("NEE", "VUT", values, np.zeros_like(values), np.ones_like(values), percentiles)
    np.testing.assert_allclose(made["NEE_VUT_MEAN"], [19.5, 14.5, np.nan])
    np.testing.assert_allclose(made["NEE_VUT_SE"][1], np.arange(30.0).std(ddof=1) / np.sqrt(30.0))
    np.testing.assert_array_equal(made["NEE_VUT_MEAN_QC"], [1.0, 1.0, np.nan])
    assert np.isfinite(made["NEE_VUT_REF"]).all()  # one that has all that any member has
    same = carbon("NEE", "VUT", np.full((40, 2), 0.1 + 0.2), None, None, percentiles)
    assert (same["NEE_VUT_SE"] == 0.0).all()


def test_a_days_night_is_that_of_the_half_hours_reference() -> None:
    ds = filled(40, members=True)
    ds["NEE_F"][:, 5] = ds["NEE_F"][:, 5] + 3.0 * np.sin(np.arange(ds.sizes["time"]))
    sources = sources_of(ds)
    fine, day = half_hourly(sources), coarse(sources, "DD")
    night = fine["NIGHT"].reshape(-1, 48) == 1.0
    by_hand = np.where(night, fine["NEE_VUT_REF"].reshape(-1, 48), 0.0).sum(axis=1) / night.sum(axis=1)
    np.testing.assert_allclose(day["NEE_VUT_REF_NIGHT"], by_hand)


def test_random_errors_of_aggregates_are_of_the_records_that_have_one() -> None:
    ds = filled(40, members=True)
    ds["NEE_F_QC"] = ds["NEE_F_QC"].copy()
    ds["NEE_F_QC"][:, :, :4000:3] = 1.0  # filtered in the members, measured in the main series
    sources = sources_of(ds)
    fine, month = half_hourly(sources), coarse(sources, "MM")
    for kind in ("VUT", "CUT"):
        one = fine[f"NEE_{kind}_REF_RANDUNC"][: 31 * 48]
        assert np.isnan(one[::3]).all()
        by_hand = np.sqrt(np.nansum(one**2)) / np.isfinite(one).sum() * GRAMS
        assert month[f"NEE_{kind}_REF_RANDUNC"][0] == pytest.approx(by_hand)


def test_a_member_has_errors_of_records_that_the_main_series_lacks() -> None:
    ds = filled(40, members=True)
    for end, value in (("METHOD", 1.0), ("N", 9.0)):
        ds[f"NEE_RANDUNC_{end}"] = ("time", np.where(np.isfinite(ds["NEE_RANDUNC"].values), value, np.nan))
    ds["NEE_RANDUNC"][500:700] = np.nan  # its threshold is higher
    noise = np.random.default_rng(0).normal(0.0, 0.7, ds.sizes["time"])
    ds["NEE_F"] = ds["NEE_F"] + xr.DataArray(noise, dims="time")
    fine = half_hourly(sources_of(ds))
    measured = fine["NEE_VUT_REF_QC"] == 0.0
    error = fine["NEE_VUT_REF_RANDUNC"]
    assert np.isfinite(error[measured]).mean() > 0.95
    assert np.isnan(error[~measured]).all()
    assert (np.isfinite(fine["NEE_VUT_REF_RANDUNC_N"]) == np.isfinite(error)).all()
    own = error[500:700][np.isfinite(error[500:700])]
    assert own.size > 50
    assert 0.3 < np.median(own) < 2.0  # of the noise that was planted, not the 2.0 of the others
    assert (error[1000:][measured[1000:]] == 2.0).all()


@pytest.mark.parametrize("first", ["2019-05-01", "2020-02-29"])
def test_a_table_has_whole_years_and_no_sum_of_a_part(tmp_path: Path, first: str) -> None:
    ds = filled(120).assign_coords(time=sound(120, first=first)["time"])
    path = fk.ecosystem.write_product(ds, tmp_path)
    days = 366 if first.startswith("2020") else 365
    with zipfile.ZipFile(path) as archive:
        texts = {
            r: list(csv.DictReader(io.StringIO(archive.read(name).decode())))
            for name in archive.namelist()
            for r in re.findall("FLUXMET_(..)", name)
        }
    assert {r: len(rows) for r, rows in texts.items()} == {
        "HH": 48 * days, "DD": days, "WW": 52, "MM": 12, "YY": 1,
    }  # fmt: skip
    assert texts["HH"][0]["TIMESTAMP_START"] == f"{first[:4]}01010000"
    assert texts["HH"][-1]["TIMESTAMP_END"] == f"{int(first[:4]) + 1}01010000"
    assert "NEE_VUT_REF" not in texts["YY"][0]
    assert texts["MM"][0]["NEE_VUT_REF"] == "-9999"
    assert float(texts["MM"][4]["NEE_VUT_REF"]) != -9999.0


def test_a_constant_threshold_is_of_both_kinds() -> None:
    for pool, kinds in (("both", {"VUT", "CUT"}), ("CUT", {"CUT"}), ("VUT", {"VUT"})):
        sources = sources_of(filled(20).assign_attrs(ustar_pool=pool))
        assert {kind for flux, kind in sources.ensembles if flux == "NEE"} == kinds


def test_the_zip_is_read_back(tmp_path: Path) -> None:
    ds = filled()
    path = fk.ecosystem.write_product(ds, tmp_path)
    assert path.name == "FLX_DE-Abc_FLUXNET_2019-2019_v1.3_r1.zip"
    with zipfile.ZipFile(path) as archive:
        listed = archive.namelist()
        text = archive.read("FLX_DE-Abc_FLUXNET_FLUXMET_DD_2019-2019_v1.3_r1.csv").decode()
        readme = archive.read("FLX_DE-Abc_FLUXNET_README_2019-2019_v1.3_r1.txt").decode()
        info = archive.read("FLX_DE-Abc_FLUXNET_BIFVARINFO_YY_2019-2019_v1.3_r1.csv").decode()
    assert len(listed) == 12
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 365
    assert rows[0]["TIMESTAMP"] == "20190101"
    day = coarse(sources_of(ds), "DD")
    assert float(rows[7]["NEE_VUT_REF"]) == pytest.approx(day["NEE_VUT_REF"][7], rel=1e-6)
    assert "no reanalysis was given" in readme
    assert "u* filter: not told" in readme
    assert "members of NEE" not in readme
    assert "VAR_INFO_VARNAME,NEE_VUT_REF" in info
    again = fk.ecosystem.read(path, 50.96, 13.57, 1.0)
    np.testing.assert_allclose(again["NEE"].values, ds["NEE"].values, rtol=1e-6)
    assert again.attrs["ustar_filter"] == "already filtered"


def test_what_variables_tell_of_processing_is_in_the_product(tmp_path: Path) -> None:
    ds = filled(20)
    ds["NEE"] = ds["NEE"].assign_attrs(ustar_filter="low turbulence taken out by USTAR")
    ds["NEE_F"] = ds["NEE_F"].assign_attrs(comment="filled by mds")
    ds["GPP_NT"] = ds["GPP_NT"].assign_attrs(
        long_name="gross primary production, night-time partitioning, fluxkit"
    )
    path = fk.ecosystem.write_product(ds, tmp_path, resolutions=["DD"])
    with zipfile.ZipFile(path) as archive:
        texts = [archive.read(n).decode() for n in archive.namelist() if "README" in n or "_BIF_" in n]
    for text in ("low turbulence taken out by USTAR", "filled by mds", "night-time partitioning, fluxkit"):
        assert all(text in found for found in texts)


def test_old_names_by_option(tmp_path: Path) -> None:
    path = fk.ecosystem.write_product(filled(20), tmp_path, names="fullset", resolutions=["HH"])
    assert path.name == "FLX_DE-Abc_FLUXNET2015_2019-2019_1-4.zip"
    with zipfile.ZipFile(path) as archive:
        assert "FLX_DE-Abc_FLUXNET2015_FULLSET_HH_2019-2019_1-4.csv" in archive.namelist()


def test_the_dataset_is_read_back_with_its_members(tmp_path: Path) -> None:
    ds = filled(20, members=True)
    path = fk.ecosystem.write_dataset(ds, tmp_path / "DE-Abc_ecosystem.nc")
    with xr.open_dataset(path) as found:
        assert found["NEE_F"].dims == ("variant", "ustar_percentile", "time")
        np.testing.assert_array_equal(found["NEE_F"].values, ds["NEE_F"].values)
        assert found.attrs["Conventions"] == "CF-1.11"
        assert found["NEE"].attrs["units"] == "umol m-2 s-1"
    again = fk.ecosystem.read(path)
    assert again.attrs["site"] == "DE-Abc"


@pytest.mark.parametrize("resolution", ["HH", "DD"])
def test_columns_of_a_table_stand_in_the_products_order(shared: Path, resolution: names.Resolution) -> None:
    path = shared / "data" / "ecosystem" / f"fluxnet_1.3_variables_{resolution.lower()}.txt"
    theirs = [line.partition("||")[0] for line in path.read_text("latin-1").splitlines()[1:] if line.strip()]
    head = Table(sources_of(filled(20, members=True)), resolution).csv().partition("\n")[0].split(",")
    made = [name for name in head if not re.fullmatch(r"NEE_.*_\d\d(_.*)?|.*_(NT|DT)_.*_\d\d", name)]
    assert made == [name for name in theirs if name in made]
    assert {"NEE_CUT_REF", "NEE_VUT_REF_JOINTUNC"} <= set(made)
    if resolution == "HH":  # percentiles of one kind, then of the other, then their qualities
        of = [name for name in head if re.fullmatch(r"NEE_..T_(05|95)(_QC)?", name)]
        assert of == [f"NEE_{k}_{p}{e}" for e in ("", "_QC") for k in ("CUT", "VUT") for p in ("05", "95")]


def test_every_variable_says_what_it_is(tmp_path: Path) -> None:
    ds = filled(20, members=True)
    flags = {"flag_values": [0, 1], "flag_meanings": "kept low_turbulence"}
    ds["NEE_USTAR_FLAG"] = ("time", np.zeros(ds.sizes["time"], np.int8), flags)
    ds["NEE_F_USTAR"] = ds["NEE_F"]
    path = fk.ecosystem.write_dataset(ds, tmp_path / "a.nc")
    with xr.open_dataset(path) as found:
        described = {str(name): found[name].attrs for name in (*found.data_vars, *found.coords)}
        lacking = [
            name for name, attrs in described.items() if "long_name" not in attrs and name != "time_bnds"
        ]
        assert lacking == []
        assert described["P"]["cell_methods"] == "time: sum"
        assert described["NEE"]["cell_methods"] == "time: mean"
        assert not {"cell_methods"} & (set(described["NEE_F_QC"]) | set(described["NEE_USTAR_FLAG"]))
        assert described["NEE_USTAR_FLAG"]["flag_values"].dtype == found["NEE_USTAR_FLAG"].dtype
        assert found["NEE_F_USTAR"].encoding["chunksizes"] == (1, 1, ds.sizes["time"])
        np.testing.assert_array_equal(found["time_bnds"].values[:, 0], ds["time"].values)
        assert (np.diff(found["time_bnds"].values, axis=1) == np.timedelta64(30, "m")).all()
        assert {"history", "license", "title", "source"} <= set(found.attrs)


def test_zarr_is_read_back_and_replaced_whole(tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    ds = filled(20, members=True).assign_attrs(notes="one\ntwo")
    (tmp_path / "a.zarr").mkdir()
    (tmp_path / "a.zarr" / "rest").write_text("of another one")
    path = fk.ecosystem.write_dataset(ds, tmp_path / "a.zarr")
    assert [found.name for found in tmp_path.iterdir()] == ["a.zarr"]
    assert not (path / "rest").exists()
    with xr.open_zarr(path, chunks=None) as found:
        assert found["NEE_F"].dims == ("variant", "ustar_percentile", "time")
        assert found["variant"].values.tolist() == ["VUT", "CUT"]
        np.testing.assert_array_equal(found["NEE_F"].values, ds["NEE_F"].values)
        np.testing.assert_array_equal(found["time"].values, ds["time"].values)
        assert found.attrs["Conventions"] == "CF-1.11"
        assert found.attrs["notes"] == "one\ntwo"


def test_zarr_that_is_not_installed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ProductError, match=r"zarr is not installed: pip install 'fluxkit\[zarr\]'"):
        fk.ecosystem.write_dataset(filled(20), tmp_path / "a.zarr")


@pytest.mark.parametrize("end", ["first", "last", "both"])
def test_a_stray_record_of_a_neighbouring_year_does_not_rename_the_product(tmp_path: Path, end: str) -> None:
    ds = filled(365)
    n = ds.sizes["time"]
    longer = ds.reindex(time=ds["time"].values[0] + np.arange(-48, n + 48) * np.timedelta64(30, "m"))
    if end == "first":
        longer = longer.isel(time=slice(None, -48))
    if end == "last":
        longer = longer.isel(time=slice(48, None))
    longer["NEE_F"][0 if end == "first" else -48] = 1.0
    path = fk.ecosystem.write_product(longer, tmp_path)
    assert path.name == "FLX_DE-Abc_FLUXNET_2019-2019_v1.3_r1.zip"
    with zipfile.ZipFile(path) as archive:
        year = archive.read("FLX_DE-Abc_FLUXNET_FLUXMET_YY_2019-2019_v1.3_r1.csv").decode().splitlines()
        readme = archive.read("FLX_DE-Abc_FLUXNET_README_2019-2019_v1.3_r1.txt").decode()
    assert [line.partition(",")[0] for line in year] == ["TIMESTAMP", "2019"]
    for other in {"first": ["2018"], "last": ["2020"], "both": ["2018", "2020"]}[end]:
        assert f"{other} is not in the product: the file has" in readme


def test_a_year_without_data_between_others_stays(tmp_path: Path) -> None:
    ds = filled(365)
    later = ds.assign_coords(time=ds["time"] + np.timedelta64(731, "D"))
    both = xr.concat([ds, later], "time").sel(time=slice("2018", "2021-06"))
    whole = np.arange(both["time"].values[0], both["time"].values[-1], np.timedelta64(30, "m"))
    path = fk.ecosystem.write_product(both.reindex(time=whole).isel(time=slice(0, 48 * 900)), tmp_path)
    assert path.name == "FLX_DE-Abc_FLUXNET_2019-2021_v1.3_r1.zip"


def test_derived_quantities() -> None:
    ds = filled()
    ds["NETRAD"] = ("time", 0.7 * ds["SW_IN"].values + 5.0)
    out = fk.ecosystem.derive(ds)
    # 2.45 MJ kg-1: 28.4 W m-2 are 1 mm a day.
    day = out["ET"].values[48:96].sum()
    assert day == pytest.approx(ds["LE_F"].values[48:96].mean() / 28.4, rel=0.02)
    noon = (ds["SW_IN"].values > 400.0) & np.isfinite(out["GS"].values)
    assert noon.sum() > 20
    assert 1e-4 < float(np.median(out["GS"].values[noon])) < 0.1
    assert np.nanmax(out["LUE"].values) < 0.12  # 1/8 mol mol-1 is the most that photosynthesis can


def test_derived_quantities_of_a_half_hour_by_hand() -> None:
    """20 degC: de/dT 145 Pa K-1, heat of vaporisation 2.453 MJ kg-1, air 1.188 kg m-3."""
    one = {
        "LE": 200.0, "TA": 20.0, "VPD": 10.0, "PA": 100.0, "NETRAD": 430.0, "G": 30.0, "USTAR": 0.5,
        "WS": 3.0, "SW_IN": 600.0, "GPP_NT": 15.0, "P": 0.0,
    }  # fmt: skip
    n = 48 * 20
    time = np.datetime64("2020-06-01", "ns") + np.arange(n) * np.timedelta64(30, "m")
    ds = xr.Dataset({name: ("time", np.full(n, x)) for name, x in one.items()}, {"time": time})
    ds["P"][100] = 2.0
    ds["SW_IN"][700:720] = 0.0
    out = fk.ecosystem.derive(ds)
    air = 1.0 / (3.0 / 0.25 + 6.2 * 0.5 ** (-2 / 3))
    gamma = 1004.7 * 1e5 / (0.622 * 2.453e6)
    by_hand = 200.0 * air * gamma / (145.0 * 400.0 + 1.188 * 1004.7 * air * 1000.0 - 200.0 * (145.0 + gamma))
    assert float(out["GS"][0]) == pytest.approx(by_hand, rel=0.01)
    assert float(out["ET"][0]) == pytest.approx(200.0 * 1800.0 / 2.453e6, rel=0.002)
    assert float(out["WUE"][0]) == pytest.approx(15.0 * 12.011e-6 * 2.453e6 / 200.0, rel=0.002)
    assert float(out["LUE"][0]) == pytest.approx(15.0 / 1200.0)
    for name in ("WUE", "GS"):  # rain at 100 wets the canopy for a day; no light from 700 on
        gone = np.flatnonzero(np.isnan(out[name].values))
        np.testing.assert_array_equal(gone, [*range(100, 149), *range(700, 720)])
    assert np.isfinite(out["ET"].values).all()
    assert np.isfinite(out["LUE"].values[100:148]).all()


def test_what_cannot_be_derived_is_said() -> None:
    ds = filled(20).drop_vars(["PA", "GPP_NT"], errors="ignore")
    said = not_derived(ds)
    assert [sentence.partition(" is not derived: without ")[0] for sentence in said] == ["WUE", "LUE", "GS"]
    assert "PA" in said[-1]
    assert "GPP" in said[0]
