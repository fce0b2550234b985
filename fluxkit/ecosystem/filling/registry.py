"""What a filler is, and which there are."""

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.errors import FluxkitError

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class FillingError(FluxkitError):
    """A series cannot be filled as asked."""


@dataclass(frozen=True)
class Intervals:
    """How far predictions may be off: arrays over the records, in the units of what was filled.

    Parameters
    ----------
    lower, upper : (n,) array
        Interval of 90 % for a measured value of that record.
    gap_sd : (n,) array
        Standard deviation of what the records of one gap are off together, each gap for itself.
    common_sd : (n,) array
        Standard deviation of what all gaps of such lengths are off together.
    """

    lower: Array
    upper: Array
    gap_sd: Array
    common_sd: Array


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
    open_because : str
        Why records have no prediction, where there are such.
    intervals : Intervals, optional
        Where the filler was tried on artificial gaps.

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
    open_because: str = "the filler has no prediction there"
    intervals: Intervals | None = None


class Filler(Protocol):
    """A function that predicts a series from drivers."""

    def __call__(self, values: Array, drivers: dict[str, Array], at: HalfHours, **keywords: object) -> Filled:
        """Predict `values`, NaN where missing; `drivers` has those that the dataset has, by name."""


_F = TypeVar("_F", bound=Callable[..., Filled])
_FILLERS: dict[str, Callable[..., Filled]] = {}
_LEARNERS: dict[str, Callable[..., object]] = {}
#: Modules that register fillers of our own.
_OURS = {
    "mds": "fluxkit.ecosystem.filling.mds",
    "boosting": "fluxkit.ecosystem.filling.boosting",
    "mds+boosting": "fluxkit.ecosystem.filling.joined",
}


def register_filler(name: str, *, learn: Callable[..., object] | None = None) -> Callable[[_F], _F]:
    """Make a function a method of :func:`fluxkit.ecosystem.fill`.

    Parameters
    ----------
    name : str
        What ``method=`` will call it.
    learn : callable, optional
        Takes values, drivers and clock as the filler does and returns what the filler takes as
        ``skill=``: what is costly to find and the same for all u* scenarios of a series. If it has a
        keyword ``others``, that gets the other scenarios, whose gaps are to be filled by it too.

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
        _LEARNERS.pop(name, None)
        if learn is not None:
            _LEARNERS[name] = learn
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


def predicted(name: str, values: Array, drivers: dict[str, Array], at: HalfHours, **keywords: Any) -> Filled:
    """Return what the filler of that name predicts.

    Raises
    ------
    FillingError
        There is none, or no such setting; it failed; or it did not return a number for each record.
    """
    function = filler(name)
    parameters = inspect.signature(function).parameters
    known = [key for key in parameters if key not in ("values", "drivers", "at")]
    unknown = next((key for key in keywords if key not in parameters), None)
    if unknown and not any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
        raise FillingError(
            f"the filler {name!r} has no setting {unknown!r}; it has {', '.join(known) or 'none'}"
        )
    try:
        found: Any = function(values, drivers, at, **keywords)
    except FluxkitError:
        raise
    except Exception as error:  # a user's own function may fail in any way
        raise FillingError(f"the filler {name!r} failed: {type(error).__name__}: {error}") from error
    if not isinstance(found, Filled):
        kind = type(found).__name__
        raise FillingError(f"the filler {name!r} returned {kind}, not a fluxkit.ecosystem.Filled")
    real, counts = (
        [_numbers(name, key, getattr(found, key), values.size) for key in keys]
        for keys in (("value", "window", "sd"), ("quality", "method", "n"))
    )
    quality, method, n = (np.nan_to_num(x).astype(np.int64) for x in counts)
    if found.intervals is not None:
        for key, ends in vars(found.intervals).items():
            _numbers(name, f"intervals.{key}", ends, values.size)
    value, window, sd = real
    return replace(found, value=value, quality=quality, method=method, window=window, n=n, sd=sd)


def _numbers(name: str, key: str, returned: Any, n: int) -> Array:
    """Return an array that a filler made, if it is one of as many numbers as there are records."""
    try:
        array = np.asarray(returned, np.float64)
    except (TypeError, ValueError) as error:
        raise FillingError(f"the filler {name!r} returned no numbers as `{key}`: {error}") from error
    if array.shape != (n,):
        raise FillingError(
            f"the filler {name!r} returned `{key}` of shape {array.shape}; it must be ({n},), a number for "
            "each record"
        )
    return array


def learner(name: str) -> Callable[..., object] | None:
    """Return what finds the skill that the filler of that name takes, None if it takes none."""
    filler(name)
    return _LEARNERS.get(name)
