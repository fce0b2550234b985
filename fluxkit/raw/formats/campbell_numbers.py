"""Campbell Scientific's numbers in two and four bytes, FP2 and FP4.

FP2: a sign, two bits for the power of ten that divides the other thirteen. Mantissas of 8190
and 8191 mean "not a number" and "infinite". FP4: a sign, seven bits of exponent, of which 64 stands for
2^0, and a mantissa below 1 in 24 bits.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from fluxkit.raw.samples import Array

_SIGN, _MANTISSA = 0x8000, 0x1FFF
_FIRST_SPECIAL = 8190

_SIGN4, _EXPONENT4, _MANTISSA4 = 1 << 31, 0x7F, 0xFFFFFF
#: FP4's exponent that stands for 2^0, and how many bits its mantissa has.
_ZERO4, _BITS4 = 64, 24


def fp2(words: npt.NDArray[np.uint16]) -> Array:
    """Numbers of FP2 words; (n,) in the machine's byte order to (n,), NaN where not a number.

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


def fp2_nearest(value: float) -> float:
    """Number that FP2 holds for another one: three decimals below 8, none from 800 on.

    Examples
    --------
    >>> from fluxkit.raw.formats.campbell_numbers import fp2_nearest
    >>> fp2_nearest(999.999), fp2_nearest(-99.99)
    (1000.0, -100.0)
    """
    decimals = 3
    while decimals > 0 and round(abs(value) * 10**decimals) >= _FIRST_SPECIAL - 190:
        decimals -= 1
    return round(value, decimals)


def fp4(words: npt.NDArray[np.uint32]) -> Array:
    """Numbers of FP4 words; (n,) in the machine's byte order to (n,)."""
    wide = words.astype(np.int64)
    size = np.ldexp(
        (wide & _MANTISSA4).astype(np.float64), ((wide >> _BITS4) & _EXPONENT4) - (_ZERO4 + _BITS4)
    )
    found: Array = np.where(wide & _SIGN4, -size, size) + 0.0  # no minus zero
    return found
