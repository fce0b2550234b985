"""A project's template of file names to a name pattern, and to the files that exist."""

import re
from pathlib import Path

from fluxkit.site.name_pattern import files_pattern, has_year

_TOKENS = {"yyyy": "%Y", "yy": "%y", "ddd": "%j", "mm": "%m", "dd": "%d", "HH": "%H", "MM": "%M"}
#: Two letters may stand in a name by chance; a date part stands apart or beside other date parts.
_DATE = re.compile(r"(?<![A-Za-z])(?:yyyy|yy|ddd|mm|dd|HH|MM|[T_.:-])+(?![A-Za-z])")
_PART = re.compile("|".join(_TOKENS))
_COMPRESSED = (".gz", ".zip")


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
