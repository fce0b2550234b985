"""What one analyser measured over a campaign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: Of a record: one behind the other, or by their positions.
Rows = slice | npt.NDArray[np.int64]

SECOND = np.timedelta64(10**9, "ns")


class Readings(Protocol):
    """What a reader of analyser files returns."""

    @property
    def time(self) -> Times:
        """UTC, ns."""
        ...

    @property
    def data(self) -> Mapping[str, Array]:
        """Variables in SI."""
        ...

    @property
    def precision(self) -> Mapping[str, float]:
        """1 sigma of one reading in SI."""
        ...

    @property
    def closures(self) -> Sequence[Any]:
        """Closures recorded in the file."""
        ...

    @property
    def path(self) -> Any:
        """File."""
        ...

    def water_of(self, gas: str) -> str | None:
        """Return the variable with the water vapour that a gas's analyser measures."""
        ...


@dataclass(frozen=True)
class AnalyserRecord:
    """All files of one analyser, in the order of time."""

    name: str
    time: Times  #: (n,) UTC, ns, ascending; stamps may repeat
    data: dict[str, Array]  #: (n,) in SI, dry mole fractions, NaN where lost
    precision: dict[str, float]
    water: dict[str, str] = field(default_factory=dict)  #: gas -> variable with its analyser's water vapour
    repeated: int = 0  #: rows left out because another file holds the same ones

    def inside(self, start: np.datetime64, end: np.datetime64, series: float = np.nan) -> Rows:
        """Return the rows from one instant to another, both included; of a series only its own.

        Closures of vials overlap: a series has a number, which ``data["series"]`` gives for each row.
        """
        first = np.searchsorted(self.time, start, side="left")
        last = np.searchsorted(self.time, end, side="right")
        rows = slice(int(first), int(last))
        if "series" not in self.data or not series >= 0:
            return rows
        return rows.start + np.flatnonzero(self.data["series"][rows] == series)

    def seconds(self, rows: Rows, start: np.datetime64) -> Array:
        """Return the times of some rows since an instant. [s]"""
        found: Array = (self.time[rows] - start) / SECOND
        return found


def merge_series(name: str, series: Sequence[Readings], *, clock_offset_s: float = 0.0) -> AnalyserRecord:
    """Join the files of one analyser.

    Parameters
    ----------
    name : str
        Of the analyser.
    series : sequence of Readings
        One for each file, in any order; rows without a time are left out.
    clock_offset_s : float, default 0
        Added to the analyser's clock. [s]

    Returns
    -------
    Record
        Rows in the order of time; rows that several files hold (same time, same values) once.
    """
    variables = sorted({key for one in series for key in one.data})
    time = np.concatenate([np.empty(0, "M8[ns]"), *(one.time.astype("M8[ns]") for one in series)])
    columns = {
        key: np.concatenate([one.data.get(key, np.full(one.time.size, np.nan)) for one in series])
        for key in variables
    }
    time = time + np.timedelta64(round(clock_offset_s * 1e9), "ns")
    order = np.argsort(time, kind="stable")
    order = order[~np.isnat(time[order])]
    time, columns = time[order], {key: values[order] for key, values in columns.items()}
    keep = ~_repeated(time, columns) if len(series) > 1 else np.ones(time.size, np.bool_)
    precision: dict[str, float] = {}
    for one in series:
        precision = dict(one.precision) | precision
    water = {key: one.water_of(key) for one in reversed(series) for key in one.data}
    return AnalyserRecord(
        name,
        time[keep],
        {key: values[keep] for key, values in columns.items()},
        precision,
        {key: variable for key, variable in water.items() if variable is not None},
        int((~keep).sum()),
    )


def _repeated(time: Times, columns: Mapping[str, Array]) -> npt.NDArray[np.bool_]:
    """Whether a row has the time and all values of one before it."""
    found = np.zeros(time.size, np.bool_)
    same = np.zeros(time.size, np.bool_)
    same[1:] = time[1:] == time[:-1]
    rows = np.flatnonzero(same | np.append(same[1:], False))
    if rows.size:
        values = [np.where(np.isnan(column[rows]), np.inf, column[rows]) for column in columns.values()]
        table = np.column_stack([time[rows].astype(np.int64), *(v.view(np.int64) for v in values)])
        _, first = np.unique(table, axis=0, return_index=True)
        found[rows] = True
        found[rows[first]] = False
    return found
