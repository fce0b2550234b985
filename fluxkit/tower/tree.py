"""Arrays nested in mappings, tuples and dataclasses: to list, change, join and cut them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

Leaf = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
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
    following = iter(arrays)
    return mapped(thing, lambda _: next(following))


def mapped(thing: T, of: Callable[[Leaf], Leaf]) -> T:
    """Return a thing of the same make with each array changed; what is no array and holds none stays."""
    if isinstance(thing, np.ndarray):
        return cast(T, of(thing))
    if not _is_made_of_parts(thing):
        return thing
    made: Any = {name: mapped(inner, of) for name, inner in _inner(thing)}
    if isinstance(thing, Mapping):
        return cast(T, made)
    if isinstance(thing, tuple):
        return cast(T, type(thing)(*made.values()) if hasattr(thing, "_fields") else tuple(made.values()))
    return type(thing)(**made)


def concatenate(parts: Sequence[T]) -> T:
    """Join arrays of several stretches in time end to end, nested in mappings, tuples and dataclasses."""
    tables = [dict(leaves(part)) for part in parts]
    return with_leaves(parts[0], (np.concatenate([t[place] for t in tables]) for place in tables[0]))


def select_periods(thing: T, here: Mask) -> T:
    """Select periods from arrays nested in mappings, tuples and dataclasses.

    Parameters
    ----------
    thing : any
        Arrays that are not of all periods, and what is no array, stay as they are.
    here : (time,) array of bool
        The periods wanted.
    """
    return mapped(thing, lambda x: x[here] if x.ndim and x.shape[0] == here.size else x)


def _is_made_of_parts(thing: Any) -> bool:
    return isinstance(thing, Mapping | tuple) or (is_dataclass(thing) and not isinstance(thing, type))


def _inner(thing: Any) -> list[tuple[str, Any]]:
    if isinstance(thing, Mapping):
        return list(thing.items())
    if isinstance(thing, tuple):
        return [(str(k), inner) for k, inner in enumerate(thing)]
    if _is_made_of_parts(thing):
        return [(field.name, getattr(thing, field.name)) for field in fields(thing)]
    raise TypeError(f"{type(thing).__name__} is neither an array nor made of arrays")
