"""When chambers were closed, over what, and how warm it was in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]
Times = npt.NDArray[np.datetime64]


_TEXTS = ("id", "plot", "treatment", "cover", "source", "path")
_NUMBERS = ("area", "volume", "t_air", "p_air", "par", "deadband")
_TIMES = ("start", "end")


@dataclass(frozen=True)
class Closures:
    """One row a closure, all arrays of shape (closure,); NaN and "" where it is not known.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> start = np.array(["2026-07-01T10:00", "2026-07-01T10:10"], "M8[ns]")
    >>> end = start + np.timedelta64(180, "s")
    >>> closures = fk.chamber.Closures.of(start, end, area=0.09, volume=0.03, plot=["a", "b"])
    >>> closures.plot.tolist(), closures.area.tolist()
    (['a', 'b'], [0.09, 0.09])
    """

    id: Texts
    start: Times  #: the chamber closes, UTC, ns
    end: Times  #: the chamber opens, UTC, ns
    area: Array  #: of soil enclosed [m2]
    volume: Array  #: of air enclosed, with collar and tubing [m3]
    t_air: Array  #: [K]
    p_air: Array  #: [Pa]
    par: Array  #: [mol m-2 s-1]
    deadband: Array  #: left out after closing, where sheet or file says so [s]
    plot: Texts
    treatment: Texts
    cover: Texts  #: clear, shaded, dark or ""
    source: Texts  #: sheet, file or detected
    path: Texts  #: file that tells of the closure
    extra: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)  #: further columns

    @classmethod
    def of(cls, start: Times, end: Times, **columns: Any) -> Self:
        """Return closures, what is not given being unknown.

        Parameters
        ----------
        start, end : ndarray of datetime64, shape (closure,)
            Closing and opening in UTC.
        **columns : array-like or scalar
            Other attributes; scalars hold for all closures.
        """
        size = len(start)
        known: dict[str, Any] = {"extra": columns.pop("extra", {})}
        for name in _TEXTS:
            text = np.asarray(columns.pop(name, ""), np.str_)
            known[name] = np.array(np.broadcast_to(text, (size,)))
        for name in _NUMBERS:
            number = np.asarray(columns.pop(name, np.nan), np.float64)
            known[name] = np.array(np.broadcast_to(number, (size,)))
        if columns:
            raise TypeError(
                f"closures have no {', '.join(columns)}; they have {', '.join(_TEXTS + _NUMBERS)}"
            )
        return cls(start=np.asarray(start, "M8[ns]"), end=np.asarray(end, "M8[ns]"), **known)

    def __len__(self) -> int:
        return int(self.start.size)

    def take(self, index: npt.NDArray[Any]) -> Self:
        """Return some of the closures, by positions or a mask."""
        arrays = {f.name: getattr(self, f.name)[index] for f in fields(self) if f.name != "extra"}
        return replace(self, **arrays, extra={name: values[index] for name, values in self.extra.items()})

    def shifted(self, seconds: Array | float) -> Self:
        """Return the closures with their times moved later by so many seconds."""
        shift = np.asarray(np.round(np.asarray(seconds) * 1e9), np.int64).astype("m8[ns]")
        return replace(self, start=self.start + shift, end=self.end + shift)

    def sorted(self) -> Self:
        """Return the closures in the order of their beginnings."""
        return self.take(np.argsort(self.start, kind="stable"))

    @property
    def length(self) -> Array:
        """How long the chamber stays closed, shape (closure,). [s]"""
        found: Array = (self.end - self.start) / np.timedelta64(1, "s")
        return found


def join_closures(parts: Sequence[Closures]) -> Closures:
    """Return the closures of several sources in one table, in their order."""
    if not parts:
        return Closures.of(np.empty(0, "M8[ns]"), np.empty(0, "M8[ns]"))
    names = [f.name for f in fields(Closures) if f.name != "extra"]
    arrays: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    extra = {name for part in parts for name in part.extra}
    return Closures(**arrays, extra={name: _joined_extra(parts, name) for name in sorted(extra)})


def _joined_extra(parts: Sequence[Closures], name: str) -> npt.NDArray[Any]:
    """Return a further column, "" or NaN where a source does not have it."""
    texts = any(part.extra[name].dtype.kind == "U" for part in parts if name in part.extra)
    empty: Any = "" if texts else np.nan
    found = [part.extra.get(name, np.full(len(part), empty)) for part in parts]
    return np.concatenate([column.astype(np.str_) for column in found] if texts else found)


def overlapping(closures: Closures) -> npt.NDArray[np.bool_]:
    """Whether a closure overlaps another of the same source file, shape (closure,).

    Closures with rows of their own (``extra["series"]``) overlap none.
    """
    order = np.argsort(closures.start, kind="stable")
    found = np.zeros(len(closures), np.bool_)
    for path in np.unique(closures.path):
        mine = order[closures.path[order] == path]
        # A chamber that closes at the second in which another one opens does not overlap it.
        latest = np.maximum.accumulate(closures.end[mine])
        clash = np.flatnonzero(closures.start[mine][1:] < latest[:-1])
        found[mine[clash + 1]] = True
        found[mine[clash]] = True
    own = np.asarray(closures.extra.get("series", np.full(len(closures), np.nan)), np.float64)
    return found & ~(own >= 0)
