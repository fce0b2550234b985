"""Parts of the moments joined, so that deciding takes few large steps instead of many small ones."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

#: Joined parts stay below this size; each step of a decision makes a few arrays as large. [bytes]
MOST_BYTES = 24 * 2**20


def batches(parts: Iterable[xr.Dataset], most_bytes: int = MOST_BYTES) -> Iterator[xr.Dataset]:
    """Yield parts, those joined that follow one another and differ in nothing but time.

    Parameters
    ----------
    parts : iterable of xarray.Dataset
        Moments in order of time; variables that have a dimension ``time`` have it first.
    most_bytes : int
        Size that joined parts stay below. A larger part stays alone. [bytes]
    """
    waiting: list[xr.Dataset] = []
    size = 0
    for part in parts:
        if waiting and (size + part.nbytes > most_bytes or not _alike(waiting[0], part)):
            yield join_parts(waiting)
            waiting, size = [], 0
        waiting.append(part)
        size += part.nbytes
    if waiting:
        yield join_parts(waiting)


def join_parts(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    """Join parts that are alike."""
    first = parts[0]
    if len(parts) == 1:
        return first
    found = {}
    for name, variable in first.variables.items():
        if "time" not in variable.dims:
            found[name] = variable
            continue
        values = np.concatenate([part.variables[name].values for part in parts])
        found[name] = xr.Variable(variable.dims, values, variable.attrs)
    return xr.Dataset(found, attrs=first.attrs).set_coords(list(first.coords))


def _alike(one: xr.Dataset, other: xr.Dataset) -> bool:
    """Whether two parts have the same variables, attributes and everything that is not over time."""
    if one.variables.keys() != other.variables.keys() or not _same_attributes(one, other):
        return False
    for name, variable in one.variables.items():
        beside = other.variables[name]
        if variable.dims != beside.dims or variable.dtype != beside.dtype:
            return False
        if "time" in variable.dims:
            if variable.dims[0] != "time" or variable.shape[1:] != beside.shape[1:]:
                return False
        elif not _equal(variable.values, beside.values):
            return False
    return True


def _equal(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    """Whether arrays are the same; missing equals missing."""
    return one.shape == other.shape and bool(np.all((one == other) | ((one != one) & (other != other))))


def _same_attributes(one: xr.Dataset, other: xr.Dataset) -> bool:
    return one.attrs.keys() == other.attrs.keys() and all(
        np.array_equal(np.asarray(value), np.asarray(other.attrs[key])) for key, value in one.attrs.items()
    )
