"""The arrays that a result is made of, whatever they lie in, and the result made of other arrays."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

Leaf = npt.NDArray[Any]
T = TypeVar("T")


def leaves(thing: Any, place: str = "") -> Iterator[tuple[str, Leaf]]:
    """Yield where each array is, and the array; the same order for things of the same make.

    Parameters
    ----------
    thing : array, mapping, tuple or dataclass
        Of such things down to arrays.
    place : str, optional
        Where the thing itself is.

    Raises
    ------
    TypeError
        There is something else in it.
    """
    if isinstance(thing, np.ndarray):
        yield place, thing
        return
    for name, inner in _inner(thing):
        yield from leaves(inner, f"{place}/{name}")


def with_leaves(thing: T, arrays: Iterable[Leaf]) -> T:
    """Return a thing of the same make with other arrays, given in the order of `leaves`."""
    return cast(T, _made(thing, iter(arrays)))


def _made(thing: Any, arrays: Iterator[Leaf]) -> Any:
    if isinstance(thing, np.ndarray):
        return next(arrays)
    made = {name: _made(inner, arrays) for name, inner in _inner(thing)}
    if isinstance(thing, Mapping):
        return made
    if isinstance(thing, tuple):
        return type(thing)(*made.values()) if hasattr(thing, "_fields") else tuple(made.values())
    return type(thing)(**made)


def _inner(thing: Any) -> list[tuple[str, Any]]:
    if isinstance(thing, Mapping):
        return list(thing.items())
    if isinstance(thing, tuple):
        return [(str(k), inner) for k, inner in enumerate(thing)]
    if is_dataclass(thing):
        return [(field.name, getattr(thing, field.name)) for field in fields(thing)]
    raise TypeError(f"{type(thing).__name__} is neither an array nor made of arrays")
