"""The lines above the records: how many, what the columns are called, where the records begin."""

import csv
import difflib
import re
from collections import Counter
from dataclasses import dataclass

from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents

#: Lines from which the number of fields of a record is taken.
_PROBED_LINES = 50
#: Columns that a sentence names.
_MOST_NAMES = 6
#: What columns of time may be called, what columns of stamps are, and what tells a stamp from a number.
_TIME_NAME = re.compile(r"time|date|stamp|clock|utc|zeit|datum", re.IGNORECASE)
_STAMP_NAME = re.compile(r"timestamp|tmstamp|datetime", re.IGNORECASE)
_STAMP = re.compile(r"\d[-/.:]\d+[-/.:]\d|^(19|20)\d{10}")


@dataclass(frozen=True)
class Header:
    """Lines above the records."""

    rows: tuple[tuple[str, ...], ...]  #: fields of each header line
    names: tuple[str, ...] | None  #: of the columns
    width: int  #: fields in a record
    body: int  #: first byte of the records
    note: str = ""  #: how its names were laid upon records of another number of fields


def decode(line: bytes) -> str:
    """Text of a line; loggers write UTF-8 or Latin-1 (degree and micro signs)."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def separator(delimiter: str, source: str) -> str | None:
    """Return the character between fields, None for runs of blanks."""
    if delimiter == "whitespace":
        return None
    if delimiter in ("\\t", "tab"):
        return "\t"
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n.+-' or delimiter.isalnum():
        raise ReadError(
            source,
            f"raw.delimiter: {delimiter!r} cannot separate numbers; use ',', ';', '\\t' or 'whitespace'",
        )
    return delimiter


def split_fields(line: str, mark: str | None) -> list[str]:
    """Fields of a line, without quotes and blanks."""
    if mark is None:
        return line.replace('"', " ").split()
    if '"' not in line and line.strip():  # a tenth of the time
        return [field.strip() for field in line.split(mark)]
    try:
        fields = next(csv.reader([line], delimiter=mark, skipinitialspace=mark != " "), [])
    except csv.Error:  # a stray quote or a zero byte: damage, told later with its line
        fields = line.split(mark)
    return [field.strip() for field in fields]


def read_header(content: Contents, rows: int, names_row: int | None, mark: str | None) -> Header:
    """Read the header lines and find the width of the records.

    Parameters
    ----------
    content : Contents
        The file's bytes, line feeds between lines.
    rows : int
        Number of header lines.
    names_row : int or None
        Header line with the names, 1 = first; 0: none; None: the only line of a one-line header.
    mark : str or None
        Character between fields, None for runs of blanks.

    Raises
    ------
    ReadError
        No records, text that is not bytes of a logger, or a header that does not fit the records.
    """
    data = content.data
    body = 0
    lines: list[tuple[str, ...]] = []
    for _ in range(rows):
        end = data.find(b"\n", body)
        if end < 0:
            raise ReadError(
                content.source, f"header, no records: the file ends within its {rows} header lines"
            )
        lines.append(tuple(split_fields(decode(data[body:end]), mark)))
        body = end + 1
    width = width_of(data, body, mark)
    if width == 0:
        raise ReadError(content.source, f"header, no records: nothing follows its {rows} header lines")
    row = names_row if names_row is not None else (1 if rows == 1 else None)
    if row is not None and row > rows:
        raise ReadError(
            content.source,
            f"raw.names_row = {row}, but raw.header_rows = {rows}: there is no such header line",
        )
    names = lines[row - 1] if row else None
    if names is not None and mark is not None:
        while len(names) > width and not names[-1]:
            names = names[:-1]
    fitted, note = _fit(content.source, names, width, data, body, mark)
    return Header(tuple(lines), names, fitted, body, note)


def first_lines(data: bytes, body: int, most: int = _PROBED_LINES) -> list[bytes]:
    """Return the first lines behind a header, as many as tell what records look like; no empty ones."""
    found: list[bytes] = []
    while len(found) < most and body < len(data):
        end = data.find(b"\n", body)
        end = len(data) if end < 0 else end
        line = data[body:end]
        if line.strip():
            found.append(line)
        body = end + 1
    return found


def width_of(data: bytes, body: int, mark: str | None) -> int:
    """Fields that most of the first records from byte ``body`` on have, 0 if there are none."""
    lines = first_lines(data, body)
    if not lines:
        return 0
    plain = None if mark is None else _without_quoted(lines, mark)
    if mark is not None and plain is not None:
        between = mark.encode()
        counts = Counter(line.count(between) + 1 for line in plain)
    else:
        counts = Counter(fields_of(line, mark) for line in lines)
    return counts.most_common(1)[0][0] if counts else 0


def _without_quoted(lines: list[bytes], mark: str) -> list[bytes] | None:
    """Lines without what stands in quotes, None if one holds the character between fields, or is open."""
    text = b"\n".join(lines)
    if b'"' in text:
        text = re.sub(rb'"[^"\n%s]*"' % re.escape(mark.encode()), b"", text)
    return None if b'"' in text else text.split(b"\n")


def fields_of(line: bytes, mark: str | None) -> int:
    """Number of fields of a line."""
    if mark is None:
        return len(split_fields(decode(line), mark))
    between = mark.encode()
    parts = line.split(b'"')
    # As csv counts them, in a tenth of its time: nothing that stands in quotes separates fields.
    if len(parts) % 2 == 1 and not any(between in quoted for quoted in parts[1::2]):
        return line.count(between) + 1
    return len(split_fields(decode(line), mark))


def _fit(
    source: str, names: tuple[str, ...] | None, width: int, data: bytes, body: int, mark: str | None
) -> tuple[int, str]:
    """Fields of a record, and a note if the names are more or fewer."""
    if names is None or len(names) == width:
        return width, ""
    probed = [split_fields(decode(line), mark) for line in first_lines(data, body)]
    probed = [fields for fields in probed if len(fields) == width]
    told = f"the header names {len(names)} columns, but records have {width} fields"
    if width > len(names):
        # Delimiters at the end of every record make empty fields that no header names.
        if not any(any(fields[len(names) :]) for fields in probed):
            return (len(names), "") if width == len(names) + 1 else (width, "")
        if _anchored(names, probed):
            return width, f"{told}: what is behind the last name was left out"
    elif width > 1 and 2 * width > len(names) and _plausible(names, probed):
        absent = ", ".join(names[width:][:_MOST_NAMES])
        return width, f"{told}: the last of the header ({absent}) were taken to be missing"
    raise ReadError(source, f"{told}: check raw.delimiter, raw.header_rows and raw.names_row")


def _anchored(names: tuple[str, ...], probed: list[list[str]]) -> bool:
    """Whether records begin as the names do, with a stamp, and no comma can be one of decimals."""
    if not names:
        return False
    points = any("." in field for fields in probed for field in fields if not _STAMP.search(field))
    return points and bool(_TIME_NAME.search(names[0])) and _plausible(names, probed)


def _plausible(names: tuple[str, ...], probed: list[list[str]]) -> bool:
    """Whether stamps stand where names say so, and nowhere else."""
    width = min(len(names), min((len(fields) for fields in probed), default=0))
    stamps = [bool(_STAMP.search(field)) for field in (probed[0][:width] if probed else [])]
    return all(
        stamp == bool(_TIME_NAME.search(name))
        for name, stamp in zip(names, stamps, strict=False)
        if stamp or _STAMP_NAME.fullmatch(name)
    )


def locate(header: Header, wanted: str | int, variable: str, source: str) -> int:
    """Position (0 = first) of a column given by name or by position (1 = first).

    Raises
    ------
    ReadError
        The column is absent or its name occurs twice; the message lists the columns and the closest name.
    """
    if isinstance(wanted, int):
        if not 1 <= wanted <= header.width:
            raise ReadError(source, f"column {wanted} (for {variable}): records have {header.width} fields")
        return wanted - 1
    if header.names is None:
        raise ReadError(
            source,
            f"column {wanted!r} (for {variable}): no header line holds names; "
            "set raw.names_row, or give the column's position",
        )
    places = [k for k, name in enumerate(header.names) if name == wanted.strip()]
    if len(places) > 1:
        told = " and ".join(str(k + 1) for k in places)
        raise ReadError(
            source, f"column {wanted!r} (for {variable}) occurs {len(places)} times; give a position: {told}"
        )
    if places and places[0] >= header.width:
        raise ReadError(
            source,
            f"the header names {len(header.names)} columns, but records have {header.width} fields: "
            f"column {wanted!r} (for {variable}) is missing; check raw.delimiter and raw.header_rows",
        )
    if not places:
        raise ReadError(
            source, f"column {wanted!r} (for {variable}) is missing; {_present(header.names, wanted)}"
        )
    return places[0]


def _present(names: tuple[str, ...], wanted: str) -> str:
    folded = {name.lower(): name for name in names if name}
    near = difflib.get_close_matches(wanted.lower(), folded, n=1, cutoff=0.5)
    hint = f"; nearest: {folded[near[0]]!r}" if near else ""
    if names and all(_is_number(name) for name in names):
        hint = "; that line holds numbers: does the file have no header (raw.header_rows = 0)?"
    return f"columns present: {', '.join(name or '(unnamed)' for name in names)}{hint}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
