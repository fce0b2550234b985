"""Tables for REddyProc, ONEFlux, EddyPro's readers and Parquet: other readers find what was written."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.exchange.columns import ExchangeError
from fluxkit.exchange.eddypro import layout
from tests.exchange.made import ABOUT, half_hours

SEVEN = 1e-6


@pytest.fixture(scope="module")
def ds() -> xr.Dataset:
    return half_hours()


def local_end(ds: xr.Dataset) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(ds["time"].values) + pd.Timedelta("1h30min")


def test_pandas_reads_reddyprocs_text(tmp_path: Path, ds: xr.Dataset) -> None:
    path, said = fk.exchange.write_reddyproc(ds, tmp_path)
    units = pd.read_csv(path, sep="\t", nrows=1).iloc[0]
    assert units[["NEE", "Rg", "Ustar", "VPD"]].tolist() == ["umolm-2s-1", "Wm-2", "ms-1", "hPa"]
    table = pd.read_csv(path, sep="\t", skiprows=[1], na_values=-9999)
    end = pd.to_datetime(table["Year"].astype(str), format="%Y")
    end += pd.to_timedelta(table["DoY"] - 1, "D") + pd.to_timedelta(table["Hour"], "h")
    assert list(end) == list(local_end(ds))
    assert table["Hour"].max() == 24.0
    for there, here in (("NEE", "NEE"), ("Tair", "TA"), ("Rg", "SW_IN"), ("rH", "RH"), ("Tsoil", "TS")):
        np.testing.assert_allclose(table[there], ds[here].values, rtol=SEVEN, atol=1e-9)
    assert said == []


def test_our_own_reader_finds_the_same_in_reddyprocs_text(tmp_path: Path, ds: xr.Dataset) -> None:
    path, _ = fk.exchange.write_reddyproc(ds, tmp_path)
    back = fk.ecosystem.read(path, 51.1, 10.9, 1.0)
    np.testing.assert_array_equal(back["time"].values, ds["time"].values)
    for name in ("NEE", "LE", "H", "SW_IN", "TA", "TS", "RH", "VPD", "USTAR"):
        np.testing.assert_allclose(back[name].values, ds[name].values, rtol=SEVEN, atol=1e-9)


def test_days_without_a_record_are_there_for_reddyproc(tmp_path: Path, ds: xr.Dataset) -> None:
    parted = xr.concat([ds.isel(time=slice(0, 40)), ds.isel(time=slice(100, 144))], "time")
    path, _ = fk.exchange.write_reddyproc(parted.assign_attrs(ABOUT), tmp_path)
    table = pd.read_csv(path, sep="\t", skiprows=[1])
    assert len(table) == 144
    assert (table["NEE"].iloc[40:100] == -9999).all()


def test_what_reddyproc_lacks_is_said(tmp_path: Path, ds: xr.Dataset) -> None:
    _, said = fk.exchange.write_reddyproc(ds[["NEE", "TA"]], tmp_path)
    assert "Rg, VPD, Ustar" in said[0]


def parsed_by_oneflux(path: Path) -> tuple[dict[str, list[str]], pd.DataFrame]:
    """Read as ONEFlux does: nine keywords in this order, then one header and a whole year of rows."""
    lines = path.read_text(encoding="utf-8").splitlines()
    keys = ["site", "year", "lat", "lon", "timezone", "htower", "timeres", "sc_negl", "notes"]
    cells = [line.split(",") for line in lines[:9]]
    assert [cell[0] for cell in cells] == keys
    assert all(cell[1] for cell in cells)
    return {cell[0]: cell[1:] for cell in cells}, pd.read_csv(path, skiprows=9)


def test_oneflux_gets_a_file_for_each_year(tmp_path: Path, ds: xr.Dataset) -> None:
    late = ds.assign_coords(time=ds["time"] + (np.datetime64("2024-12-29T23:00") - ds["time"].values[0]))
    paths, said = fk.exchange.write_oneflux(late, tmp_path, height=3.2)
    assert [str(path.relative_to(tmp_path).as_posix()) for path in paths] == [
        f"XX-Mad/01_qc_visual/qcv_files/XX-Mad_qcv_{year}.csv" for year in (2024, 2025)
    ]
    for path, rows in zip(paths, (17568, 17520), strict=True):
        about, table = parsed_by_oneflux(path)
        assert len(about["site"][0]) == 6
        assert about["timezone"] == [f"{path.stem[-4:]}01010030", "1"]
        assert about["htower"] == [f"{path.stem[-4:]}01010030", "3.2"]
        assert (about["timeres"], about["sc_negl"]) == (["halfhourly"], ["0"])
        assert len(table) == rows
        assert table["TIMESTAMP_START"].iloc[0] == int(f"{path.stem[-4:]}01010000")
    first, second = (pd.read_csv(path, skiprows=9, na_values=-9999) for path in paths)
    both = np.concatenate([first["FC"].iloc[-96:], second["FC"].iloc[:48]])
    np.testing.assert_allclose(both, late["FC"].values, rtol=SEVEN)
    assert said == []


def test_storage_that_is_not_there_is_told_to_oneflux(tmp_path: Path, ds: xr.Dataset) -> None:
    paths, said = fk.exchange.write_oneflux(ds.drop_vars("SC"), tmp_path, height=3.2)
    assert parsed_by_oneflux(paths[0])[0]["sc_negl"] == ["1"]
    assert "sc_negl" in said[0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"site": "Meadow"}, "no code of a site"), ({"latitude": None}, "latitude of the site"),
        ({"site": "../XX"}, "no code of a site"),
    ],
)  # fmt: skip
def test_oneflux_wants_to_know_the_site(tmp_path: Path, ds: xr.Dataset, change: dict, says: str) -> None:
    about = {key: value for key, value in (ABOUT | change).items() if value is not None}
    with pytest.raises(ExchangeError, match=says):
        fk.exchange.write_oneflux(
            ds.assign_attrs(about).drop_attrs().assign_attrs(about), tmp_path, height=3.0
        )
    assert list(tmp_path.iterdir()) == []


def test_full_output_has_eddypros_columns_in_order(shared: Path) -> None:
    import gzip

    path = shared / "data/halfhourly/eddypro_fluxnet_output/CH-FRU_2024_full_output.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        groups, names, units = (file.readline().rstrip("\n").split(",") for _ in range(3))
    ours = [c for each in layout().values() for c in each]
    theirs = dict(zip(names, units, strict=True))
    order = [name for name in names if name in {c.name for c in ours}]
    assert [c.name for c in ours] == order
    assert all(c.unit == theirs[c.name] for c in ours)
    began = {n: g for n, g in zip(names, groups, strict=False) if g}
    firsts = {group: columns[0].name for group, columns in layout().items() if group != "file_info"}
    assert {began[name] for name in firsts.values()} == set(began.values()) - {
        "file_info",
        "custom_variables",
    }


def test_our_reader_of_eddypros_output_finds_the_same(tmp_path: Path, ds: xr.Dataset) -> None:
    path, said = fk.exchange.write_eddypro(ds, tmp_path)
    back = fk.ecosystem.read(path, 51.1, 10.9, 1.0)
    assert back.attrs["format"] == "EddyPro full output"
    np.testing.assert_array_equal(back["time"].values, ds["time"].values)
    names = ("FC", "LE", "H", "USTAR", "WS", "WD", "ZL", "FC_SSITC_TEST", "SC", "RH", "CO2", "TAU", "FCH4")
    for name in names:
        np.testing.assert_allclose(back[name].values, ds[name].values, rtol=SEVEN, atol=1e-9)
    for name, loss in (("TA", 1e-4), ("T_SONIC", 1e-4), ("PA", 1e-5), ("VPD", 1e-4)):
        np.testing.assert_allclose(back[name].values, ds[name].values, atol=loss)
    assert "air_molar_volume" in said[0]


def test_pandas_reads_full_output_below_its_three_lines(tmp_path: Path, ds: xr.Dataset) -> None:
    path, _ = fk.exchange.write_eddypro(ds, tmp_path)
    table = pd.read_csv(path, header=[0, 1, 2], na_values=-9999)
    assert table.shape[0] == ds.sizes["time"]
    flat = pd.read_csv(path, skiprows=[0, 2], na_values=-9999)
    end = pd.to_datetime(flat["date"] + " " + flat["time"])
    assert list(end) == list(local_end(ds))
    np.testing.assert_allclose(flat["air_pressure"], 1e3 * ds["PA"].values, rtol=SEVEN)
    np.testing.assert_allclose(flat["ch4_flux"], 1e-3 * ds["FCH4"].values, rtol=SEVEN)


def test_pandas_and_arrow_read_parquet(tmp_path: Path, ds: xr.Dataset) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    path, _ = fk.exchange.write_parquet(ds, tmp_path)
    table = pd.read_parquet(path)
    assert str(table["time"].dt.tz) == "UTC"
    assert list(table["time"].dt.tz_localize(None)) == list(pd.DatetimeIndex(ds["time"].values))
    assert list(table["TIMESTAMP_END"]) == list(local_end(ds))
    for name in ("FC", "TA", "FC_SSITC_TEST"):
        np.testing.assert_array_equal(table[name].to_numpy(np.float64, na_value=np.nan), ds[name].values)
    schema = pq.read_schema(path)
    assert schema.field("FC").metadata[b"units"] == b"umol m-2 s-1"
    assert schema.metadata[b"site"] == b"XX-Mad"


@pytest.mark.parametrize("write", ["write_reddyproc", "write_eddypro", "write_parquet"])
@pytest.mark.parametrize("minutes", [10, 45])
def test_other_lengths_are_refused(tmp_path: Path, ds: xr.Dataset, write: str, minutes: int) -> None:
    other = ds.assign_coords(time=ds["time"].values[0] + np.arange(144) * np.timedelta64(minutes, "m"))
    with pytest.raises(ExchangeError, match=f"{minutes} min"):
        getattr(fk.exchange, write)(other, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_write_is_said(tmp_path: Path, ds: xr.Dataset) -> None:
    for write in (fk.exchange.write_reddyproc, fk.exchange.write_eddypro):
        with pytest.raises(ExchangeError, match="none of"):
            write(ds[["LOSS_FLAG"]], tmp_path)
    assert list(tmp_path.iterdir()) == []
