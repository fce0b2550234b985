"""Small Excel workbooks, written as Excel writes them: numbers, dates by style, shared texts."""

import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATED = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_PACKAGE = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
_STYLES = (
    f'<styleSheet {_MAIN}><numFmts><numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy\\ hh:mm"/>'
    '<numFmt numFmtId="165" formatCode="0.0&quot; m&quot;"/></numFmts><cellXfs><xf numFmtId="0"/>'
    '<xf numFmtId="14"/><xf numFmtId="21"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>'
)


def write_workbook(
    path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]], *, since_1904: bool = False, hidden: str = ""
) -> Path:
    """Write sheets of texts, numbers, dates, times and None."""
    shared: dict[str, int] = {}
    era = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)
    parts = {
        f"xl/worksheets/sheet{k}.xml": _sheet(rows, shared, era) for k, rows in enumerate(sheets.values(), 1)
    }
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{k}" r:id="rId{k}" '
        f'state="{"hidden" if name == hidden else "visible"}"/>'
        for k, name in enumerate(sheets, 1)
    )
    facts = f'<workbookPr date1904="{int(since_1904)}"/>'
    parts["xl/workbook.xml"] = f"<workbook {_MAIN} {_RELATED}>{facts}<sheets>{listed}</sheets></workbook>"
    targets = "".join(
        f'<Relationship Id="rId{k}" Target="worksheets/sheet{k}.xml"/>' for k in range(1, len(sheets) + 1)
    )
    parts["xl/_rels/workbook.xml.rels"] = f"<Relationships {_PACKAGE}>{targets}</Relationships>"
    texts = "".join(
        f"<si><r><t>{escape(text[:1])}</t></r><r><t>{escape(text[1:])}</t></r></si>" for text in shared
    )
    parts["xl/sharedStrings.xml"] = f"<sst {_MAIN}>{texts}</sst>"
    parts["xl/styles.xml"] = _STYLES
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return path


def _sheet(rows: Sequence[Sequence[Any]], shared: dict[str, int], era: datetime) -> str:
    written = []
    for r, row in enumerate(rows, 1):
        cells = "".join(_cell(f"{chr(65 + c)}{r}", value, shared, era) for c, value in enumerate(row))
        written.append(f'<row r="{r}">{cells}</row>' if cells else "")
    return f"<worksheet {_MAIN}><sheetData>{''.join(written)}</sheetData></worksheet>"


def _cell(place: str, value: Any, shared: dict[str, int], era: datetime) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c r="{place}" t="s"><v>{shared.setdefault(value, len(shared))}</v></c>'
    if isinstance(value, datetime):
        return f'<c r="{place}" s="3"><v>{_days(value - era)!r}</v></c>'
    if isinstance(value, date):
        return f'<c r="{place}" s="1"><v>{(datetime(value.year, value.month, value.day) - era).days}</v></c>'
    if isinstance(value, time):
        seconds = value.hour * 3600 + value.minute * 60 + value.second
        return f'<c r="{place}" s="2"><v>{seconds / 86400!r}</v></c>'
    return f'<c r="{place}" s="4"><v>{value!r}</v></c>'


def _days(since: Any) -> float:
    return float(since.days + since.seconds / 86400)
