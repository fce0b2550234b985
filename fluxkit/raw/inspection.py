"""What a raw file holds, as far as it can be found without a configuration."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError, UnknownFormatError
from fluxkit.raw.clock import Clock
from fluxkit.raw.described import SelfDescribedTable
from fluxkit.raw.grid import COMMON_RATES, place_records
from fluxkit.raw.layout import Layout
from fluxkit.raw.opening import contents
from fluxkit.raw.registry import identify, reader
from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.raw.text.clock_columns import find_clock, needs_name, records_of
from fluxkit.raw.text.date_order import NO_DATES, DateOrder, guess_words, shown_words
from fluxkit.raw.text.header import Header, read_header, separator
from fluxkit.raw.text.structure import Structure, structure_of
from fluxkit.raw.text.table import Lines, Stamps, TextTable, lines_of, parse_records
from fluxkit.raw.text.time_parts import TimeFields

#: Numbers that loggers and instruments write for "no value".
USUAL_CODES = (-9999.0, -99999.0, -7999.0, -6999.0, 7999.0, 9999.0, 99999.0, 999.999, -999.0)

_PROBED_BYTES = 65_536
_KINDS = {"s": "stamp", "d": "date", "c": "time", "t": "text"}
_UNREADABLE = np.iinfo(np.int64).min
_NS = 1_000_000_000
#: How near the spacing, and the mean spacing, of stamps must be to a rate that loggers are set to.
_NEAR, _NEAR_MEAN = 0.01, 0.02


@dataclass(frozen=True)
class ColumnSummary:
    """One column of a raw file."""

    position: int  #: 1 = first
    name: str  #: from the header, empty if there is none
    unit: str  #: as the header tells it, empty if it does not
    kind: str  #: number, stamp, text or empty
    missing: float = 1.0  #: share of records without a number
    minimum: float = np.nan
    mean: float = np.nan
    maximum: float = np.nan

    @property
    def constant(self) -> bool:
        """Whether all numbers are the same."""
        return self.minimum == self.maximum


@dataclass(frozen=True)
class Inspection:
    """Description of a raw file. Times are as written, in the file's own zone."""

    path: str
    format: str
    size: int  #: unpacked [bytes]
    delimiter: str  #: as a configuration spells it, "" of binary records
    header_rows: int
    names_row: int | None  #: 1 = first line
    units_row: int | None
    columns: tuple[ColumnSummary, ...]
    time_columns: tuple[int, ...]  #: positions of what tells the time
    time_parts: tuple[str, ...]  #: what each of them is, as ``raw.time_parts`` spells it
    records: int
    rate: float | None  #: [Hz], the usual rate the stamps fit, or their spacing; None without stamps
    first: np.datetime64 | None
    last: np.datetime64 | None
    gaps: int | None  #: holes in the series; None if stamps do not tell
    lost: int | None  #: records missing in those holes
    repeated: int | None  #: records that fall on a time already taken
    missing_codes: tuple[str, ...]  #: numbers that look like "no value"
    problems: tuple[Problem, ...]
    metadata: str = ""  #: of station and instruments, where the file brings it along
    zone: str = ""  #: name of the time zone that the header tells
    utc: bool = False  #: whether the stamps are in UTC: they name their zone, or count seconds since 1970
    dates: DateOrder = NO_DATES  #: what dates show of the order of day and month

    @property
    def time_column(self) -> int | None:
        """Position of the first column of the time."""
        return self.time_columns[0] if self.time_columns else None


@dataclass(frozen=True)
class _Timing:
    times: TimeFields | None = None
    table: TextTable | None = None
    rate: float | None = None
    first: np.datetime64 | None = None
    last: np.datetime64 | None = None
    gaps: int | None = None
    lost: int | None = None
    repeated: int | None = None


