"""Campbell Scientific's numbers in two and four bytes, FP2 and FP4.

FP2: a sign, two bits that say by which power of ten the other thirteen are divided. Mantissas of 8190
and 8191 mean "not a number" and "infinite". FP4: a sign, seven bits of exponent, of which 64 stands for
2^0, and a mantissa below 1 in 24 bits.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.raw.samples import Array

_SIGN, _MANTISSA = 0x8000, 0x1FFF
_FIRST_SPECIAL = 8190

_SIGN4, _EXPONENT4, _MANTISSA4 = 1 << 31, 0x7F, 0xFFFFFF
#: FP4's exponent that stands for 2^0, and how many bits its mantissa has.
_ZERO4, _BITS4 = 64, 24


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


def fp4(words: npt.NDArray[np.uint32]) -> Array:
    """Numbers of FP4 words; (n,) in the machine's byte order to (n,)."""
    wide = words.astype(np.int64)
    size = np.ldexp(
        (wide & _MANTISSA4).astype(np.float64), ((wide >> _BITS4) & _EXPONENT4) - (_ZERO4 + _BITS4)
    )
    found: Array = np.where(wide & _SIGN4, -size, size) + 0.0  # no minus zero
    return found


def fp4_words(values: npt.NDArray[Any]) -> npt.NDArray[np.uint32]:
    """FP4 words nearest to finite numbers, shape (n,): 24 bits of each.

    Parameters
    ----------
    values : ndarray, shape (n,)
        What is beyond 2^63 becomes the largest number, what is below 2^-65 zero.
    """
    mantissa, exponent = np.frexp(np.abs(np.asarray(values, np.float64)))
    whole = np.rint(np.ldexp(mantissa, _BITS4)).astype(np.int64)
    over = whole > _MANTISSA4  # rounded up to 1
    whole, biased = np.where(over, whole >> 1, whole), exponent + over + _ZERO4
    whole = np.where(biased < 0, 0, np.where(biased > _EXPONENT4, _MANTISSA4, whole))
    sign = np.where(np.asarray(values) < 0, _SIGN4, 0)
    words: npt.NDArray[np.uint32] = (sign | np.clip(biased, 0, _EXPONENT4) << _BITS4 | whole).astype(
        np.uint32
    )
    return words
