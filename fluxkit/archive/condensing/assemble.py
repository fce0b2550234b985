"""Files of any length to averaging periods: samples laid into slots by their time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fluxkit.archive.planning.plan import Source
from fluxkit.raw.samples import Array, Problem, Samples
from fluxkit.tower.periods import Periods, nanoseconds

_NS = 1_000_000_000

Read = Callable[[Source], Samples | None]


@dataclass
class PeriodSamples:
    """Samples of one averaging period."""

    number: int
    data: dict[str, Array] = field(default_factory=dict)  #: variable -> (size,), NaN where lost
    records: int = 0  #: records that the files held for it
    files: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)  #: slots that the files covered


@dataclass(frozen=True)
class Piece:
    """A stretch of a file that lies in one period."""

    number: int  #: of the period
    first: int  #: slot of the file
    place: int  #: slot of the period
    length: int  #: slots


class Assembler:
    """Streams files, in order of time, into the periods of a stretch of time.

    Each file is read once; only the periods that later files may still reach are held. Where
    files overlap, the earlier one is used, and what was left out is reported.

    Parameters
    ----------
    grid : Periods
        The averaging periods.
    numbers : range
        Those that are wanted.
    size : int
        Slots of a period.
    rate : float
        [Hz]
    """

    def __init__(self, grid: Periods, numbers: range, *, size: int, rate: float) -> None:
        self.problems: list[Problem] = []
        self._grid, self._numbers, self._size, self._rate = grid, numbers, size, rate
        self._open: dict[int, PeriodSamples] = {}
        self._next = numbers.start

    def periods(self, sources: Sequence[Source], read: Read) -> Iterator[PeriodSamples]:
        """Yield every wanted period once, in order; those without a file are empty.

        Parameters
        ----------
        sources : sequence of Source
            Sorted by start.
        read : callable
            Samples of a file, None when it cannot be used.
        """
        for k, source in enumerate(sources):
            later = sources[k + 1].start if k + 1 < len(sources) else None
            yield from self._finished(source.start)
            samples = read(source)
            if samples is None:
                continue
            name = str(source.path)
            total = _present(samples, 0, samples.size)
            for piece in self._pieces(samples, source):
                self._fill(samples, piece, name, total)
                if later is not None:
                    yield from self._finished(min(later, self._grid.end(piece.number)))
        yield from self._finished(None)

    def _finished(self, until: np.datetime64 | None) -> Iterator[PeriodSamples]:
        """Yield the periods that end a slot or more before an instant: rounding may move a sample by half."""
        slot = np.timedelta64(round(_NS / self._rate), "ns")
        while self._next < self._numbers.stop:
            if until is not None and self._grid.end(self._next) > until - slot:
                return
            yield self._open.pop(self._next, PeriodSamples(self._next))
            self._next += 1

    def _pieces(self, samples: Samples, source: Source) -> Iterator[Piece]:
        """Cut a file at the borders of periods; unexpected samples are reported."""
        begin = nanoseconds(samples.start)
        first, lost = 0, 0
        while first < samples.size:
            # The half slot decides to which period a sample between two slots goes.
            middle = np.datetime64(begin + round((first + 0.5) * _NS / self._rate), "ns")
            number = self._grid.number(middle)
            ahead = (nanoseconds(self._grid.end(number)) - begin) * self._rate / _NS
            stop = min(samples.size, max(first + 1, int(np.ceil(ahead - 0.5))))
            ago = (begin - nanoseconds(self._grid.start(number))) * self._rate / _NS
            place = min(max(int(np.floor(ago + first + 0.5)), 0), self._size - 1)
            stop = min(stop, first + self._size - place)
            if number in self._numbers and number >= self._next:
                yield Piece(number, first, place, stop - first)
            elif number in self._numbers or middle < source.start or middle > source.end:
                lost += _present(samples, first, stop)
            first = stop
        if lost:
            reason = (
                f"{lost} samples lie outside the time that the file's name or first record told "
                "and were left out"
            )
            self.problems.append(Problem(str(source.path), None, "rest of file", reason))

    def _fill(self, samples: Samples, piece: Piece, name: str, total: int) -> None:
        period = self._open.setdefault(piece.number, PeriodSamples(piece.number))
        here = slice(piece.place, piece.place + piece.length)
        there = slice(piece.first, piece.first + piece.length)
        if not period.data and piece.length == self._size:  # as of most files: no need to copy them
            self._take(period, samples, there, name, total)
            return
        if not period.data:
            period.data = {variable: np.full(self._size, np.nan) for variable in samples.data}
        new = np.ones(piece.length, np.bool_)
        if any(low < here.stop and here.start < high for low, high in period.spans):
            new = ~_filled(period.data, here)
            self._tell_overlap(period, name, int(np.count_nonzero(~new & _filled(samples.data, there))))
        if new.all():
            for variable, values in samples.data.items():
                period.data[variable][here] = values[there]
        else:
            for variable, values in samples.data.items():
                period.data[variable][here][new] = values[there][new]
        period.spans.append((here.start, here.stop))
        period.files.append(name)
        present = int(np.count_nonzero(new & _filled(samples.data, there)))
        period.records += present + _unfilled_share(samples, total, int(np.count_nonzero(new)) - present)

    def _take(self, period: PeriodSamples, samples: Samples, there: slice, name: str, total: int) -> None:
        """Fill a period with samples that are all of it, without a copy where they can be written to."""
        period.data = {
            variable: np.require(values[there], np.float64, ["C", "W"])
            for variable, values in samples.data.items()
        }
        period.spans.append((0, self._size))
        period.files.append(name)
        whole = samples.size == self._size
        present = total if whole else _present(samples, there.start, there.stop)
        period.records += present + _unfilled_share(samples, total, self._size - present)

    def _tell_overlap(self, period: PeriodSamples, name: str, count: int) -> None:
        if count:
            start = np.datetime_as_string(self._grid.start(period.number), unit="m")
            reason = (
                f"{count} samples of the period {start}Z were already there from {period.files[-1]} "
                "and were left out"
            )
            self.problems.append(Problem(name, None, "line", reason))


def _filled(data: dict[str, Array], part: slice) -> npt.NDArray[np.bool_]:
    """Which slots hold a value of any variable."""
    some = np.zeros(part.stop - part.start, np.bool_)
    for values in data.values():
        some |= ~np.isnan(values[part])
    return some


def _present(samples: Samples, first: int, stop: int) -> int:
    return int(np.count_nonzero(_filled(samples.data, slice(first, stop))))


def _unfilled_share(samples: Samples, filled: int, empty: int) -> int:
    """Records without any value among the empty slots of a piece, as their share in the whole file."""
    without = samples.size - filled
    return round(empty * max(samples.records - filled, 0) / without) if without else 0
