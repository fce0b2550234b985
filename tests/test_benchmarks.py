"""The benchmarks run: one repeat of each, so that they cannot rot."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import ecosystem, formats, listings, network, schemes, station_archive
from benchmarks.__main__ import report
from benchmarks.half_hour import half_hours
from benchmarks.year_archive import YearArchive, plug_in
from fluxkit.raw import registry
from fluxkit.raw.peek import first_time
from fluxkit.raw.reading import layout_of, read
from fluxkit.site.models import Site
from fluxkit.site.toml.loading import load
from fluxkit.tower.fluxes import shape_of
from fluxkit.tower.schemes import scheme_sites
from fluxkit.tower.settings import make_plan


@pytest.mark.parametrize("input_", [0, 1])
def test_benchmark_runs(input_: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report(half_hours()[input_], tmp_path, repeats=1)
    printed = capsys.readouterr().out
    for line in (
        "despike_vickers_mahrt_1997",
        "direct: lagged_covariances",
        "whole half hour",
        "peak memory",
    ):
        assert line in printed


def test_benchmark_of_formats_runs(capsys: pytest.CaptureFixture[str]) -> None:
    formats.report(1.0, repeats=1)
    printed = capsys.readouterr().out
    for name in ("toa5", "ghg", "tob1", "tob3", "slt", "binary", "netcdf (NEON)", "parquet"):
        assert f"  {name} " in printed


@pytest.mark.slow
def test_benchmark_of_the_ecosystem_runs(capsys: pytest.CaptureFixture[str]) -> None:
    ecosystem.report(days=60, repeats=1)
    assert "MDS, all records" in capsys.readouterr().out


def test_benchmark_of_schemes_runs(capsys: pytest.CaptureFixture[str]) -> None:
    schemes.report(half_hours()[0], repeats=1)
    assert "16 schemes over 1" in capsys.readouterr().out


@pytest.mark.slow
def test_benchmark_of_listings_runs(tmp_path: Path) -> None:
    found = {one.name: one for one in listings.measure(tmp_path, 60)}
    assert len(found) == 12
    assert {one.code for name, one in found.items() if "by stamps" in name and "empty" in name} == {3}
    # Half hours of three records are planned, and none of them can be used; nothing has been condensed.
    small = {name.split(",")[0]: one.code for name, one in found.items() if "small" in name}
    assert small == {"check": 3, "run": 0, "status": 3}
    assert max(one.lines for one in found.values()) < 40


@pytest.mark.slow
def test_benchmark_of_starting_runs() -> None:
    command = [sys.executable, "-m", "benchmarks.start_up", "--repeats", "1", "--days", "2", "--rate", "1"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for name in ("import numba, xarray", "status", "check", "decide", "run", "1 workers", "2 workers"):
        assert f"  {name} " in printed


def test_sixteen_schemes_are_decided_on_eight_turbulences() -> None:
    """What shapes second moments is done once for schemes that agree in it."""
    half = half_hours()[0]
    site = Site.model_validate(half.site.model_dump() | {"schemes": schemes.SCHEMES})
    plans = [make_plan(s) for s in scheme_sites(site).values()]
    assert len(plans) == 16
    assert len({shape_of(plan) for plan in plans}) == 8


@pytest.fixture
def small_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[YearArchive]:
    """Folder of an archive whose reader is installed for one test, and whose stages run in this process."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    archive = YearArchive(tmp_path, distinct=1)
    plug_in(tmp_path)
    registry._listed.cache_clear()

    def stage(archive: YearArchive, name: str, *arguments: str) -> dict[str, Any]:
        return station_archive.STAGES[name](archive, *map(int, arguments[1:]))

    monkeypatch.setattr(station_archive, "stage", stage)
    yield archive
    monkeypatch.undo()
    registry._listed.cache_clear()


def test_benchmark_of_an_archive_runs(small_archive: YearArchive) -> None:
    found = station_archive.measure(small_archive, 1, 1.0, [1])
    lines = "\n".join(station_archive.told(found))
    assert "condense, 1 worker(s)" in lines
    assert "one more day: peak memory" in lines
    assert found["condense"][0]["half_hours"] == 48
    assert found["first products"]["condensed_days"] == 0
    assert found["one more day"]["condensed_days"] == 2  # local midnight lies within a UTC day
    assert found["bytes"]["raw"] > found["bytes"]["moments"] > 0


def test_files_of_an_archive_bear_the_dates_of_their_names(small_archive: YearArchive) -> None:
    small_archive.make(40, 1.0)
    paths = sorted(small_archive.raw.rglob("*.dat"))
    layout = layout_of(load(small_archive.config))
    for path in (paths[0], paths[-1]):
        samples = read(path, layout)
        named = np.datetime64(path.stem[-15:-5].replace("_", "-"), "h")
        named += np.timedelta64(int(path.stem[-4:-2]), "h") + np.timedelta64(int(path.stem[-2:]), "m")
        assert samples.start == named - np.timedelta64(1, "h")  # UTC
        assert samples.size == 1800
        assert not samples.problems
        assert first_time(path, layout) == samples.start


def test_forecast_of_a_network_is_a_line_through_what_was_measured() -> None:
    short, longer = network.Taken(48, 3.0, 100, 1000), network.Taken(192, 6.0, 400, 2440)
    rates = network.Rates.of(short, longer)
    assert rates.forecast(48) == network.Taken(48, 3.0, 100, 1000)
    assert rates.forecast(336) == network.Taken(336, pytest.approx(9.0), 700, 3880)
    assert next(iter(network.network_rows(rates)))[0] == "a station-year"
