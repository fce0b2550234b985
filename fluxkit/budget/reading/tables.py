"""Tables that people wrote, CSV or Excel: columns by name, the nearest named where one lacks."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from fluxkit.errors import ReadError
from fluxkit.locations import location
from fluxkit.raw.opening import is_workbook
from fluxkit.raw.tables.workbook import refuse_others, workbook_rows
from fluxkit.site.sections.strict import did_you_mean, nearest

Array = npt.NDArray[np.float64]

#: Texts that mean "no value".
EMPTY = frozenset(("", "NA", "N/A", "NaN", "nan", "-9999", "-9999.0", "-9999.00", "-", "null"))


@dataclass(frozen=True)
class Table:
    """A table as texts."""

    path: Path
    frame: pd.DataFrame
    first_line: int  #: of its records, 1-based

    def line(self, row: int) -> int:
        """Return the line of a row in the file."""
        return row + self.first_line

    def has(self, name: str) -> bool:
        """Whether there is such a column, capitals ignored."""
        return self._found(name) is not None

    def _found(self, name: str) -> str | None:
        folded = {str(column).strip().casefold(): str(column) for column in self.frame.columns}
        return folded.get(name.strip().casefold())

    def texts(self, name: str) -> list[str]:
        """Return a column as texts.

        Raises
        ------
        ReadError
            There is none of that name.
        """
        found = self._found(name)
        if found is None:
            known = [str(column) for column in self.frame.columns]
            hint = did_you_mean(name, known) or ";"
            raise ReadError(str(self.path), f"no column {name!r}{hint} its columns: {', '.join(known)}")
        return [str(text).strip() for text in self.frame[found]]

    def numbers(self, name: str) -> Array:
        """Return a column as numbers, NaN where empty.

        Raises
        ------
        ReadError
            There is no such column, or a cell is not a number; its line is named.
        """
        made = np.full(len(self.frame), np.nan)
        for row, text in enumerate(self.texts(name)):
            if text in EMPTY:
                continue
            try:
                made[row] = float(text)
            except ValueError:
                raise ReadError(
                    str(self.path), f"{text!r} in column {name} is not a number", line=self.line(row)
                ) from None
        made[made == -9999.0] = np.nan
        return made

    def years(self, name: str) -> Array:
        """Return a column of dates or years as years with their fraction: 2015.5 is the middle of 2015.

        A year alone stands for its middle.

        Raises
        ------
        ReadError
            A cell is neither.
        """
        made = np.full(len(self.frame), np.nan)
        for row, text in enumerate(self.texts(name)):
            if text in EMPTY:
                continue
            try:
                made[row] = _year(text)
            except ValueError:
                raise ReadError(
                    str(self.path),
                    f"{text!r} in column {name} is no year or date (2015, 2015-07-14)",
                    line=self.line(row),
                ) from None
        return made


def _year(text: str) -> float:
    if len(text) == 4 and text.isdecimal():
        return int(text) + 0.5
    try:
        number = float(text)
    except ValueError:
        day = np.datetime64(text.replace("/", "-")[:10], "D")
        begin = day.astype("M8[Y]")
        days = (begin + 1).astype("M8[D]") - begin.astype("M8[D]")
        return float(begin.astype(np.int64) + 1970 + (day - begin.astype("M8[D]")) / days)
    if not 1000 < number < 3000:
        raise ValueError(text)
    return number


def read_table(path: Path | str, *, skip: int = 0) -> Table:
    """Read a table with a line of names: comma, semicolon or tab separated, or the sheet of a workbook.

    Raises
    ------
    ReadError
        It is not there or no table.
    """
    place = location(path)
    try:
        content = place.read_bytes()
    except OSError as error:
        raise ReadError(str(path), f"cannot be read: {error.strerror or error}") from error
    refuse_others(str(path), content)
    if is_workbook(content):
        rows = workbook_rows(str(path), content)[skip:]
        if not rows:
            raise ReadError(str(path), "holds no rows")
        frame = pd.DataFrame(rows[1:], columns=[str(name) for name in rows[0]], dtype=str)
    else:
        frame = _delimited(str(path), content, skip)
    if not len(frame):
        raise ReadError(str(path), "holds names but no rows")
    return Table(place, frame, skip + 2)


def _delimited(source: str, content: bytes, skip: int) -> pd.DataFrame:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    lines = text.splitlines()
    head = lines[skip] if len(lines) > skip else ""
    separator = max((",", ";", "\t"), key=head.count)
    if not head.count(separator):
        separator = r"\s+"
    try:
        return pd.read_csv(
            io.StringIO(text), sep=separator, skiprows=skip, dtype=str, keep_default_na=False, comment=None
        )
    except ValueError as error:
        raise ReadError(source, f"is no table: {error}") from error


def the_column(table: Table, wanted: str | None, usual: tuple[str, ...], what: str) -> str:
    """Return the name of a column: the one that is named, else the first usual one that is there.

    Raises
    ------
    ReadError
        There is none.
    """
    if wanted is not None:
        table.texts(wanted)
        return wanted
    for name in usual:
        if table.has(name):
            return name
    known = [str(column) for column in table.frame.columns]
    near = next((hit for name in usual if (hit := nearest(name, known))), None)
    hint = f"; did you mean {near!r}?" if near else ";"
    raise ReadError(
        str(table.path),
        f"no column for {what} (usual: {', '.join(usual)}){hint} its columns: {', '.join(known)}",
    )
