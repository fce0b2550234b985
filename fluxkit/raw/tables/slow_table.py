"""A text table of slow readings: its columns as times and numbers, or a message that names the place."""

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from fluxkit.errors import ReadError
from fluxkit.raw.formats.bundle import unpack
from fluxkit.raw.opening import Contents, contents, head, is_workbook
from fluxkit.raw.registry import reader
from fluxkit.raw.samples import ProblemLog
from fluxkit.raw.tables.workbook import Rows, refuse_others, workbook_rows
from fluxkit.raw.text.date_order import guess_words
from fluxkit.raw.text.header import Header
from fluxkit.raw.text.table import Lines, TextTable, parse_records
from fluxkit.raw.text.time_parts import TimeFields
from fluxkit.site.sections.strict import did_you_mean

logger = logging.getLogger(__name__)

Array = npt.NDArray[np.float64]

#: A number beyond this in a column of times is no hour, but hours and minutes.
_HOURS = 24
#: Texts without a value, whatever the configuration says.
EMPTY = ("", "NAN", "NaN", "nan", "NA", '"NAN"')


@dataclass(frozen=True)
class SlowTable:
    """One file, all cells as text; of a workbook dates and times in ISO's form."""

    path: Path
    frame: pd.DataFrame
    header_rows: int
    missing: Sequence[str]
    section: str  #: of the configuration, for messages
    of_workbook: bool = False  #: dates and times are in ISO's form
    stamps: npt.NDArray[np.datetime64] | None = None  #: of a logger's binary table, as written

    @classmethod
    def read(
        cls,
        path: Path,
        *,
        delimiter: str,
        header_rows: int,
        names_row: int,
        missing: Sequence[str],
        section: str,
        worksheet: str | None = None,
    ) -> Self:
        """Read a file.

        Parameters
        ----------
        path : pathlib.Path
        delimiter : str
            Of the columns; "whitespace" for any run of blanks.
        header_rows, names_row : int
            Lines before the data; which of them holds the names, 1 = first.
        missing : sequence of str
            Texts that mean "no value".
        section : str
            Of the configuration, for messages.
        worksheet : str, optional
            Of an Excel workbook, where several hold something.

        Raises
        ------
        ReadError
            The file cannot be read as such a table.
        """
        content = _content(path)
        refuse_others(str(path), content)
        if is_workbook(content):
            rows = workbook_rows(str(path), content, worksheet)
            frame = _framed(str(path), rows, header_rows, names_row, section)
            return cls(path, frame, header_rows, missing, section, of_workbook=True)
        binary = _binary(path, missing)
        if binary is not None:
            return cls(path, binary[0], 0, missing, section, stamps=binary[1])
        skipped = [k for k in range(header_rows) if k != names_row - 1]
        separator = r"\s+" if delimiter == "whitespace" else delimiter
        try:
            frame = pd.read_csv(
                io.BytesIO(content),
                sep=separator,
                skiprows=skipped,
                header=0,
                dtype=str,
                keep_default_na=False,
            )
        except (OSError, ValueError) as error:
            raise ReadError(
                str(path), f"cannot be read as a table: {error}; check {section}.delimiter and header_rows"
            ) from error
        return cls(path, frame, header_rows, missing, section)

    def column(self, column: str | int) -> "pd.Series[str]":
        """Return the texts of a column by name, or by position, 1 = first.

        Raises
        ------
        ReadError
            The column does not exist.
        """
        known = [str(name) for name in self.frame.columns]
        if isinstance(column, int):
            if not 1 <= column <= len(known):
                raise ReadError(str(self.path), f"no column {column}; it has {len(known)} ({self.section})")
            return self.frame.iloc[:, column - 1].str.strip().str.strip('"')
        if column not in known:
            hint = did_you_mean(column, known) or ";"
            columns = ", ".join(known)
            raise ReadError(
                str(self.path), f"no column {column!r}{hint} its columns: {columns} ({self.section})"
            )
        return self.frame[column].str.strip().str.strip('"')

    def stamped(self, columns: Sequence[str | int]) -> TextTable | None:
        """Return the stamps as raw files have them, None of a binary table."""
        if self.stamps is not None:
            return None
        return _stamped(self._clocked(columns), None, str(self.path))

    def times(
        self,
        columns: Sequence[str | int],
        form: str | None,
        utc_offset_h: float,
        day_first: bool | None = None,
    ) -> npt.NDArray[np.datetime64]:
        """Return the stamps in UTC.

        Parameters
        ----------
        columns : sequence of str or int
            One column, or several that are joined by a blank.
        form : str or None
            As of ``strftime``; %H%M may lack leading zeros and be 2400. None: as raw files are read.
        utc_offset_h : float
            Of stamps that name no zone. [h]
        day_first : bool, optional
            Whether 01/07/2024 is in July, without ``form``.

        Raises
        ------
        ReadError
            A stamp is none; the message names its line.
        """
        utc = False
        if self.stamps is not None:
            found = self.stamps
        elif form is None:
            texts = self._clocked(columns)
            table = _stamped(texts, day_first, str(self.path))
            assert table.stamps is not None
            found, utc = table.stamps.view("datetime64[ns]"), table.utc
            if np.isnat(found).any() and not utc:  # a date without time, and what else the standard allows
                found = np.where(np.isnat(found), _by_form(texts, "ISO8601", self.path)[0], found)
        else:
            texts = self._joined(columns)
            found, utc = _by_form(texts, form, self.path)
        if np.isnat(found).any():
            row = int(np.argmax(np.isnat(found)))
            what = "no time" if self.stamps is not None else f"{texts.iloc[row]!r} is not a time"
            raise ReadError(
                str(self.path),
                f"{what} of the form {form or 'ISO 8601'}: set {self.section}.time_format",
                line=row + 1 + self.header_rows,
            )
        return found - np.timedelta64(0 if utc else round(utc_offset_h * 3600e9), "ns")

    def _joined(self, columns: Sequence[str | int]) -> "pd.Series[str]":
        texts = self.column(columns[0])
        for column in columns[1:]:
            texts = texts + " " + self.column(column)
        return texts

    def _clocked(self, columns: Sequence[str | int]) -> "pd.Series[str]":
        """Return the stamps of columns of which the last may hold hours and minutes as one number."""
        last = self.column(columns[-1])
        numbers = last.str.fullmatch(r"[0-9]{1,4}")
        if len(columns) == 1 or not numbers.all() or last.astype(int).max() <= _HOURS:
            return self._joined(columns)
        texts = self.column(columns[0])
        for column in columns[1:-1]:
            texts = texts + " " + self.column(column)
        four = last.str.zfill(4)
        return texts + " " + four.str[:2] + ":" + four.str[2:]

    def numbers(self, column: str | int) -> Array:
        """Return a column as numbers, NaN for missing values.

        Raises
        ------
        ReadError
            A cell is neither a number nor one of the texts for "no value".
        """
        texts = self.column(column)
        absent = texts.isin([*EMPTY, *self.missing])
        numbers = pd.to_numeric(texts.where(~absent), errors="coerce")
        odd = (numbers.isna() & ~absent).to_numpy()
        if odd.any():
            row = int(np.argmax(odd))
            raise ReadError(
                str(self.path),
                f"{texts.iloc[row]!r} in column {column} is not a number: if it means 'no value', list it in "
                f"{self.section}.missing",
                line=row + 1 + self.header_rows,
            )
        values = numbers.to_numpy(dtype=np.float64, copy=True)
        codes = pd.to_numeric(pd.Series(list(self.missing), dtype=str), errors="coerce").to_numpy(np.float64)
        values[np.isin(values, codes[np.isfinite(codes)])] = np.nan  # -9999.0 where -9999 was named
        return values


