"""The command that maps where the fluxes come from."""

import numpy as np
import pytest
import xarray as xr

from fluxkit.archive.job import Job
from fluxkit.archive.run import read_run_fluxes, run


@pytest.fixture(scope="module")
def results(station, tmp_path_factory):
    out = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.touch())
        run(station, out)
    return out


def test_it_writes_a_map_and_a_figure(call, station, results):
    code, out, _ = call("footprint", station, "-o", results, "--extent", "100", "--resolution", "2")
    assert code == 0
    assert "kljun-2015: 1 footprints, 0 periods without" in out
    assert " 50 % of the flux from " in out
    with xr.open_dataset(results / "XX-Dem_footprint.nc") as found:
        assert found["x"].values[[0, -1]].tolist() == [-100.0, 100.0]
        held = float(found["footprint"].sum()) * 4.0
        wind = float(read_run_fluxes(Job.of(station, results).fluxes)["WD"][0])
        east = float((found["footprint"] * found["x"]).sum()) / held
        north = float((found["footprint"] * found["y"]).sum()) / held
        assert np.hypot(east / np.hypot(east, north) - np.sin(np.radians(wind)), 0.0) < 0.1
    assert (results / "XX-Dem_footprint.svg").read_text().startswith("<svg")


def test_a_part_of_the_day_has_a_file_of_its_own(call, station, results):
    code, _, _ = call("footprint", station, "-o", results, "--when", "day", "--model", "hsieh-2000", "-q")
    assert code == 0
    assert (results / "XX-Dem_footprint_day.nc").exists()


def test_what_cannot_be_done_is_said(call, station, results, tmp_path):
    code, _, err = call("footprint", station, "-o", results, "--when", "night")
    assert code == 2
    assert "none of 0 chosen periods has a footprint" in err
    code, _, err = call("footprint", station, "-o", tmp_path)
    assert code == 2
    assert "run `fluxkit decide` first" in err
