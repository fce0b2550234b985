import gzip
import io
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fluxkit.constants import MOLAR_MASS, SI, T_ZERO
from fluxkit.site.models import Site
from fluxkit.synthetic.samples import make_samples
from fluxkit.synthetic.tower import make_day, make_demo

COMMITTED = Path(__file__).resolve().parents[2] / "data_samples"


def read_toa5(path):
    return pd.read_csv(path, skiprows=[0, 2, 3], na_values=["NAN"])


def read_truth(folder):
    return pd.read_csv(folder / "truth.csv", comment="#")


def rotated(df):
    u, v, w = (df[name].to_numpy() for name in ("Ux", "Uy", "Uz"))
    yaw = np.arctan2(v.mean(), u.mean())
    along = u * np.cos(yaw) + v * np.sin(yaw)
    pitch = np.arctan2(w.mean(), along.mean())
    stream = along * np.cos(pitch) + w * np.sin(pitch)
    return stream, w * np.cos(pitch) - along * np.sin(pitch), np.rad2deg(yaw) % 360, np.rad2deg(pitch)


def largest_covariance(w, x, steps):
    found = [np.cov(w[: w.size - k], x[k:], bias=True)[0, 1] for k in steps]
    best = int(np.argmax(np.abs(found)))
    return steps[best], found[best]


@pytest.fixture(scope="module")
def open_day(tmp_path_factory):
    folder = tmp_path_factory.mktemp("open")
    make_day(folder, hours=1, start="2024-07-01T12:00", seed=8)
    return folder


@pytest.fixture(scope="module")
def closed_day(tmp_path_factory):
    folder = tmp_path_factory.mktemp("closed")
    make_day(folder, hours=0.5, start="2024-07-01T12:00", seed=8, path="closed", format="csv", rate=20.0)
    return folder


def test_open_path_files_are_what_a_logger_writes(open_day):
    files = sorted((open_day / "raw").iterdir())
    assert [f.name for f in files] == ["XX-Dem_2024_07_01_1200.dat", "XX-Dem_2024_07_01_1230.dat"]
    df = read_toa5(files[1])
    assert len(df) == 18000
    assert df["TIMESTAMP"].iloc[[0, 9, -1]].tolist() == [
        "2024-07-01 12:30:00.1",
        "2024-07-01 12:30:01",
        "2024-07-01 13:00:00",
    ]
    np.testing.assert_array_equal(np.diff(df["RECORD"]), 1)
    assert df["RECORD"].iloc[0] == 18000
    assert not df.isna().any().any()


def test_open_path_file_holds_the_planted_tilt_wind_and_heat(open_day):
    truth = read_truth(open_day).iloc[0]
    df = read_toa5(open_day / "raw" / "XX-Dem_2024_07_01_1200.dat")
    u, w, yaw, pitch = rotated(df)
    assert yaw == pytest.approx(truth["ROT_YAW"], abs=0.02)
    assert pitch == pytest.approx(truth["ROT_PITCH"], abs=0.02)
    # CSAT3: wind direction = north offset (200 deg) minus the angle from u towards v.
    assert (200.0 - yaw) % 360 == pytest.approx(truth["WD"], abs=0.02)
    assert u.mean() == pytest.approx(truth["WS"], abs=2e-3)
    assert np.sqrt(-np.cov(u, w)[0, 1]) == pytest.approx(truth["USTAR"], rel=0.01)
    assert w.std() == pytest.approx(truth["W_SIGMA"], rel=0.02)


def test_open_path_file_holds_the_planted_gas_fluxes(open_day):
    """By hand: lag, Schotanus and Webb; what is left to miss is the high-frequency loss."""
    truth = read_truth(open_day).iloc[0]
    df = read_toa5(open_day / "raw" / "XX-Dem_2024_07_01_1200.dat")
    _, w, _, _ = rotated(df)
    n_h = df["H2O"].to_numpy() * 1e-3 / MOLAR_MASS["h2o"]
    n_c = df["CO2"].to_numpy() * 1e-6 / MOLAR_MASS["co2"]
    lag_h, cov_h = largest_covariance(w, n_h, range(11))
    lag_c, cov_c = largest_covariance(w, n_c, range(11))
    # The analyser's own response of 0.1 s comes on top of the planted delay.
    assert 0.2 <= lag_h / 10.0 <= 0.35
    assert 0.2 <= lag_c / 10.0 <= 0.35
    t = truth["TA"] + T_ZERO
    n_d = 1e3 * truth["PA"] / (SI.R * t) - n_h.mean()
    sigma = n_h.mean() / n_d
    heat = truth["W_TA_COV"] / t
    flux_h = (1 + sigma) * (cov_h + n_h.mean() * heat)
    flux_c = cov_c + n_c.mean() / n_d * cov_h + (1 + sigma) * n_c.mean() * heat
    latent = flux_h * (3147.5e3 - 2370.0 * t) * MOLAR_MASS["h2o"]
    assert 0.88 < latent / truth["LE"] < 1.0
    assert 0.85 < 1e6 * flux_c / truth["FC"] < 1.0
    t_sonic = df["Ts"].to_numpy() + T_ZERO
    buoyancy = truth["W_TA_COV"] * (1 + 0.51 * 0.008) + 0.51 * t * truth["LE"] / 2.45e6 / 1.12
    assert np.cov(w, t_sonic)[0, 1] == pytest.approx(buoyancy, rel=0.03)


