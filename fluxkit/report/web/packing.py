"""Columns of numbers as a page carries them: quantised whole numbers with a scale, compressed, in base64."""

import base64
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

#: Steps between the smallest and the largest value: a hundredth of a pixel of any screen.
STEPS = 65534
#: What stands for a missing value.
MISSING = 65535
#: Whole numbers of at most so many bits (flags) are carried exactly.
_FLAG_BITS = 53


def packed(values: npt.ArrayLike) -> dict[str, Any]:
    """Return a column for the page.

    Real numbers are carried to a 65 534th of their range, whole numbers exactly.

    Parameters
    ----------
    values : (n,) array
        NaN (or infinite) where missing.

    Returns
    -------
    dict
        ``low`` and ``step`` (value = low + step * number), ``words`` (numbers of 16 bits to a value, lowest
        first), ``data``: all high bytes behind all low bytes, deflated, in base64.

    Examples
    --------
    >>> from fluxkit.report.web.packing import packed, unpacked
    >>> column = packed([1.0, float("nan"), 3.0])
    >>> column["low"], column["words"]
    (1.0, 1)
    >>> unpacked(column)
    array([ 1., nan,  3.])
    """
    column = np.asarray(values, dtype=np.float64)
    finite = np.isfinite(column)
    known = column[finite]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    whole = known.size > 0 and bool(np.all(known == np.round(known)))
    if whole and STEPS < high - low < 2.0**_FLAG_BITS:
        return _column(np.where(finite, column - low, -1.0), low, 1.0, words=4)
    step = 1.0 if whole and high - low <= STEPS else (high - low) / STEPS
    numbers = np.zeros(column.size)
    np.divide(column - low, step, out=numbers, where=finite & (step > 0.0))
    return _column(np.where(finite, np.round(numbers), -1.0), low, step, words=1)


def _column(numbers: npt.NDArray[np.float64], low: float, step: float, words: int) -> dict[str, Any]:
    """Return what `packed` does of whole numbers, -1 where missing."""
    missing = numbers < 0
    rest = np.where(missing, 0.0, numbers).astype(np.uint64)
    digits = []
    for _ in range(words):
        digits.append(np.where(missing, MISSING, rest & np.uint64(0xFFFF)).astype("<u2"))
        rest >>= np.uint64(16)
    return {"low": low, "step": step, "words": words, "data": packed_words(np.concatenate(digits))}


def packed_words(numbers: npt.NDArray[np.uint16]) -> str:
    """Return numbers of 16 bits as a page carries them: all high bytes behind all low ones, deflated."""
    raw = numbers.astype("<u2", copy=False).view(np.uint8).reshape(-1, 2)
    deflated = zlib.compress(np.ascontiguousarray(raw.T).tobytes(), 6)
    return base64.b64encode(deflated).decode("ascii")


def unpacked(column: dict[str, Any]) -> npt.NDArray[np.float64]:
    """Return the values of a column, as the page's script reads them: the inverse of `packed`."""
    planes = np.frombuffer(zlib.decompress(base64.b64decode(column["data"])), np.uint8).reshape(2, -1)
    digits = (planes[0].astype(np.float64) + 256.0 * planes[1]).reshape(column["words"], -1)
    numbers = sum(digit * 65536.0**k for k, digit in enumerate(digits))
    values = column["low"] + column["step"] * np.asarray(numbers)
    return np.where(np.all(digits == MISSING, axis=0), np.nan, values)
