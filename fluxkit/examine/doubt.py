"""A doubt: a sentence that a check says of a station's data or configuration."""

from typing import NamedTuple


class Doubt(NamedTuple):
    """What looks wrong, where, and what to do."""

    check: str  #: name in the table of checks
    sentence: str
