"""Archives in which files, columns, rates and instruments change, run in one go."""

import json
import shutil

import numpy as np
import pytest

from fluxkit.archive.condensing.work import work_of
from fluxkit.archive.job import Job
from fluxkit.archive.planning.index import Index
from fluxkit.archive.planning.plan import plan_archive
from fluxkit.archive.record import RunRecord
from fluxkit.archive.run import decide_archive, run
from fluxkit.synthetic.tower import make_day
from tests.archive.stations import rewritten, to_tob3, with_ch4

MINUTES = 10.0


@pytest.fixture(autouse=True)
def no_report(monkeypatch):
    monkeypatch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.touch())


def assert_same(found, expected, names=None):
    """All that the expected fluxes have is in the found ones, digit by digit."""
    found = found.sel(time=expected["time"])
    for name in expected.data_vars if names is None else names:
        np.testing.assert_array_equal(found[name].values, expected[name].values, err_msg=name)


def archive(factory, name, **given):
    """Files of ten minutes and their configuration."""
    folder = factory.mktemp(name)
    make_day(folder, period=MINUTES, **given)
    return folder


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """Twenty minutes before UTC midnight, at 10 Hz as text."""
    return archive(tmp_path_factory, "slow", hours=1 / 3, start="2024-07-02T00:40", seed=1)


