"""One place for compiler flags, and flags that keep NaN."""

import os
import re
import subprocess
import sys
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


def test_only_one_file_compiles():
    users = [
        p.name for p in SOURCES if re.search(r"\b(njit|jit|vectorize)\(|import numba|from numba", code_of(p))
    ]
    assert users == ["_jit.py"]


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


@pytest.mark.slow
def test_kernels_give_the_same_uncompiled():
    """Bodies run as plain Python: indices out of bounds raise, and coverage sees them."""
    names = ("despike", "moments", "direct", "spectra", "screen")
    files = [str(Path(__file__).with_name(f"test_{name}.py")) for name in names]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
