"""Excel workbooks (.xlsx): the cells of one sheet as texts, dates in ISO's form.

A workbook is a zip of XML. Cells hold numbers; that one is a date is said by its style. Only values are read:
what formulas came to when the file was saved.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from posixpath import normpath
from xml.etree import ElementTree

from fluxkit.errors import ReadError
from fluxkit.raw.opening import ZIP_DAMAGE, ZIP_REFUSED, is_workbook, unpacked

#: Largest part of a workbook that is unpacked. [bytes]
MAX_PART = 2**26
#: Columns and rows of Excel itself.
MAX_COLUMNS, MAX_ROWS = 16_384, 1_048_576
#: Numbers of built-in formats that are dates or times.
_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})$")
_ERA = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}
_DAY_MS = 86_400_000
#: An old workbook (.xls), and OpenDocument's mark.
_OLD, _OPEN_DOCUMENT = b"\xd0\xcf\x11\xe0", b"mimetypeapplication/vnd.oasis"

Rows = list[list[str]]


@dataclass(frozen=True)
class _Sheet:
    name: str
    part: str
    hidden: bool


def refuse_others(source: str, data: bytes) -> None:
    """Refuse spreadsheets of other kinds by name.

    Raises
    ------
    ReadError
        The content is an .xls or .ods.
    """
    kind = ".xls" if data.startswith(_OLD) else ".ods" if data[30:].startswith(_OPEN_DOCUMENT) else ""
    if kind:
        raise ReadError(source, f"is a spreadsheet of the kind {kind}: save it as .xlsx or as CSV")


def workbook_rows(source: str, data: bytes, worksheet: str | None = None) -> Rows:
    """Return the cells of a sheet as texts, "" where empty; all rows equally long.

    Parameters
    ----------
    source : str
        Path, for messages.
    data : bytes
        The file.
    worksheet : str, optional
        Name of the sheet; needed where several hold something.

    Returns
    -------
    list of list of str
        Row 1 first. Dates are "2024-07-01", times "10:05:00", both together with a blank between.

    Raises
    ------
    ReadError
        The workbook is damaged, or it is left open which sheet is meant.
    """
    if not is_workbook(data):
        raise ReadError(source, "is not an Excel workbook (.xlsx)")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _rows(source, archive, worksheet)
    except ZIP_DAMAGE as error:
        raise ReadError(source, f"the workbook is damaged ({error}); save it again") from error
    except ZIP_REFUSED as error:
        raise ReadError(source, f"the workbook cannot be unpacked ({error}); save it again") from error


def _rows(source: str, archive: zipfile.ZipFile, worksheet: str | None) -> Rows:
    book = _xml(source, archive, "xl/workbook.xml")
    sheets = _sheets(source, archive, book)
    known = ", ".join(repr(sheet.name) for sheet in sheets)
    if worksheet is not None:
        sheets = [sheet for sheet in sheets if sheet.name == worksheet]
        if not sheets:
            raise ReadError(source, f"has no worksheet {worksheet!r}; it has {known}")
    else:
        sheets = [sheet for sheet in sheets if not sheet.hidden]
    texts = _shared(source, archive)
    dates = _date_styles(source, archive)
    era = any(element.get("date1904") in ("1", "true") for element in _named(book, "workbookPr"))
    filled = []
    for sheet in sheets:
        rows = _cells(_xml(source, archive, sheet.part), texts, dates, _ERA[era])
        if rows:
            filled.append((sheet.name, rows))
    if len(filled) > 1:
        names = ", ".join(repr(name) for name, _ in filled)
        raise ReadError(
            source, f"has {len(filled)} worksheets: {names}; say which, worksheet = {filled[0][0]!r}"
        )
    if not filled:
        raise ReadError(source, f"its worksheets are empty ({known})")
    return filled[0][1]


def _sheets(source: str, archive: zipfile.ZipFile, book: ElementTree.Element) -> list[_Sheet]:
    targets = {
        element.get("Id", ""): element.get("Target", "")
        for element in _named(_xml(source, archive, "xl/_rels/workbook.xml.rels"), "Relationship")
    }
    found = []
    for element in _named(book, "sheet"):
        number = next((value for key, value in element.attrib.items() if key.endswith("}id")), "")
        target = targets.get(number, "")
        part = target.lstrip("/") if target.startswith("/") else normpath(f"xl/{target}")
        if target:
            hidden = element.get("state", "visible") != "visible"
            found.append(_Sheet(element.get("name", ""), part, hidden))
    if not found:
        raise ReadError(source, "the workbook has no worksheets")
    return found


def _xml(source: str, archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    try:
        member = archive.getinfo(part)
    except KeyError as error:
        raise ReadError(source, f"the workbook lacks its part {part}; save it again") from error
    content = unpacked(archive, member, MAX_PART + 1)
    if len(content) > MAX_PART:
        raise ReadError(
            source, f"{part} is larger than {MAX_PART / 2**20:.0f} MiB when unpacked: save it as CSV"
        )
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\x00" in content:  # UTF-16 would hide them
        raise ReadError(source, f"{part} defines entities, which no workbook needs; save it again")
    try:
        return ElementTree.fromstring(content)  # noqa: S314 (no entities, and of limited size)
    except ElementTree.ParseError as error:
        raise ReadError(source, f"{part} is no complete XML ({error}); save the workbook again") from error


def _named(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """Return the elements of a name, whatever their namespace."""
    return (element for element in root.iter() if _local(element) == name)


def _local(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: ElementTree.Element) -> str:
    """Return a text without the readings that East Asian scripts have beside it."""
    if _local(element) == "rPh":
        return ""
    own = (element.text or "") if _local(element) == "t" else ""
    return own + "".join(_text(child) for child in element)


def _shared(source: str, archive: zipfile.ZipFile) -> list[str]:
    part = "xl/sharedStrings.xml"
    if part not in archive.namelist():
        return []
    return [_text(element) for element in _xml(source, archive, part) if _local(element) == "si"]


def _date_styles(source: str, archive: zipfile.ZipFile) -> list[bool]:
    """Return of each style of a cell whether it shows a date or time."""
    part = "xl/styles.xml"
    if part not in archive.namelist():
        return []
    root = _xml(source, archive, part)
    own = {
        element.get("numFmtId", ""): _is_date(element.get("formatCode", ""))
        for element in _named(root, "numFmt")
    }
    found = []
    for formats in _named(root, "cellXfs"):
        for element in formats:
            number = element.get("numFmtId", "0")
            found.append(own.get(number, number.isdecimal() and int(number) in _DATES))
    return found


def _is_date(code: str) -> bool:
    """Whether a format has letters of dates or times outside of quoted texts and colours."""
    return re.search("[ymdhs]", _QUOTED.sub("", code), re.IGNORECASE) is not None


def _cells(root: ElementTree.Element, texts: list[str], dates: list[bool], era: datetime) -> Rows:
    table: dict[int, dict[int, str]] = {}
    row = 0
    for element in _named(root, "row"):
        written = element.get("r", "")
        row = int(written) if written.isdecimal() else row + 1
        column = 0
        for cell in element:
            place = _PLACE.match(cell.get("r", ""))
            column = _column(place[1]) if place else column + 1
            text = _value(cell, texts, dates, era).strip()
            if text and column <= MAX_COLUMNS and 1 <= row <= MAX_ROWS:
                table.setdefault(row, {})[column] = text
    if not table:
        return []
    width = max(max(cells) for cells in table.values())
    empty: dict[int, str] = {}
    return [[table.get(r, empty).get(c, "") for c in range(1, width + 1)] for r in range(1, max(table) + 1)]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _value(cell: ElementTree.Element, texts: list[str], dates: list[bool], era: datetime) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _text(cell)
    written = next((child.text or "" for child in cell if _local(child) == "v"), "")
    if kind == "s":
        return texts[int(written)] if written.isdecimal() and int(written) < len(texts) else ""
    if kind == "d":
        return written.replace("T", " ").removesuffix("Z")
    if kind == "b":
        return "TRUE" if written == "1" else "FALSE"
    if kind != "n":
        return "" if kind == "e" else written
    style = cell.get("s", "0")
    dated = style.isdecimal() and int(style) < len(dates) and dates[int(style)]
    return _number(written, dated=dated, era=era)


def _number(written: str, *, dated: bool, era: datetime) -> str:
    try:
        value = float(written)
    except ValueError:
        return written
    if not abs(value) < 1e15:
        return written if value == value else ""
    if not dated:
        return f"{value:.0f}" if value == int(value) else repr(value)
    if not 0.0 <= value < 2_958_466.0:  # to the end of the year 9999
        return written
    # Times are rounded to what people write: the double next to 10:05 is not quite 10:05.
    ms = round(value * _DAY_MS)
    moment = era + timedelta(milliseconds=ms)
    clock = moment.strftime("%H:%M:%S") + (f".{moment.microsecond // 1000:03d}" if ms % 1000 else "")
    if ms < _DAY_MS:
        return clock
    day = f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d}"
    return day if ms % _DAY_MS == 0 else f"{day} {clock}"
