"""A run with the switches on: fluxes by the minute have a file, partition tells its success."""

import json

import numpy as np
import pytest
import xarray as xr

from fluxkit.archive.run import read_run_fluxes, run
from fluxkit.synthetic.tower import make_day


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    make_day(folder, hours=1.0, start="2024-07-02T12:00", seed=3)
    config = folder / "site.toml"
    text = config.read_text()
    switches = 'partition = ["zahn-2022", "scanlon-2019"]\nwavelet = "torrence-compo-1998"\n'
    changed = text.replace("[condense]\n", f"[condense]\n{switches}", 1)
    config.write_text(changed if changed != text else f"{text}\n[condense]\n{switches}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.touch())
        return run(config, folder / "out").paths


def test_minutes_have_a_file_of_their_own(paths):
    assert paths["wavelet"].name == "XX-Dem_wavelet.nc"
    fluxes = read_run_fluxes(paths["fluxes"])
    with xr.open_dataset(paths["wavelet"]) as found:
        assert found.sizes["time"] == 60
        assert found.attrs["time_coverage_resolution"] == "PT1M"
        assert "averaged over 1 minutes" in found.attrs["summary"]
        width = np.diff(found["time_bnds"].values.astype("datetime64[s]"), axis=1)
        assert set(width.ravel()) == {np.timedelta64(60, "s")}
        for name in ("H", "LE", "FC"):
            by_period = found[name].values.reshape(2, 30).mean(axis=1)
            np.testing.assert_allclose(by_period, fluxes[name].values, rtol=0.1)


def test_the_run_tells_how_often_fluxes_were_shared_out(paths):
    fluxes = read_run_fluxes(paths["fluxes"])
    told = json.loads(paths["run"].read_text())["partition"]
    assert told == fluxes.attrs["partition"]
    solved = int((fluxes["CEC_TEST"] == 0).sum())
    assert told.startswith(f"partition by zahn-2022: {solved} of 2 periods solved")
    assert "scanlon-2019" in told
    assert "Torrence" in fluxes.attrs["references"]
    assert "Campbell & Norman" in fluxes.attrs["references"]
