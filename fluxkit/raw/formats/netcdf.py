"""netCDF and HDF5 files whose one-dimensional variables are the columns, in groups or not.

Columns are named by their path, as ``HARV/dp0p/data/soni/000_060/veloXaxs``: so are the files of NEON's
towers. Records are the variables of the greatest length. Their time is a variable called ``time`` of that
length: numbers with units after the CF conventions, which are UTC, or texts as 2019-07-01T00:00:00.050Z.

Variables over time and a dimension ``sample`` (NCAR's ISFS: ``u(time, sample)``, a second of samples to each
time) are columns of one record per sample; slower ones are held. A time in the middle of its interval, as
ISFS has it, is told from one at its begin by its place in round intervals.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.channels import Channel, believable
from fluxkit.raw.described import Columns, SelfDescribedTable, samples_of
from fluxkit.raw.formats.variables import CLASSIC, CLASSIC_64, HDF5, Variable, loaded, variables
from fluxkit.raw.layout import Layout
from fluxkit.raw.missing import missing_numbers
from fluxkit.raw.opening import Contents, contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Array, Problem, ProblemLog, Samples
from fluxkit.raw.text.stamp_texts import of_texts, stamp_instant
from fluxkit.raw.text.table import Stamps

TIME = "time"
#: Begin of the name of a dimension that counts the samples of one time.
SAMPLE = "sample"
#: How near to the middle of a round interval a time counts as such, in intervals.
_NEAR_MIDDLE = 0.05
_MOST_NAMES = 12
#: What may be 0 throughout: status words and strengths of signals.
_STATES = ("diag", "signal")
_DATE = r"\d{4}-\d\d?-\d\d?"
_SINCE = re.compile(
    rf"(\w+) since ({_DATE})(?:[ T](\d\d?:\d\d(?::\d\d(?:\.\d{{1,9}})?)?))?(?: ?(?:Z|UTC|\+?0?0:?00))?",
    re.ASCII,
)
_UNITS_NS = {
    "nanosecond": 1,
    "microsecond": 1_000,
    "millisecond": 1_000_000,
    "second": 1_000_000_000,
    "minute": 60_000_000_000,
    "hour": 3_600_000_000_000,
    "day": 86_400_000_000_000,
}
_UNREADABLE = np.iinfo(np.int64).min
#: Latest time from its origin, 146 years. [ns]
_LATEST_NS = 2**62
#: Share of records that may have different times before their predecessors': more is another order.
_MOST_TORN = 0.5
#: Step behind stamps that are the same, over the usual one, from which on they are not merely coarse.
_MOST_COARSE = 1.5


def sniff(head: bytes) -> bool:
    """Whether the content begins with the mark of netCDF or HDF5."""
    return head.startswith((*CLASSIC, CLASSIC_64, HDF5))


def read(path: str | Path, layout: Layout) -> Samples:
    """Read a netCDF or HDF5 file.

    Parameters
    ----------
    path : str or pathlib.Path
        Plain, gzip, xz, bzip2 or zip file.
    layout : Layout
        Columns by path, or by position among the columns as inspection lists them; ``time_column`` names the
        time if it is not called so.

    Raises
    ------
    ReadError
        The file is damaged or cut, or holds no such variables.
    """
    content = contents(path)
    log = ProblemLog(content.source)
    first = next((c.source for c in layout.columns if isinstance(c.source, str)), "")
    measured = [c.source for c in layout.columns if not c.variable.startswith(_STATES)]
    time_column = layout.only_time_column(content.source)
    found = columns_of_groups(content, time_column, beside=first, measured=measured, log=log)
    _require_columns(content, layout, found.names)
    return samples_of(found, layout, log)


def describe(content: Contents, log: ProblemLog) -> SelfDescribedTable:
    """List the columns.

    Raises
    ------
    ReadError
        The file is damaged or cut, or holds no records.
    """
    return columns_of_groups(content, None)


def columns_of_groups(
    content: Contents,
    time_column: str | int | None,
    *,
    beside: str = "",
    measured: Collection[str | int] = (),
    log: ProblemLog | None = None,
) -> SelfDescribedTable:
    """List the columns, with a time of another name, or of the group of another column; see `describe`.

    Those ``measured``, by name or position, cannot be 0 throughout: HDF5 reads space that it lost so.
    """
    source = content.source
    every = variables(content, rank=None)
    found = {name: variable for name, variable in every.items() if len(variable.shape) == 1}
    by_sample = _sampled(every)
    if by_sample is not None:
        axis, samples = by_sample
        columns = [v for v in every.values() if _fits(v, axis, samples)]
        length = samples * next(v.shape[v.dims.index(axis)] for v in columns if len(v.shape) == 2)
        timed = [v for v in columns if len(v.shape) == 1]
    else:
        samples = 1
        length = max((variable.size for variable in found.values()), default=0)
        columns = timed = [variable for variable in found.values() if variable.size == length]
    if not columns:
        raise ReadError(
            source, f"holds no one-dimensional variable with values{_listed('; there are', every.values())}"
        )
    time = _time(timed, time_column, beside.rpartition("/")[0], source)
    stamps, utc = (None, False) if time is None else _stamps(time)
    torn = None
    if stamps is not None and by_sample is not None:
        stamps = _of_samples(stamps, samples)
    elif time is not None and stamps is not None and not time.text and content.data.startswith(CLASSIC):
        torn = _torn(stamps, log)

    def load(fields: Sequence[int], missing: Sequence[str]) -> Columns:
        codes = missing_numbers(missing)
        table = np.full((len(fields), length), np.nan)
        rows = [k for k, field in enumerate(fields) if not columns[field].text]
        chosen = [columns[fields[k]] for k in rows]
        for k, variable, stored in zip(rows, chosen, loaded(chosen, scaled=True), strict=True):
            values = Channel("", "", np.ravel(stored)).values(codes)
            table[k] = values if by_sample is None else _series(variable, values, axis, samples)
        if torn is not None:
            table[:, torn] = np.nan
        for k in rows:
            variable = columns[fields[k]]
            known = bool({variable.name, fields[k] + 1} & {*measured})
            piece = variable.piece if by_sample is None else 0
            _require_written(table[k], variable.name, piece, known, source, log)
        return Columns(table, np.arange(1, length + 1), stamps)

    return SelfDescribedTable(
        source=source,
        size=len(content.data),
        names=tuple(variable.name for variable in columns),
        units=tuple(variable.unit for variable in columns),
        kinds="".join("s" if v is time else "t" if v.text else "n" for v in columns),
        load=load,
        utc=utc,
    )


def _require_columns(content: Contents, layout: Layout, names: Sequence[str]) -> None:
    """Say what a wanted variable is that is in the file and is no column."""
    wanted = [c.source for c in layout.columns if isinstance(c.source, str) and c.source not in names]
    if not wanted:
        return
    every = variables(content, rank=None)
    if wanted[0] in every:
        others = _listed("; others", [v for name, v in every.items() if name != wanted[0]])
        raise ReadError(
            content.source,
            f"variable {_shaped(every[wanted[0]])} is no column: records are variables of the greatest "
            f"length over one dimension, or over time and a dimension called {SAMPLE}; what has an "
            f"axis of its own may be read as an entry of [[sources]] from a file of its own{others}",
        )


def _listed(before: str, found: Iterable[Variable]) -> str:
    shown = [_shaped(variable) for variable in found]
    more = f" and {len(shown) - _MOST_NAMES} more" if len(shown) > _MOST_NAMES else ""
    return f"{before}: {', '.join(shown[:_MOST_NAMES])}{more}" if shown else ""


def _shaped(variable: Variable) -> str:
    """Name of a variable with its dimensions."""
    dims = zip(variable.dims, variable.shape, strict=True)
    return f"{variable.name}({', '.join(f'{name}: {size}' for name, size in dims)})"


def _sampled(every: Mapping[str, Variable]) -> tuple[str, int] | None:
    """Name of the time's dimension and samples to each time, of variables with most of them."""
    longest = max((v.size for v in every.values() if len(v.shape) == 1), default=0)
    found = [
        (v.size, v.dims[1 - k], v.shape[k])
        for v in every.values()
        if len(v.shape) == 2 and v.size > longest
        for k in (0, 1)
        if _of_sample(v.dims[k]) and not _of_sample(v.dims[1 - k])
    ]
    if not found:
        return None
    _, axis, samples = max(found, key=lambda entry: entry[0])
    return axis, samples


