"""Tables for people as CSV text: no cell is a formula to a spreadsheet, none moves a terminal's cursor."""

import csv
import io
from collections.abc import Iterable, Sequence

from fluxkit.errors import one_line

#: What spreadsheets take for the beginning of a formula, also in full width.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
#: What is put before it, and before what would be taken for it when read back.
_MARK = "'"


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV with line feeds.

    Parameters
    ----------
    rows : iterable of sequences
        Cells are written as text. A text that begins like a formula and is no number is given an apostrophe
        in front, as spreadsheets ask for; `as_given` takes it off. Control characters are written out.

    Examples
    --------
    >>> csv_text([["plot", "flux"], ["=1+1", "-0.5"], ["A", 2]]).splitlines()
    ['plot,flux', "'=1+1,-0.5", 'A,2']
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_cell(str(value)) for value in row] for row in rows)
    return text.getvalue()


def as_given(cell: str) -> str:
    """Return the text of a cell that `csv_text` has written."""
    return cell[1:] if cell.startswith(_MARK) and cell[1:].startswith((*_FORMULA, _MARK)) else cell


def _cell(text: str) -> str:
    plain = one_line(text)
    return f"{_MARK}{plain}" if plain.startswith((*_FORMULA, _MARK)) and not _is_number(plain) else plain


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
