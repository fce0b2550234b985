"""Half hours of made-up stations whose means, trends and gaps are known."""

from pathlib import Path

import numpy as np
import numpy.typing as npt


def half_hours(first: int, years: int) -> npt.NDArray[np.datetime64]:
    begin, end = (np.datetime64(f"{year}-01-01T00:00", "s") for year in (first, first + years))
    return np.arange(begin, end, np.timedelta64(1800, "s"))


def write_table(path: Path, start: npt.NDArray[np.datetime64], **columns: npt.NDArray[np.float64]) -> Path:
    """Write a table in FLUXNET's way."""
    stamps = np.char.replace(np.char.replace(np.datetime_as_string(start, "m"), "-", ""), "T", "")
    stamps = np.char.replace(stamps, ":", "")
    values = [np.where(np.isfinite(x), x, -9999.0) for x in columns.values()]
    rows = [
        ",".join([stamp, *(f"{v:.4f}" for v in row)]) for stamp, *row in zip(stamps, *values, strict=True)
    ]
    path.write_text("\n".join([",".join(["TIMESTAMP_START", *columns]), *rows]) + "\n", encoding="utf-8")
    return path
