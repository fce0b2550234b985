"""Files in a results folder other than moments: their names, and files that were not finished."""

import json
from pathlib import Path
from typing import Any

from fluxkit.errors import MomentsError

RUN = "run.json"
QUARANTINE = "quarantine.csv"
REPORT = "report.html"
#: What planning left out, in the form of a day's summary; in the folder of the moments.
PLANNING = "planning.json"


def unfinished(out: Path) -> list[Path]:
    """Return the temporary files in a results folder: of runs that were killed, unless one is at work."""
    return [*out.glob(".*.part"), *out.glob("moments/.*.part"), *out.glob("moments/*/.*.part")]


def stored(path: Path) -> dict[str, Any]:
    """Return the record that a run has written.

    Raises
    ------
    MomentsError
        It is missing or damaged.
    """
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MomentsError(f"{path}: missing or damaged ({error}); run `fluxkit decide` first") from error
    return found
