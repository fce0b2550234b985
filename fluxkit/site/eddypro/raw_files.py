"""How the raw files of a project are called, found and laid out."""

import re
from pathlib import Path
from typing import Any

from fluxkit.site.eddypro import metadata as sheet
from fluxkit.site.eddypro.ledger import Ledger
from fluxkit.site.eddypro.tables import FILE_TYPES
from fluxkit.site.name_pattern import files_pattern, has_year

_TOKENS = {"yyyy": "%Y", "yy": "%y", "ddd": "%j", "mm": "%m", "dd": "%d", "HH": "%H", "MM": "%M"}
#: Two letters may stand in a name by chance; a date part stands apart or beside other date parts.
_DATE = re.compile(r"(?<![A-Za-z])(?:yyyy|yy|ddd|mm|dd|HH|MM|[T_.:-])+(?![A-Za-z])")
_PART = re.compile("|".join(_TOKENS))
_COMPRESSED = (".gz", ".zip", ".xz", ".bz2")


def name_pattern(prototype: str) -> str:
    """Translate ``name_yyyymmddHHMM.csv`` into ``name_%Y%m%d%H%M.csv``.

    Parameters
    ----------
    prototype : str
        Date parts yyyy (or yy), mm, dd (or ddd, day of year), HH, MM; ``?`` for any character.

    Returns
    -------
    str
        With date codes; ``?`` stays.
    """

    def dates(match: re.Match[str]) -> str:
        return _PART.sub(lambda part: _TOKENS[part[0]], match[0])

    prototype = prototype.replace("%", "%%")
    found = _DATE.sub(dates, prototype)
    if not has_year(found):  # the date follows letters directly: rawyyyymmdd.csv
        found = _PART.sub(lambda part: _TOKENS[part[0]], prototype)
    return found


def stored_as(pattern: str, folder: Path, recurse: bool) -> tuple[str, int]:
    """Look how the files are stored.

    Parameters
    ----------
    pattern : str
        Name pattern.
    folder : pathlib.Path
        Where the raw files are.
    recurse : bool
        Whether they may be in folders below.

    Returns
    -------
    pattern : str
        The same, with the ending of a compressed file if that is what is there.
    count : int
        How many files match it.
    """
    search = folder.rglob if recurse else folder.glob
    for ending in ("", *_COMPRESSED):
        count = sum(1 for path in search(files_pattern(pattern) + ending) if path.is_file())
        if count:
            return pattern + ending, count
    return pattern, 0


_GHG, _TEXT, _TOB1, _EDDYSOFT, _EDISOL, _BINARY = 0, 1, 2, 3, 4, 5
_SLT = {
    _EDDYSOFT: ("slt", "wind [m s-1], speed of sound [m s-1] and voltages [mV]"),
    _EDISOL: ("edisol", "wind [m s-1], temperature [degC] and voltages [mV]"),
}
#: Bytes of a number in a generic binary file: type here.
_NUMBERS = {2: "int16", 4: "float32"}
_CARRIAGE_RETURN = 2


def raw_layout(project: Ledger, metadata: Ledger) -> dict[str, Any]:
    """Translate the type of the raw files and their layout; enters its notes.

    Returns
    -------
    dict
        Entries of ``raw``: the format and what belongs to it, rate, length, meaning of the name's time.
    """
    kind = project.code("Project", "file_type", _TEXT)
    found = sheet.translate_layout(metadata)
    if kind == _TEXT:
        project.enter("Project", "file_type", "same", "text table: raw.format = 'delimited'")
        return {"format": "delimited", **found}
    del found["delimiter"], found["header_rows"]
    if kind == _GHG:
        project.enter(
            "Project", "file_type", "same", "raw.format = 'ghg'; columns as the metadata count them"
        )
        return {"format": "ghg", **found}
    if kind == _TOB1:
        remark = (
            "raw.format = 'tob1': columns count from the first of a record, SECONDS included; check [columns]"
        )
        project.enter("Project", "file_type", "near", remark)
        project.enter("Project", "tob1_format", "same", "the type of each column is in the header")
        return {"format": "tob1", **found}
    if kind in _SLT:
        name, meaning = _SLT[kind]
        remark = f"raw.format = {name!r}: it gives {meaning}; check the units in [columns]"
        project.enter("Project", "file_type", "near", remark)
        return {"format": name, **found}
    if kind == _BINARY:
        return found | _binary(project, metadata)
    name = FILE_TYPES.get(kind, "unknown")
    allowed = ", ".join(str(code) for code in (_GHG, _TEXT, _TOB1, _EDDYSOFT, _EDISOL, _BINARY))
    problem = f"found {kind} ({name}); allowed: {allowed}; convert the files to text and write 1"
    raise project.wrong("Project", "file_type", problem)


def _binary(project: Ledger, metadata: Ledger) -> dict[str, Any]:
    size = project.code("Project", "binary_nbytes", 2)
    if size not in _NUMBERS:
        raise project.wrong("Project", "binary_nbytes", f"found {size}; allowed: 2, 4")
    if project.code("Project", "binary_eol", 1) == _CARRIAGE_RETURN:
        problem = "found 2: lines that end with CR alone are not read; give 0 or 1, or raw.header_bytes"
        raise project.wrong("Project", "binary_eol", problem)
    rows = max(project.code("Project", "binary_hnlines", 0), 0)
    little = project.code("Project", "binary_little_end", 1) != 0
    columns = sheet.entry_numbers(metadata, "col")
    remark = f"raw.number_types: {size} bytes are read as {_NUMBERS[size]}"
    project.enter("Project", "file_type", "same", "raw.format = 'binary'")
    project.enter("Project", "binary_nbytes", "near", remark)
    project.enter("Project", "binary_hnlines", "same", "raw.header_rows")
    project.enter("Project", "binary_eol", "same", "a line ends with its line feed")
    project.enter("Project", "binary_little_end", "same", "raw.byte_order")
    return {
        "format": "binary",
        "number_types": _NUMBERS[size],
        "record_bytes": size * max(columns, default=1),
        "byte_order": "little" if little else "big",
        "header_rows": rows,
    }
