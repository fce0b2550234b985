"""Lists of CENTURY and DayCent: ``.lis`` by month or year, ``.out`` by day."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.locations import location
from fluxkit.site.sections.strict import did_you_mean

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

#: What a list's numbers may be in place of a number.
_NO_VALUE = frozenset(("NaN", "NAN", "nan", "INF", "-INF", "inf", "-inf", "NA", "********"))


def read_century(path: Path | str, column: str) -> tuple[Days, Days, Array, list[str]]:
    """Read a variable of a list: columns under a line of names, the first of which is ``time``.

    In ``.lis`` files a time such as 1990.08 is the end of that month of 1990 and 1991.00 the end of December
    1990 (list100's convention). In ``.out`` files with ``dayofyr`` each line is a day of the year before the
    point.

    Parameters
    ----------
    path : path
    column : str
        Name of the variable as the file has it.

    Returns
    -------
    begin, end : (n,) array of datetime64[D]
        First day, and day behind the last, of each value.
    value : (n,) array
        As in the file.
    problems : list of str

    Raises
    ------
    ReadError
        There is no such column, or no line can be read.
    """
    names, rows, problems = _records(path)
    known = {name.casefold(): k for k, name in enumerate(names)}
    if column.casefold() not in known:
        hint = did_you_mean(column, names) or ";"
        raise ReadError(str(path), f"no column {column!r}{hint} its columns: {', '.join(names)}")
    time, value = rows[:, 0], rows[:, known[column.casefold()]]
    if "dayofyr" in known:
        begin = _year_begin(np.floor(time)) + (rows[:, known["dayofyr"]] - 1).astype("m8[D]")
        return begin, begin + 1, value, problems
    month = np.round(time * 12).astype(np.int64)  # months since year 0 at whose end the value stands
    steps = np.diff(month)
    if steps.size == 0 or np.any(steps <= 0):
        # A run that is extended repeats its last line.
        kept = np.concatenate([[True], month[1:] > np.maximum.accumulate(month)[:-1]])
        problems.append(f"{int((~kept).sum())} lines do not go on in time: left out")
        month, value = month[kept], value[kept]
        steps = np.diff(month)
    step = int(np.median(steps)) if steps.size else 12
    to_day = (month - 12 * 1970).astype("M8[M]").astype("M8[D]")
    from_day = (month - step - 12 * 1970).astype("M8[M]").astype("M8[D]")
    return from_day, to_day, value, problems


def _year_begin(year: Array) -> Days:
    return np.asarray((year.astype(np.int64) - 1970).astype("M8[Y]").astype("M8[D]"))


def _records(path: Path | str) -> tuple[list[str], Array, list[str]]:
    try:
        text = location(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ReadError(str(path), f"cannot be read: {error.strerror or error}") from error
    names: list[str] = []
    rows: list[list[float]] = []
    odd = 0
    for line in text.splitlines():
        words = line.replace(",", " ").split()
        if not names:
            if words and words[0].casefold() == "time":
                names = words
            continue
        numbers = [_number(word) for word in words]
        if len(words) == len(names) and numbers[0] is not None and None not in numbers:
            rows.append([number for number in numbers if number is not None])
        elif words:
            odd += 1
    if not names:
        raise ReadError(
            str(path), "no line of names that begins with 'time': is it a list of CENTURY or DayCent?"
        )
    if not rows:
        raise ReadError(str(path), f"no line with {len(names)} numbers below its names")
    return names, np.array(rows), [f"{odd} lines are no records: left out"] if odd else []


def _number(word: str) -> float | None:
    if word in _NO_VALUE:
        return np.nan
    try:
        return float(word)
    except ValueError:
        return None
