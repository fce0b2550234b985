"""Raw files as loggers write them."""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class Field(NamedTuple):
    """One column of a raw file."""

    name: str
    unit: str
    decimals: int  #: digits written after the point


def write_toa5(
    path: Path,
    fields: Sequence[Field],
    columns: Sequence[Array],
    stamps: Sequence[str],
    *,
    first_record: int = 0,
    records: npt.NDArray[np.int64] | None = None,
    station: str = "XX-Dem",
    table: str = "ts_data",
) -> None:
    """Write a TOA5 table as a Campbell Scientific CR6 does.

    Parameters
    ----------
    path : Path
        File to write; gzip if it ends in .gz.
    fields, columns : sequences of the same length
        What each column is, and its values, shape (n,); NaN becomes "NAN".
    stamps : sequence of str, length n
        Time stamps, see ``time_stamps``.
    first_record : int, default 0
        RECORD of the first row if ``records`` is absent.
    records : ndarray, shape (n,), optional
        RECORD numbers.
    station, table : str
        Names for the header.
    """
    if records is None:
        records = np.arange(first_record, first_record + len(stamps), dtype=np.int64)
    names, units = [f.name for f in fields], [f.unit for f in fields]
    header = [
        ["TOA5", station, "CR6", "4711", "CR6.Std.12.01", "CPU:demo.CR6", "20713", table],
        ["TIMESTAMP", "RECORD", *names],
        ["TS", "RN", *units],
        ["", "", *["Smp"] * len(fields)],
    ]
    top = "".join(",".join(f'"{text}"' for text in row) + "\r\n" for row in header)
    template = '"%s",%d,' + _template(fields) + "\r\n"
    rows = zip(stamps, records.tolist(), *_rounded(fields, columns), strict=True)
    body = "".join(map(template.__mod__, rows)).replace("nan", '"NAN"')
    write_bytes(path, (top + body).encode("ascii"))


def write_table(
    path: Path, fields: Sequence[Field], columns: Sequence[Array], *, missing: str = "-9999"
) -> None:
    """Write a plain table: a line of names, a line of units, then values separated by commas.

    Parameters
    ----------
    path : Path
        File to write; gzip if it ends in .gz.
    fields, columns : sequences of the same length
        What each column is, and its values, shape (n,).
    missing : str, default "-9999"
        Written for NaN.
    """
    top = ",".join(f.name for f in fields) + "\n" + ",".join(f.unit for f in fields) + "\n"
    rows = zip(*_rounded(fields, columns), strict=True)
    body = "".join(map((_template(fields) + "\n").__mod__, rows)).replace("nan", missing)
    write_bytes(path, (top + body).encode("ascii"))


def time_stamps(first: np.datetime64, n: int, rate: float) -> list[str]:
    """Return n stamps from ``first`` on, as loggers write them: no fraction on whole seconds.

    Parameters
    ----------
    first : numpy.datetime64
        Stamp of the first record.
    n : int
        Number of plots.
    rate : float
        Records per second. [Hz]

    Returns
    -------
    list of str
        Such as 2024-07-01 00:00:00.1, without quotes.
    """
    ticks = first.astype("datetime64[us]").astype(np.int64) + np.round(
        np.arange(n, dtype=np.float64) * (1e6 / rate)
    ).astype(np.int64)
    seconds, inverse = np.unique(ticks // 1_000_000, return_inverse=True)
    whole = [s.replace("T", " ") for s in np.datetime_as_string(seconds.astype("datetime64[s]")).tolist()]
    fractions = (ticks % 1_000_000).tolist()
    ends = {part: f".{part:06d}".rstrip("0").rstrip(".") for part in set(fractions)}
    return [whole[k] + ends[part] for k, part in zip(inverse.tolist(), fractions, strict=True)]


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file; compressed with no time of its own if it ends in .gz, so that bytes repeat."""
    path.write_bytes(gzip.compress(content, 9, mtime=0) if path.suffix == ".gz" else content)


def _template(fields: Sequence[Field]) -> str:
    return ",".join(f"%.{field.decimals}f" for field in fields)


def _rounded(fields: Sequence[Field], columns: Sequence[Array]) -> list[list[float]]:
    # Adding zero turns -0.0 into 0.0, which no logger writes with a sign.
    return [(np.round(x, f.decimals) + 0.0).tolist() for f, x in zip(fields, columns, strict=True)]
