"""The day before, a profile and a map in a run over an archive."""

import logging

import numpy as np
import pytest
import xarray as xr

from fluxkit.archive.deciding.context import day_before
from fluxkit.archive.job import Job
from fluxkit.archive.run import run
from fluxkit.errors import NoInputError
from fluxkit.synthetic.tower import make_day

PROFILE = """
[decide]
storage = "profile"
footprint = "kljun-2015"

[footprint]
land_cover = "map.asc"
land_cover_names = { 1 = "meadow", 2 = "lake" }

[profile]
files = "profile.csv"
heights = [1.0, 2.0]
time_column = "time"
time_is = "middle"
utc_offset_h = 0.0
columns.co2 = { columns = ["a", "b"], unit = "umol mol-1", quantity = "mixing_ratio" }

[output]"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Half hours that begin at 23:30 and 00:00 UTC."""
    folder = tmp_path_factory.mktemp("archive")
    make_day(folder, hours=1.0, start="2024-07-02T00:30", seed=3)
    return folder


@pytest.fixture(autouse=True)
def no_report(monkeypatch):
    monkeypatch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.touch())


@pytest.fixture(scope="module")
def whole(archive, tmp_path_factory):
    """A run over both days, and its folder."""
    out = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.touch())
        return run(archive / "site.toml", out).fluxes, out


def test_the_first_period_after_midnight_knows_the_last_before(archive, whole):
    fluxes, out = whole
    again = run(archive / "site.toml", out, start="2024-07-02").fluxes
    assert again["time"].values.tolist() == fluxes["time"].values[1:].tolist()
    for name in ("SC", "SLE", "SH", "NEE", "LOSS_FLAG"):
        np.testing.assert_array_equal(again[name].values, fluxes[name].values[1:])
    assert np.isfinite(again["SC"].values).all()


def test_without_the_day_before_storage_is_that_of_the_period_alone(archive, whole, tmp_path):
    fresh = run(archive / "site.toml", tmp_path, start="2024-07-02").fluxes
    np.testing.assert_array_equal(fresh["SC"].values, whole[0]["SC"].values[1:])


def test_storage_of_eddypro_6_needs_the_day_before(archive, tmp_path):
    text = (archive / "site.toml").read_text()
    site = archive / "theirs.toml"
    site.write_text(text.replace('preset = "fluxkit"', 'preset = "eddypro-6"'))
    fresh = run(site, tmp_path, start="2024-07-02").fluxes
    assert np.isnan(fresh["SC"].values[0])
    run(site, tmp_path)
    again = run(site, tmp_path, start="2024-07-02").fluxes
    assert np.isfinite(again["SC"].values).all()


def test_a_day_before_of_other_settings_is_not_used(archive, whole, tmp_path, caplog):
    _, out = whole
    text = (archive / "site.toml").read_text()
    other = archive / "other.toml"
    other.write_text(text.replace("[output]", "[condition]\nspike_run = 4\n\n[output]"))
    with caplog.at_level(logging.WARNING):
        assert day_before(Job.of(other, out), "2024-07-02") is None
    assert "was condensed with other settings" in caplog.text
    name, _ = day_before(Job.of(archive / "site.toml", out), "2024-07-02")
    assert name == "2024-07-01"
    assert day_before(Job.of(archive / "site.toml", tmp_path), "2024-07-02") is None


def test_a_profile_and_a_map_beside_the_configuration(archive, tmp_path):
    text = (archive / "site.toml").read_text()
    site = archive / "profile.toml"
    site.write_text(text.replace("[output]", PROFILE.lstrip()))
    with pytest.raises(NoInputError, match=r"no file matches profile.files = profile.csv"):
        run(site, tmp_path)
    rows = [
        f"2024-07-0{1 + k // 60} {(23 + k // 60) % 24:02d}:{k % 60:02d},{400 + k},{410 + k}"
        for k in range(120)
    ]
    (archive / "profile.csv").write_text("\n".join(["time,a,b", *rows]) + "\n")
    header = "ncols 3\nnrows 3\nxllcorner -150\nyllcorner -150\ncellsize 100\n"
    (archive / "map.asc").write_text(header + "1 1 1\n1 1 1\n2 2 2\n")
    results = run(site, tmp_path)
    assert (results.fluxes["SC"] > 0.0).all()  # 30 umol mol-1 more each half hour
    with xr.open_dataset(results.paths["fluxes"]) as written:
        assert written["FOOTPRINT_SHARE"].dims == ("time", "land_cover")
        assert written["land_cover"].values.tolist() == ["meadow", "lake", "outside"]
        np.testing.assert_allclose(written["FOOTPRINT_SHARE"].sum("land_cover"), 1.0, rtol=1e-12)
    assert "FOOTPRINT_SHARE" not in results.paths["csv"].read_text().splitlines()[0]
