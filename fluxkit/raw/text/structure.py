"""Layout of a text file, found from its first lines alone."""

import re
from dataclasses import dataclass

from fluxkit.raw.text.header import decode, split_fields

#: Names of delimiters as a configuration spells them, in the order they are tried.
DELIMITERS = {",": ",", ";": ";", "\\t": "\t", "whitespace": None}

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_DATE = r"(?:\d{4}[-/]\d\d?[-/]\d\d?|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})"
_ZONE = r"(?: ?(?:Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?))?"
_TIME = rf"\d\d?:\d\d(?::\d\d(?:[.,:]\d*)?)?(?: ?[AaPp][Mm])?{_ZONE}"
_COMPACT = rf"(?:19|20)\d{{6}}[T ]?\d{{4}}(?:\d\d(?:[.,]\d+)?)?{_ZONE}"
_STAMP = re.compile(rf"{_DATE}[ T_]+{_TIME}|{_COMPACT}")
_DATE_ALONE = re.compile(_DATE)
_TIME_ALONE = re.compile(_TIME)
_MOST_HEADER = 8  # lines
_OTHER_MARK = re.compile(r"[;\t,]")
_MISSING = re.compile(r"|[+-]?(nan|inf)|na|null|none", re.IGNORECASE)


@dataclass(frozen=True)
class Structure:
    """Layout of a text file, as far as its beginning shows it."""

    delimiter: str  #: as in a configuration
    header_rows: int
    names_row: int | None  #: 1 = first line
    units_row: int | None
    names: tuple[str, ...] | None
    units: tuple[str, ...] | None
    kinds: str  #: one letter per column: n number, s stamp, d date, c time of day, m missing, t text

    @property
    def time_column(self) -> int | None:
        """Position (1 = first) of the first column of time stamps."""
        place = self.kinds.find("s")
        return place + 1 if place >= 0 else None


def structure_of(head: bytes, *, whole: bool = False) -> Structure | None:
    """Guess the layout from the first bytes of a file.

    Parameters
    ----------
    head : bytes
        Beginning of the file.
    whole : bool, default False
        Whether that is all of it; else the last, cut line is left out.

    Returns
    -------
    Structure or None
        None if these are not delimited records.
    """
    if b"\x00" in head:
        return None
    text = decode(head).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if not whole:
        lines = lines[:-1]
    while lines and not lines[-1].strip():
        lines.pop()
    for name, mark in DELIMITERS.items():
        found = _with(lines, name, mark)
        if found is not None:
            return found
    return None


def is_header(head: bytes) -> bool:
    r"""Whether these bytes are all of a file that names columns and holds no record.

    Examples
    --------
    >>> is_header(b"time,u,v,w\n-,m/s,m/s,m/s\n"), is_header(b"time,u\n2024-07-01 10:00:00,1\n")
    (True, False)
    """
    if b"\x00" in head:
        return False
    lines = [line for line in decode(head).splitlines() if line.strip()]
    if not 0 < len(lines) <= _MOST_HEADER or not all(line.isprintable() or "\t" in line for line in lines):
        return False
    for mark in (",", ";", "\t"):
        rows = [split_fields(line, mark) for line in lines]
        if min(len(row) for row in rows) > 1 and not any("n" in _kinds(row, mark) for row in rows):
            return True
    return False


def _kinds(fields: list[str], mark: str | None) -> str:
    return "".join(kind_of(field, mark) for field in fields)


def kind_of(field: str, mark: str | None = ";") -> str:
    """Return what a field is, as `Structure.kinds` spells it."""
    field = field.strip("\x02\x03")  # around what a serial instrument sends
    if _STAMP.fullmatch(field):
        return "s"
    if _DATE_ALONE.fullmatch(field):
        return "d"
    if _TIME_ALONE.fullmatch(field):
        return "c"
    if _NUMBER.fullmatch(field) or (mark != "," and _DECIMAL_COMMA.fullmatch(field)):
        return "n"
    return "m" if _MISSING.fullmatch(field) else "t"


def _alike(kinds: str, model: str) -> bool:
    # Whether a line is a record like the model: numbers where that has numbers.
    return len(kinds) == len(model) and all(
        a == b or a == "m" or b in "mt" or (a in "ns" and b in "ns")
        for a, b in zip(kinds, model, strict=True)
    )


def _measured(kinds: str) -> bool:
    """Whether most columns are numbers or the time; sheets of dates, times and words are no logger's."""
    if 2 * sum(kind in "nsm" for kind in kinds) >= len(kinds):
        return "n" in kinds
    timed = 2 * sum(kind in "nsdcm" for kind in kinds) >= len(kinds)
    return timed and kinds.count("n") > kinds.count("t")


def _with(lines: list[str], delimiter: str, mark: str | None) -> Structure | None:
    rows = [split_fields(line, mark) for line in lines]
    kinds = [_kinds(row, mark) for row in rows]
    if not rows:
        return None
    model = max(kinds[-5:], key=lambda k: ("n" in k, kinds[-5:].count(k), k.count("n")))
    if len(model) < 2 or not _measured(model):
        return None
    example = rows[len(rows) - 1 - kinds[::-1].index(model)]
    if any(kind == "t" and _OTHER_MARK.search(field) for kind, field in zip(model, example, strict=True)):
        return None
    data = [_alike(k, model) for k in kinds]
    header_rows = data.index(True)
    if data.count(True) * 2 < len(data) - header_rows:
        return None
    return _described(rows[:header_rows], delimiter, model)


def _described(header: list[list[str]], delimiter: str, model: str) -> Structure:
    fits = [k for k, row in enumerate(header) if len(row) == len(model) and any(row)]
    fits = [k for k in fits if not header[k][0].startswith("#")] or fits  # a remark may have commas, too
    names_row = fits[0] if fits else None
    units_row = names_row + 1 if names_row is not None and names_row + 1 in fits else None
    return Structure(
        delimiter=delimiter,
        header_rows=len(header),
        names_row=None if names_row is None else names_row + 1,
        units_row=None if units_row is None else units_row + 1,
        names=None if names_row is None else tuple(header[names_row]),
        units=None if units_row is None else tuple(header[units_row]),
        kinds=model,
    )
