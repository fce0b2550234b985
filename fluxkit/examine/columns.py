"""What the names of columns and the gains of a configuration tell of each other."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from fluxkit.examine.doubt import Doubt


class Named(NamedTuple):
    """A column of the configuration, and what its name tells."""

    name: str  #: of the column, "" if it is given by position
    told: str  #: variable that the name tells, "" if none
    unit: str  #: unit in the name, "" if none
    given: str  #: unit of the configuration
    gain: float
    offset: float


#: Variables whose names leave no doubt.
PLAIN = ("u", "v", "w", "co2", "h2o", "ch4", "n2o")


def name_doubts(columns: Mapping[str, Named]) -> Iterator[Doubt]:
    """Yield the columns whose name tells another variable, or another unit. columns: variable -> Named."""
    for variable, column in columns.items():
        if variable not in PLAIN or column.told not in PLAIN:
            continue
        if variable != column.told and not (variable in "uv" and column.told in "uv"):
            yield Doubt(
                "names",
                f"columns.{variable}: reads column {column.name!r}, whose name tells {column.told}: check "
                "which column it is",
            )
        elif column.unit and column.unit != column.given and (column.gain, column.offset) == (1.0, 0.0):
            yield Doubt(
                "names",
                f"columns.{variable}: the name of its column {column.name!r} tells the unit '{column.unit}', "
                f"the configuration has '{column.given}': correct it, or give the gain",
            )


def axes_given(columns: Mapping[str, Named]) -> Iterator[Doubt]:
    """Yield that gains and columns of u and v make left-handed axes of a sonic, whose axes are right-handed.

    A gain of -1 of w alone is left to `fluxkit.examine.signs`: stress and heat tell its sign.
    """
    if not {"u", "v", "w"} <= columns.keys():
        return
    place = {"u": 0, "v": 1}
    matrix = np.zeros((2, 2))
    for variable, k in place.items():
        column = columns[variable]
        matrix[k, place.get(column.told, k)] = np.sign(column.gain)
    if round(float(np.linalg.det(matrix))) == -1:
        yield Doubt(
            "left_handed",
            "columns.u, columns.v: their columns and the signs of their gains make left-handed axes, and a "
            "mirrored wind direction; sonics have right-handed ones: correct the gain or the columns, unless "
            "the logger had turned one of them",
        )
