"""Decimals behind a comma in the fields of a table, to points."""

import re

from fluxkit.errors import ReadError
from fluxkit.raw.samples import Problem, ProblemLog

_WHOLE = re.compile(r"[-+]?\d+$")
_DIGITS = re.compile(r"\d+$")
_COMMA = re.compile(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?$")
_POINT = re.compile(r"[-+]?\d*\.\d+(?:[eE][-+]?\d+)?$")

Rows = list[list[str]]


def decimal_points(rows: Rows, width: int, mark: str, decimal: str | None, log: ProblemLog) -> Rows:
    """Write the numbers of a table with points.

    Parameters
    ----------
    rows : list of list of str
        Fields of each record, parted at every mark.
    width : int
        Number of columns.
    mark : str
        Between fields.
    decimal : {".", ","} or None
        Before decimals; None: found where it is unmistakable, and told.
    log : ProblemLog
        Gets what was found.

    Raises
    ------
    ReadError
        A comma parts both fields and decimals in a way that leaves open what belongs together.

    Notes
    -----
    Where commas part fields too, a number with decimals is two fields and one without a value is one. That is
    unique only if all numbers that stand together have decimals: a record that does not come out at the
    table's width is left as it is, so that it is told as one that has too many fields.
    """
    if decimal == ".":
        return rows
    if mark == ",":
        return _in_pairs(rows, width, decimal, log)
    sure = decimal == ","
    if not sure:
        cells = [cell for row in rows[:1000] for cell in row]
        sure = any(map(_COMMA.match, cells)) and not any(map(_POINT.match, cells))
        if sure:
            reason = "decimals are behind a comma: no number has a point"
            log.add(Problem(log.source, None, "nothing", reason))
    if not sure:
        return rows
    return [[cell.replace(",", ".") if _COMMA.match(cell) else cell for cell in row] for row in rows]


def _in_pairs(rows: Rows, width: int, decimal: str | None, log: ProblemLog) -> Rows:
    joined = [_joined(row) for row in rows]
    fit = sum(len(row) == width for row in joined)
    as_they_are = sum(len(row) == width for row in rows)
    if decimal is None:
        if as_they_are or fit < max(1, 0.9 * len(rows)):
            return rows
        reason = (
            "decimals are behind a comma, as fields are: no record has the columns of the names otherwise"
        )
        log.add(Problem(log.source, None, "nothing", reason))
    elif not fit:
        raise ReadError(
            log.source,
            f"with decimal = ',' no record has the {width} columns of its names: where commas part fields "
            "too, all numbers need decimals, or quotes",
        )
    return [new if len(new) == width else row for new, row in zip(joined, rows, strict=True)]


def _joined(row: list[str]) -> list[str]:
    """Join each whole number with the digits behind it; an odd number of them in a row leaves open which."""
    found: list[str] = []
    k = 0
    while k < len(row):
        if not _WHOLE.match(row[k]):
            found.append(row[k].replace(",", ".") if _COMMA.match(row[k]) else row[k])  # in quotes
            k += 1
            continue
        run = [row[k]]
        while k + len(run) < len(row) and _DIGITS.match(row[k + len(run)]):
            run.append(row[k + len(run)])
        if len(run) % 2 and len(run) > 1:
            return row
        found += [".".join(run[n : n + 2]) for n in range(0, len(run), 2)]
        k += len(run)
    return found
