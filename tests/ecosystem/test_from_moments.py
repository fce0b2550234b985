"""From moments to the year in one command: which decision on raw data moves it, and by how much."""

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.archive.anew import Moments, recorded_site
from fluxkit.archive.folder.contents import RUN, stored
from fluxkit.cli.main import main
from fluxkit.ecosystem.processing.settings import Fill, Raw, Settings, Uncertainty, Ustar
from fluxkit.errors import ConfigError
from fluxkit.synthetic.tower import make_day

DAYS = 12
G = 12.011e-6 * 1800.0
CHOICES = {"rotation": ["double", "none"], "high_frequency": ["peltola-2021", "none"]}
SLOW_DATA = """
[biomet]
files = "meteo.csv"
time_is = "start"

[biomet.columns]
t_air = { column = "TA", unit = "degC" }
rh = { column = "RH", unit = "%" }
sw_in = { column = "SW", unit = "W m-2" }
"""
HOW = """
[raw.schemes]
rotation = ["double", "none"]
high_frequency = ["peltola-2021", "none"]

[ustar]
threshold = 0.2

[fill]
method = "mds"
"""


@pytest.fixture(scope="module")
def tower(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a station's configuration, raw and slow data, truth and results."""
    folder = tmp_path_factory.mktemp("tower")
    config = make_day(folder, hours=24 * DAYS, rate=5)
    truth = pd.read_csv(folder / "truth.csv", comment="#")
    local = pd.to_datetime(truth["time"], utc=True).dt.tz_localize(None) + pd.Timedelta(hours=1)
    hour = local.dt.hour + local.dt.minute / 60.0 + 0.25
    clouds = 1.0 - 0.3 * np.random.default_rng(1).random(hour.size)
    slow = {
        "TIMESTAMP": local.dt.strftime("%Y-%m-%d %H:%M:%S"),
        "TA": truth["TA"].round(2),
        "RH": (70.0 - 30.0 * np.sin((hour - 9.0) / 12.0 * np.pi)).round(1),
        "SW": (np.maximum(0.0, 900.0 * np.sin((hour - 5.0) / 15.0 * np.pi)) * clouds).round(1),
    }
    pd.DataFrame(slow).to_csv(folder / "meteo.csv", index=False)
    config.write_text(config.read_text(encoding="utf-8") + SLOW_DATA, encoding="utf-8")
    fk.run(config, folder / "out")
    return folder


def by_hand(tower: Path) -> dict[str, float]:
    """Return the sum of NEE of each scheme: decided, filtered and filled one after the other."""
    read = fk.ecosystem.read(tower / "out")
    clean = fk.ecosystem.fill_drivers(fk.ecosystem.screen(read))
    moments = Moments.of(tower / "out", recorded_site(stored(tower / "out" / RUN)))
    sums = {}
    for rotation in CHOICES["rotation"]:
        for correction in CHOICES["high_frequency"]:
            chosen = {"rotation": rotation, "high_frequency": correction}
            fluxes = moments.decide(lambda site, chosen=chosen: site.with_decisions(chosen))
            own = clean.assign(
                NEE=fluxes["NEE"].reindex(time=clean.time).where(np.isfinite(clean.NEE)),
                USTAR=fluxes["USTAR"].reindex(time=clean.time),
            )
            filled = fk.ecosystem.fill(fk.ecosystem.filter_ustar(own, 0.2), "NEE", method="mds")
            sums[f"{rotation}+{correction}"] = float(filled["NEE_F"].sum(skipna=False)) * G
    return sums


@pytest.mark.slow
def test_the_decision_that_moves_the_year_is_told_from_moments_by_one_command(
    tower: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is done by hand and the command agree; leaving out the correction is what truth says is wrong."""
    (tower / "eco.toml").write_text(HOW, encoding="utf-8")
    out = tower / "years"
    with pytest.raises(SystemExit) as ended:
        main(["ecosystem", str(tower / "out"), "-o", str(out), "--config", str(tower / "eco.toml")])
    assert ended.value.code == 0
    made = xr.load_dataset(out / "XX-Dem_ecosystem.nc")
    sums = by_hand(tower)
    assert made["scheme"].values.tolist() == list(sums)
    moves = made["ANNUAL_DECISION_MOVES"].sel(variable="NEE").squeeze()
    mean = {key: np.mean([x for name, x in sums.items() if key in name.split("+")]) for key in (
        "double", "peltola-2021"
    )}  # fmt: skip
    total = np.mean(list(sums.values()))
    wanted = [2.0 * abs(mean["double"] - total), 2.0 * abs(mean["peltola-2021"] - total)]
    np.testing.assert_allclose(moves.values, wanted, rtol=1e-6)
    assert moves.values[1] > 3.0 * moves.values[0]
    said = str(made.attrs["notes"])
    assert f"peltola-2021 | none moves NEE most, by {moves.values[1]:.1f} g C m-2" in said
    assert "each of 4 schemes of raw data goes through u* filter" in said
    truth = pd.read_csv(tower / "truth.csv", comment="#")["FC"].sum() * G
    off = {name: abs(x - truth) for name, x in sums.items()}
    assert off["double+peltola-2021"] < off["double+none"]
    page = (out / "ecosystem.html").read_text(encoding="utf-8")
    assert "moves NEE most" in page
    assert "Range of the sums between the choices of each decision on raw data" in page
    capsys.readouterr()


@pytest.mark.slow
def test_errors_that_the_tower_knows_are_in_the_sums(tower: Path, tmp_path: Path) -> None:
    how = Settings(ustar=Ustar(threshold=0.2), fill=Fill(method="mds"), uncertainty=Uncertainty(pairs=2))
    results = fk.ecosystem.run(tower / "out", tmp_path / "years", config=how)
    parts = results.sums["parts"].sel(variable="NEE").squeeze()
    ds = results.data
    there = (ds["NEE_F_QC"] == 0).values
    for part, name in (("noise", "FC_RANDUNC_HF"), ("lag", "FC_UNC_LAG")):
        wanted = np.sqrt(np.nansum(ds[name].values[there] ** 2)) * G
        assert float(parts.sel(part=part)) == pytest.approx(wanted, rel=0.05), part
    off = np.sign(ds["NEE"].values) * ds["FC_UNC_SPECTRAL"].values
    shifted = ds[["SW_IN", "TA", "VPD"]].assign(NEE=ds["NEE"] + off)
    filled = fk.ecosystem.fill(shifted, "NEE", method="mds")["NEE_F"]
    wanted = abs(float(filled.sum() - ds["NEE_F"].sum())) * G
    assert float(parts.sel(part="spectral correction")) == pytest.approx(wanted, rel=0.02)


@pytest.mark.slow
def test_from_raw_files_to_the_product_in_one_command_and_again_from_its_record(
    tower: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tower / "eco.toml").write_text(HOW, encoding="utf-8")
    out = tower / "from_raw"
    with pytest.raises(SystemExit) as ended:
        main(
            ["ecosystem", str(tower / "site.toml"), "-o", str(out), "--config", str(tower / "eco.toml"), "-q"]
        )
    assert ended.value.code == 0
    assert (out / "fluxes" / "XX-Dem_fluxes.nc").is_file()
    with zipfile.ZipFile(next(out.glob("FLX_XX-Dem_FLUXNET_*.zip"))) as archive:
        assert any("_FLUXMET_HH_" in name for name in archive.namelist())
    again = fk.replay(out, tmp_path / "again")
    assert again.same
    capsys.readouterr()


def test_a_decision_that_is_unknown_costs_the_schemes_alone(tmp_path: Path) -> None:
    """Two hours of the sample: the name that was meant is said, the rest is done."""
    fk.run("data_samples/open_path/site.toml", tmp_path / "out")
    how = Settings(
        raw=Raw(schemes={"rotations": ["double"]}), ustar=Ustar(method="none"), fill=Fill(method="mds")
    )
    results = fk.ecosystem.run(tmp_path / "out", tmp_path / "years", config=how)
    told = [said for said in results.said if said.startswith("schemes of raw data could not be done")]
    assert len(told) == 1
    assert "did you mean 'rotation'?" in told[0]
    assert results.paths["dataset"].is_file()
    with pytest.raises(ConfigError, match="no such file"):
        fk.ecosystem.run(tmp_path / "out", tmp_path / "more", config=tmp_path / "none.toml")
