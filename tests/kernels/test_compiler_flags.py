"""One place for compiler flags, and flags that keep NaN."""

import re
from pathlib import Path

import numpy as np
import pytest

import fluxkit
from fluxkit.kernels._jit import FASTMATH, kernel

SOURCES = sorted(Path(fluxkit.__file__).parent.rglob("*.py"))


def code_of(path: Path) -> str:
    """Source without comments and docstrings."""
    text = re.sub(r'"""(?:.|\n)*?"""', "", path.read_text(encoding="utf-8"))
    return re.sub(r"#.*", "", text)


@pytest.mark.parametrize("forbidden", ["fastmath=True", "parallel=True", "prange", "guvectorize"])
def test_flags_that_lose_nan_or_abort_are_nowhere(forbidden):
    assert [p for p in SOURCES if forbidden in code_of(p)] == []


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        (r"\b(njit|jit|vectorize)\b", ["_jit.py"]),
        (r"import numba|from numba", ["_cache.py", "_jit.py"]),
    ],
)
def test_only_one_file_compiles(pattern, files):
    assert [p.name for p in SOURCES if re.search(pattern, code_of(p))] == files


def test_nan_survives_reordering():
    assert not FASTMATH & {"nnan", "ninf", "fast"}

    @kernel(reassoc=True)
    def total(x):
        s, n = 0.0, 0
        for i in range(x.size):
            if not np.isnan(x[i]):
                s += x[i]
                n += 1
        return s, n

    x = np.arange(100.0)
    x[::7] = np.nan
    assert total(x) == (np.nansum(x), 85)
