"""A text table of slow readings: its columns as times and numbers, or a message that names the place."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from fluxkit.errors import ReadError
from fluxkit.raw.formats.bundle import unpack
from fluxkit.raw.opening import contents, is_workbook
from fluxkit.raw.samples import ProblemLog
from fluxkit.raw.tables.workbook import Rows, refuse_others, workbook_rows
from fluxkit.site.sections.strict import did_you_mean

Array = npt.NDArray[np.float64]

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

    def times(self, columns: Sequence[str | int], form: str | None) -> npt.NDArray[np.datetime64]:
        """Return the stamps as written, without a zone.

        Parameters
        ----------
        columns : sequence of str or int
            One column, or several that are joined by a blank.
        form : str or None
            As of ``strftime``; None: ISO 8601.

        Raises
        ------
        ReadError
            A stamp is none; the message names its line.
        """
        texts = self.column(columns[0])
        for column in columns[1:]:
            texts = texts + " " + self.column(column)
        try:
            found = pd.to_datetime(texts, format=form or "ISO8601", errors="coerce")
        except ValueError as error:  # some stamps name one zone, others another or none
            raise ReadError(str(self.path), f"stamps cannot be read: {error}") from error
        if found.dt.tz is not None:
            found = found.dt.tz_localize(None)
        if found.isna().any():
            row = int(np.argmax(found.isna().to_numpy()))
            raise ReadError(
                str(self.path),
                f"{texts.iloc[row]!r} is not a time of the form {form or 'ISO 8601'}: "
                f"set {self.section}.time_format",
                line=row + 1 + self.header_rows,
            )
        return found.to_numpy().astype("datetime64[ns]")

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


def _content(path: Path) -> bytes:
    """The unpacked file, or the table of slow measurements inside LI-COR's archive."""
    if path.suffix.lower() != ".ghg":
        return contents(path).data
    biomet = unpack(contents(path), ProblemLog(str(path))).biomet
    if biomet is None:
        raise ReadError(str(path), "holds no table of slow measurements (-biomet.data)")
    return biomet.data