@pytest.fixture(scope="module")
def fast(tmp_path_factory):
    """Twenty minutes behind UTC midnight, at 20 Hz as binary frames, with methane."""
    folder = archive(tmp_path_factory, "fast", hours=1 / 3, rate=20.0, start="2024-07-02T01:00", seed=2)
    for path in sorted((folder / "raw").glob("*.dat")):
        to_tob3(path, 20.0)
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Forty minutes of one kind, and their fluxes."""
    folder = archive(tmp_path_factory, "plain", hours=2 / 3, start="2024-07-02T10:00", seed=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.touch())
        return folder, run(folder / "site.toml", tmp_path_factory.mktemp("out")).fluxes


def copied(folder, target):
    shutil.copytree(folder / "raw", target / "raw", dirs_exist_ok=True)
    shutil.copy(folder / "site.toml", target / "site.toml")
    return target / "site.toml", sorted((target / "raw").iterdir())


def test_rate_format_and_gas_change_from_one_day_to_the_next(slow, fast, tmp_path):
    copied(fast, tmp_path)
    config, _ = copied(slow, tmp_path)
    with_ch4(config)
    both = run(config, tmp_path / "out")
    first = run(slow / "site.toml", tmp_path / "first").fluxes
    text = with_ch4(copied(fast, tmp_path / "copy")[0]).read_text()
    (fast / "all.toml").write_text(text.replace('format = "toa5"', 'format = "tob3"'))
    second = run(fast / "all.toml", tmp_path / "second").fluxes
    assert both.fluxes.sizes["time"] == 4
    assert_same(both.fluxes, first)
    assert_same(both.fluxes, second)
    assert np.isfinite(second["FCH4"].values).all()
    assert np.isnan(both.fluxes["FCH4"].values[:2]).all()
    assert (both.fluxes["FCH4_QC"].values[:2] == 2).all()
    assert both.problems == []
    told = json.loads((tmp_path / "out" / "run.json").read_text())["layouts"]
    assert told[0].startswith(
        "2024-07-01T23:40Z raw/XX-Dem_2024_07_02_0040.dat: no ch4: column 'CH4' is missing"
    )
    assert "format toa5 -> tob3; 10 -> 20 Hz; ch4 is there again" in told[1]
    assert len(told) == 2

    job = Job.of(
        config, tmp_path / "out"
    )  # a second run has nothing to do, and deciding alone gives the same
    assert work_of(job, Index.of(job.out)).todo == ()
    again, evidence = decide_archive(RunRecord.read(job))
    spectra = evidence.spectra
    assert again.identical(both.fluxes)
    assert spectra["time"].values.tolist() == both.fluxes["time"].values.tolist()
    assert np.isfinite(spectra["COSP_W_T_SONIC"].values).any(axis=1).all()


def test_one_odd_file_in_the_middle(plain, tmp_path):
    folder, expected = plain
    config, files = copied(folder, tmp_path)
    rewritten(files[1], without=["CO2"])
    plan = plan_archive(Job.of(config, tmp_path).site, tmp_path)
    assert [day.name for day in plan.days] == ["2024-07-02", "2024-07-02_02", "2024-07-02_03"]
    assert [len(day.periods) for day in plan.days] == [1, 1, 2]
    found = run(config, tmp_path / "out")
    assert np.isnan(found.fluxes["FC"].values).tolist() == [False, True, False, False]
    assert np.isfinite(found.fluxes["H"].values).all()
    names = [name for name in expected.data_vars if not name.startswith(("SC", "SH", "SLE", "NEE", "S"))]
    assert_same(found.fluxes, expected.isel(time=[0, 2, 3]), [n for n in names if n not in STORED])
    assert found.problems == []


#: What knows of the period before.
STORED = {"LOSS_FLAG"}


def test_columns_that_change_within_a_day_by_declaration(plain, tmp_path):
    folder, expected = plain
    config, files = copied(folder, tmp_path)
    for path in files[2:]:
        rewritten(path, names={"CO2": "CO2_density", "T_air": "HMP_T"}, first=["Ts"], scale={"P_air": 10.0})
    changed = """
    [[changes]]
    start = 2024-07-02T09:20:00Z
    columns.co2.column = "CO2_density"
    columns.t_air.column = "HMP_T"
    columns.p_air.unit = "hPa"
    """
    config.write_text(config.read_text() + changed)
    found = run(config, tmp_path / "out")
    assert_same(found.fluxes, expected, [n for n in expected.data_vars if n not in STORED])
    assert_same(found.fluxes, expected, ["NEE", "SC", "LOSS_FLAG"])
    assert found.problems == []


def test_the_period_on_the_border_goes_to_the_layout_that_holds_more_of_it(plain, tmp_path):
    folder, _ = plain
    config, files = copied(folder, tmp_path)
    lines = files[1].read_text().splitlines(keepends=True)
    files[1].write_text("".join(lines[: 4 + 1800]))
    rest = files[1].with_name("XX-Dem_2024_07_02_1013.dat")
    rest.write_text("".join([*lines[:4], *lines[4 + 1800 :]]))
    for path in (rest, *files[2:]):
        rewritten(path, without=["CO2"])
    found = run(config, tmp_path / "out")
    assert np.isnan(found.fluxes["FC"].values).tolist() == [False, True, True, True]
    assert found.fluxes["FILE_RECORDS"].values.tolist() == [6000, 4200, 6000, 6000]
    (problem, *_) = [p for p in found.problems if "layout of the files changes" in p.reason]
    assert "within the period 2024-07-02T09:10Z" in problem.reason
    assert "up to 3 minutes of this one are left out" in problem.reason
    assert problem.path.endswith("XX-Dem_2024_07_02_1010.dat")


def test_an_analyser_is_replaced_by_declaration(plain, tmp_path, tmp_path_factory):
    folder, expected = plain
    closed = archive(tmp_path_factory, "closed", hours=1 / 3, start="2024-07-02T10:20", path="closed", seed=5)
    config, files = copied(folder, tmp_path)
    for path in files[2:]:
        path.unlink()
    shutil.copytree(closed / "raw", tmp_path / "raw", dirs_exist_ok=True)
    config.write_text(config.read_text() + REPLACED)
    found = run(config, tmp_path / "out")
    alone = run(closed / "site.toml", tmp_path / "alone")
    assert_same(found.fluxes, expected.isel(time=[0, 1]))
    assert_same(found.fluxes, alone.fluxes)
    assert found.problems == []


REPLACED = """
[[changes]]
start = 2024-07-02T09:20:00Z
instruments.sonic = { model = "r3-50", north_offset = 25.0 }
instruments.irga = { model = "li-7200", tube_length = 4.5, tube_diameter = 0.0053, tube_flow = 15.0 }
columns.diag_sonic = false
columns.co2 = { column = "CO2_cell", unit = "mmol m-3", lag = { nominal = 0.5, min = 0.0, max = 1.5 } }
columns.h2o = { column = "H2O_cell", unit = "mmol m-3", lag = { nominal = 0.7, min = 0.0, max = 2.5 } }
columns.t_cell = { column = "T_cell", unit = "degC", instrument = "irga" }
columns.p_cell = { column = "P_cell", unit = "kPa", instrument = "irga" }
"""
