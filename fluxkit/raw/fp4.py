"""FP4: Campbell Scientific's number in four bytes.

A sign, seven bits of exponent, of which 64 stands for 2^0, and a mantissa below 1 in 24 bits.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.raw.samples import Array

_SIGN, _EXPONENT, _MANTISSA = 1 << 31, 0x7F, 0xFFFFFF
#: Exponent that stands for 2^0, and how many of its bits a mantissa has.
_ZERO, _BITS = 64, 24


def fp4(words: npt.NDArray[np.uint32]) -> Array:
    """Numbers of FP4 words; (n,) in the machine's byte order to (n,)."""
    wide = words.astype(np.int64)
    size = np.ldexp((wide & _MANTISSA).astype(np.float64), ((wide >> _BITS) & _EXPONENT) - (_ZERO + _BITS))
    found: Array = np.where(wide & _SIGN, -size, size) + 0.0  # no minus zero
    return found


def fp4_words(values: npt.NDArray[Any]) -> npt.NDArray[np.uint32]:
    """FP4 words nearest to finite numbers, shape (n,): 24 bits of each.

    Parameters
    ----------
    values : ndarray, shape (n,)
        What is beyond 2^63 becomes the largest number, what is below 2^-65 zero.
    """
    mantissa, exponent = np.frexp(np.abs(np.asarray(values, np.float64)))
    whole = np.rint(np.ldexp(mantissa, _BITS)).astype(np.int64)
    over = whole > _MANTISSA  # rounded up to 1
    whole, biased = np.where(over, whole >> 1, whole), exponent + over + _ZERO
    whole = np.where(biased < 0, 0, np.where(biased > _EXPONENT, _MANTISSA, whole))
    sign = np.where(np.asarray(values) < 0, _SIGN, 0)
    words: npt.NDArray[np.uint32] = (sign | np.clip(biased, 0, _EXPONENT) << _BITS | whole).astype(np.uint32)
    return words
