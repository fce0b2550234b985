"""The benchmarks run: one repeat of each, so that they cannot rot."""

from pathlib import Path

import pytest

from benchmarks.__main__ import report
from benchmarks.half_hour import half_hours


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