def _of_sample(dimension: str) -> bool:
    return dimension.rpartition("/")[2].lower().startswith(SAMPLE)


def _fits(variable: Variable, axis: str, samples: int) -> bool:
    """Whether a variable is a column beside others of so many samples to each time, held if slower."""
    if axis not in variable.dims:
        return False
    if len(variable.shape) == 1:
        return True
    k = 1 - variable.dims.index(axis)
    return _of_sample(variable.dims[k]) and samples % variable.shape[k] == 0


def _series(variable: Variable, values: Array, axis: str, samples: int) -> Array:
    """Values sample by sample: (times x samples,)."""
    if len(variable.shape) == 1:
        return np.repeat(values, samples)
    grid = values.reshape(variable.shape)
    if variable.dims.index(axis) == 1:
        grid = grid.T
    return np.repeat(grid, samples // grid.shape[1], axis=1).ravel()


def _of_samples(stamps: Stamps, samples: int) -> Stamps:
    """Stamp of each sample: (times x samples,), the begin of its interval."""
    known = stamps[stamps != _UNREADABLE]
    steps = np.diff(known)
    steps = steps[steps > 0]
    if not steps.size:
        return np.full(stamps.size * samples, _UNREADABLE, np.int64)
    interval = int(np.median(steps))
    # In the middle of round intervals: half of one is left over.
    phase = float(np.median(known % interval)) / interval
    begin = interval // 2 if abs(phase - 0.5) < _NEAR_MIDDLE else 0
    each = np.rint(np.arange(samples) * (interval / samples)).astype(np.int64) - begin
    out = np.where((stamps == _UNREADABLE)[:, None], _UNREADABLE, stamps[:, None] + each)
    return out.ravel()


def _torn(stamps: Stamps, log: ProblemLog | None) -> npt.NDArray[np.bool_] | None:
    """Records at and beside stamps that cannot be: classic files have no sums, and hold records as they are.

    Where a block was lost, doubled or never written, the record at its edge is written in part.
    """
    known = stamps != _UNREADABLE
    later = np.maximum.accumulate(np.where(known, stamps, np.iinfo(np.int64).min))
    bad = ~known
    bad[1:] |= known[1:] & (stamps[1:] < later[:-1])
    bad[: _blank_begin(stamps[known])] |= known.all()
    back = stamps[bad & known]
    if not bad.any() or np.unique(back).size > _MOST_TORN * bad.size:
        return None
    beside: npt.NDArray[np.bool_] = bad.copy()
    beside[:-1] |= bad[1:]
    beside[1:] |= bad[:-1]
    if log is not None:
        reason = (
            f"{np.count_nonzero(bad)} records have no time, or one before their predecessors', as where a "
            "block was lost or never written: they were left out with those beside them"
        )
        log.add(Problem(log.source, int(np.argmax(bad)) + 1, "line", reason))
    return beside


def _blank_begin(stamps: Stamps) -> int:
    """Return how many of the first records share the origin of time since they were never written."""
    steps = np.diff(stamps)
    later = steps[steps > 0]
    same = int(np.argmax(steps > 0)) + 1 if later.size else 0
    return same if same > 1 and later[0] > _MOST_COARSE * np.median(later) else 0


def _require_written(
    values: Array, name: str, piece: int, measured: bool, source: str, log: ProblemLog | None
) -> None:
    """Tell of pieces without any value; what is measured and 0 throughout has none."""
    length = piece if 1 < piece < values.size else values.size
    begins = np.arange(0, values.size, length)
    empty = np.logical_and.reduceat(np.isnan(values), begins)
    zero = measured and values.size > 1 and not values.any()
    if zero:
        values[:] = np.nan
        what = "is 0 throughout"
    elif empty.any():
        part = f" in {np.count_nonzero(empty)} of {empty.size} pieces of the file" if empty.size > 1 else ""
        what = f"has no value{part}"
    if log is not None and (zero or empty.any()):
        reason = f"column {name!r} {what}, as where it was not measured, or the file was cut or never written"
        log.add(Problem(source, int(np.argmax(empty)) * length + 1, "value", reason))


def _time(columns: Sequence[Variable], wanted: str | int | None, group: str, source: str) -> Variable | None:
    if wanted is None:
        times = [v for v in columns if v.name.rpartition("/")[2].lower() == TIME]
        own = [v for v in times if v.name.rpartition("/")[0] == group]
        return next(iter([*own, *times]), None)
    for variable in columns:
        if variable.name == wanted:
            return variable
    raise ReadError(
        source,
        f"raw.time_column = {wanted!r} is no variable as long as the records; there are: "
        f"{', '.join(variable.name for variable in columns)}",
    )


def _stamps(variable: Variable) -> tuple[Stamps | None, bool]:
    """Nanoseconds since 1970 and whether they are UTC; None where the variable has no date."""
    if variable.text:
        return of_texts(variable.load(False))
    match = _SINCE.fullmatch(variable.unit.strip())
    unit = _UNITS_NS.get(match[1].lower().removesuffix("s")) if match else None
    if match is None or unit is None:
        return None, False
    origin = stamp_instant(match[2], match[3] or "00:00")
    if origin is None:
        return None, False
    counts = variable.load(False)
    known = np.abs(counts.astype(np.float64)) < _LATEST_NS / unit  # false where NaN
    stamps = np.full(counts.size, _UNREADABLE, np.int64)
    whole = np.floor(counts[known]).astype(np.int64)
    # Fractions to the microsecond: more is noise of a double that counts seconds.
    part = np.round((counts[known] - whole) * (unit / 1000.0)).astype(np.int64) * 1000
    stamps[known] = origin + whole * unit + part
    return believable(stamps), True


READER = Reader(
    "netcdf",
    sniff,
    read,
    describe=describe,
    whole=True,
    what="netCDF and HDF5 (NEON's too): one-dimensional variables, named by their path through the groups; "
    "variables over time and `sample` (ISFS)",
    times="a variable `time`, or the file name",
)
