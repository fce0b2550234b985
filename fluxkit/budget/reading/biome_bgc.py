"""Output of BIOME-BGC as text: the annual summary, and columns of daily values without a header."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.locations import location
from fluxkit.site.sections.strict import did_you_mean

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

#: Its years have no 29th of February.
YEAR_DAYS = 365


def _lines(path: Path | str) -> list[str]:
    try:
        return location(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise ReadError(str(path), f"cannot be read: {error.strerror or error}") from error


def read_annual(path: Path | str, column: str) -> tuple[Days, Days, Array, list[str]]:
    """Read a variable of ``*_ann.txt``: a legend ("ann NPP = ... (gC/m2/yr)"), then a line for each year.

    Parameters
    ----------
    path : path
    column : str
        Its last word in the legend: NPP, NBP, GPP, NEE ... ("NPB" of some versions is NBP.)

    Returns
    -------
    begin, end : (n,) array of datetime64[D]
    value : (n,) array
        g C m-2 of the year.
    problems : list of str

    Raises
    ------
    ReadError
        It is no such summary, or has no such column.
    """
    names: list[str] = []
    rows: list[list[float]] = []
    odd = 0
    for line in _lines(path):
        left, equals, _ = line.partition("=")
        if equals and left.split():
            names.append(left.split()[-1].replace("NPB", "NBP"))
            continue
        words = line.split()
        if not words or not words[0].lstrip("-").isdecimal():
            continue
        try:
            rows.append([float(word) for word in words])
        except ValueError:
            odd += 1
    if not names or not rows:
        raise ReadError(
            str(path), "is no annual summary of BIOME-BGC: a legend 'ann NPP = ...' and years are needed"
        )
    if column not in names:
        hint = did_you_mean(column, names) or ";"
        raise ReadError(str(path), f"no {column!r} in its legend{hint} it has {', '.join(names)}")
    # Some versions write a number of the plot before the year.
    before = len(rows[0]) - len(names)
    good = [row for row in rows if len(row) == len(rows[0])]
    if before < 1:
        raise ReadError(str(path), f"{len(rows[0])} numbers a line do not fit the {len(names)} of the legend")
    table = np.array(good)
    year = table[:, before - 1].astype(np.int64)
    problems = (
        [f"{odd + len(rows) - len(good)} lines are no records: left out"]
        if odd + len(rows) > len(good)
        else []
    )
    begin = (year - 1970).astype("M8[Y]")
    return (
        begin.astype("M8[D]"),
        (begin + 1).astype("M8[D]"),
        table[:, before + names.index(column)],
        problems,
    )


def read_daily(path: Path | str, column: int, first_year: int) -> tuple[Days, Days, Array, list[str]]:
    """Read a column of daily output, which has no header: columns are those of the ``.ini`` in its order.

    Its years have 365 days; the 29th of February has no value.

    Parameters
    ----------
    path : path
    column : int
        1 = first.
    first_year : int
        Of the simulation.

    Returns
    -------
    begin, end, value, problems
        As of `read_annual`; kg C m-2 of the day, as the model writes it.

    Raises
    ------
    ReadError
        Not so many columns, or no whole year.
    """
    rows = [line.split() for line in _lines(path) if line.strip()]
    width = len(rows[0]) if rows else 0
    if not 1 <= column <= width:
        raise ReadError(str(path), f"no column {column}: its lines have {width}")
    try:
        value = np.array([float(row[column - 1]) for row in rows])
    except (ValueError, IndexError) as error:
        raise ReadError(str(path), f"is no table of numbers: {error}") from error
    problems = []
    if value.size % YEAR_DAYS:
        problems.append(f"{value.size} days are no whole years of 365: the last one is incomplete")
    day = np.arange(value.size)
    year = first_year + day // YEAR_DAYS
    in_year = day % YEAR_DAYS
    first = (year - 1970).astype("M8[Y]").astype("M8[D]")
    leap = ((first.astype("M8[Y]") + 1).astype("M8[D]") - first).astype(np.int64) == 366
    begin = first + (in_year + (leap & (in_year >= 59))).astype("m8[D]")
    return begin, begin + 1, value, problems