def _framed(source: str, rows: Rows, header_rows: int, names_row: int, section: str) -> pd.DataFrame:
    """Return the rows of a worksheet below its names; columns of one name get a number as in a CSV."""
    if len(rows) <= header_rows:
        raise ReadError(source, f"has {len(rows)} rows, so none below {header_rows} ({section}.header_rows)")
    names: list[str] = []
    for k, name in enumerate(rows[names_row - 1]):
        name = name or f"Unnamed: {k}"
        again = names.count(name) + sum(other.startswith(f"{name}.") for other in names)
        names.append(f"{name}.{again}" if again else name)
    return pd.DataFrame(rows[header_rows:], columns=names, dtype=str)


def common_order(
    tables: Sequence[SlowTable],
    columns: Sequence[str | int],
    day_first: bool | None,
    utc_offset_h: float,
    section: str,
) -> bool | None:
    """Return whether dates have the day first, as any of the tables shows it.

    A guess, and a zone that stamps name and the configuration does not, are told once.

    Raises
    ------
    ReadError
        Some tables show one order, some the other.
    """
    read = [(table, stamped) for table in tables if (stamped := table.stamped(columns)) is not None]
    other = [(t.path, zone / 60.0) for t, s in read for zone in s.zones if zone / 60.0 != utc_offset_h]
    if other:
        logger.warning(
            "%s: stamps name their zone, UTC%+g h in %s: it is used, not utc_offset_h = %g",
            section, other[0][1], other[0][0], utc_offset_h,
        )  # fmt: skip
    if day_first is not None:
        return day_first
    found = [(table, stamped.dates) for table, stamped in read]
    shown = {dates.shown: table for table, dates in found if dates.shown is not None}
    if len(shown) > 1:
        raise ReadError(
            str(shown[True].path), f"dates have the day first, in {shown[False].path} the month: "
            f"give {section}.files of one kind"
        )  # fmt: skip
    if shown:
        return next(iter(shown))
    examples = [dates for _, dates in found if dates.open]
    if examples:
        logger.warning("%s: %s", section, guess_words(examples[0], f"{section}.day_first"))
        return examples[0].usual
    return None


