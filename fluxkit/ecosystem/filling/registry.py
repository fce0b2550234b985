"""What a filler is, and which there are."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.errors import FluxkitError

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class FillingError(FluxkitError):
    """A series cannot be filled as asked."""


@dataclass(frozen=True)
class Filled:
    """What a filler predicts: arrays over the records.

    Parameters
    ----------
    value : (n,) array
        Predictions, for measured records too where the filler has them; NaN where there is none.
    quality : (n,) int array
        1 (best) to 3; of a measured record what its prediction would have.
    method : (n,) int array
        Number of the step or model that the prediction is from, 0 for none.
    window : (n,) array
        Days about the record that it rests on.
    n : (n,) int array
        Number of values that it rests on.
    sd : (n,) array
        Their standard deviation, a measure of the random error of one record.
    long_gaps : str
        The rule for long gaps that belongs to the filler, unless the user names another.
    notes : tuple of str
        What is to be said: what was missing, what was done instead.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> one = np.ones(48, int)
    >>> filled = fk.ecosystem.Filled(2.5 * one, 3 * one, one, 1.0 * one, 48 * one, 0.4 * one)
    >>> filled.long_gaps
    'none'
    """

    value: Array
    quality: Integers
    method: Integers
    window: Array
    n: Integers
    sd: Array
    long_gaps: str = "none"
    notes: tuple[str, ...] = ()


class Filler(Protocol):
    """A function that predicts a series from drivers."""

    def __call__(self, values: Array, drivers: dict[str, Array], at: HalfHours, **keywords: object) -> Filled:
        """Predict `values`, NaN where missing; `drivers` has those that the dataset has, by name."""


_F = TypeVar("_F", bound=Callable[..., Filled])
_FILLERS: dict[str, Callable[..., Filled]] = {}
#: Modules that register fillers of our own.
_OURS = {"mds": "fluxkit.ecosystem.filling.mds"}


def register_filler(name: str) -> Callable[[_F], _F]:
    """Make a function a method of :func:`fluxkit.ecosystem.fill`.

    Parameters
    ----------
    name : str
        What ``method=`` will call it.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> @fk.ecosystem.register_filler("mean")
    ... def mean(values, drivers, at):
    ...     there, one = values[np.isfinite(values)], np.ones(values.size, int)
    ...     days, n = values.size / at.per_day, there.size
    ...     mean, sd = there.mean(), there.std()
    ...     return fk.ecosystem.Filled(mean * one, 3 * one, one, days * one, n * one, sd * one)
    """

    def register(filler: _F) -> _F:
        _FILLERS[name] = filler
        return filler

    return register


def filler(name: str) -> Callable[..., Filled]:
    """Return the filler of that name.

    Raises
    ------
    FillingError
        There is none.
    """
    if name not in _FILLERS and name in _OURS:
        importlib.import_module(_OURS[name])
    if name not in _FILLERS:
        known = ", ".join(sorted({*_OURS, *_FILLERS}))
        raise FillingError(f"no filler is called {name!r}; there are {known}")
    return _FILLERS[name]
