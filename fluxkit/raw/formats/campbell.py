"""What Campbell Scientific's binary tables have in common: header, types of values, clock."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.formats.campbell_numbers import fp2, fp2_nearest, fp4
from fluxkit.raw.missing import missing_numbers
from fluxkit.raw.opening import Contents
from fluxkit.raw.samples import Array
from fluxkit.raw.text.header import decode, split_fields
from fluxkit.raw.text.table import Stamps

#: Longest line of a header: a thousand columns with long names. [bytes]
LONGEST_LINE = 2**17
#: 1990-01-01, from which the loggers count seconds. [s since 1970]
EPOCH_S = 631_152_000
UNREADABLE = np.iinfo(np.int64).min
_NS = 1_000_000_000

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

_TEXT = re.compile(r"ASCII\((\d{1,4})\)", re.IGNORECASE | re.ASCII)
_TYPE = re.compile(r"([A-Z]+?\d?)([LB]?)")
#: Types without their byte order.
_WIDTHS = {
    "IEEE4": "f4",
    "IEEE8": "f8",
    "FP2": "u2",
    "FP4": "u4",
    "ULONG": "u4",
    "LONG": "i4",
    "USHORT": "u2",
    "SHORT": "i2",
    "UINT1": "u1",
    "UINT2": "u2",
    "UINT4": "u4",
    "INT1": "i1",
    "INT2": "i2",
    "INT4": "i4",
    "BOOL": "i1",  # true is all ones: -1, as the maker's converter writes it
    "BOOL2": "i2",
    "BOOL4": "i4",
    "BOOL8": "u1",  # eight of them
    "SECNANO": "(2,)i4",
    "NSEC": "(2,)i4",
}
#: Written with the most significant byte first wherever they stand; the others in TOB1 with the least.
_BIG = ("FP2", "FP4", "UINT2", "UINT4", "INT2", "INT4", "BOOL2", "BOOL4", "NSEC")


@dataclass(frozen=True)
class Heading:
    """The lines above the records."""

    lines: tuple[tuple[str, ...], ...]
    body: int  #: first byte of the records


@dataclass(frozen=True)
class Value:
    """One column."""

    name: str
    unit: str
    kind: str  #: as the header writes its type, in capitals
    dtype: np.dtype[np.generic]

    @property
    def letter(self) -> str:
        """Kind as `fluxkit.raw.described.Described.kinds` spells it."""
        return "t" if self.dtype.kind == "S" else "s" if self.kind in ("SECNANO", "NSEC") else "n"


def heading(content: Contents, rows: int, begin: int = 0) -> Heading:
    """Read the header lines that begin at a byte.

    Raises
    ------
    ReadError
        There are fewer lines, or they are not text.
    """
    lines: list[tuple[str, ...]] = []
    body = begin
    for k in range(rows):
        end = content.data.find(b"\n", body, body + LONGEST_LINE)
        if end < 0:
            raise ReadError(
                content.source, f"its header is incomplete: {rows} lines are expected", line=k + 1
            )
        lines.append(tuple(split_fields(decode(content.data[body:end].rstrip()), ",")))
        body = end + 1
    return Heading(tuple(lines), body)


def values_of(
    names: Sequence[str], units: Sequence[str], types: Sequence[str], order: str, source: str
) -> tuple[Value, ...]:
    """Return the columns of a record, in order.

    Parameters
    ----------
    names, units, types : sequences of str
        Lines of the header.
    order : str
        ``<`` or ``>``: byte order of types without one of their own.
    source : str
        Path, for messages.

    Raises
    ------
    ReadError
        Names and types do not match, or a type is unknown.
    """
    if not types or len(names) != len(types):
        raise ReadError(
            source, f"its header has {len(names)} column names but {len(types)} types: it is damaged"
        )
    found = []
    for k, (name, kind) in enumerate(zip(names, types, strict=True)):
        dtype = _dtype(kind, order)
        if dtype is None:
            known = ", ".join([*_WIDTHS, "ASCII(n)"])
            raise ReadError(source, f"column {name!r} has the type {kind!r}; known: {known}")
        unit = units[k] if k < len(units) else ""
        found.append(Value(name, unit, kind.upper(), dtype))
    return tuple(found)


@lru_cache(maxsize=256)
def _dtype(kind: str, order: str) -> np.dtype[np.generic] | None:
    plain = kind.strip().upper()
    if text := _TEXT.fullmatch(plain):
        return np.dtype(f"S{int(text[1])}") if int(text[1]) > 0 else None
    parts = _TYPE.fullmatch(plain)
    name = plain if plain in _WIDTHS else parts[1] if parts else ""
    if name not in _WIDTHS:
        return None
    if plain != name:
        order = "<" if plain.endswith("L") else ">"
    elif name in _BIG:
        order = ">"
    return _pair(order) if "(" in _WIDTHS[name] else np.dtype(f"{order}{_WIDTHS[name]}")


def _pair(order: str) -> np.dtype[np.generic]:
    return np.dtype([("seconds", f"{order}i4"), ("nanoseconds", f"{order}i4")])


def campbell_record(values: Sequence[Value]) -> np.dtype[Any]:
    """One record: its columns one behind the other, called c0, c1, ..."""
    return np.dtype([(f"c{k}", value.dtype) for k, value in enumerate(values)])


def gather(data: Bytes, places: Places, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    """Values of one type that begin at byte ``places`` (n,): (n,) of that type.

    All positions of the file are seen as so many bytes, one apart, and those that count are copied.
    """
    plain = np.dtype(f"V{kind.itemsize}")
    seen: npt.NDArray[Any] = np.ndarray(
        (max(data.size - kind.itemsize + 1, 0),), plain, data.data, strides=(1,)
    )
    return seen[places].view(kind)


def column_numbers(column: npt.NDArray[np.generic], value: Value, missing: Sequence[str] = ()) -> Array:
    """Numbers of a column, (n,) float64: NaN for what is none, infinite, or a code of ``missing``.

    A stamp becomes seconds since 1990.
    """
    found = _numbers(column, value)
    codes = missing_numbers(missing)
    if value.kind == "FP2":
        codes = [*dict.fromkeys([*codes, *map(fp2_nearest, codes)])]
    low, high = (found.min(), found.max()) if found.size else (0.0, 0.0)
    if np.isfinite(low) and np.isfinite(high):  # nothing is missing or infinite
        codes = [code for code in codes if low <= code <= high]
    elif column.dtype.kind not in "iu":
        found[np.isinf(found)] = np.nan
    for code in codes:
        found[found == code] = np.nan
    return found


def columns_of(
    table: npt.NDArray[Any], values: Sequence[Value], fields: Sequence[int], missing: Sequence[str]
) -> Iterator[Array]:
    """Yield columns (0 = first) of (n,) records, of type `campbell_record`, as `column_numbers`."""
    for k in fields:
        yield column_numbers(table[f"c{k}"], values[k], missing)


def described(values: Sequence[Value]) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Names, units and letters of columns."""
    names, units = tuple(value.name for value in values), tuple(value.unit for value in values)
    return names, units, "".join(value.letter for value in values)


