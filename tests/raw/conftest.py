"""Small logger files for the readers' tests."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fluxkit.raw.layout import Layout, LayoutColumn

Write = Callable[..., Path]


@pytest.fixture
def layout() -> Layout:
    """One header line, 10 Hz, time from the name, four columns."""
    return Layout(
        format="delimited",
        rate=10.0,
        columns=tuple(LayoutColumn(name, name) for name in ("u", "v", "w", "t_sonic")),
        file_time="name",
        utc_offset_h=1.0,
        name_pattern="x_%Y%m%d%H%M.csv",
        name_time_is="start",
        names_row=1,
    )


@pytest.fixture
def series() -> np.ndarray:
    """(40, 4) numbers with three decimals."""
    return np.round(np.random.default_rng(3).normal(size=(40, 4)), 3)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write lines to a file and return its path."""

    def _write(lines: list[str] | str, name: str = "x_202001011200.csv", end: str = "\n") -> Path:
        path = tmp_path / name
        text = lines if isinstance(lines, str) else end.join(lines) + end
        path.write_bytes(text.encode("utf-8"))
        return path

    return _write


@pytest.fixture
def rows() -> Callable[[np.ndarray], list[str]]:
    """Turn numbers into lines under a header."""

    def _rows(series: np.ndarray, delimiter: str = ",") -> list[str]:
        lines = [delimiter.join(("u", "v", "w", "t_sonic"))]
        return lines + [delimiter.join(f"{x:.3f}" for x in row) for row in series]

    return _rows
