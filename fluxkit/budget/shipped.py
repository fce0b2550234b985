"""Tables of coefficients that come with the program, a source in each row."""

import csv
import io
from functools import cache
from importlib import resources


@cache
def shipped_rows(name: str, package: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a CSV file of a package, as texts by column."""
    text = resources.files(package).joinpath(name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(io.StringIO(text)))