def inspect(path: str | Path, known_as: str | None = None) -> Inspection:
    """Find what a raw file holds, without any configuration.

    Parameters
    ----------
    path : str or pathlib.Path
        Plain, gzip, xz, bzip2 or zip file.
    known_as : str, optional
        Its format, if it cannot be recognised.

    Returns
    -------
    Inspection
        Format, layout, columns with their ranges, clock, first problems.

    Raises
    ------
    UnknownFormatError
        The format is not recognised, or it is not delimited text.
    ReadError
        It cannot be opened, or holds no records.

    Examples
    --------
    >>> import fluxkit as fk
    >>> found = fk.inspect("data_samples/open_path/raw/XX-Dem_2024_07_01_1000.dat.gz")
    >>> found.format, found.records, found.rate
    ('toa5', 18000, 10.0)
    >>> [column.name for column in found.columns][:4]
    ['TIMESTAMP', 'RECORD', 'Ux', 'Uy']
    """
    content = contents(path)
    name = known_as or identify(path)
    if not reader(name).of_tower:
        raise UnknownFormatError(
            content.source, f"is {name}, a format of chamber analysers: read it with open_analyser"
        )
    log = ProblemLog(content.source)
    describe = reader(name).describe
    if describe is not None:
        return _of_described(describe(content, log), name, log)
    lines = lines_of(content, log)
    data = lines.content.data
    _require_records(name, lines)
    found = structure_of(data[:_PROBED_BYTES], whole=len(data) <= _PROBED_BYTES)
    if found is None:
        raise UnknownFormatError(
            content.source, f"is {name}, whose files do not describe their columns: it cannot be inspected"
        )
    mark = separator(found.delimiter, content.source)
    header = read_header(lines.content, found.header_rows, found.names_row or 0, mark)
    kinds = found.kinds.ljust(header.width, "m")
    fields = [k for k in range(header.width) if kinds[k] in "nm"]
    stamps = [k for k in range(header.width) if kinds[k] == "s"]
    times = find_clock(records_of(header, lines.content, mark), header.names)
    if times is not None and needs_name(times.parts):
        times = replace(times, begin=np.datetime64(0, "ns"), whole_day=True)
    table = parse_records(lines, header, mark, fields, stamp=times, log=log, strict=False)
    timing = _best_timing(lines, header, mark, stamps or [times], table, fields, log)
    read = timing.table or table
    _tell_clock(read, timing.times, log)
    codes = _codes(table.values)
    return Inspection(
        path=content.source,
        format=name,
        size=len(content.data),
        delimiter=found.delimiter,
        header_rows=found.header_rows,
        names_row=found.names_row,
        units_row=found.units_row,
        columns=_columns(found, header, kinds, fields, table.values, codes),
        time_columns=() if timing.times is None else tuple(k + 1 for k in timing.times.fields),
        time_parts=() if timing.times is None else timing.times.parts,
        records=table.records,
        rate=timing.rate,
        first=timing.first,
        last=timing.last,
        gaps=timing.gaps,
        lost=timing.lost,
        repeated=timing.repeated,
        missing_codes=tuple(f"{code:g}" for code in codes),
        problems=tuple(log.told()),
        utc=read.utc,
        dates=read.dates,
    )


def _require_records(name: str, lines: Lines) -> None:
    """Refuse a file of a known format that ends behind its header: it would look like anything."""
    form = reader(name)
    if form.dialect is None or form.general:
        return
    layout = form.dialect(lines.content, Layout(name, 1.0, (), "records", 0.0))
    read_header(lines.content, layout.header_rows, 0, separator(layout.delimiter, lines.content.source))


def _tell_clock(table: TextTable, times: TimeFields | None, log: ProblemLog) -> None:
    """Say what of the clock was taken from the values, and what they leave open."""
    if table.dates.open:
        log.add(Problem(log.source, None, "nothing", guess_words(table.dates, "raw.day_first")))
    if table.dates.shown is not None:
        log.add(Problem(log.source, None, "nothing", shown_words(table.dates)))
    if times is not None and needs_name(times.parts):
        reason = "the records tell the time of day and no date: raw.name_pattern must have it"
        log.add(Problem(log.source, None, "nothing", reason))


def _of_described(found: SelfDescribedTable, name: str, log: ProblemLog) -> Inspection:
    """Describe a file whose header describes its columns."""
    fields = [k for k, kind in enumerate(found.kinds) if kind != "s"]
    numeric = [k for k in fields if found.delimiter == "" or found.kinds[k] == "n"]
    taken = found.load(numeric, ())
    codes = _codes(taken.values)
    values = dict(zip(numeric, taken.values, strict=True))
    timing = _Timing(first=found.start)  # all that a header tells
    if taken.stamps is not None and np.any(taken.stamps != _UNREADABLE):
        timing = _timing(taken.stamps, taken.counts, taken.lines, log.source)
    if found.undated:
        timing = replace(timing, first=None, last=None)
        reason = (
            "the stamps are times of day without a date: raw.file_time = 'name' takes it from the file name"
        )
        log.add(Problem(log.source, None, "nothing", reason))
    return Inspection(
        path=found.source,
        format=name,
        size=found.size,
        delimiter=found.delimiter,
        header_rows=found.header_rows,
        names_row=None,
        units_row=None,
        columns=tuple(
            _summary(k + 1, found.names[k], found.units[k], kind, values.get(k), codes)
            for k, kind in enumerate(found.kinds)
        ),
        time_columns=(),
        time_parts=(),
        records=taken.lines.size,
        rate=timing.rate,
        first=timing.first,
        last=timing.last,
        gaps=timing.gaps,
        lost=timing.lost,
        repeated=timing.repeated,
        missing_codes=tuple(f"{code:g}" for code in codes),
        problems=tuple(log.told()),
        metadata=found.metadata,
        zone=found.zone,
    )


