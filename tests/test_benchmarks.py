"""The benchmarks run: one repeat of each, so that they cannot rot."""

from pathlib import Path

import pytest

from benchmarks import formats, schemes
from benchmarks.__main__ import report
from benchmarks.half_hour import half_hours
from fluxkit.site.models import Site
from fluxkit.tower.deciding import shape_of
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


def test_benchmark_of_schemes_runs(capsys: pytest.CaptureFixture[str]) -> None:
    schemes.report(half_hours()[0], repeats=1)
    assert "16 schemes over 1" in capsys.readouterr().out


def test_sixteen_schemes_are_decided_on_eight_turbulences() -> None:
    """What shapes second moments is done once for schemes that agree in it."""
    half = half_hours()[0]
    site = Site.model_validate(half.site.model_dump() | {"schemes": schemes.SCHEMES})
    plans = [make_plan(s) for s in scheme_sites(site).values()]
    assert len(plans) == 16
    assert len({shape_of(plan) for plan in plans}) == 8
