"""Files of a logger that lost its clock, and real gaps of years."""

import logging
import shutil

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.archive.planning.far_files import far_groups
from fluxkit.synthetic.tower import make_day

HOUR = np.timedelta64(1, "h")


def hours(start, number):
    return [np.datetime64(start, "ns") + k * HOUR for k in range(number)]


@pytest.mark.parametrize(
    ("parts", "far"),
    [
        ([hours("2024-07-01", 48)], []),
        ([hours("1990-01-01", 1), hours("2024-07-01", 48)], [[0]]),
        ([hours("2024-07-01", 48), hours("2099-12-31", 2)], [[48, 49]]),
        (
            [hours("1990-01-01", 48), hours("2024-07-01", 2)],
            [list(range(48))],
        ),  # many, but where a clock wakes up
        ([hours("2005-05-01", 100), hours("2015-05-01", 100)], []),  # a gap of ten years
        ([hours("2005-05-01", 6), hours("2015-05-01", 100)], []),
        ([hours("2005-05-01", 4), hours("2015-05-01", 100)], [[0, 1, 2, 3]]),
        ([hours("1970-01-01", 1), hours("1990-01-02", 1), hours("2024-07-01", 60)], [[0], [1]]),
        ([hours("2000-01-01", 48)], []),
        ([], []),
    ],
)
def test_which_files_are_doubted(parts, far):
    starts = [start for part in parts for start in part]
    assert [group.places.tolist() for group in far_groups(starts)] == far


@pytest.fixture
def reset(tmp_path, request):
    """Files of an hour, and one of a clock that woke up in another year."""
    year = getattr(request, "param", 1990)
    config = make_day(tmp_path / "day", hours=1.0, rate=4, start="2024-07-01T12:00", seed=3)
    make_day(tmp_path / "other", hours=0.5, rate=4, start=f"{year}-01-02T01:00", seed=4)
    for path in (tmp_path / "other" / "raw").iterdir():
        shutil.copy(path, config.parent / "raw" / f"reset_{path.name}")
    return config


@pytest.mark.parametrize(
    ("reset", "years"),
    [(1970, 54), (1980, 44), (1990, 34), (2000, 24), (2036, 12), (2099, 75)],
    indirect=["reset"],
)
def test_a_reset_clock_costs_its_own_file(reset, years, tmp_path, caplog):
    with caplog.at_level(logging.WARNING, "fluxkit"):
        results = fk.run(reset, tmp_path / "out")
    assert results.fluxes.sizes["time"] == 2
    told = [record.getMessage() for record in caplog.records if "lost its clock" in record.getMessage()]
    assert len(told) == 1
    assert "-01-02T00:00Z on lies" in told[0]
    assert f"lies {years} years from all others" in told[0]
    assert "raw.far_files = 'keep'" in told[0]
    assert ["reset_" in problem.path for problem in results.problems if "clock" in problem.reason] == [True]


def test_what_is_confirmed_is_kept_and_costs_no_more_than_it_holds(reset, tmp_path):
    reset.write_text(reset.read_text().replace("[raw]", '[raw]\nfar_files = "keep"'))
    results = fk.run(reset, tmp_path / "out")
    years = {str(time)[:4] for time in results.fluxes["time"].values[np.isfinite(results.fluxes["H"].values)]}
    assert years == {"1990", "2024"}
    tables = sorted((tmp_path / "out").glob("*_HH_*.csv"))
    assert sorted(path for name, path in results.paths.items() if name.startswith("csv")) == tables
    assert len(tables) == 2
    assert sum(path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file()) < 10e6
