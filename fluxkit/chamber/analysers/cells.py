"""A text table of an analyser as columns; values that are not numbers are reported once per column."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from fluxkit.chamber.analysers.numerals import LARGEST
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.samples import Array, Problem, ProblemLog

#: Texts without a value, in whatever capitals.
EMPTY = frozenset({"", "nan", "na", "n/a", "#n/a", "no data", "null", "none", "-nan", "inf", "-inf"})
_LONGEST_QUOTE = 40
#: What no text holds in a row: zeros, or the bytes of an erased card.
_NEVER_WRITTEN = (b"\0" * 8, b"\xff" * 4)


def text_lines(content: Contents, log: ProblemLog) -> list[str]:
    """Return the lines of a file without their ends, of a torn archive the whole ones."""
    data = content.data
    if content.truncated:
        log.add(
            Problem(content.source, None, "rest of file", "the archive is incomplete: copy the file again")
        )
        data = data[: data.rfind(b"\n") + 1]
    data = _without_unwritten(content.source, data, log)
    if b"\x00" in data:
        raise ReadError(content.source, "holds zero bytes, so it is not text; copy the file again")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # degree signs of older firmware
    text = text.replace("\r\r\n", "\n")  # as editors leave what was converted twice
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _without_unwritten(source: str, data: bytes, log: ProblemLog) -> bytes:
    """Empty lines with space that was never written: what stands on both sides may be of two records."""
    if not any(fill in data for fill in _NEVER_WRITTEN):
        return data
    lines = data.split(b"\n")
    lost = [k for k, line in enumerate(lines) if any(fill in line for fill in _NEVER_WRITTEN)]
    for k in lost:
        lines[k] = b""
    reason = f"{len(lost)} lines hold space that was never written: they were left out"
    log.add(Problem(source, lost[0] + 1, "line", reason))
    return b"\n".join(lines)


def tell_others(lines: Sequence[str], places: Sequence[int], log: ProblemLog) -> None:
    """Tell of lines among the records that are none.

    Parameters
    ----------
    lines : sequence of str
        Of the file.
    places : sequence of int
        Of those lines, 1 = first of the file.
    log : ProblemLog
        Gets one sentence.
    """
    if places:
        shown = lines[places[0] - 1].strip()[:_LONGEST_QUOTE]
        reason = f"{len(places)} lines among the records are none, such as {shown!r}: they were left out"
        log.add(Problem(log.source, places[0], "line", reason))


@dataclass
class Cells:
    """Records of one file, all cells as text."""

    names: Sequence[str]
    rows: list[list[str]]
    lines: list[int]  #: of each row, 1 = first of the file
    log: ProblemLog
    used: set[str] = field(default_factory=set)  #: columns that were asked for
    _place: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for k, name in enumerate(self.names):
            self._place.setdefault(name, k)

    @property
    def size(self) -> int:
        """Number of records."""
        return len(self.rows)

    @property
    def source(self) -> str:
        """Path of the file."""
        return self.log.source

    def __contains__(self, name: str) -> bool:
        return name in self._place

    def texts(self, name: str) -> list[str]:
        """Return the cells of a column.

        Raises
        ------
        ReadError
            The column does not exist.
        """
        if name not in self._place:
            known = ", ".join(self.names)
            raise ReadError(self.source, f"has no column {name!r}; its columns: {known}")
        self.used.add(name)
        k = self._place[name]
        return [row[k] for row in self.rows]

    def numbers(self, name: str, missing: Iterable[float] = ()) -> Array:
        """Return a column as numbers, NaN where there is none or one of ``missing``."""
        texts = self.texts(name)
        values = np.empty(len(texts))
        odd: list[int] = []
        for k, text in enumerate(texts):
            try:
                values[k] = float(text)
            except ValueError:
                values[k] = math.nan
            if not abs(values[k]) <= LARGEST:
                values[k] = math.nan
                if text.strip().strip('"').lower() not in EMPTY:
                    odd.append(k)
        if odd:
            quoted = texts[odd[0]].strip()[:_LONGEST_QUOTE]
            reason = f"{quoted!r} in column {name} is no number that can be measured"
            more = f"; so are {len(odd) - 1} more of this column" if len(odd) > 1 else ""
            self.log.add(Problem(self.source, self.lines[odd[0]], "value", reason + more))
        for code in missing:
            values[values == code] = math.nan
        return values

    def keep(self, chosen: Sequence[bool]) -> "Cells":
        """Return the records that are chosen."""
        picked = [k for k, wanted in enumerate(chosen) if wanted]
        return Cells(
            self.names, [self.rows[k] for k in picked], [self.lines[k] for k in picked], self.log, self.used
        )


def table_of(
    names: Sequence[str],
    lines: Sequence[str],
    first: int,
    mark: str | None,
    log: ProblemLog,
    *,
    widest: int | None = None,
) -> Cells:
    """Split lines into records; lines with another number of fields are left out and reported.

    Parameters
    ----------
    names : sequence of str
        Of the columns.
    lines : sequence of str
        Records; blank ones are passed over.
    first : int
        Line of the first of them in the file, 1-based.
    mark : str or None
        Between fields; None is any white space.
    log : ProblemLog
        Gets what is lost.
    widest : int, optional
        Most fields that a record may have where some carry more than the header names.
    """
    width = len(names)
    most = width if widest is None else widest
    rows: list[list[str]] = []
    places: list[int] = []
    for k, line in enumerate(lines):
        fields = line.split(mark)
        if mark is not None and (" " in line or "\t" in line):
            fields = [cell.strip() for cell in fields]
        if len(fields) == width or width < len(fields) <= most:
            rows.append(fields)
            places.append(first + k)
        elif not line.strip() and (mark is None or mark not in line):
            continue
        elif mark is not None and len(fields) == width + 1 and not fields[-1]:
            rows.append(fields[:-1])  # a delimiter at the end of the line
            places.append(first + k)
        else:
            last = k == len(lines) - 1
            what = "the file ends within a record" if last else "copy the file again if there are many"
            log.add(
                Problem(log.source, first + k, "line", f"has {len(fields)} fields instead of {width}: {what}")
            )
    return Cells(tuple(names), rows, places, log)
