"""Arrays taken out of what they lie in, and put back."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

from fluxkit.tower.tree import concatenate, leaves, select_periods, with_leaves


class Pair(NamedTuple):
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Box:
    inner: dict[str, Any]
    plain: tuple[np.ndarray, np.ndarray]


def made(x: float) -> Box:
    return Box(
        {"b": Pair(np.array([x]), np.array([x + 1])), "a": np.array([x + 2])}, (np.ones(2), np.zeros(0))
    )


def test_each_array_is_found_once_with_its_place() -> None:
    assert [place for place, _ in leaves(made(1.0))] == [
        "/inner/b/0",
        "/inner/b/1",
        "/inner/a",
        "/plain/0",
        "/plain/1",
    ]


def test_a_thing_is_made_of_the_arrays_of_another() -> None:
    found = with_leaves(made(1.0), [array for _, array in leaves(made(7.0))])
    assert isinstance(found, Box)
    assert isinstance(found.inner["b"], Pair)
    assert [x.tolist() for _, x in leaves(found)] == [x.tolist() for _, x in leaves(made(7.0))]


def test_what_is_no_array_is_refused() -> None:
    with pytest.raises(TypeError, match="float is neither an array"):
        list(leaves({"a": 1.0}))


def test_parts_are_joined_by_place_not_by_order() -> None:
    first = {"a": np.array([1.0]), "b": np.array([2.0])}
    later = {"b": np.array([4.0]), "a": np.array([3.0])}
    found = concatenate([first, later])
    np.testing.assert_array_equal(found["a"], [1.0, 3.0])
    np.testing.assert_array_equal(found["b"], [2.0, 4.0])


def test_periods_are_selected_wherever_arrays_are_nested() -> None:
    """What is not of all periods, and what is no array, stays."""
    nested = {"pair": Pair(np.arange(3.0), np.arange(6.0).reshape(3, 2)), "other": np.arange(2.0), "z": 3.0}
    found = select_periods(nested, np.array([True, False, True]))
    np.testing.assert_array_equal(found["pair"].low, [0.0, 2.0])
    np.testing.assert_array_equal(found["pair"].high, [[0.0, 1.0], [4.0, 5.0]])
    np.testing.assert_array_equal(found["other"], [0.0, 1.0])
    assert found["z"] == 3.0