def _numbers(column: npt.NDArray[np.generic], value: Value) -> Array:
    if value.dtype.kind == "S":
        return _texts(column)
    if value.letter == "s":
        seconds, nanoseconds = halves(column)
        return np.asarray(seconds + nanoseconds * 1e-9, np.float64)
    if value.kind == "FP2":
        return fp2(column.astype(np.uint16))
    if value.kind == "FP4":
        return fp4(column.astype(np.uint32))
    with np.errstate(invalid="ignore"):  # signalling NaN
        return column.astype(np.float64)


def halves(pair: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Seconds and nanoseconds of a column of stamps."""
    return pair["seconds"], pair["nanoseconds"]


def _texts(column: npt.NDArray[np.generic]) -> Array:
    different, inverse = np.unique(column, return_inverse=True)
    parsed = np.array([_parsed(bytes(text)) for text in different.tolist()], np.float64)
    found: Array = parsed[inverse.ravel()]
    return found


def _parsed(text: bytes) -> float:
    try:
        return float(text.split(b"\0")[0])
    except ValueError:
        return float("nan")


def stamps(seconds: npt.NDArray[np.generic], nanoseconds: npt.NDArray[np.generic]) -> Stamps:
    """Nanoseconds since 1970 of (n,) seconds since 1990 and (n,) nanoseconds, unreadable where impossible."""
    whole, part = seconds.astype(np.int64), nanoseconds.astype(np.int64)
    if whole.size and whole.min() > 0 and part.min() >= 0 and part.max() < _NS:
        whole += EPOCH_S
        whole *= _NS
        whole += part
        return whole
    right = (whole > 0) & (part >= 0) & (part < _NS)
    return np.where(right, (whole + EPOCH_S) * _NS + part, UNREADABLE)
