"""The readings of one gas during each closure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.closures.closures import Closures
from fluxkit.chamber.closures.records import AnalyserRecord, Rows
from fluxkit.schema import gases

Array = npt.NDArray[np.float64]

#: A gap longer than this share of its window is told.
GAP_SHARE = 0.2


@dataclass(frozen=True)
class GasReadings:
    """One gas; lists have one entry a closure."""

    gas: str
    whole: Batch  #: t since closing [s]; from closing to opening
    source: npt.NDArray[np.int64]  #: (closure,) position of the record, -1: none has the gas there
    rows: list[Rows]  #: of the record
    wet: npt.NDArray[np.bool_]  #: (closure,) whether the mole fraction is of moist air
    precision: Array  #: (closure,) 1 sigma [mol mol-1]

    @classmethod
    def of(
        cls, gas: str, closures: Closures, records: Sequence[AnalyserRecord], wanted: Sequence[str]
    ) -> Self:
        """Take the readings of a gas from the analyser that each closure has.

        Of several analysers the one that the closure names counts, else that with most readings, else the
        first.

        Parameters
        ----------
        gas : str
            Name of the gas.
        closures : Closures
            ``extra["analyser"]`` may name the analyser, ``extra["series"]`` the series of its rows; none are
            taken where ``extra["minutes_only"]`` says that their times are too coarse.
        records : sequence of Record
            In the order of preference.
        wanted : sequence of str
            Names of the records whose readings of this gas are used.
        """
        columns = [_column(record, gas) if record.name in wanted else "" for record in records]
        own = closures.extra.get("analyser", np.full(len(closures), ""))
        series, coarse = (
            np.nan_to_num(closures.extra.get(name, np.full(len(closures), otherwise)), nan=otherwise)
            for name, otherwise in (("series", -1.0), ("minutes_only", 0.0))
        )
        t, c, rows = [], [], []
        source = np.full(len(closures), -1, np.int64)
        for i in range(len(closures)):
            inside = [record.inside(closures.start[i], closures.end[i], series[i]) for record in records]
            k = -1 if coarse[i] else _best(records, columns, inside, str(own[i]))
            source[i] = k
            rows.append(inside[k] if k >= 0 else slice(0, 0))
            t.append(records[k].seconds(inside[k], closures.start[i]) if k >= 0 else np.empty(0))
            c.append(records[k].data[columns[k]][inside[k]] if k >= 0 else np.empty(0))
        wet = np.array([k >= 0 and columns[k].endswith("_wet") for k in source.tolist()], np.bool_)
        sigma = [records[k].precision.get(gas, np.nan) if k >= 0 else np.nan for k in source.tolist()]
        return cls(gas, Batch.of(t, c), source, rows, wet, np.array(sigma, np.float64))

    def take(self, index: npt.NDArray[np.int64]) -> Self:
        """Return some of the closures, by position."""
        parts = [self.whole.part(int(k)) for k in index]
        return replace(
            self,
            whole=Batch.of([t for t, _ in parts], [c for _, c in parts]),
            source=self.source[index],
            rows=[self.rows[int(k)] for k in index],
            wet=self.wet[index],
            precision=self.precision[index],
        )

    def cut(self, begin: Array, end: Array, *, shift: bool) -> Batch:
        """Return the points from begin to end, both included.

        Parameters
        ----------
        begin, end : ndarray, shape (closure,)
            Since closing. [s]
        shift : bool
            Count time from the first remaining point, not from closing.
        """
        t, c = [], []
        for k in range(len(self.whole)):
            times, values = self.whole.part(k)
            keep = self.inside(k, begin[k], end[k])
            times = times[keep]
            t.append(times - times[0] if shift and times.size else times)
            c.append(values[keep])
        return Batch.of(t, c)

    def inside(self, k: int, begin: float, end: float) -> npt.NDArray[np.bool_]:
        """Whether a point of closure k lies in a window, both ends included."""
        times, values = self.whole.part(k)
        return (times >= begin) & (times <= end) & np.isfinite(values)

    def lost(self, begin: Array, end: Array) -> npt.NDArray[np.bool_]:
        """Whether readings within the windows are missing, shape (closure,)."""
        found = np.zeros(len(self.whole), np.bool_)
        for k in range(len(self.whole)):
            times, values = self.whole.part(k)
            found[k] = np.isnan(values[(times >= begin[k]) & (times <= end[k])]).any()
        return found


def has_long_gap(batch: Batch) -> npt.NDArray[np.bool_]:
    """Whether a gap is longer than a fifth of the window, shape (closure,)."""
    found = np.zeros(len(batch), np.bool_)
    for k in np.flatnonzero(batch.counts > 5):
        times = np.sort(batch.part(int(k))[0])
        found[k] = np.diff(times).max() > GAP_SHARE * (times[-1] - times[0])
    return found


def gases_of(records: Sequence[AnalyserRecord], further: Iterable[str] = ()) -> list[str]:
    """Return the gases that any record has, in the order of results: as in the table of gases, h2o last.

    Parameters
    ----------
    records : sequence of Record
        Of all analysers.
    further : iterable of str
        Gases that are not in the table of gases.
    """
    names = {name.removesuffix("_wet") for record in records for name in record.data}
    numbered = sorted(name for name in names if gases.is_known_gas(name) and gases.kind_of(name) != "h2o")
    order = dict.fromkeys([*(gas for gas in gases.known_gases() if gas != "h2o"), *numbered, *further, "h2o"])
    return [gas for gas in order if any(_column(record, gas) for record in records)]


def _column(record: AnalyserRecord, gas: str) -> str:
    """Return the variable that holds a gas, "" if there is none; dry ones are preferred."""
    for name in (gas, f"{gas}_wet"):
        if name in record.data and np.isfinite(record.data[name]).any():
            return name
    return ""


def _best(records: Sequence[AnalyserRecord], columns: Sequence[str], inside: Sequence[Rows], own: str) -> int:
    """Return the position of the record whose readings count, -1 if none has any."""
    best, most = -1, 0
    for k, record in enumerate(records):
        if not columns[k]:
            continue
        count = int(np.isfinite(record.data[columns[k]][inside[k]]).sum())
        if record.name == own and count:
            return k
        if count > most:
            best, most = k, count
    return best
