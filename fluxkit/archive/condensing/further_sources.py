"""Samples of further sources, joined to those of the first source period by period."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from fluxkit.archive.condensing.assemble import Assembler, PeriodSamples
from fluxkit.archive.condensing.file_reader import FileReader
from fluxkit.archive.condensing.joining import on_slots
from fluxkit.archive.inputs import Input
from fluxkit.archive.planning.plan import Day
from fluxkit.archive.planning.sources import Source
from fluxkit.raw.reading import layout_of
from fluxkit.raw.samples import Array, Problem, Samples
from fluxkit.schema.slots import slots_of
from fluxkit.site.sections.further_sources import FurtherSource
from fluxkit.site.tables import columns_of, view
from fluxkit.tower.periods import Periods

#: Words of bits and codes: there is nothing in between two of them.
_WORDS = "diag_"


class Companions:
    """The further sources of a task.

    Parameters
    ----------
    day : Day
        The task.
    size : int
        Slots of a period.
    """

    def __init__(self, day: Day, size: int) -> None:
        files = {beside.id: beside.sources for beside in day.beside}
        self._all = [_Companion(day, source, files.get(source.id, ())) for source in day.site.sources]
        self._size, self._rate = size, day.site.raw.rate

    @property
    def inputs(self) -> list[Input]:
        """Files that were read."""
        return [entry for companion in self._all for entry in companion.reader.inputs.values()]

    @property
    def problems(self) -> list[Problem]:
        """What could not be used."""
        return [p for c in self._all for p in (*c.reader.problems, *c.assembler.problems)]

    def joined(self, periods: Iterable[PeriodSamples]) -> Iterator[PeriodSamples]:
        """Yield periods with the variables of further sources, NaN where these have no samples."""
        streams = [companion.periods() for companion in self._all]
        for period in periods:
            for companion, stream in zip(self._all, streams, strict=True):
                other = next(stream)
                if period.data:  # without wind nothing is condensed
                    period.data |= companion.onto(other, self._size, self._rate)
                    period.files += [name for name in other.files if name not in period.files]
            yield period
        for stream in streams:  # files that reach into no period any more are read as well: the key has all
            for _ in stream:
                pass


class _Companion:
    def __init__(self, day: Day, source: FurtherSource, files: tuple[Source, ...]) -> None:
        grid = Periods.of(day.site)
        self.reader = FileReader(layout_of(view(day.site, source.id)))
        self._source, self._files = source, files
        self._names = tuple(columns_of(day.site, source.id))
        slots = slots_of(day.site.condense.seconds, source.rate)
        self.assembler = Assembler(grid, day.periods, size=slots, rate=source.rate)

    def periods(self) -> Iterator[PeriodSamples]:
        return self.assembler.periods(self._files, self._read)

    def onto(self, period: PeriodSamples, size: int, rate: float) -> dict[str, Array]:
        """Its variables on the slots of the first source."""
        if not period.data:
            return {name: np.full(size, np.nan) for name in self._names}
        return {
            name: on_slots(period.data[name], self._source.rate, size, rate, words=name.startswith(_WORDS))
            for name in self._names
        }

    def _read(self, file: Source) -> Samples | None:
        samples = self.reader(file)
        if samples is None:
            return None
        ahead = np.timedelta64(round(self._source.clock_offset_s * 1e9), "ns")
        return replace(samples, start=samples.start - ahead)