def _stamped(texts: "pd.Series[str]", day_first: bool | None, source: str) -> TextTable:
    """Read stamps as those of raw files are read."""
    data = "".join(f"{text or '-'}\n" for text in texts).encode()
    lines = Lines(Contents(source, data), cut=False)
    times = TimeFields((0,), day_first=day_first)
    return parse_records(
        lines, Header((), None, 1, 0), "\t", [], stamp=times, log=ProblemLog(source), strict=False
    )


def _by_form(texts: "pd.Series[str]", form: str, path: Path) -> tuple[npt.NDArray[np.datetime64], bool]:
    """Read stamps of a form: instants, NaT of none, and whether they are in UTC."""
    late = np.zeros(len(texts), np.bool_)
    if "%H%M" in form:
        texts, late = _padded(texts, form)
    try:
        found = pd.to_datetime(texts, format=form, errors="coerce")
    except ValueError as error:  # some stamps name one zone, others another or none
        raise ReadError(str(path), f"stamps cannot be read: {error}") from error
    utc = found.dt.tz is not None
    if utc:
        found = found.dt.tz_convert("UTC").dt.tz_localize(None)
    times = found.to_numpy().astype("datetime64[ns]")
    times[late] += np.timedelta64(1, "D")
    return times, utc


def _padded(texts: "pd.Series[str]", form: str) -> tuple["pd.Series[str]", npt.NDArray[np.bool_]]:
    """Give times such as 30 or 130 their four digits, and 2400 as 0000: True of the next day."""
    tokens = form.split()
    widths = {k: len(token) for k, token in enumerate(tokens) if token in ("%H%M", "%H%M%S")}
    padded, late = [], []
    for text in texts:
        parts = text.split()
        midnight = False
        if len(parts) == len(tokens):
            for k, width in widths.items():
                if parts[k].isdecimal():
                    parts[k] = parts[k].zfill(width)
                    midnight = parts[k] == "2400".ljust(width, "0")
                    parts[k] = "0" * width if midnight else parts[k]
            text = " ".join(parts)
        padded.append(text)
        late.append(midnight)
    return pd.Series(padded, index=texts.index, dtype=str), np.array(late, np.bool_)


def _binary(path: Path, missing: Sequence[str]) -> tuple[pd.DataFrame, npt.NDArray[np.datetime64]] | None:
    """Columns of a logger's binary table as texts, and its stamps; None of any other file."""
    form = next((reader(name) for name in ("tob1", "tob3") if reader(name).sniff(head(path))), None)
    if form is None or form.describe is None:
        return None
    table = form.describe(contents(path), ProblemLog(str(path)))
    columns = table.load(range(len(table.names)), missing)
    if columns.stamps is None:
        raise ReadError(str(path), "its records carry no time")
    texts = {
        name: ["" if np.isnan(x) else repr(float(x)) for x in values]
        for name, values in zip(table.names, columns.values, strict=True)
    }
    return pd.DataFrame(texts, dtype=str), columns.stamps.view("datetime64[ns]")


def _content(path: Path) -> bytes:
    """The unpacked file, or the table of slow measurements inside LI-COR's archive."""
    if path.suffix.lower() != ".ghg":
        return contents(path).data
    biomet = unpack(contents(path), ProblemLog(str(path))).biomet
    if biomet is None:
        raise ReadError(str(path), "holds no table of slow measurements (-biomet.data)")
    return biomet.data