def test_closed_path_file_holds_the_planted_mixing_ratios(closed_day):
    (path,) = (closed_day / "raw").iterdir()
    assert path.name == "XX-Dem_20240701-1200.csv"
    df = pd.read_csv(path, skiprows=[1])
    assert len(df) == 36000
    truth = read_truth(closed_day).iloc[0]
    total = 1e3 * df["P_cell"].to_numpy() / (SI.R * (df["T_cell"].to_numpy() + T_ZERO))
    n_h, n_c = 1e-3 * df["H2O_cell"].to_numpy(), 1e-3 * df["CO2_cell"].to_numpy()
    dry = n_c / (total - n_h)
    assert 1e6 * dry.mean() == pytest.approx(truth["CO2_DRY"], rel=1e-3)
    _, w, _, _ = rotated(df)
    lag, covariance = largest_covariance(w, dry, range(30))
    assert 0.5 <= lag / 20.0 <= 0.65
    assert 0.85 < 1e6 * covariance / truth["W_CO2_DRY_COV"] < 1.0
    lag, covariance = largest_covariance(w, n_h / (total - n_h), range(30))
    assert 0.7 <= lag / 20.0 <= 0.85
    assert 0.85 < 1e3 * covariance / truth["W_H2O_DRY_COV"] < 1.0


@pytest.mark.parametrize("path", ["open", "closed"])
@pytest.mark.parametrize("format", ["toa5", "csv"])
def test_every_configuration_is_valid(tmp_path, path, format):
    config = make_day(tmp_path, hours=1 / 60, period=1, path=path, format=format)
    site = Site.model_validate(tomllib.loads(config.read_text()))
    assert site.station.id == "XX-Dem"
    assert site.analyser("co2").closed == (path == "closed")
    header = next((tmp_path / "raw").iterdir()).read_text().splitlines()[1 if format == "toa5" else 0]
    names = header.replace('"', "").split(",")
    assert {column.column for column in site.columns.values()} <= set(names)
    assert len(list(tmp_path.glob(str(site.raw.files)))) == 1


def test_seed_decides(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make_day(tmp_path / name, hours=1 / 60, period=1, seed=seed)
    first, again, other = (next((tmp_path / name / "raw").iterdir()).read_bytes() for name in "abc")
    assert first == again
    assert first != other


def test_blemishes(tmp_path):
    kinds = {0: "missing", 1: "truncated", 2: "gaps", 3: "spikes"}
    make_day(tmp_path, hours=5 / 30, period=2, blemishes=kinds, seed=3)
    make_day(tmp_path / "clean", hours=5 / 30, period=2, seed=3)
    files = [tmp_path / "raw" / f"XX-Dem_2024_07_01_00{m:02d}.dat" for m in (0, 2, 4, 6, 8)]
    clean = [tmp_path / "clean" / "raw" / f.name for f in files]
    assert not files[0].exists()
    whole = clean[1].read_bytes()
    assert files[1].read_bytes() == whole[: round(0.61 * len(whole))]
    assert not files[1].read_bytes().endswith(b"\n")
    left, full = read_toa5(files[2]), read_toa5(clean[2])
    assert len(left) == 840
    kept = full[full["RECORD"].isin(left["RECORD"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(left, kept)
    changed = read_toa5(files[3])["CO2"] != read_toa5(clean[3])["CO2"]
    assert 30 <= changed.sum() <= 50
    assert files[4].read_bytes() == clean[4].read_bytes()
    truth = read_truth(tmp_path)
    assert truth["REMARK"].fillna("").tolist() == ["missing", "truncated", "gaps", "spikes", ""]
    pd.testing.assert_frame_equal(
        truth.drop(columns="REMARK"), read_truth(tmp_path / "clean").drop(columns="REMARK")
    )


def test_gaps_of_a_plain_table_are_missing_values(tmp_path):
    make_day(tmp_path, hours=1 / 30, period=2, format="csv", blemishes={0: "gaps"})
    (path,) = (tmp_path / "raw").iterdir()
    df = pd.read_csv(path, skiprows=[1], na_values=["-9999"])
    assert len(df) == 1200
    assert df["CO2"].isna().sum() == 360


def test_truth_times_are_utc_starts(open_day):
    assert read_truth(open_day)["time"].tolist() == ["2024-07-01T11:00:00Z", "2024-07-01T11:30:00Z"]


@pytest.mark.slow
def test_demo_is_a_day_with_one_file_missing(tmp_path):
    config = make_demo(tmp_path)
    assert config == tmp_path / "site.toml"
    assert len(list((tmp_path / "raw").iterdir())) == 47
    assert len(read_truth(tmp_path)) == 48


@pytest.mark.slow
def test_committed_samples_are_what_the_generator_writes(tmp_path):
    make_samples(tmp_path)
    made = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert made == sorted(p.relative_to(COMMITTED) for p in COMMITTED.rglob("*") if p.is_file())
    for name in made:
        # Contents, not compressed bytes: those depend on the version of zlib.
        new, old = (tmp_path / name).read_bytes(), (COMMITTED / name).read_bytes()
        if name.suffix == ".gz":
            new, old = gzip.decompress(new), gzip.decompress(old)
        assert new == old, f"{name} differs: regenerate with fluxkit.synthetic.samples.make_samples"


def test_committed_samples_are_small_and_readable():
    files = [p for p in COMMITTED.rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) < 5_000_000
    text = gzip.decompress((COMMITTED / "open_path/raw/XX-Dem_2024_07_01_1000.dat.gz").read_bytes())
    assert len(read_toa5(io.BytesIO(text))) == 18000
    for config in COMMITTED.glob("*/site.toml"):
        Site.model_validate(tomllib.loads(config.read_text()))
