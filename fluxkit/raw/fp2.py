"""FP2: Campbell Scientific's number in two bytes.

A sign, two bits that say by which power of ten the other thirteen are divided. Mantissas of 8190
and 8191 mean "not a number" and "infinite".
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from fluxkit.raw.samples import Array

_SIGN, _MANTISSA = 0x8000, 0x1FFF
_FIRST_SPECIAL = 8190


def fp2(words: npt.NDArray[np.uint16]) -> Array:
    """Numbers of FP2 words; (n,) in the machine's byte order to (n,), NaN of what is none.

    A division, not a product with 0.1, so that 0.233 is the same number as read from text.
    """
    values: Array = _table()[words]
    return values


@lru_cache(maxsize=1)
def _table() -> Array:
    words = np.arange(2**16)
    mantissa = (words & _MANTISSA).astype(np.float64)
    values: Array = mantissa / 10.0 ** ((words >> 13) & 3)
    values[(words & _SIGN) != 0] *= -1.0
    values[mantissa >= _FIRST_SPECIAL] = np.nan
    values += 0.0  # no minus zero
    values.setflags(write=False)
    return values


def fp2_words(values: Array) -> npt.NDArray[np.uint16]:
    """FP2 words nearest to numbers: as many decimals as keep the mantissa below 8000; beyond +-7999 infinite.

    Parameters
    ----------
    values : ndarray, shape (n,)
        NaN becomes "not a number".
    """
    size = np.abs(values)
    decimals = np.select([size < 7.9995, size < 79.995, size < 799.95], [3, 2, 1], 0)
    with np.errstate(invalid="ignore"):
        mantissa = np.where(np.isfinite(size), np.rint(np.minimum(size, 8000.0) * 10.0**decimals), 8000)
    words = mantissa.astype(np.int64) | (decimals << 13) | np.where(values < 0, _SIGN, 0)
    words = np.where(mantissa > 7999, _MANTISSA | np.where(values < 0, _SIGN, 0), words)
    words = np.where(np.isnan(values), _SIGN | _FIRST_SPECIAL, words)
    return words.astype(np.uint16)
