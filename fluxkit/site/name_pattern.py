"""The pattern of a raw file's name, guessed from one name."""

import itertools
import re
from datetime import datetime

_WIDTH = {"%Y": 4, "%y": 2, "%m": 2, "%d": 2, "%j": 3, "%H": 2, "%M": 2, "%S": 2}
_YEARS = range(1980, 2100)
_CODE = re.compile("%.")  # %% is a percent sign


def guess_pattern(name: str) -> str | None:
    """Find the date in a file's name.

    Parameters
    ----------
    name : str
        File name, without folder.

    Returns
    -------
    str or None
        The name with its date parts as %Y %m %d %H %M %S %j %y, or None if no run of
        digits reads as a date.
    """
    for template in _templates():
        for match in re.finditer(_regex(template), name):
            if _is_date(match[0], template):
                before, after = name[: match.start()], name[match.end() :]
                return before.replace("%", "%%") + template + after.replace("%", "%%")
    return None


def files_pattern(pattern: str) -> str:
    """Return the pattern that finds the files of a name pattern: date parts become one ``*``."""
    dates = r"%%|(?:%[A-Za-z][-_T.: ]?)*%[A-Za-z]"
    return re.sub(dates, lambda found: "%" if found[0] == "%%" else "*", pattern)


def has_year(pattern: str) -> bool:
    """Whether a name pattern contains the year."""
    return not {"%Y", "%y"}.isdisjoint(_CODE.findall(pattern))


def has_date(pattern: str) -> bool:
    """Whether a name pattern contains any part of a date or time."""
    return any(code != "%%" for code in _CODE.findall(pattern))


def _templates() -> list[str]:
    """Return the known ways to write a date and time, those with most digits first."""
    days = [s.join(("%Y", "%m", "%d")) for s in ("-", "_", ".", "")]
    days += ["%Y%j", "%y%m%d"]
    times = [s.join(("%H", "%M", "%S")[:size]) for size in (3, 2) for s in ("", "-", "_", ":", ".")] + ["%H"]
    gaps = ("T", "_", "-", ".", " ", "")
    found = ["".join(parts) for parts in itertools.product(days, gaps, times)]
    found += [*days, "%j%H%M"]
    return sorted(dict.fromkeys(found), key=_digits, reverse=True)


def _digits(template: str) -> int:
    return sum(_WIDTH[code] for code in _CODE.findall(template))


def _regex(template: str) -> str:
    parts = re.split(r"(%[A-Za-z])", template)
    body = "".join(rf"\d{{{_WIDTH[part]}}}" if part in _WIDTH else re.escape(part) for part in parts)
    return rf"(?<!\d){body}(?!\d)"


def _is_date(text: str, template: str) -> bool:
    try:
        date = datetime.strptime(text, template)
    except ValueError:
        return False
    return not has_year(template) or date.year in _YEARS
