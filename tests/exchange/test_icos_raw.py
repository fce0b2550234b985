"""Raw files of ICOS stations: written, read by our own reader of that format, and checked."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.exchange.columns import ExchangeError
from fluxkit.raw.registry import identify
from fluxkit.submissions.checking import check_file

RATE = 10


def samples(minutes: float, start: str = "2024-07-01T08:50", seed: int = 1) -> xr.Dataset:
    """Return samples that tell their time: u is the number of the sample of the hour."""
    n = round(minutes * 60 * RATE)
    time = np.datetime64(start, "ns") + np.arange(n) * np.timedelta64(100, "ms")
    rng = np.random.default_rng(seed)
    ds = xr.Dataset(
        {
            "u": ("time", (np.arange(n) % 20000) / 1000.0), "v": ("time", rng.normal(0, 1, n)),
            "w": ("time", rng.normal(0, 0.3, n)), "t_sonic": ("time", 293.15 + rng.normal(0, 0.5, n)),
            "co2": ("time", 4e-4 + rng.normal(0, 1e-6, n), {"quantity": "mixing_ratio"}),
            "h2o": ("time", 0.012 + rng.normal(0, 1e-4, n), {"quantity": "mole_fraction"}),
            "t_cell": ("time", np.full(n, 300.15)), "p_cell": ("time", np.full(n, 96_500.0)),
        },
        {"time": time},
    )  # fmt: skip
    ds["w"][5] = np.nan
    return ds


def written(folder: Path, *parts: xr.Dataset) -> list[Path]:
    return fk.exchange.write_icos_raw(parts, folder, site="DE-Abc", utc_offset_h=1.0, logger=2, file=3)[0]


def test_names_tell_the_end_on_local_standard_time(tmp_path: Path) -> None:
    paths = written(tmp_path, samples(70.0))
    assert [path.name for path in paths] == [
        f"DE-Abc_EC_20240701{clock}_L02_F03.csv" for clock in ("1000", "1030", "1100")
    ]
    assert [sum(1 for _ in path.open()) - 1 for path in paths] == [6000, 18000, 18000]


def test_our_reader_finds_the_same_samples(tmp_path: Path) -> None:
    ds = samples(70.0)
    path = written(tmp_path, ds)[1]
    assert identify(path) == "icos"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    table = dict(zip(header.split(","), np.array([r.split(",") for r in rows], float).T, strict=True))
    part = ds.sel(time=slice("2024-07-01T09:00", "2024-07-01T09:29:59.9"))
    for label, name, factor in (
        ("U", "u", 1),
        ("T_SONIC", "t_sonic", 1),
        ("CO2", "co2", 1e6),
        ("H2O", "h2o", 1e3),
    ):
        np.testing.assert_allclose(table[label], factor * part[name].values, rtol=1e-6)
    np.testing.assert_allclose(table["T_CELL"], 27.0)
    np.testing.assert_allclose(table["PRESS_CELL"], 96.5)


def test_half_hours_of_two_files_are_joined(tmp_path: Path) -> None:
    ds = samples(70.0)
    cut = ds.sizes["time"] // 2
    whole = [path.read_bytes() for path in written(tmp_path / "a", ds)]
    parts = [
        path.read_bytes()
        for path in written(tmp_path / "b", ds[{"time": slice(cut)}], ds[{"time": slice(cut, None)}])
    ]
    assert parts == whole


def test_what_is_written_passes_the_check(tmp_path: Path) -> None:
    path = written(tmp_path, samples(70.0))[1]
    assert check_file(path, network="icos") == []


def test_what_has_no_label_is_told(tmp_path: Path) -> None:
    ds = samples(1.0).assign(p_air=("time", np.full(600, 9e4)))
    ds["co2"].attrs["quantity"] = "density"
    paths, said = fk.exchange.write_icos_raw([ds], tmp_path, site="DE-Abc", utc_offset_h=0.0)
    assert "co2 is a density" in said[0]
    assert "p_air" in said[1]
    assert "CO2" not in paths[0].read_text(encoding="utf-8").splitlines()[0].split(",")


@pytest.mark.parametrize(("site", "says"), [("Meadow7", "CC-Xxx"), ("DE_Abc", "no code of a site")])
def test_wrong_codes_are_refused(tmp_path: Path, site: str, says: str) -> None:
    def none() -> Iterator[xr.Dataset]:
        yield samples(1.0)

    with pytest.raises(ExchangeError, match=says):
        fk.exchange.write_icos_raw(none(), tmp_path, site=site, utc_offset_h=0.0)
    with pytest.raises(ExchangeError, match="sonic"):
        fk.exchange.write_icos_raw([samples(1.0)[["co2"]]], tmp_path, site="DE-Abc", utc_offset_h=0.0)
    assert list(tmp_path.iterdir()) == []
