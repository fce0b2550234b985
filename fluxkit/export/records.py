"""What a run did (``run.json``) and what it could not use (``quarantine.csv``)."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fluxkit.export.atomic import write_text
from fluxkit.export.csv_text import csv_text
from fluxkit.stores.path import StorePath

QUARANTINE_COLUMNS = ("path", "line", "lost", "reason")


def write_run(run: Mapping[str, Any], path: Path | str) -> None:
    """Write the record of a run as JSON with sorted keys.

    Parameters
    ----------
    run : mapping
        Versions, settings, inputs with checksum and status. Paths, times and numpy values are
        written as text and numbers.
    path : Path or str
        File to make.
    """
    text = json.dumps(run, sort_keys=True, indent=2, default=_plain, allow_nan=False, ensure_ascii=False)
    write_text(path, text + "\n")


def write_quarantine(problems: Iterable[Mapping[str, Any]], path: Path | str) -> None:
    """Write path, line, lost, reason of each problem; sorted, so that equal runs give equal files."""
    rows = [
        ["" if problem.get(key) is None else problem[key] for key in QUARANTINE_COLUMNS]
        for problem in problems
    ]
    rows.sort(key=lambda row: (str(row[0]), int(row[1] or 0), str(row[2]), str(row[3])))
    write_text(path, csv_text([QUARANTINE_COLUMNS, *rows]))


def _plain(value: Any) -> Any:
    """Convert values that JSON does not know."""
    if isinstance(value, np.datetime64):
        return f"{np.datetime_as_string(value, unit='s')}Z"
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Path | StorePath):
        return value.as_posix()
    raise TypeError(
        f"run record: cannot write {type(value).__name__} ({value!r}); give text, numbers or lists"
    )
