"""Values as Campbell Scientific's loggers store them: every type that a header can name.

``IEEE4``, ``IEEE8``, ``ULONG``, ``LONG``, ``USHORT``, ``SHORT`` and ``SecNano`` have the byte order of the
table (TOB1: smallest first, TOB3: largest first) unless an ``L`` or ``B`` behind the name tells it; ``FP2``,
``FP4``, ``UINT2``, ``UINT4``, ``INT2``, ``INT4``, ``BOOL2``, ``BOOL4`` and ``NSec`` begin with the largest
everywhere.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.raw.samples import Array

_OF_TABLE = {"IEEE4": "f4", "IEEE8": "f8", "ULONG": "u4", "LONG": "i4", "USHORT": "u2", "SHORT": "i2"}
_LARGEST_FIRST = {"FP2": "u2", "FP4": "u4", "UINT2": "u2", "UINT4": "u4", "INT2": "i2", "INT4": "i4"}
_TRUTH = {"BOOL": "i1", "BOOL2": ">i2", "BOOL4": ">i4"}
_BYTES = {"BOOL8": "u1", "UINT1": "u1", "INT1": "i1"}
_TEXT = re.compile(r"ASCII\((\d+)\)")


def record_of(columns: Sequence[npt.NDArray[Any]], kinds: Sequence[str], order: str) -> npt.NDArray[np.void]:
    """Records of columns, one behind the other.

    Parameters
    ----------
    columns : sequence of ndarray, shape (n,)
        Values. Truth is what differs from zero; stamps (SecNano, NSec) are seconds since 1990; texts are
        the shortest that read as the number.
    kinds : sequence of str
        Type of each as a header writes it.
    order : str
        ``<`` or ``>``, of the table.

    Returns
    -------
    ndarray, shape (n,)
        Structured, without padding.

    Raises
    ------
    ValueError
        A type is unknown.
    """
    stored = [_stored(np.asarray(x), kind, order) for x, kind in zip(columns, kinds, strict=True)]
    body = np.empty(stored[0].size, [(f"c{k}", x.dtype) for k, x in enumerate(stored)])
    for k, x in enumerate(stored):
        body[f"c{k}"] = x
    return body


def _stored(x: npt.NDArray[Any], kind: str, order: str) -> npt.NDArray[Any]:
    name = kind.upper()
    if text := _TEXT.fullmatch(name):
        return np.array([f"{value:g}".encode() for value in x.tolist()], f"S{text[1]}")
    if name in ("SECNANO", "NSEC"):
        return _stamps(x, ">" if name == "NSEC" else order)
    if name in _TRUTH:
        return np.where(x != 0, -1, 0).astype(_TRUTH[name])  # all ones
    if name in _BYTES:
        return x.astype(_BYTES[name])
    if name in _LARGEST_FIRST:
        words: npt.NDArray[Any] = fp2_words(x) if name == "FP2" else fp4_words(x) if name == "FP4" else x
        return words.astype(f">{_LARGEST_FIRST[name]}")
    plain = name if name in _OF_TABLE else name[:-1]
    if plain not in _OF_TABLE or name[len(plain) :] not in ("", "L", "B"):
        raise ValueError(f"no type of Campbell's tables is called {kind!r}")
    own = {"L": "<", "B": ">"}.get(name[len(plain) :], order)
    return x.astype(f"{own}{_OF_TABLE[plain]}")


def _stamps(seconds: npt.NDArray[Any], order: str) -> npt.NDArray[Any]:
    # Doubles that count seconds hold microseconds: what is finer is noise.
    microseconds = np.rint(np.asarray(seconds, np.float64) * 1e6).astype(np.int64)
    pair = np.empty(seconds.size, [("seconds", f"{order}i4"), ("nanoseconds", f"{order}i4")])
    pair["seconds"], pair["nanoseconds"] = microseconds // 1_000_000, microseconds % 1_000_000 * 1000
    return pair


_SIGN, _MANTISSA, _FIRST_SPECIAL = 0x8000, 0x1FFF, 8190
_SIGN4, _EXPONENT4, _MANTISSA4, _ZERO4, _BITS4 = 1 << 31, 0x7F, 0xFFFFFF, 64, 24


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
