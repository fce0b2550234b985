"""Files in BADM interchange format (BIF): five columns, a row for each variable of each group's entry."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from fluxkit.errors import ReadError
from fluxkit.export.atomic import write_text
from fluxkit.export.csv_text import as_given, csv_text
from fluxkit.locations import location

HEAD = ("SITE_ID", "GROUP_ID", "VARIABLE_GROUP", "VARIABLE", "DATAVALUE")
#: Largest file, and part of a workbook, that is read. [bytes]
LARGEST = 100_000_000
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


class Group(NamedTuple):
    """One entry of a group of variables that are reported together."""

    name: str  #: such as GRP_INSTOM
    values: dict[str, str]  #: variable -> value


def write_bif(site: str, groups: Iterable[Group], path: Path | str) -> None:
    """Write a BIF file as CSV, whole or not at all.

    References
    ----------
    AmeriFlux, "BADM data product": the five columns; rows of an entry share a GROUP_ID.
    """
    rows: list[tuple[object, ...]] = [HEAD]
    for number, group in enumerate(groups, start=1):
        rows += [
            (site, number, group.name, name, value) for name, value in group.values.items() if value != ""
        ]
    write_text(path, csv_text(rows))


def read_bif(path: Path | str) -> dict[str, list[Group]]:
    """Read a BIF file: CSV or the first sheet of an xlsx, of one station or several.

    Returns
    -------
    dict
        Site's code -> entries in the order of the file.

    Raises
    ------
    ReadError
        It is not there, too large, damaged, or has not the columns.
    """
    source = str(path)
    place = location(path)
    try:
        if place.stat().st_size > LARGEST:
            raise ReadError(source, f"is larger than {LARGEST // 10**6} MB: no BIF of a site")
        data = place.read_bytes()
        rows = list(_workbook(data) if data[:2] == b"PK" else _text(data))
    except OSError as error:
        raise ReadError(source, error.strerror or str(error)) from error
    except (
        csv.Error,
        zipfile.BadZipFile,
        ElementTree.ParseError,
        KeyError,
        ValueError,
        RuntimeError,
    ) as error:
        raise ReadError(source, f"cannot be read as BIF: {error}") from error
    head = [name.strip().upper() for name in rows[0]] if rows else []
    absent = [name for name in HEAD if name not in head]
    if absent:
        raise ReadError(source, f"has no {', '.join(absent)}: a BIF has the columns {', '.join(HEAD)}")
    site, number, group, name, value = (head.index(column) for column in HEAD)
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in rows[1:]:
        if len(row) > max(site, number, group, name, value) and row[name].strip():
            key = (row[site].strip(), row[number].strip(), row[group].strip())
            found.setdefault(key, {})[row[name].strip()] = as_given(row[value].strip())
    sites: dict[str, list[Group]] = {}
    for (code, _, kind), values in found.items():
        sites.setdefault(code, []).append(Group(kind, values))
    if not sites:
        raise ReadError(source, "has no entry below its header")
    return sites


def _text(data: bytes) -> Iterator[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    yield from csv.reader(io.StringIO(text))


def _workbook(data: bytes) -> Iterator[list[str]]:
    """Yield the rows of a workbook's first sheet, as text."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        shared = []
        if "xl/sharedStrings.xml" in names:
            items = _tree(archive, "xl/sharedStrings.xml").iter(f"{_SHEET}si")
            shared = ["".join(part.text or "" for part in item.iter(f"{_SHEET}t")) for item in items]
        for row in _tree(archive, "xl/worksheets/sheet1.xml").iter(f"{_SHEET}row"):
            cells: list[str] = []
            for cell in row.iter(f"{_SHEET}c"):
                at = _place(cell.get("r", ""))
                cells += [""] * (at - len(cells) if at is not None else 0)
                cells.append(_cell(cell, shared))
            yield cells


def _tree(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    if archive.getinfo(name).file_size > LARGEST:
        raise ValueError(f"{name} is too large")
    text = archive.read(name)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:  # no workbook has them; they can grow without end
        raise ValueError(f"{name} declares entities")
    return ElementTree.fromstring(text)  # noqa: S314 - without entities and of limited size


def _place(reference: str) -> int | None:
    """Return the column, 0 = first, of a cell such as B12."""
    found = re.match(r"([A-Z]{1,3})\d", reference)
    if found is None:
        return None
    number = 0
    for letter in found[1]:
        number = 26 * number + ord(letter) - 64
    return number - 1


def _cell(cell: ElementTree.Element, shared: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(part.text or "" for part in cell.iter(f"{_SHEET}t"))
    value = cell.find(f"{_SHEET}v")
    text = (value.text or "") if value is not None else ""
    if cell.get("t") == "s":
        return shared[int(text)]
    return text.removesuffix(".0")
