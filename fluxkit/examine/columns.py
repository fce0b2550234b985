"""What the names of columns and the gains of a configuration tell of each other."""

import re
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

#: Models of analysers that names of columns have.
MODELS = ("7200", "7500", "7700", "irgason", "ec150", "ec155", "g2311", "g2401", "g1301")


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


def gain_doubts(gains: Mapping[str, float]) -> Iterator[Doubt]:
    """Yield the columns that a gain of 0 makes constant. gains: key of the configuration -> gain."""
    for key, gain in gains.items():
        if gain == 0.0:
            yield Doubt(
                "stuck", f"{key}: its gain is 0, which makes a constant of it: give the gain, or leave it out"
            )


def sonic_doubts(columns: Mapping[str, Named]) -> Iterator[Doubt]:
    """Yield that numbers in the names of u, v, w and the sonic temperature are those of several sonics."""
    numbers = {
        variable: match[1]
        for variable in ("u", "v", "w", "t_sonic")
        if variable in columns
        and columns[variable].told == variable
        and (match := re.search(r"_(\d+(?:_\d+)*)$", columns[variable].name))
    }
    if len(numbers) > 1 and len(set(numbers.values())) > 1:
        usual = max(set(numbers.values()), key=list(numbers.values()).count)
        odd = [variable for variable, number in numbers.items() if number != usual] or list(numbers)
        names = ", ".join(repr(columns[variable].name) for variable in numbers)
        yield Doubt(
            "names",
            f"{', '.join(f'columns.{variable}' for variable in odd)}: the names {names} are of different "
            "sonics: wind and temperature must be of one",
        )


def model_doubts(variable: str, name: str, analyser: str, model: str) -> Iterator[Doubt]:
    """Yield that the name of a gas's column has the model of another analyser than the one it is given to."""
    plain = re.sub(r"[^a-z0-9]", "", name.casefold())
    told = next((each for each in MODELS if each in plain), None)
    if told is not None and told not in re.sub(r"[^a-z0-9]", "", model):
        yield Doubt(
            "analysers",
            f"columns.{variable}: the name of its column {name!r} tells another analyser than {analyser!r}, "
            f"a {model}: check its instrument, or which column it is",
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
