"""The variables of a netCDF or HDF5 file, whichever library can read it safely.

Damage in the header of a classic netCDF file brings netCDF's own library down with the whole process:
such files are read in Python.
"""

import io
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents

CLASSIC = (b"CDF\x01", b"CDF\x02")
CLASSIC_64 = b"CDF\x05"
HDF5 = b"\x89HDF\r\n\x1a\n"
#: Bytes that one byte of a compressed file can stand for at most.
_DENSEST = 1100
#: What the libraries raise for damage.
_DAMAGE = (
    OSError,
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    OverflowError,
    MemoryError,
)


@dataclass(frozen=True)
class Variable:
    """One variable over records, or over rows and columns."""

    name: str  #: with its groups, /
    size: int  #: number of values
    text: bool  #: whether its values are texts
    unit: str  #: as its attribute ``units`` or ``unit`` tells, "" if it has none
    load: Callable[[bool], Any]  #: reads (size,) values; True: scaled, as floats with NaN where masked
    #: of several variables of one file at once, by name, where that is cheaper
    load_all: Callable[[Sequence[str], bool], list[Any]] | None = None
    dims: tuple[str, ...] = ()  #: names of its dimensions
    shape: tuple[int, ...] = ()
    piece: int = 0  #: values that are stored together, 0 if all are


def variables(content: Contents, *, rank: int | None = 1) -> dict[str, Variable]:
    """List variables with values.

    Parameters
    ----------
    content : Contents
        Bytes of the file.
    rank : int or None, default 1
        How many dimensions they have: 1 or 2; None: either.

    Returns
    -------
    dict of str to Variable
        By name, in the file's order. Reading one raises ReadError where it is damaged.

    Raises
    ------
    ReadError
        The file is cut, damaged, or of a kind that is not read.
    """
    data, source = content.data, content.source
    if content.truncated:
        raise ReadError(source, "the archive is incomplete: copy the file again")
    if data.startswith(CLASSIC_64):
        raise ReadError(
            source, "is classic netCDF with 64-bit data (CDF-5): convert it to netCDF-4 with nccopy -4"
        )
    if not data.startswith((*CLASSIC, HDF5)):
        raise ReadError(
            source, f"is not a netCDF or HDF5 file: it begins with {data[:8]!r}; check raw.format"
        )
    listed = _classic(content) if data.startswith(CLASSIC) else _hdf5(content)
    most = len(data) * (1 if data.startswith(CLASSIC) else _DENSEST)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of attributes that do not fit their type: the values are checked
        try:
            found = [variable for variable in listed if 0 < variable.size < most]
            return {variable.name: variable for variable in found if rank in (None, len(variable.shape))}
        except _DAMAGE as error:
            raise _damaged(source, error) from error


def loaded(chosen: Sequence[Variable], *, scaled: bool) -> list[Any]:
    """Values of variables of one file, as ``Variable.load`` gives them.

    Raises
    ------
    ReadError
        One of them is damaged.
    """
    together = chosen[0].load_all if chosen else None
    if together is None:
        return [variable.load(scaled) for variable in chosen]
    return together([variable.name for variable in chosen], scaled)


def _damaged(source: str, error: BaseException) -> ReadError:
    return ReadError(source, f"is damaged or cut ({error}): copy the file again")


def _guarded(load: Callable[[bool], Any], source: str) -> Callable[[bool], Any]:
    def _load(scaled: bool) -> Any:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                return load(scaled)
            except _DAMAGE as error:
                raise _damaged(source, error) from error

    return _load


def _classic(content: Contents) -> Iterator[Variable]:
    from scipy.io import netcdf_file

    stream = io.BytesIO(content.data)
    with netcdf_file(stream, "r", mmap=False, maskandscale=True) as file:
        for name, variable in file.variables.items():
            if len(variable.shape) in (1, 2) and variable.typecode() in "bhilfd":
                unit = getattr(variable, "units", b"")
                unit = unit.decode("latin-1") if isinstance(unit, bytes) else ""
                shape = tuple(int(length) for length in variable.shape)
                yield Variable(
                    str(name),
                    math.prod(shape),
                    False,
                    unit,
                    _guarded(_of_classic(variable), content.source),
                    dims=tuple(map(str, variable.dimensions)),
                    shape=shape,
                )


def _of_classic(variable: Any) -> Callable[[bool], Any]:
    return lambda scaled: _filled(variable[:]) if scaled else np.asarray(variable.data)


def _hdf5(content: Contents) -> Iterator[Variable]:
    from fluxkit.raw.formats.hdf5 import HELPER

    every = partial(HELPER.values, content)
    for entry in HELPER.listing(content):
        yield Variable(
            entry.name,
            math.prod(entry.shape),
            entry.text,
            entry.unit,
            partial(_alone, every, entry.name),
            every,
            dims=tuple(entry.dims),
            shape=tuple(entry.shape),
            piece=entry.piece,
        )


def _alone(every: Callable[[Sequence[str], bool], list[Any]], name: str, scaled: bool) -> Any:
    return every([name], scaled)[0]


def _filled(values: Any) -> npt.NDArray[np.float64]:
    return np.ma.filled(np.ma.asanyarray(values).astype(np.float64), np.nan)
