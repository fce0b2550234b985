"""Columns as a page carries them, read back by the page's own script."""

import base64
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fluxkit.report.web.packing import STEPS, packed, unpacked
from tests.report.web.script import Script

real = st.floats(-1e6, 1e6) | st.just(float("nan")) | st.just(float("inf"))


@given(hnp.arrays(np.float64, st.integers(0, 60), elements=real))
def test_values_come_back_to_a_step(values: np.ndarray) -> None:
    known = np.isfinite(values)
    back = unpacked(packed(values))
    assert np.array_equal(np.isfinite(back), known)
    if known.any():
        step = (values[known].max() - values[known].min()) / STEPS
        assert np.abs(back[known] - values[known]).max() <= 0.51 * step + 1e-9


@given(hnp.arrays(np.float64, st.integers(1, 40), elements=st.integers(0, 2**52).map(float)))
def test_whole_numbers_come_back_exactly(values: np.ndarray) -> None:
    assert np.array_equal(unpacked(packed(values)), values)


@pytest.mark.parametrize(
    "values",
    [
        [1.0, np.nan, 3.5, -2.25],
        [np.nan, np.nan],
        [7.0, 7.0],
        [0.0, 2.0**40 + 5, np.nan, 65536.0],
        list(np.linspace(-30.0, 12.0, 1000)),
    ],
)
def test_the_script_reads_what_is_written(script: Script, values: list[float]) -> None:
    column = packed(values)
    raw = list(zlib.decompress(base64.b64decode(column["data"])))
    got: list[Any] = script.call("Array.from(core.unpack(Uint8Array.from(ARGS[0]), ARGS[1]))", raw, column)
    assert np.allclose(np.array(got, dtype=float), unpacked(column), rtol=0, atol=1e-12, equal_nan=True)