def _columns(
    found: Structure, header: Header, kinds: str, fields: list[int], values: Array, codes: list[float]
) -> tuple[ColumnSummary, ...]:
    return tuple(
        _summary(
            k + 1,
            header.names[k] if header.names is not None else "",
            found.units[k] if found.units is not None else "",
            kinds[k],
            values[fields.index(k)] if k in fields else None,
            codes,
        )
        for k in range(header.width)
    )


def _summary(
    position: int, name: str, unit: str, kind: str, x: Array | None, codes: list[float]
) -> ColumnSummary:
    column = ColumnSummary(position, name, unit, _KINDS.get(kind, "empty"))
    if x is None:
        return replace(column, missing=0.0)
    good = x[~(np.isnan(x) | np.isin(x, codes))]
    if good.size == 0:
        return column
    share = 1.0 - good.size / x.size
    low, mean, high = float(good.min()), float(good.mean()), float(good.max())
    return replace(column, kind="number", missing=share, minimum=low, mean=mean, maximum=high)


def _codes(values: Iterable[Array]) -> list[float]:
    # A code is the extreme of its column, far from what comes next.
    found = set()
    for x in values:
        for code in USUAL_CODES:
            if not np.any(x == code):
                continue
            rest = x[~np.isnan(x) & (x != code)]
            if rest.size == 0 or abs(code) > 2 * np.max(np.abs(np.percentile(rest, [1, 99]))):
                found.add(code)
    return sorted(found)


def _best_timing(
    lines: Lines,
    header: Header,
    mark: str | None,
    stamps: Sequence[int | TimeFields | None],
    table: TextTable,
    fields: list[int],
    log: ProblemLog,
) -> _Timing:
    # Of several columns of stamps the one that tells most records apart.
    best = _Timing()
    most = -1
    for k in stamps:
        here = table
        if k != stamps[0]:
            silent = ProblemLog(log.source)
            here = parse_records(lines, header, mark, [], stamp=k, log=silent, strict=False)
        read = here.stamps
        if read is None:
            continue
        different = int(np.count_nonzero(np.diff(read)))
        if different > most and np.any(read != _UNREADABLE):
            most = different
            counts = _counts(header, table, fields)
            times = TimeFields((k,)) if isinstance(k, int) else k
            best = replace(_timing(read, counts, table.lines, log.source), times=times, table=here)
    return best


def _counts(header: Header, table: TextTable, fields: list[int]) -> Array | None:
    names = header.names or ()
    field = names.index("RECORD") if "RECORD" in names else -1
    return table.values[fields.index(field)] if field in fields else None  # else they are no numbers


def _timing(stamps: Stamps, counts: Array | None, lines: npt.NDArray[np.int64], source: str) -> _Timing:
    known = stamps[stamps != _UNREADABLE]
    first, last = np.datetime64(int(known[0]), "ns"), np.datetime64(int(known[-1]), "ns")
    steps = np.diff(known)
    rate = _rate(steps, float(known[-1] - known[0]) / _NS)
    timing = _Timing(rate=rate, first=first, last=last)
    if rate is None or 2 * np.count_nonzero(steps == 0) > steps.size:
        return timing
    log = ProblemLog(source)
    layout = Layout("", rate, (), "records", 0.0)
    try:
        placement = place_records(Clock(lines.size, lines, stamps[: lines.size], counts), layout, None, log)
    except ReadError:
        # The estimated rate fits the mean of the stamps but not their spacing: no regular clock.
        return timing
    slot = np.arange(lines.size) if placement.slot is None else placement.slot
    used = slot[slot >= 0]
    holes = np.diff(used) - 1
    repeated = int(np.count_nonzero((slot < 0) & (stamps[: lines.size] != _UNREADABLE)))
    return replace(timing, gaps=int(np.count_nonzero(holes)), lost=int(holes.sum()), repeated=repeated)


def _rate(steps: Stamps, seconds: float) -> float | None:
    forward = steps[steps > 0]
    if forward.size == 0:
        return None
    spaced = _NS / float(np.median(forward))
    mean = steps.size / seconds if seconds > 0 else spaced
    coarse = 2 * np.count_nonzero(steps == 0) > steps.size
    for found, near in ((mean if coarse else spaced, _NEAR), (mean, _NEAR_MEAN)):
        usual = min(COMMON_RATES, key=lambda rate: abs(found / rate - 1))
        if abs(found / usual - 1) < near:
            return usual
    return mean if coarse else spaced
