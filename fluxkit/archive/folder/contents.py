"""Files in a results folder other than moments: their names, and files that were not finished."""

from pathlib import Path

RUN = "run.json"
QUARANTINE = "quarantine.csv"
REPORT = "report.html"
#: What planning left out, in the form of a day's summary; in the folder of the moments.
PLANNING = "planning.json"


def unfinished(out: Path) -> list[Path]:
    """Return the temporary files in a results folder: of runs that were killed, unless one is at work."""
    return [*out.glob(".*.part"), *out.glob("moments/.*.part"), *out.glob("moments/*/.*.part")]
