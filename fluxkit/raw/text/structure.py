"""Layout of a text file, found from its first lines alone."""

import re
from dataclasses import dataclass

from fluxkit.raw.text.header import decode, split_fields

#: Names of delimiters as a configuration spells them, in the order they are tried.
DELIMITERS = {",": ",", ";": ";", "\\t": "\t", "whitespace": None}

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_STAMP = re.compile(
    r"\d{4}[-/]\d\d?[-/]\d\d?([ T_]+\d\d?:\d\d(:\d\d(\.\d*)?)?)"
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}[ T_]+\d\d?:\d\d(:\d\d(\.\d*)?)?"
    r"|(19|20)\d{10}(\d\d)?(\.\d+)?"
)
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
    kinds: str  #: one letter per column: n number, s stamp, m missing, t text

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


def _kinds(fields: list[str], mark: str | None) -> str:
    return "".join(_kind(field, mark) for field in fields)


def _kind(field: str, mark: str | None) -> str:
    field = field.strip("\x02\x03")  # around what a serial instrument sends
    if _STAMP.fullmatch(field):
        return "s"
    if _NUMBER.fullmatch(field) or (mark != "," and _DECIMAL_COMMA.fullmatch(field)):
        return "n"
    return "m" if _MISSING.fullmatch(field) else "t"


def _alike(kinds: str, model: str) -> bool:
    # Whether a line is a record like the model: numbers where that has numbers.
    return len(kinds) == len(model) and all(
        a == b or a == "m" or b in "mt" or (a in "ns" and b in "ns")
        for a, b in zip(kinds, model, strict=True)
    )


def _with(lines: list[str], delimiter: str, mark: str | None) -> Structure | None:
    rows = [split_fields(line, mark) for line in lines]
    kinds = [_kinds(row, mark) for row in rows]
    if not rows:
        return None
    model = max(kinds[-5:], key=lambda k: ("n" in k, kinds[-5:].count(k), k.count("n")))
    if len(model) < 2 or 2 * sum(k in "nsm" for k in model) < len(model) or "n" not in model:
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
